//! Which patterns match no file, before anybody has looked into the bucket. Only says so: what they meant
//! is `plan::idle`'s.

use deploy_core::plan::idle::{Sight, Suspect, Syntax, warnings};
use deploy_core::rules::policy::Policy;
use deploy_core::rules::rules_file::Rule;
use deploy_core::tree::{Filter, LocalTree};

/// Warns of those of `suspects` that match no file that is there or that `filter` leaves out.
pub(super) fn warn_of_idle<'a>(
    suspects: impl Iterator<Item = Suspect<'a>>,
    filter: &Filter,
    local: &LocalTree,
    prefix: &str,
) {
    let sight = Sight {
        local,
        remote: None,
        left_out: &filter.left_out(),
        prefix,
    };
    for warning in warnings(suspects.collect(), sight) {
        tracing::warn!("{warning}");
    }
}

/// The patterns of RULES_FILE and `_headers`.
pub(super) fn of_rules(policy: &Policy) -> impl Iterator<Item = Suspect<'_>> {
    let paths = policy.paths.iter().map(|rule| {
        let origin = format!("_headers line {}", rule.line);
        suspect(origin, rule.pattern.as_str(), Syntax::Path)
    });
    let written = policy.rules.iter().flat_map(Rule::written);
    let rules = written.map(|(line, pattern)| {
        suspect(
            format!("RULES_FILE line {line}"),
            pattern,
            Syntax::Gitignore,
        )
    });
    paths.chain(rules)
}

/// A pattern, and where it stands.
pub(super) fn suspect<'a>(
    origin: impl Into<String>,
    pattern: &'a str,
    syntax: Syntax<'a>,
) -> Suspect<'a> {
    Suspect {
        origin: origin.into(),
        pattern,
        syntax,
    }
}
