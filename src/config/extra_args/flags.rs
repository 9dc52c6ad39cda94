//! The one table of flags: every flag of `aws s3 sync` (aws-cli 1 and 2) and what it is here.

use super::ExtraArgs;
use crate::config::values;
use crate::console::{Note, Progress, Verbosity};
use crate::source::Links;
use deploy_core::base::endpoint::Endpoint;
use deploy_core::base::invalid::Invalid;
use deploy_core::object::setting::Field;
use deploy_core::object::{headers, pairs};
use deploy_core::plan::compare::CompareBy;
use deploy_core::tree::Side;

/// One flag.
pub(super) struct Flag {
    /// With its dashes.
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    pub(super) meaning: Meaning,
}

/// Whether a value follows.
pub(super) enum Takes {
    Nothing,
    Value,
    /// One may; without it this is meant.
    Optional(&'static str),
}

/// What a flag is here.
pub(super) enum Meaning {
    /// It does what it does in aws-cli.
    Applied(Apply),
    /// The same, for a flag without a value.
    Set(fn(&mut ExtraArgs)),
    /// Its value is that of a header.
    Header(Field),
    /// It makes no difference to an upload; why.
    Ignored(&'static str),
    /// It is refused; why, and what to do instead.
    Refused(&'static str, &'static str),
}

type Apply = fn(&mut ExtraArgs, &str) -> Result<(), Invalid>;

const fn flag(name: &'static str, takes: Takes, meaning: Meaning) -> Flag {
    Flag {
        name,
        takes,
        meaning,
    }
}

/// A flag without a value.
const fn switch(name: &'static str, set: fn(&mut ExtraArgs)) -> Flag {
    flag(name, Takes::Nothing, Meaning::Set(set))
}

/// A flag with a value.
const fn value(name: &'static str, apply: Apply) -> Flag {
    flag(name, Takes::Value, Meaning::Applied(apply))
}

const fn header(name: &'static str, field: Field) -> Flag {
    flag(name, Takes::Value, Meaning::Header(field))
}

const fn ignored(name: &'static str, takes: Takes, reason: &'static str) -> Flag {
    flag(name, takes, Meaning::Ignored(reason))
}

const fn refused(
    name: &'static str,
    takes: Takes,
    reason: &'static str,
    instead: &'static str,
) -> Flag {
    flag(name, takes, Meaning::Refused(reason, instead))
}

const COPIES: &str = "it is about copies between buckets";
const DOWNLOADS: &str = "it is about downloads";
const TERMINAL: &str = "it is about aws-cli's own output and input";
const LISTING: &str = "the pipe chooses how it lists";

const CUSTOMER_KEYS: &str = "keys of your own (SSE-C) are not supported";
const USE_KMS: &str = "use SSE: `aws:kms`, or leave it out";

/// Every flag that is known.
pub(super) const FLAGS: &[Flag] = &[
    value("--exclude", |args, pattern| {
        args.patterns.push(Side::Exclude, pattern);
        Ok(())
    }),
    value("--include", |args, pattern| {
        args.patterns.push(Side::Include, pattern);
        Ok(())
    }),
    switch("--delete", |args| args.delete = true),
    switch("--no-overwrite", |args| {
        args.no_overwrite = true;
        args.notes.push(Note::Info(
            "EXTRA_ARGS: `--no-overwrite` is NO_OVERWRITE here: where aws-cli leaves an object that differs as it is, the deploy is refused".to_owned(),
        ));
    }),
    switch("--dryrun", |args| args.dry_run = true),
    switch("--size-only", |args| {
        // With both flags aws-cli goes by the time stamps.
        if args.compare_by == CompareBy::Content {
            args.compare_by = CompareBy::Size;
        }
    }),
    switch("--exact-timestamps", |args| {
        args.compare_by = CompareBy::ContentAndAge;
    }),
    switch("--follow-symlinks", |args| args.links = Links::Follow),
    switch("--no-follow-symlinks", |args| args.links = Links::Skip),
    switch("--no-guess-mime-type", |args| args.no_guessed_types = true),
    header("--acl", Field::Acl),
    header("--storage-class", Field::StorageClass),
    header("--cache-control", Field::CacheControl),
    header("--content-type", Field::ContentType),
    header("--content-encoding", Field::ContentEncoding),
    header("--content-language", Field::ContentLanguage),
    header("--content-disposition", Field::ContentDisposition),
    value("--expires", |args, value| {
        set(&mut args.headers.expires, headers::expires(value))
    }),
    value("--metadata", |args, value| {
        args.headers.metadata = pairs::metadata(value)?;
        Ok(())
    }),
    header("--website-redirect", Field::WebsiteRedirect),
    flag(
        "--sse",
        Takes::Optional("AES256"),
        Meaning::Applied(|args, value| set(&mut args.sse, headers::encryption(value))),
    ),
    value("--sse-kms-key-id", |args, value| {
        set(&mut args.kms_key_id, headers::kms_key_id(value))
    }),
    value("--checksum-algorithm", checksum_algorithm),
    switch("--quiet", quiet),
    switch("--only-show-errors", quiet),
    switch("--debug", |args| args.verbosity = Verbosity::Debug),
    switch("--no-progress", |args| args.progress = Progress::Hidden),
    value("--endpoint-url", |args, value| {
        set(&mut args.endpoint, Endpoint::parse(value))
    }),
    value("--region", |args, value| {
        set(&mut args.region, Ok(value.to_owned()))
    }),
    value("--ca-bundle", |args, value| {
        set(&mut args.ca_bundle, Ok(value.to_owned()))
    }),
    value("--cli-connect-timeout", |args, value| {
        set(&mut args.connect_timeout, values::timeout(value))
    }),
    value("--cli-read-timeout", |args, value| {
        set(&mut args.read_timeout, values::timeout(value))
    }),
    ignored("--metadata-directive", Takes::Value, COPIES),
    ignored("--copy-props", Takes::Value, COPIES),
    ignored("--source-region", Takes::Value, COPIES),
    ignored("--sse-c-copy-source", Takes::Optional("AES256"), COPIES),
    ignored("--sse-c-copy-source-key", Takes::Value, COPIES),
    ignored("--force-glacier-transfer", Takes::Nothing, COPIES),
    ignored("--ignore-glacier-warnings", Takes::Nothing, DOWNLOADS),
    ignored("--checksum-mode", Takes::Value, DOWNLOADS),
    ignored("--case-conflict", Takes::Value, DOWNLOADS),
    ignored("--page-size", Takes::Value, LISTING),
    ignored("--no-paginate", Takes::Nothing, LISTING),
    ignored("--progress-frequency", Takes::Value, TERMINAL),
    ignored("--progress-multiline", Takes::Nothing, TERMINAL),
    ignored("--output", Takes::Value, TERMINAL),
    ignored("--query", Takes::Value, TERMINAL),
    ignored("--color", Takes::Value, TERMINAL),
    ignored("--no-cli-pager", Takes::Nothing, TERMINAL),
    ignored("--no-cli-auto-prompt", Takes::Nothing, TERMINAL),
    ignored("--cli-binary-format", Takes::Value, TERMINAL),
    refused(
        "--recursive",
        Takes::Nothing,
        "a sync is always recursive, and `aws s3 sync` does not take it either",
        "leave it out",
    ),
    refused(
        "--request-payer",
        Takes::Optional("requester"),
        "buckets whose requesters pay are not supported",
        "leave it out",
    ),
    refused(
        "--grants",
        Takes::Value,
        "grants to single accounts are not supported",
        "use ACL or, better, a bucket policy",
    ),
    refused("--sse-c", Takes::Optional("AES256"), CUSTOMER_KEYS, USE_KMS),
    refused("--sse-c-key", Takes::Value, CUSTOMER_KEYS, USE_KMS),
    refused(
        "--no-sign-request",
        Takes::Nothing,
        "uploads are always signed",
        "leave it out",
    ),
    refused(
        "--profile",
        Takes::Value,
        "no profile of the machine is ever used",
        "use AWS_OIDC_ROLE_ARN, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    refused(
        "--no-verify-ssl",
        Takes::Nothing,
        "a server that cannot prove its name gets no credentials",
        "name its certificate authority with AWS_CA_BUNDLE",
    ),
    refused(
        "--version",
        Takes::Nothing,
        "nothing would be deployed",
        "leave it out",
    ),
];

/// The flags that `name` may be: the one that is called so, or those that begin so; aws-cli takes the
/// beginning of a flag for the whole where there is only one.
pub(super) fn named(name: &str) -> Vec<&'static Flag> {
    if let Some(flag) = FLAGS.iter().find(|flag| flag.name == name) {
        return vec![flag];
    }
    let is_beginning = name.len() > 2 && name.starts_with("--");
    let flags = FLAGS
        .iter()
        .filter(|flag| is_beginning && flag.name.starts_with(name));
    flags.collect()
}

/// The name of every flag that is known, dashes included.
pub fn names() -> impl Iterator<Item = &'static str> {
    FLAGS.iter().map(|flag| flag.name)
}

fn set<T>(field: &mut Option<T>, parsed: Result<T, Invalid>) -> Result<(), Invalid> {
    *field = Some(parsed?);
    Ok(())
}

fn quiet(args: &mut ExtraArgs) {
    args.verbosity = args.verbosity.max(Verbosity::Quiet);
}

/// The algorithms of aws-cli 1.46.
const ALGORITHMS: &[&str] = &[
    "CRC64NVME",
    "CRC32",
    "SHA256",
    "SHA1",
    "CRC32C",
    "SHA512",
    "XXHASH64",
    "XXHASH3",
    "XXHASH128",
];

fn checksum_algorithm(args: &mut ExtraArgs, value: &str) -> Result<(), Invalid> {
    args.crc64_nvme = value == "CRC64NVME";
    if args.crc64_nvme {
        Ok(())
    } else if ALGORITHMS.contains(&value) {
        Err(Invalid::new(
            format!("the pipe does not send `{value}`"),
            "use `CRC64NVME`, or leave it out: every upload is verified anyway (see CHECKSUM)",
        ))
    } else {
        Err(Invalid::choice(value, ALGORITHMS))
    }
}
