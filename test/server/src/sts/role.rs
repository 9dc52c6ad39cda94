//! IAM's `GetRole`, for static keys: a session of the account may not read its roles.

use super::caller::checked_key;
use super::error::Refusal;
use super::{ACCOUNT_ID, Sts};
use crate::random;
use http::HeaderMap;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;

pub(crate) fn answer(
    sts: &Sts,
    headers: &HeaderMap,
    form: &BTreeMap<String, String>,
) -> Result<String, Refusal> {
    let access_key = checked_key(sts, headers)?;
    let name = form.get("RoleName").map_or("", String::as_str);
    let arn = format!("arn:aws:iam::{ACCOUNT_ID}:role/{name}");
    if sts.session(access_key).is_some() {
        let why = format!("not authorized to perform: iam:GetRole on resource: {arn}");
        return Err(Refusal::new(403, "AccessDenied", why));
    }
    let role = sts.role(&arn).ok_or_else(|| {
        let why = format!("The role with name {name} cannot be found.");
        Refusal::new(404, "NoSuchEntity", why)
    })?;
    let document = role.trust_policy.to_string();
    Ok(format!(
        r#"<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <GetRoleResult>
    <Role>
      <Path>/</Path>
      <RoleName>{name}</RoleName>
      <RoleId>{id}</RoleId>
      <Arn>{arn}</Arn>
      <CreateDate>2026-01-01T00:00:00Z</CreateDate>
      <AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument>
    </Role>
  </GetRoleResult>
  <ResponseMetadata>
    <RequestId>{request_id}</RequestId>
  </ResponseMetadata>
</GetRoleResponse>
"#,
        id = role.id,
        document = utf8_percent_encode(&document, NON_ALPHANUMERIC),
        request_id = random::hex(16),
    ))
}
