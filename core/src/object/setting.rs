//! One thing that a rule says of an object: a header with its value, or that it has none.
//!
//! Where rules come from is not known here.

use std::fmt;

use time::OffsetDateTime;

use super::cache_control::cache_control;
use super::date;
use super::pairs::Pairs;

use super::headers::{
    ACLS, Encryption, ObjectHeaders, STORAGE_CLASSES, header_value, redirect_target,
};
use crate::base::has_word;
use crate::base::invalid::Invalid;

/// The headers that are text to the pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Content-Type.
    ContentType,
    /// Cache-Control.
    CacheControl,
    /// Content-Disposition.
    ContentDisposition,
    /// Content-Encoding.
    ContentEncoding,
    /// Content-Language.
    ContentLanguage,
    /// x-amz-website-redirect-location.
    WebsiteRedirect,
    /// x-amz-acl.
    Acl,
    /// x-amz-storage-class.
    StorageClass,
}

impl Field {
    /// The header's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ContentType => "Content-Type",
            Self::CacheControl => "Cache-Control",
            Self::ContentDisposition => "Content-Disposition",
            Self::ContentEncoding => "Content-Encoding",
            Self::ContentLanguage => "Content-Language",
            Self::WebsiteRedirect => "x-amz-website-redirect-location",
            Self::Acl => "x-amz-acl",
            Self::StorageClass => "x-amz-storage-class",
        }
    }

    /// Checks a value for this header.
    ///
    /// # Errors
    /// When S3 would refuse it, or a header cannot carry it.
    pub fn check(self, value: &str) -> Result<String, Invalid> {
        let choices = match self {
            Self::Acl => ACLS,
            Self::StorageClass => STORAGE_CLASSES,
            Self::WebsiteRedirect => return redirect_target(value),
            Self::CacheControl => return cache_control(value),
            Self::ContentEncoding => return content_encoding(value),
            _ => return header_value(value),
        };
        if choices.contains(&value) {
            Ok(value.to_owned())
        } else {
            Err(Invalid::choice(value, choices))
        }
    }

    fn of(self, headers: &mut ObjectHeaders) -> &mut Option<String> {
        match self {
            Self::ContentType => &mut headers.content_type,
            Self::CacheControl => &mut headers.cache_control,
            Self::ContentDisposition => &mut headers.content_disposition,
            Self::ContentEncoding => &mut headers.content_encoding,
            Self::ContentLanguage => &mut headers.content_language,
            Self::WebsiteRedirect => &mut headers.website_redirect,
            Self::Acl => &mut headers.acl,
            Self::StorageClass => &mut headers.storage_class,
        }
    }
}

/// What a rule says about one header; `None` takes back what came before.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A header that is text.
    Text(Field, Option<String>),
    /// Expires.
    Expires(Option<OffsetDateTime>),
    /// Server-side encryption.
    Encryption(Option<Encryption>),
    /// One entry of the user metadata, the name without `x-amz-meta-`.
    Metadata(String, Option<String>),
    /// One tag.
    Tag(String, Option<String>),
}

impl Setting {
    /// Whether it gives an object an ACL.
    pub fn sets_acl(&self) -> bool {
        matches!(self, Self::Text(Field::Acl, Some(_)))
    }

    /// Whether it gives an object a tag.
    pub fn sets_tag(&self) -> bool {
        matches!(self, Self::Tag(_, Some(_)))
    }

    /// Whether `other` is about the same header, entry or tag.
    pub fn is_about(&self, other: &Self) -> bool {
        self.taken_back() == other.taken_back()
    }

    /// The same without a value.
    #[must_use]
    pub fn taken_back(&self) -> Self {
        match self {
            Self::Text(field, _) => Self::Text(*field, None),
            Self::Expires(_) => Self::Expires(None),
            Self::Encryption(_) => Self::Encryption(None),
            Self::Metadata(name, _) => Self::Metadata(name.clone(), None),
            Self::Tag(name, _) => Self::Tag(name.clone(), None),
        }
    }

    /// Puts it on `headers`, over what is there.
    pub fn apply(&self, headers: &mut ObjectHeaders) {
        match self {
            Self::Text(field, value) => field.of(headers).clone_from(value),
            Self::Expires(value) => headers.expires = *value,
            Self::Encryption(value) => headers.encryption.clone_from(value),
            Self::Metadata(name, value) => put(&mut headers.metadata, name, value.as_deref()),
            Self::Tag(name, value) => put(&mut headers.tags, name, value.as_deref()),
        }
    }
}

fn put(pairs: &mut Pairs, name: &str, value: Option<&str>) {
    match value {
        Some(value) => drop(pairs.insert(name.to_owned(), value.to_owned())),
        None => drop(pairs.remove(name)),
    }
}

/// `Cache-Control: no-cache`, as a person reads it.
impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value) = match self {
            Self::Text(field, value) => (field.name().to_owned(), value.clone()),
            Self::Expires(time) => ("Expires".to_owned(), time.map(expiry)),
            Self::Encryption(value) => {
                let value = value.as_ref().map(ToString::to_string);
                ("x-amz-server-side-encryption".to_owned(), value)
            }
            Self::Metadata(name, value) => (format!("x-amz-meta-{name}"), value.clone()),
            Self::Tag(name, Some(value)) => return write!(formatter, "tag {name}={value}"),
            Self::Tag(name, None) => (format!("tag {name}"), None),
        };
        match value {
            Some(value) => write!(formatter, "{name}: {value}"),
            None => write!(formatter, "no {name}"),
        }
    }
}

fn expiry(time: OffsetDateTime) -> String {
    date::http(time).unwrap_or_else(|| format!("{} s after 1970", time.unix_timestamp()))
}

/// Everything that `headers` sets, as settings: what would make them.
pub fn settings(headers: &ObjectHeaders) -> Vec<Setting> {
    let texts = texts(headers).into_iter();
    let mut settings: Vec<Setting> = texts
        .filter_map(|(field, value)| Some(Setting::Text(field, Some(value?.to_owned()))))
        .collect();
    settings.extend(headers.expires.map(|time| Setting::Expires(Some(time))));
    let encryption = headers.encryption.clone();
    settings.extend(encryption.map(|encryption| Setting::Encryption(Some(encryption))));
    let metadata = headers.metadata.clone().into_iter();
    settings.extend(metadata.map(|(name, value)| Setting::Metadata(name, Some(value))));
    let tags = headers.tags.clone().into_iter();
    settings.extend(tags.map(|(name, value)| Setting::Tag(name, Some(value))));
    settings
}

/// Each header that is text, with its value.
pub(super) fn texts(headers: &ObjectHeaders) -> [(Field, Option<&str>); 8] {
    [
        (Field::ContentType, headers.content_type.as_deref()),
        (Field::CacheControl, headers.cache_control.as_deref()),
        (
            Field::ContentDisposition,
            headers.content_disposition.as_deref(),
        ),
        (Field::ContentEncoding, headers.content_encoding.as_deref()),
        (Field::ContentLanguage, headers.content_language.as_deref()),
        (Field::WebsiteRedirect, headers.website_redirect.as_deref()),
        (Field::Acl, headers.acl.as_deref()),
        (Field::StorageClass, headers.storage_class.as_deref()),
    ]
}

/// Words that stand for no content coding, and are said elsewhere if at all.
const NO_CODINGS: &str = "ascii base64 binary false iso-8859-1 none true utf-8 utf8 zip";

/// A Content-Encoding: any that is not certainly something else.
/// <https://www.iana.org/assignments/http-parameters/http-parameters.xhtml#content-coding>
fn content_encoding(value: &str) -> Result<String, Invalid> {
    let lower = value.trim().to_ascii_lowercase();
    let plain = lower.trim_matches(['\'', '"', ',', ';', '.', ' ']);
    let meant = match plain {
        "brotli" => "br",
        "gz" => "gzip",
        "zstandard" => "zstd",
        other => other,
    };
    if has_word("br deflate gzip zstd", meant) && meant != lower {
        return Err(Invalid::new(
            format!("`{value}` is no content coding"),
            format!("write `{meant}`"),
        ));
    }
    if has_word(NO_CODINGS, plain) {
        return Err(Invalid::new(
            format!("`{value}` is no content coding, and says nothing of compression"),
            "leave it out; a character set belongs into the content type, where the pipe puts it",
        ));
    }
    header_value(value)
}

#[cfg(test)]
mod tests {
    use super::{Field, Setting, settings};
    use crate::object::headers::{Encryption, ObjectHeaders};

    #[test]
    fn what_is_certainly_no_content_coding_is_refused_with_what_was_meant() {
        let check = |value: &str| Field::ContentEncoding.check(value);
        for (value, help) in [
            ("gz", "write `gzip`"),
            ("Brotli", "write `br`"),
            ("UTF-8", "leave it out"),
        ] {
            let error = check(value).unwrap_err();
            assert!(error.help.starts_with(help), "{value}: {}", error.help);
        }
        for value in ["gzip", "br", "zstd", "gzip, br", "aws-chunked", "x-own"] {
            assert_eq!(check(value).as_deref(), Ok(value));
        }
    }

    #[test]
    fn settings_make_the_headers_that_they_came_from() {
        let made = [
            Setting::Text(Field::CacheControl, Some("no-cache".to_owned())),
            Setting::Text(Field::Acl, Some("private".to_owned())),
            Setting::Expires(crate::object::headers::expires("2030-01-01T00:00:00Z").ok()),
            Setting::Encryption(Some(Encryption::Kms(Some("k".to_owned())))),
            Setting::Metadata("a".to_owned(), Some("b".to_owned())),
            Setting::Tag("c".to_owned(), Some("d".to_owned())),
        ];
        let mut headers = ObjectHeaders::default();
        for setting in &made {
            setting.apply(&mut headers);
        }
        assert_eq!(settings(&headers), made);
        let lines: Vec<String> = made.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "Cache-Control: no-cache",
                "x-amz-acl: private",
                "Expires: Tue, 01 Jan 2030 00:00:00 GMT",
                "x-amz-server-side-encryption: aws:kms with the key k",
                "x-amz-meta-a: b",
                "tag c=d",
            ]
        );
    }

    #[test]
    fn each_thing_can_be_taken_back() {
        let all = [
            Setting::Text(Field::CacheControl, Some("x".to_owned())),
            Setting::Text(Field::Acl, Some("x".to_owned())),
            Setting::Expires(crate::object::headers::expires("0").ok()),
            Setting::Encryption(Some(Encryption::S3)),
            Setting::Metadata("a".to_owned(), Some("b".to_owned())),
            Setting::Metadata("c".to_owned(), Some("b".to_owned())),
            Setting::Tag("a".to_owned(), Some("b".to_owned())),
        ];
        let mut headers = ObjectHeaders::default();
        for set in &all {
            set.apply(&mut headers);
            assert_ne!(headers, ObjectHeaders::default(), "{set}");
            let taken_back = set.taken_back();
            taken_back.apply(&mut headers);
            assert_eq!(headers, ObjectHeaders::default(), "{taken_back}");
            assert!(taken_back.to_string().starts_with("no "));
            let about: Vec<_> = all.iter().filter(|it| taken_back.is_about(it)).collect();
            assert_eq!(about, [set]);
        }
    }

    #[test]
    fn values_are_checked_for_their_header() {
        assert!(Field::Acl.check("public-read").is_ok());
        assert!(Field::Acl.check("everyone").is_err());
        assert!(Field::StorageClass.check("STANDARD_IA").is_ok());
        assert!(Field::CacheControl.check("a\nb").is_err());
        assert!(Field::WebsiteRedirect.check("/there").is_ok());
        assert!(Field::WebsiteRedirect.check("there").is_err());
        assert!(Field::WebsiteRedirect.check("javascript:alert(1)").is_err());
        let long = format!("/{}", "a".repeat(2048));
        assert!(Field::WebsiteRedirect.check(&long).is_err());
    }
}
