//! Files that are compressed copies of others, by their names: `app.js.br` stands for `app.js`, and a
//! browser that gets it needs the type of the one and the encoding of the other. An archive to be
//! downloaded is none.

use super::{essence, is_text_type};
use crate::base::has_word;

/// A name that promises a compressed copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy<'a> {
    /// The name of what it is a copy of.
    pub original: &'a str,
    /// Its Content-Encoding.
    pub coding: &'static str,
    /// What has to hold for it to be one.
    pub proof: Proof,
}

/// What makes a file the copy that its name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing more: Brotli has no mark to know it by, and nothing else has such names.
    Name,
    /// Bytes that begin as the coding does.
    Bytes(&'static [u8]),
    /// Those, and the original beside it.
    BytesAndOriginal(&'static [u8]),
}

/// How gzip begins. <https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1>
const GZIP: &[u8] = b"\x1F\x8B\x08";

/// How Zstandard begins. <https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1>
const ZSTD: &[u8] = b"\x28\xB5\x2F\xFD";

/// What pages load, and what nobody offers compressed to be downloaded.
const LOADED: &str = "cjs css htm html js mjs svg wasm xhtml";

/// What tools for sites compress besides, and others offer as downloads.
const COMPRESSED: &str = "atom bmp eot ico json map otf rss ttf webmanifest xml";

/// What readers expect to have been compressed, and decompress by its Content-Encoding alone: images,
/// and vector tiles, which map libraries do not decompress themselves.
const COMPRESSED_ITSELF: &str = "mvt pbf svgz";

/// What Unity's loader asks for compressed, in the folder that Unity makes.
/// <https://docs.unity3d.com/Manual/webgl-deploying.html>
const UNITY: &str = "data json mem";

/// The copy that the name of `key` promises.
pub fn copy_of(key: &str) -> Option<Copy<'_>> {
    let (original, ending) = key.rsplit_once('.')?;
    let is_of = |known: &str, ending: &str| has_word(known, &ending.to_ascii_lowercase());
    if is_of(COMPRESSED_ITSELF, ending) {
        return Some(Copy {
            original: key,
            coding: "gzip",
            proof: Proof::Bytes(GZIP),
        });
    }
    let (folder, name) = original.rsplit_once('/').unwrap_or(("", original));
    let (stem, inner) = name.rsplit_once('.')?;
    if stem.is_empty() {
        return None;
    }
    let is_unity = folder.rsplit('/').next() == Some("Build") && is_of(UNITY, inner);
    let is_loaded = is_of(LOADED, inner) || is_unity;
    // Search engines take these as they are.
    let is_sitemap = name.starts_with("sitemap");
    // Nobody offers these in Brotli to be downloaded.
    let is_text = ending == "br" && is_text_type(essence(original));
    let is_compressed = (is_of(COMPRESSED, inner) || is_text) && !is_sitemap;
    if !is_loaded && !is_compressed {
        return None;
    }
    let (coding, proof) = match ending {
        "br" => ("br", Proof::Name),
        "gz" if is_loaded => ("gzip", Proof::Bytes(GZIP)),
        "gz" => ("gzip", Proof::BytesAndOriginal(GZIP)),
        "zst" => ("zstd", Proof::BytesAndOriginal(ZSTD)),
        _ => return None,
    };
    Some(Copy {
        original,
        coding,
        proof,
    })
}

impl Copy<'_> {
    /// Whether a file that begins with `head` is the copy.
    pub fn is_proved(&self, head: &[u8], has_original: bool) -> bool {
        match self.proof {
            Proof::Name => true,
            Proof::Bytes(mark) => head.starts_with(mark),
            Proof::BytesAndOriginal(mark) => has_original && head.starts_with(mark),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::copy_of;

    #[test]
    fn copies_and_downloads_are_told_apart() {
        let gzip = b"\x1F\x8B\x08\0";
        for (key, bytes, beside, coding) in [
            ("app.js.br", &b"\x0B"[..], false, Some("br")),
            ("_framework/a.wasm.br", b"\x0B", false, Some("br")),
            ("app.js.gz", gzip, false, Some("gzip")),
            ("app.js.gz", b"alert(1)", true, None),
            ("data.json.gz", gzip, true, Some("gzip")),
            ("data.json.gz", gzip, false, None),
            ("app.js.zst", b"\x28\xB5\x2F\xFD", true, Some("zstd")),
            ("app.js.zst", b"\x28\xB5\x2F\xFD", false, None),
            ("logo.svgz", gzip, false, Some("gzip")),
            ("logo.svgz", b"<svg/>", false, None),
            ("Build/game.data.gz", gzip, false, Some("gzip")),
            ("tiles/1/2/3.pbf", gzip, false, Some("gzip")),
            ("planet.osm.pbf", b"\0\0\0\r", false, None),
            ("robots.txt.br", b"\x0B", false, Some("br")),
            ("train.data.gz", gzip, true, None),
            ("x.tar.gz", gzip, true, None),
            ("x.tar.br", b"\x0B", true, None),
            ("dump.sql.gz", gzip, true, None),
            ("words.txt.gz", gzip, true, None),
            ("sitemap.xml.gz", gzip, true, None),
            ("x.gz", gzip, true, None),
            (".js.gz", gzip, true, None),
            ("app.js", gzip, true, None),
        ] {
            let copy = copy_of(key).filter(|copy| copy.is_proved(bytes, beside));
            assert_eq!(copy.map(|copy| copy.coding), coding, "{key}");
        }
    }
}
