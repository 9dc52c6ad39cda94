//! Ordinary names: words, surnames, places, dates, codes, part numbers and ids, in the folders and
//! with the extensions that fingerprinted files have too.

use super::forms::Random;
use super::lines;

const WORDS: &str = include_str!("../samples/words.txt");

const NAMES: &[&str] = &[
    "Anderson",
    "Campbell",
    "DeLaCruz",
    "Fitzgerald",
    "Hernandez",
    "Hoffmann",
    "Johnson",
    "Kowalski",
    "MacDonald",
    "Martinez",
    "McCarthy",
    "Mitchell",
    "Nakamura",
    "OBrien",
    "Peterson",
    "Phillips",
    "Robinson",
    "Schwartz",
    "Sullivan",
    "Thompson",
    "VanDyke",
    "Wisniewski",
    "Yamamoto",
    "Zimmermann",
];

const PLACES: &[&str] = &[
    "Auckland",
    "Barcelona",
    "Brisbane",
    "Brussels",
    "Budapest",
    "Hamburg",
    "Helsinki",
    "HongKong",
    "Istanbul",
    "KualaLumpur",
    "LosAngeles",
    "NewYork",
    "Portland",
    "Santiago",
    "SaoPaulo",
    "StLouis",
    "Stockholm",
    "Stuttgart",
    "Warszawa",
    "Wroclaw",
];

/// A letter stands for a letter, a digit for a digit.
const CODES: &[&str] = &[
    "AA0000",
    "AAA00000",
    "A00AA000",
    "AA0A00A0",
    "0000AA00",
    "AA-00000",
    "A0000-00",
    "AAA0AAA0",
    "AA00AA00",
    "00A000A0",
    "A000A00A",
    "aa00aa00",
    "a00aa000",
    "IMG_0000",
    "DSC00000",
    "DSC_0000",
    "IMG_20240131_000000",
    "PXL_20240131_000000000",
    "9780000000000",
    "v0.00.0",
    "0000x0000",
    "000w",
    "00000000",
    "0000000000",
    "20240131T000000Z",
];

const FOLDERS: &[&str] = &[
    "",
    "docs/",
    "img/",
    "downloads/",
    "uploads/",
    "assets/",
    "static/",
    "assets/js/",
    "js/",
    "css/",
    "images/",
    "media/",
    "files/",
    "fonts/",
    "static/media/",
    "assets/images/",
    "blog/2024/",
    "products/",
    "build/",
    "dist/",
];

const STEMS: &[&str] = &[
    "index", "app", "page", "logo", "icon", "photo", "report", "invoice", "readme", "style",
    "jquery", "lib", "ui", "user", "avatar", "product", "vendor", "README", "IMG",
];

const TYPES: &[&str] = &[
    "js", "css", "png", "jpg", "svg", "pdf", "json", "woff2", "zip", "html", "txt", "js.map",
    "mp4", "webp", "xml", "docx", "csv", "wasm", "mjs", "gif",
];

/// `count` different names, the same in every run.
pub(super) fn names(count: usize) -> Vec<String> {
    let words: Vec<&str> = lines(WORDS)
        .into_iter()
        .flat_map(str::split_whitespace)
        .collect();
    let mut random = Random::new("ordinary");
    let mut names = std::collections::BTreeSet::new();
    while names.len() < count {
        let (folder, extension) = (random.of(FOLDERS), random.of(TYPES));
        let token = token(&mut random, &words);
        let stem = if random.below(2) == 0 {
            random.of(STEMS)
        } else {
            random.of(&words)
        };
        let separator = random.of(&["-", "-", "_", "_", ".", " "]);
        names.insert(match random.below(10) {
            0 | 1 => format!("{folder}{token}.{extension}"),
            2..8 => format!("{folder}{stem}{separator}{token}.{extension}"),
            _ => format!(
                "{folder}{stem}-{}{separator}{token}.{extension}",
                random.of(&words)
            ),
        });
    }
    names.into_iter().collect()
}

fn token(random: &mut Random, words: &[&str]) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    };
    let word = random.of(words);
    match random.below(32) {
        0..8 => word.to_owned(),
        8..14 => capital(word),
        14..17 => word.to_uppercase(),
        17 => capital(word) + &capital(random.of(words)),
        18 => word.to_owned() + &capital(random.of(words)),
        19 => format!("{word}-{}", random.of(words)),
        20 => format!("{}{}", capital(word), random.below(2100)),
        21 => random.of(NAMES).to_owned(),
        22 => random.of(PLACES).to_owned(),
        23 => date(random),
        24..29 => code(random),
        29 => uuid(random),
        // MongoDB ids, and the first digits of a commit.
        30 => random.text("0123456789abcdef", 24),
        _ => random.text("0123456789abcdef", 7),
    }
}

fn date(random: &mut Random) -> String {
    let (year, month, day) = (
        1990 + random.below(50),
        1 + random.below(12),
        1 + random.below(28),
    );
    match random.below(3) {
        0 => format!("{year}{month:02}{day:02}"),
        1 => format!("{day:02}{month:02}{year}"),
        _ => format!("{year}-{month:02}-{day:02}"),
    }
}

fn code(random: &mut Random) -> String {
    let pattern = random.of(CODES);
    let letters = ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"];
    let mut one = |place: char| match place {
        'A' => random.text(letters[0], 1),
        'a' => random.text(letters[1], 1),
        '0' => random.text("0123456789", 1),
        other => other.to_string(),
    };
    pattern.chars().map(&mut one).collect()
}

/// With hyphens or without.
fn uuid(random: &mut Random) -> String {
    let hex = "0123456789abcdef";
    let parts = [
        random.text(hex, 8),
        random.text(hex, 4),
        format!("4{}", random.text(hex, 3)),
        format!(
            "{}{}",
            random.of(&["8", "9", "a", "b"]),
            random.text(hex, 3)
        ),
        random.text(hex, 12),
    ];
    parts.join(if random.below(2) == 0 { "-" } else { "" })
}
