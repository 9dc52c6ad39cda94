//! What a file is to a site, by its name: what others ask for under a name that stays.

/// Names of service workers that the usual generators write (Workbox, Angular, Next, Vite PWA), and
/// of what they read to learn of a new version.
/// A worker that runs before its pages are there would keep the old pages under the new version.
const SERVICE_WORKERS: &[&str] = &[
    "sw.js",
    "sw.mjs",
    "service-worker.js",
    "serviceworker.js",
    "service_worker.js",
    "ngsw-worker.js",
    "ngsw.json",
    "firebase-messaging-sw.js",
    "OneSignalSDKWorker.js",
    "workbox-sw.js",
];

/// Ends of names that service workers are given where a site has several.
const SERVICE_WORKER_ENDS: &[&str] = &["-sw.js", ".sw.js", "-service-worker.js"];

/// Names of web manifests.
const MANIFESTS: &[&str] = &["manifest.json", "site.webmanifest", "manifest.webmanifest"];

/// Names of feeds that are no `.rss` or `.atom`.
const FEEDS: &[&str] = &["feed.xml", "feed.json", "rss.xml", "atom.xml"];

/// How the names of other feeds end.
const FEED_ENDS: &[&str] = &[".rss", ".atom"];

/// Folder of files that other programs look for.
/// <https://www.rfc-editor.org/rfc/rfc8615>
const WELL_KNOWN_FOLDER: &str = ".well-known";

/// Whether browsers run `key` between a page and the network, or ask it for the latest version.
pub fn is_service_worker(key: &str) -> bool {
    let name = name(key);
    SERVICE_WORKERS.contains(&name) || SERVICE_WORKER_ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether `key` describes a site as an app.
pub fn is_manifest(key: &str) -> bool {
    MANIFESTS.contains(&name(key))
}

/// Whether programs that are no browser ask for `key` again and again: search engines, readers of
/// feeds, operating systems.
pub fn is_polled(key: &str) -> bool {
    let name = name(key);
    let is_sitemap = name.starts_with("sitemap") && name.contains(".xml");
    let is_feed = FEEDS.contains(&name) || FEED_ENDS.iter().any(|end| name.ends_with(end));
    is_sitemap
        || is_feed
        || matches!(
            name,
            "robots.txt" | "ads.txt" | "app-ads.txt" | "humans.txt" | "llms.txt"
        )
        || is_well_known(key)
}

/// Whether `key` is one of the files that other programs look for, wherever the site begins.
pub fn is_well_known(key: &str) -> bool {
    let mut folders = key.split('/');
    folders.any(|folder| folder == WELL_KNOWN_FOLDER)
}

fn name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or_default()
}
