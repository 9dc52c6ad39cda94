//! Files that stand where they do nothing: rules that nobody reads, and a site one folder too deep.

use crate::base::has_word;
use crate::base::units::listed;

/// Names of the files of rules, with those that they are given by mistake.
const RULE_FILES: &str = "_header _headers _headers.txt _redirect _redirects _redirects.txt";

/// Folders that sites are built to.
const OUTPUTS: &str = "_site browser build dist export html out output public site www";

/// A warning for each kind of misplaced file among `names`, relative to the folder that is deployed. The
/// rules that are read are not among them.
pub fn warnings<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let mut warnings = Vec::new();
    let unread = names.clone().filter(|name| {
        let last = name.rsplit('/').next().unwrap_or_default();
        has_word(RULE_FILES, &last.to_ascii_lowercase())
    });
    let unread = listed(unread.map(|name| format!("`{name}`")));
    if !unread.is_empty() {
        warnings.push(format!(
            "{unread}: deployed like any other file, for rules are read from `_headers` and `_redirects` at the top of LOCAL_PATH"
        ));
    }
    if let Some(folder) = only_output(names) {
        warnings.push(format!(
            "LOCAL_PATH holds nothing but `{folder}/`, which has an index.html: if that is the site, add `/{folder}` to LOCAL_PATH"
        ));
    }
    warnings
}

/// The one folder that all `names` are in, if it looks like what a site is built to.
fn only_output<'a>(mut names: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let (folder, _) = names.clone().next()?.split_once('/')?;
    let inside = |name: &'a str| name.strip_prefix(folder)?.strip_prefix('/');
    let is_site = has_word(OUTPUTS, folder)
        && names.clone().all(|name| inside(name).is_some())
        && names.any(|name| inside(name) == Some("index.html"));
    is_site.then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::warnings;

    fn told(names: &[&'static str]) -> Vec<String> {
        warnings(names.iter().copied())
    }

    #[test]
    fn rules_that_nobody_reads_are_told() {
        let told = told(&[
            "_headers.txt",
            "docs/_redirects",
            "index.html",
            "x/_HEADERS",
        ]);
        assert_eq!(
            told,
            [
                "`_headers.txt`, `docs/_redirects`, `x/_HEADERS`: deployed like any other file, for rules are read from `_headers` and `_redirects` at the top of LOCAL_PATH"
            ]
        );
    }

    #[test]
    fn a_site_one_folder_too_deep_is_told() {
        let deep = told(&["dist/app.js", "dist/index.html"]);
        assert_eq!(
            deep,
            [
                "LOCAL_PATH holds nothing but `dist/`, which has an index.html: if that is the site, add `/dist` to LOCAL_PATH"
            ]
        );
        for names in [
            &[][..],
            &["index.html"],
            &["dist/app.js"],
            &["dist/index.html", "index.html"],
            &["dist/a.js", "distinct/index.html"],
            &["blog/index.html"],
        ] {
            assert!(told(names).is_empty(), "{names:?}");
        }
    }
}
