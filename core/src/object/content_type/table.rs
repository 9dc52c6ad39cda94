//! Types that `mime_guess` lacks, has outdated, or gives a type that browsers do not expect.
//! Each from <https://www.iana.org/assignments/media-types> or the format's own specification.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Types, and the extensions that have them.
pub(super) const TYPES: &[(&str, &str)] = &[
    ("application/appinstaller", "appinstaller"),
    ("application/appx", "appx"),
    ("application/appxbundle", "appxbundle"),
    ("application/graphql", "gql graphql"),
    ("application/gzip", "tgz"),
    ("application/json", "map topojson"),
    // <https://jsonlines.org>
    ("application/jsonl", "jsonl"),
    // <https://learn.microsoft.com/windows/msix/app-installer/web-install-iis>
    ("application/msix", "msix"),
    ("application/msixbundle", "msixbundle"),
    // IANA does not know of Android App Bundles, `aab`.
    ("application/octet-stream", "aab ipa key pub"),
    ("application/pkix-cert", "cer"),
    ("application/rdf+xml", "owl"),
    ("application/sql", "sql"),
    ("application/toml", "toml"),
    ("application/ttml+xml", "ttml"),
    ("application/vnd.amazon.mobi8-ebook", "azw3"),
    ("application/vnd.apache.arrow.file", "arrow"),
    // <https://www.rfc-editor.org/rfc/rfc8216#section-4>
    ("application/vnd.apple.mpegurl", "m3u8"),
    ("application/vnd.apple.numbers", "numbers"),
    ("application/vnd.apple.pages", "pages"),
    ("application/vnd.autodesk.fbx", "fbx"),
    ("application/vnd.comicbook+zip", "cbz"),
    ("application/vnd.comicbook-rar", "cbr"),
    ("application/vnd.debian.binary-package", "deb"),
    ("application/vnd.mapbox-vector-tile", "mvt"),
    ("application/vnd.ms-cab-compressed", "cab"),
    ("application/vnd.pmtiles", "pmtiles"),
    ("application/vnd.rar", "rar"),
    ("application/vnd.sqlite3", "sqlite sqlite3"),
    ("application/wsdl+xml", "wsdl"),
    // What iOS installs as a profile.
    ("application/x-apple-aspen-config", "mobileconfig"),
    ("application/x-bzip2", "tbz2"),
    ("application/x-ipynb+json", "ipynb"),
    ("application/x-ndjson", "ndjson"),
    ("application/x-protobuf", "pbf"),
    ("application/x-redhat-package-manager", "rpm"),
    ("application/x-xz", "txz"),
    ("application/xliff+xml", "xlf xliff"),
    ("application/xml", "xml xsd"),
    ("application/xml-dtd", "dtd"),
    ("application/xslt+xml", "xsl xslt"),
    ("application/yaml", "yaml yml"),
    ("application/zip+dotlottie", "lottie"),
    ("application/zstd", "zst"),
    ("audio/midi", "mid midi"),
    ("audio/mp4", "m4a m4b"),
    ("audio/mpegurl", "m3u"),
    ("font/otf", "otf"),
    ("font/woff", "woff"),
    ("image/aces", "exr"),
    ("image/ktx2", "ktx2"),
    ("image/vnd.adobe.photoshop", "psd"),
    ("image/vnd.dwg", "dwg"),
    ("image/vnd.dxf", "dxf"),
    ("image/vnd.microsoft.icon", "cur ico"),
    ("model/3mf", "3mf"),
    ("model/mtl", "mtl"),
    ("model/obj", "obj"),
    ("model/step", "step stp"),
    ("model/stl", "stl"),
    ("model/vnd.usda", "usda"),
    ("model/vnd.usdz+zip", "usdz"),
    // Modules that browsers and Node load as scripts.
    ("text/javascript", "cjs mjs"),
    // `mts` is TypeScript: what cameras write under this name is not what sites serve.
    (
        "text/plain",
        "bash cts frag glsl go kt md5 mts proto ps1 rb rs rst sha1 sha256 sha512 srt \
         swift tsx vert",
    ),
    ("text/vcard", "vcf"),
    ("text/wgsl", "wgsl"),
    ("text/x-bibtex", "bib"),
    ("text/x-diff", "diff patch"),
    ("text/x-java", "java"),
    ("video/iso.segment", "m4s"),
    // Segments of HLS, under which name players ask for them.
    ("video/mp2t", "m2ts ts"),
    ("video/mp4", "m4v"),
];

/// Types of files without extension that others look for, by the end of their keys.
/// <https://www.iana.org/assignments/well-known-uris>
const WELL_KNOWN: &[(&str, &str)] = &[
    ("application/jrd+json", ".well-known/webfinger"),
    // <https://developer.apple.com/documentation/xcode/supporting-associated-domains>, and FedCM takes
    // no other type for `web-identity`.
    (
        "application/json",
        "apple-app-site-association .well-known/http-opportunistic .well-known/jwt-vc-issuer \
         .well-known/matrix/client .well-known/matrix/server .well-known/matrix/support \
         .well-known/nodeinfo .well-known/oauth-authorization-server \
         .well-known/oauth-protected-resource .well-known/openid-configuration \
         .well-known/openid-credential-issuer .well-known/passkey-endpoints \
         .well-known/smart-configuration .well-known/ssf-configuration \
         .well-known/uma2-configuration .well-known/web-identity .well-known/webauthn",
    ),
    ("application/jwk-set+json", ".well-known/jwks"),
    ("application/linkset+json", ".well-known/api-catalog"),
    (
        "application/trafficadvice+json",
        ".well-known/traffic-advice",
    ),
    ("application/xrd+xml", ".well-known/host-meta"),
    (
        "text/plain",
        "apple-developer-merchantid-domain-association .well-known/atproto-did \
         .well-known/discord",
    ),
];

/// The type of each extension.
pub(super) static BY_EXTENSION: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| by_word(TYPES));

/// The type of each end of a key.
pub(super) static BY_END: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| by_word(WELL_KNOWN));

fn by_word(table: &[(&'static str, &'static str)]) -> HashMap<&'static str, &'static str> {
    let rows = table.iter();
    let words =
        rows.flat_map(|(essence, words)| words.split(' ').map(move |word| (word, *essence)));
    words.collect()
}
