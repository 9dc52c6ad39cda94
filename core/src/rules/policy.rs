//! Which headers an object gets: the one place where all sources of headers meet, in their order.
//!
//! Pure: a function of the key and of how its bytes come about.

use std::collections::HashSet;
use std::sync::Arc;

use super::fingerprint::Fingerprints;
use super::headers_file::PathRule;
use super::preset::{Kind, Preset};
use super::rules_file::Rule;
use crate::object::content::Content;
use crate::object::content_type::{
    Nature, Proof, UNKNOWN_TYPE, content_type_of, copy_of, essence, is_page_type,
};
use crate::object::headers::ObjectHeaders;
use crate::object::setting::{Field, Setting};

/// Type of the page that a redirect's object holds.
const REDIRECT_TYPE: &str = "text/html; charset=utf-8";

/// Everything that decides over headers; what comes later in this list wins, header by header.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// For every object: CACHE_CONTROL and the other variables, under the flags of EXTRA_ARGS.
    pub shared: ObjectHeaders,
    /// PRESET.
    pub preset: Option<Preset>,
    /// What the names of the deploy say of fingerprints, which is for the preset to use.
    pub fingerprints: Fingerprints,
    /// `_headers` in LOCAL_PATH.
    pub paths: Vec<PathRule>,
    /// RULES_FILE.
    pub rules: Vec<Rule>,
}

impl Policy {
    /// Learns from the names of a deploy which of them are fingerprinted, if it is asked for.
    pub fn learn<'a>(&mut self, keys: impl IntoIterator<Item = &'a str>) {
        if self.preset.is_some() {
            self.fingerprints = Fingerprints::of(keys);
        }
    }

    /// The same headers for every object.
    pub fn shared(headers: ObjectHeaders) -> Self {
        Self {
            shared: headers,
            ..Self::default()
        }
    }

    /// Whether nothing of a name matters but the type that it stands for, unless it is that of a copy.
    #[must_use]
    pub fn is_by_type(&self) -> bool {
        self.preset.is_none() && self.paths.is_empty() && self.rules.is_empty()
    }

    /// What the object `key` with this `content`, of a file of this `nature`, is stored with.
    pub fn resolve(&self, key: &str, content: &Content, nature: Nature) -> ObjectHeaders {
        let rules = self.rules_for(key);
        let coding = self.coding(key, nature);
        let mut headers = self.shared.clone();
        if let Some(coding) = coding {
            headers.content_encoding = Some(coding.to_owned());
        }
        let preset = self.preset_for(key, content, &rules, nature);
        if let Some((_, setting)) = preset {
            setting.apply(&mut headers);
        }
        for setting in rules {
            setting.apply(&mut headers);
        }
        if coding.is_some() && headers.content_type.as_deref().is_some_and(is_archive_type) {
            headers.content_encoding = None;
        }
        // A rule may say that the copy is to be served as the archive that it is.
        let is_served_raw = coding.is_some() && headers.content_encoding.is_none();
        if headers.content_type.is_none() {
            headers.content_type = Some(if is_served_raw {
                essence(key).to_owned()
            } else {
                content_type_of(key, nature)
            });
        }
        match content {
            Content::File | Content::Version(_) => {}
            Content::Compressed(compressed) => {
                headers.content_encoding = Some(compressed.coding.name().to_owned());
            }
            Content::Redirect(location) => {
                headers.content_type = Some(REDIRECT_TYPE.to_owned());
                headers.content_encoding = None;
                headers.website_redirect = Some(location.to_string());
            }
        }
        headers
    }

    /// What `_headers` and RULES_FILE say of `key`, in the order in which they are applied.
    pub(super) fn rules_for(&self, key: &str) -> Vec<&Setting> {
        let paths = self.paths.iter().filter(|rule| rule.applies_to(key));
        let rules = self
            .rules
            .iter()
            .filter(|rule| rule.matching(key).is_some());
        let paths = paths.flat_map(|rule| &rule.settings);
        paths.chain(rules.flat_map(|rule| &rule.settings)).collect()
    }

    /// The Content-Encoding of a file that is the compressed copy of another.
    pub(super) fn coding(&self, key: &str, nature: Nature) -> Option<&'static str> {
        let is_open = self.shared.content_encoding.is_none();
        let copy = copy_of(key).filter(|copy| copy.proof == Proof::Name || nature.is_copy);
        copy.filter(|_| is_open).map(|copy| copy.coding)
    }

    /// What the preset says of an object for which there are these `rules`, and for what it takes it.
    fn preset_for(
        &self,
        key: &str,
        content: &Content,
        rules: &[&Setting],
        nature: Nature,
    ) -> Option<(Kind, Setting)> {
        let kind = self.kind(key, content, rules, nature)?;
        let is_answered = self.shared.cache_control.is_some() || self.shared.expires.is_some();
        let yields = is_answered && kind.yields_to_variables();
        (!yields).then(|| (kind, kind.setting()))
    }

    /// For what the preset takes an object for which there are these `rules`.
    pub(super) fn kind(
        &self,
        key: &str,
        content: &Content,
        rules: &[&Setting],
        nature: Nature,
    ) -> Option<Kind> {
        let Preset::StaticSite = self.preset?;
        let by_name = content_type_of(key, nature);
        let by_rule = rules.iter().rev().find_map(|setting| match setting {
            Setting::Text(Field::ContentType, value) => Some(value.as_deref()),
            _ => None,
        });
        let by_rule = by_rule.unwrap_or(self.shared.content_type.as_deref());
        let is_page = matches!(content, Content::Redirect(_))
            || by_rule.is_some_and(is_page_type)
            || is_page_type(&by_name);
        let content_type = by_rule.unwrap_or(&by_name);
        let is_fingerprinted = || self.fingerprints.has(key);
        Some(Kind::of(key, content_type, is_page, is_fingerprinted))
    }

    /// Whether there is an object that would be stored with an ACL.
    pub fn sets_acl(&self) -> bool {
        self.shared.acl.is_some() || self.settings().any(Setting::sets_acl)
    }

    /// Whether there is an object that would be stored with tags.
    pub fn sets_tags(&self) -> bool {
        !self.shared.tags.is_empty() || self.settings().any(Setting::sets_tag)
    }

    /// What the rules say of any object; the preset is about Cache-Control alone.
    fn settings(&self) -> impl Iterator<Item = &Setting> {
        let paths = self.paths.iter().flat_map(|rule| &rule.settings);
        paths.chain(self.rules.iter().flat_map(|rule| &rule.settings))
    }
}

/// Whether a rule that gives a compressed copy this type wants it served as it is.
fn is_archive_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let archives = [
        "application/gzip",
        "application/x-gzip",
        "application/octet-stream",
    ];
    archives.contains(&essence) || essence == UNKNOWN_TYPE
}

/// Gives equal sets of headers one place in memory: a million uploads have few different ones.
#[derive(Debug, Default)]
pub struct Interner(HashSet<Arc<ObjectHeaders>>);

impl Interner {
    /// The shared copy of `headers`.
    pub fn intern(&mut self, headers: ObjectHeaders) -> Arc<ObjectHeaders> {
        if let Some(known) = self.0.get(&headers) {
            return Arc::clone(known);
        }
        let headers = Arc::new(headers);
        self.0.insert(Arc::clone(&headers));
        headers
    }
}

#[cfg(test)]
mod tests;
