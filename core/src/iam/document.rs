//! JSON documents in which the account's number may still be open. Nothing about IAM here.
//!
//! Each format finds the number in its own way (a shell variable, a pseudo parameter, a data
//! source), and each has its own characters to escape, which happens last. Keys keep their order, as
//! people expect `Version` before `Statement`.

use serde::{Serialize, Serializer};

/// Stands in a text for the account's number while that is open. Nothing that comes from outside has
/// it: policies are of printable characters.
pub(crate) const ACCOUNT: char = '\u{7f}';

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A string; [`ACCOUNT`] in it stands for the account's number.
    Text(String),
    /// An array.
    List(Vec<Node>),
    /// An object.
    Map(Vec<(String, Node)>),
}

/// How a document is written into a text of another language.
pub(crate) struct Dialect<'a> {
    /// What stands for the account's number.
    pub(crate) account: &'a str,
    /// Escapes what the language would take for its own.
    pub(crate) escape: fn(&str) -> String,
}

impl Node {
    /// A string.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A string, or a list of several.
    pub(crate) fn one_or_many(texts: &[String]) -> Self {
        match texts {
            [one] => Self::text(one),
            many => Self::texts(many),
        }
    }

    /// A list of strings.
    pub(crate) fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let texts = texts.into_iter();
        Self::List(texts.map(|text| Self::text(text.as_ref())).collect())
    }

    /// An object; keys in this order.
    pub(crate) fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries = entries.into_iter();
        Self::Map(entries.map(|(key, node)| (key.into(), node)).collect())
    }

    /// The same with every string replaced by `replace`.
    pub(crate) fn map_texts(self, replace: fn(String) -> Self) -> Self {
        match self {
            Self::Text(text) => replace(text),
            Self::List(items) => {
                let items = items.into_iter();
                Self::List(items.map(|item| item.map_texts(replace)).collect())
            }
            Self::Map(entries) => {
                let entries = entries.into_iter();
                Self::map(entries.map(|(key, node)| (key, node.map_texts(replace))))
            }
        }
    }

    /// The document without any white space; the account has to be known.
    pub(crate) fn compact(&self) -> String {
        ascii(&json(serde_json::to_string(self)))
    }

    /// The document, indented by two blanks per level, without a line break at its end.
    pub(crate) fn print(&self, dialect: &Dialect<'_>) -> String {
        let text = ascii(&json(serde_json::to_string_pretty(self)));
        // What other languages take for their own is never a part of JSON itself, only of its strings.
        let pieces = text.split(ACCOUNT).map(dialect.escape);
        pieces.collect::<Vec<_>>().join(dialect.account)
    }
}

/// The text of a document, which is always there: its keys are strings, and nothing is read or written.
fn json(text: serde_json::Result<String>) -> String {
    text.unwrap_or_default()
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => {
                serializer.collect_map(entries.iter().map(|(key, node)| (key, node)))
            }
        }
    }
}

/// `json` in ASCII, but for [`ACCOUNT`]: IAM takes no characters beyond Latin-1 in a policy's text, and
/// no character in it can steer a terminal.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            let mut units = [0; 2];
            let units = character.encode_utf16(&mut units).iter();
            out.extend(units.map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{ACCOUNT, Dialect, Node};

    #[test]
    fn what_is_printed_is_json_of_the_same_values() {
        let strange = "a\"b\\c\n\u{202e}ü😀 ${x}";
        let node = Node::map([
            ("Version", Node::text(strange)),
            ("Account", Node::text(format!("arn:{ACCOUNT}:x"))),
            (
                "List",
                Node::List(vec![Node::text("1"), Node::texts(["b"])]),
            ),
            (strange, Node::Map(Vec::new())),
        ]);
        let dialect = Dialect {
            account: "123456789012",
            escape: str::to_owned,
        };
        let printed = node.print(&dialect);
        assert!(printed.is_ascii());
        assert!(printed.starts_with("{\n  \"Version\": "));
        let read: serde_json::Value = serde_json::from_str(&printed).unwrap();
        let expected = serde_json::json!({
            "Version": strange,
            "Account": "arn:123456789012:x",
            "List": ["1", ["b"]],
            strange: {},
        });
        assert_eq!(read, expected);
    }
}
