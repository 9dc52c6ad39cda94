//! The checks that have to look at the disk: paths that variables name.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use aws_smithy_types::base64;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::problem::Invalid;
use crate::headers::rules_file::{self, Rule};
use crate::identity::TrustPolicy;
use crate::tree::Source;

/// IAM takes trust policies of 2048 characters, 8192 at most, not counting blanks; more than these
/// many bytes are none. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const TRUST_POLICY_BYTES_MAX: u64 = 1024 * 1024;

/// The folder or file that LOCAL_PATH names.
pub(super) fn source(value: &str) -> Result<Source, Invalid> {
    let path = PathBuf::from(value);
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => match never_deployed(&path) {
            Some(why) => Err(Invalid::new(
                format!("`{value}` {why}"),
                "name the folder to deploy",
            )),
            None => Ok(Source::Folder(path)),
        },
        Ok(metadata) if metadata.is_file() => Ok(Source::File(path)),
        Ok(_) => Err(Invalid::new(
            format!("`{value}` is neither a folder nor a file"),
            "name the folder to deploy",
        )),
        Err(error) => Err(Invalid::new(
            cannot("be read", value, &error),
            "is it built before this step, and relative to the step's working directory?",
        )),
    }
}

/// Why the folder at `path` cannot be what a user means to deploy, whatever it is called here.
fn never_deployed(path: &Path) -> Option<&'static str> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if real.parent().is_none() {
        Some("is the whole file system")
    } else if real.iter().any(|name| name == ".git") {
        Some("is inside a repository's `.git`, which is never deployed")
    } else {
        None
    }
}

/// Most bytes of a bundle of certificates; those of whole systems have a quarter of a MiB.
const BUNDLE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The certificates in the PEM file `value`, each as PEM of its own. Bundles of whole systems hold a
/// few that no library takes; those are left out, as long as there are others.
pub(super) fn certificates(value: &str) -> Result<Vec<Vec<u8>>, Invalid> {
    let cure = "name a PEM file with one or more certificates";
    let mut pem = Vec::new();
    fs::File::open(value)
        .and_then(|file| file.take(BUNDLE_BYTES_MAX).read_to_end(&mut pem))
        .map_err(|error| Invalid::new(cannot("be read", value, &error), cure))?;
    let certificates: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(&pem)
        .filter_map(Result::ok)
        .filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok())
        .map(|certificate| encode(&certificate))
        .collect();
    if certificates.is_empty() {
        Err(Invalid::new(
            format!("`{value}` holds no certificate"),
            cure,
        ))
    } else {
        Ok(certificates)
    }
}

fn encode(certificate: &CertificateDer<'_>) -> Vec<u8> {
    let text = base64::encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n").into_bytes()
}

/// A file that can be read. What is in it may change until it is needed.
pub(super) fn token_file(value: &str) -> Result<PathBuf, Invalid> {
    let cure =
        "name the file that holds the OIDC token, in a folder that the pipe's container sees";
    match fs::metadata(value) {
        Ok(metadata) if metadata.is_file() => Ok(PathBuf::from(value)),
        Ok(_) => Err(Invalid::new(format!("`{value}` is not a file"), cure)),
        Err(error) => Err(Invalid::new(cannot("be read", value, &error), cure)),
    }
}

/// The trust policy in the file `value`.
pub(super) fn trust_policy(value: &str) -> Result<TrustPolicy, Invalid> {
    let cure = "name a file with the role's trust policy as JSON";
    let mut text = String::new();
    fs::File::open(value)
        .and_then(|file| file.take(TRUST_POLICY_BYTES_MAX).read_to_string(&mut text))
        .map_err(|error| Invalid::new(cannot("be read", value, &error), cure))?;
    TrustPolicy::parse(&text).map_err(|invalid| Invalid {
        why: format!("`{value}` is not a trust policy: {}", invalid.why),
        ..invalid
    })
}

/// Most bytes of a RULES_FILE; what people write is a thousandth of that.
const RULES_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The rules in the file `value`.
pub(super) fn rules_file(value: &str) -> Result<Vec<Rule>, Invalid> {
    let cure = "name a YAML file with rules, as docs/rules.md describes it";
    let mut text = String::new();
    fs::File::open(value)
        .and_then(|file| {
            file.take(RULES_FILE_BYTES_MAX + 1)
                .read_to_string(&mut text)
        })
        .map_err(|error| Invalid::new(cannot("be read", value, &error), cure))?;
    if text.len() as u64 > RULES_FILE_BYTES_MAX {
        return Err(Invalid::new(format!("`{value}` has more than 1 MiB"), cure));
    }
    rules_file::parse(&text).map_err(|mistakes| {
        let told: Vec<String> = mistakes
            .iter()
            .map(|mistake| format!("line {}: {}", mistake.line, mistake.why))
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
    if folder.is_dir() && !path.is_dir() && path.file_name().is_some() {
        Ok(path)
    } else {
        Err(Invalid::new(
            format!("`{value}` cannot be written"),
            "name a file in a folder that exists",
        ))
    }
}

fn cannot(what: &str, path: &str, error: &io::Error) -> String {
    format!("`{path}` cannot {what} ({error})")
}
