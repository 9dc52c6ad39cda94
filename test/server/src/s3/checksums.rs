//! Digests that a client sends with bytes, and whether they fit them.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use aws_smithy_types::base64;
use http::HeaderMap;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::{S3Error, S3Result, s3_error};
use std::collections::BTreeMap;

const ALGORITHMS: [&str; 5] = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];
const HEADER_PREFIX: &str = "x-amz-checksum-";

/// Algorithm → base64 digest.
pub(crate) type Checksums = BTreeMap<String, String>;

/// The checksums in headers or trailers.
pub(crate) fn of_headers(headers: &HeaderMap) -> Checksums {
    let value = |algorithm: &str| {
        let value = headers.get(format!("{HEADER_PREFIX}{algorithm}"))?;
        Some((algorithm.to_owned(), value.to_str().ok()?.to_owned()))
    };
    ALGORITHMS.iter().copied().filter_map(value).collect()
}

pub(crate) fn header_name(algorithm: &str) -> String {
    format!("{HEADER_PREFIX}{algorithm}")
}

/// The digest of the bytes in base64; `None` for an algorithm that S3 does not know.
pub(crate) fn digest(algorithm: &str, bytes: &[u8]) -> Option<String> {
    Some(match algorithm {
        "crc32" => base64::encode(Crc32::checksum(bytes)),
        "crc32c" => base64::encode(Crc32c::checksum(bytes)),
        "crc64nvme" => base64::encode(Crc64Nvme::checksum(bytes)),
        "sha1" => base64::encode(Sha1::checksum(bytes)),
        "sha256" => base64::encode(Sha256::checksum(bytes)),
        _ => return None,
    })
}

/// Checks what the client sent with the bytes.
pub(crate) fn verify(checksums: &Checksums, bytes: &[u8]) -> S3Result<()> {
    for (algorithm, sent) in checksums {
        let Some(computed) = digest(algorithm, bytes) else {
            continue;
        };
        let length = |text: &str| base64::decode(text).map(|digest| digest.len()).ok();
        if length(sent) != length(&computed) {
            return Err(s3_error!(
                InvalidRequest,
                "Value for {HEADER_PREFIX}{algorithm} header is invalid."
            ));
        }
        if *sent != computed {
            return Err(mismatch(algorithm));
        }
    }
    Ok(())
}

/// The refusal when a digest is of other bytes.
pub(crate) fn mismatch(algorithm: &str) -> S3Error {
    let algorithm = algorithm.to_ascii_uppercase();
    s3_error!(
        BadDigest,
        "The {algorithm} you specified did not match what we received."
    )
}

/// Checks `Content-MD5`, if it is there.
pub(crate) fn verify_md5(headers: &HeaderMap, bytes: &[u8]) -> S3Result<()> {
    let Some(sent) = headers.get("content-md5") else {
        return Ok(());
    };
    let sent = sent
        .to_str()
        .ok()
        .and_then(|sent| base64::decode(sent).ok());
    let Some(sent) = sent.filter(|sent| sent.len() == 16) else {
        return Err(s3_error!(
            InvalidDigest,
            "The Content-MD5 you specified was invalid."
        ));
    };
    if sent != Md5::checksum(bytes) {
        return Err(s3_error!(
            BadDigest,
            "The Content-MD5 you specified did not match what we received."
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digests of `123456789`: the check values of the CRC catalogue, and Python's hashlib.
    const CHECK: [(&str, &str); 5] = [
        ("crc32", "y/Q5Jg=="),
        ("crc32c", "4waSgw=="),
        ("crc64nvme", "rosUhgp5mIg="),
        ("sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        ("sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ];

    #[test]
    fn digests_table() {
        for (algorithm, expected) in CHECK {
            let digest = digest(algorithm, b"123456789").unwrap();
            assert_eq!(digest, expected, "{algorithm}");
            let checksums = Checksums::from([(algorithm.to_owned(), digest)]);
            assert!(verify(&checksums, b"123456789").is_ok());
            let error = verify(&checksums, b"123456780").unwrap_err();
            assert_eq!(error.code().as_str(), "BadDigest");
        }
    }

    #[test]
    fn values_that_are_no_digest_are_invalid() {
        for value in ["", "!", "AAAA", "y/Q5JgAA"] {
            let checksums = Checksums::from([("crc32".to_owned(), value.to_owned())]);
            let error = verify(&checksums, b"").unwrap_err();
            assert_eq!(error.code().as_str(), "InvalidRequest", "{value}");
        }
    }

    #[test]
    fn content_md5_table() {
        let cases = [
            ("XUFAKrxLKna5cZ2REBfFkg==", None),
            ("XUFAKrxLKna5cZ2REBfFkQ==", Some("BadDigest")),
            ("XUFAKg==", Some("InvalidDigest")),
            ("?", Some("InvalidDigest")),
        ];
        for (value, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert("content-md5", value.parse().unwrap());
            let error = verify_md5(&headers, b"hello").err();
            assert_eq!(
                error.as_ref().map(|error| error.code().as_str()),
                expected,
                "{value}"
            );
        }
    }
}
