//! Names, ETags and headers as short hashes: visitors may be able to read the record, and shall learn
//! no names from it; and a million lines are in memory at a time.
//!
//! SHA-256, cut off. What two keys that collide can do is bounded by the seal: a line is believed only
//! for the very bytes that it was written for.

use std::fmt;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::object::etag::ETag;
use crate::object::headers::{Encryption, ObjectHeaders};

/// Reads a value out of a text, without a copy of it.
struct Parsed<F>(F);

impl<T, F: FnOnce(&str) -> Option<T>> Visitor<'_> for Parsed<F> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("bytes in base64, as many as there are to be")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        let unexpected = || E::invalid_value(de::Unexpected::Str(text), &"a hash");
        (self.0)(text).ok_or_else(unexpected)
    }
}

/// Makes a newtype of so many bytes, which JSON has in base64.
macro_rules! bytes {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $base64:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $bytes]);

        impl $name {
            /// Reads it as it is written.
            pub fn parse(text: &str) -> Option<Self> {
                let mut bytes = [0; $bytes];
                let read = $base64.decode_slice(text, &mut bytes);
                (read == Ok($bytes)).then_some(Self(bytes))
            }

            /// As it is written.
            pub fn encoded(self) -> String {
                $base64.encode(self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.encoded())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Parsed(Self::parse))
            }
        }
    };
}

bytes! {
    /// Of a key, relative to the prefix.
    KeyHash, 12, BASE64_URL_SAFE_NO_PAD
}

bytes! {
    /// Of a prefix, or of the name of a repository or a branch.
    NameHash, 12, BASE64_URL_SAFE_NO_PAD
}

bytes! {
    /// Of an object's ETag and size: it holds while the object's bytes are the same.
    Seal, 8, BASE64_URL_SAFE_NO_PAD
}

bytes! {
    /// Of everything that a deploy would send beside the bytes, ACL and tags included.
    SetDigest, 12, BASE64_URL_SAFE_NO_PAD
}

bytes! {
    /// The CRC-64/NVME of an object's bytes, in base64 as S3's headers carry it.
    Crc64, 8, BASE64_STANDARD
}

impl KeyHash {
    /// Of `key`, relative to the prefix.
    pub fn of(key: &str) -> Self {
        Self(short(Sha256::new_with_prefix(key)))
    }
}

impl NameHash {
    /// Of the `name` of such a `kind` of thing.
    pub fn of(kind: &str, name: &str) -> Self {
        let mut hasher = Sha256::new();
        for text in [kind, name] {
            feed(&mut hasher, text);
        }
        Self(short(hasher))
    }
}

impl Seal {
    /// Of the object with this ETag and size; none where the ETag could not be told from another.
    pub fn of(etag: ETag, size: u64) -> Option<Self> {
        let (md5, parts) = match etag {
            ETag::Md5(md5) => (md5, 0),
            ETag::Multipart(md5, parts) => (md5, parts),
            ETag::Opaque => return None,
        };
        let hasher = Sha256::new_with_prefix(md5).chain_update(parts.to_be_bytes());
        Some(Self(short(hasher.chain_update(size.to_be_bytes()))))
    }
}

impl SetDigest {
    /// Of the headers that a file gets by each of its possible natures, in this order. What the bytes of
    /// a file say of it changes only with the bytes.
    pub fn of(natures: &[&ObjectHeaders]) -> Self {
        let mut hasher = Sha256::new();
        for headers in natures {
            feed_headers(&mut hasher, headers);
        }
        Self(short(hasher))
    }
}

/// The beginning of a hash.
fn short<const BYTES: usize>(hasher: Sha256) -> [u8; BYTES] {
    let mut short = [0; BYTES];
    for (short, byte) in short.iter_mut().zip(hasher.finalize()) {
        *short = byte;
    }
    short
}

/// Every header, each in its place. Any change of this order has all objects of all users uploaded
/// again, which a test prevents.
fn feed_headers(hasher: &mut Sha256, headers: &ObjectHeaders) {
    let ObjectHeaders {
        content_type,
        cache_control,
        content_disposition,
        content_encoding,
        content_language,
        expires,
        website_redirect,
        acl,
        storage_class,
        encryption,
        metadata,
        tags,
    } = headers;
    let expires = expires.map(|time| time.unix_timestamp().to_string());
    let encryption = encryption.as_ref().map(|encryption| match encryption {
        Encryption::S3 => "AES256".to_owned(),
        Encryption::Kms(key) => format!("aws:kms {}", key.as_deref().unwrap_or_default()),
    });
    let texts = [
        content_type,
        cache_control,
        content_disposition,
        content_encoding,
        content_language,
        &expires,
        website_redirect,
        acl,
        storage_class,
        &encryption,
    ];
    for text in texts {
        hasher.update([u8::from(text.is_some())]);
        feed(hasher, text.as_deref().unwrap_or_default());
    }
    for pairs in [metadata, tags] {
        hasher.update((pairs.len() as u64).to_be_bytes());
        for (name, value) in pairs {
            feed(hasher, name);
            feed(hasher, value);
        }
    }
}

/// With its length in front, so that no two lists of texts are the same.
fn feed(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64).to_be_bytes());
    hasher.update(text);
}

#[cfg(test)]
mod tests {
    use super::{Crc64, KeyHash, NameHash, Seal, SetDigest};
    use crate::object::etag::ETag;
    use crate::object::headers::{Encryption, ObjectHeaders, expires};

    fn json(value: impl serde::Serialize) -> String {
        serde_json::to_string(&value).unwrap()
    }

    /// As Python's hashlib has them. Were one of these to change, the records of all users would no longer
    /// be understood: the first three would lose what is known, the last would upload every object again.
    #[test]
    fn hashes_stay_what_they_are() {
        assert_eq!(json(KeyHash::of("index.html")), KEY);
        assert_eq!(json(NameHash::of("repository", "acme/site")), NAME);
        let seal = Seal::of(ETag::Multipart([7; 16], 3), 20);
        assert_eq!(json(seal), SEAL);
        let headers = ObjectHeaders {
            content_type: Some("text/html; charset=utf-8".to_owned()),
            cache_control: Some("no-cache".to_owned()),
            expires: Some(expires("2030-01-01").unwrap()),
            acl: Some("public-read".to_owned()),
            encryption: Some(Encryption::Kms(None)),
            metadata: [("build".to_owned(), "1".to_owned())].into(),
            tags: [("team".to_owned(), "web".to_owned())].into(),
            ..ObjectHeaders::default()
        };
        assert_eq!(json(SetDigest::of(&[&headers])), SET);
    }

    const KEY: &str = "\"DrVHMEZYgFqteI0y\"";
    const NAME: &str = "\"-iEgD1q1WnLSwPRY\"";
    const SEAL: &str = "\"1PQmZ1peXTk\"";
    const SET: &str = "\"0jhHD94Ci4VgRusb\"";

    #[test]
    fn every_header_is_part_of_the_digest() {
        let text = || Some("a".to_owned());
        let pairs = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
        let base = ObjectHeaders::default;
        let all = [
            base(),
            ObjectHeaders {
                content_type: text(),
                ..base()
            },
            ObjectHeaders {
                content_type: Some(String::new()),
                ..base()
            },
            ObjectHeaders {
                cache_control: text(),
                ..base()
            },
            ObjectHeaders {
                content_disposition: text(),
                ..base()
            },
            ObjectHeaders {
                content_encoding: text(),
                ..base()
            },
            ObjectHeaders {
                content_language: text(),
                ..base()
            },
            ObjectHeaders {
                expires: Some(expires("0").unwrap()),
                ..base()
            },
            ObjectHeaders {
                website_redirect: text(),
                ..base()
            },
            ObjectHeaders {
                acl: text(),
                ..base()
            },
            ObjectHeaders {
                storage_class: text(),
                ..base()
            },
            ObjectHeaders {
                encryption: Some(Encryption::S3),
                ..base()
            },
            ObjectHeaders {
                encryption: Some(Encryption::Kms(None)),
                ..base()
            },
            ObjectHeaders {
                encryption: Some(Encryption::Kms(text())),
                ..base()
            },
            ObjectHeaders {
                metadata: pairs("a", ""),
                ..base()
            },
            ObjectHeaders {
                metadata: pairs("", "a"),
                ..base()
            },
            ObjectHeaders {
                tags: pairs("a", ""),
                ..base()
            },
        ];
        let digests: std::collections::BTreeSet<SetDigest> = all
            .iter()
            .map(|headers| SetDigest::of(&[headers]))
            .collect();
        assert_eq!(digests.len(), all.len());
        let [one, two] = [
            SetDigest::of(&[&all[0]]),
            SetDigest::of(&[&all[0], &all[0]]),
        ];
        assert_ne!(one, two);
    }

    #[test]
    fn a_seal_holds_for_one_etag_and_size() {
        let seals = [
            Seal::of(ETag::Md5([1; 16]), 1),
            Seal::of(ETag::Md5([1; 16]), 2),
            Seal::of(ETag::Md5([2; 16]), 1),
            Seal::of(ETag::Multipart([1; 16], 1), 1),
            Seal::of(ETag::Multipart([1; 16], 2), 1),
        ];
        for (index, seal) in seals.iter().enumerate() {
            assert!(seal.is_some());
            assert!(!seals[..index].contains(seal), "{index}");
        }
        assert_eq!(Seal::of(ETag::Opaque, 1), None);
    }

    #[test]
    fn what_is_no_hash_is_not_read() {
        for text in [
            "",
            "AAAA",
            "AAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAA!AAAA",
        ] {
            let json = json(text);
            assert!(serde_json::from_str::<KeyHash>(&json).is_err(), "{text}");
            assert_eq!(Crc64::parse(text), None, "{text}");
        }
        let crc = Crc64([1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(Crc64::parse(&crc.encoded()), Some(crc));
    }
}
