//! RULES_FILE: headers per pattern, as YAML. The schema is documented in `docs/rules.md`.
//!
//! Text in, rules or every mistake with its line out. Reading the file is the caller's.

use std::collections::BTreeMap;

use ignore::gitignore::Gitignore;
use serde::{Deserialize, Deserializer};
use serde_saphyr::{Error, Spanned};

use crate::base::invalid::Invalid;
use crate::object::headers::{self, Encryption, expires, kms_key_id};
use crate::object::pairs::{TAGS_MAX, metadata_pair, tag_pair};
use crate::object::setting::{Field, Setting};
use crate::tree::patterns;

/// Most characters of the file that a message repeats.
const FOUND_CHARACTERS_MAX: usize = 40;

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
#[derive(Default)]
struct Given(Option<Spanned<Option<String>>>);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawHeaders {
    cache_control: Given,
    content_type: Given,
    content_disposition: Given,
    content_encoding: Given,
    content_language: Given,
    expires: Given,
    storage_class: Given,
    sse: Given,
    sse_kms_key_id: Option<Spanned<String>>,
    acl: Given,
    website_redirect: Given,
    metadata: BTreeMap<String, Spanned<Option<String>>>,
    tags: BTreeMap<String, Spanned<Option<String>>>,
}

/// Reads the rules of a RULES_FILE.
///
/// # Errors
/// Every mistake; of the YAML itself only the first, because nothing behind it can be understood.
pub fn parse(text: &str) -> Result<Vec<Rule>, Vec<Mistake>> {
    let document: Document =
        serde_saphyr::from_str(text).map_err(|error| vec![unreadable(text, &error)])?;
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

/// Why `text` is none of the YAML that rules are.
fn unreadable(text: &str, error: &serde_saphyr::Error) -> Mistake {
    const BEGINNING: &str = "a RULES_FILE begins with `rules:`, and has its rules in a list below";
    let mut lines = (1..).zip(text.lines());
    let odd = lines.find_map(|(line, text)| {
        let mut indent = text.chars().take_while(|char| char.is_whitespace());
        Some((line, indent.find(|char| !char.is_ascii())?))
    });
    if let Some((line, odd)) = odd {
        let code = u32::from(odd);
        let reason = format!("its indent has U+{code:04X}, which is no blank to YAML; use blanks");
        return Mistake { line, reason };
    }
    let (line, column) = error
        .location()
        .map_or((1, 1), |at| (at.line(), at.column()));
    let number = |place: u64| usize::try_from(place).unwrap_or_default().saturating_sub(1);
    let found = text.lines().nth(number(line)).unwrap_or_default();
    let found: String = found
        .chars()
        .skip(number(column))
        .take(FOUND_CHARACTERS_MAX)
        .collect();
    let reason = match error.without_snippet() {
        Error::Eof { .. } => format!("it holds nothing; {BEGINNING}"),
        Error::Unexpected { expected, .. } => {
            let wanted = match *expected {
                "mapping start" if column == 1 => BEGINNING,
                "mapping start" => "a name with a colon belongs there, such as `headers:`",
                "sequence start" => "a list belongs there, such as `['*.html', '*.css']`",
                "string scalar" => "a text belongs there",
                other => other,
            };
            format!("it has `{found}`; {wanted}")
        }
        other => {
            let told = other.to_string();
            // The line is told beside it.
            let told = told.split(" at line ").next().unwrap_or_default();
            told.lines().next().unwrap_or_default().trim().to_owned()
        }
    };
    Mistake { line, reason }
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

fn settings(headers: RawHeaders, mistakes: &mut Vec<Mistake>) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut take = |line: u64, read: Result<Setting, Invalid>| match read {
        Ok(setting) => settings.push(setting),
        Err(invalid) => mistakes.push(mistake(line, &invalid)),
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
        if let Given(Some(Spanned { value, defined, .. })) = value {
            let value = value.map(|value| field.check(&value)).transpose();
            take(defined.line(), value.map(|it| Setting::Text(field, it)));
        }
    }
    if let Given(Some(Spanned { value, defined, .. })) = headers.expires {
        let value = value.map(|value| expires(&value)).transpose();
        take(defined.line(), value.map(Setting::Expires));
    }
    let key = headers.sse_kms_key_id;
    let (kms_key, key_line) = (
        key.as_ref().map(|it| it.value.as_str()),
        key.as_ref().map(|it| it.defined.line()),
    );
    match (headers.sse.0, key_line) {
        (Some(sse), _) => take(
            sse.defined.line(),
            encryption(sse.value.as_deref(), kms_key),
        ),
        // A KMS key asks for KMS.
        (None, Some(line)) => take(line, encryption(Some("aws:kms"), kms_key)),
        (None, None) => {}
    }
    for (name, Spanned { value, defined, .. }) in headers.metadata {
        let pair = metadata_pair(&name, value.as_deref().unwrap_or_default());
        let setting = pair.map(|(name, checked)| Setting::Metadata(name, value.map(|_| checked)));
        take(defined.line(), setting);
    }
    let tags = headers.tags.len();
    for (index, (name, Spanned { value, defined, .. })) in headers.tags.into_iter().enumerate() {
        let pair = if index == TAGS_MAX {
            Err(Invalid::new(
                format!("{tags} tags are too many"),
                format!("an object has up to {TAGS_MAX}"),
            ))
        } else {
            tag_pair(name, value.clone().unwrap_or_default())
        };
        let setting = pair.map(|(name, checked)| Setting::Tag(name, value.map(|_| checked)));
        take(defined.line(), setting);
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
