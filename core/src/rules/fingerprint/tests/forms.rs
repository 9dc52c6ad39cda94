//! The names that bundlers write, with digests drawn at random. Each form from the maker's source
//! or documentation, or from what it wrote.

const HEX: &str = "0123456789abcdef";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const CROCKFORD: &str = "0123456789abcdefghjkmnpqrstvwxyz";
const BASE36: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const STEMS: &[&str] = &[
    "index",
    "about",
    "settings",
    "user-list",
    "AboutView",
    "vendor",
    "react",
    "main",
    "login",
    "chart",
    "order_form",
    "DatePicker",
    "editor",
    "404",
    "lib2",
];

/// The types of file in which most bundlers write digests.
const TYPES: &[&str] = &["js", "js", "js", "css", "js.map", "svg", "png", "woff2"];

/// Scripts and styles alone.
const CODE: &[&str] = &["js", "js", "css", "js.map"];

/// xorshift64*: the same names in every run.
pub(super) struct Random(u64);

impl Random {
    /// A source of its own for each `name`.
    pub(super) fn new(name: &str) -> Self {
        let seed = name.bytes().fold(0x9E37_79B9_7F4A_7C15, |seed: u64, byte| {
            (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self(seed | 1)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(mixed).unwrap() % end
    }

    pub(super) fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    pub(super) fn text(&mut self, alphabet: &str, length: usize) -> String {
        let one = |random: &mut Self| char::from(alphabet.as_bytes()[random.below(alphabet.len())]);
        (0..length).map(|_| one(self)).collect()
    }

    fn named(
        &mut self,
        folder: &str,
        separator: &str,
        digest: (&str, usize),
        types: &[&str],
    ) -> String {
        let (stem, digest) = (self.of(STEMS), self.text(digest.0, digest.1));
        format!("{folder}{stem}{separator}{digest}.{}", self.of(types))
    }
}

type Make = fn(&mut Random) -> String;

/// Every form, with how a name in it is made.
pub(super) const ALL: &[(&str, Make)] = &[
    ("Vite", |random| {
        random.named("assets/", "-", (BASE64, 8), TYPES)
    }),
    ("Vite, a folder for scripts", |random| {
        random.named("assets/js/", "-", (BASE64, 8), &["js"])
    }),
    ("Vite 4", |random| {
        random.named("assets/", "-", (HEX, 8), CODE)
    }),
    ("VitePress", |random| {
        random.named("assets/", ".md.", (BASE64, 8), &["js", "lean.js"])
    }),
    ("Rollup", |random| {
        random.named("chunks/", "-", (BASE64, 8), CODE)
    }),
    ("Rolldown", |random| {
        random.named("", "-", (BASE64, 8), CODE)
    }),
    ("webpack", |random| random.named("", ".", (HEX, 20), TYPES)),
    ("webpack, assets", |random| {
        format!("{}.png", random.text(HEX, 20))
    }),
    ("Create React App", |random| {
        random.named("static/js/", ".", (HEX, 8), &["chunk.js", "js"])
    }),
    ("Create React App, media", |random| {
        random.named("static/media/", ".", (HEX, 20), &["svg", "png"])
    }),
    ("Vue CLI", |random| {
        let chunk = random.text(HEX, 8);
        format!("js/chunk-{chunk}.{}.js", random.text(HEX, 8))
    }),
    ("Vue CLI, pictures", |random| {
        random.named("img/", ".", (HEX, 8), &["png", "svg"])
    }),
    ("Rspack", |random| random.named("", ".", (HEX, 16), TYPES)),
    ("Rspack, assets", |random| {
        format!("{}.png", random.text(HEX, 16))
    }),
    ("Rsbuild", |random| {
        random.named("static/js/async/", ".", (HEX, 10), CODE)
    }),
    ("Turbopack", |random| {
        format!("_next/static/chunks/{}.js", random.text(HEX, 16))
    }),
    ("Next", |random| {
        random.named("_next/static/chunks/", "-", (HEX, 16), CODE)
    }),
    ("Nuxt", |random| {
        format!("_nuxt/{}.js", random.text(BASE64, 8))
    }),
    ("Nuxt, styles", |random| {
        random.named("_nuxt/", ".", (BASE64, 8), &["css"])
    }),
    ("Astro", |random| {
        random.named("_astro/", ".", (BASE64, 8), CODE)
    }),
    ("Astro, pictures", |random| {
        let hash = random.text(BASE62, 6);
        random
            .named("_astro/", ".", (BASE64, 8), &["webp", "avif"])
            .replace(".webp", &format!("_{hash}.webp"))
    }),
    ("SvelteKit", |random| {
        format!("_app/immutable/chunks/{}.js", random.text(BASE64, 8))
    }),
    ("Angular", |random| {
        let stem = random.of(&["chunk", "chunk", "main", "polyfills", "styles", "lazy-page"]);
        format!("{stem}-{}.js", random.text(BASE32, 8))
    }),
    ("Angular, media", |random| {
        random.named("media/", "-", (BASE32, 8), &["woff2", "png"])
    }),
    ("Gatsby", |random| random.named("", "-", (HEX, 20), CODE)),
    ("Gatsby, pictures", |random| {
        let file = random.text(HEX, 32);
        format!("static/{file}/{}/photo.jpg", random.text(HEX, 5))
    }),
    ("Gatsby, files", |random| {
        random.named("static/", "-", (HEX, 32), &["png", "svg"])
    }),
    ("Parcel", |random| random.named("", ".", (HEX, 8), TYPES)),
    ("esbuild", |random| {
        random.named("", "-", (BASE32, 8), TYPES)
    }),
    ("Bun", |random| random.named("", "-", (CROCKFORD, 8), TYPES)),
    ("Bun, chunks", |random| {
        format!("chunk-{}.js", random.text(CROCKFORD, 8))
    }),
    ("Blazor", |random| {
        random.named(
            "_framework/",
            ".",
            (BASE36, 10),
            &["wasm", "js", "wasm.br", "dat"],
        )
    }),
    ("Trunk", |random| {
        random.named("", "-", (HEX, 16), &["js", "css"])
    }),
    ("Trunk, modules", |random| {
        format!("{}-{}_bg.wasm", random.of(STEMS), random.text(HEX, 16))
    }),
    ("Hugo", |random| {
        random.named("css/", ".min.", (HEX, 64), &["css"])
    }),
    ("Hugo, pictures", |random| {
        random.named("posts/a/", "_hu_", (HEX, 16), &["webp", "jpg"])
    }),
    ("Hugo, pictures before 0.123", |random| {
        let hash = random.text(HEX, 32);
        format!("posts/sunset_hu{hash}_90587_100x50_resize_q75_box.jpg")
    }),
    ("eleventy-img", |random| {
        format!(
            "img/{}-{}.webp",
            random.text(BASE64, 10),
            random.of(&["300", "600", "1200"])
        )
    }),
    ("Rails", |random| {
        random.named("assets/", "-", (HEX, 64), TYPES)
    }),
    ("Propshaft", |random| {
        random.named("assets/", "-", (HEX, 8), TYPES)
    }),
    ("Django", |random| {
        random.named("static/img/", ".", (HEX, 12), &["png", "css", "svg"])
    }),
    ("Docusaurus", |random| {
        let chunk = random.text(HEX, 8);
        format!("assets/js/{chunk}.{}.js", random.text(HEX, 8))
    }),
    ("Docusaurus, files", |random| {
        random.named("assets/files/", "-", (HEX, 32), &["pdf"])
    }),
    ("Ember", |random| {
        random.named("assets/", "-", (HEX, 32), CODE)
    }),
    ("Remix", |random| {
        random.named("build/_assets/", "-", (BASE32, 8), CODE)
    }),
    ("Qwik", |random| {
        format!("build/q-{}.js", random.text(BASE64, 8))
    }),
    ("Expo", |random| {
        format!("_expo/static/js/web/entry-{}.js", random.text(HEX, 32))
    }),
    ("MkDocs Material", |random| {
        format!("assets/stylesheets/main.{}.min.css", random.text(HEX, 8))
    }),
];
