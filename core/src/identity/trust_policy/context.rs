//! The values that a trust policy's condition keys have in the request of a token for a role.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>

use super::Caller;

/// The value of a condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// The key has these values.
    Values(Vec<String>),
    /// The request does not have the key, and why.
    Absent(String),
    /// Whether it has, and which, is not known here, and why.
    Unknown(String),
}

impl Held {
    /// The value of `key`, whose name has no case.
    pub(super) fn of(key: &str, caller: &Caller<'_>) -> Self {
        let provider = caller.provider();
        let Some((owner, name)) = key.rsplit_once(':') else {
            return Self::Absent("it is not the name of a condition key".to_owned());
        };
        if owner.eq_ignore_ascii_case(provider) {
            return of_token(&name.to_ascii_lowercase(), name, caller);
        }
        match (
            owner.to_ascii_lowercase().as_str(),
            name.to_ascii_lowercase().as_str(),
        ) {
            ("sts", "rolesessionname") => {
                Self::Values(vec![caller.session_name.as_str().to_owned()])
            }
            ("aws", "sourceip") => Self::Unknown(
                "the address of this step as AWS sees it is not known here".to_owned(),
            ),
            ("aws" | "sts", _) => Self::Unknown("its value is not known here".to_owned()),
            _ => Self::Absent(format!(
                "the key is not of the token's provider, `{provider}`"
            )),
        }
    }
}

fn of_token(lowercase: &str, name: &str, caller: &Caller<'_>) -> Held {
    let claims = caller.claims;
    let values: Vec<&str> = match lowercase {
        "aud" => claims.audiences(),
        "sub" => claims.subject().into_iter().collect(),
        _ if claims.iter().any(|(claim, _)| claim == name) => {
            return Held::Unknown(format!(
                "the token has the claim `{name}`, but AWS documents few claims beside `aud` and `sub` as condition keys; for others the key is never there"
            ));
        }
        _ => Vec::new(),
    };
    if values.is_empty() {
        Held::Absent(format!("the token has no claim `{name}`"))
    } else {
        Held::Values(values.into_iter().map(str::to_owned).collect())
    }
}
