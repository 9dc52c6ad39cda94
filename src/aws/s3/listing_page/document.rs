//! XML as S3 writes it: elements, text, and the references in it. No attributes but the root's name
//! space, no comments, no sections, no entities but the five that every document has. All else is
//! refused.

use std::borrow::Cow;

/// The document has another form than this reader takes, or makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer is no listing in the usual form")]
pub struct Unreadable;

/// How documents begin that begin with a declaration.
const DECLARATIONS: [&str; 5] = [
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    r#"<?xml version="1.0" encoding="utf-8"?>"#,
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<?xml version="1.0"?>"#,
    "<?xml version='1.0' encoding='UTF-8'?>",
];

/// What is left of a document.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a str,
}

/// A tag that opens an element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) name: &'a str,
    /// Whether the tag closes it too.
    pub(super) is_empty: bool,
}

impl<'a> Reader<'a> {
    /// Everything behind the declaration.
    pub(super) fn new(text: &'a str) -> Result<Self, Unreadable> {
        let is_plain = |byte: u8| byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r');
        let is_xml = text.bytes().all(is_plain)
            && (text.is_ascii() || !text.contains(['\u{fffe}', '\u{ffff}']));
        let mut declarations = DECLARATIONS.iter();
        let behind = declarations.find_map(|declaration| text.strip_prefix(declaration));
        is_xml
            .then_some(Self {
                rest: behind.unwrap_or(text),
            })
            .ok_or(Unreadable)
    }

    /// Passes the tag that opens the root, which has to have this `name`.
    pub(super) fn open_root(&mut self, name: &str) -> Result<(), Unreadable> {
        let root = self.tag()?.strip_prefix(name).ok_or(Unreadable)?;
        let name_space = root
            .strip_prefix(" xmlns=\"")
            .and_then(|root| root.strip_suffix('"'));
        match name_space {
            None if root.is_empty() => Ok(()),
            Some(name) if !name.contains(['"', '<', '&']) => Ok(()),
            _ => Err(Unreadable),
        }
    }

    /// The next element in `parent`; none at its end.
    pub(super) fn child(&mut self, parent: &str) -> Result<Option<Element<'a>>, Unreadable> {
        let tag = self.tag()?;
        if let Some(closed) = tag.strip_prefix('/') {
            return (closed == parent).then_some(None).ok_or(Unreadable);
        }
        let name = tag.strip_suffix('/');
        let element = Element {
            name: name.unwrap_or(tag),
            is_empty: name.is_some(),
        };
        let is_name = element.name.bytes().all(|byte| byte.is_ascii_alphabetic());
        (is_name && !element.name.is_empty())
            .then_some(Some(element))
            .ok_or(Unreadable)
    }

    /// Whether nothing follows.
    pub(super) fn is_at_end(&self) -> bool {
        self.rest.trim_ascii().is_empty()
    }

    /// What stands between the next brackets.
    fn tag(&mut self) -> Result<&'a str, Unreadable> {
        let rest = self.rest.trim_ascii_start().strip_prefix('<');
        let (tag, rest) = rest
            .and_then(|rest| rest.split_once('>'))
            .ok_or(Unreadable)?;
        self.rest = rest;
        Ok(tag)
    }

    /// What stands in `element`, which holds no others.
    pub(super) fn text(&mut self, element: Element<'a>) -> Result<&'a str, Unreadable> {
        if element.is_empty {
            return Ok("");
        }
        let (text, rest) = self.rest.split_once('<').ok_or(Unreadable)?;
        let closed = rest
            .strip_prefix('/')
            .and_then(|rest| rest.strip_prefix(element.name));
        self.rest = closed
            .and_then(|rest| rest.strip_prefix('>'))
            .ok_or(Unreadable)?;
        (!text.contains('>')).then_some(text).ok_or(Unreadable)
    }

    /// As [`Self::text`], where nothing needs escaping.
    pub(super) fn plain(&mut self, element: Element<'a>) -> Result<&'a str, Unreadable> {
        let text = self.text(element)?;
        (!text.contains('&')).then_some(text).ok_or(Unreadable)
    }
}

/// `text` with characters in the place of its references.
pub(super) fn unescaped(text: &str) -> Result<Cow<'_, str>, Unreadable> {
    let Some((before, mut rest)) = text.split_once('&') else {
        return Ok(Cow::Borrowed(text));
    };
    let mut plain = before.to_owned();
    loop {
        let (reference, after) = rest.split_once(';').ok_or(Unreadable)?;
        plain.push(character(reference).ok_or(Unreadable)?);
        let Some((between, next)) = after.split_once('&') else {
            plain.push_str(after);
            return Ok(Cow::Owned(plain));
        };
        plain.push_str(between);
        rest = next;
    }
}

/// What `&…;` stands for.
fn character(reference: &str) -> Option<char> {
    let number = |digits: &str, radix| {
        let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, radix).ok()?;
        char::from_u32(number).filter(|_| is_number)
    };
    match reference {
        "amp" => Some('&'),
        "apos" => Some('\''),
        "gt" => Some('>'),
        "lt" => Some('<'),
        "quot" => Some('"'),
        _ => match reference.strip_prefix('#')? {
            digits if digits.starts_with('x') => number(digits.get(1..)?, 16),
            digits => number(digits, 10),
        },
    }
}
