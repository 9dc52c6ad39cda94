//! Which headers an object gets: the one place where all sources of headers meet, in their order.
//!
//! Pure: a function of the key and of how its bytes come about.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::fingerprint::is_fingerprinted;
use super::headers_file::PathRule;
use super::rules_file::Rule;
use crate::object::content::Content;
use crate::object::content_type::{content_type, is_page_type};
use crate::object::headers::ObjectHeaders;
use crate::object::setting::{Field, Setting};

/// A set of rules that is part of the pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// What a site of a bundler or generator needs: fingerprinted files for ever, pages never
    /// without asking.
    StaticSite,
}

/// For what never changes: a year, the longest that RFC 9111 suggests to honour.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// For what may change with every deploy: to be kept, but asked for each time.
const REVALIDATED: &str = "no-cache";

/// Type of the page that a redirect's object holds.
const REDIRECT_TYPE: &str = "text/html; charset=utf-8";

/// Everything that decides over headers; what comes later in this list wins, header by header.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// For every object: CACHE_CONTROL and the other variables, under the flags of EXTRA_ARGS.
    pub shared: ObjectHeaders,
    /// PRESET.
    pub preset: Option<Preset>,
    /// `_headers` in LOCAL_PATH.
    pub paths: Vec<PathRule>,
    /// RULES_FILE.
    pub rules: Vec<Rule>,
}

/// A rule that applies to an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// Where it stands.
    pub origin: Origin,
    /// What it says.
    pub settings: Vec<Setting>,
}

/// Where a rule stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The preset, and for what it takes the object.
    Preset(&'static str),
    /// `_headers`: line and pattern.
    Paths(usize, String),
    /// RULES_FILE: line and pattern.
    Rules(u64, String),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preset(what) => write!(formatter, "PRESET static-site, {what}"),
            Self::Paths(line, pattern) => write!(formatter, "_headers line {line}, `{pattern}`"),
            Self::Rules(line, pattern) => write!(formatter, "RULES_FILE line {line}, `{pattern}`"),
        }
    }
}

impl Policy {
    /// The same headers for every object.
    #[must_use]
    pub fn shared(headers: ObjectHeaders) -> Self {
        Self {
            shared: headers,
            ..Self::default()
        }
    }

    /// What the object `key` with this `content` is stored with.
    #[must_use]
    pub fn resolve(&self, key: &str, content: &Content) -> ObjectHeaders {
        let mut headers = self.shared.clone();
        if let Some((_, setting)) = self.preset.and_then(|preset| preset.setting(key, content)) {
            setting.apply(&mut headers);
        }
        let paths = self.paths.iter().filter(|rule| rule.applies_to(key));
        let rules = self
            .rules
            .iter()
            .filter(|rule| rule.matching(key).is_some());
        let settings = paths
            .flat_map(|rule| &rule.settings)
            .chain(rules.flat_map(|rule| &rule.settings));
        settings.for_each(|setting| setting.apply(&mut headers));
        if headers.content_type.is_none() {
            headers.content_type = Some(content_type(key));
        }
        match content {
            Content::File => {}
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

    /// Whether there is an object that would be stored with an ACL.
    #[must_use]
    pub fn sets_acl(&self) -> bool {
        self.shared.acl.is_some() || self.settings().any(Setting::sets_acl)
    }

    /// Whether there is an object that would be stored with tags.
    #[must_use]
    pub fn sets_tags(&self) -> bool {
        !self.shared.tags.is_empty() || self.settings().any(Setting::sets_tag)
    }

    /// What the rules say of any object; the preset is about Cache-Control alone.
    fn settings(&self) -> impl Iterator<Item = &Setting> {
        let paths = self.paths.iter().flat_map(|rule| &rule.settings);
        paths.chain(self.rules.iter().flat_map(|rule| &rule.settings))
    }

    /// The rules that [`Self::resolve`] goes by, in the order in which it applies them.
    #[must_use]
    pub fn applied(&self, key: &str, content: &Content) -> Vec<Applied> {
        let preset = self.preset.and_then(|preset| preset.setting(key, content));
        let preset = preset.map(|(what, setting)| Applied {
            origin: Origin::Preset(what),
            settings: vec![setting],
        });
        let paths = self.paths.iter().filter(|rule| rule.applies_to(key));
        let paths = paths.map(|rule| Applied {
            origin: Origin::Paths(rule.line, rule.pattern.as_str().to_owned()),
            settings: rule.settings.clone(),
        });
        let rules = self.rules.iter().filter_map(|rule| {
            let pattern = rule.matching(key)?;
            Some(Applied {
                origin: Origin::Rules(rule.line, pattern.to_owned()),
                settings: rule.settings.clone(),
            })
        });
        preset.into_iter().chain(paths).chain(rules).collect()
    }
}

impl Preset {
    /// What it says of an object, and for what it takes it.
    fn setting(self, key: &str, content: &Content) -> Option<(&'static str, Setting)> {
        let Self::StaticSite = self;
        let is_page = matches!(content, Content::Redirect(_)) || is_page_type(&content_type(key));
        let (what, value) = if is_page {
            ("a page", REVALIDATED)
        } else if is_fingerprinted(key) {
            ("a fingerprinted name", IMMUTABLE)
        } else {
            return None;
        };
        let setting = Setting::Text(Field::CacheControl, Some(value.to_owned()));
        Some((what, setting))
    }
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
mod tests {
    use super::{Interner, Policy, Preset};
    use crate::object::content::{Coding, Compressed, Content};
    use crate::object::headers::ObjectHeaders;
    use crate::rules::{headers_file, rules_file};
    use std::sync::Arc;

    fn policy() -> Policy {
        let paths = "/*\n  Cache-Control: from-headers\n  Content-Language: en\n";
        let rules = "rules:\n- patterns: ['*.js']\n  headers: {cache_control: from-rules, content_type: text/x}\n";
        Policy {
            shared: ObjectHeaders {
                cache_control: Some("from-variables".to_owned()),
                acl: Some("private".to_owned()),
                ..ObjectHeaders::default()
            },
            preset: Some(Preset::StaticSite),
            paths: headers_file::parse(paths).rules,
            rules: rules_file::parse(rules).unwrap(),
        }
    }

    fn cache_control(policy: &Policy, key: &str) -> Option<String> {
        policy.resolve(key, &Content::File).cache_control
    }

    #[test]
    fn later_sources_win_header_by_header() {
        let mut policy = policy();
        let headers = policy.resolve("app.3f2a9c1b.js", &Content::File);
        assert_eq!(headers.cache_control.as_deref(), Some("from-rules"));
        assert_eq!(headers.content_type.as_deref(), Some("text/x"));
        assert_eq!(headers.content_language.as_deref(), Some("en"));
        assert_eq!(headers.acl.as_deref(), Some("private"));
        policy.rules.clear();
        let found = cache_control(&policy, "app.3f2a9c1b.js");
        assert_eq!(found.as_deref(), Some("from-headers"));
        policy.paths.clear();
        let found = cache_control(&policy, "app.3f2a9c1b.js");
        assert_eq!(
            found.as_deref(),
            Some("public, max-age=31536000, immutable")
        );
        assert_eq!(
            cache_control(&policy, "a/b.html").as_deref(),
            Some("no-cache")
        );
        assert_eq!(
            cache_control(&policy, "app.js").as_deref(),
            Some("from-variables")
        );
        policy.preset = None;
        let found = cache_control(&policy, "app.3f2a9c1b.js");
        assert_eq!(found.as_deref(), Some("from-variables"));
    }

    #[test]
    fn what_applies_is_told_in_order() {
        let told: Vec<_> = policy()
            .applied("app.3f2a9c1b.js", &Content::File)
            .iter()
            .map(|applied| applied.origin.to_string())
            .collect();
        assert_eq!(
            told,
            [
                "PRESET static-site, a fingerprinted name",
                "_headers line 1, `/*`",
                "RULES_FILE line 2, `*.js`",
            ]
        );
    }

    #[test]
    fn how_the_bytes_come_about_has_the_last_word() {
        let policy = policy();
        let compressed = Content::Compressed(Compressed {
            coding: Coding::Brotli,
            file_size: 10,
            md5: [0; 16],
        });
        let headers = policy.resolve("a.js", &compressed);
        assert_eq!(headers.content_encoding.as_deref(), Some("br"));
        assert_eq!(headers.content_type.as_deref(), Some("text/x"));
        let redirect = Content::Redirect(Arc::from("/there"));
        let headers = policy.resolve("old.js", &redirect);
        assert_eq!(headers.website_redirect.as_deref(), Some("/there"));
        assert_eq!(
            headers.content_type.as_deref(),
            Some("text/html; charset=utf-8")
        );
    }

    #[test]
    fn what_needs_a_permission_of_its_own_is_told() {
        let ruled = |rules: &str| Policy {
            rules: rules_file::parse(rules).unwrap(),
            ..Policy::default()
        };
        for (policy, acl, tags) in [
            (Policy::default(), false, false),
            (self::policy(), true, false),
            (
                ruled("rules:\n- {patterns: [a], headers: {acl: private}}\n"),
                true,
                false,
            ),
            (
                ruled("rules:\n- {patterns: [a], headers: {acl: null, tags: {a: b}}}\n"),
                false,
                true,
            ),
        ] {
            assert_eq!((policy.sets_acl(), policy.sets_tags()), (acl, tags));
        }
    }

    #[test]
    fn equal_headers_are_kept_once() {
        let mut interner = Interner::default();
        let policy = policy();
        let first = interner.intern(policy.resolve("a.js", &Content::File));
        let second = interner.intern(policy.resolve("b.js", &Content::File));
        let other = interner.intern(policy.resolve("a.css", &Content::File));
        assert!(Arc::ptr_eq(&first, &second) && !Arc::ptr_eq(&first, &other));
    }
}
