//! Holds the pages of the repository to themselves and to the pipe: links lead somewhere, and what is meant
//! to be copied is accepted where it is pasted. What the pages say in prose is not checked here.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use aws_oidc_s3_deploy::config::variables::{CONTEXT, VARIABLES};
use serde_yaml_ng::{Mapping, Value};

use super::examples::{IMAGE, problems};
use super::support::World;

/// Longest that the README may be, so that it is read whole.
const README_LINES_MAX: usize = 220;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Names and texts of the Markdown files in `folder`.
fn markdown(folder: &str) -> Vec<(String, String)> {
    let files = fs::read_dir(root().join(folder)).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy();
            (name.into_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// Every page for users: the README and what it leads to.
pub(crate) fn for_users() -> Vec<(String, String)> {
    let mut pages = markdown("docs");
    pages.extend(
        markdown("")
            .into_iter()
            .filter(|(name, _)| name == "README.md"),
    );
    pages
}

/// What GitHub and Bitbucket make of a heading.
pub(crate) fn anchor(heading: &str) -> String {
    let kept = heading
        .to_lowercase()
        .replace(|c: char| !(c.is_alphanumeric() || "-_ ".contains(c)), "");
    kept.trim().replace(' ', "-")
}

/// The anchors of a page.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| anchor(line.trim_start_matches('#').trim()))
        .collect()
}

/// Where the relative links of `text` lead.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1);
    targets
        .filter_map(|after| after.split(')').next())
        .filter(|target| !target.contains("://") && !target.contains(' '))
        .filter(|target| !target.starts_with("mailto:"))
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut followed = 0;
    for (name, text) in markdown("").into_iter().chain(markdown("docs")) {
        for target in links(&text) {
            followed += 1;
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = match path {
                "" => root().join(&name),
                path => root().join(&name).parent().unwrap().join(path),
            };
            assert!(path.exists(), "{name}: {target}");
            let found = heading.is_empty()
                || anchors(&fs::read_to_string(&path).unwrap()).contains(heading);
            assert!(found, "{name}: {target}");
        }
    }
    assert!(followed > 60, "{followed}");
}

/// A page that nothing leads to is read by nobody.
#[test]
fn every_page_is_linked_from_another() {
    let pages = for_users();
    let linked: BTreeSet<String> = pages
        .iter()
        .flat_map(|(_, text)| links(text))
        .filter_map(|target| target.split('#').next())
        .filter_map(|path| path.rsplit('/').next())
        .map(str::to_owned)
        .collect();
    for (name, _) in &pages {
        let file = name.rsplit('/').next().unwrap();
        assert!(name == "README.md" || linked.contains(file), "{name}");
    }
}

#[test]
fn the_readme_is_a_page_that_is_read_whole() {
    let lines = fs::read_to_string(root().join("README.md"))
        .unwrap()
        .lines()
        .count();
    assert!((120..=README_LINES_MAX).contains(&lines), "{lines}");
}

/// The log at its top is what the pipe prints, but for the time that it takes.
#[test]
fn the_readme_begins_with_the_log_of_the_sample_site() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = blocks(&readme);
    let (_, expected) = blocks
        .iter()
        .find(|(language, _)| *language == "text")
        .unwrap();
    let mut world = World::new();
    world
        .set("LOCAL_PATH", "test/site")
        .set("S3_BUCKET", "my-bucket/docs")
        .set("BITBUCKET_WORKSPACE", "acme")
        .set("BITBUCKET_REPO_SLUG", "site")
        .set("BITBUCKET_BUILD_NUMBER", "42")
        .unset("REPORT_FILE");
    let ran = world.command().current_dir(root()).output().unwrap();
    let told = [ran.stderr, ran.stdout].concat();
    let without_time = |log: &str| {
        let (log, _) = log.trim_end().rsplit_once(" in ").unwrap();
        log.to_owned()
    };
    assert_eq!(
        without_time(&String::from_utf8(told).unwrap()),
        without_time(expected)
    );
}

/// The log that the page on output explains is what the pipe prints, but for times and an id.
#[test]
fn the_page_of_output_begins_with_the_log_of_a_deploy() {
    let page = fs::read_to_string(root().join("docs/output.md")).unwrap();
    let (_, expected) = blocks(&page).into_iter().next().unwrap();
    let mut world = World::new();
    let dist = world.working_folder().join("dist");
    fs::create_dir(&dist).unwrap();
    let write = |name: &str, content: &str| fs::write(dist.join(name), content).unwrap();
    for name in ["index.html", "logo.svg", "old.html", "style.css"] {
        write(name, "<p>first</p>");
    }
    world
        .set("LOCAL_PATH", "dist")
        .set("S3_BUCKET", "my-bucket/docs")
        .set("DELETE_FLAG", "true")
        .set("CLOUDFRONT_DISTRIBUTION_ID", "E1ABCDEF2GHIJK")
        .set("INVALIDATION_PREFIX", "/")
        .set("BITBUCKET_WORKSPACE", "acme")
        .set("BITBUCKET_REPO_SLUG", "site")
        .set("BITBUCKET_BUILD_NUMBER", "42")
        .run_to(0);
    write("index.html", "<p>other</p>");
    write("new.html", "x\n");
    fs::remove_file(dist.join("old.html")).unwrap();
    let ran = world.run_to(0);
    let told = (ran.stderr + &ran.stdout).replace(
        "deploy VERSION",
        concat!("deploy ", env!("CARGO_PKG_VERSION")),
    );
    let id = world.server.invalidations().last().unwrap().id.clone();
    assert_eq!(
        told.replace(&id, "I2J3EXAMPLE"),
        expected.replace("7.51", "0.00").replace("8.02", "0.00")
    );
}

/// The fenced blocks of `text`: language and content. Indented ones lose their indent.
pub(crate) fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        let Some(language) = line.trim_start().strip_prefix("```") else {
            continue;
        };
        let content = lines.by_ref().take_while(|line| line.trim() != "```");
        let content = content.map(|line| line.get(indent..).unwrap_or_default().to_owned() + "\n");
        blocks.push((language, content.collect()));
    }
    blocks
}

#[test]
fn what_is_to_be_copied_is_accepted_where_it_is_pasted() {
    let mut counts = [0; 3];
    for (name, text) in for_users() {
        for (language, content) in blocks(&text) {
            check_variables(&name, &content);
            match language {
                "yaml" => {
                    counts[0] += 1;
                    check_yaml(&name, &content);
                }
                "json" => {
                    counts[1] += 1;
                    let mut lines = content
                        .lines()
                        .map(serde_json::from_str::<serde_json::Value>);
                    let is_lines = lines.all(|line| line.is_ok());
                    let whole = serde_json::from_str::<serde_json::Value>(&content);
                    assert!(is_lines || whole.is_ok(), "{name}: {content}");
                }
                "sh" => {
                    counts[2] += 1;
                    check_shell(&name, &content);
                }
                // Logs and files of formats that have a test of their own.
                "text" | "dockerfile" => {}
                _ => panic!("{name}: a block in `{language}`"),
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 3), "{counts:?}");
}

/// Bash can read it; it is not run.
fn check_shell(name: &str, content: &str) {
    let bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn();
    let mut bash = bash.unwrap();
    bash.stdin
        .take()
        .unwrap()
        .write_all(content.as_bytes())
        .unwrap();
    assert!(bash.wait().unwrap().success(), "{name}: {content}");
}

/// What is handed to the container are variables that the pipe reads, or that one of them names.
fn check_variables(name: &str, content: &str) {
    let handed = content.split("--env ").skip(1);
    let handed = handed.filter_map(|after| after.split([' ', '=', '\n']).next());
    let named = content.split("OIDC_TOKEN_VARIABLE=").nth(1);
    let named = named.and_then(|after| after.split_whitespace().next());
    for variable in handed {
        let is_read =
            VARIABLES.iter().any(|known| known.name == variable) || CONTEXT.contains(&variable);
        assert!(is_read || Some(variable) == named, "{name}: {variable}");
    }
}

/// It is YAML, and the pipe accepts the variables of every use of it.
fn check_yaml(name: &str, content: &str) {
    let mut value: Value = serde_yaml_ng::from_str(content).expect(name);
    value.apply_merge().unwrap();
    for variables in uses(&value) {
        if variables.values().any(is_placeholder) {
            continue;
        }
        assert_eq!(problems(variables), [""; 0], "{name}: {content}");
    }
}

/// The variables of every use of this pipe below `value`.
fn uses(value: &Value) -> Vec<&Mapping> {
    match value {
        Value::Sequence(items) => items.iter().flat_map(uses).collect(),
        Value::Mapping(mapping) => {
            let is_this = mapping.get("pipe").and_then(Value::as_str) == Some(IMAGE);
            let own = is_this.then(|| mapping.get("variables")?.as_mapping());
            let below = mapping.values().flat_map(uses);
            own.flatten().into_iter().chain(below).collect()
        }
        _ => Vec::new(),
    }
}

/// `<string>` and its like, of the YAML definitions.
fn is_placeholder(value: &Value) -> bool {
    value.as_str().is_some_and(|value| value.starts_with('<'))
}
