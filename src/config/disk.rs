//! The checks that have to look at the disk: paths that variables name.

use std::io;
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

/// The certificates in the PEM file `value`, each as PEM of its own. Bundles of whole systems hold a
/// few that no library takes; those are left out, as long as there are others.
pub(super) fn certificates(value: &str) -> Result<Vec<Vec<u8>>, Invalid> {
    let help = "name a PEM file with one or more certificates";
    let pem = regular::read(Path::new(value), BUNDLE_BYTES_MAX)
        .map_err(|error| Invalid::new(cannot_read(value, &error), help))?;
    // Around the certificates, bundles have comments in any character set.
    let pem = text::decode_lossy(&pem)
        .map_err(|error| Invalid::new(format!("`{value}` cannot be read ({error})"), help))?;
    let certificates: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .filter_map(Result::ok)
        .filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok())
        .map(|certificate| encode(&certificate))
        .collect();
    if certificates.is_empty() {
        Err(Invalid::new(
            format!("`{value}` holds no certificate"),
            help,
        ))
    } else {
        Ok(certificates)
    }
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
    regular::check(&path, TOKEN_LENGTH_MAX as u64)
        .map_err(|error| Invalid::new(cannot_read(value, &error), help))?;
    Ok(path)
}

/// The trust policy in the file `value`.
pub(super) fn trust_policy(value: &str) -> Result<TrustPolicy, Invalid> {
    let help = "name a file with the role's trust policy as JSON";
    let text = regular::read_text(Path::new(value), TRUST_POLICY_BYTES_MAX)
        .map_err(|error| Invalid::new(cannot_read(value, &error), help))?;
    TrustPolicy::parse(&text).map_err(|invalid| Invalid {
        reason: format!("`{value}` is not a trust policy: {}", invalid.reason),
        ..invalid
    })
}

/// Most bytes of a RULES_FILE; what people write is a thousandth of that.
const RULES_FILE_BYTES_MAX: u64 = MIB;

/// The rules in the file `value`.
pub(super) fn rules_file(value: &str) -> Result<Vec<Rule>, Invalid> {
    let help = "name a YAML file with rules, as docs/rules.md describes it";
    let text = regular::read_text(Path::new(value), RULES_FILE_BYTES_MAX)
        .map_err(|error| Invalid::new(cannot_read(value, &error), help))?;
    rules_file::parse(&text).map_err(|mistakes| {
        let told: Vec<String> = mistakes
            .iter()
            .map(|mistake| format!("line {}: {}", mistake.line, mistake.reason))
            .collect();
        Invalid::new(
            format!("`{value}` cannot be used ({})", told.join("; ")),
            "correct it, as docs/rules.md describes it",
        )
    })
}

/// A file that can be written: its folder is there, and it is no folder itself.
pub(super) fn report_file(value: &str) -> Result<PathBuf, Invalid> {
    let path = PathBuf::from(value);
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let help = "name a file in a folder that exists";
    if !folder.is_dir() || path.is_dir() || path.file_name().is_none() {
        return Err(Invalid::new(format!("`{value}` cannot be written"), help));
    }
    regular::check_writable(&path)
        .map_err(|error| Invalid::new(format!("`{value}` cannot be written ({error})"), help))?;
    Ok(path)
}

/// The name of `file` below `folder`, if that is where it is or will be.
pub(super) fn inside(file: &Path, folder: &Path) -> Option<String> {
    let parent = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let (parent, folder) = (parent.canonicalize().ok()?, folder.canonicalize().ok()?);
    let path = parent.join(file.file_name()?);
    let name = path.strip_prefix(folder).ok()?.to_str()?;
    Some(name.to_owned())
}

fn cannot_read(path: &str, error: &io::Error) -> String {
    format!("`{path}` cannot be read ({error})")
}
