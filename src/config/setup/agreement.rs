//! The role that `setup` prints for some variables and flags, beside the session that a deploy with
//! the same ones asks for: requests of every kind are put to both policies.
//!
//! The evaluator here is a small one of its own, so that it shares no fault with what it judges.

use std::collections::BTreeMap;
use std::ffi::OsString;

use proptest::prelude::*;
use serde_json::Value;

use crate::config::Request;
use crate::config::command::Command;
use crate::config::load;
use deploy_core::iam::session_policy::policies;
use deploy_core::setup::{Format, render};

type Variables = BTreeMap<&'static str, String>;

const ACCOUNT: &str = "arn:aws:iam::123456789012:role";
const POINT: &str = "arn:aws:s3:us-east-1:123456789012:accesspoint/site";

/// {"iss":"https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
/// "aud":"ari:cloud:bitbucket::workspace/922e118c-f34f-4226-a897-0e0afbec553d",
/// "sub":"{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}:{759de0c6-eaee-4eaa-b7a6-c507eec759a7}"}
const TOKEN: &str = "e30.eyJpc3MiOiJodHRwczovL2FwaS5iaXRidWNrZXQub3JnLzIuMC93b3Jrc3BhY2VzL2FjbWUvcGlwZWxpbmVzLWNvbmZpZy9pZGVudGl0eS9vaWRjIiwiYXVkIjoiYXJpOmNsb3VkOmJpdGJ1Y2tldDo6d29ya3NwYWNlLzkyMmUxMThjLWYzNGYtNDIyNi1hODk3LTBlMGFmYmVjNTUzZCIsInN1YiI6InsxZGU0ODliZS1jZTZhLTQyYTAtYThjOC1lYWRiZjExNzRhYzd9Ons3NTlkZTBjNi1lYWVlLTRlYWEtYjdhNi1jNTA3ZWVjNzU5YTd9In0.sig";

/// A request: what is done, to what, and what is known of it.
#[derive(Debug)]
struct Asked {
    action: &'static str,
    resource: String,
    context: Vec<(&'static str, &'static str)>,
}

/// Requests that a deploy might send, and others near them.
fn requests() -> Vec<Asked> {
    let ask = |action, resource: &str, context: &[(&'static str, &'static str)]| Asked {
        action,
        resource: resource.to_owned(),
        context: context.to_vec(),
    };
    let mut all = Vec::new();
    let through = ("s3:DataAccessPointArn", POINT);
    for prefix in ["", "docs/", "docs/a", "doc", "Cargo.toml", "é/"] {
        let listed = ("s3:prefix", prefix);
        all.push(ask("s3:ListBucket", "arn:aws:s3:::my-bucket", &[listed]));
        all.push(ask("s3:ListBucket", "arn:aws:s3:::other", &[listed]));
        all.push(ask(
            "s3:ListBucket",
            "arn:aws:s3:::other",
            &[listed, through],
        ));
        all.push(ask("s3:ListBucket", POINT, &[listed]));
        all.push(ask(
            "s3:ListBucketVersions",
            "arn:aws:s3:::my-bucket",
            &[listed],
        ));
    }
    let actions = [
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:PutObjectAcl",
        "s3:PutObjectTagging",
        "s3:GetObjectAcl",
        "s3:GetObjectTagging",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:GetObjectVersionTagging",
        "s3:DeleteObject",
        "s3:PutBucketPolicy",
    ];
    let note = "docs/.aws-oidc-s3-deploy/invalidation-pending";
    for action in actions {
        for key in [
            "docs/a",
            "docs/Cargo.toml",
            "Cargo.toml",
            "docs",
            "doc",
            "éa/",
            note,
        ] {
            let object = format!("arn:aws:s3:::my-bucket/{key}");
            all.push(ask(action, &object, &[]));
            all.push(ask(action, &format!("arn:aws:s3:::other/{key}"), &[]));
            all.push(ask(
                action,
                &format!("arn:aws:s3:::other/{key}"),
                &[through],
            ));
            all.push(ask(action, &format!("{POINT}/object/{key}"), &[]));
        }
    }
    for bucket in ["site--use1-az4--x-s3", "else--use1-az4--x-s3"] {
        let arn = format!("arn:aws:s3express:us-east-1:123456789012:bucket/{bucket}");
        all.push(ask("s3express:CreateSession", &arn, &[]));
    }
    for distribution in ["E1", "E2", "E3"] {
        let arn = format!("arn:aws:cloudfront::123456789012:distribution/{distribution}");
        for action in [
            "cloudfront:CreateInvalidation",
            "cloudfront:GetInvalidation",
        ] {
            all.push(ask(action, &arn, &[]));
        }
    }
    for key in ["k1", "k2"] {
        let arn = format!("arn:aws:kms:us-east-1:123456789012:key/{key}");
        for service in ["s3.us-east-1.amazonaws.com", "ec2.us-east-1.amazonaws.com"] {
            let via = ("kms:ViaService", service);
            let named = ("kms:ResourceAliases", "alias/site");
            all.push(ask("kms:GenerateDataKey", &arn, &[via]));
            all.push(ask("kms:Decrypt", &arn, &[via, named]));
        }
    }
    for role in ["next", "last"] {
        all.push(ask("sts:AssumeRole", &format!("{ACCOUNT}/{role}"), &[]));
    }
    all
}

/// Whether `policy` allows `asked`.
fn allows(policy: &Value, asked: &Asked) -> bool {
    texts_of(&policy["Statement"]).into_iter().any(|statement| {
        let any = |name: &str, text: &str| {
            let patterns = texts_of(&statement[name]);
            patterns.iter().any(|it| fits(it.as_str().unwrap(), text))
        };
        let met = |(key, values): (&String, &Value)| {
            let held = asked.context.iter().find(|(name, _)| name == key);
            held.is_some_and(|(_, held)| {
                texts_of(values)
                    .iter()
                    .any(|it| fits(it.as_str().unwrap(), held))
            })
        };
        let conditions = statement.get("Condition").and_then(Value::as_object);
        let mut keys = conditions.into_iter().flat_map(|it| it.values());
        any("Action", asked.action)
            && any("Resource", &asked.resource)
            && keys.all(|keys| keys.as_object().unwrap().iter().all(met))
    })
}

fn texts_of(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    }
}

/// `*`, and `${*}` for itself.
fn fits(pattern: &str, text: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("${") {
        let (literal, rest) = rest.split_once('}').unwrap();
        return text
            .strip_prefix(literal)
            .is_some_and(|text| fits(rest, text));
    }
    let (mut pattern, mut rest) = (pattern.chars(), text.chars());
    match (pattern.next(), rest.next()) {
        (None, None) => true,
        (Some('*'), first) => {
            let behind = pattern.as_str();
            fits(behind, text) || first.is_some() && fits(&format!("*{behind}"), rest.as_str())
        }
        (Some(one), Some(other)) => one == other && fits(pattern.as_str(), rest.as_str()),
        (one, other) => one == other,
    }
}

fn loaded(variables: &Variables, command: Command) -> Option<Request> {
    let all = variables.iter();
    let all = all.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    load(all, Some(command)).request.ok()
}

/// The session policy of the deploy, and the policy of the role that acts.
fn both(variables: &Variables) -> Option<(Value, Value)> {
    let Request::Deploy(deploy) = loaded(variables, Command::Deploy)? else {
        return None;
    };
    // Some things a role cannot be printed for; then there is none that could lack anything.
    let Request::Setup(setup) = loaded(variables, Command::Setup)? else {
        return None;
    };
    let mut sessions = vec![policies(&deploy.needs).unwrap().remove(0).json];
    let is_file = variables.get("LOCAL_PATH").is_some_and(|it| it != "src");
    if variables.contains_key("RELEASE") && !is_file {
        let Request::Deploy(rollback) = loaded(variables, Command::Rollback)? else {
            return None;
        };
        let Request::Releases(releases) = loaded(variables, Command::Releases)? else {
            return None;
        };
        for needs in [&rollback.needs, &releases.config.needs] {
            sessions.push(policies(needs).unwrap().remove(0).json);
        }
    }
    let mut printed: Value = serde_json::from_str(&render(&setup.facts, Format::Json)).unwrap();
    let mut role = printed["permissionsPolicy"].take();
    if !setup.facts.chain.is_empty() {
        let notes = deploy_core::setup::notes::notes(&setup.facts, Format::Json);
        let note = notes
            .iter()
            .find_map(|note| note.split_once("needs this policy: "));
        role = serde_json::from_str(note.unwrap().1).unwrap();
    }
    // What one of them may do: each statement of each.
    let statements = sessions.iter().flat_map(|session| {
        let session: Value = serde_json::from_str(session).unwrap();
        texts_of(&session["Statement"])
    });
    let session = serde_json::json!({"Statement": statements.collect::<Vec<_>>()});
    Some((session, role))
}

/// What the session may be allowed without the role: keys of KMS that no variable names, which a
/// bucket may encrypt with by default. The role's administrator knows them; the pipe does not.
fn only_the_session(asked: &Asked) -> bool {
    asked.action.starts_with("kms:")
        && asked
            .context
            .contains(&("kms:ViaService", "s3.us-east-1.amazonaws.com"))
}

/// What the role may be allowed without the session: what a share leaves to the last step of its
/// deploy, which has the same role.
fn only_the_role(variables: &Variables, asked: &Asked) -> bool {
    let is_share = variables.get("SHARD").is_some_and(|shard| shard == "0/2");
    let is_last = asked.action == "s3:DeleteObject" || asked.action.starts_with("cloudfront:");
    is_share && is_last
}

fn variables() -> impl Strategy<Value = Variables> {
    let one = |name: &'static str, values: &'static [&'static str]| {
        let values: Vec<Option<&'static str>> = std::iter::once(None)
            .chain(values.iter().copied().map(Some))
            .collect();
        (Just(name), prop::sample::select(values))
    };
    let choices = vec![
        one("CLOUDFRONT_DISTRIBUTION_ID", &["E1", "E1 E2"]),
        one("DELETE_FLAG", &["true"]),
        one("LOCAL_PATH", &["src", "Cargo.toml"]),
        one("ACL", &["private"]),
        one("TAGGING", &["team=web"]),
        one(
            "SSE_KMS_KEY_ID",
            &[
                "k1",
                "alias/site",
                "arn:aws:kms:us-east-1:123456789012:key/k2",
            ],
        ),
        one("AWS_ENDPOINT_URL_S3", &["https://s3.example.com"]),
        one("COMPARE_HEADERS", &["true", "false"]),
        one("DRY_RUN", &["true"]),
        one("RELEASE", &["previous", "806"]),
        one("NO_OVERWRITE", &["true"]),
        one("SHARD", &["0/2", "final/2"]),
        one(
            "AWS_ROLE_CHAIN",
            &["arn:aws:iam::123456789012:role/next arn:aws:iam::123456789012:role/last"],
        ),
        one(
            "EXTRA_ARGS",
            &[
                "--delete --acl private",
                "--sse-kms-key-id k1",
                "--dryrun --delete",
                "--size-only",
            ],
        ),
        one(
            "S3_BUCKET",
            &[
                "my-bucket/docs",
                "my-bucket/docs/",
                "my-bucket/é",
                POINT,
                "site--use1-az4--x-s3/docs",
            ],
        ),
    ];
    choices.prop_map(|chosen| {
        let mut variables = Variables::from([
            ("AWS_OIDC_ROLE_ARN", format!("{ACCOUNT}/deploy")),
            ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
            ("BITBUCKET_STEP_OIDC_TOKEN", TOKEN.to_owned()),
            ("S3_BUCKET", "my-bucket".to_owned()),
            ("LOCAL_PATH", "src".to_owned()),
            ("FORMAT", "json".to_owned()),
        ]);
        let chosen = chosen.into_iter();
        variables.extend(chosen.filter_map(|(name, value)| Some((name, value?.to_owned()))));
        variables
    })
}

proptest! {
    #[test]
    fn the_role_allows_what_the_session_allows_and_no_more(variables in variables()) {
        let Some((session, role)) = both(&variables) else {
            return Ok(());
        };
        for asked in requests() {
            let (session, role) = (allows(&session, &asked), allows(&role, &asked));
            prop_assert!(
                role || !session || only_the_session(&asked),
                "the role lacks {asked:?}"
            );
            prop_assert!(
                session || !role || only_the_role(&variables, &asked),
                "the role has {asked:?}"
            );
        }
    }
}

#[test]
fn a_file_with_an_invalidation_is_two_keys_and_nothing_beside_them() {
    let variables = Variables::from([
        ("AWS_OIDC_ROLE_ARN", format!("{ACCOUNT}/deploy")),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("BITBUCKET_STEP_OIDC_TOKEN", TOKEN.to_owned()),
        ("S3_BUCKET", "my-bucket/docs/".to_owned()),
        ("LOCAL_PATH", "Cargo.toml".to_owned()),
        ("CLOUDFRONT_DISTRIBUTION_ID", "E1".to_owned()),
        ("FORMAT", "json".to_owned()),
    ]);
    let (session, role) = both(&variables).unwrap();
    let written = |policy: &Value| {
        let requests = requests().into_iter();
        let puts = requests.filter(|asked| asked.action == "s3:PutObject" && allows(policy, asked));
        puts.map(|asked| asked.resource).collect::<Vec<_>>()
    };
    let keys = [
        "arn:aws:s3:::my-bucket/docs/Cargo.toml",
        "arn:aws:s3:::my-bucket/docs/.aws-oidc-s3-deploy/invalidation-pending",
    ];
    assert_eq!(written(&session), keys);
    assert_eq!(written(&role), keys);
}
