//! Which patterns of the configuration match nothing on either side. Only says so: what they are is
//! `config`'s, and what they meant `plan::idle`'s.

use super::sides::Sides;
use crate::command::idle::{of_rules, suspect, warn_of_idle};
use crate::config::Config;
use deploy_core::object::destination::Destination;
use deploy_core::plan::idle::{Sight, Suspect, Syntax, warnings};
use deploy_core::plan::invalidation::{Order, Paths};
use deploy_core::tree::{Filter, IdlePattern, LocalTree, Source};

/// Warns of patterns that match nothing. A share, and a deploy of one file, see too little of either
/// side to say so.
pub(super) fn warn_of_idle_patterns(config: &Config, destination: &Destination, sides: &Sides) {
    if config.part.share().is_some() || matches!(config.source, Source::File(_)) {
        return;
    }
    let prefix = destination.prefix();
    let order = config.invalidation.as_ref();
    let bases = order.map(|order| bases(order, prefix)).unwrap_or_default();
    let mut suspects = of_filter(&config.filter);
    suspects.extend(of_rules(&sides.policy));
    suspects.extend(order.into_iter().flat_map(|order| of_order(order, &bases)));
    let sight = Sight {
        local: &sides.local,
        remote: Some(&sides.remote),
        left_out: &config.filter.left_out(),
        prefix,
    };
    for warning in warnings(suspects, sight) {
        tracing::warn!("{warning}");
    }
}

/// Warns of patterns of the filter that match no file, before anybody has looked into the bucket: they
/// may be why nothing is left to deploy.
pub(super) fn warn_of_idle_filter(config: &Config, destination: &Destination, local: &LocalTree) {
    let (filter, prefix) = (&config.filter, destination.prefix());
    warn_of_idle(of_filter(filter).into_iter(), filter, local, prefix);
}

fn of_filter(filter: &Filter) -> Vec<Suspect<'_>> {
    let suspects = filter.idle().map(|idle| match idle {
        IdlePattern::Exclude(pattern) => suspect("EXCLUDE", pattern, Syntax::Gitignore),
        IdlePattern::Include(pattern) => suspect("INCLUDE", pattern, Syntax::Gitignore),
        IdlePattern::Flag(flag, pattern) => {
            suspect(format!("EXTRA_ARGS: `{flag}`"), pattern, Syntax::Flag)
        }
    });
    suspects.collect()
}

fn of_order<'a>(order: &'a Order, bases: &'a [String]) -> impl Iterator<Item = Suspect<'a>> {
    let listed = match &order.paths {
        Paths::Listed(listed) => listed.as_slice(),
        Paths::Auto => &[],
    };
    let syntax = Syntax::Url(bases);
    listed
        .iter()
        .map(move |path| suspect("INVALIDATION_PATHS", path, syntax))
}

/// Where a distribution may serve the prefix: under INVALIDATION_PREFIX, or else under the prefix
/// itself, or at its root if that is the path of its origin.
fn bases(order: &Order, prefix: &str) -> Vec<String> {
    match &order.prefix {
        Some(base) => vec![base.clone()],
        None => vec![format!("/{prefix}"), "/".to_owned()],
    }
}
