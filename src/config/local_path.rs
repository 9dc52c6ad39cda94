//! LOCAL_PATH: the folder or file to deploy, and what a user may have meant where it is not there.

use std::path::{Component, Path, PathBuf};
use std::{env, fs, io};

use super::variables::Input;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::units::listed;
use deploy_core::base::{nearest, unexpanded};
use deploy_core::tree::Source;

/// Most names of a folder that are looked at to find the one that was meant.
const NAMES_MAX: usize = 1000;

/// The folder or file that LOCAL_PATH names.
pub(super) fn read(input: &Input) -> Option<Source> {
    let clone = input.bitbucket_clone_dir().text().map(Path::new);
    let help = "name the folder to deploy, for example `dist`";
    let path = input.local_path();
    path.required(|value| source(value, clone), help)
}

/// The folder or file at `value`; `clone` is the folder that the step's container shares with a pipe.
pub(super) fn source(value: &str, clone: Option<&Path>) -> Result<Source, Invalid> {
    let path = PathBuf::from(value);
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => match never_deployed(&path) {
            Some(reason) => Err(Invalid::new(
                format!("`{value}` {reason}"),
                "name the folder to deploy",
            )),
            None => Ok(Source::Folder(path)),
        },
        Ok(metadata) if metadata.is_file() => Ok(Source::File(path)),
        Ok(_) => Err(Invalid::new(
            format!("`{value}` is neither a folder nor a file"),
            "name the folder to deploy",
        )),
        Err(error) => {
            unexpanded::check(value)?;
            let here = env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
            Err(missing(value, &here, clone, &error))
        }
    }
}

/// Why the folder at `path` cannot be what a user means to deploy, whatever it is called here.
fn never_deployed(path: &Path) -> Option<&'static str> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if real.parent().is_none() {
        Some("is the whole file system")
    } else if real.iter().any(|name| name == ".git") {
        Some("is inside a repository's `.git`, which is never deployed")
    } else {
        None
    }
}

/// What is wrong with a value that is no path, or one that leads to something else than a folder or a
/// file.
fn no_path(value: &str, here: &Path, error: &io::Error) -> Option<Invalid> {
    let refused = |reason: &str, help: &str| {
        let reason = format!("`{value}` {reason}");
        Some(Invalid::new(reason, help))
    };
    if let Ok(target) = fs::read_link(here.join(value)) {
        let reason = format!("is a link to `{}`, where nothing is", target.display());
        return refused(&reason, "name the folder to deploy");
    }
    let path = Path::new(value).components();
    let mut above = path.as_path().ancestors();
    if error.kind() == io::ErrorKind::NotADirectory
        && let Some(file) = above.find(|path| here.join(path).is_file())
    {
        let file = file.display();
        let reason = format!("goes on below `{file}`, which is a file");
        return refused(&reason, &format!("write `{file}` to deploy that file"));
    }
    if error.kind() != io::ErrorKind::NotFound {
        let help = "name a folder that the pipe's user can read";
        return refused(&format!("cannot be read ({error})"), help);
    }
    if let Some(at) = value.find(['*', '?', '{']) {
        let folder = value.get(..at).unwrap_or_default();
        let folder = folder.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let help = format!("write `{folder}`, and put patterns into INCLUDE");
        return refused(
            "is a pattern, and LOCAL_PATH names a folder or a file",
            &help,
        );
    }
    let schemes = ["s3://", "http://", "https://"];
    if schemes.iter().any(|scheme| value.starts_with(scheme)) {
        let reason = "is an address, and LOCAL_PATH names a folder or a file of the step";
        let help = "name the folder to deploy; S3_BUCKET says where to";
        return refused(reason, help);
    }
    let parts = || value.split([',', ';', ' ']).filter(|part| !part.is_empty());
    if parts().count() > 1 && parts().all(|part| here.join(part).exists()) {
        let help =
            "name the folder that they are in, and them in INCLUDE; or use the pipe once for each";
        return refused("is several paths, and LOCAL_PATH names one", help);
    }
    None
}

/// What to say of a path that cannot be read from the folder `here`.
fn missing(value: &str, here: &Path, clone: Option<&Path>, error: &io::Error) -> Invalid {
    if let Some(invalid) = no_path(value, here, error) {
        return invalid;
    }
    let whole = here.join(value);
    let meant = meant(value, here, clone);
    if let Some(clone) = clone.filter(|clone| !whole.starts_with(clone)) {
        let end = meant.map_or_else(
            || "put the folder below it".to_owned(),
            |meant| format!("did you mean `{meant}`?"),
        );
        return Invalid::new(
            format!("`{}` is not there", whole.display()),
            format!("a pipe sees only what is in `{}`: {end}", clone.display()),
        );
    }
    let (folder, name) = first_missing(&whole);
    let names = names_in(&folder);
    let near = meant.or_else(|| nearest_name(&name, &names).map(str::to_owned));
    let mut help = if names.is_empty() {
        "that folder is empty".to_owned()
    } else {
        format!(
            "it holds {}",
            listed(names.iter().map(|name| format!("`{name}`")))
        )
    };
    if Path::new(value).is_relative() {
        help.push_str(" (the path starts in the step's working directory, which a `cd` above the pipe changes)");
    }
    let question = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "was it built, and its artifact passed on to this step?".to_owned(),
    };
    Invalid::new(
        format!("no `{name}` in `{}`", folder.display()),
        format!("{help}; {question}"),
    )
}

/// What of `value` is there, in `here` or in the `clone`: without quotes, with the slashes of other
/// systems turned, and without folders at its beginning, as of a home or of where a `cd` led.
fn meant(value: &str, here: &Path, clone: Option<&Path>) -> Option<String> {
    let around = ['\'', '"', '`', '“', '”', '[', ']', ',', ';'];
    let plain = value.trim_matches(around).replace("\\ ", " ");
    let plain = plain.replace('\\', "/");
    let parts: Vec<&str> = plain
        .split('/')
        .filter(|part| !["", "."].contains(part))
        .collect();
    (0..parts.len()).find_map(|start| {
        let path = parts.get(start..)?.join("/");
        if path.split('/').all(|part| part == "..") || path == value {
            return None;
        }
        let in_clone = || {
            clone
                .map(|clone| clone.join(&path))
                .filter(|path| path.exists())
        };
        if here.join(&path).exists() {
            return Some(path);
        }
        in_clone().map(|path| path.display().to_string())
    })
}

/// The deepest folder of `path` that is there, and the name that it lacks.
fn first_missing(path: &Path) -> (PathBuf, String) {
    let mut folder = PathBuf::new();
    for component in path.components() {
        let next = match component {
            Component::CurDir => continue,
            component => folder.join(component),
        };
        if !next.exists() {
            let name = component.as_os_str().to_string_lossy();
            return (folder, name.into_owned());
        }
        folder = next;
    }
    (folder, String::new())
}

/// The names in `folder`, in order, without hidden ones.
fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let entries = entries.take(NAMES_MAX).filter_map(Result::ok);
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

/// The name that differs in its capitals or in few letters; or the one folder that builds end in.
fn nearest_name<'a>(name: &str, names: &'a [String]) -> Option<&'a str> {
    const USUAL: &[&str] = &["build", "dist", "out", "public", "_site", "www"];
    let names = || names.iter().map(String::as_str);
    let same = names().find(|known| known.eq_ignore_ascii_case(name));
    let near = same.or_else(|| nearest::by_letters(name, names()));
    near.or_else(|| {
        let mut usual = names().filter(|known| USUAL.contains(known));
        usual.next().filter(|_| usual.next().is_none())
    })
}

#[cfg(test)]
mod tests {
    use super::{missing, source};
    use std::path::Path;
    use std::{fs, io};

    fn told(value: &str, clone: Option<&str>) -> (String, String) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["frontend/dist", "frontend/src", "docs", ".git"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let error = io::Error::from(io::ErrorKind::NotFound);
        let clone = clone.map(Path::new);
        let invalid = missing(value, folder.path(), clone, &error);
        let here = folder.path().display().to_string();
        (
            invalid.reason.replace(&here, "HERE"),
            invalid.help.replace(&here, "HERE"),
        )
    }

    #[test]
    fn what_is_there_instead_is_told() {
        let (reason, help) = told("frontend/build", None);
        assert_eq!(reason, "no `build` in `HERE/frontend`");
        assert!(
            help.starts_with("it holds `dist`, `src` (the path starts in"),
            "{help}"
        );
        assert!(help.ends_with("did you mean `dist`?"), "{help}");
        for (value, near) in [
            ("Docs", "docs"),
            ("dcos", "docs"),
            ("frontent/dist", "frontend"),
        ] {
            let (_, help) = told(value, None);
            assert!(help.ends_with(&format!("did you mean `{near}`?")), "{help}");
        }
        for (value, meant) in [
            ("'docs'", "docs"),
            ("frontend\\dist", "frontend/dist"),
            ("~/docs", "docs"),
            ("C:\\work\\docs\\", "docs"),
            ("app/frontend/dist", "frontend/dist"),
            ("file://docs", "docs"),
        ] {
            let (_, help) = told(value, None);
            assert!(
                help.ends_with(&format!("did you mean `{meant}`?")),
                "{help}"
            );
        }
        let (_, help) = told("nothing", None);
        assert!(help.ends_with("passed on to this step?"), "{help}");
    }

    #[test]
    fn patterns_and_places_that_no_pipe_sees_are_told() {
        let (_, help) = told("frontend/dist/*", None);
        assert_eq!(help, "write `frontend/dist`, and put patterns into INCLUDE");
        assert_eq!(
            told("*.html", None).1,
            "write `.`, and put patterns into INCLUDE"
        );
        let (_, help) = told("/root/dist", Some("/opt/clone"));
        assert_eq!(
            help,
            "a pipe sees only what is in `/opt/clone`: put the folder below it"
        );
        for (value, reason) in [
            ("s3://my-bucket/docs", "is an address"),
            ("frontend/dist, docs", "is several paths"),
        ] {
            let told = told(value, None).0;
            assert!(told.contains(reason), "{told}");
        }
        let (_, help) = told("/docs", Some("/opt/clone"));
        assert!(help.ends_with("did you mean `docs`?"), "{help}");
    }

    #[test]
    fn links_and_files_on_the_way_are_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("page.html"), "").unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("dead")).unwrap();
        std::os::unix::fs::symlink("round", folder.path().join("round")).unwrap();
        for (name, reason) in [
            ("dead", "` is a link to `nowhere`, where nothing is"),
            ("round", "` is a link to `round`, where nothing is"),
            ("page.html/", "page.html`, which is a file"),
            ("page.html/x", "page.html`, which is a file"),
        ] {
            let path = folder.path().join(name);
            let invalid = source(&path.to_string_lossy(), None).unwrap_err();
            assert!(invalid.reason.ends_with(reason), "{invalid:?}");
        }
    }

    #[test]
    fn references_to_variables_are_told() {
        let invalid = source("$BUILD_DIR/dist", None).unwrap_err();
        assert!(invalid.reason.contains("holds `$BUILD_DIR`"), "{invalid:?}");
    }
}
