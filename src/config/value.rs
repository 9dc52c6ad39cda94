//! A variable as it was set, which knows its own name: what is wrong with it is noted under that
//! name, whoever parses it.

use super::problem::Problems;
use super::values;
use deploy_core::base::invalid::{Invalid, choose};
use deploy_core::base::items;

/// A variable that is one text. There is no `Debug`: it may be a secret.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) name: &'static str,
    pub(super) given: Option<&'a str>,
    pub(super) problems: &'a Problems,
}

impl<'a> Value<'a> {
    /// Notes that it cannot be used.
    pub(super) fn refuse(self, reason: impl Into<String>, help: impl Into<String>) {
        self.problems.push(self.name, Invalid::new(reason, help));
    }

    /// Its text, without the blanks and line breaks around it; none if nothing is left.
    pub(super) fn text(self) -> Option<&'a str> {
        self.given.map(str::trim).filter(|text| !text.is_empty())
    }

    /// Its text, kept.
    pub(super) fn owned(self) -> Option<String> {
        self.text().map(str::to_owned)
    }

    /// Whether it is set to something.
    pub(super) fn is_set(self) -> bool {
        self.text().is_some()
    }

    /// This variable, or the `other` one where only that is set.
    pub(super) fn or(self, other: Self) -> Self {
        if other.is_set() && !self.is_set() {
            other
        } else {
            self
        }
    }

    /// What is in `parsed`; its mistake is noted as one of this variable.
    pub(super) fn check<T>(self, parsed: Result<T, Invalid>) -> Option<T> {
        self.problems.check(self.name, parsed)
    }

    /// What `parse` makes of it, if it is set.
    pub(super) fn parse<T>(self, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Option<T> {
        self.check(parse(self.text()?))
    }

    /// What it stands for among `choices`, in any case, if it is set.
    pub(super) fn one_of<T: Clone>(self, choices: &[(&str, T)]) -> Option<T> {
        self.parse(|text| choose(text, choices))
    }

    /// As [`Self::parse`], for a variable that has to be set; `help` says to what.
    pub(super) fn required<T>(
        self,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
        help: &str,
    ) -> Option<T> {
        if !self.is_set() {
            self.miss("required, but not set", help);
        }
        self.parse(parse)
    }

    /// Notes that there is nothing in it, for `reason`, unless it was passed on from a variable that is
    /// not defined, which looks the same in a pipeline and is set right elsewhere.
    pub(super) fn miss(self, reason: &str, help: &str) {
        match self.given {
            None => self.refuse(reason, help),
            Some(_) => self.refuse(
                "passed, but empty",
                "is the repository, workspace or deployment variable that it is made of defined? Those of a deployment need `deployment:` on the step; and a step gets no variable that was added after it started",
            ),
        }
    }

    /// Whether it is switched on, whatever else it may be.
    pub(super) fn is_on(self) -> bool {
        self.text().map(values::boolean) == Some(Ok(true))
    }

    /// Whether it is switched on.
    pub(super) fn switch(self) -> bool {
        self.parse(values::boolean).unwrap_or_default()
    }
}

/// A variable that may be a list. There is no `Debug` here either.
#[derive(Clone, Copy)]
pub(super) struct List<'a> {
    pub(super) name: &'static str,
    pub(super) text: Option<&'a str>,
    pub(super) items: Option<&'a [String]>,
    pub(super) problems: &'a Problems,
}

/// How a list was given.
#[derive(Clone, Copy)]
pub(super) enum Given<'a> {
    /// It is not set.
    Nothing,
    /// As a plain string.
    Text(&'a str),
    /// As a YAML list.
    Items(&'a [String]),
}

impl<'a> List<'a> {
    /// As [`Value::refuse`].
    pub(super) fn refuse(self, reason: impl Into<String>, help: impl Into<String>) {
        self.problems.push(self.name, Invalid::new(reason, help));
    }

    /// As [`Value::check`].
    pub(super) fn check<T>(self, parsed: Result<T, Invalid>) -> Option<T> {
        self.problems.check(self.name, parsed)
    }

    /// How it was given, for those whose text is more than a list of words.
    pub(super) fn given(self) -> Given<'a> {
        match (self.items, self.text) {
            (Some(items), _) => Given::Items(items),
            (None, Some(text)) if !text.trim().is_empty() => Given::Text(text),
            (None, _) => Given::Nothing,
        }
    }

    /// Whether it is set to something.
    pub(super) fn is_set(self) -> bool {
        !matches!(self.given(), Given::Nothing | Given::Items([]))
    }

    /// Its items: those of the YAML list, or the words of the plain string. A backslash keeps the
    /// blank behind it, as in .gitignore.
    pub(super) fn items(self) -> Vec<String> {
        match self.given() {
            Given::Items(items) => items.iter().map(|item| trimmed(item).to_owned()).collect(),
            Given::Text(text) => words(text),
            Given::Nothing => Vec::new(),
        }
    }

    /// As [`Self::items`], for items that hold no commas: those may stand between them.
    pub(super) fn ids(self) -> Vec<String> {
        let items = self.items();
        let ids = items.iter().flat_map(|item| item.split(',')).map(str::trim);
        ids.filter(|id| !id.is_empty()).map(str::to_owned).collect()
    }

    /// What `parse` makes of all its items; also of none.
    pub(super) fn parse<T>(self, parse: impl FnOnce(&[String]) -> Result<T, Invalid>) -> Option<T> {
        let items = self.items();
        self.check(items::check(&items).and_then(|()| parse(&items)))
    }

    /// What `parse` makes of each of its ids; none if one of them is a mistake.
    pub(super) fn each<T>(self, parse: impl Fn(&str) -> Result<T, Invalid>) -> Option<Vec<T>> {
        let ids = self.ids().into_iter();
        let parsed = ids.map(|id| self.check(parse(&id)));
        // All are looked at before the first mistake ends it.
        parsed.collect::<Vec<_>>().into_iter().collect()
    }
}

/// `item` without the blanks around it, but for one that a backslash keeps.
fn trimmed(item: &str) -> &str {
    let end = item.trim_end();
    let kept = if end.ends_with('\\') {
        item.get(end.len()..).and_then(|rest| rest.chars().next())
    } else {
        None
    };
    let end = end.len() + kept.map_or(0, char::len_utf8);
    item.get(..end).unwrap_or(item).trim_start()
}

/// The words of `text`; a line that begins with `#` is a comment, as in .gitignore.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut escaped = false;
    let lines = text.split_inclusive('\n');
    let lines = lines.filter(|line| !line.trim_start().starts_with('#'));
    for character in lines.flat_map(str::chars) {
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
    use super::{List, Problems, Value};
    use deploy_core::base::invalid::Invalid;

    fn value<'a>(name: &'static str, given: Option<&'a str>, problems: &'a Problems) -> Value<'a> {
        Value {
            name,
            given,
            problems,
        }
    }

    fn list<'a>(
        text: Option<&'a str>,
        items: Option<&'a [String]>,
        problems: &'a Problems,
    ) -> List<'a> {
        List {
            name: "NAME",
            text,
            items,
            problems,
        }
    }

    fn told(problems: Problems) -> Vec<String> {
        problems
            .sorted(std::iter::empty())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn what_is_around_a_value_is_no_part_of_it() {
        let problems = Problems::default();
        for given in ["site", " site", "site\n", "\tsite\r\n", "\u{a0}site "] {
            assert_eq!(value("NAME", Some(given), &problems).text(), Some("site"));
        }
        for given in [None, Some(""), Some(" \n")] {
            assert!(!value("NAME", given, &problems).is_set(), "{given:?}");
        }
    }

    #[test]
    fn what_is_missing_is_told_from_what_arrived_empty() {
        let problems = Problems::default();
        for given in [None, Some(""), Some(" ")] {
            let taken = |_: &str| Ok::<_, Invalid>(());
            value("NAME", given, &problems).required(taken, "set it");
        }
        let told = told(problems);
        assert_eq!(told[0], "NAME: required, but not set; set it.");
        for told in &told[1..] {
            assert!(
                told.starts_with("NAME: passed, but empty; is the"),
                "{told}"
            );
        }
    }

    #[test]
    fn the_first_of_two_that_is_set_counts_and_is_named() {
        let problems = Problems::default();
        let [set, other] =
            [("A", Some("a")), ("B", Some("b"))].map(|(name, given)| value(name, given, &problems));
        let unset = value("A", None, &problems);
        assert_eq!(set.or(other).name, "A");
        assert_eq!(unset.or(other).name, "B");
        assert_eq!(unset.or(value("B", None, &problems)).name, "A");
    }

    #[test]
    fn a_list_comes_as_items_or_as_one_string() {
        let problems = Problems::default();
        let items = ["*.map ".to_owned(), "a b".to_owned(), "c\\  ".to_owned()];
        let given = list(None, Some(&items), &problems);
        assert_eq!(given.items(), ["*.map", "a b", "c\\ "]);
        let text = "# maps and more\n*.map  a\\ b\n  # kept\n!keep";
        let given = list(Some(text), None, &problems);
        assert_eq!(given.items(), ["*.map", "a\\ b", "!keep"]);
        for unset in [None, Some(""), Some(" ")] {
            assert!(!list(unset, None, &problems).is_set());
        }
    }

    #[test]
    fn every_item_that_is_a_mistake_is_told() {
        let problems = Problems::default();
        let taken = list(Some("a b c"), None, &problems).each(|item| match item {
            "b" => Ok(()),
            _ => Err(Invalid::new(item, "b")),
        });
        assert_eq!(taken, None);
        assert_eq!(told(problems), ["NAME: a; b.", "NAME: c; b."]);
    }
}
