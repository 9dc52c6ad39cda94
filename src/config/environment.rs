//! The process's environment, reduced to the names the pipe knows. Nothing is interpreted here.
//!
//! The reader takes an allow-list from the OS strings: the values of other variables (among them
//! secrets of the step) are never touched, and a foreign one that is not UTF-8 cannot disturb.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::problem::Problems;
pub(super) use super::variables::Variables;
use super::variables::{CONTEXT, Texts, VARIABLES};
use deploy_core::base::invalid::Invalid;

/// Most items a YAML list may have; Bitbucket itself caps a step's variables far lower.
const LIST_ITEMS_MAX: usize = 1000;

/// Names that proxies are also known by; the lower-case form is the older convention.
const LOWERCASE_ALIASES: &[&str] = &["HTTPS_PROXY", "NO_PROXY"];

impl Variables {
    /// Picks the known names out of `environment`. A known variable that is not UTF-8, or a list
    /// whose items do not fit its count, is noted in `problems`.
    pub(super) fn read(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        problems: &mut Problems,
    ) -> Self {
        let all: BTreeMap<OsString, OsString> = environment.into_iter().collect();
        let names = VARIABLES.iter().map(|variable| variable.name);
        let mut known = Vec::new();
        for name in names.chain(CONTEXT.iter().copied()) {
            let alias = LOWERCASE_ALIASES
                .contains(&name)
                .then(|| name.to_lowercase());
            let text = match (text(&all, name, name, problems), alias) {
                (Some(text), _) if !text.is_empty() => Some(text),
                (text, Some(alias)) => self::text(&all, name, &alias, problems).or(text),
                (text, None) => text,
            };
            known.extend(text.map(|text| (name.to_owned(), text)));
        }
        for variable in VARIABLES.iter().filter(|variable| !variable.list) {
            known.extend(misplaced_list(&all, variable.name, problems));
        }
        let texts = envy::from_iter(known).unwrap_or_else(|error| {
            let reason = format!("cannot be read ({error})");
            problems.push(
                "variables",
                Invalid::new(reason, "report this as a fault of the pipe"),
            );
            Texts::default()
        });
        let others = all.keys().filter_map(|name| name.to_str());
        let others = others.filter(|name| !is_known(name)).map(str::to_owned);
        let mut variables = Self {
            texts,
            others: others.collect(),
            ..Self::default()
        };
        let token = variables.oidc_token_variable();
        variables.named_token = token
            .text()
            .and_then(|name| text(&all, token.name, name, problems));
        for variable in VARIABLES.iter().filter(|variable| variable.list) {
            let items = items(&all, variable.name, problems);
            variables
                .lists
                .extend(items.map(|items| (variable.name, items)));
        }
        variables
    }

    /// The value of the variable that OIDC_TOKEN_VARIABLE names: the user's own choice.
    pub(super) fn named_token(&self) -> Option<&str> {
        self.named_token
            .as_deref()
            .filter(|token| !token.is_empty())
    }
}

fn is_known(name: &str) -> bool {
    CONTEXT.contains(&name) || VARIABLES.iter().any(|variable| variable.name == name)
}

/// The value of `name` in `all`; one that is not UTF-8 is noted under `variable`.
fn text(
    all: &BTreeMap<OsString, OsString>,
    variable: &'static str,
    name: &str,
    problems: &mut Problems,
) -> Option<String> {
    let value = all.get(&OsString::from(name))?;
    let text = value.to_str().ok_or_else(|| {
        let reason = format!("the value of `{name}` is not UTF-8");
        Invalid::new(reason, "use UTF-8 text")
    });
    problems.check(variable, text).map(str::to_owned)
}

/// Notes that `name`, which takes one value, is written as a YAML list. The first item stands in for
/// the value, so that it is not called missing as well.
fn misplaced_list(
    all: &BTreeMap<OsString, OsString>,
    name: &'static str,
    problems: &mut Problems,
) -> Option<(String, String)> {
    all.get(&OsString::from(format!("{name}_COUNT")))?;
    let first = all.get(&OsString::from(format!("{name}_0")))?.to_str()?;
    let reason = "written as a list, but takes one value";
    problems.push(name, Invalid::new(reason, "write it as one string"));
    let is_free = !all.contains_key(&OsString::from(name));
    is_free.then(|| (name.to_owned(), first.to_owned()))
}

/// The items of the YAML list `name`, if it is one.
fn items(
    all: &BTreeMap<OsString, OsString>,
    name: &'static str,
    problems: &mut Problems,
) -> Option<Vec<String>> {
    let count = text(all, name, &format!("{name}_COUNT"), problems)?;
    let count = Some(count.trim()).filter(|count| !count.is_empty())?;
    let items: Vec<String> = (0..LIST_ITEMS_MAX)
        .map_while(|index| text(all, name, &format!("{name}_{index}"), problems))
        .take_while(|item| !item.is_empty())
        .collect();
    if count.parse() == Ok(items.len()) {
        return Some(items);
    }
    let reason = format!(
        "`{name}_COUNT` says `{count}`, but {} items are set from `{name}_0` on",
        items.len()
    );
    problems.push(
        name,
        Invalid::new(reason, "write it as a YAML list, without empty items"),
    );
    None
}

#[cfg(test)]
mod tests {
    use super::super::value::Given;
    use super::{CONTEXT, Problems, VARIABLES, Variables};
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    fn read(pairs: &[(&str, &[u8])]) -> (Variables, Vec<String>) {
        let mut problems = Problems::default();
        let pairs = pairs
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from_vec(value.to_vec())));
        let variables = Variables::read(pairs, &mut problems);
        let told = problems.0.iter().map(ToString::to_string);
        (variables, told.collect())
    }

    #[test]
    fn every_declared_name_has_a_field() {
        let names = VARIABLES.iter().map(|variable| variable.name);
        let all = names.chain(CONTEXT.iter().copied());
        let all: Vec<(&str, &[u8])> = all.map(|name| (name, &b"x"[..])).collect();
        let (variables, told) = read(&all);
        assert_eq!(told, Vec::<String>::new());
        for value in [
            variables.command(),
            variables.no_color(),
            variables.gitlab_ci(),
        ] {
            assert_eq!(value.text(), Some("x"), "{}", value.name);
        }
    }

    #[test]
    fn a_field_is_named_as_its_variable() {
        let variables = Variables::default();
        assert_eq!(variables.max_delete().name, "MAX_DELETE");
        assert_eq!(variables.aws_endpoint_url_s3().name, "AWS_ENDPOINT_URL_S3");
        assert_eq!(
            variables.circle_oidc_token_v2().name,
            "CIRCLE_OIDC_TOKEN_V2"
        );
    }

    #[test]
    fn only_known_names_are_read() {
        let (variables, told) = read(&[
            ("S3_BUCKET", b"b"),
            ("LOCAL_PATH", b""),
            ("PIPELINES_JWT_TOKEN", b"\xff secret"),
        ]);
        assert_eq!(variables.s3_bucket().text(), Some("b"));
        assert!(!variables.local_path().is_set());
        assert!(told.is_empty());
    }

    #[test]
    fn the_variable_that_holds_the_token_is_read_and_no_other() {
        let (variables, told) = read(&[
            ("OIDC_TOKEN_VARIABLE", b"MY_TOKEN"),
            ("MY_TOKEN", b"a.b.c"),
            ("OTHER_TOKEN", b"d.e.f"),
        ]);
        assert_eq!(variables.named_token(), Some("a.b.c"));
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
        let (variables, _) = read(&[
            ("EXCLUDE_COUNT", b"2"),
            ("EXCLUDE_0", b"*.map"),
            ("EXCLUDE_1", b"a b"),
            ("INCLUDE", b"a b"),
        ]);
        assert!(matches!(variables.exclude().given(), Given::Items([_, _])));
        assert!(matches!(variables.include().given(), Given::Text("a b")));
        assert!(matches!(variables.tagging().given(), Given::Nothing));
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
        let (variables, _) = read(&[
            ("https_proxy", b"http://p:1"),
            ("NO_PROXY", b"h"),
            ("no_proxy", b"other"),
        ]);
        assert_eq!(variables.https_proxy().text(), Some("http://p:1"));
        assert_eq!(variables.no_proxy().text(), Some("h"));
    }
}
