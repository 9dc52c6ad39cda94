//! The process's environment, reduced to the names the pipe knows. Nothing is interpreted here.
//!
//! The reader takes an allow-list from the OS strings: other variables (among them secrets of the
//! step) are never touched, and a foreign variable that is not UTF-8 cannot disturb.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::context::CONTEXT;
use super::problem::Problems;
use super::variables::VARIABLES;
use deploy_core::base::invalid::Invalid;

/// Most items a YAML list may have; Bitbucket itself caps a step's variables far lower.
const LIST_ITEMS_MAX: usize = 1000;

/// Names that proxies are also known by; the lower-case form is the older convention.
const LOWERCASE_ALIASES: &[&str] = &["HTTPS_PROXY", "NO_PROXY"];

/// Holds the name of the one further variable that is read: the user's own choice.
const TOKEN_NAME: &str = "OIDC_TOKEN_VARIABLE";

/// The known variables that are set to something, and the lists given item by item.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment {
    plain: BTreeMap<&'static str, String>,
    lists: BTreeMap<&'static str, Vec<String>>,
    named_token: Option<String>,
}

/// How a variable was given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given<'a> {
    /// It is not set.
    Nothing,
    /// As a plain string.
    Text(&'a str),
    /// As a YAML list.
    Items(&'a [String]),
}

impl Environment {
    /// Picks the known names out of `variables`; empty means unset. A known variable that is not
    /// UTF-8, or a list whose items do not fit its count, is noted in `problems`.
    pub(super) fn read(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        problems: &mut Problems,
    ) -> Self {
        let all: BTreeMap<OsString, OsString> = variables.into_iter().collect();
        let mut text = |variable: &'static str, name: &str| -> Option<String> {
            let value = all.get(&OsString::from(name))?;
            let Some(value) = value.to_str() else {
                problems.push(
                    variable,
                    Invalid::new(
                        format!("the value of `{name}` is not UTF-8"),
                        "use UTF-8 text",
                    ),
                );
                return None;
            };
            (!value.is_empty()).then(|| value.to_owned())
        };

        let mut environment = Self::default();
        for name in VARIABLES
            .iter()
            .map(|variable| variable.name)
            .chain(CONTEXT.iter().copied())
        {
            let alias = LOWERCASE_ALIASES
                .contains(&name)
                .then(|| name.to_lowercase());
            if let Some(value) = text(name, name).or_else(|| text(name, &alias?)) {
                environment.plain.insert(name, value);
            }
        }
        if let Some(name) = environment.plain.get(TOKEN_NAME) {
            environment.named_token = text(TOKEN_NAME, &name.clone());
        }
        let mut counts = Vec::new();
        for variable in VARIABLES.iter().filter(|variable| variable.list) {
            if let Some(count) = text(variable.name, &format!("{}_COUNT", variable.name)) {
                let items = (0..LIST_ITEMS_MAX)
                    .map_while(|index| text(variable.name, &format!("{}_{index}", variable.name)))
                    .collect::<Vec<_>>();
                counts.push((variable.name, count, items));
            }
        }
        for (name, count, items) in counts {
            if count.parse() == Ok(items.len()) {
                environment.lists.insert(name, items);
            } else {
                problems.push(
                    name,
                    Invalid::new(
                        format!("`{name}_COUNT` says `{count}`, but {} items are set from `{name}_0` on", items.len()),
                        "write it as a YAML list, without empty items",
                    ),
                );
            }
        }
        environment
    }

    /// The value of the variable that OIDC_TOKEN_VARIABLE names.
    pub(super) fn named_token(&self) -> Option<&str> {
        self.named_token.as_deref()
    }

    /// The plain variables, for the deserialiser.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.plain
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
    }

    /// How the variable `name` was given, for those whose text is more than a list of words.
    #[must_use]
    pub(super) fn given(&self, name: &str) -> Given<'_> {
        match (self.lists.get(name), self.plain.get(name)) {
            (Some(items), _) => Given::Items(items),
            (None, Some(text)) => Given::Text(text),
            (None, None) => Given::Nothing,
        }
    }

    /// The items of a list variable: those of the YAML list, or the words of the plain string.
    /// A backslash keeps the blank behind it, as in .gitignore.
    #[must_use]
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        match (self.lists.get(name), self.plain.get(name)) {
            (Some(items), _) => items.clone(),
            (None, Some(text)) => words(text),
            (None, None) => Vec::new(),
        }
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut escaped = false;
    for character in text.chars() {
        if character.is_whitespace() && !escaped {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        } else {
            word.push(character);
        }
        escaped = character == '\\' && !escaped;
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::{Environment, Problems};
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    fn read(pairs: &[(&str, &[u8])]) -> (Environment, Vec<String>) {
        let mut problems = Problems::default();
        let pairs = pairs
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from_vec(value.to_vec())));
        let environment = Environment::read(pairs, &mut problems);
        (
            environment,
            problems.0.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn only_known_names_are_read_and_empty_is_unset() {
        let (environment, problems) = read(&[
            ("S3_BUCKET", b"b"),
            ("LOCAL_PATH", b""),
            ("PIPELINES_JWT_TOKEN", b"\xff secret"),
        ]);
        assert_eq!(
            environment.pairs().collect::<Vec<_>>(),
            [("S3_BUCKET".to_owned(), "b".to_owned())]
        );
        assert!(problems.is_empty());
    }

    #[test]
    fn the_variable_that_holds_the_token_is_read_and_no_other() {
        let (environment, problems) = read(&[
            ("OIDC_TOKEN_VARIABLE", b"MY_TOKEN"),
            ("MY_TOKEN", b"a.b.c"),
            ("OTHER_TOKEN", b"d.e.f"),
        ]);
        assert_eq!(environment.named_token(), Some("a.b.c"));
        assert_eq!(environment.pairs().count(), 1);
        assert!(problems.is_empty());
    }

    #[test]
    fn a_known_name_that_is_not_utf8_is_a_problem() {
        let (_, problems) = read(&[("S3_BUCKET", b"\xff")]);
        assert_eq!(
            problems,
            ["S3_BUCKET: the value of `S3_BUCKET` is not UTF-8; use UTF-8 text."]
        );
    }

    #[test]
    fn a_list_comes_as_items_or_as_one_string() {
        let (environment, _) = read(&[
            ("EXCLUDE_COUNT", b"2"),
            ("EXCLUDE_0", b"*.map"),
            ("EXCLUDE_1", b"a b"),
        ]);
        assert_eq!(environment.list("EXCLUDE"), ["*.map", "a b"]);
        let (environment, _) = read(&[("EXCLUDE", b"*.map  a\\ b\n!keep")]);
        assert_eq!(environment.list("EXCLUDE"), ["*.map", "a\\ b", "!keep"]);
        assert!(environment.list("INCLUDE").is_empty());
    }

    #[test]
    fn a_list_with_a_hole_is_a_problem_not_a_shorter_list() {
        let (_, problems) = read(&[
            ("EXCLUDE_COUNT", b"3"),
            ("EXCLUDE_0", b"a"),
            ("EXCLUDE_2", b"c"),
        ]);
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn a_proxy_is_known_by_its_lower_case_name_too() {
        let (environment, _) = read(&[
            ("https_proxy", b"http://p:1"),
            ("NO_PROXY", b"h"),
            ("no_proxy", b"other"),
        ]);
        let pairs: Vec<_> = environment.pairs().map(|(_, value)| value).collect();
        assert_eq!(pairs, ["http://p:1", "h"]);
    }
}
