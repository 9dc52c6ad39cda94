//! Holds the documents to the code: pipe.yml, README, changelog, image and the report's schema.
//! What the documents say in prose is not checked here.

use std::collections::BTreeSet;
use std::time::Duration;
use std::{fs, io};

use aws_oidc_s3_deploy::config::variables::{Need, VARIABLES, Variable};
use aws_oidc_s3_deploy::report::{Ending, Finding, Goal, Report, RunInfo, Tally, Written};
use deploy_core::base::exit::Exit;
use deploy_core::leaks::{Judgement, RULES};
use deploy_core::object::content::Content;
use deploy_core::plan::compare::Reason;
use deploy_core::plan::{Action, Invalidation, Part, Phase, Plan, Step, Upload};
use deploy_core::record;
use serde_json::Value;

const VERSION: &str = env!("CARGO_PKG_VERSION");

const EXITS: [Exit; 5] = [
    Exit::Done,
    Exit::Failed,
    Exit::Refused,
    Exit::Identity,
    Exit::Interrupted,
];

fn document(name: &str) -> io::Result<String> {
    fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR")))
}

/// The variables that users meet: those of the README, those of the official pipe, and those that are
/// taken from the context, for which Bitbucket needs the default.
#[test]
fn pipe_yml_has_the_usual_variables_of_the_table() {
    let text = document("pipe.yml").unwrap();
    let readme = document("README.md").unwrap();
    let migrating = document("docs/migrating.md").unwrap();
    let official = first_cells(&migrating, "| `atlassian/aws-s3-deploy` | This pipe |");
    let usual: BTreeSet<&str> = first_cells(&readme, "| Variable | Usage |")
        .into_iter()
        .filter_map(|cell| cell.split(' ').next())
        .chain(official.first().unwrap().split(", "))
        .collect();
    let expected: Vec<_> = VARIABLES
        .iter()
        .filter(|variable| usual.contains(variable.name) || variable.need == Need::FromContext)
        .map(|variable| (variable.name.to_owned(), yaml_default(variable)))
        .collect();
    assert_eq!(yaml_variables(&text), expected);
}

/// What pipe.yml gives a variable that the step does not name.
fn yaml_default(variable: &Variable) -> Option<String> {
    match variable.need {
        Need::FromContext => Some(format!("${}", variable.name)),
        Need::Required | Need::Optional | Need::List => {
            (!variable.default.is_empty()).then(|| variable.default.to_owned())
        }
    }
}

/// The names and defaults below `variables:`. Any other line there is taken for a default that no
/// variable has, so that it cannot go unseen.
fn yaml_variables(text: &str) -> Vec<(String, Option<String>)> {
    let mut variables = Vec::new();
    let lines = text.lines().skip_while(|line| *line != "variables:");
    for line in lines.skip(1).take_while(|line| line.starts_with(' ')) {
        if let Some(name) = line.strip_prefix("  - name: ") {
            variables.push((name.to_owned(), None));
        } else if let Some((_, default)) = variables.last_mut() {
            let value = line.strip_prefix("    default: \"");
            let value = value.and_then(|value| value.strip_suffix('"'));
            *default = Some(value.unwrap_or(line).to_owned());
        }
    }
    variables
}

#[test]
fn the_page_of_variables_has_the_rows_of_the_table() {
    let page = document("docs/variables.md").unwrap();
    let expected: Vec<_> = VARIABLES.iter().map(row).collect();
    assert_eq!(table(&page, "| Variable | Usage |"), expected);
}

/// The README has the usual ones, each as the page of all has it, and all that are required.
#[test]
fn the_readme_has_rows_of_the_table() {
    let readme = document("README.md").unwrap();
    let rows = table(&readme, "| Variable | Usage |");
    let all: Vec<_> = VARIABLES.iter().map(row).collect();
    let places: Vec<_> = rows
        .iter()
        .map(|row| all.iter().position(|one| one == row))
        .collect();
    assert!(rows.len() > 8, "{rows:?}");
    assert!(places.iter().all(Option::is_some), "{rows:?}");
    let is_required = |variable: &&Variable| matches!(variable.need, Need::Required);
    for variable in VARIABLES.iter().filter(is_required) {
        assert!(rows.contains(&&*row(variable)), "{}", variable.name);
    }
    let names: Vec<_> = first_cells(&readme, "| Variable | Usage |")
        .iter()
        .filter_map(|cell| cell.split(' ').next())
        .map(str::to_owned)
        .collect();
    assert_eq!(definition(&readme), names);
}

fn row(variable: &Variable) -> String {
    let mark = match variable.need {
        Need::Required => " (*)",
        Need::FromContext => " (**)",
        Need::Optional | Need::List => "",
    };
    let default = if variable.default.is_empty() {
        String::new()
    } else {
        format!(" Default: `{}`.", variable.default)
    };
    format!("| {}{mark} | {}{default} |", variable.name, variable.usage)
}

/// The rows below the table head `head` and its rule.
fn table<'a>(text: &'a str, head: &str) -> Vec<&'a str> {
    let lines = text.lines().skip_while(|line| *line != head);
    lines
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect()
}

/// The first cell of every row below `head`, without backticks.
fn first_cells<'a>(text: &'a str, head: &str) -> Vec<&'a str> {
    let rows = table(text, head).into_iter();
    rows.filter_map(|row| row.split('|').nth(1))
        .map(|cell| cell.trim().trim_matches('`'))
        .collect()
}

#[test]
fn the_page_of_moving_tells_of_every_flag() {
    let page = document("docs/migrating.md").unwrap();
    let told: BTreeSet<_> = table(&page, "| Flags | Effect |")
        .iter()
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter_map(|flag| flag.split(' ').next())
        .collect();
    assert_eq!(
        told,
        aws_oidc_s3_deploy::config::extra_args::names().collect()
    );
}

#[test]
fn the_yaml_definition_names_every_variable() {
    let page = document("docs/variables.md").unwrap();
    let expected: Vec<_> = VARIABLES.iter().map(|variable| variable.name).collect();
    assert_eq!(definition(&page), expected);
}

/// The names of the snippet below "YAML Definition".
fn definition(text: &str) -> Vec<String> {
    let (_, text) = text.split_once("## YAML Definition").unwrap();
    let definition = text.split("```").find(|text| text.starts_with("yaml\n"));
    let lines = definition.unwrap().lines();
    lines
        .skip_while(|line| line.trim() != "variables:")
        .skip(1)
        .filter_map(|line| line.trim().trim_start_matches("# ").split(':').next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_page_of_secrets_has_the_rules_of_the_table() {
    let page = document("docs/secrets.md").unwrap();
    let mut never = Vec::new();
    let mut always: Vec<(&str, Vec<String>)> = Vec::new();
    let mut doubtful: Vec<(&str, Vec<String>)> = Vec::new();
    for rule in RULES.iter() {
        let name = format!("`{}`", rule.pattern);
        let (rows, reason) = match rule.judgement {
            Judgement::Harmless => {
                never.push(name);
                continue;
            }
            Judgement::Secret(reason) => (&mut always, reason),
            Judgement::Doubt(question) => (&mut doubtful, question.reason()),
        };
        match rows.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(name),
            None => rows.push((reason, vec![name])),
        }
    }
    let rows = |rows: &[(&str, Vec<String>)]| -> Vec<String> {
        let row =
            |(reason, names): &(&str, Vec<String>)| format!("| {} | {reason} |", names.join(", "));
        rows.iter().map(row).collect()
    };
    assert_eq!(
        table(&page, "| Names that count | Because such a file |"),
        rows(&always)
    );
    assert_eq!(
        table(&page, "| Names that are looked into | Counts if it |"),
        rows(&doubtful)
    );
    assert_eq!(
        table(&page, "| Names that never count |"),
        [format!("| {} |", never.join(", "))]
    );
}

#[test]
fn the_statement_to_paste_keeps_records_and_releases_from_all_but_the_role() {
    let page = document("docs/record.md").unwrap();
    let (_, section) = page.split_once("## Keeping it from visitors\n").unwrap();
    let (_, block) = section.split_once("```json\n").unwrap();
    let (statement, _) = block.split_once("```").unwrap();
    let statement: Value = serde_json::from_str(statement).unwrap();
    assert_eq!(
        (&statement["Effect"], &statement["Principal"]),
        (&"Deny".into(), &"*".into())
    );
    assert_eq!(
        statement["Action"],
        serde_json::json!(["s3:GetObject", "s3:GetObjectVersion"])
    );
    let role = &statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"];
    assert!(deploy_core::iam::role::RoleArn::parse(role.as_str().unwrap()).is_ok());
    let resource = statement["Resource"].as_str().unwrap();
    let folder = resource.strip_suffix('*').unwrap();
    for key in [record::KEY, record::RELEASES] {
        let arn = format!("arn:aws:s3:::my-bucket/site/{key}");
        assert!(arn.starts_with(folder), "{arn}");
    }
    let readme = document("README.md").unwrap();
    assert!(readme.contains("(docs/record.md#keeping-it-from-visitors)"));
}

#[test]
fn every_document_is_of_this_version() {
    let changelog = document("CHANGELOG.md").unwrap();
    let mut sections = changelog
        .lines()
        .filter_map(|line| line.strip_prefix("## "));
    let newest = sections.find(|name| *name != "Unreleased");
    assert_eq!(newest, Some(VERSION));

    let pipe_yml = document("pipe.yml").unwrap();
    let image = pipe_yml
        .lines()
        .find_map(|line| line.strip_prefix("image: "));
    assert_eq!(image, Some(&*format!("myorg/aws-oidc-s3-deploy:{VERSION}")));

    let dockerfile = document("Dockerfile").unwrap();
    assert!(dockerfile.contains(&format!("image.version=\"{VERSION}\"")));

    let pages: String = super::pages::for_users()
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    // Tags of the image, first lines of logs, links to the documents, and what is downloaded.
    for before in [
        "myorg/aws-oidc-s3-deploy:",
        "INFO: aws-oidc-s3-deploy ",
        "/src/",
        "\nversion=",
    ] {
        let versions: BTreeSet<_> = pages
            .split(before)
            .skip(1)
            .filter_map(|after| {
                after
                    .split(|c: char| c != '.' && !c.is_ascii_digit())
                    .next()
            })
            .filter(|version| !version.is_empty())
            .collect();
        assert_eq!(versions, BTreeSet::from([VERSION]), "{before}");
    }
}

#[test]
fn the_readme_documents_every_exit_code() {
    let readme = document("README.md").unwrap();
    let codes = EXITS.map(|exit| exit.code().to_string());
    assert_eq!(first_cells(&readme, "| Exit code | Meaning |"), codes);
}

#[test]
fn the_pages_of_comparing_and_order_document_every_reason_and_phase() {
    let comparing = document("docs/comparing.md").unwrap();
    assert_eq!(
        first_cells(&comparing, "| Reason | Meaning |"),
        Reason::ALL.map(Reason::word)
    );
    let order = document("docs/order-and-deleting.md").unwrap();
    assert_eq!(
        first_cells(&order, "| Phase | What it does |"),
        Phase::ALL.map(Phase::name)
    );
}

#[test]
fn the_schema_describes_every_field_of_a_report() {
    let schema: Value =
        serde_json::from_str(&document("docs/report.schema.json").unwrap()).unwrap();
    let (plan, tally) = everything();
    let info = RunInfo {
        shard: Part::parse("0/4", None, None).unwrap(),
        findings: vec![Finding {
            kind: "secret",
            path: ".env".to_owned(),
            message: "is one".to_owned(),
        }],
        ..RunInfo::default()
    };
    let ending = Ending::Passing(Written::Nothing);
    let report = Report::new(&ending, &info, &plan, &tally);
    let report = serde_json::to_value(&report).unwrap();
    assert_eq!(differences(&schema, &schema, &report, "report"), [""; 0]);
    let page = document("docs/report.md").unwrap();
    let (_, example) = page.split_once("## Example\n\n```json\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let example: Value = serde_json::from_str(example).unwrap();
    assert_eq!(differences(&schema, &schema, &example, "example"), [""; 0]);
    for list in [
        "failed",
        "phases",
        "changes",
        "uploaded",
        "deleted",
        "invalidated",
        "headers",
        "findings",
    ] {
        assert_ne!(
            report[list],
            Value::Array(Vec::new()),
            "{list} is not covered"
        );
    }
}

#[test]
fn the_schema_and_its_page_know_every_word_of_a_report() {
    let schema: Value =
        serde_json::from_str(&document("docs/report.schema.json").unwrap()).unwrap();
    let words = |pointer: &str| schema.pointer(pointer).cloned();
    assert_eq!(
        words("/$defs/reason/enum"),
        Some(Value::from(Reason::ALL.map(Reason::word).to_vec()))
    );
    assert_eq!(
        words("/properties/phases/items/properties/phase/enum"),
        Some(Value::from(Phase::ALL.map(Phase::name).to_vec()))
    );
    let page = document("docs/report.md").unwrap();
    let outcomes = first_cells(&page, "| `outcome` | `exit_code` | Meaning |");
    assert_eq!(
        words("/properties/outcome/enum"),
        Some(Value::from(outcomes.clone()))
    );
    for ending in [
        Ending::Done(Goal::Planned),
        Ending::Done(Goal::Unchanged),
        Ending::Done(Goal::Deployed),
        Ending::Passing(Written::Nothing),
        Ending::Refused,
        Ending::Identity(Written::Nothing),
        Ending::Interrupted(Written::Nothing),
    ] {
        let (info, plan, tally) = (RunInfo::default(), Plan::default(), Tally::default());
        let report = Report::new(&ending, &info, &plan, &tally);
        let outcome = serde_json::to_value(&report).unwrap()["outcome"].clone();
        assert!(outcomes.iter().any(|known| outcome == *known), "{outcome}");
    }
}

/// A plan with an upload, an invalidation and two deletions, one of which failed.
fn everything() -> (Plan, Tally) {
    use aws_oidc_s3_deploy::execute::{Event, Invalidated, ItemError, Waited, What};
    let upload = Upload {
        key: "a.js".into(),
        size: 1,
        content: Content::File,
        modified_ns: 0,
        reason: Reason::New,
        headers: std::sync::Arc::default(),
    };
    let deletions = vec!["b.js".into(), "c.js".into()];
    let invalidation = Invalidation {
        distribution: "E1".into(),
        paths: vec!["/b.js".to_owned()].into(),
        reference: "reference".to_owned(),
    };
    let plan = Plan {
        steps: vec![
            Step {
                phase: Phase::Assets,
                action: Action::Upload(vec![upload]),
            },
            Step {
                phase: Phase::Invalidation,
                action: Action::Invalidate(vec![invalidation]),
            },
            Step {
                phase: Phase::StaleAssets,
                action: Action::Delete(deletions),
            },
        ],
        ..Plan::default()
    };
    let mut tally = Tally::new(&plan);
    let invalidated = Invalidated {
        id: "I1".to_owned(),
        waited: Waited::Completed,
    };
    for (step, index, what) in [
        (0, 0, What::Done),
        (1, 0, What::Invalidated(invalidated)),
        (1, 0, What::Done),
        (2, 0, What::Done),
        (2, 1, What::Failed(ItemError::Interrupted)),
    ] {
        let (at, _) = plan.at(step, index).unwrap();
        tally.record(&plan, &Event::Item { at, what }, Duration::ZERO);
    }
    (plan, tally)
}

/// Where `value` and `schema` disagree: fields that only one of them has, types, and words that are
/// none of an enumeration. As much of JSON Schema as the report's schema uses.
fn differences(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let target = reference.and_then(|path| root.pointer(path.trim_start_matches('#')));
    let schema = target.unwrap_or(schema);
    let mut found = Vec::new();
    if let Some(types) = schema.get("type") {
        let fits = match types {
            Value::Array(types) => types.iter().any(|name| is_of_type(value, name)),
            name => is_of_type(value, name),
        };
        found.extend((!fits).then(|| format!("{at} is not {types}")));
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        found.extend((!words.contains(value)).then(|| format!("{at} cannot be {value}")));
    }
    if let (Some(properties), Some(fields)) = (schema.get("properties"), value.as_object()) {
        let required = schema.get("required").and_then(Value::as_array);
        let required: BTreeSet<_> = required
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let present: BTreeSet<_> = fields.keys().map(String::as_str).collect();
        let odd = required.symmetric_difference(&present);
        found.extend(odd.map(|name| format!("{at}.{name} is not on both sides")));
        for (name, field) in fields {
            let at = format!("{at}.{name}");
            match properties.get(name) {
                Some(schema) => found.extend(differences(root, schema, field, &at)),
                None => found.push(format!("{at} is not described")),
            }
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        let inner = values
            .iter()
            .flat_map(|value| differences(root, items, value, at));
        found.extend(inner);
    }
    found
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_u64(),
        Some("number") => value.is_number(),
        Some("null") => value.is_null(),
        _ => false,
    }
}
