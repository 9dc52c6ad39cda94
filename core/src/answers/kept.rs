//! What a server keeps of an object beside its bytes and headers: its tags, and who may read it.

use std::collections::BTreeMap;

use super::xml::{self, Element, Malformed};

/// The tags in an answer to GetObjectTagging.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html>
///
/// # Errors
/// When it is no such answer.
pub fn tags(body: &[u8]) -> Result<BTreeMap<String, String>, Malformed> {
    let mut tags = None;
    xml::root(body, |root| {
        root.children(|set| match set.name() {
            "TagSet" => {
                let tags = tags.get_or_insert_with(BTreeMap::new);
                set.children(|tag| {
                    let [name, value] = texts(tag, ["Key", "Value"])?;
                    tags.insert(name, value);
                    Ok(())
                })
            }
            _ => set.skip(),
        })
    })?;
    tags.ok_or_else(|| Malformed::new("it has no TagSet"))
}

/// Whom an answer to GetObjectAcl lets read: URIs of groups, and nothing for single accounts.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html>
///
/// # Errors
/// When it is no such answer. One without any grant is none: the owner has one.
pub fn readers(body: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut readers = Vec::new();
    let mut grants = 0;
    let mut grant = |grant: Element<'_, '_>| {
        let (mut group, mut permission) = (String::new(), String::new());
        grant.children(|field| match field.name() {
            "Grantee" => {
                [group] = texts(field, ["URI"])?;
                Ok(())
            }
            "Permission" => {
                permission = field.text()?.into_owned();
                Ok(())
            }
            _ => field.skip(),
        })?;
        grants += usize::from(!permission.is_empty());
        if ["READ", "FULL_CONTROL"].contains(&permission.as_str()) {
            readers.push(group);
        }
        Ok(())
    };
    xml::root(body, |root| {
        root.children(|list| match list.name() {
            "AccessControlList" => list.children(&mut grant),
            _ => list.skip(),
        })
    })?;
    if grants == 0 {
        return Err(Malformed::new("it has no grants"));
    }
    Ok(readers)
}

/// The group that a canned ACL lets read. The others name accounts that may be the owner's own, so that no
/// answer shows them.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
pub fn group_of(acl: &str) -> Option<&'static str> {
    match acl {
        "public-read" | "public-read-write" => {
            Some("http://acs.amazonaws.com/groups/global/AllUsers")
        }
        "authenticated-read" => Some("http://acs.amazonaws.com/groups/global/AuthenticatedUsers"),
        _ => None,
    }
}

/// The texts of the children of `element` that have these `names`; empty where there is none.
fn texts<const N: usize>(
    element: Element<'_, '_>,
    names: [&str; N],
) -> Result<[String; N], Malformed> {
    let mut texts = [const { String::new() }; N];
    element.children(|child| {
        let mut places = names.iter().zip(&mut texts);
        match places.find(|(name, _)| **name == child.name()) {
            Some((_, text)) => {
                *text = child.text()?.into_owned();
                Ok(())
            }
            None => child.skip(),
        }
    })?;
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::{readers, tags};
    use std::collections::BTreeMap;

    const EVERYBODY: &str = "http://acs.amazonaws.com/groups/global/AllUsers";

    #[test]
    fn tags_are_read_as_servers_write_them() {
        for (answer, expected) in [
            // SeaweedFS, MiniStack (with and without), JuiceFS.
            (
                r#"<?xml version="1.0" encoding="UTF-8"?>
<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>a</Key><Value>b &amp; c</Value></Tag><Tag><Key>d</Key><Value></Value></Tag></TagSet></Tagging>"#,
                &[("a", "b & c"), ("d", "")][..],
            ),
            (
                r#"<?xml version="1.0" encoding="UTF-8"?>
<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet /></Tagging>"#,
                &[],
            ),
            (
                r#"<?xml version="1.0" encoding="UTF-8"?>
<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"#,
                &[("a", "b")],
            ),
        ] {
            let expected = expected.iter().copied();
            let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(
                tags(answer.as_bytes()),
                Ok(expected.collect::<BTreeMap<_, _>>())
            );
        }
        for other in ["hello", "", "<html><body>Sign in</body></html>"] {
            assert!(tags(other.as_bytes()).is_err(), "{other}");
        }
    }

    #[test]
    fn groups_that_may_read_are_told_from_accounts_and_from_those_that_may_write() {
        let grant = |grantee: &str, permission: &str| {
            let kind = r#"xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group""#;
            format!(
                "<Grant><Grantee {kind}>{grantee}</Grantee><Permission>{permission}</Permission></Grant>"
            )
        };
        let owner = grant("<Type>CanonicalUser</Type>", "FULL_CONTROL");
        let group = format!("<URI>{EVERYBODY}</URI>");
        for (grants, expected) in [
            (owner.clone(), Some(&[""][..])),
            (
                owner.clone() + &grant(&group, "READ"),
                Some(&["", EVERYBODY]),
            ),
            (owner.clone() + &grant(&group, "WRITE"), Some(&[""])),
            (grant(&group, "FULL_CONTROL"), Some(&[EVERYBODY])),
            // Alibaba's own form, and an answer that says nothing.
            ("<Grant>public-read</Grant>".to_owned(), None),
            (String::new(), None),
        ] {
            let answer = format!(
                "<AccessControlPolicy><Owner><ID></ID></Owner><AccessControlList>{grants}</AccessControlList></AccessControlPolicy>"
            );
            let found = readers(answer.as_bytes()).ok();
            let expected = expected.map(|it| it.iter().map(ToString::to_string).collect());
            assert_eq!(found, expected, "{grants}");
        }
    }
}
