//! The lines of LOG_FORMAT=json keep to docs/log.schema.json, whatever a run tells.

use std::collections::BTreeSet;
use std::path::Path;

use deploy_core::plan::compare::Reason;
use serde_json::Value;
use test_server::{DEFAULT_BUCKET, Fault, Versioning};

use crate::support::{Ran, World};

/// What is wrong with `value` by `schema`: as much of JSON Schema as that of lines uses. Fields that
/// are not described are wrong too.
fn violations(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let reference = schema["$ref"].as_str();
    let target = reference.and_then(|path| root.pointer(path.trim_start_matches('#')));
    let schema = target.unwrap_or(schema);
    let mut found = Vec::new();
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    if !types.is_empty() && !types.iter().any(|name| is_of_type(value, name)) {
        found.push(format!("{at} is not {types:?}: {value}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        found.push(format!("{at} cannot be {value}"));
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        found.extend(
            values
                .iter()
                .flat_map(|value| violations(root, items, value, at)),
        );
    }
    if let (Some(_), Some(fields)) = (schema.get("properties"), value.as_object()) {
        let missing = schema["required"].as_array().into_iter().flatten();
        let missing = missing.filter_map(Value::as_str);
        let missing = missing.filter(|name| !fields.contains_key(*name));
        found.extend(missing.map(|name| format!("{at}.{name} is missing")));
        for (name, field) in fields {
            let at = format!("{at}.{name}");
            match schema["properties"].get(name) {
                Some(schema) => found.extend(violations(root, schema, field, &at)),
                None => found.push(format!("{at} is not described")),
            }
        }
    }
    found
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        _ => false,
    }
}

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/log.schema.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The lines of a run, each held to the schema: what every line has, and what its event has.
fn lines(ran: &Ran) -> Vec<Value> {
    const COMMON: [&str; 4] = ["ts", "level", "event", "message"];
    let root = schema();
    let lines = ran.stderr.lines().chain(ran.stdout.lines());
    let lines: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for line in &lines {
        let event = line["event"].as_str().unwrap();
        let (common, own): (serde_json::Map<_, _>, _) = line
            .as_object()
            .unwrap()
            .clone()
            .into_iter()
            .partition(|(name, _)| COMMON.contains(&name.as_str()));
        let mut found = violations(&root, &root, &Value::Object(common), event);
        let nothing = serde_json::json!({"properties": {}});
        let described = root["$defs"].get(event).unwrap_or(&nothing);
        // Files and objects are counted with DEBUG; their lines have no numbers of their own.
        found.extend(violations(&root, described, &Value::Object(own), event));
        assert_eq!(found, [""; 0], "{line}");
        assert!(line["ts"].as_str().unwrap().ends_with('Z'), "{line}");
    }
    lines
}

fn world() -> World {
    let mut world = World::with_files(&[("index.html", "1"), ("a.js", "1"), ("same", "1")]);
    world
        .set("LOG_FORMAT", "json")
        .set("DELETE_FLAG", "true")
        .set("CLOUDFRONT_DISTRIBUTION_ID", "E1");
    world
}

fn events(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .filter_map(|line| line["event"].as_str())
        .collect()
}

#[test]
fn a_deploy_says_each_thing_with_its_numbers() {
    let world = world().unrecorded();
    world.server.put_object(DEFAULT_BUCKET, "old", "x");
    world.server.put_object(DEFAULT_BUCKET, "a.js", "2");
    let told = lines(&world.run_to(0));
    assert_eq!(
        events(&told),
        [
            "start",
            "plan",
            "upload",
            "upload",
            "upload",
            "invalidate",
            "invalidated",
            "delete",
            "end"
        ]
    );
    let plan = &told[1];
    for (name, value) in [
        ("new", 2),
        ("changed", 1),
        ("deleted", 1),
        ("unchanged", 0),
        ("bytes", 3),
        ("invalidations", 1),
    ] {
        assert_eq!(plan[name], value, "{name}: {plan}");
    }
    let end = told.last().unwrap();
    assert_eq!(
        (&end["outcome"], &end["exit_code"]),
        (&"deployed".into(), &0.into())
    );
    assert_eq!((&end["new"], &end["deleted"]), (&2.into(), &1.into()));
}

#[test]
fn every_outcome_and_level_keeps_to_the_schema() {
    let mut world = world();
    world.server.put_object(DEFAULT_BUCKET, "old", "x");
    let mut seen = BTreeSet::new();
    let mut run = |world: &World, code| {
        let told = lines(&world.run_to(code));
        seen.extend(events(&told).into_iter().map(str::to_owned));
        told
    };
    run(world.set("DRY_RUN", "true"), 0);
    run(world.set("ACL", "wrong"), 2);
    world.unset("ACL").unset("DRY_RUN").set("DEBUG", "true");
    let denied = Fault::error(403, "AccessDenied", "Access Denied");
    world.server.inject(denied.on("PutObject").key("a.js"));
    let told = run(&world, 1);
    let error = told.iter().find(|line| line["event"] == "error").unwrap();
    assert_eq!(error["count"], 1);
    assert_eq!(error["first"], serde_json::json!(["a.js"]));
    assert_eq!(error["cause"]["code"], "AccessDenied");
    assert_eq!(error["cause"]["operation"], "PutObject");
    assert!(!error["help"].as_array().unwrap().is_empty(), "{error}");
    world.server.clear_faults();
    run(&world, 0);
    run(&world, 0);
    run(world.set("MAX_DELETE", "0").set("COMMAND", "whoami"), 0);
    world.set("COMMAND", "explain");
    run(&world, 0);
    for event in [
        "dryrun",
        "phase",
        "failed",
        "source",
        "destination",
        "identity",
        "claims",
        "explain",
        "note",
    ] {
        assert!(seen.contains(event), "{event}: {seen:?}");
    }
    let schema = schema();
    let known = schema["properties"]["event"]["enum"].as_array().unwrap();
    assert!(
        seen.iter()
            .all(|event| known.contains(&event.as_str().into()))
    );
}

#[test]
fn a_request_that_is_tried_again_is_told_with_attempt_and_pause() {
    let mut world = world();
    world.set("AWS_MAX_ATTEMPTS", "3");
    let slow = Fault::error(503, "SlowDown", "Please reduce your request rate.");
    world.server.inject(slow.on("ListObjectsV2").times(2));
    let told = lines(&world.run_to(0));
    let retry = told.iter().rfind(|line| line["event"] == "retry").unwrap();
    assert_eq!(retry["level"], "warning");
    assert_eq!(retry["operation"], "ListObjectsV2");
    assert_eq!(retry["reason"], "SlowDown (HTTP 503)");
    assert_eq!(
        (&retry["attempt"], &retry["attempts_max"]),
        (&3.into(), &3.into())
    );
    assert!(retry["pause_seconds"].as_f64().unwrap() > 0.0, "{retry}");
}

/// The words that the schema lists at `pointer`.
fn words(pointer: &str) -> BTreeSet<String> {
    let schema = schema();
    let words = schema.pointer(pointer).and_then(Value::as_array).unwrap();
    let words = words.iter().filter_map(Value::as_str);
    words.map(str::to_owned).collect()
}

#[test]
fn the_schema_knows_every_event_and_reason() {
    let mut code = String::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(path).unwrap();
                code.extend(text.split_whitespace());
            }
        }
    }
    let mut events = BTreeSet::new();
    for before in [
        "Line::info(\"",
        "event=\"",
        "console::result(\"",
        "json::object(\"info\",\"",
        "Line::warning(\"",
        "Level::Error,\"",
    ] {
        let found = code.split(before).skip(1);
        events.extend(found.filter_map(|after| Some(after.split_once('"')?.0.to_owned())));
    }
    for event in ["dryrun", "end", "note"] {
        events.insert(event.to_owned());
    }
    assert_eq!(events, words("/properties/event/enum"));
    let reasons = Reason::ALL.map(|reason| reason.word().to_owned());
    assert_eq!(BTreeSet::from(reasons), words("/$defs/reason/enum"));
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/output.md");
    let page = std::fs::read_to_string(page).unwrap();
    for event in events {
        assert!(page.contains(&format!("`{event}`")), "{event}");
    }
}

#[test]
fn going_back_and_what_there_is_to_go_back_to_keep_to_the_schema() {
    let mut world = world();
    world.keep_versions(Versioning::Enabled);
    for build in ["1", "2"] {
        world.write("index.html", build);
        world
            .set("BITBUCKET_BUILD_NUMBER", build)
            .set(
                "BITBUCKET_COMMIT",
                "1f0c2aa3b4c5d6e7f8091a2b3c4d5e6f70819203",
            )
            .run_to(0);
    }
    let told = lines(&world.set("COMMAND", "releases").run_to(0));
    assert_eq!(events(&told), ["releases", "end"]);
    world.set("BITBUCKET_BUILD_NUMBER", "3");
    let told = lines(&world.set("COMMAND", "rollback").run_to(0));
    let upload = told.iter().find(|line| line["event"] == "upload").unwrap();
    assert_eq!(upload["reason"], "release");
    assert!(events(&told).contains(&"rollback"));
}
