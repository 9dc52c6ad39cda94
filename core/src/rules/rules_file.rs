//! RULES_FILE: headers per pattern, as YAML. The schema is documented in `docs/rules.md`.
//!
//! Text in, rules or every mistake with its line out. Reading the file is the caller's.

use std::collections::BTreeMap;

use ignore::gitignore::Gitignore;
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use crate::base::invalid::Invalid;
use crate::object::headers::{self, Encryption, expires, kms_key_id};
use crate::object::pairs::{TAGS_MAX, metadata_pair, tag_pair};
use crate::object::setting::{Field, Setting};
use crate::tree::patterns;

/// One rule: settings for the keys that its patterns match.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Line of the file on which it begins.
    pub line: u64,
    /// What it says.
    pub settings: Vec<Setting>,
    patterns: Gitignore,
    /// The patterns as they were written, each with its line.
    written: Vec<(u64, String)>,
}

impl Rule {
    /// The pattern that makes this rule apply to `key`, if one does.
    pub fn matching(&self, key: &str) -> Option<&str> {
        match self.patterns.matched_path_or_any_parents(key, false) {
            ignore::Match::Ignore(glob) => Some(glob.original()),
            _ => None,
        }
    }

    /// The patterns as they were written, each with its line.
    pub fn written(&self) -> impl Iterator<Item = (u64, &str)> {
        let written = self.written.iter();
        written.map(|(line, pattern)| (*line, pattern.as_str()))
    }
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1 on; 0 where it is not known.
    pub line: u64,
    /// What is wrong there.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    rules: Vec<Spanned<RawRule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    patterns: Vec<Spanned<String>>,
    headers: RawHeaders,
}

/// A value that is given, if only as `null`; `None` where the key is not there.
type Given = Option<Spanned<Option<String>>>;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawHeaders {
    #[serde(deserialize_with = "given")]
    cache_control: Given,
    #[serde(deserialize_with = "given")]
    content_type: Given,
    #[serde(deserialize_with = "given")]
    content_disposition: Given,
    #[serde(deserialize_with = "given")]
    content_encoding: Given,
    #[serde(deserialize_with = "given")]
    content_language: Given,
    #[serde(deserialize_with = "given")]
    expires: Given,
    #[serde(deserialize_with = "given")]
    storage_class: Given,
    #[serde(deserialize_with = "given")]
    sse: Given,
    sse_kms_key_id: Option<Spanned<String>>,
    #[serde(deserialize_with = "given")]
    acl: Given,
    #[serde(deserialize_with = "given")]
    website_redirect: Given,
    metadata: BTreeMap<String, Spanned<Option<String>>>,
    tags: BTreeMap<String, Spanned<Option<String>>>,
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Given, D::Error> {
    Spanned::<Option<String>>::deserialize(deserializer).map(Some)
}

/// Reads the rules of a RULES_FILE.
///
/// # Errors
/// Every mistake; of the YAML itself only the first, because nothing behind it can be understood.
pub fn parse(text: &str) -> Result<Vec<Rule>, Vec<Mistake>> {
    let document: Document = serde_saphyr::from_str(text).map_err(|error| {
        vec![Mistake {
            line: error.location().map_or(0, |location| location.line()),
            reason: first_line(&error.without_snippet().to_string()),
        }]
    })?;
    let mut mistakes = Vec::new();
    let rules = document
        .rules
        .into_iter()
        .map(|rule| checked(rule, &mut mistakes))
        .collect();
    if mistakes.is_empty() {
        Ok(rules)
    } else {
        Err(mistakes)
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}

fn checked(rule: Spanned<RawRule>, mistakes: &mut Vec<Mistake>) -> Rule {
    let line = rule.defined.line();
    let RawRule {
        patterns: texts,
        headers,
    } = rule.value;
    if texts.is_empty() {
        mistakes.push(Mistake {
            line,
            reason: "a rule without patterns applies to nothing".to_owned(),
        });
    }
    let mut written = Vec::new();
    for pattern in texts {
        match patterns(std::slice::from_ref(&pattern.value)) {
            Ok(compiled) if compiled.is_empty() => mistakes.push(Mistake {
                line: pattern.defined.line(),
                reason: format!(
                    "`{}` is not a pattern, but a comment or empty",
                    pattern.value
                ),
            }),
            Ok(_) => written.push((pattern.defined.line(), pattern.value)),
            Err(invalid) => mistakes.push(mistake(pattern.defined.line(), &invalid)),
        }
    }
    let settings = settings(headers, mistakes);
    if settings.is_empty() && mistakes.is_empty() {
        mistakes.push(Mistake {
            line,
            reason: "a rule without headers says nothing".to_owned(),
        });
    }
    let texts: Vec<String> = written.iter().map(|(_, text)| text.clone()).collect();
    Rule {
        line,
        settings,
        patterns: patterns(&texts).unwrap_or_else(|_| Gitignore::empty()),
        written,
    }
}

fn mistake(line: u64, invalid: &Invalid) -> Mistake {
    Mistake {
        line,
        reason: format!("{}; {}", invalid.reason, invalid.help),
    }
}

/// A value with its line.
struct Value {
    line: u64,
    text: Option<String>,
}

impl<T: Into<Option<String>>> From<Spanned<T>> for Value {
    fn from(spanned: Spanned<T>) -> Self {
        Self {
            line: spanned.defined.line(),
            text: spanned.value.into(),
        }
    }
}

fn settings(headers: RawHeaders, mistakes: &mut Vec<Mistake>) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut take =
        |value: Value, read: &dyn Fn(Option<&str>) -> Result<Setting, Invalid>| match read(
            value.text.as_deref(),
        ) {
            Ok(setting) => settings.push(setting),
            Err(invalid) => mistakes.push(mistake(value.line, &invalid)),
        };
    for (field, value) in [
        (Field::ContentType, headers.content_type),
        (Field::CacheControl, headers.cache_control),
        (Field::ContentDisposition, headers.content_disposition),
        (Field::ContentEncoding, headers.content_encoding),
        (Field::ContentLanguage, headers.content_language),
        (Field::WebsiteRedirect, headers.website_redirect),
        (Field::Acl, headers.acl),
        (Field::StorageClass, headers.storage_class),
    ] {
        if let Some(value) = value {
            take(value.into(), &|value| {
                let value = value.map(|value| field.check(value)).transpose()?;
                Ok(Setting::Text(field, value))
            });
        }
    }
    if let Some(value) = headers.expires {
        take(value.into(), &|value| {
            Ok(Setting::Expires(value.map(expires).transpose()?))
        });
    }
    let kms_key = headers.sse_kms_key_id.map(Value::from);
    // A KMS key asks for KMS.
    let implied = kms_key.as_ref().map(|key| Value {
        line: key.line,
        text: Some("aws:kms".to_owned()),
    });
    let kms_key = kms_key.and_then(|key| key.text);
    if let Some(algorithm) = headers.sse.map(Value::from).or(implied) {
        take(algorithm, &|value| encryption(value, kms_key.as_deref()));
    }
    for (name, value) in headers.metadata {
        take(value.into(), &|value| {
            let (name, checked) = metadata_pair(&name, value.unwrap_or_default())?;
            Ok(Setting::Metadata(name, value.map(|_| checked)))
        });
    }
    let tags = headers.tags.len();
    for (index, (name, value)) in headers.tags.into_iter().enumerate() {
        take(value.into(), &|value| {
            if index == TAGS_MAX {
                return Err(Invalid::new(
                    format!("{tags} tags are too many"),
                    format!("an object has up to {TAGS_MAX}"),
                ));
            }
            let text = value.unwrap_or_default().to_owned();
            let (name, checked) = tag_pair(name.clone(), text)?;
            Ok(Setting::Tag(name, value.map(|_| checked)))
        });
    }
    settings
}

fn encryption(algorithm: Option<&str>, key: Option<&str>) -> Result<Setting, Invalid> {
    let key = key.map(kms_key_id).transpose()?;
    let encryption = match (algorithm, key) {
        (Some("aws:kms"), key) => Some(Encryption::Kms(key)),
        (_, Some(_)) => {
            return Err(Invalid::new(
                "a KMS key is of use with KMS only",
                "set sse to `aws:kms`, or leave sse_kms_key_id out",
            ));
        }
        (name, None) => name.map(headers::encryption).transpose()?,
    };
    Ok(Setting::Encryption(encryption))
}

#[cfg(test)]
mod tests;
