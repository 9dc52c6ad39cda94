//! A name in the parts in which bundlers make it: folder, tokens, type of file.

use crate::base::has_word;

use super::digest::{
    Form, Grade, SHORT_LENGTH, base32, base36, base64, before_width, crockford, hex,
};

/// Where .NET keeps what its start page loads.
pub(super) const BLAZOR_FOLDER: &str = "_framework";

/// What stands before a digest that is the whole name.
pub(super) const WHOLE: char = '\0';

/// Folders into which bundlers put pictures and fonts.
const ASSET_FOLDERS: &str = "\
    assets _assets build css dist font fonts image images img media static svg";

/// Those among them that people hardly make themselves.
const BUILD_FOLDERS: &str = "assets _assets build dist media static";

/// Pictures that eleventy-img and Hugo write.
const PICTURES: &str = "avif bmp gif jpeg jpg png svg tif tiff webp";

/// Names that esbuild and Angular give to files of their own making.
const ESBUILD_STEMS: &[&str] = &["chunk", "main", "polyfills", "scripts", "styles", "worker"];

/// Names that people give to what they have bundled.
const ENTRY_STEMS: &[&str] = &["app", "bundle", "entry", "index"];

/// The name that Bun gives to files of its own making.
const BUN_STEM: &str = "chunk";

/// Where Remix has esbuild put what it makes.
const REMIX_FOLDER: &str = "_assets";

/// The name that Vite gives to what the page of a site loads first: `index-DiwrgTda.js`.
const VITE_STEM: &str = "index";

/// What stands behind the name of the file that it belongs to, or that it is a compressed copy of.
const COMPANIONS: &[&str] = &[".br", ".gz", ".zst", ".map", ".LICENSE.txt"];

/// What kind of file a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Scripts, styles and what they load: nobody but a program names these.
    Code,
    /// What .NET loads besides.
    Blazor,
    /// Other files that bundlers name, among many that people name.
    Media,
    Other,
}

impl Kind {
    /// Of files with this `extension`, in lower case.
    fn of(extension: &str) -> Self {
        match extension {
            "cjs" | "css" | "js" | "mjs" | "wasm" => Self::Code,
            "dat" | "dll" | "pdb" | "symbols" => Self::Blazor,
            "aac" | "avif" | "bmp" | "cur" | "eot" | "flac" | "gif" | "glb" | "gltf" | "ico"
            | "jpeg" | "jpg" | "json" | "jxl" | "m4a" | "mp3" | "mp4" | "ogg" | "ogv" | "opus"
            | "otf" | "png" | "svg" | "tif" | "tiff" | "ttf" | "wav" | "webm" | "webmanifest"
            | "webp" | "woff" | "woff2" => Self::Media,
            _ => Self::Other,
        }
    }
}

/// A token of a name that could be a digest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suspect {
    pub(super) form: Form,
    pub(super) grade: Grade,
    /// What stands before it; [`WHOLE`] if nothing does.
    pub(super) separator: char,
}

/// A key in the parts that matter here.
pub(super) struct Name<'a> {
    /// Without the slash at its end.
    pub(super) folder: &'a str,
    pub(super) kind: Kind,
    /// Without extension.
    stem: &'a str,
    /// In small letters.
    extension: String,
}

impl<'a> Name<'a> {
    /// `None` for a name without extension, and for one that ends in a UUID, which names a thing
    /// and not its content: the picture of a user keeps its name when it changes.
    pub(super) fn parse(key: &'a str) -> Option<Self> {
        let (folder, mut name) = key.rsplit_once('/').unwrap_or(("", key));
        while let Some(shorter) = COMPANIONS.iter().find_map(|end| name.strip_suffix(end)) {
            name = shorter;
        }
        let (stem, extension) = name.rsplit_once('.')?;
        if stem.is_empty() || ends_with_uuid(stem) {
            return None;
        }
        let extension = extension.to_ascii_lowercase();
        Some(Self {
            folder,
            kind: Kind::of(&extension),
            stem,
            extension,
        })
    }

    /// The tokens of the name that could be digests.
    pub(super) fn suspects(&self) -> impl Iterator<Item = Suspect> + '_ {
        let mut tokens = self.stem.split('.');
        let first = tokens.next().unwrap_or_default();
        let whole = hex(first)
            .filter(|(form, grade)| matches!(form, Form::Hex(16..)) && *grade >= Grade::Likely)
            .or_else(|| before_width(first).filter(|_| self.is_picture()))
            .map(|found| (found, WHOLE));
        let joined = self.stem.split('.').flat_map(behind_joint);
        let apart = tokens.flat_map(|token| {
            let found = [hex(token), base64(token), base36(token)];
            found.into_iter().flatten().map(|found| (found, '.'))
        });
        let found = whole.into_iter().chain(joined).chain(apart);
        found.map(|((form, grade), separator)| Suspect {
            form,
            grade,
            separator,
        })
    }

    /// Whether a digest is believed whatever else the deploy has.
    pub(super) fn is_believed_alone(&self, suspect: Suspect) -> bool {
        let Suspect {
            form,
            grade,
            separator,
        } = suspect;
        let sure = grade == Grade::Sure;
        let in_assets = self.parent() == "assets";
        match (self.kind, form) {
            (Kind::Other, Form::Hex(32)) => {
                // Docusaurus.
                let is_there = self.folder.ends_with("assets/files") && separator == '-';
                is_there && grade >= Grade::Likely
            }
            (Kind::Other, _) => false,
            (_, Form::Base36) if self.is_in_framework() => grade >= Grade::Likely,
            (Kind::Code, Form::Crockford) => {
                grade >= Grade::Likely && (self.is_of(&[BUN_STEM]) || self.is_of(ENTRY_STEMS))
            }
            (Kind::Code, Form::Base64) if in_assets && separator == '-' => {
                grade >= Grade::Probable || self.is_of(&[VITE_STEM])
            }
            (Kind::Code, Form::Base32) => {
                self.is_of(ESBUILD_STEMS)
                    || (grade >= Grade::Likely && self.is_of(ENTRY_STEMS))
                    || self.parent() == REMIX_FOLDER
            }
            (Kind::Code, _) | (Kind::Media, Form::Width) => sure,
            (Kind::Media, Form::Base64) => sure && in_assets,
            (Kind::Media, Form::Base32) => sure && self.parent() == "media",
            (Kind::Media, Form::Hex(length)) => sure && self.is_bundled_picture(length, separator),
            (Kind::Blazor | Kind::Media, _) => false,
        }
    }

    /// `static/<MD5>/photo.jpg`.
    /// <https://www.gatsbyjs.com/docs/how-to/previews-deploys-hosting/caching/>
    pub(super) fn is_of_gatsby(&self) -> bool {
        let mut parts = folders(self.folder).skip_while(|part| *part != "static");
        let digest = parts.nth(1).and_then(hex);
        digest.is_some_and(|(form, grade)| form == Form::Hex(32) && grade >= Grade::Likely)
    }

    /// `photo_hu_1f2e3d4c5b6a7988.webp`, `photo_hu<MD5>_90587_100x50_resize_q75_box.jpg`.
    /// <https://gohugo.io/content-management/image-processing/>
    pub(super) fn is_of_hugo(&self) -> bool {
        const DIGEST_LENGTH_MIN: usize = 15;
        let mut marks = self.stem.match_indices("_hu");
        self.is_picture()
            && marks.any(|(at, mark)| {
                let rest = self.stem.get(at + mark.len()..).unwrap_or_default();
                let rest = rest.strip_prefix('_').unwrap_or(rest);
                let digest = rest.split('_').next().unwrap_or_default();
                digest.len() >= DIGEST_LENGTH_MIN
                    && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
                    && digest.bytes().any(|byte| byte.is_ascii_digit())
            })
    }

    fn is_picture(&self) -> bool {
        has_word(PICTURES, &self.extension)
    }

    fn parent(&self) -> &str {
        self.folder.rsplit('/').next().unwrap_or_default()
    }

    fn is_in_framework(&self) -> bool {
        folders(self.folder).any(|part| part == BLAZOR_FOLDER)
    }

    /// Whether bundlers, and hardly anybody else, name a picture by a digest of so many digits here.
    fn is_bundled_picture(&self, length: usize, separator: char) -> bool {
        let in_assets = has_word(ASSET_FOLDERS, self.parent());
        match (length, separator) {
            // As webpack and Rspack write it. Data is named by its id.
            (16 | 20, WHOLE) => self.extension != "json" && (in_assets || self.folder.is_empty()),
            // The names of Gravatar's pictures are MD5s too, of addresses.
            (_, WHOLE) => false,
            // Metro keeps the folders of its sources.
            (32.., '.') => folders(self.folder).any(|part| has_word(BUILD_FOLDERS, part)),
            (32.., _) => {
                in_assets && folders(self.folder).any(|part| has_word(BUILD_FOLDERS, part))
            }
            // As webpack, Rspack and Parcel write it.
            (16 | 20, '.') => true,
            (8, '.') if self.folder.is_empty() => true,
            (_, '.') => in_assets,
            // Pictures of Unsplash: `photo-1506744038136-46273834b3fb.jpg`.
            (12, _) => false,
            _ => has_word(BUILD_FOLDERS, self.parent()),
        }
    }

    /// Whether it is one of `stems` that stands before the digest.
    fn is_of(&self, stems: &[&str]) -> bool {
        let stem = self.stem.split_once('-').map(|(stem, _)| stem);
        stem.is_some_and(|stem| stems.contains(&stem))
    }
}

/// The names of the folders on the way to `folder`, and its own.
pub(super) fn folders(folder: &str) -> impl Iterator<Item = &str> {
    folder.split('/').filter(|part| !part.is_empty())
}

/// What could be digests at the end of `token`, with what stands before them.
fn behind_joint(token: &str) -> impl Iterator<Item = ((Form, Grade), char)> {
    // wasm-bindgen adds to the name that Trunk gives.
    let token = token.strip_suffix("_bg").unwrap_or(token);
    let split = |at: usize| {
        let (before, digest) = token.split_at_checked(at)?;
        let joint = before.chars().next_back()?;
        (before.len() > 1 && matches!(joint, '-' | '_' | '~')).then_some((digest, joint))
    };
    let last = token.rfind(['-', '_', '~']).and_then(|at| split(at + 1));
    let hex = last.and_then(|(digest, joint)| Some((hex(digest)?, joint)));
    // A short digest may itself hold `-` and `_`: its place is counted from the end.
    let short = token.len().checked_sub(SHORT_LENGTH).and_then(split);
    let short = short.filter(|(_, joint)| *joint == '-').map(|(digest, _)| {
        [base64(digest), base32(digest), crockford(digest)]
            .into_iter()
            .flatten()
            .map(|found| (found, '-'))
    });
    hex.into_iter().chain(short.into_iter().flatten())
}

fn ends_with_uuid(stem: &str) -> bool {
    let start = stem.len().checked_sub(36);
    let uuid = start.and_then(|at| stem.get(at..)).unwrap_or_default();
    let lengths = uuid.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && uuid
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
