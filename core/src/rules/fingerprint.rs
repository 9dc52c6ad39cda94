//! Whether a name carries a fingerprint of the content, so that other content has another name.
//!
//! Such an object never changes and may be cached for ever. To miss a fingerprint costs a visitor a
//! request; to see one where there is none keeps an old file in browsers for a year. So names count
//! as fingerprinted only when they look like what a bundler writes and unlike words, dates, versions
//! and numbers.

/// Folders whose whole content is fingerprinted, whatever the names: Next.js and SvelteKit serve
/// them as immutable themselves.
/// <https://nextjs.org/docs/app/guides/self-hosting>, <https://svelte.dev/docs/kit/adapter-static>
const IMMUTABLE_FOLDERS: &[&str] = &["_next/static/", "_app/immutable/"];

/// Lengths of the digests that stand alone as a name: xxHash64, webpack's default, MD5, SHA-1,
/// SHA-256 and SHA-512. Not 24, which is a MongoDB id.
const WHOLE_NAME_LENGTHS: &[usize] = &[16, 20, 32, 40, 64, 128];

/// Fewest and most characters of a hexadecimal fingerprint.
const HEX_LENGTHS: std::ops::RangeInclusive<usize> = 8..=128;

/// Characters of the fingerprints that Rollup (Vite, Astro, Nuxt) and esbuild (Angular) write.
const SHORT_LENGTH: usize = 8;

/// Whether the object `key` has a fingerprint in its name.
#[must_use]
pub fn is_fingerprinted(key: &str) -> bool {
    let in_folder = |folder: &str| {
        key.match_indices(folder)
            .any(|(at, _)| at == 0 || key.as_bytes().get(at - 1) == Some(&b'/'))
    };
    if IMMUTABLE_FOLDERS.iter().any(|folder| in_folder(folder)) {
        return true;
    }
    let name = key.rsplit('/').next().unwrap_or_default();
    let Some((stem, _extension)) = name.split_once('.').and_then(|_| name.rsplit_once('.')) else {
        return false;
    };
    if ends_with_uuid(stem) {
        return false;
    }
    let mut tokens = stem.split('.');
    let first = tokens.next().unwrap_or_default();
    let whole_name = WHOLE_NAME_LENGTHS.contains(&first.len()) && is_hex(first);
    whole_name
        || ends_with_digest(first)
        || tokens.any(|token| is_digest(token) || ends_with_digest(token))
}

/// Whether a digest stands behind a separator in `token`.
fn ends_with_digest(token: &str) -> bool {
    let hex = token
        .rfind(['-', '_', '~'])
        .and_then(|at| token.get(at + 1..))
        .is_some_and(is_hex);
    // A short digest may itself hold `-` and `_`: its place is counted from the end.
    let start = token.len().checked_sub(SHORT_LENGTH);
    let parts = start.and_then(|at| Some((token.get(..at)?, token.get(at..)?)));
    let short = parts.is_some_and(|(before, digest)| {
        before.len() > 1 && before.ends_with(['-', '_']) && is_short(digest)
    });
    hex || short
}

fn is_digest(token: &str) -> bool {
    is_hex(token) || (token.len() == SHORT_LENGTH && is_short(token))
}

/// Lower-case hexadecimal with both digits and letters, that is no word with a number and no date
/// with a letter.
fn is_hex(token: &str) -> bool {
    let is_hex_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    HEX_LENGTHS.contains(&token.len())
        && token.bytes().all(is_hex_digit)
        && token.bytes().any(|byte| byte.is_ascii_digit())
        && token.bytes().any(|byte| byte.is_ascii_lowercase())
        && !is_word_and_number(token)
        && !(token.len() < 16 && begins_with_date(token))
}

/// Whether eight characters are a short digest: base64url as Rollup writes it, or base32 in upper
/// case as esbuild does.
fn is_short(token: &str) -> bool {
    let has = |test: fn(&u8) -> bool| token.bytes().any(|byte| test(&byte));
    let (upper, lower) = (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase));
    let in_alphabet = if lower {
        token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    } else {
        token
            .bytes()
            .all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
    };
    let trailing_digits = token.bytes().rev().take_while(u8::is_ascii_digit).count();
    if !in_alphabet || !upper || trailing_digits >= 3 {
        return false;
    }
    let pieces = pieces(token);
    let numbers = pieces
        .iter()
        .filter(|piece| piece.starts_with(|first: char| first.is_ascii_digit()));
    // `WIN32API` has one number; upper case has no other boundary within words.
    let scattered = pieces.len() >= 5 || (!lower && numbers.count() >= 2);
    scattered || pieces.iter().any(|piece| !is_pronounceable(piece))
}

/// `token` cut where a word could end: at digits, separators, and between `a` and `B`.
fn pieces(token: &str) -> Vec<&str> {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let bytes = token.as_bytes();
    let mut pieces = Vec::new();
    let mut start = 0;
    for (index, pair) in bytes.windows(2).enumerate() {
        let &[left, right] = pair else { continue };
        // `Ab` is one piece: a capital begins a word.
        let capital = kind(left) == 2 && kind(right) == 1;
        if kind(left) != kind(right) && !(capital && index == start) {
            // In `ABc` the word begins at `B`.
            let end = if capital { index } else { index + 1 };
            pieces.extend(token.get(start..end));
            start = end;
        }
    }
    pieces.extend(token.get(start..));
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Pairs of consonants with which English words, and names of code, begin.
const BEGINNINGS: &[&str] = &[
    "bl", "br", "ch", "cl", "cr", "cz", "dr", "dw", "fl", "fr", "gh", "gl", "gn", "gr", "kn", "kr",
    "kl", "ph", "pl", "pr", "ps", "qu", "rh", "sc", "sh", "sk", "sl", "sm", "sn", "sp", "sq", "st",
    "sv", "sw", "th", "tr", "ts", "tw", "vl", "wh", "wr", "zh",
];

/// Abbreviations that nobody pronounces.
const ABBREVIATIONS: &[&str] = &[
    "btn", "cdn", "cjs", "cpp", "css", "csv", "dom", "ftp", "gif", "gpu", "grpc", "gtm", "html",
    "http", "https", "img", "jpg", "jpeg", "json", "ltr", "mjs", "mp3", "mp4", "msg", "nav", "nfc",
    "pdf", "php", "png", "psd", "pwa", "rss", "rtl", "sdk", "sms", "spa", "sql", "src", "ssg",
    "ssl", "ssr", "svg", "tls", "tmp", "txt", "udp", "url", "usb", "utf", "vpn", "webgl", "wifi",
    "wss", "xhr", "xml", "xss", "yml",
];

/// Whether `piece` could be a word or an abbreviation. Up to two letters always could.
fn is_pronounceable(piece: &str) -> bool {
    let word = piece.to_ascii_lowercase();
    let is_vowel = |byte: &u8| matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let is_letters = word.bytes().all(|byte| byte.is_ascii_lowercase());
    if word.len() <= 2 || !is_letters || ABBREVIATIONS.contains(&word.as_str()) {
        return true;
    }
    let begins = word.bytes().take(2).any(|byte| is_vowel(&byte))
        || word.get(..2).is_some_and(|pair| BEGINNINGS.contains(&pair));
    let mut consonants = 0;
    let mut consonants_max = 0;
    for byte in word.bytes() {
        consonants = if is_vowel(&byte) { 0 } else { consonants + 1 };
        consonants_max = consonants_max.max(consonants);
    }
    let lonely_q = word.contains('q') && !word.contains("qu");
    // "Diwrg" and "Tda" are no words; "lengths" is one, but a rare one.
    begins && !lonely_q && word.bytes().any(|byte| is_vowel(&byte)) && consonants_max <= 3
}

/// `decade90`, `cafe2024`: a word that is spelt in a to f, and a number.
fn is_word_and_number(token: &str) -> bool {
    let pieces = pieces(token);
    pieces.len() <= 2
        && pieces.iter().any(|piece| {
            piece.len() >= 4
                && is_pronounceable(piece)
                && !piece.starts_with(|first: char| first.is_ascii_digit())
        })
}

/// `20240131…`.
fn begins_with_date(token: &str) -> bool {
    let digits = token.get(..8).unwrap_or_default();
    let number = |range| {
        digits
            .get(range)
            .and_then(|text: &str| text.parse::<u32>().ok())
    };
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(number(0..4), Some(1900..=2199))
        && matches!(number(4..6), Some(1..=12))
        && matches!(number(6..8), Some(1..=31))
}

/// A UUID names a thing, not its content: the picture of a user keeps its name when it changes.
fn ends_with_uuid(stem: &str) -> bool {
    let start = stem.len().checked_sub(36);
    let uuid = start.and_then(|at| stem.get(at..)).unwrap_or_default();
    let lengths = uuid.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && uuid
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::is_fingerprinted;

    /// Names that bundlers wrote.
    const FINGERPRINTED: &[&str] = &[
        // Vite 5 and later, Rollup 4: base64url.
        "assets/index-DiwrgTda.css",
        "assets/index-BqUfHkzx.js",
        "assets/index-C7mB_x2Q.js",
        "assets/vendor-B_x-3kQz.js",
        "assets/react-CHdo91hT.svg",
        "assets/logo-D0nvdbfT.png",
        "assets/index-n_ryQ3BS.css",
        "assets/AboutView-DI4aLbRw.js",
        // Vite 2 to 4: hexadecimal.
        "assets/index.3f2a9c1b.js",
        "assets/index-3f2a9c1b.js",
        "assets/vendor.a5d8e0f2.css",
        // VitePress: another token behind it.
        "assets/guide_index.md.B3kQz0xY.lean.js",
        "assets/app.CzLh7r4s.js",
        // Astro and Nuxt.
        "_astro/hoisted.BcxLK9xY.js",
        "_nuxt/entry.DmXnMBnY.css",
        // webpack, Create React App, Vue CLI, Gatsby, Docusaurus, Ember.
        "static/js/main.073c9b0a.js",
        "static/js/main.073c9b0a.js.map",
        "static/js/787.28cb0dcd.chunk.js",
        "static/js/2.3f2a9c1b.chunk.js.LICENSE.txt",
        "static/media/logo.6ce24c58023cc2f8fd88fe9d219db6c6.svg",
        "6ce24c58023cc2f8fd88.png",
        "js/chunk-vendors.5c2c5f1f.js",
        "app-2c1f6fae4ac9ccda8cdc.js",
        "component---src-pages-404-js-f18d8a3ac3f8c7bc7c6e.js",
        "assets/js/935f2afb.1ffe5d6f.js",
        "assets/css/styles.d7d7c9c3.css",
        "assets/vendor-9b1d03ae5f6a7b8c9d0e1f2a3b4c5d6e.js",
        "app_3f2a9c1b.js",
        // Next.js: by folder.
        "_next/static/2Vq1-BvI0Xo8bXcT9kQ3f/_buildManifest.js",
        "_next/static/chunks/main-app-9a1c0e0d5b9f4f0e.js",
        "docs/_next/static/css/3f2a9c1b0d4e5f6a.css",
        "_next/static/media/e4af272ccee01ff0-s.p.woff2",
        // SvelteKit: by folder.
        "_app/immutable/entry/start.Cx1yz2.js",
        "_app/immutable/nodes/0.DwbrgTdb.js",
        // Angular: esbuild since 17, webpack before.
        "main-5QIBF3Y7.js",
        "chunk-FKRUXJCA.js",
        "polyfills-RX4V3J3S.js",
        "styles-EHB3M7LT.css",
        "media/roboto-latin-400-ZB6QYVXG.woff2",
        "main-es2015.0f3b1c2d4e5f60718293.js",
        "runtime.a1b2c3d4e5f60718.js",
        // esbuild.
        "app-5Q6KEJJC.js",
        // Hugo: SHA-256, MD5.
        "css/main.min.2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae.css",
        "js/bundle.d41d8cd98f00b204e9800998ecf8427e.js",
        // Parcel.
        "index.a1b2c3d4.js",
        "index.0c9b5e1f.css",
        "logo.3ea1c0de.svg",
        // Rails, Django.
        "assets/application-2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae.js",
        "static/base.27e20196a850.css",
        "app.3f2a9c1b.js",
    ];

    /// Names that only look so.
    const ORDINARY: &[&str] = &[
        "index.html",
        "app.js",
        "style.css",
        "bootstrap.bundle.js",
        "bootstrap.bundle.min.js",
        "jquery-3.7.1.min.js",
        "font-awesome-4.7.0.min.css",
        "lib-v1.2.3-beta.4.js",
        "vue.global.prod.js",
        "main.chunk.js",
        "vendors~main.chunk.js",
        "service-worker.js",
        "robots.txt",
        "favicon-32x32.png",
        "apple-touch-icon-120x120.png",
        "photo-1024x768.jpg",
        "roboto-v20-latin-regular.woff2",
        "inter-latin-400-normal.woff2",
        // Words of eight letters, and names as programmers write them.
        "page-settings.js",
        "page-Settings.js",
        "page-SETTINGS.js",
        "README-CHANGES.md",
        "index-Controls.css",
        "ui-MyButton.js",
        "ui-UIWidget.js",
        "jquery-DatePick.js",
        "fonts-Cyrillic.woff2",
        "foo-ie11-css.js",
        "my-html5css.js",
        "lib-WIN32API.js",
        "lang-zhHansCN.json",
        "messages-zh-Hans-CN.json",
        "os-Windows7.png",
        "book-Chapter1.html",
        "book-chapter1.html",
        "notes-Version2.txt",
        "phone-iPhone12.png",
        "clip-H264High.mp4",
        "song-MP3Files.zip",
        // Dates, times and numbers.
        "report-20240131.pdf",
        "report-20240131a.pdf",
        "2024-01-31.json",
        "backup-20240131T120000Z.json",
        "IMG_20240131_123456.jpg",
        "vacation-IMG_2031.jpg",
        "camera-DSC_0042.jpg",
        "invoice-12345678.pdf",
        "1700000000000.json",
        "event.17000000000000001.json",
        // Words spelt in a to f.
        "decade90.js",
        "the-decade90.html",
        "the-facade01.js",
        "deadbeef.js",
        "cafebabe.png",
        // Ids: they name a thing, not its content.
        "uploads/550e8400-e29b-41d4-a716-44665544000a.jpg",
        "avatar-550e8400-e29b-41d4-a716-44665544000a.jpg",
        "507f1f77bcf86cd799439011.jpg",
        "a1b2c3d4.js",
        // No extension: an id, or a key of an API.
        "api/users/3f2a9c1b",
        "commit-3f2a9c1b",
        // Folders that only resemble.
        "my_next/static/app.js",
        "_next/data/build/page.json",
        "_app/version.json",
        "_nuxt/builds/latest.json",
        "short-3f2a9c1.js",
        ".htaccess",
        "",
    ];

    #[test]
    fn names_of_bundlers_are_recognised() {
        let missed: Vec<_> = FINGERPRINTED
            .iter()
            .filter(|key| !is_fingerprinted(key))
            .collect();
        assert!(missed.is_empty(), "{missed:?}");
    }

    #[test]
    fn names_that_only_look_hashed_are_not() {
        let mistaken: Vec<_> = ORDINARY
            .iter()
            .filter(|key| is_fingerprinted(key))
            .collect();
        assert!(mistaken.is_empty(), "{mistaken:?}");
    }
}
