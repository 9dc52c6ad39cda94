//! JSON documents in which the account's number may still be open. Nothing about IAM here.
//!
//! Each format finds the number in its own way (a shell variable, a pseudo parameter, a data
//! source), and each has its own characters to escape, so texts stay in pieces until they are
//! written. Keys keep their order, as people expect `Version` before `Statement`.

/// Stands in a text for the account's number while that is open. Nothing that comes from outside has
/// it: policies are of printable characters.
pub(crate) const ACCOUNT: char = '\u{7f}';

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A string.
    Text(Vec<Piece>),
    /// A number.
    Number(i32),
    /// An array.
    List(Vec<Node>),
    /// An object.
    Map(Vec<(String, Node)>),
}

/// A part of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Itself.
    Literal(String),
    /// The number of the account that the set-up is used in.
    Account,
}

/// How a document is written into a text of another language.
pub(crate) struct Dialect<'a> {
    /// What stands for the account's number.
    pub(crate) account: &'a str,
    /// Escapes what the language would take for its own.
    pub(crate) escape: fn(&str) -> String,
}

impl Node {
    /// A string; [`ACCOUNT`] in it stands for the account's number.
    pub(crate) fn text(text: impl AsRef<str>) -> Self {
        let mut pieces = Vec::new();
        for (index, literal) in text.as_ref().split(ACCOUNT).enumerate() {
            pieces.extend((index > 0).then_some(Piece::Account));
            pieces.push(Piece::Literal(literal.to_owned()));
        }
        Self::Text(pieces)
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
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// An object; keys in this order.
    pub(crate) fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries = entries.into_iter();
        Self::Map(entries.map(|(key, node)| (key.into(), node)).collect())
    }

    /// The same with every string replaced by `replace`.
    pub(crate) fn map_texts(self, replace: fn(Vec<Piece>) -> Self) -> Self {
        match self {
            Self::Text(pieces) => replace(pieces),
            Self::Number(number) => Self::Number(number),
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
        let plain = Dialect {
            account: "",
            escape: str::to_owned,
        };
        let mut out = String::new();
        self.write(&plain, None, &mut out);
        out
    }

    /// The document, indented by two blanks per level, without a line break at its end.
    pub(crate) fn print(&self, dialect: &Dialect<'_>) -> String {
        let mut out = String::new();
        self.write(dialect, Some(0), &mut out);
        out
    }

    fn write(&self, dialect: &Dialect<'_>, depth: Option<usize>, out: &mut String) {
        match self {
            Self::Text(pieces) => {
                out.push('"');
                for piece in pieces {
                    match piece {
                        Piece::Literal(text) => out.push_str(&(dialect.escape)(&json_text(text))),
                        Piece::Account => out.push_str(dialect.account),
                    }
                }
                out.push('"');
            }
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::List(items) => {
                block(out, depth, ['[', ']'], items, |out, depth, item| {
                    item.write(dialect, depth, out);
                });
            }
            Self::Map(entries) => {
                block(
                    out,
                    depth,
                    ['{', '}'],
                    entries,
                    |out, depth, (key, node)| {
                        let key = (dialect.escape)(&json_text(key));
                        let blank = if depth.is_some() { " " } else { "" };
                        out.extend(["\"", &key, "\":", blank]);
                        node.write(dialect, depth, out);
                    },
                );
            }
        }
    }
}

/// Writes `items` between brackets, each on lines of its own where there is a `depth`.
fn block<T>(
    out: &mut String,
    depth: Option<usize>,
    [open, close]: [char; 2],
    items: &[T],
    write: impl Fn(&mut String, Option<usize>, &T),
) {
    let line = |out: &mut String, depth: Option<usize>| {
        if let Some(depth) = depth {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        }
    };
    let inner = depth.map(|depth| depth + 1);
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        line(out, inner);
        write(out, inner, item);
    }
    if !items.is_empty() {
        line(out, depth);
    }
    out.push(close);
}

/// `text` as it stands between the quotes of a JSON string, in ASCII: IAM takes no characters beyond
/// Latin-1 in a policy's text, and no character in it can steer a terminal.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
fn json_text(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            _ => {
                let mut units = [0; 2];
                let units = character.encode_utf16(&mut units).iter();
                out.extend(units.map(|unit| format!("\\u{unit:04x}")));
            }
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
                Node::List(vec![Node::Number(1), Node::texts(["b"])]),
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
            "List": [1, ["b"]],
            strange: {},
        });
        assert_eq!(read, expected);
    }
}
