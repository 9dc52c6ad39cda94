//! Names that bundlers wrote, digests drawn at random in the forms of each, and ordinary names, with
//! how many of them may be taken for the other kind.

use super::Fingerprints;

mod forms;
mod ordinary;

/// Fewest names in a thousand that have to be recognised.
const RECOGNISED_MIN: usize = 990;

/// The same in a deploy of twenty files.
const RECOGNISED_IN_SMALL_MIN: usize = 970;

/// What each bundler wrote for a site of a few hundred random modules.
const SAMPLES: &[(&str, &str)] = &[
    ("Astro 5", include_str!("samples/astro.txt")),
    ("Bun 1", include_str!("samples/bun.txt")),
    ("eleventy-img 6", include_str!("samples/eleventy.txt")),
    ("esbuild 0", include_str!("samples/esbuild.txt")),
    ("Next 15 with Turbopack", include_str!("samples/next.txt")),
    ("Nuxt 3", include_str!("samples/nuxt.txt")),
    ("Parcel 2", include_str!("samples/parcel.txt")),
    ("Rolldown 1", include_str!("samples/rolldown.txt")),
    ("Rollup 4", include_str!("samples/rollup.txt")),
    ("Rspack 2", include_str!("samples/rspack.txt")),
    ("Vite 8", include_str!("samples/vite.txt")),
    ("webpack 5", include_str!("samples/webpack.txt")),
];

/// Names of other makers, each a deploy of its own.
const ALONE: &[&str] = &[
    // Vite 5 and later, Rollup 4: base64url.
    "assets/index-BqUfHkzx.js",
    "assets/index-DiwrgTda.css",
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
    // Astro and Nuxt: by folder.
    "_astro/hoisted.BcxLK9xY.js",
    "_astro/penguin.DqYwpLIm_Z1kYn2F.webp",
    "_nuxt/entry.DmXnMBnY.css",
    "_nuxt/DlAUqK2U.js",
    // webpack, Create React App, Vue CLI, Gatsby, Docusaurus, Ember.
    "static/js/main.073c9b0a.js",
    "static/js/main.073c9b0a.js.map",
    "static/js/787.28cb0dcd.chunk.js",
    "static/js/2.3f2a9c1b.chunk.js.LICENSE.txt",
    "static/media/logo.6ce24c58023cc2f8fd88fe9d219db6c6.svg",
    "6ce24c58023cc2f8fd88.png",
    "js/chunk-vendors.5c2c5f1f.js",
    "img/logo.82b9c7a5.png",
    "app-2c1f6fae4ac9ccda8cdc.js",
    "component---src-pages-404-js-f18d8a3ac3f8c7bc7c6e.js",
    "static/d41d8cd98f00b204e9800998ecf8427e/3f2a9/photo.jpg",
    "static/6ce24c58023cc2f8fd88fe9d219db6c6/logo.svg",
    "assets/js/935f2afb.1ffe5d6f.js",
    "assets/files/report-6ce24c58023cc2f8fd88fe9d219db6c6.pdf",
    "assets/css/styles.d7d7c9c3.css",
    "assets/vendor-9b1d03ae5f6afb8c0d0e1f2a3b4c5d6e.js",
    "app_3f2a9c1b.js",
    // Next.js: by folder.
    "_next/static/2Vq1-BvI0Xo8bXcT9kQ3f/_buildManifest.js",
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
    "media/roboto-latin-400-ZB6QYV4G.woff2",
    "main-es2015.0f3b1c2d4e5f60718293.js",
    "runtime.a1b2c3d4e5f60718.js",
    // esbuild.
    "app-5Q6KEJJC.js",
    // .NET, also compressed.
    "_framework/dotnet.native.8ccbxd3h0v.wasm",
    "_framework/System.Runtime.dyj7dsbvv9.wasm.br",
    "css/app.s7vvbo3d29.css",
    // Trunk.
    "trunk-example-61548d88d76db941_bg.wasm",
    "index-597d90855083f957.css",
    // Hugo: SHA-256, MD5, and what it makes of pictures.
    "css/main.min.2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae.css",
    "js/bundle.d41d8cd98f00b204e9800998ecf8427e.js",
    "post/sunset_hu59e56ffff1bc1d8d122b1403d34e039f_90587_100x50_resize_q75_box.jpg",
    "post/sunset_hu_5b3ed2d8b7e4f5ac.webp",
    "post/sunset_hu15210517121918042184.jpg",
    "index-WIN32A7I.js",
    "build/_assets/vendor-ABCDEFGH.js",
    // Bun.
    "chunk-w0x1y2z3.js",
    "index-t0gyr8b3.css",
    // Parcel, webpack and Rspack, pictures beside their scripts.
    "index.d97cc573.png",
    "images/logo.73c8a4709a5beadc084a.svg",
    "logo.99ae5b7f4ff54db0.svg",
    // Rsbuild.
    "static/image/logo.9f8e7d6c.png",
    "static/svg/icon.9f8e7d6c.svg",
    "static/font/inter.9f8e7d6c.woff2",
    // Expo: by folder, for one MD5 in eleven looks like a UUID.
    "_expo/static/js/web/entry-0f1e2d3c4b5a69788796a5b4c3d2e1f0.js",
    "assets/node_modules/x/logo.0678b076b59225b9d76a81a36a4403a3.png",
    // mdBook, rustdoc.
    "searcher-c2a407aa.js",
    "static.files/rustdoc-b7b9f40b.css",
    // Rails, Django.
    "assets/application-2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae.js",
    "assets/logo-2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae.png",
    "static/base.27e20196a850.css",
];

/// Names that only look so, each a deploy of its own.
const ORDINARY: &[&str] = &[
    "",
    ".htaccess",
    "index.html",
    "app.js",
    "bootstrap.bundle.min.js",
    "jquery-3.7.1.min.js",
    "font-awesome-4.7.0.min.css",
    "lib-v1.2.3-beta.4.js",
    "vendors~main.chunk.js",
    "remoteEntry.js",
    "favicon-32x32.png",
    "photo-1024x768.jpg",
    "roboto-v20-latin-regular.woff2",
    "figtree-normal-400-latin.woff2",
    // Words as long as a digest, and names as programmers write them.
    "docs/Summer_Workshop.pdf",
    "img/RIS-Workflow.png",
    "img/gallery-Lightbox.css",
    "icons/icon-Watchdog.svg",
    "page-settings.js",
    "page-Settings.js",
    "page-SETTINGS.js",
    "README-CHANGES.md",
    "assets/index-Controls.css",
    "assets/ui-MyButton.js",
    "ui-UIWidget.js",
    "assets/jquery-DatePick.js",
    "fonts-Cyrillic.woff2",
    "foo-ie11-css.js",
    "my-html5css.js",
    "lib-WIN32API.js",
    "lang-zhHansCN.json",
    "messages-zh-Hans-CN.json",
    "os-Windows7.png",
    "book-Chapter1.html",
    "notes-Version2.txt",
    "phone-iPhone12.png",
    "song-MP3Files.zip",
    "assets/readme-how-to-build.js",
    // Dates, times and numbers.
    "report-20240131.pdf",
    "assets/app.20240131.js",
    "assets/app-31012024.js",
    "2024-01-31.json",
    "backup-20240131T120000Z.json",
    "IMG_20240131_123456.jpg",
    "img/IMG_20240131_123456-600.jpg",
    "camera-DSC_0042.jpg",
    "invoice-12345678.pdf",
    "1700000000000.json",
    "event.17000000000000001.json",
    "fonts/RedHatText-20240608.woff2",
    // Words spelt in a to f.
    "the-decade90.html",
    "the-facade01.js",
    "assets/runtime-deadbeef.js",
    // Ids: they name a thing, not its content.
    "uploads/550e8400-e29b-41d4-a716-44665544000a.jpg",
    "avatar-550e8400-e29b-41d4-a716-44665544000a.jpg",
    "assets/550e8400e29b41d4a71644665544000a.png",
    "507f1f77bcf86cd799439011.jpg",
    "uploads/avatar-507f1f77bcf86cd799439011.jpg",
    "uploads/user_5f3d8c1e4b8e4f0e9b1b2f6f.png",
    "avatars/205e460b479e2e5b48aec07710c28d50.jpg",
    "img/avatar-205e460b479e2e5b48aec07710c28d50.jpg",
    "products/brake-XR7T2BQ4.jpg",
    "a1b2c3d4.js",
    "assets/photo-1506744038136-46273834b3fb.jpg",
    "assets/858169f3fac12276.json",
    "data-858169f3fac12276.json",
    // No extension: an id, or a key of an API.
    "api/users/3f2a9c1b",
    "commit-3f2a9c1b",
    // Folders that only resemble.
    "my_next/static/app.js",
    "_next/data/build/page.json",
    "_app/version.json",
    "_nuxt/builds/latest.json",
    "short-3f2a9c1.js",
];

/// The names of `keys` of which `has` says that they are, in one deploy.
fn recognised<'a>(keys: &[&'a str]) -> Vec<&'a str> {
    let fingerprints = Fingerprints::of(keys.iter().copied());
    let recognised = keys.iter().copied().filter(|key| fingerprints.has(key));
    recognised.collect()
}

fn lines(text: &str) -> Vec<&str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.collect()
}

#[test]
fn names_are_recognised_alone() {
    let missed: Vec<_> = ALONE
        .iter()
        .filter(|key| recognised(&[key]).is_empty())
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn names_that_only_look_hashed_are_not() {
    let mistaken: Vec<_> = ORDINARY
        .iter()
        .filter(|key| !recognised(&[key]).is_empty())
        .collect();
    assert!(mistaken.is_empty(), "{mistaken:?}");
    assert_eq!(recognised(ORDINARY), [""; 0]);
}

#[test]
fn what_bundlers_wrote_is_recognised() {
    for (bundler, sample) in SAMPLES {
        let keys = lines(sample);
        let found = recognised(&keys).len();
        assert!(keys.len() >= 150, "{bundler}");
        assert!(
            found * 1000 >= keys.len() * RECOGNISED_MIN,
            "{bundler}: {found} of {}",
            keys.len()
        );
    }
}

#[test]
fn random_digests_are_recognised() {
    for (form, make) in forms::ALL {
        let mut random = forms::Random::new(form);
        let keys: Vec<String> = (0..1000).map(|_| make(&mut random)).collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        let found = recognised(&keys).len();
        assert!(found >= RECOGNISED_MIN, "{form}: {found} of {}", keys.len());
    }
}

/// Forms that look like part numbers need others beside them, and many deploys are small.
#[test]
fn random_digests_are_recognised_in_small_deploys() {
    for (form, make) in forms::ALL {
        let mut random = forms::Random::new(form);
        let keys: Vec<String> = (0..1000).map(|_| make(&mut random)).collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        let found: usize = keys.chunks(20).map(|keys| recognised(keys).len()).sum();
        assert!(
            found >= RECOGNISED_IN_SMALL_MIN,
            "{form}: {found} of {}",
            keys.len()
        );
    }
}

#[test]
fn ordinary_names_are_not_recognised() {
    let keys = ordinary::names(30_000);
    let together: Vec<_> = keys.iter().map(String::as_str).collect();
    let mistaken = recognised(&together);
    let alone = together
        .iter()
        .filter(|key| !recognised(&[key]).is_empty())
        .count();
    assert!(mistaken.len() * 1000 <= keys.len(), "{mistaken:?}");
    assert!(alone * 1000 <= keys.len(), "{alone}");
    assert_eq!(
        recognised(&lines(include_str!("samples/files.txt"))),
        [""; 0]
    );
}

/// A deploy of Vite with pictures of the site's own in the same folder.
#[test]
fn ordinary_pictures_beside_those_of_a_bundler_are_not_recognised() {
    let own = [
        "assets/icon-facebook.svg",
        "assets/icon-MyButton.svg",
        "assets/hotel-San-Remo.jpg",
        "assets/photo-12345678.jpg",
        "assets/vacation-IMG_2031.jpg",
        "assets/brake-xr7t20b4.jpg",
        "assets/team-Portland.png",
    ];
    let vite = lines(
        SAMPLES
            .iter()
            .find(|(name, _)| *name == "Vite 8")
            .unwrap()
            .1,
    );
    let scripts = vite.iter().copied().filter(|key| !key.contains(".png"));
    let all: Vec<_> = scripts.chain(own).collect();
    let recognised = recognised(&all);
    let mistaken: Vec<_> = own.iter().filter(|key| recognised.contains(key)).collect();
    assert!(mistaken.is_empty(), "{mistaken:?}");
    assert!(recognised.len() * 1000 >= (all.len() - own.len()) * RECOGNISED_MIN);
}
