//! Why there is no connection to a server, read out of what the HTTP client and rustls say. What users do
//! about it is the business of hints.

use std::error::Error;

use deploy_core::base::causes::causes;

/// Why a proxy does not let a request through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyRefusal {
    /// It asks for a user and password.
    WantsUser,
    /// It opens no tunnel to the server.
    NoTunnel,
}

/// Why a connection is not encrypted, or not with whom it was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFault {
    /// The server's certificate is one that signs others, which no server may show as its own.
    AuthorityItself,
    /// Nobody who is trusted has signed it.
    UnknownAuthority,
    /// It is for other names.
    OtherName,
    /// It is no longer valid, or not yet.
    OutOfDate,
    /// The server answers without TLS.
    NotSpoken,
    /// The server wants TLS, and was spoken to without.
    Wanted,
}

/// What the proxy said. The HTTP client does not export the type, so that its words have to do; the
/// tests in `test/pipe/proxy.rs` hold them.
pub(super) fn proxy_refusal(error: &(dyn Error + 'static)) -> Option<ProxyRefusal> {
    causes(error).find_map(|cause| match cause.to_string().as_str() {
        "tunnel error: proxy authorization required" => Some(ProxyRefusal::WantsUser),
        "tunnel error: unsuccessful" => Some(ProxyRefusal::NoTunnel),
        _ => None,
    })
}

/// What rustls says of a connection, and what is wrong with it then. Of its errors the HTTP client keeps
/// the words alone; the tests in `test/pipe/tls.rs` hold them. The first that fits counts.
const FAULTS: &[(&str, TlsFault)] = &[
    ("CaUsedAsEndEntity", TlsFault::AuthorityItself),
    ("certificate expired", TlsFault::OutOfDate),
    ("certificate not valid yet", TlsFault::OutOfDate),
    ("certificate not valid for name", TlsFault::OtherName),
    ("invalid peer certificate", TlsFault::UnknownAuthority),
    (
        "corrupt message of type InvalidContentType",
        TlsFault::NotSpoken,
    ),
];

/// What is wrong with the encryption, if that is why there is no answer.
pub(super) fn tls_fault(error: &(dyn Error + 'static)) -> Option<TlsFault> {
    causes(error).find_map(|cause| {
        let said = cause.to_string();
        let mut faults = FAULTS.iter();
        let found = faults.find(|(words, _)| said.contains(words))?;
        Some(found.1)
    })
}

/// What servers answer to a request without TLS where they want it: those in Go, nginx, and Apache.
const WANTS_TLS: &[&str] = &[
    "HTTP request to an HTTPS server",
    "plain HTTP request was sent to HTTPS port",
    "speaking plain HTTP to an SSL-enabled server port",
];

/// Whether the `body` of an answer says that the server wants TLS.
pub(super) fn wants_tls(body: Option<&[u8]>) -> bool {
    let body = String::from_utf8_lossy(body.unwrap_or_default());
    WANTS_TLS.iter().any(|words| body.contains(words))
}
