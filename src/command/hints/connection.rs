//! What to do about keys that a server does not know, and about connections that are not encrypted as they
//! should be. Pure functions of the error.

use crate::aws::{AwsError, TlsFault};

/// What is wrong with keys, where the code says so.
pub(super) fn of_keys(error: &AwsError) -> Option<&'static str> {
    match error.code.as_deref()? {
        "SignatureDoesNotMatch" => Some(
            "is AWS_SECRET_ACCESS_KEY the secret of AWS_ACCESS_KEY_ID, whole and without quotes? Some servers answer the same where AWS_DEFAULT_REGION is not theirs",
        ),
        "InvalidAccessKeyId" | "InvalidClientTokenId" | "UnrecognizedClientException" => Some(
            "is AWS_ACCESS_KEY_ID right, and does the key still exist? A temporary key, which begins with `ASIA`, needs its AWS_SESSION_TOKEN too, and only servers that its STS belongs to know it",
        ),
        "InvalidToken" => Some(
            "is AWS_SESSION_TOKEN, if it is set, whole and of the same keys? And is the region enabled in the account? In one that is not, AWS answers the same",
        ),
        _ => None,
    }
}

/// Cures of what is wrong with the encryption of a connection.
pub(super) fn of_tls(fault: TlsFault) -> &'static str {
    match fault {
        TlsFault::AuthorityItself => {
            "the server shows a certificate of an authority as its own, as `openssl req -x509` makes it: make one with `-addext basicConstraints=critical,CA:FALSE`, and name it in AWS_CA_BUNDLE"
        }
        TlsFault::UnknownAuthority => {
            "nobody who is trusted here has signed the server's certificate: name a file with the certificate of its authority, or with its own if it is self-signed, in AWS_CA_BUNDLE"
        }
        TlsFault::OtherName => {
            "the server's certificate is for other names: does the endpoint name the server as its certificate does?"
        }
        TlsFault::OutOfDate => {
            "the server's certificate is out of date: is it renewed, and is the clock of the machine that runs this step right?"
        }
        TlsFault::NotSpoken => {
            "the server does not speak TLS at this port: is the port right, or should the endpoint begin with `http://`?"
        }
        TlsFault::Wanted => {
            "the server speaks TLS at this port: begin the endpoint with `https://`"
        }
    }
}
