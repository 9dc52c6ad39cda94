//! What COMMAND=explain needs: the local side and its rules, and nothing of AWS.

use super::rules::{self, Rules};
use super::variables::Input;
use super::{deploy, headers, local_path, reporting};
use crate::source::Links;
use deploy_core::base::invalid::Invalid;
use deploy_core::object::destination::Destination;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::object::key::RelativeKey;
use deploy_core::tree::{Filter, Source};

/// A question for the headers of objects, checked.
#[derive(Clone, Debug)]
pub struct Explain {
    /// Where the files are.
    pub source: Source,
    /// Where the objects would go, if that is set.
    pub destination: Option<Destination>,
    /// Where visitors find the site.
    pub site: Option<String>,
    /// Which names count.
    pub filter: Filter,
    /// What becomes of symbolic links.
    pub links: Links,
    /// Headers of every object.
    pub headers: ObjectHeaders,
    /// What else decides over headers, and over the stored bytes.
    pub rules: Rules,
    /// The one object that is asked for; none for all of them.
    pub path: Option<RelativeKey>,
}

pub(super) fn read(input: &Input) -> Option<Explain> {
    let source = local_path::read(input);
    let destination = input.s3_bucket().parse(Destination::parse);
    let site = reporting::site(input);
    let filter = deploy::filter(input);
    let headers = headers::read(input);
    let rules = rules::read(input, &headers);
    let path = input.explain_path().parse(path);
    Some(Explain {
        source: source?,
        destination,
        site,
        filter: filter?,
        links: input.args.links,
        headers,
        rules,
        path,
    })
}

/// A key, or the path of a URL, which begins with `/` and means an index page if it ends with one.
fn path(value: &str) -> Result<RelativeKey, Invalid> {
    let relative = value.strip_prefix('/').unwrap_or(value);
    let key = if relative.is_empty() || relative.ends_with('/') {
        format!("{relative}index.html")
    } else {
        relative.to_owned()
    };
    RelativeKey::parse(&key).map_err(|fault| {
        Invalid::new(
            format!("`{value}` {fault}"),
            "name a file relative to LOCAL_PATH, for example `assets/app.js`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn paths_are_keys_or_those_of_urls() {
        for (value, key) in [
            ("a/b.js", "a/b.js"),
            ("/a/b.js", "a/b.js"),
            ("/", "index.html"),
            ("guide/", "guide/index.html"),
        ] {
            assert_eq!(path(value).map(|key| key.to_string()).as_deref(), Ok(key));
        }
        assert!(path("../a").is_err());
        assert!(path("//a").is_err());
    }
}
