//! Reads what a run is given: the variables that the pipe knows. Nothing is interpreted here.
//!
//! The reader takes an allow-list from the OS strings: the values of other variables (among them
//! secrets of the step) are never touched, and a foreign one that is not UTF-8 cannot disturb.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::problem::Problems;
use super::variables::{Input, Need, Texts, VARIABLES, names};
use deploy_core::base::invalid::Invalid;

/// Most items a YAML list may have; Bitbucket itself caps a step's variables far lower.
const LIST_ITEMS_MAX: usize = 1000;

/// Names that proxies are also known by; the lower-case form is the older convention.
const LOWERCASE_ALIASES: &[&str] = &["HTTPS_PROXY", "NO_PROXY"];

impl Input {
    /// Picks the known names out of `environment`. A known variable that is not UTF-8, and a list
    /// whose items do not fit its count, is noted.
    pub(super) fn read(environment: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let environment = Environment {
            all: environment.into_iter().collect(),
            problems: Problems::default(),
        };
        let known = names().filter_map(|name| Some((name.to_owned(), environment.known(name)?)));
        let mut known: Vec<_> = known.collect();
        let (lists, plain): (Vec<_>, Vec<_>) =
            VARIABLES.iter().partition(|it| it.need == Need::List);
        let plain = plain.into_iter();
        known.extend(plain.filter_map(|it| environment.misplaced_list(it.name)));
        let texts = envy::from_iter(known).unwrap_or_else(|error| {
            let reason = format!("cannot be read ({error})");
            let invalid = Invalid::new(reason, "report this as a fault of the pipe");
            environment.problems.push("variables", invalid);
            Texts::default()
        });
        let lists = lists.into_iter();
        let lists = lists.filter_map(|it| Some((it.name, environment.items(it.name)?)));
        let others = environment.all.keys().filter_map(|name| name.to_str());
        let others = others.filter(|name| names().all(|known| known != *name));
        let others = others.map(str::to_owned);
        let mut input = Self {
            texts,
            lists: lists.collect(),
            others: others.collect(),
            ..Self::default()
        };
        let token = input.oidc_token_variable();
        let named = token
            .text()
            .and_then(|name| environment.text(token.name, name));
        input.named_token = named.filter(|token| !token.is_empty());
        input.problems = environment.problems;
        input
    }
}

/// The process's own, with what is wrong with it.
struct Environment {
    all: BTreeMap<OsString, OsString>,
    problems: Problems,
}

impl Environment {
    /// The value of `name`; one that is not UTF-8 is noted under `variable`.
    fn text(&self, variable: &'static str, name: &str) -> Option<String> {
        let value = self.all.get(&OsString::from(name))?;
        let text = value.to_str().ok_or_else(|| {
            let reason = format!("the value of `{name}` is not UTF-8");
            Invalid::new(reason, "use UTF-8 text")
        });
        self.problems.check(variable, text).map(str::to_owned)
    }

    /// The value of a variable of the pipe, by one of its names.
    fn known(&self, name: &'static str) -> Option<String> {
        let text = self.text(name, name);
        let has_alias = LOWERCASE_ALIASES.contains(&name);
        if has_alias && text.as_ref().is_none_or(String::is_empty) {
            return self.text(name, &name.to_lowercase()).or(text);
        }
        text
    }

    /// Notes that `name`, which takes one value, is written as a YAML list. The first item stands in
    /// for the value, so that it is not called missing as well.
    fn misplaced_list(&self, name: &'static str) -> Option<(String, String)> {
        self.all.get(&OsString::from(format!("{name}_COUNT")))?;
        let first = self.all.get(&OsString::from(format!("{name}_0")))?;
        let first = first.to_str()?;
        let reason = "written as a list, but takes one value";
        let invalid = Invalid::new(reason, "write it as one string");
        self.problems.push(name, invalid);
        let is_free = !self.all.contains_key(&OsString::from(name));
        is_free.then(|| (name.to_owned(), first.to_owned()))
    }

    /// The items of the YAML list `name`, if it is one.
    fn items(&self, name: &'static str) -> Option<Vec<String>> {
        let count = self.text(name, &format!("{name}_COUNT"))?;
        let count = Some(count.trim()).filter(|count| !count.is_empty())?;
        let items: Vec<String> = (0..LIST_ITEMS_MAX)
            .map_while(|index| self.text(name, &format!("{name}_{index}")))
            .take_while(|item| !item.is_empty())
            .collect();
        if count.parse() == Ok(items.len()) {
            return Some(items);
        }
        let reason = format!(
            "`{name}_COUNT` says `{count}`, but {} items are set from `{name}_0` on",
            items.len()
        );
        let help = "write it as a YAML list, without empty items";
        self.problems.push(name, Invalid::new(reason, help));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::value::Given;
    use super::{Input, names};
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    fn read(pairs: &[(&str, &[u8])]) -> (Input, Vec<String>) {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from_vec(value.to_vec())));
        let mut input = Input::read(pairs);
        let problems = std::mem::take(&mut input.problems).sorted(names());
        (input, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_declared_name_has_a_field() {
        let all: Vec<(&str, &[u8])> = names().map(|name| (name, &b"x"[..])).collect();
        let (input, told) = read(&all);
        assert_eq!(told, Vec::<String>::new());
        for value in [input.command(), input.no_color(), input.gitlab_ci()] {
            assert_eq!(value.text(), Some("x"), "{}", value.name);
        }
    }

    #[test]
    fn a_field_is_named_as_its_variable() {
        let input = Input::default();
        assert_eq!(input.max_delete().name, "MAX_DELETE");
        assert_eq!(input.aws_endpoint_url_s3().name, "AWS_ENDPOINT_URL_S3");
        assert_eq!(input.circle_oidc_token_v2().name, "CIRCLE_OIDC_TOKEN_V2");
    }

    #[test]
    fn only_known_names_are_read() {
        let (input, told) = read(&[
            ("S3_BUCKET", b"b"),
            ("LOCAL_PATH", b""),
            ("PIPELINES_JWT_TOKEN", b"\xff secret"),
        ]);
        assert_eq!(input.s3_bucket().text(), Some("b"));
        assert!(!input.local_path().is_set());
        assert!(told.is_empty());
    }

    #[test]
    fn the_variable_that_holds_the_token_is_read_and_no_other() {
        let (input, told) = read(&[
            ("OIDC_TOKEN_VARIABLE", b"MY_TOKEN"),
            ("MY_TOKEN", b"a.b.c"),
            ("OTHER_TOKEN", b"d.e.f"),
        ]);
        assert_eq!(input.named_token.as_deref(), Some("a.b.c"));
        assert!(told.is_empty());
    }

    #[test]
    fn a_known_name_that_is_not_utf8_is_a_problem() {
        let (_, told) = read(&[("S3_BUCKET", b"\xff")]);
        assert_eq!(
            told,
            ["S3_BUCKET: the value of `S3_BUCKET` is not UTF-8; use UTF-8 text."]
        );
    }

    #[test]
    fn a_list_comes_as_items_or_as_text() {
        let (input, _) = read(&[
            ("EXCLUDE_COUNT", b"2"),
            ("EXCLUDE_0", b"*.map"),
            ("EXCLUDE_1", b"a b"),
            ("INCLUDE", b"a b"),
        ]);
        assert!(matches!(input.exclude().given(), Given::Items([_, _])));
        assert!(matches!(input.include().given(), Given::Text("a b")));
        assert!(matches!(input.tagging().given(), Given::Nothing));
    }

    #[test]
    fn a_list_with_a_hole_is_a_problem_not_a_shorter_list() {
        let (_, told) = read(&[
            ("EXCLUDE_COUNT", b"3"),
            ("EXCLUDE_0", b"a"),
            ("EXCLUDE_2", b"c"),
        ]);
        assert_eq!(told.len(), 1);
    }

    #[test]
    fn a_proxy_is_known_by_its_lower_case_name_too() {
        let (input, _) = read(&[
            ("https_proxy", b"http://p:1"),
            ("NO_PROXY", b"h"),
            ("no_proxy", b"other"),
        ]);
        assert_eq!(input.https_proxy().text(), Some("http://p:1"));
        assert_eq!(input.no_proxy().text(), Some("h"));
    }
}
