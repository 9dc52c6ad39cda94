//! Conditions of writes, and how servers take them.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use super::{Object, StoreError};
use std::sync::Arc;

/// How a bucket's server takes the conditions of writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conditions {
    /// As S3 does.
    #[default]
    Heeded,
    /// It writes whatever they are.
    Ignored,
    /// `If-Match` is compared as it came, so that only one without quotes ever fits; deletions have no
    /// conditions, and neither have uploads in parts. Ceph 16 and 18 do so.
    OnlyUnquoted,
    /// What does not fit is a conflict (409) and not a failed condition (412).
    Conflict,
    /// It refuses to write with `If-Match` (501).
    NoIfMatch,
}

/// What must hold in the bucket for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Precondition {
    Nothing,
    /// `If-None-Match: *`
    Absent,
    /// `If-Match` as it came, in quotes or not; `*` is any.
    Matches(String),
}

impl Conditions {
    /// Whether an object may be put in the place of `there`.
    pub(crate) fn check(
        self,
        precondition: &Precondition,
        there: Option<&Arc<Object>>,
    ) -> Result<(), StoreError> {
        let holds = match (self, precondition) {
            (Self::Ignored, _) | (_, Precondition::Nothing) => true,
            (_, Precondition::Absent) => there.is_none(),
            (Self::NoIfMatch, Precondition::Matches(_)) => return Err(StoreError::NotImplemented),
            (Self::OnlyUnquoted, Precondition::Matches(given)) => {
                there.is_some_and(|there| given == "*" || *given == there.etag)
            }
            (Self::Heeded | Self::Conflict, Precondition::Matches(given)) => {
                let there = there.ok_or(StoreError::NoSuchKey)?;
                given == "*" || given.trim_matches('"') == there.etag
            }
        };
        match self {
            _ if holds => Ok(()),
            Self::Conflict => Err(StoreError::Conflict),
            _ => Err(StoreError::PreconditionFailed),
        }
    }

    /// What of the condition of an upload in parts is heeded.
    pub(crate) fn of_parts(self, precondition: &Precondition) -> &Precondition {
        match self {
            Self::OnlyUnquoted => &Precondition::Nothing,
            Self::Ignored | Self::Heeded | Self::Conflict | Self::NoIfMatch => precondition,
        }
    }

    /// Whether `there` may be deleted. What is not there has no ETag that could be another.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
    pub(crate) fn check_deletion(
        self,
        precondition: &Precondition,
        there: Option<&Arc<Object>>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Ignored | Self::OnlyUnquoted => Ok(()),
            _ if there.is_none() && *precondition != Precondition::Matches("*".to_owned()) => {
                Ok(())
            }
            Self::Heeded | Self::Conflict | Self::NoIfMatch => {
                let checked = Self::Heeded.check(precondition, there);
                checked.map_err(|_| StoreError::PreconditionFailed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Conditions, Precondition};
    use crate::store::{Object, StoreError};
    use std::sync::Arc;

    #[test]
    fn each_server_takes_conditions_in_its_way() {
        let object = Arc::new(Object::new("a"));
        let quoted = Precondition::Matches(format!("\"{}\"", object.etag));
        let unquoted = Precondition::Matches(object.etag.clone());
        let wrong = Precondition::Matches("\"0\"".to_owned());
        let failed = Err(StoreError::PreconditionFailed);
        let conflict = Err(StoreError::Conflict);
        let refused = Err(StoreError::NotImplemented);
        for (conditions, expected) in [
            (Conditions::Heeded, [Ok(()), Ok(()), failed, failed]),
            (Conditions::Ignored, [Ok(()); 4]),
            (Conditions::OnlyUnquoted, [failed, Ok(()), failed, failed]),
            (Conditions::Conflict, [Ok(()), Ok(()), conflict, conflict]),
            (Conditions::NoIfMatch, [refused, refused, refused, failed]),
        ] {
            let all = [&quoted, &unquoted, &wrong, &Precondition::Absent];
            let found = all.map(|precondition| conditions.check(precondition, Some(&object)));
            assert_eq!(found, expected, "{conditions:?}");
            assert_eq!(conditions.check(&Precondition::Absent, None), Ok(()));
            assert_eq!(conditions.check(&Precondition::Nothing, None), Ok(()));
        }
    }
}
