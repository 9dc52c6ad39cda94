//! `GetObjectAcl`: what a canned ACL grants.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>

use super::Answered;
use crate::store::Store;
use s3s::dto::{GetObjectAclInput, GetObjectAclOutput, Grant, Grantee, Owner, Permission, Type};
use s3s::{S3Request, S3Response};

const OWNER: &str = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";
const GROUPS: &str = "http://acs.amazonaws.com/groups/global";

pub(crate) fn get(
    store: &Store,
    request: &S3Request<GetObjectAclInput>,
) -> Answered<GetObjectAclOutput> {
    let object = store.get(&request.input.bucket, &request.input.key)?;
    let (group, permissions): (&str, &[&'static str]) = match object.acl.as_deref() {
        Some("public-read") => ("AllUsers", &[Permission::READ]),
        Some("public-read-write") => ("AllUsers", &[Permission::READ, Permission::WRITE]),
        Some("authenticated-read") => ("AuthenticatedUsers", &[Permission::READ]),
        _ => ("", &[]),
    };
    let mut grants = vec![grant(
        Type::CANONICAL_USER,
        Some(OWNER.to_owned()),
        None,
        Permission::FULL_CONTROL,
    )];
    grants.extend(permissions.iter().map(|permission| {
        let uri = format!("{GROUPS}/{group}");
        grant(Type::GROUP, None, Some(uri), permission)
    }));
    Ok(S3Response::new(GetObjectAclOutput {
        grants: Some(grants),
        owner: Some(Owner {
            display_name: None,
            id: Some(OWNER.to_owned()),
        }),
        request_charged: None,
    }))
}

fn grant(
    type_: &'static str,
    id: Option<String>,
    uri: Option<String>,
    permission: &'static str,
) -> Grant {
    Grant {
        grantee: Some(Grantee {
            display_name: None,
            email_address: None,
            id,
            type_: Type::from_static(type_),
            uri,
        }),
        permission: Some(Permission::from_static(permission)),
    }
}
