//! The identity provider's key: RSA 2048, made once per process, as that takes a while.

#![expect(
    clippy::expect_used,
    reason = "without a working key no test can run, and no caller could do anything about it"
)]

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use rsa::rand_core::OsRng;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::OnceLock;

const KEY_BITS: usize = 2048;
const KEY_ID: &str = "test-key-1";

/// Signs tokens. One key serves every issuer URL.
pub struct Issuer {
    encoding_key: EncodingKey,
    decoding_key: DecodingKey,
}

impl Issuer {
    /// The issuer of this process; the first call makes the key.
    ///
    /// # Panics
    ///
    /// If the key cannot be made.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Issuer> = OnceLock::new();
        SHARED.get_or_init(|| {
            let key = RsaPrivateKey::new(&mut OsRng, KEY_BITS).expect("an RSA key can be made");
            let private = key.to_pkcs1_der().expect("the private key can be written");
            let public = key
                .to_public_key()
                .to_pkcs1_der()
                .expect("the public key can be written");
            Self {
                encoding_key: EncodingKey::from_rsa_der(private.as_bytes()),
                decoding_key: DecodingKey::from_rsa_der(public.as_bytes()),
            }
        })
    }

    /// `kid` of the key.
    #[must_use]
    pub fn key_id(&self) -> &'static str {
        KEY_ID
    }

    /// A signed RS256 token.
    ///
    /// # Panics
    ///
    /// If signing fails.
    #[must_use]
    pub fn sign(&self, key_id: &str, claims: &Map<String, Value>) -> String {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(key_id.to_owned());
        jsonwebtoken::encode(&header, claims, &self.encoding_key).expect("claims can be signed")
    }

    pub(crate) fn decoding_key(&self) -> &DecodingKey {
        &self.decoding_key
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Issuer").finish_non_exhaustive()
    }
}
