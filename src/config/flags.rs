//! EXTRA_ARGS laid over the variables: where both speak, the flag wins, as in the official pipe,
//! where it comes last. With it the variables that `aws s3 sync` has as flags only.

use super::boolean;
use super::environment::{Environment, Given};
use super::problem::Problems;
use super::raw::Raw;
use crate::config::extra_args;
use crate::config::extra_args::{ContentTypes, ExtraArgs, Sse};
use deploy_core::base::invalid::Invalid;
use deploy_core::object::content_type::UNKNOWN_TYPE;
use deploy_core::object::headers;
use deploy_core::object::headers::{Encryption, ObjectHeaders};
use deploy_core::object::pairs;
use deploy_core::object::pairs::Pairs;
use deploy_core::plan::Existing;
use deploy_core::plan::compare::CompareBy;

/// Reads EXTRA_ARGS; each mistake in it is a problem of its own.
pub(super) fn read(environment: &Environment, problems: &mut Problems) -> ExtraArgs {
    const NAME: &str = "EXTRA_ARGS";
    let words = match environment.given(NAME) {
        Given::Nothing => return ExtraArgs::default(),
        Given::Text(text) => problems.check(NAME, extra_args::words(text)),
        Given::Items(items) => problems.check(NAME, one_flag_each(items)),
    };
    let (args, mistakes) = extra_args::read(&words.unwrap_or_default());
    for mistake in mistakes {
        problems.push(NAME, mistake);
    }
    args
}

/// An item like `--exclude=a --delete` would be one pattern, and delete nothing.
fn one_flag_each(items: &[String]) -> Result<Vec<String>, Invalid> {
    match items.iter().find(|item| item.contains(" --")) {
        Some(item) => Err(Invalid::new(
            format!("`{item}` is one item of the list, but holds several flags"),
            "make each flag an item of its own, or write all of them as one string",
        )),
        None => Ok(items.to_vec()),
    }
}

/// The headers of every object: those of `variables`, SSE, METADATA and TAGGING, and what `args` says
/// instead.
pub(super) fn headers(
    variables: ObjectHeaders,
    environment: &Environment,
    raw: &Raw,
    args: &ExtraArgs,
    problems: &mut Problems,
) -> ObjectHeaders {
    let metadata = pairs(
        "METADATA",
        environment,
        pairs::metadata,
        pairs::metadata_items,
        problems,
    );
    let tags = pairs(
        "TAGGING",
        environment,
        pairs::tags,
        pairs::tag_items,
        problems,
    );
    let flags = args.headers.clone();
    let unguessed = (args.content_types == ContentTypes::Unset).then(|| UNKNOWN_TYPE.to_owned());
    ObjectHeaders {
        content_type: flags.content_type.or(variables.content_type).or(unguessed),
        cache_control: flags.cache_control.or(variables.cache_control),
        content_disposition: flags.content_disposition.or(variables.content_disposition),
        content_encoding: flags.content_encoding.or(variables.content_encoding),
        content_language: flags.content_language.or(variables.content_language),
        expires: flags.expires.or(variables.expires),
        website_redirect: flags.website_redirect.or(variables.website_redirect),
        acl: flags.acl.or(variables.acl),
        storage_class: flags.storage_class.or(variables.storage_class),
        encryption: encryption(raw, args, problems),
        metadata: if flags.metadata.is_empty() {
            metadata
        } else {
            flags.metadata
        },
        tags,
    }
}

fn pairs(
    name: &'static str,
    environment: &Environment,
    of_text: fn(&str) -> Result<Pairs, Invalid>,
    of_items: fn(&[String]) -> Result<Pairs, Invalid>,
    problems: &mut Problems,
) -> Pairs {
    let parsed = match environment.given(name) {
        Given::Nothing => return Pairs::new(),
        Given::Text(text) => of_text(text),
        Given::Items(items) => of_items(items),
    };
    problems.check(name, parsed).unwrap_or_default()
}

/// SSE and SSE_KMS_KEY_ID under `--sse` and `--sse-kms-key-id`. A key alone means `aws:kms`.
fn encryption(raw: &Raw, args: &ExtraArgs, problems: &mut Problems) -> Option<Encryption> {
    let variable = problems.parse("SSE", raw.sse.as_deref(), Sse::parse);
    let variable_key = problems.parse(
        "SSE_KMS_KEY_ID",
        raw.sse_kms_key_id.as_deref(),
        headers::kms_key_id,
    );
    // A flag that turns to S3's own keys takes the variable's key with it.
    let (sse, key, place) = match (args.sse, &args.kms_key_id) {
        (Some(Sse::S3), None) => (Some(Sse::S3), None, "EXTRA_ARGS"),
        (None, None) => (variable, variable_key, "SSE_KMS_KEY_ID"),
        (sse, key) => (sse.or(variable), key.clone().or(variable_key), "EXTRA_ARGS"),
    };
    match (sse, key) {
        (None, None) => None,
        (Some(Sse::S3), None) => Some(Encryption::S3),
        (Some(Sse::S3), Some(key)) => {
            problems.push(
                place,
                Invalid::new(
                    format!("the KMS key `{key}` is given, but the encryption is `AES256`"),
                    "use `aws:kms`, or leave the key out",
                ),
            );
            None
        }
        (None | Some(Sse::Kms), key) => Some(Encryption::Kms(key)),
    }
}

/// NO_OVERWRITE or `--no-overwrite`, which a comparison by age would undo.
pub(super) fn existing(raw: &Raw, args: &ExtraArgs, problems: &mut Problems) -> Existing {
    let is_set = boolean(problems, "NO_OVERWRITE", raw.no_overwrite.as_deref());
    if !is_set && !args.no_overwrite {
        return Existing::Replace;
    }
    if args.compare_by == CompareBy::ContentAndAge {
        problems.push(
            "NO_OVERWRITE",
            Invalid::new(
                "`--exact-timestamps` replaces objects because of their age",
                "leave one of them out",
            ),
        );
    }
    Existing::Protect
}
