//! Who may: the secret for a signature, the session token beside it, the bucket's owner, and the
//! session's policy (see `permissions`).

use super::errors;
use super::permissions::{self, SessionPolicy};
use crate::store::Store;
use crate::sts::{KeyRefusal, Sts};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};
use std::sync::Arc;

/// Secrets of sessions and of static keys.
pub(crate) struct Keys {
    pub(crate) sts: Arc<Sts>,
}

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        self.sts
            .secret_key(access_key)
            .map(SecretKey::from)
            .ok_or_else(errors::unknown_access_key)
    }
}

/// What is checked once the signature fits.
pub(crate) struct Access {
    pub(crate) sts: Arc<Sts>,
    pub(crate) store: Arc<Store>,
    /// Whether who does not sign may do everything.
    pub(crate) anonymous: bool,
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let Some(credentials) = context.credentials() else {
            if self.anonymous {
                context.extensions_mut().insert(SessionPolicy(None));
                return Ok(());
            }
            return Err(errors::access_denied());
        };
        let header = |name: &str| {
            context
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        self.sts
            .check_key(&credentials.access_key, header("x-amz-security-token"))
            .map_err(|refusal| match refusal {
                KeyRefusal::Unknown => errors::unknown_access_key(),
                KeyRefusal::WrongToken => {
                    s3_error!(
                        InvalidToken,
                        "The provided token is malformed or otherwise invalid."
                    )
                }
                KeyRefusal::Expired => s3_error!(ExpiredToken, "The provided token has expired."),
            })?;
        let bucket = context.s3_path().get_bucket_name();
        let options = bucket.and_then(|bucket| self.store.bucket_options(bucket));
        let demands = options.as_ref().is_some_and(|it| it.demands_conditions);
        let is_unconditional = header("if-match").or(header("if-none-match")).is_none();
        if demands && is_unconditional {
            let action = match context.s3_op().name() {
                "PutObject" | "CompleteMultipartUpload" => Some("s3:PutObject"),
                "DeleteObject" => Some("s3:DeleteObject"),
                _ => None,
            };
            if let (Some(action), Some((bucket, key))) = (action, context.s3_path().as_object()) {
                return Err(errors::denied_by_bucket(action, bucket, key));
            }
        }
        if let (Some(expected), Some(options)) = (header("x-amz-expected-bucket-owner"), options)
            && expected != options.owner
        {
            return Err(errors::access_denied());
        }
        let session = self.sts.session(&credentials.access_key);
        let policy = SessionPolicy(session.and_then(|session| session.policy));
        let allowed = permissions::needed(context)
            .iter()
            .all(|(action, resource)| policy.allows(action, resource, context.uri().query()));
        if !allowed {
            return Err(errors::access_denied());
        }
        context.extensions_mut().insert(policy);
        Ok(())
    }
}
