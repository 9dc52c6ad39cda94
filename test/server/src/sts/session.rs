//! A session: the credentials that a token was exchanged for.

use std::time::SystemTime;

/// What was asked for and what was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The role that was assumed.
    pub role_arn: String,
    /// `RoleSessionName` of the request.
    pub session_name: String,
    /// `sub` of the token.
    pub subject: String,
    /// The inline session policy of the request, as sent. S3 and `AssumeRole` enforce it.
    pub policy: Option<String>,
    /// Duration that was asked for, or the default of one hour.
    pub duration_seconds: u32,
    /// `ASIA…`
    pub access_key: String,
    /// Secret access key.
    pub secret_key: String,
    /// Session token.
    pub session_token: String,
    /// From when on the credentials are refused.
    pub expires: SystemTime,
    /// The same as `Expiration` said it.
    pub told_expiration: SystemTime,
    /// `AROA…:session-name`
    pub assumed_role_id: String,
    /// `arn:aws:sts::…:assumed-role/role/session-name`
    pub assumed_role_arn: String,
}
