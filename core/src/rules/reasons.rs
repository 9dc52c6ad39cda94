//! Why an object gets the headers that it gets: for each of them what says so, and what that overrides.
//!
//! Pure. The decision itself is made in `policy`; here it is retraced, and never made anew.

use std::fmt;

use super::policy::Policy;
use super::preset::Kind;
use crate::object::content::Content;
use crate::object::content_type::Nature;
use crate::object::setting::{Field, Setting, settings};

/// Where one header of an object comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The header; without a value where something took it away.
    pub setting: Setting,
    /// What says so.
    pub origin: Origin,
    /// What that overrides, the last one first.
    pub overrides: Vec<(Setting, Origin)>,
}

/// What says something about an object's headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// CACHE_CONTROL and the other variables, or the flags of EXTRA_ARGS.
    Variables,
    /// The name and the bytes of a file that is the compressed copy of another.
    Copy,
    /// The preset, and for what it takes the object.
    Preset(Kind),
    /// `_headers`: line and pattern.
    Paths(usize, String),
    /// RULES_FILE: line and pattern.
    Rules(u64, String),
    /// The file's name and, for the character set, its bytes.
    Name,
    /// The file's first bytes, as its name leaves the type open.
    Bytes,
    /// COMPRESS, which knows how the bytes are stored.
    Compress,
    /// The redirect that the object is.
    Redirect,
    /// Its type, which is that of an archive: served as it is.
    Archive,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variables => formatter.write_str("the variables"),
            Self::Copy => formatter.write_str("the name of a compressed copy"),
            Self::Preset(kind) => write!(formatter, "PRESET static-site: {}", kind.reason()),
            Self::Paths(line, pattern) => write!(formatter, "_headers line {line}, `{pattern}`"),
            Self::Rules(line, pattern) => write!(formatter, "RULES_FILE line {line}, `{pattern}`"),
            Self::Name => formatter.write_str("the file's name"),
            Self::Bytes => formatter.write_str("the file's bytes, as its name tells no type"),
            Self::Compress => formatter.write_str("COMPRESS"),
            Self::Redirect => formatter.write_str("_redirects"),
            Self::Archive => formatter.write_str("its type, an archive's"),
        }
    }
}

impl Policy {
    /// A reason for each header that the object `key` with this `content`, of a file of this `nature`,
    /// is stored with, in the order of [`settings`], and then for those that were taken away.
    pub fn reasons(&self, key: &str, content: &Content, nature: Nature) -> Vec<Reason> {
        let stored = settings(&self.resolve(key, content, nature));
        let said = self.said(key, content, nature);
        let mut reasons: Vec<Reason> = stored
            .into_iter()
            .map(|setting| reason(setting, content, &said))
            .collect();
        for reason in &mut reasons {
            let is_type = matches!(reason.setting, Setting::Text(Field::ContentType, _));
            if is_type && reason.origin == Origin::Name && nature.essence.is_some() {
                reason.origin = Origin::Bytes;
            }
        }
        for (setting, _) in &said {
            if !reasons.iter().any(|known| known.setting.is_about(setting)) {
                reasons.push(reason(setting.taken_back(), content, &said));
            }
        }
        // To take away what nobody gave is no news.
        let is_news = |reason: &Reason| {
            reason.setting != reason.setting.taken_back() || !reason.overrides.is_empty()
        };
        reasons.retain(is_news);
        reasons
    }

    /// Everything that is said about the object, in the order in which it is applied.
    fn said(&self, key: &str, content: &Content, nature: Nature) -> Vec<(Setting, Origin)> {
        let mut said = Vec::new();
        let kind = self.kind(key, content, &self.rules_for(key), nature);
        let (cache_control, expires) = (&self.shared.cache_control, &self.shared.expires);
        let yields = (cache_control.is_some() || expires.is_some())
            && kind.is_some_and(Kind::yields_to_variables);
        let preset = kind.map(|kind| (kind.setting(), Origin::Preset(kind)));
        // A preset that yields to Expires says nothing of Cache-Control at all.
        let yielding = preset.clone().filter(|_| yields && cache_control.is_some());
        said.extend(yielding);
        let shared = settings(&self.shared).into_iter();
        said.extend(shared.map(|setting| (setting, Origin::Variables)));
        said.extend(self.coding(key, nature).map(|coding| {
            let coding = Setting::Text(Field::ContentEncoding, Some(coding.to_owned()));
            (coding, Origin::Copy)
        }));
        said.extend(preset.filter(|_| !yields));
        for rule in self.paths.iter().filter(|rule| rule.applies_to(key)) {
            let origin = Origin::Paths(rule.line, rule.pattern.as_str().to_owned());
            let settings = rule.settings.iter().cloned();
            said.extend(settings.map(|setting| (setting, origin.clone())));
        }
        for rule in &self.rules {
            let Some(pattern) = rule.matching(key) else {
                continue;
            };
            let origin = Origin::Rules(rule.line, pattern.to_owned());
            let settings = rule.settings.iter().cloned();
            said.extend(settings.map(|setting| (setting, origin.clone())));
        }
        said
    }
}

/// The reason for `setting`, of what was `said`: the last word on it, or how the bytes come about.
fn reason(setting: Setting, content: &Content, said: &[(Setting, Origin)]) -> Reason {
    let about = said
        .iter()
        .rev()
        .filter(|(said, _)| said.is_about(&setting));
    let mut overrides: Vec<(Setting, Origin)> = about.cloned().collect();
    let origin = match overrides.first() {
        Some((last, origin)) if *last == setting => origin.clone(),
        _ => of_content(&setting, content),
    };
    overrides.retain(|(said, _)| *said != setting);
    Reason {
        setting,
        origin,
        overrides,
    }
}

/// What decides over a header that no rule has the last word on.
fn of_content(setting: &Setting, content: &Content) -> Origin {
    match (content, setting) {
        (Content::Redirect(_), _) => Origin::Redirect,
        (Content::Compressed(_), Setting::Text(Field::ContentEncoding, _)) => Origin::Compress,
        (_, Setting::Text(Field::ContentEncoding, None)) => Origin::Archive,
        _ => Origin::Name,
    }
}

#[cfg(test)]
mod tests {
    use super::Policy;
    use crate::object::content::Content;
    use crate::object::content_type::Nature;
    use crate::object::headers::ObjectHeaders;
    use crate::rules::preset::Preset;
    use crate::rules::{headers_file, rules_file};

    fn told(policy: &Policy, key: &str, content: &Content, nature: Nature) -> String {
        let mut lines = Vec::new();
        for reason in policy.reasons(key, content, nature) {
            lines.push(format!("{} << {}", reason.setting, reason.origin));
            let overrides = reason.overrides.iter();
            lines
                .extend(overrides.map(|(setting, origin)| format!("  over {setting} << {origin}")));
        }
        lines.join("\n")
    }

    fn policy() -> Policy {
        let paths =
            "/*\n  Cache-Control: max-age=1\n  Content-Language: en\n/a.js\n  ! Content-Language\n";
        let rules = "rules:\n- patterns: ['*.js']\n  headers: {cache_control: max-age=2, content_type: text/x, acl: null}\n";
        Policy {
            shared: ObjectHeaders {
                cache_control: Some("max-age=60".to_owned()),
                acl: Some("private".to_owned()),
                ..ObjectHeaders::default()
            },
            preset: Some(Preset::StaticSite),
            paths: headers_file::parse(paths).rules,
            rules: rules_file::parse(rules).unwrap(),
            ..Policy::default()
        }
    }

    #[test]
    fn every_header_names_what_it_overrides() {
        let mut policy = policy();
        let file = &Content::File;
        insta::assert_snapshot!(told(&policy, "a.js", file, Nature::default()), @"
        Content-Type: text/x << RULES_FILE line 2, `*.js`
        Cache-Control: max-age=2 << RULES_FILE line 2, `*.js`
          over Cache-Control: max-age=1 << _headers line 1, `/*`
          over Cache-Control: max-age=60 << the variables
          over Cache-Control: no-cache << PRESET static-site: a script, style or data without a fingerprint (has to fit its page)
        no x-amz-acl << RULES_FILE line 2, `*.js`
          over x-amz-acl: private << the variables
        no Content-Language << _headers line 4, `/a.js`
          over Content-Language: en << _headers line 1, `/*`
        ");
        policy.paths.clear();
        policy.rules.clear();
        insta::assert_snapshot!(told(&policy, "index.html", file, Nature::default()), @"
        Content-Type: text/html; charset=utf-8 << the file's name
        Cache-Control: no-cache << PRESET static-site: a page (names the files of one version)
          over Cache-Control: max-age=60 << the variables
        x-amz-acl: private << the variables
        ");
        insta::assert_snapshot!(told(&policy, "logo.png", file, Nature::default()), @"
        Content-Type: image/png << the file's name
        Cache-Control: max-age=60 << the variables
          over Cache-Control: public, max-age=300, must-revalidate << PRESET static-site: a file without a fingerprint (keeps its name when it changes)
        x-amz-acl: private << the variables
        ");
        let redirect = &Content::Redirect("/new".into());
        insta::assert_snapshot!(told(&policy, "old", redirect, Nature::default()), @"
        Content-Type: text/html; charset=utf-8 << _redirects
        Cache-Control: no-cache << PRESET static-site: a page (names the files of one version)
          over Cache-Control: max-age=60 << the variables
        x-amz-website-redirect-location: /new << _redirects
        x-amz-acl: private << the variables
        ");
    }

    #[test]
    fn what_the_type_of_an_archive_takes_away_is_told() {
        let archive = "rules:\n- {patterns: ['*.gz'], headers: {content_type: application/gzip}}\n";
        let policy = Policy {
            rules: rules_file::parse(archive).unwrap(),
            ..Policy::default()
        };
        let nature = Nature {
            is_copy: true,
            ..Nature::default()
        };
        insta::assert_snapshot!(told(&policy, "a.js.gz", &Content::File, nature), @"
        Content-Type: application/gzip << RULES_FILE line 2, `*.gz`
        no Content-Encoding << its type, an archive's
          over Content-Encoding: gzip << the name of a compressed copy
        ");
    }
}
