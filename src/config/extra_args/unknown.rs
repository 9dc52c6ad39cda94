//! What is said of words that are neither a flag nor the value of one: by the likely slip.

use super::characters::{is_dash, named};
use super::flags::{Flag, Takes, names};
use deploy_core::base::invalid::Invalid;
use deploy_core::base::text::is_invisible;

/// What is wrong with `word`, and with the words behind it that are no flags either; `before` is the
/// last flag that was known.
pub(super) fn mistake(before: Option<&Flag>, word: &str, others: &[String]) -> Invalid {
    if let Some(character) = word.chars().find(|character| is_invisible(*character)) {
        return Invalid::new(
            format!("`{word}` holds {}", named(character)),
            "write it anew instead of copying it",
        );
    }
    if let Some(flag) = misspelt(word) {
        let first = word.chars().find(|character| is_dash(*character));
        let dashes = first.map_or_else(|| "one hyphen".to_owned(), named);
        return Invalid::new(
            format!("`{word}` begins with {dashes}"),
            format!("write `{flag}`, with two hyphens"),
        );
    }
    if word.starts_with("--") {
        return unknown(word);
    }
    let words: Vec<&str> = [word]
        .into_iter()
        .chain(others.iter().map(String::as_str))
        .collect();
    stray(before, &words)
}

/// Whether `word` is a flag but for its dashes.
pub(super) fn is_misspelt(word: &str) -> bool {
    misspelt(word).is_some()
}

/// The flag that `word` is with other dashes than two hyphens.
fn misspelt(word: &str) -> Option<&'static str> {
    let name = word.trim_start_matches(|first: char| first == '-' || is_dash(first));
    let dashes = word.strip_suffix(name).unwrap_or_default();
    let name = name.split('=').next().unwrap_or_default();
    if dashes.is_empty() || dashes == "--" {
        return None;
    }
    names().find(|flag| flag.strip_prefix("--") == Some(name))
}

fn unknown(word: &str) -> Invalid {
    if let Some((flag, _)) = word.split_once(char::is_whitespace) {
        return Invalid::new(
            format!("`{word}` is one item of the list"),
            format!("make `{flag}` and its value two items, or join them by `=`"),
        );
    }
    let nearest = names().min_by_key(|name| strsim::damerau_levenshtein(name, word));
    Invalid::new(
        format!("`{word}` is not a flag of `aws s3 sync`"),
        format!("the nearest one is `{}`", nearest.unwrap_or_default()),
    )
}

fn stray(before: Option<&Flag>, words: &[&str]) -> Invalid {
    if let ["aws" | "s3" | "sync", ..] = words {
        return Invalid::new(
            format!("`{}` is a command", words.join(" ")),
            "leave it out: EXTRA_ARGS takes its flags alone, and LOCAL_PATH and S3_BUCKET say from where to where",
        );
    }
    if let (Some(flag), [word]) = (before, words)
        && matches!(flag.takes, Takes::Nothing)
        && is_boolean(word)
    {
        let name = flag.name;
        return Invalid::new(
            format!("`{word}` is given to `{name}`, which takes no value"),
            format!("write `{name}` alone, or leave it out if it is not meant"),
        );
    }
    let shown: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let are = match words {
        [_] => "is neither a flag nor the value of one",
        _ => "are neither flags nor values of one",
    };
    Invalid::new(
        format!("{} {are}", shown.join(", ")),
        "give each pattern its own `--exclude` or `--include`, and quote values that hold blanks",
    )
}

fn is_boolean(word: &str) -> bool {
    ["true", "false", "yes", "no", "on", "off", "1", "0"]
        .iter()
        .any(|boolean| boolean.eq_ignore_ascii_case(word))
}
