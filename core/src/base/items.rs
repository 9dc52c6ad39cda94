//! Lists that were written in another notation than that of the pipe's variables.

use super::invalid::Invalid;

/// Refuses `items` if one of them has at its ends what sets items apart in other notations, or is
/// several: commas, quotes, the brackets of a whole list. The list that was meant is told.
///
/// # Errors
/// With the first such item.
pub fn check(items: &[String]) -> Result<(), Invalid> {
    let Some(wrong) = wrong(items) else {
        return Ok(());
    };
    let around = ['[', ']', '"', '\'', ',', ';', '“', '”', ' ', '='];
    let meant: Vec<&str> = items
        .iter()
        .flat_map(|item| item.split([',', ';']))
        .map(|item| {
            FLAGS
                .iter()
                .find_map(|flag| item.strip_prefix(flag))
                .unwrap_or(item)
        })
        .map(|item| item.trim_matches(around))
        .filter(|item| !item.is_empty() && !BETWEEN.contains(item))
        .collect();
    Err(Invalid::new(
        format!("`{wrong}` is not how a list is written here"),
        format!(
            "write a YAML list with one item per line, or one string with spaces between the items: `{}`",
            meant.join(" ")
        ),
    ))
}

/// Words that stand between items in YAML, in shells and in other tools' lists.
const BETWEEN: &[&str] = &["-", "|", "||", "&&", ":", "+"];

/// Flags that other tools have in front of an item.
const FLAGS: &[&str] = &["--exclude", "--include", "--paths"];

fn wrong(items: &[String]) -> Option<&String> {
    let bracketed = match items {
        [first, .., last] => first.starts_with('[') && last.ends_with(']'),
        [only] => only.starts_with('[') && only.ends_with(']') && only.contains(['"', '\'', ',']),
        [] => false,
    };
    let mut found = items.iter().find(|item| {
        let quotes = ['"', '\'', '“', '”', '`'];
        let is_quoted = item.starts_with(quotes) && item.ends_with(quotes);
        let is_flag = |flag: &&str| {
            let rest = item.strip_prefix(*flag);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        is_quoted
            || item.starts_with([',', ';'])
            || item.ends_with([',', ';'])
            || is_joined(item)
            || BETWEEN.contains(&item.as_str())
            || FLAGS.iter().any(is_flag)
    });
    if bracketed && items.iter().any(|item| item.contains(['"', '\'', ','])) {
        found = found.or(items.first());
    }
    found
}

/// Whether `item` is several patterns or paths with commas between them, of which each looks like one.
fn is_joined(item: &str) -> bool {
    let looks_like_one = |part: &str| part.starts_with(['*', '/', '!', '.']) || part.ends_with('*');
    let mut parts = item.split([',', ';']).map(str::trim);
    item.contains([',', ';']) && parts.all(looks_like_one)
}

#[cfg(test)]
mod tests {
    use super::check;

    fn items(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn other_notations_are_refused_with_the_list_that_was_meant() {
        for (text, meant) in [
            ("*.map, *.txt", "*.map *.txt"),
            ("*.map,*.txt", "*.map *.txt"),
            ("*.map;*.txt", "*.map *.txt"),
            ("['*.map']", "*.map"),
            ("['*.map', 'x']", "*.map x"),
            ("[\"*.map\",\"*.txt\"]", "*.map *.txt"),
            ("[a, b]", "a b"),
            ("\"*.map\"", "*.map"),
            ("'*.map' '*.txt'", "*.map *.txt"),
            ("/a,/b", "/a /b"),
            ("/a/*, /b/*", "/a/* /b/*"),
            ("- *.map - *.txt", "*.map *.txt"),
            ("*.map | *.txt", "*.map *.txt"),
            ("*.map && x", "*.map x"),
            ("--exclude *.map --exclude=x", "*.map x"),
            ("--exclude='*.map'", "*.map"),
        ] {
            let invalid = check(&items(text)).unwrap_err();
            assert!(
                invalid.help.ends_with(&format!(": `{meant}`")),
                "{text}: {invalid:?}"
            );
        }
    }

    #[test]
    fn what_patterns_and_names_may_hold_is_taken() {
        for text in [
            "*.map *.txt",
            "[abc]*.txt",
            "*.[ch]",
            "[a-c]*.[ch]",
            "[a-c] [ch]",
            "it's.txt",
            "a,b.txt",
            "/press/2024,final.pdf",
            "dist/",
            "a-b -x --excluded",
            "",
        ] {
            assert_eq!(check(&items(text)), Ok(()), "{text}");
        }
    }
}
