//! The checks that have to look at the disk: paths that variables name.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::system::file as regular;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::text;
use deploy_core::base::units::MIB;
use deploy_core::identity::TrustPolicy;
use deploy_core::identity::token_source::TOKEN_LENGTH_MAX;
use deploy_core::rules::rules_file;
use deploy_core::rules::rules_file::Rule;

/// IAM takes trust policies of 2048 characters, 8192 at most, not counting blanks; more than these
/// many bytes are none. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const TRUST_POLICY_BYTES_MAX: u64 = MIB;

/// Most bytes of a bundle of certificates; those of whole systems have a quarter of a MiB.
const BUNDLE_BYTES_MAX: u64 = 16 * MIB;

/// Most bytes of a RULES_FILE; what people write is a thousandth of that.
const RULES_FILE_BYTES_MAX: u64 = MIB;

/// The certificates in the PEM file `value`, each as PEM of its own. Bundles of whole systems hold a
/// few that no library takes; those are left out, as long as there are others.
pub(super) fn certificates(value: &str) -> Result<Vec<Vec<u8>>, Invalid> {
    let help = "name a PEM file with one or more certificates";
    let pem = regular::read(Path::new(value), BUNDLE_BYTES_MAX);
    let pem = pem.map_err(unreadable(value, help))?;
    // Around the certificates, bundles have comments in any character set.
    let pem = text::decode_lossy(&pem).map_err(unreadable(value, help))?;
    let certificates: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .filter_map(Result::ok)
        .filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok())
        .map(|certificate| encode(&certificate))
        .collect();
    if certificates.is_empty() {
        let reason = format!("`{value}` holds no certificate");
        return Err(Invalid::new(reason, help));
    }
    Ok(certificates)
}

fn encode(certificate: &CertificateDer<'_>) -> Vec<u8> {
    let text = BASE64_STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n").into_bytes()
}

/// A file that can be read. What is in it may change until it is needed.
pub(super) fn token_file(value: &str) -> Result<PathBuf, Invalid> {
    let help =
        "name the file that holds the OIDC token, in a folder that the pipe's container sees";
    let path = PathBuf::from(value);
    let checked = regular::check(&path, TOKEN_LENGTH_MAX as u64);
    checked.map_err(unreadable(value, help)).map(|()| path)
}

/// The trust policy in the file `value`.
pub(super) fn trust_policy(value: &str) -> Result<TrustPolicy, Invalid> {
    let help = "name a file with the role's trust policy as JSON";
    let text = regular::read_text(Path::new(value), TRUST_POLICY_BYTES_MAX);
    let text = text.map_err(unreadable(value, help))?;
    TrustPolicy::parse(&text).map_err(|Invalid { reason, help }| {
        Invalid::new(format!("`{value}` is not a trust policy: {reason}"), help)
    })
}

/// The rules in the file `value`.
pub(super) fn rules_file(value: &str) -> Result<Vec<Rule>, Invalid> {
    let help = "name a YAML file with rules, as docs/rules.md describes it";
    let text = regular::read_text(Path::new(value), RULES_FILE_BYTES_MAX);
    let text = text.map_err(unreadable(value, help))?;
    rules_file::parse(&text).map_err(|mistakes| {
        let told = mistakes.iter();
        let told = told.map(|mistake| format!("line {}: {}", mistake.line, mistake.reason));
        let told = told.collect::<Vec<_>>().join("; ");
        Invalid::new(
            format!("`{value}` cannot be used ({told})"),
            "correct it, as docs/rules.md describes it",
        )
    })
}

/// That the file at `path` cannot be read, for a reason.
fn unreadable<E: Display>(path: &str, help: &'static str) -> impl Fn(E) -> Invalid {
    move |error| Invalid::new(format!("`{path}` cannot be read ({error})"), help)
}

/// A file that can be written: its folder is there, and it is no folder itself.
pub(super) fn report_file(value: &str) -> Result<PathBuf, Invalid> {
    let path = PathBuf::from(value);
    let help = "name a file in a folder that exists";
    if !folder_of(&path).is_dir() || path.is_dir() || path.file_name().is_none() {
        return Err(Invalid::new(format!("`{value}` cannot be written"), help));
    }
    match regular::check_writable(&path) {
        Ok(()) => Ok(path),
        Err(error) => {
            let reason = format!("`{value}` cannot be written ({error})");
            Err(Invalid::new(reason, help))
        }
    }
}

/// The name of `file` below `folder`, if that is where it is or will be.
pub(super) fn inside(file: &Path, folder: &Path) -> Option<String> {
    let path = folder_of(file).canonicalize().ok()?.join(file.file_name()?);
    let name = path.strip_prefix(folder.canonicalize().ok()?).ok()?;
    Some(name.to_str()?.to_owned())
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
