//! Statements of policies, and the documents that they make: compact for STS, with names for people.

use super::document::Node;

/// The version that knows policy variables, with which [`super::pattern::literal`] keeps `*`, `?` and
/// `$` literal.
const VERSION: &str = "2012-10-17";

/// What a policy allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    id: String,
    principal: Option<String>,
    actions: Vec<&'static str>,
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

/// One key below one operator.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    operator: &'static str,
    key: String,
    values: Vec<String>,
}

impl Statement {
    /// Allows `actions` on `resources`.
    pub(crate) fn allow(
        id: impl Into<String>,
        actions: &[&'static str],
        resources: Vec<String>,
    ) -> Self {
        Self {
            id: id.into(),
            principal: None,
            actions: actions.to_vec(),
            resources,
            conditions: Vec::new(),
        }
    }

    /// Allows the identities of the provider `principal`, an ARN, to assume the role that has this
    /// statement.
    pub(crate) fn trust(id: impl Into<String>, principal: String) -> Self {
        Self {
            principal: Some(principal),
            ..Self::allow(id, &["sts:AssumeRoleWithWebIdentity"], Vec::new())
        }
    }

    /// The same, and `action` too.
    #[must_use]
    pub(crate) fn and(mut self, action: &'static str) -> Self {
        self.actions.push(action);
        self
    }

    /// The same where `key` is, by `operator`, one of `values`; there is no condition without values.
    pub(crate) fn when(
        mut self,
        operator: &'static str,
        key: impl Into<String>,
        values: Vec<String>,
    ) -> Self {
        if !values.is_empty() {
            self.conditions.push(Condition {
                operator,
                key: key.into(),
                values,
            });
        }
        self
    }

    /// Whether it allows anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Whether `action` is among those that it allows.
    pub(crate) fn names(&self, action: &str) -> bool {
        self.actions.contains(&action)
    }

    /// As JSON, in the order in which the documentation writes it.
    pub(crate) fn json(&self, with_id: bool) -> Node {
        let mut json = Vec::new();
        if with_id {
            json.push(("Sid", Node::text(&self.id)));
        }
        json.push(("Effect", Node::text("Allow")));
        if let Some(principal) = &self.principal {
            let principal = Node::map([("Federated", Node::text(principal))]);
            json.push(("Principal", principal));
            let actions = self.actions.iter().map(|action| (*action).to_owned());
            json.push(("Action", Node::one_or_many(&actions.collect::<Vec<_>>())));
        } else {
            json.push(("Action", Node::texts(&self.actions)));
            json.push(("Resource", Node::one_or_many(&self.resources)));
        }
        let mut conditions: Vec<(&str, Vec<(String, Node)>)> = Vec::new();
        for condition in &self.conditions {
            let entry = (condition.key.clone(), Node::one_or_many(&condition.values));
            let mut known = conditions.iter_mut();
            match known.find(|(operator, _)| *operator == condition.operator) {
                Some((_, keys)) => keys.push(entry),
                None => conditions.push((condition.operator, vec![entry])),
            }
        }
        if !conditions.is_empty() {
            let conditions = conditions.into_iter();
            let conditions = conditions.map(|(operator, keys)| (operator, Node::map(keys)));
            json.push(("Condition", Node::map(conditions)));
        }
        Node::map(json)
    }
}

/// The policy of these statements, with their names for people.
pub(crate) fn document(statements: &[Statement]) -> Node {
    policy(statements, true)
}

/// The policy of these statements in as few characters as it takes.
pub(crate) fn compact(statements: &[Statement]) -> String {
    policy(statements, false).compact()
}

fn policy(statements: &[Statement], with_id: bool) -> Node {
    let statements = statements.iter().map(|statement| statement.json(with_id));
    Node::map([
        ("Version", Node::text(VERSION)),
        ("Statement", Node::List(statements.collect())),
    ])
}
