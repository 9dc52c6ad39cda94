//! The parameters of `AssumeRoleWithWebIdentity`, checked as AWS checks them before anything else.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>

use super::error::Refusal;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

const ROLE_ARN_LENGTH: RangeInclusive<usize> = 20..=2048;
const SESSION_NAME_LENGTH: RangeInclusive<usize> = 2..=64;
const TOKEN_LENGTH: RangeInclusive<usize> = 4..=20_000;
const POLICY_LENGTH: RangeInclusive<usize> = 1..=2048;
const DURATION_SECONDS: RangeInclusive<u32> = 900..=43_200;
const DEFAULT_DURATION_SECONDS: u32 = 3600;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameters {
    pub(crate) role_arn: String,
    pub(crate) session_name: String,
    pub(crate) token: String,
    pub(crate) policy: Option<String>,
    pub(crate) duration_seconds: u32,
}

pub(crate) fn parse(form: &BTreeMap<String, String>) -> Result<Parameters, Refusal> {
    let mut mistakes = Vec::new();
    let mut required = |name: &str, length| required(form, name, length, &mut mistakes);
    let role_arn = required("RoleArn", ROLE_ARN_LENGTH);
    let session_name = required("RoleSessionName", SESSION_NAME_LENGTH);
    let token = required("WebIdentityToken", TOKEN_LENGTH);
    if !session_name.chars().all(is_session_name_character) {
        mistakes.push(constraint(
            &session_name,
            "roleSessionName",
            r"satisfy regular expression pattern: [\w+=,.@-]*",
        ));
    }
    let policy = form.get("Policy").cloned();
    if let Some(policy) = &policy {
        check_length("policy", policy, &POLICY_LENGTH, &mut mistakes);
    }
    let duration_seconds = duration(form, &mut mistakes);
    if !mistakes.is_empty() {
        let count = mistakes.len();
        let errors = if count == 1 { "error" } else { "errors" };
        return Err(Refusal::validation(format!(
            "{count} validation {errors} detected: {}",
            mistakes.join("; ")
        )));
    }
    if !role_arn.starts_with("arn:") {
        return Err(Refusal::validation("Request ARN is invalid"));
    }
    if policy
        .as_deref()
        .is_some_and(|policy| serde_json::from_str::<Value>(policy).is_err())
    {
        return Err(Refusal::new(
            400,
            "MalformedPolicyDocument",
            "This policy contains invalid Json",
        ));
    }
    Ok(Parameters {
        role_arn,
        session_name,
        token,
        policy,
        duration_seconds,
    })
}

fn required(
    form: &BTreeMap<String, String>,
    name: &str,
    length: RangeInclusive<usize>,
    mistakes: &mut Vec<String>,
) -> String {
    let member = lower_first(name);
    let Some(value) = form.get(name) else {
        mistakes.push(format!(
            "Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ));
        return String::new();
    };
    check_length(&member, value, &length, mistakes);
    value.clone()
}

fn check_length(
    member: &str,
    value: &str,
    length: &RangeInclusive<usize>,
    mistakes: &mut Vec<String>,
) {
    let characters = value.chars().count();
    if characters < *length.start() {
        let rule = format!("have length greater than or equal to {}", length.start());
        mistakes.push(constraint(value, member, &rule));
    } else if characters > *length.end() {
        let rule = format!("have length less than or equal to {}", length.end());
        mistakes.push(constraint(value, member, &rule));
    }
}

fn duration(form: &BTreeMap<String, String>, mistakes: &mut Vec<String>) -> u32 {
    let Some(text) = form.get("DurationSeconds") else {
        return DEFAULT_DURATION_SECONDS;
    };
    let Ok(seconds) = text.parse::<u32>() else {
        mistakes.push(constraint(text, "durationSeconds", "be a number"));
        return DEFAULT_DURATION_SECONDS;
    };
    if seconds < *DURATION_SECONDS.start() {
        let rule = format!(
            "have value greater than or equal to {}",
            DURATION_SECONDS.start()
        );
        mistakes.push(constraint(text, "durationSeconds", &rule));
    } else if seconds > *DURATION_SECONDS.end() {
        let rule = format!(
            "have value less than or equal to {}",
            DURATION_SECONDS.end()
        );
        mistakes.push(constraint(text, "durationSeconds", &rule));
    }
    seconds
}

fn constraint(value: &str, member: &str, rule: &str) -> String {
    format!("Value '{value}' at '{member}' failed to satisfy constraint: Member must {rule}")
}

/// `[\w+=,.@-]`, where `\w` is ASCII.
fn is_session_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_+=,.@-".contains(character)
}

fn lower_first(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(changes: &[(&str, Option<&str>)]) -> Result<Parameters, Refusal> {
        let mut form: BTreeMap<String, String> = [
            ("RoleArn", "arn:aws:iam::123456789012:role/deploy"),
            ("RoleSessionName", "acme-site-42"),
            ("WebIdentityToken", "a.b.c"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for (name, value) in changes {
            match value {
                Some(value) => form.insert((*name).to_owned(), (*value).to_owned()),
                None => form.remove(*name),
            };
        }
        parse(&form)
    }

    #[test]
    fn good_parameters_pass() {
        assert_eq!(with(&[]).unwrap().duration_seconds, 3600);
        assert_eq!(
            with(&[("DurationSeconds", Some("900"))])
                .unwrap()
                .duration_seconds,
            900
        );
        assert!(with(&[("RoleSessionName", Some("a_b+c=d,e.f@g-h"))]).is_ok());
    }

    #[test]
    fn refusals_table() {
        let too_long = "x".repeat(65);
        let cases: [(&str, Option<&str>, &str); 8] = [
            (
                "RoleSessionName",
                Some(&too_long),
                "Member must have length less than or equal to 64",
            ),
            (
                "RoleSessionName",
                Some("x"),
                "Member must have length greater than or equal to 2",
            ),
            (
                "RoleSessionName",
                Some("a b"),
                r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
            ),
            (
                "RoleSessionName",
                Some("äöü"),
                r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
            ),
            ("RoleSessionName", None, "Member must not be null"),
            (
                "DurationSeconds",
                Some("899"),
                "Member must have value greater than or equal to 900",
            ),
            (
                "DurationSeconds",
                Some("43201"),
                "Member must have value less than or equal to 43200",
            ),
            (
                "RoleArn",
                Some("arn:short"),
                "Member must have length greater than or equal to 20",
            ),
        ];
        for (name, value, expected) in cases {
            let refusal = with(&[(name, value)]).unwrap_err();
            assert_eq!((refusal.status, refusal.code), (400, "ValidationError"));
            assert!(
                refusal.message.starts_with("1 validation error detected: "),
                "{}",
                refusal.message
            );
            assert!(refusal.message.ends_with(expected), "{}", refusal.message);
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let refusal = with(&[
            ("RoleSessionName", Some("x")),
            ("DurationSeconds", Some("1")),
        ])
        .unwrap_err();
        assert!(
            refusal
                .message
                .starts_with("2 validation errors detected: "),
            "{}",
            refusal.message
        );
    }

    #[test]
    fn a_session_policy_must_be_json() {
        assert!(with(&[("Policy", Some("{}"))]).is_ok());
        let refusal = with(&[("Policy", Some("{"))]).unwrap_err();
        assert_eq!(refusal.code, "MalformedPolicyDocument");
    }
}
