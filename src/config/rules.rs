//! The variables that decide over headers by pattern, and over compression.

use super::disk;
use super::variables::Input;
use deploy_core::object::content::Coding;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::rules::fingerprint::Fingerprints;
use deploy_core::rules::policy::Policy;
use deploy_core::rules::preset::Preset;
use deploy_core::rules::rules_file::Rule;

/// What decides over headers and stored bytes beside the headers that all objects share.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// PRESET.
    pub preset: Option<Preset>,
    /// The rules of RULES_FILE.
    pub rules: Vec<Rule>,
    /// COMPRESS.
    pub compress: Option<Coding>,
}

impl Rules {
    /// The policy with the headers that all objects share, before LOCAL_PATH has its say.
    pub fn policy(&self, shared: &ObjectHeaders) -> Policy {
        Policy {
            shared: shared.clone(),
            preset: self.preset,
            fingerprints: Fingerprints::default(),
            paths: Vec::new(),
            rules: self.rules.clone(),
        }
    }
}

/// `shared` are the headers that all objects share.
pub(super) fn read(input: &Input, shared: &ObjectHeaders) -> Rules {
    let rules = input.rules_file().parse(disk::rules_file);
    let preset = input
        .preset()
        .one_of(&[("none", None), ("static-site", Some(Preset::StaticSite))]);
    let compress = input.compress().one_of(&[
        ("none", None),
        ("gzip", Some(Coding::Gzip)),
        ("brotli", Some(Coding::Brotli)),
    ]);
    let compress = compress.flatten();
    if compress.is_some() && shared.content_encoding.is_some() {
        input.compress().refuse(
            "CONTENT_ENCODING or `--content-encoding` says that every file is compressed already",
            "unset one of the two, or give the files that are compressed a content_encoding in RULES_FILE",
        );
    }
    Rules {
        preset: preset.flatten(),
        rules: rules.unwrap_or_default(),
        compress,
    }
}
