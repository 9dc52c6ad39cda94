//! The whole listing of a bucket, one page after the other.

use std::collections::HashMap;

use bytes::Bytes;
use hyper::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

use crate::Failure;
use crate::connection::Bucket;

/// What a listing says of an object.
#[derive(Debug, Default)]
pub(crate) struct Object {
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
}

pub(crate) async fn all(bucket: &Bucket) -> Result<HashMap<String, Object>, Failure> {
    let mut connection = bucket.connect().await?;
    let mut objects = HashMap::new();
    let mut query = "?list-type=2".to_owned();
    loop {
        let answer = connection
            .send(Method::GET, "", &query, Bytes::new())
            .await?;
        let Some(token) = read_page(std::str::from_utf8(&answer.body)?, &mut objects)? else {
            return Ok(objects);
        };
        let token = utf8_percent_encode(&token, NON_ALPHANUMERIC);
        query = format!("?list-type=2&continuation-token={token}");
    }
}

/// Adds the objects of one page, and returns the token of the next.
fn read_page(xml: &str, objects: &mut HashMap<String, Object>) -> Result<Option<String>, Failure> {
    let mut reader = Reader::from_str(xml);
    let (mut text, mut key, mut object) = (String::new(), String::new(), Object::default());
    let mut token = None;
    loop {
        match reader.read_event()? {
            Event::Start(_) => text.clear(),
            Event::Text(piece) => text.push_str(&piece.decode()?),
            Event::GeneralRef(reference) => {
                text.push_str(&unescape(&format!("&{};", reference.decode()?))?);
            }
            Event::End(element) => match element.name().as_ref() {
                b"Key" => key = std::mem::take(&mut text),
                b"Size" => object.size = text.parse()?,
                b"ETag" => text.trim_matches('"').clone_into(&mut object.etag),
                b"NextContinuationToken" => token = Some(std::mem::take(&mut text)),
                b"Contents" => {
                    let object = std::mem::take(&mut object);
                    objects.insert(std::mem::take(&mut key), object);
                }
                _ => {}
            },
            Event::Eof => return Ok(token),
            _ => {}
        }
    }
}

/// The text of the first element of this name, in an answer without references.
pub(crate) fn element(xml: &str, name: &str) -> Result<String, Failure> {
    let text = xml.split_once(&format!("<{name}>"));
    let text = text.and_then(|(_, rest)| rest.split_once('<'));
    let (text, _) = text.ok_or_else(|| format!("no {name} in {xml}"))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read() {
        let xml = "<ListBucketResult><Name>b</Name><Contents><Key>a&amp;b/é</Key>\
                   <ETag>&quot;0cc1&quot;</ETag><Size>7</Size></Contents><Contents><Key>c</Key>\
                   <ETag>\"1-2\"</ETag><Size>0</Size></Contents>\
                   <NextContinuationToken>x=</NextContinuationToken></ListBucketResult>";
        let mut objects = HashMap::new();
        let token = read_page(xml, &mut objects).unwrap();
        assert_eq!(token.as_deref(), Some("x="));
        let mut read: Vec<_> = objects
            .iter()
            .map(|(key, object)| (key.as_str(), object.size, object.etag.as_str()))
            .collect();
        read.sort_unstable();
        assert_eq!(read, [("a&b/é", 7, "0cc1"), ("c", 0, "1-2")]);
    }
}
