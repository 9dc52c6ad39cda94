//! Names of variables that are near the one that was meant. Only names are looked at, never values.

mod foreign;

use super::{has_word, nearest};
use foreign::{FOREIGN, GENERIC, entry};

/// Where a name comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was declared for the pipe: Bitbucket hands its container nothing else but its own names.
    Declared,
    /// It may be anything that the environment of a step holds.
    Environment,
}

/// What is to be used instead of a name that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// This variable.
    Variable(&'static str),
    /// No variable; what to do.
    Otherwise(&'static str),
}

/// Beginnings of the names of CI systems, of what they run on, and of the tools in their images.
const INNOCENT_PREFIXES: &str = "
    ACTIONS_ AGENT_ ANDROID_ APPVEYOR_ AWS_CONTAINER_ AWS_CSM_ AWS_EC2_ AWS_ENDPOINT_URL_
    AWS_EXECUTION_ AWS_LAMBDA_ AWS_SDK_ AZURE_ BASH_ BITBUCKET_ BITRISE_ BUILD_ BUILDKITE_
    CARGO_ CHROME_ CI_ CIRCLE_ CODEBUILD_ COMPOSER_ CONDA_ CONTAINER_ DOCKER_ DOTNET_ DRONE_
    ECS_ GEM_ GIT_ GITHUB_ GITLAB_ GO_ GOOGLE_ GPG_ GRADLE_ HOMEBREW_ JAVA_ JENKINS_ KUBERNETES_
    LC_ MAVEN_ NETLIFY_ NODE_ NPM_ NVM_ PIPELINES_ PIP_ PYTHON_ RENDER_ RUBY_ RUNNER_ RUST_
    RUSTUP_ SEMAPHORE_ SSH_ SUDO_ SYSTEM_ TEAMCITY_ TF_ TRAVIS_ VERCEL_ WERCKER_ XDG_ YARN_
";

/// Other names of the base system, of proxies and of AWS that are near a variable of the pipe.
const INNOCENT: &str = "ALL_PROXY FTP_PROXY HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_DIR";

/// What the system, Docker and CI systems set in every container.
const OF_THE_SYSTEM: &str = "
    CI COLUMNS COLORTERM CONTAINER HOME HOST HOSTNAME LANG LANGUAGE LINES LOGNAME OLDPWD PATH
    PWD SHELL SHLVL TEMP TERM TMP TMPDIR TZ USER _
";

/// Whether the system that a pipe runs on sets `name` by itself, so that nobody meant the pipe by it.
pub fn is_of_the_system(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    is_innocent(&upper) || has_word(OF_THE_SYSTEM, &upper)
}

fn is_innocent(upper: &str) -> bool {
    let mut prefixes = INNOCENT_PREFIXES.split_whitespace();
    prefixes.any(|prefix| upper.starts_with(prefix)) || has_word(INNOCENT, upper)
}

/// What is meant by `name`, unless it is one of the `known` names or near none of them. The items of
/// a list are told by its name alone.
pub fn meant(name: &str, known: &[&'static str], origin: Origin) -> Option<Meant> {
    let name = list_name(name).unwrap_or(name);
    let upper = name.to_ascii_uppercase().replace('-', "_");
    if known.contains(&name) || is_innocent(&upper) {
        return None;
    }
    let find = |fits: &dyn Fn(&str) -> bool| known.iter().find(|known| fits(known)).copied();
    let plain = |name: &str| name.replace('_', "");
    let same = find(&|known| known == upper)
        .or_else(|| find(&|known| plain(known) == plain(&upper)))
        .or_else(|| find(&|known| Some(known) == upper.strip_suffix('S')));
    let generic = || entry(GENERIC, &upper).filter(|_| origin == Origin::Declared);
    let near = || {
        let candidates = known.iter().copied();
        let candidates = candidates.filter(|known| known.chars().next() == upper.chars().next());
        let near = nearest::by_letters(&upper, candidates)?;
        find(&|known| known == near)
    };
    let longer = || {
        let is_longer = |known: &str| {
            let around = upper.split_once(known);
            around.is_some_and(|(before, after)| {
                (before.is_empty() || before.ends_with('_'))
                    && (after.is_empty() || after.starts_with('_'))
            })
        };
        // One word, such as DEBUG, is a part of many names.
        let known = known
            .iter()
            .filter(|known| known.contains('_') && is_longer(known));
        let known = known.max_by_key(|known| known.len()).copied();
        known.filter(|_| origin == Origin::Declared)
    };
    same.map(Meant::Variable)
        .or_else(|| entry(FOREIGN, &upper))
        .or_else(generic)
        .or_else(|| near().or_else(longer).map(Meant::Variable))
}

/// `NAME` of `NAME_COUNT` and `NAME_0`.
fn list_name(name: &str) -> Option<&str> {
    let (list, end) = name.rsplit_once('_')?;
    let is_item = !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit());
    (end == "COUNT" || is_item).then_some(list)
}

#[cfg(test)]
mod tests;
