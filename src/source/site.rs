//! What LOCAL_PATH itself says of the deploy: `_headers` and `_redirects`.
//!
//! Reads the two files, puts the redirects into the local side, and words what S3 cannot do. What
//! stands in the files is the business of `headers`.

use super::fault::Fault;
use crate::source::RULE_FILES;
use crate::system::file as regular;
use deploy_core::base::text;
use deploy_core::base::units::{MIB, listed};
use deploy_core::object::content::{Content, page};
use deploy_core::object::key::KEY_BYTES_MAX;
use deploy_core::rules::headers_file::HeadersFile;
use deploy_core::rules::redirects::{Redirect, RedirectsFile};
use deploy_core::rules::{circles, headers_file, redirects};
use deploy_core::tree::{Filter, LocalTree, Source};

/// Most bytes of either file: some fifty thousand redirects.
const FILE_BYTES_MAX: u64 = 4 * MIB;

/// What both files say; nothing if they are not there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SiteFiles {
    /// `_headers`.
    pub headers: HeadersFile,
    /// `_redirects`.
    pub redirects: RedirectsFile,
}

/// Reads the files at the top of `source` that EXCLUDE does not take out.
///
/// # Errors
/// When a file is there and cannot be read.
pub fn read(source: &Source, filter: &Filter) -> Result<SiteFiles, Fault> {
    let [headers, redirects] = RULE_FILES;
    Ok(SiteFiles {
        headers: headers_file::parse(&text(source, filter, headers)?),
        redirects: redirects::parse(&text(source, filter, redirects)?),
    })
}

fn text(source: &Source, filter: &Filter, name: &str) -> Result<String, Fault> {
    let Source::Folder(folder) = source else {
        return Ok(String::new());
    };
    let path = folder.join(name);
    if filter.excludes(name) || !path.is_file() {
        return Ok(String::new());
    }
    match regular::read(&path, FILE_BYTES_MAX) {
        Ok(bytes) => text::decode_lossy(&bytes).map_err(|source| Fault::NotText { path, source }),
        Err(source) => Err(Fault::Read { path, source }),
    }
}

/// What became of the redirects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    /// How many redirects the bucket is to have.
    pub made: usize,
    /// Keys where a file won over the redirect.
    pub shadowed: Vec<String>,
    /// Keys where the redirect won, because it is forced.
    pub forced: Vec<String>,
    /// Keys that are too long behind the prefix.
    too_long: Vec<String>,
    /// Lines whose redirects lead back to where they begin, each with how.
    leading_back: Vec<(usize, &'static str)>,
}

/// Puts the redirects that `filter` takes into `tree`, which is in order before and after. The keys
/// of the bucket begin with `prefix`, and visitors find the site at `url`, if that is known.
pub fn place(
    redirects: &RedirectsFile,
    tree: &mut LocalTree,
    filter: &Filter,
    prefix: &str,
    url: Option<&str>,
) -> Placed {
    let mut placed = Placed::default();
    let taken = redirects.redirects.iter();
    let taken = taken.filter(|redirect| filter.takes(&redirect.key));
    let (fitting, too_long): (Vec<&Redirect>, Vec<&Redirect>) =
        taken.partition(|redirect| prefix.len() + redirect.key.len() <= KEY_BYTES_MAX);
    let too_long = too_long.into_iter().map(|redirect| redirect.key.clone());
    placed.too_long.extend(too_long);
    let leading_back = circles::find(&fitting, |key| tree.find(key).is_some(), prefix, url);
    let mut added = Vec::new();
    for (redirect, leads_back) in fitting.into_iter().zip(leading_back) {
        let Redirect { key, location, .. } = redirect;
        let size = page(location).len() as u64;
        if let Some(how) = leads_back {
            placed.leading_back.push((redirect.line, how));
            continue;
        }
        match tree.find(key) {
            Some(_) if !redirect.forced => placed.shadowed.push(key.clone()),
            Some(index) => {
                tree.set_content(index, size, Content::Redirect(location.as_str().into()));
                placed.forced.push(key.clone());
                placed.made += 1;
            }
            None => added.push((key, size, location)),
        }
    }
    for (key, size, location) in added {
        if tree.push_redirect(key, size, location) {
            placed.made += 1;
        } else {
            placed.too_long.push(key.clone());
        }
    }
    tree.sort();
    placed
}

/// What users should know of, in one warning for each file and each choice.
pub fn warnings(site: &SiteFiles, placed: &Placed) -> Vec<String> {
    let (headers, redirects) = (&site.headers, &site.redirects);
    let other_status = redirects.redirects.iter().filter(|it| it.other_status);
    let other_status = other_status.map(|redirect| format!("line {}", redirect.line));
    let not_stored = [
        told("S3 cannot store ", quoted(&headers.not_stored)),
        told("", lines(&headers.left_out)),
    ];
    let not_made = [
        told("S3 cannot express ", lines(&redirects.left_out)),
        told(
            "left out, as no visitor would arrive: ",
            lines(&placed.leading_back),
        ),
        told("too long for keys: ", quoted(&placed.too_long)),
        told(
            "S3 answers 301 where other statuses are asked for, ",
            other_status,
        ),
    ];
    let not_stored = told_together("_headers is applied only in part: ", &not_stored);
    let warnings = [
        not_stored.map(|warning| {
            format!("{warning}; a CloudFront response headers policy can add other headers")
        }),
        told_together("_redirects is applied only in part: ", &not_made),
        told(
            "_redirects: files win over redirects from the same path, unless those say `301!`: ",
            quoted(&placed.shadowed),
        ),
        told(
            "_redirects: forced redirects replace the files ",
            quoted(&placed.forced),
        ),
    ];
    warnings.into_iter().flatten().collect()
}

/// A sentence that ends in `items`, if there are any.
fn told(beginning: &str, items: impl Iterator<Item = String>) -> Option<String> {
    let items = listed(items);
    (!items.is_empty()).then(|| format!("{beginning}{items}"))
}

/// One sentence of those that there are.
fn told_together(beginning: &str, sentences: &[Option<String>]) -> Option<String> {
    let sentences: Vec<&str> = sentences.iter().flatten().map(String::as_str).collect();
    (!sentences.is_empty()).then(|| format!("{beginning}{}", sentences.join("; ")))
}

fn lines(left_out: &[(usize, &'static str)]) -> impl Iterator<Item = String> {
    let left_out = left_out.iter();
    left_out.map(|(line, reason)| format!("line {line} ({reason})"))
}

fn quoted<'a>(keys: impl IntoIterator<Item = &'a String>) -> impl Iterator<Item = String> {
    keys.into_iter().map(|key| format!("`{key}`"))
}

#[cfg(test)]
mod tests {
    use super::{Placed, SiteFiles, place, warnings};
    use deploy_core::object::content::Content;
    use deploy_core::rules::{headers_file, redirects};
    use deploy_core::tree::{Filter, LocalTree, Patterns, Source};
    use std::path::PathBuf;

    fn placed(text: &str, files: &[&str], exclude: &str) -> (Placed, Vec<String>) {
        let mut tree = LocalTree::new(Source::Folder(PathBuf::from("d")));
        for file in files {
            assert!(tree.push(file, 1, 0));
        }
        tree.sort();
        let exclude = Patterns::parse(&[exclude.to_owned()]).unwrap();
        let filter = Filter::new(exclude, Patterns::default());
        let placed = place(
            &redirects::parse(text),
            &mut tree,
            &filter,
            &"p".repeat(1000),
            None,
        );
        let files = tree.files().iter();
        let keys = files.map(|file| match tree.content(file) {
            Content::Redirect(location) => format!("{} -> {location}", tree.key(file)),
            _ => tree.key(file).to_owned(),
        });
        let keys = keys.collect();
        (placed, keys)
    }

    #[test]
    fn redirects_join_the_files_in_order() {
        let text = "/z /1\n/a /2\n/file /3\n/forced /4 302!\n/drafts/x /5\n/aaaaaaaaaabbbbbbbbbbccccccccccc /6\n";
        let (placed, keys) = placed(text, &["file", "forced", "m"], "drafts");
        assert_eq!(keys, ["a -> /2", "file", "forced -> /4", "m", "z -> /1"]);
        assert_eq!(placed.made, 3);
        assert_eq!(placed.shadowed, ["file"]);
        assert_eq!(placed.forced, ["forced"]);
        assert_eq!(placed.too_long.len(), 1);
    }

    #[test]
    fn a_redirect_that_leads_back_never_replaces_a_page() {
        let text = "/index.html / 301!\n/a /b 301!\n/b /a\n/old /index.html\n/about.html /about\n";
        let (placed, keys) = placed(text, &["a", "about.html", "index.html"], "drafts");
        assert_eq!(
            keys,
            ["a", "about.html", "index.html", "old -> /index.html"]
        );
        let site = SiteFiles {
            redirects: redirects::parse(text),
            ..SiteFiles::default()
        };
        assert_eq!(
            warnings(&site, &placed),
            [
                "_redirects is applied only in part: left out, as no visitor would arrive: line 1 (leads to itself), line 2 (leads in a circle), line 3 (leads in a circle), line 5 (leads to itself)",
            ]
        );
    }

    #[test]
    fn each_file_has_one_warning_for_what_s3_cannot_do() {
        let site = SiteFiles {
            headers: headers_file::parse(
                "/*\n  X-Frame-Options: DENY\n  Content-Security-Policy: x\n  Expires: soon\n",
            ),
            redirects: redirects::parse("/x/* / 301\n/a /b 302\n/* / 200\n"),
        };
        assert_eq!(
            warnings(&site, &Placed::default()),
            [
                "_headers is applied only in part: S3 cannot store `content-security-policy`, `x-frame-options`; line 4 (has a value that its header cannot have); a CloudFront response headers policy can add other headers",
                "_redirects is applied only in part: S3 cannot express line 1 (has a splat), line 3 (is a page for missing paths, which an error document of S3 or a custom error response of CloudFront can be); S3 answers 301 where other statuses are asked for, line 2",
            ]
        );
        assert!(warnings(&SiteFiles::default(), &Placed::default()).is_empty());
    }
}
