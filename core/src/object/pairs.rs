//! Metadata and tags as users write them: names with values, checked against S3's limits.

use std::collections::BTreeMap;

use super::headers::header_value;
use crate::base::invalid::Invalid;
use crate::base::is_made_of;

/// Names with values, in the order of the names.
pub type Pairs = BTreeMap<String, String>;

/// Bytes of all names and values of an object's metadata together.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>
const METADATA_BYTES_MAX: usize = 2048;

/// Tags of one object, and characters of a tag's name and value.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
pub(crate) const TAGS_MAX: usize = 10;
const TAG_NAME_MAX: usize = 128;
const TAG_VALUE_MAX: usize = 256;

/// What metadata is sent with.
const META: &str = "x-amz-meta-";

const METADATA_CURE: &str =
    "write it as `author=me,build=42`, as a JSON object of strings, or as a list of `name=value`";
const TAGS_CURE: &str =
    "write it as `team=web&stage=live`, URL-encoded, or as a list of `name=value`";

/// Reads metadata as aws-cli does: `name=value,name=value`, with quotes around a value or `\,` where
/// it holds a comma, or a JSON object; and as a JSON list of `name=value`.
///
/// # Errors
/// What cannot be read, or what S3 does not take.
pub fn metadata(text: &str) -> Result<Pairs, Invalid> {
    if let Some(items) = json_list(text) {
        return metadata_items(&items);
    }
    if !text.trim_start().starts_with('{') {
        return checked_metadata(shorthand(text)?);
    }
    let object: Result<Pairs, _> = serde_json::from_str(text);
    let object = object.map_err(|error| {
        let reason = format!("`{text}` is not a JSON object of strings ({error})");
        Invalid::new(reason, METADATA_CURE)
    })?;
    checked_metadata(object)
}

/// Reads metadata from items of `name=value`, taken literally.
///
/// # Errors
/// As [`metadata`].
pub fn metadata_items(items: &[String]) -> Result<Pairs, Invalid> {
    checked_metadata(split_all(items, METADATA_CURE)?)
}

/// Reads tags as S3's own header has them: a URL query; or as a JSON list of `name=value`.
///
/// # Errors
/// What cannot be read, or what S3 does not take.
pub fn tags(text: &str) -> Result<Pairs, Invalid> {
    if let Some(items) = json_list(text) {
        return tag_items(&items);
    }
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8();
        decoded
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| Invalid::new(format!("`{text}` does not decode to UTF-8"), TAGS_CURE))
    };
    let mut pairs = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = split(pair, TAGS_CURE)?;
        pairs.push((decode(&name)?, decode(&value)?));
    }
    let has_commas = text.contains(',') && text.split(',').all(|pair| pair.contains('='));
    checked_tags(pairs).map_err(|invalid| Invalid {
        help: if has_commas {
            format!("write `{}`", text.replace(',', "&"))
        } else {
            invalid.help
        },
        ..invalid
    })
}

/// Reads tags from items of `name=value`, taken literally.
///
/// # Errors
/// As [`tags`].
pub fn tag_items(items: &[String]) -> Result<Pairs, Invalid> {
    checked_tags(split_all(items, TAGS_CURE)?)
}

/// The items of a JSON list of strings, if `text` is one.
fn json_list(text: &str) -> Option<Vec<String>> {
    let text = text.trim_start().starts_with('[').then_some(text)?;
    serde_json::from_str(text).ok()
}

fn split_all(items: &[String], help: &str) -> Result<Vec<(String, String)>, Invalid> {
    items.iter().map(|item| split(item, help)).collect()
}

fn split(pair: &str, help: &str) -> Result<(String, String), Invalid> {
    let (name, value) = pair
        .split_once('=')
        .ok_or_else(|| Invalid::new(format!("`{pair}` has no `=`"), help))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// aws-cli's shorthand for a map.
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html>
fn shorthand(text: &str) -> Result<Vec<(String, String)>, Invalid> {
    let mut pairs = Vec::new();
    let mut rest = text;
    loop {
        let invalid = |what: &str| Invalid::new(format!("`{text}` has {what}"), METADATA_CURE);
        let pair = rest.split_once('=');
        let (name, after) = pair.ok_or_else(|| invalid("a name without a value"))?;
        let (value, behind) = value(after).ok_or_else(|| invalid("an open quote"))?;
        pairs.push((name.trim().to_owned(), value));
        match behind {
            Some(more) => rest = more,
            None => return Ok(pairs),
        }
    }
}

/// The value at the beginning of `text`, and what follows the comma behind it.
fn value(text: &str) -> Option<(String, Option<&str>)> {
    let quote = text.chars().next().filter(|first| "'\"".contains(*first));
    let end = quote.unwrap_or(',');
    let mut characters = text.chars();
    if quote.is_some() {
        characters.next();
    }
    let mut value = String::new();
    while let Some(character) = characters.next() {
        let behind = characters.as_str();
        if character == end {
            return match quote {
                None => Some((value, Some(behind))),
                Some(_) if behind.is_empty() => Some((value, None)),
                Some(_) => Some((value, Some(behind.strip_prefix(',')?))),
            };
        }
        let is_escape = character == '\\' && behind.starts_with([end, '\\']);
        value.extend(if is_escape {
            characters.next()
        } else {
            Some(character)
        });
    }
    quote.is_none().then_some((value, None))
}

/// Checks one entry of the metadata.
///
/// # Errors
/// What S3 does not take.
pub(crate) fn metadata_pair(name: &str, value: &str) -> Result<(String, String), Invalid> {
    if !is_made_of(name, "!#$%&'*+-.^_`|~") {
        return Err(Invalid::new(
            format!("`{name}` cannot be a metadata name"),
            "use letters, digits, `-`, `_` and `.`",
        ));
    }
    let around = name.split_at_checked(META.len());
    if let Some((_, bare)) = around.filter(|(start, _)| start.eq_ignore_ascii_case(META)) {
        let reason =
            format!("the metadata name `{name}` begins with `{META}`, which S3 puts in front");
        return Err(Invalid::new(reason, format!("write `{bare}`")));
    }
    // S3 stores the names in lower case, as HTTP takes them.
    Ok((name.to_ascii_lowercase(), header_value(value.trim())?))
}

fn checked_metadata(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Pairs, Invalid> {
    let checked = checked(pairs, |name, value| metadata_pair(&name, &value))?;
    let sizes = checked.iter().map(|(name, value)| name.len() + value.len());
    let bytes: usize = sizes.sum();
    if bytes > METADATA_BYTES_MAX {
        return Err(Invalid::new(
            format!("the metadata has {bytes} bytes"),
            format!("S3 takes {METADATA_BYTES_MAX}, names and values together"),
        ));
    }
    Ok(checked)
}

/// Checks one tag.
///
/// # Errors
/// What S3 does not take.
pub(crate) fn tag_pair(name: String, value: String) -> Result<(String, String), Invalid> {
    let is_part = |letter: char| letter.is_alphanumeric() || " +-=._:/@".contains(letter);
    let fits = |text: &str, most| text.chars().count() <= most && text.chars().all(is_part);
    let is_name = !name.is_empty() && !name.starts_with("aws:") && fits(&name, TAG_NAME_MAX);
    if is_name && fits(&value, TAG_VALUE_MAX) {
        return Ok((name, value));
    }
    Err(Invalid::new(
        format!("`{name}={value}` cannot be a tag"),
        "use up to 128 characters for the name and 256 for the value: letters, digits, blanks and `+-=._:/@`; names do not begin with `aws:`",
    ))
}

fn checked_tags(pairs: Vec<(String, String)>) -> Result<Pairs, Invalid> {
    let checked = checked(pairs, tag_pair)?;
    if checked.len() > TAGS_MAX {
        return Err(Invalid::new(
            format!("{} tags are given", checked.len()),
            format!("S3 takes {TAGS_MAX} per object"),
        ));
    }
    Ok(checked)
}

/// `pairs` as `check` has them, each name once.
fn checked(
    pairs: impl IntoIterator<Item = (String, String)>,
    check: impl Fn(String, String) -> Result<(String, String), Invalid>,
) -> Result<Pairs, Invalid> {
    let mut checked = Pairs::new();
    for (name, value) in pairs {
        let (name, value) = check(name, value)?;
        if checked.insert(name.clone(), value).is_some() {
            return Err(Invalid::new(
                format!("`{name}` is given twice"),
                "give it one value",
            ));
        }
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::{Pairs, metadata, metadata_items, tag_items, tags};

    fn pairs(list: &[(&str, &str)]) -> Pairs {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn items(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn metadata_is_read_as_aws_cli_reads_it() {
        for (text, expected) in [
            ("a=1", &[("a", "1")][..]),
            ("a=1,b=2", &[("a", "1"), ("b", "2")]),
            (
                "Author=Me, b=two words",
                &[("author", "Me"), ("b", "two words")],
            ),
            (r#"a="x,y",b='it"s'"#, &[("a", "x,y"), ("b", "it\"s")]),
            (r"a=x\,y,b=c\d", &[("a", "x,y"), ("b", r"c\d")]),
            (r#"a="say \"hi\"""#, &[("a", "say \"hi\"")]),
            ("a=k=v", &[("a", "k=v")]),
            ("a=", &[("a", "")]),
            (r#"{"a": "1,2", "b": "x"}"#, &[("a", "1,2"), ("b", "x")]),
            (r#"["a=1,2", "b=x"]"#, &[("a", "1,2"), ("b", "x")]),
        ] {
            assert_eq!(metadata(text), Ok(pairs(expected)), "{text}");
        }
    }

    #[test]
    fn metadata_that_s3_cannot_take_is_refused() {
        let large = format!("a={}", "x".repeat(2048));
        for text in [
            "a",
            "a=1,b",
            "=1",
            "a b=1",
            "a=\"open",
            "a=\"x\"y",
            "a=1,A=2",
            "x-amz-meta-a=1",
            "X-Amz-Meta-A=1",
            "a=\u{e4}",
            r#"{"a": 1}"#,
            r#"{"a""#,
            &large,
        ] {
            assert!(metadata(text).is_err(), "{text}");
        }
    }

    #[test]
    fn items_are_taken_literally() {
        let list = items(&["a=x,y=z", "b= %20"]);
        let expected = pairs(&[("a", "x,y=z"), ("b", "%20")]);
        assert_eq!(metadata_items(&list), Ok(expected));
        let list = items(&["a=x+y", "b=z@1"]);
        assert_eq!(tag_items(&list), Ok(pairs(&[("a", "x+y"), ("b", "z@1")])));
    }

    #[test]
    fn tags_are_a_url_query() {
        let found = tags("team=web+site&stage=a%2Fb&empty=");
        let expected = pairs(&[("team", "web site"), ("stage", "a/b"), ("empty", "")]);
        assert_eq!(found, Ok(expected));
        let commas = tags("team=web,stage=live").unwrap_err();
        assert_eq!(commas.help, "write `team=web&stage=live`");
        let eleven: Vec<String> = (0..11).map(|index| format!("t{index}=x")).collect();
        for text in [
            "team",
            "=x",
            "aws:a=x",
            "a=x&a=y",
            "a=%ff",
            "a=<",
            &eleven.join("&"),
            &format!("{}=x", "n".repeat(129)),
        ] {
            assert!(tags(text).is_err(), "{text}");
        }
    }
}
