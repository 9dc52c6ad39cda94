//! Whether an object is stored with what a deploy would send for it. Pure; asking is `aws::head`'s.
//!
//! What a deploy leaves to the bucket, as the encryption, or to its lifecycle, as the storage class, is
//! not compared. ACL and tags are not part of S3's answer.

use super::headers::{Encryption, ObjectHeaders, expires};
use super::setting::{Field, texts};

/// The storage class that S3 leaves out of its answers.
const STANDARD: &str = "STANDARD";

/// What S3 says that an object is stored with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// What it says in the words in which it is sent. No storage class is `STANDARD`; the names of metadata
    /// are in lower case.
    pub headers: ObjectHeaders,
    /// Expires, which need not be a time.
    pub expires: Option<String>,
    /// Tier in which it is archived, whatever its class.
    pub archive: Option<String>,
    /// Whether it is archived, but has been restored for a time.
    pub is_restored: bool,
    /// How many tags it has.
    pub tags: usize,
    /// Server-side encryption, for example `aws:kms`.
    pub encryption: Option<String>,
    /// ARN of the KMS key.
    pub kms_key: Option<String>,
    /// Whether there is metadata that a header cannot carry.
    pub more_metadata: bool,
    /// CRC-64/NVME of all bytes, in base64, where the server tells it.
    pub crc64_nvme: Option<String>,
}

impl Stored {
    /// The names of the headers in which the object differs from what would be `sent`.
    pub fn differences(&self, sent: &ObjectHeaders) -> Vec<&'static str> {
        let pairs = texts(&self.headers).into_iter().zip(texts(sent));
        let texts = pairs
            .filter(|((field, _), _)| !matches!(field, Field::Acl | Field::StorageClass))
            .map(|((field, stored), (_, sent))| (field.name(), text(stored) == text(sent)));
        let others = [
            ("Expires", self.has_expires_of(sent)),
            ("x-amz-storage-class", self.has_storage_class_of(sent)),
            (
                "x-amz-server-side-encryption",
                self.has_encryption_of(sent.encryption.as_ref()),
            ),
            (
                "x-amz-meta-*",
                !self.more_metadata && self.headers.metadata == sent.metadata,
            ),
        ];
        let all = texts.chain(others);
        all.filter_map(|(name, same)| (!same).then_some(name))
            .collect()
    }

    /// Whether a KMS key encrypts it, so that its ETag is no MD5.
    pub fn is_under_kms(&self) -> bool {
        self.encryption
            .as_deref()
            .is_some_and(|encryption| encryption.starts_with("aws:kms"))
    }

    fn has_expires_of(&self, sent: &ObjectHeaders) -> bool {
        match (&self.expires, sent.expires) {
            (None, None) => true,
            (Some(stored), Some(sent)) => {
                expires(stored).is_ok_and(|time| time.unix_timestamp() == sent.unix_timestamp())
            }
            _ => false,
        }
    }

    /// Lifecycle rules move objects between classes: only a class that is asked for counts.
    fn has_storage_class_of(&self, sent: &ObjectHeaders) -> bool {
        let stored = self.headers.storage_class.as_deref().unwrap_or(STANDARD);
        let sent = sent.storage_class.as_deref();
        sent.is_none_or(|sent| sent == stored)
    }

    /// S3 tells a key by its ARN. Which key an alias, or no key at all, stands for is not known here.
    fn has_encryption_of(&self, sent: Option<&Encryption>) -> bool {
        let stored = self.encryption.as_deref();
        match sent {
            None => true,
            Some(Encryption::S3) => stored == Some("AES256"),
            Some(Encryption::Kms(None)) => stored == Some("aws:kms"),
            Some(Encryption::Kms(Some(key))) => {
                let known = self.kms_key.as_deref().unwrap_or_default();
                let is_alias = key.starts_with("alias/") || key.contains(":alias/");
                let is_it = known == key || known.ends_with(&format!("/{key}"));
                stored == Some("aws:kms") && (is_alias || is_it)
            }
        }
    }
}

/// A header's value as it arrives: without blanks around it, and nothing is no header.
fn text(value: Option<&str>) -> &str {
    value.unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::Stored;
    use crate::object::headers::{Encryption, ObjectHeaders, expires};
    use std::collections::BTreeMap;

    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234-ab";

    fn owned(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn what_was_sent_is_what_is_stored() {
        let sent = ObjectHeaders {
            content_type: Some(owned("text/css; charset=utf-8")),
            cache_control: Some(owned(" max-age=60")),
            expires: expires("2030-01-01").ok(),
            storage_class: Some(owned("STANDARD")),
            encryption: Some(Encryption::Kms(Some(owned("1234-ab")))),
            metadata: BTreeMap::from([("a".to_owned(), "1".to_owned())]),
            acl: Some(owned("private")),
            tags: BTreeMap::from([("b".to_owned(), "2".to_owned())]),
            ..ObjectHeaders::default()
        };
        let stored = Stored {
            headers: ObjectHeaders {
                content_type: Some(owned("text/css; charset=utf-8")),
                cache_control: Some(owned("max-age=60")),
                metadata: sent.metadata.clone(),
                ..ObjectHeaders::default()
            },
            expires: Some(owned("Tue, 01 Jan 2030 00:00:00 GMT")),
            encryption: Some(owned("aws:kms")),
            kms_key: Some(owned(KEY)),
            ..Stored::default()
        };
        assert_eq!(stored.differences(&sent), [""; 0]);
    }

    #[test]
    fn each_header_counts_also_one_that_is_no_longer_sent() {
        let stored = Stored {
            headers: ObjectHeaders {
                content_type: Some(owned("text/css")),
                cache_control: Some(owned("max-age=60")),
                content_disposition: Some(owned("attachment")),
                content_encoding: Some(owned("br")),
                content_language: Some(owned("en")),
                website_redirect: Some(owned("/a")),
                metadata: BTreeMap::from([("a".to_owned(), "1".to_owned())]),
                storage_class: Some(owned("GLACIER")),
                ..ObjectHeaders::default()
            },
            expires: Some(owned("0")),
            encryption: Some(owned("aws:kms")),
            ..Stored::default()
        };
        assert_eq!(
            stored.differences(&ObjectHeaders::default()),
            [
                "Content-Type",
                "Cache-Control",
                "Content-Disposition",
                "Content-Encoding",
                "Content-Language",
                "x-amz-website-redirect-location",
                "Expires",
                "x-amz-meta-*"
            ]
        );
    }

    #[test]
    fn classes_and_keys_count_where_they_are_asked_for() {
        let stored = |class: Option<&str>, encryption: &str, key: Option<&str>| Stored {
            headers: ObjectHeaders {
                storage_class: class.map(str::to_owned),
                ..ObjectHeaders::default()
            },
            encryption: Some(owned(encryption)),
            kms_key: key.map(str::to_owned),
            ..Stored::default()
        };
        let sent = |class: Option<&str>, encryption| ObjectHeaders {
            storage_class: class.map(str::to_owned),
            encryption,
            ..ObjectHeaders::default()
        };
        let kms = |key: &str| Some(Encryption::Kms(Some(owned(key))));
        let is_same = |stored: &Stored, sent: &ObjectHeaders| stored.differences(sent).is_empty();
        let on_kms = stored(None, "aws:kms", Some(KEY));
        assert!(is_same(&on_kms, &sent(None, kms(KEY))));
        assert!(is_same(&on_kms, &sent(None, kms("alias/site"))));
        assert!(is_same(&on_kms, &sent(None, Some(Encryption::Kms(None)))));
        assert!(!is_same(&on_kms, &sent(None, kms("34-ab"))));
        assert!(!is_same(&on_kms, &sent(None, Some(Encryption::S3))));
        let on_s3 = stored(Some("STANDARD_IA"), "AES256", None);
        assert!(is_same(
            &on_s3,
            &sent(Some("STANDARD_IA"), Some(Encryption::S3))
        ));
        assert!(!is_same(&on_s3, &sent(Some("STANDARD"), None)));
        assert!(!is_same(&on_s3, &sent(None, kms("alias/site"))));
    }

    #[test]
    fn metadata_that_no_header_can_carry_is_none_that_was_sent() {
        let stored = Stored {
            more_metadata: true,
            ..Stored::default()
        };
        let sent = ObjectHeaders::default();
        assert_eq!(stored.differences(&sent), ["x-amz-meta-*"]);
    }
}
