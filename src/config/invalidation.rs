//! What the variables ask CloudFront to forget.

use std::collections::BTreeSet;
use std::time::Duration;

use super::values;
use super::variables::Input;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::units::span_secs;
use deploy_core::plan::invalidation::{
    LISTED_PATHS_MAX, LISTED_WILDCARDS_MAX, Order, Paths, WAIT_MAX, listed_path,
};

/// Longest that INVALIDATION_WAIT may ask to wait; a step ends after two hours by itself.
const WAIT_LIMIT: Duration = Duration::from_hours(1);

/// The order, if a distribution is named. Values are checked also where none is.
pub(super) fn order(input: &Input) -> Option<Order> {
    let distributions = distributions(input);
    let paths = input.invalidation_paths().parse(paths);
    let prefix = input.invalidation_prefix().parse(prefix);
    let wait = input.invalidation_wait().parse(wait);
    let distributions = distributions?;
    (!distributions.is_empty()).then_some(Order {
        distributions,
        paths: paths?,
        prefix,
        wait: wait.unwrap_or(Some(WAIT_MAX)),
    })
}

/// The distributions that are named, each once; none if one of them is a mistake.
pub(super) fn distributions(input: &Input) -> Option<Vec<String>> {
    let ids = input.cloudfront_distribution_id().each(distribution)?;
    Some(each_once(ids))
}

/// `items` without those that came before.
fn each_once(items: Vec<String>) -> Vec<String> {
    let mut known = BTreeSet::new();
    let mut items = items;
    items.retain(|item| known.insert(item.clone()));
    items
}

/// The id of a distribution.
fn distribution(id: &str) -> Result<String, Invalid> {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if id.bytes().all(is_part) {
        return Ok(id.to_owned());
    }
    let within = within(id);
    let help = if within.is_empty() {
        "write it as `E1ABCDEF2GHIJK`; the console shows it in its list of distributions".to_owned()
    } else {
        format!("write `{}`", within.join(" "))
    };
    Err(Invalid::not(id, "the id of a distribution", help))
}

/// The ids that stand in `text`: in an ARN, in quotes, in other capitals, or side by side.
fn within(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let ids = words.filter(|word| {
        let is_mixed = word.bytes().any(|byte| byte.is_ascii_digit());
        word.starts_with(['E', 'e']) && is_mixed && (10..=20).contains(&word.len())
    });
    ids.map(str::to_ascii_uppercase).collect()
}

fn paths(listed: &[String]) -> Result<Paths, Invalid> {
    if listed.is_empty() || matches!(listed, [one] if one.eq_ignore_ascii_case("auto")) {
        return Ok(Paths::Auto);
    }
    let help = "begin it with `/`, with `*` at its end at most; or use `auto` alone";
    let paths = listed.iter().map(|path| {
        let refused = || Invalid::not(path, "a path that can be invalidated", help);
        listed_path(path).ok_or_else(refused)
    });
    let paths = each_once(paths.collect::<Result<_, _>>()?);
    let wildcards = paths.iter().filter(|path| path.ends_with('*')).count();
    if paths.len() - wildcards > LISTED_PATHS_MAX || wildcards > LISTED_WILDCARDS_MAX {
        let count = paths.len();
        return Err(Invalid::new(
            format!("{count} paths are more than CloudFront takes at a time"),
            format!(
                "use at most {LISTED_PATHS_MAX}, and at most {LISTED_WILDCARDS_MAX} that end in `*`"
            ),
        ));
    }
    Ok(Paths::Listed(paths))
}

fn prefix(value: &str) -> Result<String, Invalid> {
    if value.starts_with('/') && !value.contains(['*', '?', '#']) && !value.contains("//") {
        return Ok(format!("{}/", value.trim_end_matches('/')));
    }
    Err(Invalid::not(value, "a path", "write it as `/` or `/docs`"))
}

/// How long to wait; [`Option::None`] is not at all.
fn wait(value: &str) -> Result<Option<Duration>, Invalid> {
    if let Ok(waits) = values::boolean(value) {
        return Ok(waits.then_some(WAIT_MAX));
    }
    match span_secs(value).map(Duration::from_secs) {
        Some(wait) if !wait.is_zero() && wait <= WAIT_LIMIT => Ok(Some(wait)),
        _ => Err(Invalid::new(
            format!("`{value}` is neither a boolean nor a time up to an hour"),
            "use `true`, `false`, or a time such as `90s` or `5m`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{distribution, each_once, paths, prefix, wait};
    use deploy_core::plan::invalidation::Paths;
    use std::time::Duration;

    fn owned(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    #[test]
    fn a_distribution_is_named_once() {
        let ids = each_once(owned(&["E1", "E2", "E1"]));
        assert_eq!(ids, ["E1", "E2"]);
        for (id, meant) in [
            (
                "arn:aws:cloudfront::1:distribution/E1ABCDEF2GHIJK",
                "E1ABCDEF2GHIJK",
            ),
            ("'E1ABCDEF2GHIJK'", "E1ABCDEF2GHIJK"),
            ("e1abcdef2ghijk", "E1ABCDEF2GHIJK"),
            (
                "E1ABCDEF2GHIJK;E2ABCDEF2GHIJK",
                "E1ABCDEF2GHIJK E2ABCDEF2GHIJK",
            ),
        ] {
            let invalid = distribution(id).unwrap_err();
            assert_eq!(invalid.help, format!("write `{meant}`"), "{id}");
        }
        for id in [
            "E1/E2",
            "none",
            "d111111abcdef8.cloudfront.net",
            "my-distribution",
        ] {
            let invalid = distribution(id).unwrap_err();
            assert!(invalid.help.starts_with("write it as `E1ABC"), "{id}");
        }
    }

    #[test]
    fn paths_are_auto_or_a_list() {
        assert_eq!(paths(&[]), Ok(Paths::Auto));
        assert_eq!(paths(&owned(&["Auto"])), Ok(Paths::Auto));
        assert_eq!(
            paths(&owned(&["/*", "/a b", "/*"])),
            Ok(Paths::Listed(owned(&["/*", "/a%20b"])))
        );
        for listed in [&["auto", "/*"][..], &["index.html"], &["/a*b"]] {
            assert!(paths(&owned(listed)).is_err(), "{listed:?}");
        }
        let many: Vec<String> = (0..16).map(|number| format!("/{number}/*")).collect();
        assert!(paths(&many).is_err());
    }

    #[test]
    fn a_prefix_begins_and_ends_with_a_slash() {
        for (value, expected) in [("/", "/"), ("/docs", "/docs/"), ("/docs/", "/docs/")] {
            assert_eq!(prefix(value).as_deref(), Ok(expected));
        }
        for value in ["docs", "/docs/*", "//", "/a//b"] {
            assert!(prefix(value).is_err(), "{value}");
        }
    }

    #[test]
    fn waiting_has_a_bound() {
        for (value, expected) in [
            ("true", Some(600)),
            ("no", None),
            ("90s", Some(90)),
            ("5m", Some(300)),
            ("5 min", Some(300)),
            ("1h", Some(3600)),
        ] {
            assert_eq!(
                wait(value),
                Ok(expected.map(Duration::from_secs)),
                "{value}"
            );
        }
        for value in ["0s", "2h", "61m", "ten", "-1s", "s"] {
            assert!(wait(value).is_err(), "{value}");
        }
    }
}
