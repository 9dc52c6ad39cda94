//! From a document's elements to a page.

use std::borrow::Cow;
use std::str::FromStr;

use super::document::{Element, Reader, Unreadable, unescaped};
use super::time::seconds;
use super::{KeyForm, Listed, Page};
use deploy_core::object::etag::ETag;

/// Reads `body`, the answer to a request for keys that begin with `prefix`.
///
/// # Errors
/// When it has another form than listings have, or makes no sense.
pub fn parse(body: &[u8], prefix: &str) -> Result<Page, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|_| Unreadable)?;
    let mut reader = Reader::new(text)?;
    let mut listing = Listing::default();
    reader.open_root(ROOT)?;
    while let Some(element) = reader.child(ROOT)? {
        listing.take(element, &mut reader)?;
    }
    if reader.is_at_end() {
        listing.page(prefix)
    } else {
        Err(Unreadable)
    }
}

/// What was read of a document, keys as they were written.
#[derive(Debug, Default)]
struct Listing<'a> {
    objects: Vec<Object<'a>>,
    encoded: bool,
    truncated: bool,
    continuation: Option<Cow<'a, str>>,
}

#[derive(Debug)]
struct Object<'a> {
    key: Cow<'a, str>,
    size: u64,
    etag: ETag,
    modified_secs: u32,
}

impl<'a> Listing<'a> {
    fn take(&mut self, element: Element<'a>, reader: &mut Reader<'a>) -> Result<(), Unreadable> {
        match element.name {
            "Contents" => self.objects.push(object(element, reader)?),
            "EncodingType" => self.encoded = reader.plain(element)? == "url",
            "IsTruncated" => self.truncated = number::<bool>(reader.plain(element)?)?,
            "NextContinuationToken" => {
                self.continuation = Some(unescaped(reader.text(element)?)?);
            }
            "KeyCount" | "MaxKeys" => {
                number::<i32>(reader.plain(element)?)?;
            }
            _ => {
                reader.plain(element)?;
            }
        }
        Ok(())
    }

    fn page(self, prefix: &str) -> Result<Page, Unreadable> {
        let key_bytes = self.objects.iter().map(|object| object.key.len()).sum();
        let mut page = Page::with_capacity(self.objects.len(), key_bytes);
        let form = KeyForm {
            encoded: self.encoded,
            prefix,
        };
        for object in &self.objects {
            let listed = Listed {
                key: &object.key,
                size: object.size,
                etag: object.etag,
                modified_secs: object.modified_secs,
            };
            page.push(listed, form).map_err(|_| Unreadable)?;
        }
        if self.truncated {
            let token = self.continuation.ok_or(Unreadable)?;
            page.continuation = Some(token.into_owned());
        }
        Ok(page)
    }
}

fn object<'a>(element: Element<'a>, reader: &mut Reader<'a>) -> Result<Object<'a>, Unreadable> {
    let (mut key, mut size, mut etag, mut modified_secs) = (None, None, ETag::Opaque, 0);
    if element.is_empty {
        return Err(Unreadable);
    }
    while let Some(field) = reader.child(element.name)? {
        match field.name {
            "Key" => key = Some(unescaped(reader.text(field)?)?),
            "Size" => size = Some(number::<i64>(reader.plain(field)?)?),
            "ETag" => etag = read_etag(reader.text(field)?)?,
            "LastModified" => modified_secs = seconds(reader.plain(field)?)?,
            "Owner" if !field.is_empty => {
                while let Some(part) = reader.child(field.name)? {
                    reader.plain(part)?;
                }
            }
            _ => {
                reader.plain(field)?;
            }
        }
    }
    Ok(Object {
        key: key.ok_or(Unreadable)?,
        size: size
            .and_then(|size| u64::try_from(size).ok())
            .ok_or(Unreadable)?,
        etag,
        modified_secs,
    })
}

/// The root of a listing.
const ROOT: &str = "ListBucketResult";

fn number<T: FromStr>(text: &str) -> Result<T, Unreadable> {
    text.parse().map_err(|_| Unreadable)
}

/// S3 escapes the quotes.
fn read_etag(text: &str) -> Result<ETag, Unreadable> {
    let quoted = text.strip_prefix("&quot;");
    let bare = quoted.and_then(|text| text.strip_suffix("&quot;"));
    match bare {
        Some(bare) if !bare.contains('&') => Ok(ETag::parse(bare)),
        _ => Ok(ETag::parse(&unescaped(text)?)),
    }
}
