//! The headers that all objects share: the variables', and laid over them those of EXTRA_ARGS. Where
//! both speak, the flag wins, as in the official pipe, where it comes last.

use super::environment::Variables;
use super::problem::Problems;
use super::value::{Given, List, Value};
use crate::config::extra_args::{ContentTypes, ExtraArgs, Sse};
use crate::console::Note;
use deploy_core::base::invalid::Invalid;
use deploy_core::object::content_type::UNKNOWN_TYPE;
use deploy_core::object::headers::{self, Encryption, ObjectHeaders};
use deploy_core::object::pairs::{self, Pairs};
use deploy_core::object::setting::Field;

/// The headers of every object.
pub(super) fn read(
    variables: &Variables,
    args: &ExtraArgs,
    problems: &mut Problems,
) -> ObjectHeaders {
    let mut text =
        |variable: Value<'_>, field: Field| variable.parse(|value| field.check(value), problems);
    let cache_control = text(variables.cache_control(), Field::CacheControl);
    let content_encoding = text(variables.content_encoding(), Field::ContentEncoding);
    let acl = text(variables.acl(), Field::Acl);
    let storage_class = text(variables.storage_class(), Field::StorageClass);
    let expires = variables.expires().parse(headers::expires, problems);
    let metadata = pairs(
        variables.metadata(),
        pairs::metadata,
        pairs::metadata_items,
        problems,
    );
    let tags = pairs(variables.tagging(), pairs::tags, pairs::tag_items, problems);
    let encryption = encryption(variables, args, problems);
    let flags = args.headers.clone();
    let unguessed = (args.content_types == ContentTypes::Unset).then(|| UNKNOWN_TYPE.to_owned());
    ObjectHeaders {
        content_type: flags.content_type.or(unguessed),
        cache_control: flags.cache_control.or(cache_control),
        content_disposition: flags.content_disposition,
        content_encoding: flags.content_encoding.or(content_encoding),
        content_language: flags.content_language,
        expires: flags.expires.or(expires),
        website_redirect: flags.website_redirect,
        acl: flags.acl.or(acl),
        storage_class: flags.storage_class.or(storage_class),
        encryption,
        metadata: if flags.metadata.is_empty() {
            metadata
        } else {
            flags.metadata
        },
        tags,
    }
}

/// A warning if metadata is called as a header that S3 has beside it.
pub(super) fn doubt(headers: &ObjectHeaders) -> Option<Note> {
    const HEADERS: &[&str] = &[
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
    ];
    let names = headers.metadata.keys();
    let name = names
        .into_iter()
        .find(|name| HEADERS.contains(&name.as_str()))?;
    Some(Note::Warning(format!(
        "the metadata `{name}` is sent as `x-amz-meta-{name}`, which no browser takes for the header of this name: set that by its own variable or flag"
    )))
}

fn pairs(
    list: List<'_>,
    of_text: fn(&str) -> Result<Pairs, Invalid>,
    of_items: fn(&[String]) -> Result<Pairs, Invalid>,
    problems: &mut Problems,
) -> Pairs {
    let parsed = match list.given() {
        Given::Nothing => return Pairs::new(),
        Given::Text(text) => of_text(text.trim()),
        Given::Items(items) => of_items(items),
    };
    problems.check(list.name, parsed).unwrap_or_default()
}

/// SSE and SSE_KMS_KEY_ID under `--sse` and `--sse-kms-key-id`. A key alone means `aws:kms`.
fn encryption(
    variables: &Variables,
    args: &ExtraArgs,
    problems: &mut Problems,
) -> Option<Encryption> {
    let variable = variables.sse().parse(Sse::parse, problems);
    let key = variables.sse_kms_key_id();
    let variable_key = key.parse(headers::kms_key_id, problems);
    let flags = variables.extra_args().name;
    // A flag that turns to S3's own keys takes the variable's key with it.
    let (sse, key, place) = match (args.sse, &args.kms_key_id) {
        (Some(Sse::S3), None) => (Some(Sse::S3), None, flags),
        (None, None) => (variable, variable_key, key.name),
        (sse, key) => (sse.or(variable), key.clone().or(variable_key), flags),
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
