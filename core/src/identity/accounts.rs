//! The accounts that a deploy may act in: a guard against a role or key of the wrong one.

/// Account numbers, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedAccounts(pub Vec<String>);

/// An account that is none of those allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("account `{account}`, but only `{}` may deploy", .allowed.0.join("`, `"))]
pub struct OtherAccount {
    account: String,
    allowed: AllowedAccounts,
}

impl AllowedAccounts {
    /// Whether `account` is one of them.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self, account: &str) -> Result<(), OtherAccount> {
        if self.0.iter().any(|allowed| allowed == account) {
            return Ok(());
        }
        Err(OtherAccount {
            account: account.to_owned(),
            allowed: self.clone(),
        })
    }
}

/// The account in an ARN, as of an assumed role.
pub fn account_of_arn(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{AllowedAccounts, account_of_arn};

    #[test]
    fn only_accounts_of_the_list_pass() {
        let allowed = AllowedAccounts(vec!["111111111111".to_owned(), "222222222222".to_owned()]);
        assert_eq!(allowed.check("222222222222"), Ok(()));
        let other = allowed.check("333333333333").unwrap_err().to_string();
        assert_eq!(
            other,
            "account `333333333333`, but only `111111111111`, `222222222222` may deploy"
        );
        assert!(allowed.check("").is_err());
    }

    #[test]
    fn the_account_of_an_arn_is_its_fifth_part() {
        let session = "arn:aws:sts::123456789012:assumed-role/deploy/acme:42";
        assert_eq!(account_of_arn(session), "123456789012");
        assert_eq!(account_of_arn("nonsense"), "");
    }
}
