//! The word that was meant by one that is not known. No tables here.

/// Most letters in which a word may differ from the one that was meant.
const LETTERS_MAX: usize = 2;

/// The one of `words` that differs from `word` in the fewest letters, up to two, and in less than a
/// third of its own. What is equally near to several is none of them.
pub fn by_letters<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = words.into_iter().filter_map(|known| {
        let distance = strsim::osa_distance(word, known);
        let is_near = distance <= LETTERS_MAX && distance * 3 < known.chars().count();
        is_near.then_some((distance, known))
    });
    let mut near: Vec<(usize, &str)> = near.collect();
    near.sort_unstable();
    match near.as_slice() {
        [(nearest, _), (next, _), ..] if nearest == next => None,
        near => near.first().map(|(_, known)| *known),
    }
}

/// The one of the `choices` that `word` abbreviates, spells in other capitals or misspells: `gz` is
/// `gzip`, `tf` is `terraform`.
pub fn choice<'a>(word: &str, choices: &[&'a str]) -> Option<&'a str> {
    let around = ['\'', '"', '`', '“', '”', '[', ']', ',', ';', ' '];
    let word = word.trim_matches(around).to_ascii_lowercase();
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut fitting = choices
            .iter()
            .filter(|choice| fits(&choice.to_ascii_lowercase()));
        fitting.next().filter(|_| fitting.next().is_none()).copied()
    };
    if word.is_empty() {
        return None;
    }
    only(&|choice| choice == word)
        .or_else(|| only(&|choice| choice.starts_with(&word)))
        .or_else(|| {
            let lower = choices.iter().map(|choice| choice.to_ascii_lowercase());
            let lower: Vec<String> = lower.collect();
            let near = by_letters(&word, lower.iter().map(String::as_str))?;
            only(&|choice| choice == near)
        })
        .or_else(|| only(&|choice| abbreviates(&word, choice)))
}

/// Whether all letters of `short` stand in `long` in their order, the first of both being the same.
fn abbreviates(short: &str, long: &str) -> bool {
    let mut letters = long.chars();
    short.chars().next() == long.chars().next()
        && short
            .chars()
            .all(|letter| letters.any(|other| other == letter))
}

#[cfg(test)]
mod tests {
    use super::{by_letters, choice};

    #[test]
    fn choices_are_known_by_their_abbreviations() {
        let codings = ["none", "gzip", "brotli"];
        let formats = ["cli", "json", "cloudformation", "terraform"];
        let classes = ["STANDARD", "STANDARD_IA", "GLACIER", "GLACIER_IR"];
        for (word, choices, expected) in [
            ("gz", &codings[..], Some("gzip")),
            ("br", &codings, Some("brotli")),
            ("GZIP", &codings, Some("gzip")),
            ("'gzip'", &codings, Some("gzip")),
            ("[brotli],", &codings, Some("brotli")),
            ("zstd", &codings, None),
            ("", &codings, None),
            ("tf", &formats, Some("terraform")),
            ("cfn", &formats, Some("cloudformation")),
            ("c", &formats, None),
            ("standart", &classes, Some("STANDARD")),
            ("standard", &classes, Some("STANDARD")),
            ("COLD", &classes, None),
        ] {
            assert_eq!(choice(word, choices), expected, "{word}");
        }
    }

    #[test]
    fn two_letters_are_near_unless_they_are_a_third_of_the_word() {
        let known = ["DRY_RUN", "DEBUG", "ACL", "SSE"];
        for (word, expected) in [
            ("DRYRUN", Some("DRY_RUN")),
            ("DRY_RNU", Some("DRY_RUN")),
            ("DEBUGG", Some("DEBUG")),
            ("ACLS", None),
            ("SSL", None),
            ("A", None),
        ] {
            assert_eq!(by_letters(word, known), expected, "{word}");
        }
    }
}
