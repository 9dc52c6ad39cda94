//! What a file is to a site, by its name: what others ask for under a name that stays.

use crate::base::has_word;

/// How the names of service workers end, without case and without `.js`: those that the usual
/// generators write (Workbox, Next, Vite PWA, Flutter, Blazor with what its worker reads to learn of a new
/// version, Firebase, OneSignal), and people.
/// A worker that runs before its pages are there would keep the old pages under the new version.
const SERVICE_WORKERS: &str = "\
    sw serviceworker service-worker service_worker service-worker.published \
    service-worker-assets onesignalsdkworker onesignalsdkupdaterworker";

/// How the names of scripts begin that pages load to register one.
const REGISTRATIONS: &[&str] = &["register", "unregister"];

/// Angular's service workers, and what they read to learn of a new version.
/// <https://angular.dev/ecosystem/service-workers/devops>
const ANGULAR_WORKERS: &str = "ngsw-worker.js ngsw.json safety-worker.js worker-basic.min.js";

/// How names of web manifests end.
const MANIFESTS: &[&str] = &["manifest.json", ".webmanifest"];

/// Names of feeds that are no `.rss` or `.atom`. Hugo writes `index.xml` for every section.
const FEEDS: &str = "feed.xml feed.json rss.xml atom.xml index.xml podcast.xml appcast.xml";

/// How the names of other feeds end.
const FEED_ENDS: &[&str] = &[".rss", ".atom"];

/// Other files that programs ask a site for.
const ASKED_FOR: &str = "\
    ads.txt app-ads.txt browserconfig.xml humans.txt llms-full.txt llms.txt opensearch.xml \
    robots.txt security.txt sellers.json";

/// Folder of files that other programs look for.
/// <https://www.rfc-editor.org/rfc/rfc8615>
const WELL_KNOWN_FOLDER: &str = ".well-known";

/// Whether browsers run `key` between a page and the network, or ask it for the latest version.
pub fn is_service_worker(key: &str) -> bool {
    let name = name(key);
    if has_word(ANGULAR_WORKERS, name) {
        return true;
    }
    let script = name.strip_suffix(".js").or(name.strip_suffix(".mjs"));
    let Some(script) = script.map(str::to_ascii_lowercase) else {
        return false;
    };
    let script = script.strip_suffix(".min").unwrap_or(&script);
    let is_worker = |end: &str| {
        script.strip_suffix(end).is_some_and(|before| {
            // `mockServiceWorker`, but not `answ`.
            before.is_empty() || before.ends_with(['-', '.', '_']) || end == "serviceworker"
        })
    };
    SERVICE_WORKERS.split_whitespace().any(is_worker)
        && !REGISTRATIONS.iter().any(|begin| script.starts_with(begin))
}

/// Whether `key` describes a site as an app.
pub fn is_manifest(key: &str) -> bool {
    let name = name(key);
    let is_whole = |end: &str| end.starts_with('.') || name == end;
    MANIFESTS
        .iter()
        .any(|end| name.ends_with(end) && is_whole(end))
}

/// Whether programs that are no browser ask for `key` again and again: search engines, readers of
/// feeds, operating systems.
pub fn is_polled(key: &str) -> bool {
    let name = name(key);
    let is_sitemap =
        name.contains("sitemap") && [".xml", ".txt"].iter().any(|end| name.contains(end));
    let is_feed = has_word(FEEDS, name) || FEED_ENDS.iter().any(|end| name.ends_with(end));
    is_sitemap || is_feed || has_word(ASKED_FOR, name) || is_well_known(key)
}

/// Whether `key` is one of the files that other programs look for, wherever the site begins.
pub fn is_well_known(key: &str) -> bool {
    let mut folders = key.split('/');
    folders.any(|folder| folder == WELL_KNOWN_FOLDER)
}

fn name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{is_manifest, is_polled, is_service_worker};

    #[test]
    fn service_workers_of_all_makers_are_known() {
        for key in [
            "sw.js",
            "sw.mjs",
            "sw.min.js",
            "app/service-worker.js",
            "serviceWorker.js",
            "service_worker.js",
            "ngsw-worker.js",
            "ngsw.json",
            "safety-worker.js",
            "worker-basic.min.js",
            "flutter_service_worker.js",
            "service-worker-assets.js",
            "firebase-messaging-sw.js",
            "OneSignalSDKWorker.js",
            "OneSignalSDKUpdaterWorker.js",
            "OneSignalSDK.sw.js",
            "workbox-v7.1.0/workbox-sw.js",
            "pwabuilder-sw.js",
            "mockServiceWorker.js",
            "coi-serviceworker.min.js",
        ] {
            assert!(is_service_worker(key), "{key}");
        }
        // Pages load these.
        for key in [
            "registerSW.js",
            "register-sw.js",
            "registerServiceWorker.js",
            "unregister-service-worker.js",
            "assets/service-worker-registration-BKd2K1sW.js",
            "answ.js",
            "sw.css",
            "sw.js.map",
            "docs/sw.html",
            "sw.3f2a9c1b.js",
        ] {
            assert!(!is_service_worker(key), "{key}");
        }
    }

    #[test]
    fn manifests_and_what_programs_ask_for_are_known() {
        for key in ["manifest.json", "site.webmanifest", "de/app.webmanifest"] {
            assert!(is_manifest(key), "{key}");
        }
        for key in [
            "asset-manifest.json",
            "manifest.xml",
            "manifest.3f2a9c1b.json",
        ] {
            assert!(!is_manifest(key), "{key}");
        }
        for key in [
            "sitemap_index.xml",
            "post-sitemap1.xml",
            "sitemap.txt",
            "sitemap.xml.gz",
            "index.xml",
            "blog/index.rss",
            "security.txt",
            ".well-known/assetlinks.json",
        ] {
            assert!(is_polled(key), "{key}");
        }
        for key in ["sitemap.html", "data.xml", "notes.txt", "version.json"] {
            assert!(!is_polled(key), "{key}");
        }
    }
}
