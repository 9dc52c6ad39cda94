//! `_headers` in LOCAL_PATH: the format of Netlify and Cloudflare Pages.
//! <https://docs.netlify.com/manage/routing/headers/>,
//! <https://developers.cloudflare.com/pages/configuration/headers/>
//!
//! Text in, rules out, beside what S3 cannot do with it. Values are never repeated in what is left
//! out: among them are passwords (Basic-Auth).

use std::collections::{BTreeMap, BTreeSet};

use super::path_pattern::{PathPattern, paths_of};
use crate::base::text::{REPLACEMENT, is_invisible};
use crate::object::headers::expires;
use crate::object::pairs::metadata_pair;
use crate::object::setting::{Field, Setting};

/// One block of the file: the headers of the paths that match.
#[derive(Clone, Debug, PartialEq)]
pub struct PathRule {
    /// Line of the path.
    pub line: usize,
    /// Which paths it is for.
    pub pattern: PathPattern,
    /// What it says.
    pub settings: Vec<Setting>,
}

impl PathRule {
    /// Whether it is for the object `key`, at any path that a website serves it at.
    pub fn applies_to(&self, key: &str) -> bool {
        paths_of(key).iter().any(|path| self.pattern.matches(path))
    }
}

/// What a `_headers` file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeadersFile {
    /// Its rules, in order.
    pub rules: Vec<PathRule>,
    /// Names of headers that S3 cannot store with an object, in alphabetical order.
    pub not_stored: BTreeSet<String>,
    /// Lines that are no rule for S3, each with why.
    pub left_out: Vec<(usize, &'static str)>,
}

/// Name and value of one header line, with its line number.
type Line<'a> = (usize, &'a str, Option<&'a str>);

/// Reads the `text` of the file. Nothing is refused: other hosts ignore what they do not know too.
pub fn parse(text: &str) -> HeadersFile {
    let mut file = HeadersFile::default();
    // The block that is being read: `None` for one whose lines do not count.
    let mut block: Option<(usize, &str, Vec<Line>)> = None;
    let mut ignoring = false;
    for (number, line) in (1..).zip(text.lines()) {
        let is_indented = line.starts_with(char::is_whitespace);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let reason = if line.contains(REPLACEMENT) {
            // What stands below such a path is not for the path before it.
            if line.starts_with('/') {
                file.finish(block.take());
                ignoring = true;
            }
            "has bytes that are not UTF-8"
        } else if line.starts_with('/') {
            file.finish(block.replace((number, line, Vec::new())));
            ignoring = false;
            continue;
        } else if line.starts_with("https://") || line.starts_with("http://") {
            file.finish(block.take());
            ignoring = true;
            "is for one host only"
        } else if ignoring && header(line).is_some() {
            continue;
        } else if let (Some((_, _, lines)), Some((name, value))) = (&mut block, header(line)) {
            lines.push((number, name, value));
            continue;
        } else if line.starts_with(is_invisible) {
            "begins with an invisible character"
        } else if block.is_some() && !is_indented && !line.contains(':') {
            // Both hosts skip the line, and go on with the path before it.
            "is no path, which begins with `/`: what follows is for the path before it"
        } else {
            "is neither a path nor a header below one"
        };
        file.left_out.push((number, reason));
    }
    file.finish(block);
    file
}

/// `Name: value`, or `! Name`, which takes the header away.
fn header(line: &str) -> Option<(&str, Option<&str>)> {
    if let Some(name) = line.strip_prefix('!') {
        return (!name.contains(':')).then(|| (name.trim(), None));
    }
    let (name, value) = line.split_once(':')?;
    let (name, value) = (name.trim(), value.trim());
    let is_whole = !name.is_empty() && !value.is_empty() && !name.contains(char::is_whitespace);
    is_whole.then_some((name, Some(value)))
}

impl HeadersFile {
    fn finish(&mut self, block: Option<(usize, &str, Vec<Line>)>) {
        let Some((line, path, lines)) = block else {
            return;
        };
        let mut settings = Vec::new();
        for Named {
            number,
            name,
            values,
        } in by_name(&lines)
        {
            let value = values.map(|values| values.join(", "));
            let depends = value.as_ref().is_some_and(|it| names_part(path, it));
            let reason = match setting(&name, value) {
                Stored::As(_) if depends => "has a value that depends on the path",
                Stored::NotThisValue => "has a value that its header cannot have",
                Stored::As(setting) => {
                    settings.push(setting);
                    continue;
                }
                Stored::Never => {
                    self.not_stored.insert(name);
                    continue;
                }
                Stored::Nothing => continue,
            };
            self.left_out.push((number, reason));
        }
        if !settings.is_empty() {
            let pattern = PathPattern::parse(path);
            self.rules.push(PathRule {
                line,
                pattern,
                settings,
            });
        }
    }
}

/// A header of a block with all its values, none if the block only takes it away.
struct Named<'a> {
    /// The first line that names it.
    number: usize,
    /// In lower case.
    name: String,
    values: Option<Vec<&'a str>>,
}

/// The headers that `lines` name, each once: one that is named twice has both values. What a block
/// takes away is what others set: Cloudflare, whose notation it is, takes away first and sets then,
/// in whatever order the lines are.
/// <https://developers.cloudflare.com/pages/configuration/headers/#detach-a-header>
fn by_name<'a>(lines: &[Line<'a>]) -> Vec<Named<'a>> {
    let mut headers: Vec<Named> = Vec::new();
    let mut places = BTreeMap::new();
    for (number, name, value) in lines {
        let name = name.to_ascii_lowercase();
        let place = *places.entry(name.clone()).or_insert(headers.len());
        match headers.get_mut(place) {
            Some(Named { values, .. }) => {
                if let Some(value) = value {
                    values.get_or_insert_default().push(value);
                }
            }
            None => headers.push(Named {
                number: *number,
                name,
                values: value.map(|value| vec![value]),
            }),
        }
    }
    headers
}

/// Whether `value` names a part of the paths that match `path`, as Cloudflare's can.
/// <https://developers.cloudflare.com/pages/configuration/headers/#match-a-path>
fn names_part(path: &str, value: &str) -> bool {
    let splat = path.contains('*').then_some(":splat");
    let placeholders = path
        .split('/')
        .filter(|part| part.len() > 1 && part.starts_with(':'));
    let mut names = splat.into_iter().chain(placeholders);
    names.any(|name| value.contains(name))
}

/// What S3 can do with a header.
enum Stored {
    As(Setting),
    NotThisValue,
    Never,
    /// It is not to be there, and never is.
    Nothing,
}

fn setting(name: &str, value: Option<String>) -> Stored {
    let field = match name {
        "cache-control" => Some(Field::CacheControl),
        "content-type" => Some(Field::ContentType),
        "content-disposition" => Some(Field::ContentDisposition),
        "content-encoding" => Some(Field::ContentEncoding),
        "content-language" => Some(Field::ContentLanguage),
        "x-amz-website-redirect-location" => Some(Field::WebsiteRedirect),
        _ => None,
    };
    let metadata = name
        .strip_prefix("x-amz-meta-")
        .filter(|name| !name.is_empty());
    let checked = match (field, metadata, value) {
        (Some(field), _, value) => value
            .map(|value| field.check(&value))
            .transpose()
            .map(|value| Setting::Text(field, value)),
        (None, Some(metadata), value) => {
            let pair = metadata_pair(metadata, value.as_deref().unwrap_or_default());
            pair.map(|(name, checked)| Setting::Metadata(name, value.map(|_| checked)))
        }
        (None, _, value) if name == "expires" => value
            .map(|value| expires(&value))
            .transpose()
            .map(Setting::Expires),
        (None, _, None) => return Stored::Nothing,
        (None, None, Some(_)) => return Stored::Never,
    };
    checked.map_or(Stored::NotThisValue, Stored::As)
}

#[cfg(test)]
mod tests;
