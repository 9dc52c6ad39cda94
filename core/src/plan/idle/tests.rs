//! What is told of patterns that match nothing.

use std::path::PathBuf;

use super::{Sight, Suspect, Syntax, warnings};
use crate::object::etag::ETag;
use crate::tree::{Listing, LocalTree, Source};

fn told(suspects: &[(&str, Syntax<'_>)]) -> Vec<String> {
    let mut local = LocalTree::new(Source::Folder(PathBuf::from("./frontend/dist")));
    for key in [
        "Assets/app.js",
        "about.html",
        "index.html",
        "img/deep/a.PNG",
    ] {
        assert!(local.push(key, 1, 0));
    }
    local.sort();
    let mut listing = Listing::default();
    for key in ["drafts/old.html", "js/app.js.map"] {
        assert!(listing.push(key, 1, ETag::Opaque, 0));
    }
    let sight = Sight {
        local: &local,
        remote: Some(&listing.tree()),
        left_out: &["notes.txt".to_owned(), "node_modules/".to_owned()],
        prefix: "docs/",
    };
    let suspects = suspects.iter().map(|(pattern, syntax)| Suspect {
        origin: "X".to_owned(),
        pattern,
        syntax: *syntax,
    });
    let told = warnings(suspects.collect(), sight).into_iter();
    told.map(|line| line.replace("X: no file and no object ", ""))
        .collect()
}

#[test]
fn a_pattern_that_matches_nothing_is_told_with_what_was_meant() {
    let bases = ["/docs/".to_owned(), "/".to_owned()];
    let url = Syntax::Url(&bases);
    let (git, flag, path) = (Syntax::Gitignore, Syntax::Flag, Syntax::Path);
    for (pattern, syntax, meant) in [
        (
            "./drafts/*",
            git,
            ": names do not begin with `./`; did you mean `drafts/*`?",
        ),
        (
            "*.map,notes.txt",
            git,
            ": it is several in one; did you mean `*.map` and `notes.txt`?",
        ),
        (
            "[drafts]",
            git,
            ": brackets stand for one of the letters in them; did you mean `drafts`?",
        ),
        (
            "dist/*.map",
            git,
            ": names begin below LOCAL_PATH; did you mean `*.map`?",
        ),
        (
            "/frontend/dist/drafts/",
            git,
            ": names begin below LOCAL_PATH; did you mean `drafts/`?",
        ),
        (
            "!dist/*.map",
            git,
            ": names begin below LOCAL_PATH; did you mean `!*.map`?",
        ),
        ("dist/*", git, ": names begin below LOCAL_PATH"),
        (
            "docs/drafts/",
            git,
            ": names begin below the prefix of S3_BUCKET; did you mean `drafts/`?",
        ),
        (
            "assets/",
            git,
            ": `Assets/app.js` differs from it in capitals",
        ),
        (
            "dist/assets/",
            git,
            ": names begin below LOCAL_PATH, and `Assets/app.js` differs in capitals; did you mean `assets/`?",
        ),
        (
            "^.*\\.map$",
            git,
            ": it is written as a regular expression; did you mean `*.map`?",
        ),
        (
            ".*\\.html",
            flag,
            ": it is written as a regular expression; did you mean `*.html`?",
        ),
        (
            ".map",
            git,
            ": a `*` is missing in front; did you mean `*.map`?",
        ),
        (
            "dist/.map",
            git,
            ": names begin below LOCAL_PATH; did you mean `*.map`?",
        ),
        (
            "index.html/",
            git,
            ": a `/` at the end stands for folders; did you mean `index.html`?",
        ),
        (
            "/old.html",
            git,
            ": a `/` in front stands for the top of LOCAL_PATH; did you mean `old.html`?",
        ),
        (
            "deep/*.PNG",
            git,
            ": it stands for the top of LOCAL_PATH; did you mean `**/deep/*.PNG`?",
        ),
        (
            "drafts\\old.html",
            git,
            ": folders are divided by `/`; did you mean `drafts/old.html`?",
        ),
        ("draft/", git, "; did you mean `drafts`?"),
        ("indx.html", git, "; did you mean `index.html`?"),
        ("*.woff2", git, ""),
        (
            "/drafts/*",
            flag,
            ": names do not begin with `/`; did you mean `drafts/*`?",
        ),
        (
            "drafts",
            flag,
            ": what is in a folder is matched by a `*` at the end; did you mean `drafts/*`?",
        ),
        (
            "drafts/",
            flag,
            ": what is in a folder is matched by a `*` at the end; did you mean `drafts/*`?",
        ),
        (
            "deep/*",
            flag,
            ": it stands for the top of LOCAL_PATH; did you mean `*/deep/*`?",
        ),
        (
            "*.JS",
            flag,
            ": `Assets/app.js` differs from it in capitals",
        ),
        (
            "/dist/*.js",
            path,
            ": names begin below LOCAL_PATH; did you mean `/*.js`?",
        ),
        (
            "/drafts/",
            path,
            ": what is in a folder is matched by a `*` at the end; did you mean `/drafts/*`?",
        ),
        (
            "/app.js",
            path,
            ": it stands for the top of the site; did you mean `/*/app.js`?",
        ),
        ("/api/:id", path, ""),
        (
            "/drafts/",
            url,
            ": what is in a folder is matched by a `*` at the end; did you mean `/drafts/*`?",
        ),
        (
            "/assets/*",
            url,
            ": `Assets/app.js` differs from it in capitals",
        ),
        ("/api/*", url, ""),
    ] {
        let verb = if syntax == url {
            "is served at"
        } else {
            "matches"
        };
        let line = format!("{verb} `{pattern}`{meant}");
        assert_eq!(told(&[(pattern, syntax)]), [line], "{syntax:?}");
    }
}

#[test]
fn a_pattern_that_matches_anything_is_not_told() {
    let bases = ["/docs/".to_owned(), "/".to_owned()];
    let url = Syntax::Url(&bases);
    let (git, flag, path) = (Syntax::Gitignore, Syntax::Flag, Syntax::Path);
    let patterns = [
        ("*.map", git),
        ("Assets", git),
        ("*.txt", git),
        ("node_modules/x/*", git),
        ("# a comment", git),
        ("*.js", flag),
        ("/*", path),
        ("/about", path),
        ("/docs/*", url),
        ("/index.html", url),
        ("/about/", url),
        ("/docs/about?lang=*", url),
        ("/", url),
    ];
    assert_eq!(told(&patterns), Vec::<String>::new());
}

#[test]
fn many_patterns_share_a_line() {
    let names: Vec<String> = (0..40).map(|number| format!("{number}zzzzzzz")).collect();
    let suspects: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), Syntax::Gitignore))
        .collect();
    let told = told(&suspects);
    assert_eq!(told.len(), 11);
    assert_eq!(told[9], "matches `9zzzzzzz`");
    assert!(
        told[10]
            .starts_with("no file and no object matches 30 other patterns: X `10zzzzzzz`, X `11"),
        "{}",
        told[10]
    );
    assert!(told[10].ends_with("and 10 more"), "{}", told[10]);
}
