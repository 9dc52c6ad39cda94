//! A multipart upload that is still open, and how its parts become one object.

use super::{Object, StoreError, object};
use bytes::{Bytes, BytesMut};
use s3s::crypto::{Checksum as _, Md5};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// Smallest part, except for the last one.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MIN_PART_BYTES: usize = 5 * 1024 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) key: String,
    /// The headers that the object will have; its bytes are empty.
    pub(crate) template: Object,
    pub(crate) initiated: SystemTime,
    pub(crate) parts: BTreeMap<i32, Part>,
}

#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) bytes: Bytes,
    pub(crate) md5: [u8; 16],
    /// Verified checksums: `crc32` and so on → base64.
    pub(crate) checksums: BTreeMap<String, String>,
}

/// A part as `CompleteMultipartUpload` names it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PartName {
    pub(crate) number: i32,
    /// Without quotes.
    pub(crate) etag: String,
    /// Checksums that the part must have been uploaded with.
    pub(crate) checksums: BTreeMap<String, String>,
}

impl Part {
    pub(crate) fn new(bytes: Bytes, checksums: BTreeMap<String, String>) -> Self {
        let md5 = Md5::checksum(&bytes);
        Self {
            bytes,
            md5,
            checksums,
        }
    }

    pub(crate) fn etag(&self) -> String {
        object::hex(&self.md5)
    }
}

impl Upload {
    pub(crate) fn new(key: String, template: Object) -> Self {
        Self {
            key,
            template,
            initiated: SystemTime::now(),
            parts: BTreeMap::new(),
        }
    }

    /// The named parts in order, or what is wrong with the list.
    pub(crate) fn choose(&self, names: &[PartName]) -> Result<Vec<&Part>, StoreError> {
        if !names.is_sorted_by(|one, next| one.number < next.number) {
            return Err(StoreError::InvalidPartOrder);
        }
        let parts: Vec<&Part> = names
            .iter()
            .map(|name| self.part(name))
            .collect::<Result<_, _>>()?;
        if let Some((_last, others)) = parts.split_last()
            && others.iter().any(|part| part.bytes.len() < MIN_PART_BYTES)
        {
            return Err(StoreError::EntityTooSmall);
        }
        Ok(parts)
    }

    fn part(&self, name: &PartName) -> Result<&Part, StoreError> {
        let part = self
            .parts
            .get(&name.number)
            .ok_or(StoreError::InvalidPart)?;
        let checksums_fit = name
            .checksums
            .iter()
            .all(|(algorithm, value)| part.checksums.get(algorithm) == Some(value));
        if part.etag() == name.etag && checksums_fit {
            Ok(part)
        } else {
            Err(StoreError::InvalidPart)
        }
    }
}

/// One object from parts. Its `ETag` is the MD5 of the parts' binary MD5s, and their number.
pub(crate) fn assemble(template: &Object, parts: &[&Part]) -> Object {
    let mut bytes = BytesMut::with_capacity(parts.iter().map(|part| part.bytes.len()).sum());
    let mut digests = Vec::with_capacity(parts.len() * 16);
    for part in parts {
        bytes.extend_from_slice(&part.bytes);
        digests.extend_from_slice(&part.md5);
    }
    let etag = format!("{}-{}", object::hex(&Md5::checksum(&digests)), parts.len());
    template.with_content(bytes.freeze(), etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(sizes: &[usize]) -> Upload {
        let mut upload = Upload::new("key".to_owned(), Object::new(""));
        for (number, size) in (1..).zip(sizes) {
            upload
                .parts
                .insert(number, Part::new(vec![b'x'; *size].into(), BTreeMap::new()));
        }
        upload
    }

    fn names(upload: &Upload, numbers: &[i32]) -> Vec<PartName> {
        let etag = |number| {
            upload
                .parts
                .get(&number)
                .map_or_else(String::new, Part::etag)
        };
        let name = |&number| PartName {
            number,
            etag: etag(number),
            ..PartName::default()
        };
        numbers.iter().map(name).collect()
    }

    #[test]
    fn the_etag_is_the_md5_of_md5s() {
        let upload = upload(&[MIN_PART_BYTES, 1]);
        let parts = upload.choose(&names(&upload, &[1, 2])).unwrap();
        let object = assemble(&upload.template, &parts);
        assert_eq!(object.size(), MIN_PART_BYTES + 1);
        // Computed with Python's hashlib.
        assert_eq!(object.etag, "a71cd6f620798b8c58d5fe8b0a3f12d4-2");
    }

    #[test]
    fn part_lists_are_checked() {
        let upload = upload(&[MIN_PART_BYTES, 10, 10]);
        let refusal = |numbers: &[i32]| upload.choose(&names(&upload, numbers)).err();
        assert_eq!(refusal(&[1, 2]), None);
        assert_eq!(refusal(&[2]), None, "the last part may be small");
        assert_eq!(refusal(&[2, 1]), Some(StoreError::InvalidPartOrder));
        assert_eq!(refusal(&[1, 1]), Some(StoreError::InvalidPartOrder));
        assert_eq!(refusal(&[1, 2, 3]), Some(StoreError::EntityTooSmall));
        assert_eq!(refusal(&[1, 4]), Some(StoreError::InvalidPart));
        let wrong_etag = PartName {
            number: 1,
            etag: "0".repeat(32),
            ..PartName::default()
        };
        assert_eq!(
            upload.choose(&[wrong_etag]).err(),
            Some(StoreError::InvalidPart)
        );
    }
}
