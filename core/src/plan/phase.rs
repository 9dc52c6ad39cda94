//! The order in which a site changes, so that no visitor meets a page that names what is not there.

use crate::base::words::words;
use crate::object::content_type;
use crate::object::content_type::is_page_type;
use crate::plan::compare::Reason;
use crate::rules::role::{is_manifest, is_service_worker};

words! {
    /// The phases in the order in which they run.
    ///
    /// Pages name assets, so assets come first. Pages name pages: a new page is not yet linked from any
    /// page that visitors know, and those may link to new ones, so new pages come first. Service workers
    /// fetch pages by themselves and come last. Then CloudFront forgets what was replaced, so that no cache
    /// holds an old page when its assets go. Deletions take pages before the assets they name.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Phase,
    /// The name that reports use.
    name {
        /// Everything that is no page and no entry point.
        Assets = "assets",
        /// Pages that the bucket does not have.
        NewPages = "new-pages",
        /// Pages that visitors know: those that replace older ones, and the root's `index.html`.
        KnownPages = "known-pages",
        /// Service workers, and web manifests that replace older ones.
        EntryPoints = "entry-points",
        /// CloudFront forgets what changed, and what is about to be deleted.
        Invalidation = "invalidation",
        /// Deletion of pages.
        StalePages = "stale-pages",
        /// Deletion of everything else.
        StaleAssets = "stale-assets",
    }
}

/// Where visitors begin, also on the day of the first deploy.
const ROOT_PAGE: &str = "index.html";

impl Phase {
    /// The phase that uploads `key` as `content_type`. What is a page by its name stays one whatever
    /// type it is sent with: others link to it all the same.
    pub fn of_upload(key: &str, content_type: &str, reason: Reason) -> Self {
        let is_new = reason == Reason::New;
        let is_page = is_page_type(content_type) || is_page_type(&content_type::content_type(key));
        // A manifest that is new is named by no page in the bucket yet: it comes like an asset.
        if is_service_worker(key) || (is_manifest(key) && !is_new) {
            Self::EntryPoints
        } else if !is_page {
            Self::Assets
        } else if is_new && key != ROOT_PAGE {
            Self::NewPages
        } else {
            Self::KnownPages
        }
    }

    /// The phase that deletes an object of this type.
    pub fn of_deletion(content_type: &str) -> Self {
        if is_page_type(content_type) {
            Self::StalePages
        } else {
            Self::StaleAssets
        }
    }

    /// Whether it puts what visitors ask for themselves, and what loads the rest.
    pub fn is_of_pages(self) -> bool {
        matches!(self, Self::NewPages | Self::KnownPages | Self::EntryPoints)
    }
}

#[cfg(test)]
mod tests {
    use super::Phase;
    use crate::object::content_type;
    use crate::plan::compare::Reason;

    #[test]
    fn what_names_others_comes_after_what_it_names() {
        for (key, reason, phase) in [
            ("app.3f2a.js", Reason::New, Phase::Assets),
            ("data.json", Reason::Content, Phase::Assets),
            ("index.html", Reason::Content, Phase::KnownPages),
            ("index.html", Reason::Unverifiable, Phase::KnownPages),
            ("index.html", Reason::New, Phase::KnownPages),
            ("blog/index.html", Reason::New, Phase::NewPages),
            ("blog/new.htm", Reason::New, Phase::NewPages),
            ("page.xhtml", Reason::Size, Phase::KnownPages),
            ("sw.js", Reason::New, Phase::EntryPoints),
            ("app/ngsw.json", Reason::Content, Phase::EntryPoints),
            ("site.webmanifest", Reason::New, Phase::Assets),
            ("site.webmanifest", Reason::Size, Phase::EntryPoints),
        ] {
            assert_eq!(
                Phase::of_upload(key, &content_type::content_type(key), reason),
                phase,
                "{key} {reason:?}"
            );
        }
    }

    #[test]
    fn a_page_is_one_by_its_name_or_by_its_type() {
        for (key, content_type, phase) in [
            ("a.html", "binary/octet-stream", Phase::NewPages),
            ("about", "text/html", Phase::NewPages),
            ("about", "text/plain", Phase::Assets),
        ] {
            let found = Phase::of_upload(key, content_type, Reason::New);
            assert_eq!(found, phase, "{key} {content_type}");
        }
    }

    #[test]
    fn all_is_in_order() {
        assert!(Phase::ALL.is_sorted());
    }
}
