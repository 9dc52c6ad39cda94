//! The examples are what they seem: YAML that Bitbucket takes, with variables that the pipe takes.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use aws_oidc_s3_deploy::config;
use aws_oidc_s3_deploy::config::variables::VARIABLES;
use serde_yaml_ng::{Mapping, Value};

/// What Bitbucket puts in place of variables of the context.
const CONTEXT: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
    ("AWS_ACCOUNT", "123456789012"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
    ("AWS_OIDC_ROLE_ARN", "arn:aws:iam::123456789012:role/deploy"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    (
        "BITBUCKET_COMMIT",
        "0123456789abcdef0123456789abcdef01234567",
    ),
    ("BITBUCKET_PARALLEL_STEP_COUNT", "4"),
    ("BITBUCKET_PARALLEL_STEP", "0"),
    ("BITBUCKET_TAG", "v1.2.3"),
    ("RELEASE", "previous"),
    ("S3_BUCKET", "my-bucket/site"),
];

pub(crate) const IMAGE: &str = concat!(
    "docker://myorg/aws-oidc-s3-deploy:",
    env!("CARGO_PKG_VERSION")
);

/// A token of a step as Bitbucket makes them, with a signature that is none.
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2FwaS5iaXRidWNrZXQub3JnLzIuMC93b3Jrc3BhY2VzL2FjbWUvcGlwZWxpbmVzLWNvbmZpZy9pZGVudGl0eS9vaWRjIiwiYXVkIjoiYXJpOmNsb3VkOmJpdGJ1Y2tldDo6d29ya3NwYWNlLzkyMmUxMThjLWYzNGYtNDIyNi1hODk3LTBlMGFmYmVjNTUzZCIsInN1YiI6InsxZGU0ODliZS1jZTZhLTQyYTAtYThjOC1lYWRiZjExNzRhYzd9Ons1YTRiM2MyZC0xZTBmLTRhOWItOGM3ZC02ZTVmNGEzYjJjMWR9IiwicmVwb3NpdG9yeVV1aWQiOiJ7MWRlNDg5YmUtY2U2YS00MmEwLWE4YzgtZWFkYmYxMTc0YWM3fSIsIndvcmtzcGFjZVV1aWQiOiJ7OTIyZTExOGMtZjM0Zi00MjI2LWE4OTctMGUwYWZiZWM1NTNkfSJ9.c2lnbmF0dXJl";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pipelines of all examples by the names of their folders.
fn examples() -> BTreeMap<String, Value> {
    let folders = fs::read_dir(root().join("examples")).unwrap();
    let examples = folders.map(|folder| {
        let folder = folder.unwrap();
        let path = folder.path().join("bitbucket-pipelines.yml");
        let text = fs::read_to_string(&path).unwrap();
        let mut value: Value = serde_yaml_ng::from_str(&text).unwrap();
        value.apply_merge().unwrap();
        (folder.file_name().to_string_lossy().into_owned(), value)
    });
    examples.collect()
}

/// Every step below `value`.
fn steps(value: &Value) -> Vec<&Mapping> {
    match value {
        Value::Sequence(items) => items.iter().flat_map(steps).collect(),
        Value::Mapping(mapping) => {
            let own = mapping.get("step").and_then(Value::as_mapping);
            let below = mapping.values().flat_map(steps);
            own.into_iter().chain(below).collect()
        }
        _ => Vec::new(),
    }
}

/// The variables of each use of this pipe in `step`.
fn uses(step: &Mapping) -> Vec<&Mapping> {
    let script = step.get("script").and_then(Value::as_sequence).unwrap();
    let pipes = script.iter().filter_map(|line| {
        let pipe = line.get("pipe")?.as_str()?;
        assert_eq!(pipe, IMAGE, "the pipe of this version");
        line.get("variables")?.as_mapping()
    });
    pipes.collect()
}

/// The environment of the pipe's container.
fn environment(variables: &Mapping) -> Vec<(OsString, OsString)> {
    let mut environment = BTreeMap::new();
    for (name, value) in variables {
        let name = name.as_str().unwrap();
        match value {
            Value::Sequence(items) => {
                environment.insert(format!("{name}_COUNT"), items.len().to_string());
                for (index, item) in items.iter().enumerate() {
                    environment.insert(format!("{name}_{index}"), text(item));
                }
            }
            value => {
                environment.insert(name.to_owned(), text(value));
            }
        }
    }
    if let Some(path) = environment.get_mut("LOCAL_PATH") {
        let is_file = Path::new(path).extension().is_some();
        let there = if is_file { "pipe.yml" } else { "test/site" };
        *path = root().join(there).to_string_lossy().into_owned();
    }
    if let Some(path) = environment.get_mut("RULES_FILE") {
        let there = root().join("fuzz/corpus/rules_file/whole");
        *path = there.to_string_lossy().into_owned();
    }
    environment.insert("BITBUCKET_STEP_OIDC_TOKEN".to_owned(), TOKEN.to_owned());
    let pairs = environment.into_iter();
    pairs
        .map(|(name, value)| (OsString::from(name), OsString::from(value)))
        .collect()
}

/// What the pipe says against these variables.
pub(crate) fn problems(variables: &Mapping) -> Vec<String> {
    let request = config::load(environment(variables), None).request;
    let problems = request.err().into_iter().flatten();
    problems.map(|problem| problem.to_string()).collect()
}

/// A value with the variables of the context in it. Bitbucket takes nothing but text.
fn text(value: &Value) -> String {
    let text = value.as_str().expect("text; quote it");
    let mut expanded = text.to_owned();
    for (name, value) in CONTEXT {
        expanded = expanded
            .replace(&format!("${{{name}}}"), value)
            .replace(&format!("${name}"), value);
    }
    assert!(
        !expanded.contains('$'),
        "{text} has a variable that the test does not know"
    );
    expanded
}

#[test]
fn the_variables_of_every_example_are_accepted() {
    for (example, pipelines) in examples() {
        let mut used = 0;
        for step in steps(&pipelines) {
            for variables in uses(step) {
                used += 1;
                assert_eq!(step.get("oidc"), Some(&Value::Bool(true)), "{example}");
                for name in variables.keys().filter_map(Value::as_str) {
                    let known = VARIABLES.iter().any(|variable| variable.name == name);
                    assert!(known, "{example}: {name}");
                }
                assert_eq!(problems(variables), [""; 0], "{example}");
            }
        }
        assert!(used > 0, "{example} does not use the pipe");
    }
}

#[test]
fn the_last_step_knows_how_many_parallel_ones_there_are() {
    fn groups(value: &Value) -> Vec<&Value> {
        match value {
            Value::Sequence(items) => items.iter().flat_map(groups).collect(),
            Value::Mapping(mapping) => {
                let own = mapping.get("parallel");
                own.into_iter()
                    .chain(mapping.values().flat_map(groups))
                    .collect()
            }
            _ => Vec::new(),
        }
    }
    let example = &examples()["parallel"];
    let of = groups(example).into_iter().map(|group| steps(group).len());
    let of: Vec<_> = of.map(|count| format!("final/{count}")).collect();
    let last = steps(example);
    let last = uses(last.last().unwrap())[0];
    assert_eq!(last["SHARD"].as_str(), of.first().map(String::as_str));
}

#[test]
fn every_example_has_the_shape_of_a_pipeline() {
    for (example, pipelines) in examples() {
        assert!(pipelines.get("image").is_some(), "{example}");
        let kinds = pipelines.get("pipelines").and_then(Value::as_mapping);
        let kinds: Vec<_> = kinds.unwrap().keys().filter_map(Value::as_str).collect();
        assert!(
            kinds
                .iter()
                .all(|kind| ["branches", "default", "tags"].contains(kind)),
            "{example}: {kinds:?}"
        );
    }
}

#[test]
fn the_page_of_examples_links_every_example() {
    let page = fs::read_to_string(root().join("docs/examples.md")).unwrap();
    let linked: BTreeSet<PathBuf> = page
        .split("](")
        .skip(1)
        .filter_map(|after| after.split(')').next())
        .filter_map(|target| target.strip_prefix("../"))
        .filter(|target| {
            target.starts_with("examples/") && target.ends_with("/bitbucket-pipelines.yml")
        })
        .map(PathBuf::from)
        .collect();
    let there: BTreeSet<PathBuf> = examples()
        .into_keys()
        .map(|example| {
            Path::new("examples")
                .join(example)
                .join("bitbucket-pipelines.yml")
        })
        .collect();
    assert_eq!(linked, there);
}
