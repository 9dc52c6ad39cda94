//! HTTPS with a certificate authority of the server's own, and certificates that clients must refuse.

use std::io;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

/// What the server shows of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// For `127.0.0.1` and AWS's services in `us-east-1`, valid now, signed by the server's own authority, as the next two.
    Valid,
    /// For another name.
    WrongName,
    /// For `127.0.0.1`, until yesterday.
    Expired,
    /// Signed by itself, and no authority; it stands for one in [`Server::authority_pem`].
    ///
    /// [`Server::authority_pem`]: crate::Server::authority_pem
    SelfSigned,
    /// The same, but an authority too, as `openssl req -x509` makes it.
    SelfSignedAuthority,
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
        let Shown {
            key,
            chain,
            authority_pem,
        } = Shown::new(certificate).map_err(io::Error::other)?;
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

/// A certificate with its key, and what a client has to trust.
struct Shown {
    key: KeyPair,
    chain: Vec<CertificateDer<'static>>,
    authority_pem: String,
}

impl Shown {
    fn new(certificate: Certificate) -> Result<Self, rcgen::Error> {
        let names: &[&str] = match certificate {
            Certificate::WrongName => &["elsewhere.example"],
            _ => &["127.0.0.1", "*.us-east-1.amazonaws.com"],
        };
        let mut leaf =
            CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let now = OffsetDateTime::now_utc();
        leaf.not_before = now - Duration::days(30);
        leaf.not_after = match certificate {
            Certificate::Expired => now - Duration::days(1),
            _ => now + Duration::days(1),
        };
        let key = KeyPair::generate()?;
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Its own name: OpenSSL takes a certificate for self-signed whose issuer is called the same.
        let name = "Authority of the test server";
        authority.distinguished_name.push(DnType::CommonName, name);
        let is_self_signed = match certificate {
            Certificate::SelfSigned => {
                leaf.is_ca = IsCa::ExplicitNoCa;
                true
            }
            Certificate::SelfSignedAuthority => {
                leaf.is_ca = authority.is_ca;
                true
            }
            _ => false,
        };
        let (shown, authority_pem) = if is_self_signed {
            let shown = leaf.self_signed(&key)?;
            let pem = shown.pem();
            (shown, pem)
        } else {
            let authority_key = KeyPair::generate()?;
            let pem = authority.self_signed(&authority_key)?.pem();
            let issuer = Issuer::new(authority, authority_key);
            (leaf.signed_by(&key, &issuer)?, pem)
        };
        Ok(Self {
            key,
            chain: vec![shown.into()],
            authority_pem,
        })
    }
}
