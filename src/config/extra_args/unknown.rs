//! What is said of words that are neither a flag nor the value of one: by the likely slip.

use super::characters::{is_dash, named};
use super::flags::{Flag, Takes, names};
use crate::config::values;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::text::is_invisible;
use deploy_core::base::{nearest, unexpanded};

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

/// The flag that `word` is with other dashes than two hyphens.
pub(super) fn misspelt(word: &str) -> Option<&'static str> {
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
    let lower = word.to_ascii_lowercase();
    let part = |name: &&str| {
        let rest = lower.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('-'))
            || name.ends_with(lower.trim_start_matches('-'))
    };
    let near = {
        let same = names().find(|name| *name == lower);
        same.or_else(|| nearest::by_letters(&lower, names()))
            .or_else(|| names().find(part).filter(|_| lower.len() > 4))
    };
    let help = match (foreign(&lower), near) {
        (Some(help), _) => help.to_owned(),
        (None, Some(near)) => format!("the nearest one is `{near}`"),
        (None, None) => "leave it out".to_owned(),
    };
    Invalid::not(word, "a flag of `aws s3 sync`", help)
}

/// Flags of other commands and tools, with what does here what they do there.
const FOREIGN: &[(&[&str], &str)] = &[
    (&["--acl-private"], "use `--acl private`"),
    (&["--acl-public"], "use `--acl public-read`"),
    (
        &["--add-header"],
        "use the flag of the header, for example `--cache-control`, or METADATA",
    ),
    (&["--mime-type"], "use `--content-type`"),
    (&["--tagging", "--tags"], "use TAGGING"),
    (&["--compress", "--gzip"], "use COMPRESS"),
    (&["--verbose"], "use DEBUG: 'true'"),
    (
        &[
            "--concurrency",
            "--jobs",
            "--max-concurrent-requests",
            "--numworkers",
            "--transfers",
        ],
        "use CONCURRENCY, which finds its number by itself",
    ),
    (&["--distribution-id"], "use CLOUDFRONT_DISTRIBUTION_ID"),
    (
        &["--invalidate", "--paths"],
        "use CLOUDFRONT_DISTRIBUTION_ID and, if need be, INVALIDATION_PATHS",
    ),
    (&["--max-delete"], "use MAX_DELETE"),
    (
        &["--ignore-existing", "--skip-existing", "--if-not-exists"],
        "use NO_OVERWRITE",
    ),
    (
        &["--checksum"],
        "leave it out: contents are compared anyway",
    ),
    (
        &["--guess-mime-type"],
        "leave it out: types are guessed from names anyway",
    ),
];

/// What does here what `flag` of another command or tool does there.
fn foreign(flag: &str) -> Option<&'static str> {
    let mut known = FOREIGN.iter();
    let found = known.find(|(flags, _)| flags.contains(&flag));
    found.map(|(_, help)| *help)
}

/// What is wrong with `word`, which `flags` begin with.
pub(super) fn ambiguous(word: &str, flags: &[&Flag]) -> Invalid {
    if let Some(help) = foreign(word) {
        return Invalid::not(word, "a flag of `aws s3 sync`", help);
    }
    let names: Vec<String> = flags
        .iter()
        .map(|flag| format!("`{}`", flag.name))
        .collect();
    Invalid::new(
        format!("`{word}` is the beginning of several flags"),
        format!("write the one that is meant: {}", names.join(", ")),
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
        && values::boolean(word).is_ok()
    {
        let name = flag.name;
        return Invalid::new(
            format!("`{word}` is given to `{name}`, which takes no value"),
            format!("write `{name}` alone, or leave it out if it is not meant"),
        );
    }
    if let Some(unreplaced) = words.iter().find_map(|word| unexpanded::check(word).err()) {
        return unreplaced;
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
