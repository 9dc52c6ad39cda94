//! Values of Cache-Control: what no cache can have been told on purpose is refused, with what was
//! meant. Directives that are not known pass, as caches let them pass.

use super::headers::header_value;
use crate::base::invalid::Invalid;
use crate::base::units::span_secs;
use crate::base::{has_word, nearest, unexpanded};

/// The directives of answers that have seconds for their argument, and the others.
/// <https://www.iana.org/assignments/http-cache-directives/http-cache-directives.xhtml>
const TIMED: &str = "max-age s-maxage stale-if-error stale-while-revalidate";
const OTHERS: &str = "immutable must-revalidate must-understand no-cache no-store no-transform private \
                      proxy-revalidate public";

/// Words that stand for a value, or for none, in other places.
const NO_DIRECTIVES: &str = "disabled false none null off true undefined";

/// Checks a value of Cache-Control.
///
/// # Errors
/// When a header cannot carry it, or it is certain to say something else than was meant.
pub fn cache_control(value: &str) -> Result<String, Invalid> {
    unexpanded::check(value)?;
    let meant = meant(value);
    if meant.as_deref() == Some(value) {
        return header_value(value);
    }
    header_value(value.trim_matches(['“', '”', '‘', '’']))?;
    let help = match meant {
        Some(meant) => format!("write `{meant}`"),
        None => "write it as a server would send it, for example `public, max-age=3600`".to_owned(),
    };
    Err(Invalid::new(
        format!("`{value}` is not valid in Cache-Control"),
        help,
    ))
}

/// What was meant by `value`; the value itself if nothing is wrong with it.
fn meant(value: &str) -> Option<String> {
    let mut text = value.trim();
    let quotes = ['"', '\'', '“', '”', '‘', '’', '`'];
    loop {
        if text.starts_with(quotes) && text.ends_with(quotes) {
            text = text.trim_matches(quotes).trim();
        }
        match text.split_once(':') {
            Some((name, rest)) if name.trim().eq_ignore_ascii_case("cache-control") => {
                text = rest.trim();
            }
            _ => break,
        }
    }
    if let Some(seconds) = seconds(text) {
        return Some(format!("max-age={seconds}"));
    }
    let separated = if text.contains(';') && !text.contains(',') && !text.contains('"') {
        text.replace(';', ",")
    } else {
        text.to_owned()
    };
    let directives = parts(&separated).into_iter().map(directive);
    let meant = directives.collect::<Option<Vec<String>>>()?.join(", ");
    // What differs only in the blanks around commas is taken as it stands.
    let is_same = meant == parts(value).join(", ");
    Some(if is_same { value.to_owned() } else { meant })
}

/// The seconds that `text` is: a number, or a span with its unit.
fn seconds(text: &str) -> Option<String> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        return Some(text.to_owned());
    }
    span_secs(text).map(|secs| secs.to_string())
}

/// The directives of a value, which commas set apart, unless they are between quotes.
fn parts(text: &str) -> Vec<&str> {
    let mut is_quoted = false;
    text.split(move |letter| {
        is_quoted ^= letter == '"';
        letter == ',' && !is_quoted
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
    .collect()
}

/// The directive, or several with blanks between them, that `part` means; none if it cannot be told.
fn directive(part: &str) -> Option<String> {
    let (name, argument) = match part.split_once(['=', ':']) {
        Some((name, argument)) => (name.trim(), Some(argument.trim())),
        None => (part, None),
    };
    let is_spelled = argument.is_none() && named(name).is_some();
    if !is_spelled && (name.contains(char::is_whitespace) || argument.is_some_and(is_followed)) {
        return match (named(name), argument.and_then(seconds)) {
            (Some(known), Some(seconds)) if has_word(TIMED, known) => {
                Some(format!("{known}={seconds}"))
            }
            _ => several(part),
        };
    }
    let known = known(name);
    if known.is_none() && has_word(NO_DIRECTIVES, &name.to_ascii_lowercase()) {
        return None;
    }
    let shown = known.filter(|known| !known.eq_ignore_ascii_case(name));
    let shown = shown.unwrap_or(name);
    let is_timed = known.is_some_and(|known| has_word(TIMED, known));
    match argument {
        Some(argument) if is_timed => {
            let plain = argument.trim_matches('"');
            let seconds = seconds(plain)?;
            let argument = if seconds == plain { argument } else { &seconds };
            Some(format!("{shown}={argument}"))
        }
        Some(argument) if part.contains('=') => Some(format!("{shown}={argument}")),
        None if !is_timed => Some(shown.to_owned()),
        Some(_) | None => None,
    }
}

/// Whether more stands behind an argument without quotes.
fn is_followed(argument: &str) -> bool {
    !argument.starts_with('"') && argument.contains(char::is_whitespace)
}

/// Directives with blanks between them, if each of them is known.
fn several(part: &str) -> Option<String> {
    let words = part.split_whitespace().map(|word| {
        let name = word.split(['=', ':']).next().unwrap_or_default();
        known(name).and_then(|_| directive(word))
    });
    Some(words.collect::<Option<Vec<String>>>()?.join(", "))
}

/// The directive that `name` is, however its words are set apart.
fn named(name: &str) -> Option<&'static str> {
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    directives().find(|known| plain(known) == plain(name))
}

/// The directive that `name` is, or is a misspelling of.
fn known(name: &str) -> Option<&'static str> {
    named(name).or_else(|| nearest::by_letters(&name.to_ascii_lowercase(), directives()))
}

fn directives() -> impl Iterator<Item = &'static str> {
    TIMED.split(' ').chain(OTHERS.split(' '))
}

#[cfg(test)]
mod tests {
    use super::cache_control;

    #[test]
    fn what_caches_understand_is_taken_as_it_stands() {
        for value in [
            "max-age=3600",
            "public, max-age=31536000, immutable",
            "public,max-age=60",
            "Public, Max-Age=60",
            "no-cache",
            "no-cache, no-store, must-revalidate",
            "private, no-cache=\"set-cookie, x\"",
            "max-age=0,s-maxage=3600",
            "max-age=60, stale-while-revalidate=30",
            "max-age=\"60\"",
            "no-store, pre-check=0, post-check=0",
            "community=UCI",
            "durable",
            "max-age=60,",
        ] {
            assert_eq!(cache_control(value).as_deref(), Ok(value));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_value_is_judged_and_what_is_offered_is_taken(
            value in "([a-z]{0,3}|no|max|age|cache|private|[-_ =:;,\"'0-9]){0,12}",
        ) {
            if let Err(invalid) = cache_control(&value)
                && let Some(offered) = invalid.help.strip_prefix("write `")
            {
                let offered = offered.trim_end_matches('`');
                proptest::prop_assert!(cache_control(offered).is_ok(), "{value}: {offered}");
            }
        }
    }

    #[test]
    fn what_was_meant_is_told() {
        for (value, meant) in [
            ("\"max-age=3600\"", "max-age=3600"),
            ("'no-cache'", "no-cache"),
            ("“max-age=0”", "max-age=0"),
            ("3600", "max-age=3600"),
            ("maxage=3600", "max-age=3600"),
            ("max_age=3600", "max-age=3600"),
            ("max-age:3600", "max-age=3600"),
            ("s-max-age=60", "s-maxage=60"),
            ("Cache-Control: max-age=60", "max-age=60"),
            ("cache-control:no-cache", "no-cache"),
            ("nocache", "no-cache"),
            ("public max-age=60", "public, max-age=60"),
            ("m ax-age=5", "max-age=5"),
            ("max age = 7 days", "max-age=604800"),
            ("Cache-Control: \"cache-control: no cache\"", "no-cache"),
            ("max-age=60 public", "max-age=60, public"),
            ("max-age=60; public", "max-age=60, public"),
            ("imutable", "immutable"),
            ("max-agee=5", "max-age=5"),
            ("max-age = 60", "max-age=60"),
            ("public, max-age= 60", "public, max-age=60"),
            ("no cache", "no-cache"),
            ("No Store, no cache", "no-store, no-cache"),
            ("1h", "max-age=3600"),
            ("3600s", "max-age=3600"),
            ("max-age=1h", "max-age=3600"),
            ("public, max-age=7 days", "public, max-age=604800"),
        ] {
            let invalid = cache_control(value).unwrap_err();
            assert_eq!(invalid.help, format!("write `{meant}`"), "{value}");
        }
        for value in [
            "max-age",
            "max-age=1 year",
            "none",
            "None",
            "false",
            "max-age=-1",
            "max-age=",
        ] {
            let invalid = cache_control(value).unwrap_err();
            assert!(invalid.help.starts_with("write it as a server"), "{value}");
        }
    }

    #[test]
    fn a_header_cannot_smuggle_another() {
        assert!(cache_control("max-age=1\r\nX-Evil: 1").is_err());
    }
}
