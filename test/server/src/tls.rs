//! HTTPS with a certificate authority of the server's own, and certificates that clients must refuse.

use std::io;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

/// What the server shows of itself. Each is signed by the server's own authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// For `127.0.0.1`, valid now.
    Valid,
    /// For another name.
    WrongName,
    /// For `127.0.0.1`, until yesterday.
    Expired,
}

/// The accepting side, and the authority that a client has to trust.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) authority_pem: String,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    pub(crate) fn new(certificate: Certificate) -> io::Result<Self> {
        let authority_key = KeyPair::generate().map_err(io::Error::other)?;
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_pem = authority
            .self_signed(&authority_key)
            .map_err(io::Error::other)?
            .pem();
        let issuer = Issuer::new(authority, authority_key);

        let name = match certificate {
            Certificate::WrongName => "elsewhere.example",
            Certificate::Valid | Certificate::Expired => "127.0.0.1",
        };
        let mut leaf = CertificateParams::new([name.to_owned()]).map_err(io::Error::other)?;
        let now = OffsetDateTime::now_utc();
        leaf.not_before = now - Duration::days(30);
        leaf.not_after = match certificate {
            Certificate::Expired => now - Duration::days(1),
            Certificate::Valid | Certificate::WrongName => now + Duration::days(1),
        };
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let chain = vec![
            leaf.signed_by(&key, &issuer)
                .map_err(io::Error::other)?
                .into(),
        ];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config =
            ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(io::Error::other)?
                .with_no_client_auth()
                .with_single_cert(chain, key)
                .map_err(io::Error::other)?;
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            authority_pem,
        })
    }
}
