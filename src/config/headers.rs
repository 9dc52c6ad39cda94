//! The headers that all objects share: the variables', and laid over them those of EXTRA_ARGS. Where
//! both speak, the flag wins, as in the official pipe, where it comes last.

use super::value::{Given, List, Value};
use super::variables::Input;
use crate::console::Note;
use deploy_core::base::invalid::Invalid;
use deploy_core::object::content_type::UNKNOWN_TYPE;
use deploy_core::object::headers::{self, Encryption, ObjectHeaders};
use deploy_core::object::pairs::{self, Pairs};
use deploy_core::object::setting::Field;

/// The headers of every object.
pub(super) fn read(input: &Input) -> ObjectHeaders {
    let text = |value: Value<'_>, field: Field| value.parse(|text| field.check(text));
    let cache_control = text(input.cache_control(), Field::CacheControl);
    let content_encoding = text(input.content_encoding(), Field::ContentEncoding);
    let acl = text(input.acl(), Field::Acl);
    let storage_class = text(input.storage_class(), Field::StorageClass);
    let expires = input.expires().parse(headers::expires);
    let metadata = pairs(input.metadata(), pairs::metadata, pairs::metadata_items);
    let flags = input.args.headers.clone();
    let unguessed = input.args.no_guessed_types;
    let unguessed = unguessed.then(|| UNKNOWN_TYPE.to_owned());
    ObjectHeaders {
        content_type: flags.content_type.or(unguessed),
        cache_control: flags.cache_control.or(cache_control),
        content_encoding: flags.content_encoding.or(content_encoding),
        expires: flags.expires.or(expires),
        acl: flags.acl.or(acl),
        storage_class: flags.storage_class.or(storage_class),
        encryption: encryption(input),
        metadata: if flags.metadata.is_empty() {
            metadata
        } else {
            flags.metadata
        },
        tags: pairs(input.tagging(), pairs::tags, pairs::tag_items),
        ..flags
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
) -> Pairs {
    let pairs = match list.given() {
        Given::Nothing => None,
        Given::Text(text) => list.check(of_text(text.trim())),
        Given::Items(items) => list.check(of_items(items)),
    };
    pairs.unwrap_or_default()
}

/// SSE and SSE_KMS_KEY_ID under `--sse` and `--sse-kms-key-id`. A key alone means `aws:kms`.
fn encryption(input: &Input) -> Option<Encryption> {
    let of_variable = input.sse().parse(headers::encryption);
    let variable = input.sse_kms_key_id();
    let key_of_variable = variable.parse(headers::kms_key_id);
    // A flag that turns to S3's own keys takes the variable's key with it.
    let (sse, key) = match (input.args.sse.clone(), input.args.kms_key_id.clone()) {
        (Some(Encryption::S3), None) => return Some(Encryption::S3),
        (sse, key) => (sse.or(of_variable), key.or(key_of_variable)),
    };
    match (sse, key) {
        (Some(Encryption::S3), Some(key)) => {
            let reason = format!("the KMS key `{key}` is given, but the encryption is `AES256`");
            let help = "use `aws:kms`, or leave the key out";
            if input.args.sse.is_none() && input.args.kms_key_id.is_none() {
                variable.refuse(reason, help);
            } else {
                input.extra_args().refuse(reason, help);
            }
            None
        }
        (None | Some(Encryption::Kms(_)), Some(key)) => Some(Encryption::Kms(Some(key))),
        (sse, None) => sse,
    }
}
