//! From JSON to a trust policy. Also the answers of `aws iam get-role`, in which it is wrapped.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{Actions, Condition, Effect, Principal, Statement, TrustPolicy};
use crate::base::invalid::Invalid;

/// The version that has policy variables.
const VERSION: &str = "2012-10-17";

/// The elements that a statement of a trust policy can have.
const ELEMENTS: &[&str] = &[
    "Sid",
    "Effect",
    "Principal",
    "Action",
    "NotAction",
    "Condition",
];

const HELP: &str = "name a file with the role's trust policy, in the form that `aws iam get-role --role-name NAME --query Role.AssumeRolePolicyDocument` prints it";

impl TrustPolicy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// When `text` is none, with what is wrong in it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| invalid(format!("it is not JSON ({error})")))?;
        let document = unwrapped(value)?;
        if document.get("Effect").is_some() {
            // A statement alone, as documentation shows them.
            return Ok(Self {
                has_variables: true,
                statements: vec![statement(&document)?],
            });
        }
        let statements = document
            .get("Statement")
            .ok_or_else(|| invalid("it has no `Statement`"))?;
        let statements = match statements {
            Value::Array(statements) => statements.iter().map(statement).collect(),
            one => statement(one).map(|statement| vec![statement]),
        };
        Ok(Self {
            has_variables: document.get("Version").and_then(Value::as_str) == Some(VERSION),
            statements: statements?,
        })
    }
}

fn invalid(reason: impl Into<String>) -> Invalid {
    Invalid::new(reason, HELP)
}

/// The document in an answer of IAM, which is URL-encoded text in some of them.
fn unwrapped(value: Value) -> Result<Value, Invalid> {
    let mut value = value;
    for name in ["Role", "AssumeRolePolicyDocument"] {
        if let Some(inner) = value.get_mut(name) {
            value = inner.take();
        }
    }
    if let Value::String(encoded) = &value {
        let text = percent_decode_str(encoded).decode_utf8_lossy();
        value = serde_json::from_str(&text)
            .map_err(|error| invalid(format!("its document is not JSON ({error})")))?;
    }
    Ok(value)
}

fn statement(value: &Value) -> Result<Statement, Invalid> {
    let elements = value
        .as_object()
        .ok_or_else(|| invalid("a statement of it is not an object"))?;
    let effect = match elements.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => {
            return Err(invalid(
                "a statement of it has no `Effect` of `Allow` or `Deny`",
            ));
        }
    };
    let actions = match (elements.get("Action"), elements.get("NotAction")) {
        (Some(actions), _) => Actions::Only(texts(actions)),
        (None, Some(actions)) => Actions::Not(texts(actions)),
        (None, None) => return Err(invalid("a statement of it has no `Action`")),
    };
    let others = elements
        .keys()
        .filter(|name| !ELEMENTS.contains(&name.as_str()));
    Ok(Statement {
        id: elements
            .get("Sid")
            .and_then(Value::as_str)
            .map(str::to_owned),
        effect,
        principal: principal(elements.get("Principal")),
        actions,
        conditions: conditions(elements.get("Condition"))?,
        others: others.cloned().collect(),
    })
}

fn principal(value: Option<&Value>) -> Principal {
    match value {
        Some(Value::String(text)) if text == "*" => Principal::Anyone,
        Some(Value::Object(kinds)) => match (kinds.get("Federated"), kinds.get("AWS")) {
            (Some(federated), _) => Principal::Federated(texts(federated)),
            (None, Some(Value::String(text))) if text == "*" => Principal::Anyone,
            _ => Principal::Others,
        },
        _ => Principal::Others,
    }
}

fn conditions(value: Option<&Value>) -> Result<Vec<Condition>, Invalid> {
    let object = |value: &Value, what: &str| -> Result<Map<String, Value>, Invalid> {
        let object = value.as_object().cloned();
        object.ok_or_else(|| invalid(format!("{what} of it is not an object")))
    };
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let mut conditions = Vec::new();
    for (operator, keys) in object(value, "a `Condition`")? {
        for (key, values) in object(&keys, &format!("`{operator}` in a `Condition`"))? {
            conditions.push(Condition {
                operator: operator.clone(),
                key,
                values: texts(&values),
            });
        }
    }
    Ok(conditions)
}

/// One value or a list of them; numbers and booleans as JSON writes them.
fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        one => vec![text(one)],
    }
}
