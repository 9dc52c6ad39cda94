//! Ends listings that come to no end: whether each page of one brings it forward.

use crate::aws::AwsError;

/// Why there is no listing.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The request failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The bucket is in another region.
    #[error("{error}")]
    OtherRegion {
        /// That one.
        region: String,
        /// What the server answered.
        error: Box<AwsError>,
    },
    /// The answer makes no sense.
    #[error("ListObjectsV2: the server's answer cannot be used: {0}")]
    Answer(&'static str),
}

impl ListError {
    /// What a server said, where that is the reason.
    pub fn aws(&self) -> Option<&AwsError> {
        match self {
            Self::Aws(error) => Some(error),
            Self::OtherRegion { error, .. } => Some(error),
            Self::Answer(_) => None,
        }
    }
}

/// Most objects of a listing, taken or not. A whole gibibyte goes for what is kept of them, and at
/// 1000 per page an hour for asking.
const OBJECTS_MAX: u64 = 20_000_000;

/// Most pages without an object in a row. S3 sends such pages where much was deleted lately.
const EMPTY_PAGES_MAX: u32 = 1000;

/// What is remembered of the pages so far.
#[derive(Debug, Default)]
pub(super) struct PageGuard {
    first_key: Option<String>,
    objects: u64,
    empty_pages: u32,
}

impl PageGuard {
    /// Takes note of a page by its first key and number of objects; `continuation` is what it was
    /// asked for with, `next` what asks for the page after it, if one follows.
    ///
    /// # Errors
    /// When the listing goes in a circle, or on for too long.
    pub(super) fn check(
        &mut self,
        first_key: Option<&str>,
        objects: usize,
        continuation: Option<&str>,
        next: Option<&str>,
    ) -> Result<(), ListError> {
        if next.is_none() {
            return Ok(());
        }
        if continuation == next {
            return Err(ListError::Answer("a page that says it is its own next one"));
        }
        if first_key.is_some() && self.first_key.as_deref() == first_key {
            return Err(ListError::Answer("the same page again"));
        }
        self.first_key = first_key.map(str::to_owned);
        self.objects += objects as u64;
        self.empty_pages = if objects == 0 {
            self.empty_pages + 1
        } else {
            0
        };
        if self.objects > OBJECTS_MAX {
            return Err(ListError::Answer("more than 20 million objects"));
        }
        if self.empty_pages > EMPTY_PAGES_MAX {
            return Err(ListError::Answer("1000 pages without an object"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::PageGuard;

    #[test]
    fn listings_that_go_on_pass() {
        let mut guard = PageGuard::default();
        let names: Vec<String> = (0..20_000).map(|number| format!("{number}")).collect();
        for pair in names.windows(2) {
            let [one, next] = pair else { continue };
            assert!(guard.check(Some(one), 1000, Some(one), Some(next)).is_ok());
        }
    }

    #[test]
    fn listings_that_never_end_are_ended() {
        for pages in [
            // The continuation that it was asked with.
            vec![
                (Some("a"), 1, None, Some("x")),
                (Some("b"), 1, Some("x"), Some("x")),
            ],
            // The page that was there before.
            vec![
                (Some("a"), 1, None, Some("x")),
                (Some("a"), 1, Some("x"), Some("y")),
            ],
            // Ever new keys.
            vec![
                (Some("a"), 15_000_000, None, Some("x")),
                (Some("b"), 15_000_000, Some("x"), Some("y")),
            ],
        ] {
            let mut guard = PageGuard::default();
            let results: Vec<bool> = pages
                .iter()
                .map(|(key, objects, asked, next)| {
                    guard.check(*key, *objects, *asked, *next).is_ok()
                })
                .collect();
            assert_eq!(results, [true, false], "{pages:?}");
        }
        let mut guard = PageGuard::default();
        let ends = (0..10_000).position(|page| {
            let (asked, next) = (format!("{page}"), format!("{}", page + 1));
            guard.check(None, 0, Some(&asked), Some(&next)).is_err()
        });
        assert_eq!(ends, Some(1000));
    }
}
