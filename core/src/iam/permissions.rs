//! The one table of what a deploy needs to be allowed. The session policy and the role that `setup`
//! prints are two renderings of it.
//!
//! Actions and resources by <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>.

use super::document::{ACCOUNT, Dialect};
use super::pattern;
use super::resources::KmsKey;
use super::statement::Statement;
use crate::base::partition::Partition;

/// Folder below the prefix of what is the pipe's own: the room of records is above this one.
const OWN_FOLDER: &str = ".aws-oidc-s3-deploy/";

/// What one deploy asks of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Bucket name, access point ARN or access point alias.
    pub bucket: String,
    /// The keys that are listed and written.
    pub keys: Keys,
    /// What is done to objects; a dry run writes none.
    pub objects: Vec<ObjectAction>,
    /// Whether the deploy record is read; written it is as every object.
    pub record: bool,
    /// Ids of the CloudFront distributions to invalidate.
    pub distributions: Vec<String>,
    /// The keys of KMS that objects are encrypted with.
    pub encryption: Encryption,
    /// Where all this is, and whose.
    pub place: Place,
}

/// Where the resources are that have no name of their own in the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The partition of the role.
    pub partition: String,
    /// Region of the bucket.
    pub region: String,
    /// The account of the role, where it is known.
    pub account: Option<String>,
}

/// Which keys of the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// All that begin with this: empty, or ending in `/`.
    Below(String),
    /// These; they are also the prefixes that are listed.
    Only(Vec<String>),
}

/// Something that is done to objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectAction {
    /// They are uploaded, in parts that are removed if that fails.
    Put,
    /// They are uploaded with an ACL.
    SetAcl,
    /// They are uploaded with tags.
    SetTags,
    /// It is asked who may read them.
    ReadAcl,
    /// It is asked which tags they have.
    ReadTags,
    /// It is asked what they are stored with, for which S3 has no action of its own.
    Read,
    /// Versions of them are listed and read, to be put back.
    ReadVersions,
    /// So are the tags of versions.
    ReadVersionTags,
    /// They are deleted.
    Delete,
}

/// Which keys of KMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// None: the server is not AWS's, and may take no policy that speaks of KMS.
    None,
    /// Any: a bucket may encrypt with a key by default, which no variable tells, and then its
    /// requests fail without it.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
    Any,
    /// Those that the variables name.
    Named(Vec<KmsKey>),
}

impl ObjectAction {
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Put => &["s3:PutObject", "s3:AbortMultipartUpload"],
            Self::SetAcl => &["s3:PutObjectAcl"],
            Self::SetTags => &["s3:PutObjectTagging"],
            Self::ReadAcl => &["s3:GetObjectAcl"],
            Self::ReadTags => &["s3:GetObjectTagging"],
            Self::Read => &["s3:GetObject"],
            Self::ReadVersions => &["s3:GetObjectVersion"],
            Self::ReadVersionTags => &["s3:GetObjectVersionTagging"],
            Self::Delete => &["s3:DeleteObject"],
        }
    }
}

impl Place {
    /// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`
    fn arn(&self, service: &str, region: &str, resource: &str) -> String {
        let account = self.account.clone();
        let account = account.unwrap_or_else(|| ACCOUNT.to_string());
        format!(
            "arn:{}:{service}:{region}:{account}:{resource}",
            self.partition
        )
    }
}

impl Keys {
    fn patterns(&self) -> Vec<String> {
        match self {
            Self::Below(prefix) => vec![format!("{}*", pattern::ascii(prefix))],
            Self::Only(keys) => keys.iter().map(|key| pattern::ascii(key)).collect(),
        }
    }

    fn texts(&self) -> &[String] {
        match self {
            Self::Below(prefix) => std::slice::from_ref(prefix),
            Self::Only(keys) => keys,
        }
    }
}

/// What `needs` come to, in the order of a deploy.
pub fn of(needs: &Needs) -> Vec<Statement> {
    let mut statements = bucket(needs);
    if !needs.objects.is_empty() || needs.record {
        statements.extend(encryption(needs));
    }
    statements.extend(invalidation(needs));
    statements.retain(|statement| !statement.is_empty());
    statements
}

/// The statement of those that allows `action`, as indented JSON: to be pasted into a policy.
pub fn granting(needs: &Needs, action: &str) -> Option<String> {
    let statements = of(needs).into_iter();
    let mut granting = statements.filter(|statement| statement.names(action));
    Some(pasteable(&granting.next()?, needs))
}

/// The statement that allows objects to be encrypted with, and read by, the key `arn`, as [`granting`].
pub fn granting_key(needs: &Needs, arn: &str) -> String {
    let arn = vec![pattern::ascii(arn)];
    let actions = &["kms:GenerateDataKey", "kms:Decrypt"];
    pasteable(&Statement::allow("Encrypt", actions, arn), needs)
}

fn pasteable(statement: &Statement, needs: &Needs) -> String {
    let account = needs.place.account.as_deref();
    statement.json(true).print(&Dialect {
        account: account.unwrap_or("ACCOUNT"),
        escape: str::to_owned,
    })
}

/// What the statements allow beyond the deploy's own keys, and why; `None` if nothing.
pub fn excess(needs: &Needs) -> Option<&'static str> {
    match Form::of(&needs.bucket) {
        Form::Alias => Some(
            "these keys through any access point, because policies cannot hold an access point's alias: give S3_BUCKET its ARN",
        ),
        Form::Directory => {
            Some("the whole bucket, because policies cannot hold a prefix of a directory bucket")
        }
        Form::Bucket | Form::AccessPoint => {
            let mut texts = needs.keys.texts().iter();
            (!texts.all(|text| pattern::is_printable_ascii(text))).then_some(
                "some other keys, because policies cannot hold all characters of this prefix",
            )
        }
    }
}

/// What S3_BUCKET can be, by its form.
enum Form {
    /// A bucket.
    Bucket,
    /// The ARN of an access point.
    AccessPoint,
    /// The alias of an access point.
    Alias,
    /// A directory bucket.
    Directory,
}

impl Form {
    fn of(bucket: &str) -> Self {
        if bucket.starts_with("arn:") {
            Self::AccessPoint
        } else if bucket.ends_with("-s3alias") {
            Self::Alias
        } else if bucket.ends_with("--x-s3") {
            Self::Directory
        } else {
            Self::Bucket
        }
    }
}

/// A request through an access point must be allowed on the access point and on the bucket behind it,
/// whose name is not known here: any bucket, but only through that access point.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
fn bucket(needs: &Needs) -> Vec<Statement> {
    let Needs { bucket, place, .. } = needs;
    let partition = &place.partition;
    let point = match Form::of(bucket) {
        Form::Bucket => {
            let arn = format!("arn:{partition}:s3:::{bucket}");
            return objects(needs, "", &arn, "/", None).into();
        }
        Form::Directory => {
            let arn = format!("arn:{partition}:s3express:*:*:bucket/{bucket}");
            let session =
                Statement::allow("CreateSession", &["s3express:CreateSession"], vec![arn]);
            return vec![session];
        }
        // In the form that policies take.
        Form::AccessPoint => bucket.replacen("accesspoint:", "accesspoint/", 1),
        Form::Alias => format!("arn:{partition}:s3:*:*:accesspoint/*"),
    };
    let partition = point.split(':').nth(1).unwrap_or_default();
    let behind = format!("arn:{partition}:s3:::*");
    let mut statements: Vec<Statement> = objects(needs, "", &point, "/object/", None).into();
    statements.extend(objects(needs, "Behind", &behind, "/", Some(&point)));
    statements
}

/// Lists and writes the keys of `needs` in `bucket`, if need be only `through` an access point.
fn objects(
    needs: &Needs,
    suffix: &str,
    bucket: &str,
    separator: &str,
    through: Option<&str>,
) -> [Statement; 3] {
    let patterns = needs.keys.patterns();
    // A listing of the whole bucket sends no prefix, which no condition on it would match.
    let is_whole = needs.keys == Keys::Below(String::new());
    let prefixes = if is_whole {
        Vec::new()
    } else {
        patterns.clone()
    };
    let through: Vec<String> = through.map(str::to_owned).into_iter().collect();
    let keys = patterns
        .iter()
        .map(|key| format!("{bucket}{separator}{key}"));
    let names = needs.objects.iter().flat_map(|action| action.names());
    let names: Vec<&'static str> = names.copied().collect();
    let mut listing = vec!["s3:ListBucket"];
    if needs.objects.contains(&ObjectAction::ReadVersions) {
        listing.push("s3:ListBucketVersions");
    }
    let id = format!("ListBucket{suffix}");
    let list = Statement::allow(id, &listing, vec![bucket.to_owned()]);
    let write = Statement::allow(format!("WriteObjects{suffix}"), &names, keys.collect());
    // The record is below the prefix, where all may be read that a deploy compares.
    let own = match &needs.keys {
        Keys::Below(prefix) if needs.record && !needs.objects.contains(&ObjectAction::Read) => {
            // Where the policy for a prefix is too long, any prefix has to do.
            let prefix = pattern::ascii(prefix);
            let prefix = if prefix.is_empty() { "*" } else { &*prefix };
            vec![format!("{bucket}{separator}{prefix}{OWN_FOLDER}*")]
        }
        Keys::Below(_) | Keys::Only(_) => Vec::new(),
    };
    let reading: &[&'static str] = if own.is_empty() {
        &[]
    } else {
        &["s3:GetObject"]
    };
    let read = Statement::allow(format!("ReadRecord{suffix}"), reading, own);
    let statements = [list.when("StringLike", "s3:prefix", prefixes), write, read];
    statements.map(|it| it.when("StringLike", "s3:DataAccessPointArn", through.clone()))
}

/// What reads objects under a key decrypts them, and what writes them or their parts asks for a data key
/// beside that. Keys may be used through S3 only. An alias cannot be a resource, but a condition.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html>
fn encryption(needs: &Needs) -> Vec<Statement> {
    let place = &needs.place;
    let actions: &[&'static str] = if needs.objects.contains(&ObjectAction::Put) {
        &["kms:GenerateDataKey", "kms:Decrypt"]
    } else {
        &["kms:Decrypt"]
    };
    let allow = |id: String, region: &str, resource: String| {
        let partition = Partition::named(&place.partition);
        let partition = partition.unwrap_or_else(|| Partition::of_region(&place.region));
        let domains = partition.service_domains().into_iter();
        let services = domains.map(|domain| format!("s3.{region}.{domain}"));
        Statement::allow(id, actions, vec![resource]).when(
            "StringLike",
            "kms:ViaService",
            services.collect(),
        )
    };
    let keys = match &needs.encryption {
        Encryption::None => return Vec::new(),
        Encryption::Any => return vec![allow("Encrypt".to_owned(), "*", "*".to_owned())],
        Encryption::Named(keys) => keys,
    };
    let region = place.region.as_str();
    let statement = |(index, key): (usize, &KmsKey)| {
        let (resource, alias) = match key {
            KmsKey::Id(id) => (place.arn("kms", region, &format!("key/{id}")), None),
            KmsKey::Arn(arn) => (arn.to_string(), None),
            KmsKey::Alias(alias) => (place.arn("kms", region, "key/*"), Some(alias.as_str())),
            KmsKey::AliasArn(arn) => (
                format!("{}key/*", arn.before_resource()),
                Some(arn.resource()),
            ),
        };
        let id = match index {
            0 => "Encrypt".to_owned(),
            _ => format!("Encrypt{}", index + 1),
        };
        let aliases = alias.map(str::to_owned).into_iter().collect();
        allow(id, region, resource).when("ForAnyValue:StringEquals", "kms:ResourceAliases", aliases)
    };
    keys.iter().enumerate().map(statement).collect()
}

fn invalidation(needs: &Needs) -> Option<Statement> {
    let ids = needs.distributions.iter();
    let arn = |id: &String| {
        let resource = format!("distribution/{}", pattern::ascii(id));
        needs.place.arn("cloudfront", "", &resource)
    };
    let distributions: Vec<String> = ids.map(arn).collect();
    let actions = &[
        "cloudfront:CreateInvalidation",
        "cloudfront:GetInvalidation",
    ];
    (!distributions.is_empty()).then(|| Statement::allow("Invalidate", actions, distributions))
}

#[cfg(test)]
mod tests;
