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
        match (self, other) {
            (Self::Text(one, _), Self::Text(other, _)) => one == other,
            (Self::Metadata(one, _), Self::Metadata(other, _))
            | (Self::Tag(one, _), Self::Tag(other, _)) => one == other,
            (Self::Expires(_), Self::Expires(_)) | (Self::Encryption(_), Self::Encryption(_)) => {
                true
            }
            _ => false,
        }
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
        match self {
            Self::Text(field, Some(value)) => write!(formatter, "{}: {value}", field.name()),
            Self::Text(field, None) => write!(formatter, "no {}", field.name()),
            Self::Expires(Some(time)) => match date::http(*time) {
                Some(time) => write!(formatter, "Expires: {time}"),
                None => write!(formatter, "Expires: {} s after 1970", time.unix_timestamp()),
            },
            Self::Expires(None) => formatter.write_str("no Expires"),
            Self::Encryption(Some(Encryption::S3)) => {
                formatter.write_str("x-amz-server-side-encryption: AES256")
            }
            Self::Encryption(Some(Encryption::Kms(None))) => {
                formatter.write_str("x-amz-server-side-encryption: aws:kms")
            }
            Self::Encryption(Some(Encryption::Kms(Some(key)))) => {
                write!(
                    formatter,
                    "x-amz-server-side-encryption: aws:kms with the key {key}"
                )
            }
            Self::Encryption(None) => formatter.write_str("no x-amz-server-side-encryption"),
            Self::Metadata(name, Some(value)) => write!(formatter, "x-amz-meta-{name}: {value}"),
            Self::Metadata(name, None) => write!(formatter, "no x-amz-meta-{name}"),
            Self::Tag(name, Some(value)) => write!(formatter, "tag {name}={value}"),
            Self::Tag(name, None) => write!(formatter, "no tag {name}"),
        }
    }
}

/// Everything that `headers` sets, as settings: what would make them.
pub fn settings(headers: &ObjectHeaders) -> Vec<Setting> {
    let fields = [
        Field::ContentType,
        Field::CacheControl,
        Field::ContentDisposition,
        Field::ContentEncoding,
        Field::ContentLanguage,
        Field::WebsiteRedirect,
        Field::Acl,
        Field::StorageClass,
    ];
    let mut copy = headers.clone();
    let mut settings: Vec<Setting> = fields
        .into_iter()
        .filter_map(|field| {
            let value = field.of(&mut copy).take()?;
            Some(Setting::Text(field, Some(value)))
        })
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

/// Values that stand for no content coding, each with the one that was meant; none for what is said
/// elsewhere. <https://www.iana.org/assignments/http-parameters/http-parameters.xhtml#content-coding>
const NO_CODINGS: &[(&str, Option<&str>)] = &[
    ("ascii", None),
    ("base64", None),
    ("binary", None),
    ("brotli", Some("br")),
    ("false", None),
    ("gz", Some("gzip")),
    ("iso-8859-1", None),
    ("none", None),
    ("true", None),
    ("utf-8", None),
    ("utf8", None),
    ("zip", None),
    ("zstandard", Some("zstd")),
];

/// A Content-Encoding: any that is not certainly something else.
fn content_encoding(value: &str) -> Result<String, Invalid> {
    let lower = value.trim().to_ascii_lowercase();
    let plain = lower.trim_matches(['\'', '"', ',', ';', '.', ' ']);
    let coding = ["br", "deflate", "gzip", "zstd"]
        .into_iter()
        .find(|coding| *coding == plain);
    let quoted = coding
        .filter(|_| plain != lower)
        .map(|coding| (plain, Some(coding)));
    let mistaken = NO_CODINGS.iter().find(|(name, _)| *name == plain).copied();
    match mistaken.or(quoted) {
        None => header_value(value),
        Some((_, Some(meant))) => Err(Invalid::new(
            format!("`{value}` is no content coding"),
            format!("write `{meant}`"),
        )),
        Some((_, None)) => Err(Invalid::new(
            format!("`{value}` is no content coding, and says nothing of compression"),
            "leave it out; a character set belongs into the content type, where the pipe puts it",
        )),
    }
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
