//! The inline session policy: whatever the role may do, the session can do no more than this deploy.
//!
//! Pure: text is all that is made here. What STS says to it is the business of `deploy::sign_in`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::RoleArn;

/// Most characters of a session policy.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
pub const LENGTH_MAX: usize = 2048;

/// What one deploy asks of its session.
#[derive(Clone, Copy, Debug)]
pub struct Permissions<'a> {
    /// The role that acts; its ARN tells partition and account.
    pub role: &'a RoleArn,
    /// Bucket name, access point ARN or access point alias.
    pub bucket: &'a str,
    /// The keys that are listed and written.
    pub keys: Keys<'a>,
    /// What is done to objects; a dry run writes none.
    pub objects: &'a [ObjectAction],
    /// Ids of the CloudFront distributions to invalidate.
    pub distributions: &'a [String],
}

/// Something that is done to objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectAction {
    /// They are uploaded, in parts that are removed if that fails.
    Put,
    /// They are deleted.
    Delete,
    /// It is asked what they are stored with, for which S3 has no action of its own.
    Read,
    /// They are uploaded with an ACL.
    SetAcl,
    /// They are uploaded with tags.
    SetTags,
}

impl ObjectAction {
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Put => &["s3:PutObject", "s3:AbortMultipartUpload"],
            Self::Delete => &["s3:DeleteObject"],
            Self::Read => &["s3:GetObject"],
            Self::SetAcl => &["s3:PutObjectAcl"],
            Self::SetTags => &["s3:PutObjectTagging"],
        }
    }
}

/// Which keys of the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys<'a> {
    /// All whose key begins with this: empty, or ending in `/`.
    Below(&'a str),
    /// This one; it is also the prefix that is listed.
    Only(&'a str),
}

/// A policy to send, and what it allows beyond the deploy's own keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Compact JSON of ASCII, [`LENGTH_MAX`] characters at most.
    pub json: String,
    /// What the session can reach beyond the deploy's own keys, and why; `None` if nothing.
    pub excess: Option<&'static str>,
}

/// Not even the policy for the whole bucket is short enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session policy has {0} characters, and STS takes {LENGTH_MAX} at most")]
pub struct TooLong(pub usize);

/// The policies for `permissions` in the order in which to try them: the exact one if it is short
/// enough, then the one for the whole bucket, which STS may still take where the first is too large
/// for it in its packed form.
///
/// # Errors
/// When not even the second is short enough.
pub fn policies(permissions: &Permissions<'_>) -> Result<Vec<SessionPolicy>, TooLong> {
    let exact = policy(permissions, permissions.keys);
    let whole = policy(permissions, Keys::Below(""));
    if whole.json.len() > LENGTH_MAX {
        return Err(TooLong(whole.json.len()));
    }
    if exact.json == whole.json {
        return Ok(vec![exact]);
    }
    let whole = SessionPolicy {
        excess: Some("the whole bucket, because a policy for this prefix is too long for STS"),
        ..whole
    };
    let mut policies = vec![exact, whole];
    policies.retain(|policy| policy.json.len() <= LENGTH_MAX);
    Ok(policies)
}

/// The policy of a session that is there only to assume the role `next`.
#[must_use]
pub fn hop(next: &RoleArn) -> String {
    json(vec![Statement::allow(
        &["sts:AssumeRole"],
        vec![literal(next.as_str()).0],
    )])
}

fn policy(permissions: &Permissions<'_>, keys: Keys<'_>) -> SessionPolicy {
    let places = Places::of(permissions.bucket, permissions.role.partition());
    let (pattern, is_exact) = match keys {
        Keys::Below(prefix) => {
            let (pattern, is_exact) = literal(prefix);
            (format!("{pattern}*"), is_exact)
        }
        Keys::Only(key) => literal(key),
    };
    let names = permissions.objects.iter().map(|action| action.names());
    let names: Vec<&str> = names.flatten().copied().collect();
    let mut statements = Vec::new();
    for place in &places.all {
        // A listing of the whole bucket sends no prefix, which no condition on it would match.
        let prefix = (keys != Keys::Below("")).then_some(&pattern);
        let mut list = Statement::allow(&["s3:ListBucket"], vec![place.bucket.clone()]);
        list.when("s3:prefix", prefix);
        let objects = vec![format!("{}{pattern}", place.keys)];
        let mut write = Statement::allow(&names, objects);
        for statement in [&mut list, &mut write] {
            statement.when("s3:DataAccessPointArn", place.through.as_ref());
        }
        statements.push(list);
        statements.extend((!names.is_empty()).then_some(write));
    }
    if let Some(directory) = places.directory {
        statements.push(Statement::allow(
            &["s3express:CreateSession"],
            vec![directory],
        ));
    }
    if !names.is_empty() {
        statements.push(encryption(permissions.role.partition()));
    }
    statements.extend(invalidation(permissions));
    SessionPolicy {
        json: json(statements),
        excess: places.excess.or((!is_exact).then_some(
            "some other keys, because policies cannot hold all characters of this prefix",
        )),
    }
}

/// KMS through S3 and nothing else: a bucket may encrypt with a KMS key by default, which the
/// deploy's variables do not tell, and then its requests fail without these.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
fn encryption(partition: &str) -> Statement {
    let domain = match partition {
        "aws-cn" => "amazonaws.com.cn",
        _ => "amazonaws.com",
    };
    let actions = ["kms:GenerateDataKey", "kms:Decrypt"];
    let mut statement = Statement::allow(&actions, vec!["*".to_owned()]);
    statement.when("kms:ViaService", Some(&format!("s3.*.{domain}")));
    statement
}

fn invalidation(permissions: &Permissions<'_>) -> Option<Statement> {
    let (partition, account) = (permissions.role.partition(), permissions.role.account());
    let arn = |id| format!("arn:{partition}:cloudfront::{account}:distribution/{id}");
    let actions = [
        "cloudfront:CreateInvalidation",
        "cloudfront:GetInvalidation",
    ];
    let distributions: Vec<String> = permissions.distributions.iter().map(arn).collect();
    (!distributions.is_empty()).then(|| Statement::allow(&actions, distributions))
}

/// The ARNs that stand for the bucket in a policy.
struct Places {
    all: Vec<Place>,
    directory: Option<String>,
    excess: Option<&'static str>,
}

struct Place {
    /// What is listed.
    bucket: String,
    /// What stands before a key.
    keys: String,
    /// The access point that requests must come through.
    through: Option<String>,
}

impl Places {
    /// A request through an access point must be allowed on the access point and on the bucket
    /// behind it, whose name is not known here: any bucket, but only through that access point.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
    fn of(bucket: &str, partition: &str) -> Self {
        let general = |bucket: &str, partition: &str, through| Place {
            bucket: format!("arn:{partition}:s3:::{bucket}"),
            keys: format!("arn:{partition}:s3:::{bucket}/"),
            through,
        };
        let access_point = |arn: String, partition: &str| {
            let point = Place {
                bucket: arn.clone(),
                keys: format!("{arn}/object/"),
                through: None,
            };
            vec![point, general("*", partition, Some(arn))]
        };
        if let Some(partition) = bucket.strip_prefix("arn:") {
            let partition = partition.split(':').next().unwrap_or_default();
            Self {
                all: access_point(bucket.to_owned(), partition),
                directory: None,
                excess: None,
            }
        } else if bucket.ends_with("-s3alias") {
            let any = format!("arn:{partition}:s3:*:*:accesspoint/*");
            Self {
                all: access_point(any, partition),
                directory: None,
                excess: Some(
                    "these keys through any access point, because policies cannot hold an access point's alias: give S3_BUCKET its ARN",
                ),
            }
        } else if bucket.ends_with("--x-s3") {
            Self {
                all: Vec::new(),
                directory: Some(format!("arn:{partition}:s3express:*:*:bucket/{bucket}")),
                excess: Some(
                    "the whole bucket, because policies cannot hold a prefix of a directory bucket",
                ),
            }
        } else {
            Self {
                all: vec![general(bucket, partition, None)],
                directory: None,
                excess: None,
            }
        }
    }
}

/// `text` as a pattern that matches it and nothing else, and whether it does: policies are of ASCII,
/// so that each run of other characters becomes a `*`.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
fn literal(text: &str) -> (String, bool) {
    let mut pattern = String::new();
    let mut is_exact = true;
    for character in text.chars() {
        match character {
            '*' | '?' | '$' => pattern.extend(['$', '{', character, '}']),
            ' '..='~' => pattern.push(character),
            _ => {
                if !pattern.ends_with('*') {
                    pattern.push('*');
                }
                is_exact = false;
            }
        }
    }
    (pattern, is_exact)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: &'static str,
    action: Vec<&'static str>,
    resource: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    condition: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
}

impl Statement {
    fn allow(actions: &[&'static str], resources: Vec<String>) -> Self {
        Self {
            effect: "Allow",
            action: actions.to_vec(),
            resource: resources,
            condition: BTreeMap::new(),
        }
    }

    /// Adds that `key` must be like `pattern`.
    fn when(&mut self, key: &'static str, pattern: Option<&String>) {
        if let Some(pattern) = pattern {
            let keys = self.condition.entry("StringLike").or_default();
            keys.insert(key, pattern.clone());
        }
    }
}

/// The version is the one whose patterns know the escapes of [`literal`].
fn json(statement: Vec<Statement>) -> String {
    let policy = Policy {
        version: "2012-10-17",
        statement,
    };
    // Text and lists of text are always JSON.
    serde_json::to_string(&policy).unwrap_or_default()
}

#[cfg(test)]
mod tests;
