//! Reads XML as S3 and its likes answer it: elements, and the text of those that hold no others.
//!
//! Strict: the SDK's reader recovers from whatever breaks off or does not fit, and takes a damaged
//! document for a shorter one.

use std::borrow::Cow;
use std::str::FromStr;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use crate::base::is_made_of;

/// The answer is no XML, or not of the form that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server's answer cannot be read: {0}")]
pub struct Malformed(String);

impl Malformed {
    /// `reason` it cannot be read.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// An element that was opened, with what is left of its document. Whoever is handed one has to read
/// it to its end.
pub struct Element<'a, 'd> {
    start: BytesStart<'d>,
    reader: &'a mut Reader<&'d [u8]>,
}

/// Reads the root of `body` with `read`.
///
/// # Errors
/// When `body` is not one whole document, or `read` says so.
pub fn root<'d, T>(
    body: &'d [u8],
    read: impl FnOnce(Element<'_, 'd>) -> Result<T, Malformed>,
) -> Result<T, Malformed> {
    let mut reader = Reader::from_reader(body);
    reader.config_mut().expand_empty_elements = true;
    let start = loop {
        match event(&mut reader)? {
            Event::Start(start) => break named(start)?,
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Text(text) if is_blank(&text) => {}
            _ => return Err(Malformed::new("it has no root element")),
        }
    };
    let reader_of_root = &mut reader;
    let value = read(Element {
        start,
        reader: reader_of_root,
    })?;
    loop {
        match event(&mut reader)? {
            Event::Eof => return Ok(value),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Text(text) if is_blank(&text) => {}
            _ => return Err(Malformed::new("something follows its root element")),
        }
    }
}

impl<'d> Element<'_, 'd> {
    /// Its name, without the prefix of a name space.
    pub fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// Hands its child elements to `take`, in order.
    ///
    /// # Errors
    /// When the document is damaged, or `take` says so.
    pub fn children(
        self,
        take: impl FnMut(Element<'_, 'd>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.each(take, is_blank)
    }

    /// As [`Self::children`], with whatever text beside them.
    ///
    /// # Errors
    /// As those of [`Self::children`].
    pub fn children_in_text(
        self,
        take: impl FnMut(Element<'_, 'd>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.each(take, |_| true)
    }

    fn each(
        self,
        mut take: impl FnMut(Element<'_, 'd>) -> Result<(), Malformed>,
        passes: impl Fn(&str) -> bool,
    ) -> Result<(), Malformed> {
        let Self { reader, .. } = self;
        loop {
            match event(reader)? {
                Event::Start(start) => take(Element {
                    start: named(start)?,
                    reader: &mut *reader,
                })?,
                Event::End(_) => return Ok(()),
                Event::Eof => return Err(Malformed::new("it breaks off")),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Text(text) if passes(&text) => {}
                _ => return Err(Malformed::new("something stands between elements")),
            }
        }
    }

    /// Its text, with characters in the place of references.
    ///
    /// # Errors
    /// When it holds anything else.
    pub fn text(self) -> Result<Cow<'d, str>, Malformed> {
        let text = self.reader.read_text(self.start.name());
        let text = text.map_err(|error| Malformed::new(error.to_string()))?;
        let text = match text.into_inner() {
            Cow::Borrowed(text) if !text.contains('<') => unescape(text),
            _ => return Err(Malformed::new("an element holds others instead of text")),
        };
        text.map_err(|error| Malformed::new(error.to_string()))
    }

    /// Its text as a number or a truth.
    ///
    /// # Errors
    /// When it is none.
    pub fn value<T: FromStr>(self) -> Result<T, Malformed> {
        let name = self.name().to_owned();
        let text = self.text()?;
        text.parse()
            .map_err(|_| Malformed::new(format!("`{text}` is no value of {name}")))
    }

    /// Passes it.
    ///
    /// # Errors
    /// When the document is damaged.
    pub fn skip(self) -> Result<(), Malformed> {
        let passed = self.reader.read_to_end(self.start.name());
        passed
            .map(drop)
            .map_err(|error| Malformed::new(error.to_string()))
    }
}

/// `start`, if what it opens has a name that an element can have: quick-xml takes whatever stands
/// between the brackets, so that a damaged tag would be one more element to pass over.
fn named(start: BytesStart<'_>) -> Result<BytesStart<'_>, Malformed> {
    let name = start.name().into_inner();
    let is_whole = start.attributes().all(|attribute| attribute.is_ok());
    if is_made_of(name, ":_-.") && is_whole {
        return Ok(start);
    }
    Err(Malformed::new("a tag is damaged"))
}

fn event<'d>(reader: &mut Reader<&'d [u8]>) -> Result<Event<'d>, Malformed> {
    let event = reader.read_event();
    event.map_err(|error| Malformed::new(error.to_string()))
}

fn is_blank(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim().is_empty()
}
