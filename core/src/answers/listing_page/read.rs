//! From the answer to ListObjectsV2 to a page.

use std::borrow::Cow;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Fault, Object, Page, Times, decode_key};
use crate::answers::xml::{self, Element, Malformed};
use crate::object::etag::ETag;

/// The root that S3 gives a listing. Others give it other names, and are known by what it holds.
const ROOT: &str = "ListBucketResult";

/// Reads `body`, the answer to a request for keys that begin with `prefix`.
///
/// # Errors
/// When it is no listing, or one that cannot be used.
pub fn parse(body: &[u8], prefix: &str, times: Times) -> Result<Page, Unusable> {
    let listing = xml::root(body, |root| {
        let mut listing = Listing {
            is_known: root.name() == ROOT,
            times,
            ..Listing::default()
        };
        let name = root.name().to_owned();
        root.children(|element| listing.take(element))?;
        if listing.is_known {
            Ok(listing)
        } else {
            Err(Malformed::new(format!("`{name}` is no listing")))
        }
    })?;
    listing.page(prefix).map_err(Unusable::Answer)
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It cannot be read, which the next attempt may be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It says what cannot be, and would say so again.
    #[error("{0}")]
    Answer(Fault),
}

/// What was read of a document, keys as they were written.
#[derive(Default)]
struct Listing<'d> {
    objects: Vec<Object<Cow<'d, str>>>,
    /// Whether it is a listing at all.
    is_known: bool,
    times: Times,
    encoded: bool,
    truncated: bool,
    continuation: Option<String>,
}

impl<'d> Listing<'d> {
    fn take(&mut self, element: Element<'_, 'd>) -> Result<(), Malformed> {
        match element.name() {
            "Contents" => {
                self.is_known = true;
                self.objects.push(object(element, self.times)?);
            }
            "IsTruncated" => {
                self.is_known = true;
                self.truncated = element.value()?;
            }
            "EncodingType" => self.encoded = element.text()? == "url",
            "NextContinuationToken" => self.continuation = Some(element.text()?.into_owned()),
            _ => element.skip()?,
        }
        Ok(())
    }

    fn page(self, prefix: &str) -> Result<Page, Fault> {
        let key_bytes = self.objects.iter().map(|object| object.key.len()).sum();
        let mut page = Page {
            keys: String::with_capacity(key_bytes),
            objects: Vec::with_capacity(self.objects.len()),
            continuation: None,
        };
        for object in &self.objects {
            let key = decode_key(&object.key, self.encoded)?;
            let relative = key
                .strip_prefix(prefix)
                .ok_or("a key is outside the prefix that was asked for")?;
            page.keys.push_str(relative);
            page.objects.push(object.with_key(page.keys.len()));
        }
        if self.truncated {
            let token = self.continuation;
            page.continuation = Some(token.ok_or("a truncated page without a continuation token")?);
        }
        Ok(page)
    }
}

fn object<'d>(element: Element<'_, 'd>, times: Times) -> Result<Object<Cow<'d, str>>, Malformed> {
    let (mut key, mut size, mut etag, mut modified_secs) = (None, None, ETag::Opaque, 0);
    element.children(|field| {
        match field.name() {
            "Key" => key = Some(field.text()?),
            "Size" => size = Some(field.value()?),
            "ETag" => etag = ETag::parse(&field.text()?),
            "LastModified" if times == Times::Read => modified_secs = seconds(&field.text()?)?,
            _ => field.skip()?,
        }
        Ok(())
    })?;
    Ok(Object {
        key: key.ok_or_else(|| Malformed::new("an object without a key"))?,
        size: size.ok_or_else(|| Malformed::new("an object without a size"))?,
        etag,
        modified_secs,
    })
}

/// Seconds since the epoch. A time out of range has its object taken for old: that uploads rather
/// than skips.
fn seconds(text: &str) -> Result<u32, Malformed> {
    let time = OffsetDateTime::parse(text, &Rfc3339);
    let time = time.map_err(|_| Malformed::new(format!("`{text}` is no time")))?;
    Ok(u32::try_from(time.unix_timestamp()).unwrap_or_default())
}
