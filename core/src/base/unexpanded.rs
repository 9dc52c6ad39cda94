//! References to variables, and to the output of commands, that whatever passed a value has left as
//! they are.

use super::invalid::Invalid;

/// Refuses `value` if it holds a reference such as `$BRANCH`, `${branch}`, `$(pwd)`, or `{{ branch }}`
/// of templates. A dollar sign in front of anything else is taken for itself: `$web` is a name, `US$`
/// is one.
///
/// # Errors
/// With the reference.
pub fn check(value: &str) -> Result<(), Invalid> {
    match reference(value) {
        None => Ok(()),
        Some(reference) => Err(Invalid::new(
            format!("`{value}` holds `{reference}`, which was not replaced by its value"),
            "is the variable defined, and does what sets this one replace it? Env files and the settings of other CI systems do not",
        )),
    }
}

/// Whether `value` is a reference, and nothing else.
pub fn is_reference(value: &str) -> bool {
    reference(value) == Some(value)
}

/// The first reference in `text`.
fn reference(text: &str) -> Option<&str> {
    let between = |start: &str, end: &str| {
        let at = text.find(start)?;
        let length = text
            .get(at + start.len()..)?
            .find(end)
            .filter(|length| *length > 0)?;
        text.get(at..at + start.len() + length + end.len())
    };
    let whole = [("${{", "}}"), ("{{", "}}"), ("$(", ")")];
    let whole = whole.iter().find_map(|(start, end)| between(start, end));
    whole.or_else(|| dollar(text))
}

/// The first reference that begins with a dollar sign.
fn dollar(text: &str) -> Option<&str> {
    text.match_indices('$').find_map(|(at, _)| {
        let rest = text.get(at + 1..)?;
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if let Some(inner) = rest.strip_prefix('{') {
            let length = inner.find('}')?;
            // A colon stands in front of a default, but `${aws:userid}` is IAM's.
            let (name, default) = inner.get(..length)?.split_once(':').unzip();
            let name = name.or(inner.get(..length))?;
            let is_shell = !name.is_empty()
                && name.chars().all(is_part)
                && default.is_none_or(|default| default.starts_with(['-', '=', '?', '+']));
            return is_shell.then(|| text.get(at..at + length + 3))?;
        }
        let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let name = rest.get(..length)?;
        let is_name = name.len() > 1
            && name.starts_with(|first: char| first.is_ascii_uppercase() || first == '_')
            && !name.contains(|letter: char| letter.is_ascii_lowercase());
        is_name.then(|| text.get(at..=at + length))?
    })
}

#[cfg(test)]
mod tests {
    use super::reference;

    #[test]
    fn references_are_told_from_dollar_signs() {
        for (text, expected) in [
            ("my-bucket/$BITBUCKET_BRANCH", Some("$BITBUCKET_BRANCH")),
            ("$A_B/x", Some("$A_B")),
            ("b/${branch}/x", Some("${branch}")),
            ("b/${PR_ID:-0}", Some("${PR_ID:-0}")),
            ("b/${{ github.ref }}/x", Some("${{ github.ref }}")),
            ("b/{{branch}}", Some("{{branch}}")),
            ("$(pwd)/dist", Some("$(pwd)")),
            ("b/{a,b}/{{}}/$()", None),
            ("my-bucket/$web", None),
            ("my-bucket/US$", None),
            ("b/$1", None),
            ("b/${}", None),
            ("b/${aws:userid}/d$", None),
            ("b/$$", None),
            ("ü$*/", None),
        ] {
            assert_eq!(reference(text), expected, "{text}");
        }
    }
}
