//! What a token of a name may be the digest of, and how surely: by alphabet, length and how often
//! letters, cases and digits alternate. How a word sounds has no say.

/// The forms in which bundlers write digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// Lower-case hexadecimal of so many characters: webpack, Rspack, Turbopack, Parcel, Gatsby,
    /// Trunk, Hugo, Rails, Django.
    Hex(usize),
    /// Eight characters of base64url: Rollup, Rolldown, Vite, and what is built on them.
    /// <https://rollupjs.org/configuration-options/#output-hashcharacters>
    Base64,
    /// Eight characters of base32 in upper case: esbuild, Angular.
    /// <https://esbuild.github.io/api/#entry-names>
    Base32,
    /// Eight characters of Crockford's base32 in lower case: Bun.
    /// <https://bun.sh/docs/bundler#naming>
    Crockford,
    /// Ten characters of base 36: .NET's static web assets.
    /// <https://learn.microsoft.com/aspnet/core/blazor/fundamentals/static-files>
    Base36,
    /// Ten characters of base64url before a width: eleventy-img.
    /// <https://www.11ty.dev/docs/plugins/image/>
    Width,
}

/// How surely a token is a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// It could be a word, a number or both: only the company it keeps can tell.
    Plain,
    /// No word, but a name as programmers write it: `WIN32API`.
    Likely,
    /// No name either, unless of many short words: `myBoxApi`.
    Probable,
    /// Nobody names anything so.
    Sure,
}

/// Lengths of the digests that are written in hexadecimal: shortened ones, xxHash64, webpack's
/// default, MD5, SHA-1, SHA-256, SHA-384 and SHA-512. Not 24, which is a MongoDB id.
const HEX_LENGTHS: &[usize] = &[8, 10, 12, 16, 20, 32, 40, 64, 96, 128];

/// Length of the digests of Rollup, esbuild and Bun.
pub(super) const SHORT_LENGTH: usize = 8;

/// Length of the digests of .NET and eleventy-img.
const MIDDLE_LENGTH: usize = 10;

/// What characters a token has, and in how many pieces.
struct Shape {
    upper: bool,
    lower: bool,
    /// `-` or `_`.
    joint: bool,
    /// Runs of letters or digits, cut where a word could end: `aB`, `ABc` between `A` and `B`.
    pieces: usize,
    /// Runs of digits.
    numbers: usize,
}

impl Shape {
    fn of(token: &str) -> Self {
        let has = |test: fn(u8) -> bool| token.bytes().any(test);
        let runs = token.split(['-', '_']).map(pieces);
        Self {
            upper: has(|byte| byte.is_ascii_uppercase()),
            lower: has(|byte| byte.is_ascii_lowercase()),
            joint: has(|byte| matches!(byte, b'-' | b'_')),
            pieces: runs.sum(),
            numbers: token
                .split(|char: char| !char.is_ascii_digit())
                .filter(|run| !run.is_empty())
                .count(),
        }
    }

    fn has_digit(&self) -> bool {
        self.numbers > 0
    }
}

/// In how many pieces words, abbreviations and numbers make up `token`, which has no separators.
fn pieces(token: &str) -> usize {
    let bytes = token.as_bytes();
    let mut count = usize::from(!bytes.is_empty());
    let mut start = 0;
    for (index, pair) in bytes.windows(2).enumerate() {
        let &[left, right] = pair else { continue };
        let (digits, uppers) = (
            (left.is_ascii_digit(), right.is_ascii_digit()),
            (left.is_ascii_uppercase(), right.is_ascii_uppercase()),
        );
        // `Ab` is one piece: a capital begins a word. In `ABc` the word begins at `B`.
        let capital = uppers == (true, false) && digits == (false, false);
        let begins = digits.0 != digits.1 || (uppers.0 != uppers.1 && !(capital && index == start));
        if begins {
            count += 1;
            start = if capital { index } else { index + 1 };
        }
    }
    count
}

/// The shape of `token`, if it has one of these `lengths` and nothing but what `is_digit`.
fn shape(token: &str, lengths: &[usize], is_digit: fn(u8) -> bool) -> Option<Shape> {
    let could_be = lengths.contains(&token.len()) && token.bytes().all(is_digit);
    could_be.then(|| Shape::of(token))
}

/// A character of base64url.
fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// A hexadecimal digest.
pub(super) fn hex(token: &str) -> Option<(Form, Grade)> {
    let shape = shape(
        token,
        HEX_LENGTHS,
        |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    )?;
    let form = Form::Hex(token.len());
    let grade = match token.len() {
        // Words are spelt in a to f: `deadbeef`, `facade`.
        _ if !shape.has_digit() => return None,
        0..16 if is_of_date(token) => return None,
        0..16 if !shape.lower || is_word_and_number(token) => Grade::Plain,
        _ if !shape.lower => return None,
        32 if is_uuid(token) => Grade::Likely,
        _ => Grade::Sure,
    };
    Some((form, grade))
}

/// A UUID without its hyphens has its version and its variant at fixed places. One MD5 in eleven
/// has the like there.
/// <https://www.rfc-editor.org/rfc/rfc9562#section-4>
fn is_uuid(token: &str) -> bool {
    let at = |index| token.as_bytes().get(index).copied().unwrap_or_default();
    matches!(at(12), b'1'..=b'8') && matches!(at(16), b'8' | b'9' | b'a' | b'b')
}

/// `decade90`, `90decade`: a run of four letters or more, and a number.
fn is_word_and_number(token: &str) -> bool {
    let letters = token.bytes().filter(u8::is_ascii_lowercase).count();
    letters >= 4 && pieces(token) == 2
}

/// `20240131…`, `31012024`, `01312024`.
fn is_of_date(token: &str) -> bool {
    let number = |range: std::ops::Range<usize>| {
        let digits = token.get(range).unwrap_or_default();
        digits.parse::<u32>().unwrap_or_default()
    };
    let is_day = |month, day| (1..=12).contains(&month) && (1..=31).contains(&day);
    let year = 1900..=2199;
    let (first, second) = (number(0..2), number(2..4));
    let begins = year.contains(&number(0..4)) && is_day(number(4..6), number(6..8));
    begins || (year.contains(&number(4..8)) && (is_day(first, second) || is_day(second, first)))
}

/// A digest of Rollup.
pub(super) fn base64(token: &str) -> Option<(Form, Grade)> {
    let shape = shape(token, &[SHORT_LENGTH], is_base64)?;
    let both = shape.upper && shape.lower;
    let grade = match shape.pieces {
        4.. if both => Grade::Sure,
        3 if both && !shape.joint => Grade::Probable,
        3.. if shape.has_digit() || both => Grade::Likely,
        2 if both && token.starts_with(['-', '_']) => Grade::Likely,
        // `settings`, `Settings`, `SETTINGS`, `chapter1`.
        ..=1 if !shape.joint => return None,
        ..=2 if !shape.upper => return None,
        _ if !shape.upper && !shape.has_digit() => return None,
        _ => Grade::Plain,
    };
    Some((Form::Base64, grade))
}

/// A digest of esbuild.
pub(super) fn base32(token: &str) -> Option<(Form, Grade)> {
    let shape = shape(
        token,
        &[SHORT_LENGTH],
        |byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'),
    )?;
    let grade = match (shape.numbers, shape.pieces) {
        // `SETTINGS`, `CHAPTER2`; nothing but digits.
        (0, _) | (1, 2) => Grade::Plain,
        (1, 1) => return None,
        // `WIN32API`.
        (1, _) => Grade::Likely,
        _ => Grade::Sure,
    };
    Some((Form::Base32, grade))
}

/// A digest of Bun.
pub(super) fn crockford(token: &str) -> Option<(Form, Grade)> {
    let is_left_out = |letter| matches!(letter, 'i' | 'l' | 'o' | 'u');
    let grade = lower_case(token, SHORT_LENGTH)?;
    (!token.contains(is_left_out)).then_some((Form::Crockford, grade))
}

/// A digest of .NET.
pub(super) fn base36(token: &str) -> Option<(Form, Grade)> {
    Some((Form::Base36, lower_case(token, MIDDLE_LENGTH)?))
}

/// How surely a token of so many small letters and digits is a digest; none for digits alone.
fn lower_case(token: &str, length: usize) -> Option<Grade> {
    let shape = shape(
        token,
        &[length],
        |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z'),
    )?;
    match shape.pieces {
        _ if !shape.lower || is_of_date(token) => None,
        // `messages`, `chapter2`, `html5css`.
        ..3 => Some(Grade::Plain),
        3 | 4 => Some(Grade::Likely),
        _ => Some(Grade::Sure),
    }
}

/// A digest of eleventy-img.
pub(super) fn before_width(token: &str) -> Option<(Form, Grade)> {
    let (digest, width) = token.split_at_checked(MIDDLE_LENGTH)?;
    let width = width.strip_prefix('-')?;
    let shape = shape(digest, &[MIDDLE_LENGTH], is_base64)?;
    if !(1..=5).contains(&width.len()) || !width.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let grade = match shape.pieces {
        4.. if shape.upper && shape.lower => Grade::Sure,
        4.. if shape.has_digit() => Grade::Likely,
        2.. if shape.lower && (shape.upper || shape.has_digit()) => Grade::Likely,
        _ => return None,
    };
    Some((Form::Width, grade))
}
