//! PRESET: which Cache-Control the files of a site need, and why. One answer for every file.

use crate::object::setting::{Field, Setting};

use super::role::{is_manifest, is_polled, is_service_worker};

/// A set of rules that is part of the pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// What a site of a bundler or generator needs: fingerprinted files for ever, pages never
    /// without asking, everything else for minutes.
    StaticSite,
}

/// For what never changes: a year, the longest that RFC 9111 suggests to honour.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// For what may change with every deploy and has to fit the rest: to be kept, but asked for each time.
const REVALIDATED: &str = "no-cache";

/// For what may change, but may be some minutes old: kept so long, then asked for.
const SHORT: &str = "public, max-age=300, must-revalidate";

/// Types of what a page runs or reads, beside `text/…` and `…+json`.
const CODE_TYPES: &[&str] = &[
    "application/javascript",
    "application/json",
    "application/wasm",
    "application/xml",
];

/// What the preset takes an object for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What visitors navigate to, redirects among it.
    Page,
    /// What runs between pages and the network.
    ServiceWorker,
    /// A name that changes with its content.
    Fingerprinted,
    /// What describes the site as an app.
    Manifest,
    /// What search engines and feed readers ask for.
    Polled,
    /// A script, style or data whose name stays.
    Code,
    /// Any other file whose name stays.
    Other,
}

impl Kind {
    /// The kind of `key`, which is stored as `content_type`.
    pub fn of(
        key: &str,
        content_type: &str,
        is_page: bool,
        is_fingerprinted: impl FnOnce() -> bool,
    ) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let is_code = (essence.starts_with("text/") && essence != "text/plain")
            || essence.ends_with("+json")
            || CODE_TYPES.contains(&essence);
        if is_service_worker(key) {
            Self::ServiceWorker
        } else if is_page {
            Self::Page
        } else if is_fingerprinted() {
            Self::Fingerprinted
        } else if is_manifest(key) {
            Self::Manifest
        } else if is_polled(key) {
            Self::Polled
        } else if is_code {
            Self::Code
        } else {
            Self::Other
        }
    }

    /// Its Cache-Control.
    pub fn cache_control(self) -> &'static str {
        match self {
            Self::Page | Self::ServiceWorker | Self::Code => REVALIDATED,
            Self::Fingerprinted => IMMUTABLE,
            Self::Manifest | Self::Polled | Self::Other => SHORT,
        }
    }

    /// The same as a setting.
    pub fn setting(self) -> Setting {
        Setting::Text(Field::CacheControl, Some(self.cache_control().to_owned()))
    }

    /// Whether CACHE_CONTROL and EXPIRES are for it: they name what a site wants for files of which
    /// nothing else is known.
    pub fn yields_to_variables(self) -> bool {
        match self {
            Self::Page | Self::ServiceWorker | Self::Fingerprinted => false,
            Self::Manifest | Self::Polled | Self::Code | Self::Other => true,
        }
    }

    /// For what the preset takes it, with the reason for its Cache-Control.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Page => "a page (names the files of one version)",
            Self::ServiceWorker => "a service worker (decides which version visitors see)",
            Self::Fingerprinted => "a fingerprinted name (changes with the content)",
            Self::Manifest => "a web manifest (keeps its name when it changes)",
            Self::Polled => "a file that programs ask for (keeps its name when it changes)",
            Self::Code => "a script, style or data without a fingerprint (has to fit its page)",
            Self::Other => "a file without a fingerprint (keeps its name when it changes)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use crate::object::content_type::{content_type, is_page_type};

    #[test]
    fn every_file_has_its_kind() {
        for (key, kind) in [
            ("index.html", Kind::Page),
            ("sw.js", Kind::ServiceWorker),
            ("app/ngsw.json", Kind::ServiceWorker),
            ("push-sw.js", Kind::ServiceWorker),
            ("manifest.json", Kind::Manifest),
            ("site.webmanifest", Kind::Manifest),
            ("robots.txt", Kind::Polled),
            ("sitemap-0.xml.gz", Kind::Polled),
            ("blog/feed.xml", Kind::Polled),
            ("blog.atom", Kind::Polled),
            (".well-known/apple-app-site-association", Kind::Polled),
            ("app.js", Kind::Code),
            ("style.css", Kind::Code),
            ("data/posts.json", Kind::Code),
            ("mod.wasm", Kind::Code),
            ("logo.png", Kind::Other),
            ("font.woff2", Kind::Other),
            ("paper.pdf", Kind::Other),
            ("notes.txt", Kind::Other),
            ("LICENSE", Kind::Other),
        ] {
            let content_type = content_type(key);
            let found = Kind::of(key, &content_type, is_page_type(&content_type), || false);
            assert_eq!(found, kind, "{key}");
        }
    }

    #[test]
    fn a_service_worker_is_none_for_ever() {
        let found = Kind::of("sw.js", "text/javascript", false, || true);
        assert_eq!(found, Kind::ServiceWorker);
        let found = Kind::of("app.3f2a9c1b.js", "text/javascript", false, || true);
        assert_eq!(found, Kind::Fingerprinted);
    }

    #[test]
    fn only_what_a_fingerprint_names_is_kept_unasked() {
        let kinds = [
            Kind::Page,
            Kind::ServiceWorker,
            Kind::Manifest,
            Kind::Polled,
            Kind::Code,
            Kind::Other,
        ];
        for kind in kinds {
            let value = kind.cache_control();
            assert!(
                value.contains("no-cache") || value.contains("must-revalidate"),
                "{kind:?}"
            );
        }
        assert!(Kind::Fingerprinted.cache_control().ends_with("immutable"));
    }
}
