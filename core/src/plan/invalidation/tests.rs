//! The invalidation of whole plans.

use super::{InvalidationContext, Order, Paths, invalidations};
use crate::object::content::Content;
use crate::plan::compare::Reason;
use crate::plan::{Action, Phase, Plan, Step, Upload};
use std::sync::Arc;

fn order(paths: Paths) -> Order {
    Order {
        distributions: vec!["E1".to_owned(), "E2".to_owned()],
        paths,
        prefix: None,
        wait: None,
    }
}

const OCCASION: InvalidationContext<'_> = InvalidationContext {
    prefix: "docs/",
    run: "42-1",
    pending: false,
};

/// A plan of these uploads and deletions.
fn plan(uploads: &[(&str, Reason)], deletions: &[&str]) -> Plan {
    let uploads: Vec<Upload> = uploads
        .iter()
        .map(|(key, reason)| Upload {
            key: (*key).into(),
            size: 1,
            content: Content::File,
            modified_ns: 0,
            reason: *reason,
            headers: Arc::default(),
        })
        .collect();
    let deletions = deletions.iter().map(|key| (*key).into()).collect();
    let steps = [
        (Phase::KnownPages, Action::Upload(uploads)),
        (Phase::StaleAssets, Action::Delete(deletions)),
    ];
    Plan {
        steps: steps
            .into_iter()
            .filter(|(_, action)| !action.is_empty())
            .map(|(phase, action)| Step { phase, action })
            .collect(),
        ..Plan::default()
    }
}

fn paths(plan: &Plan, order: &Order, occasion: InvalidationContext<'_>) -> Vec<String> {
    let first = invalidations(plan, order, occasion).into_iter().next();
    first.map(|it| it.paths.to_vec()).unwrap_or_default()
}

#[test]
fn what_changed_and_what_goes_is_forgotten() {
    let plan = plan(
        &[("index.html", Reason::Content), ("new.js", Reason::New)],
        &["old.js"],
    );
    let all = invalidations(&plan, &order(Paths::Auto), OCCASION);
    assert_eq!(all.len(), 2);
    for invalidation in &all {
        assert_eq!(
            *invalidation.paths,
            ["/docs", "/docs/", "/docs/index.html", "/docs/old.js"]
        );
    }
    assert_ne!(all[0].reference, all[1].reference);
}

#[test]
fn nothing_is_forgotten_where_nothing_changed() {
    for paths in [Paths::Auto, Paths::Listed(vec!["/*".to_owned()])] {
        assert!(invalidations(&Plan::default(), &order(paths), OCCASION).is_empty());
    }
    assert!(
        paths(
            &plan(&[("new.js", Reason::New)], &[]),
            &order(Paths::Auto),
            OCCASION
        )
        .is_empty()
    );
}

#[test]
fn listed_paths_are_taken_as_they_are_whatever_changed() {
    let order = order(Paths::Listed(vec!["/*".to_owned()]));
    assert_eq!(
        paths(&plan(&[("new.js", Reason::New)], &[]), &order, OCCASION),
        ["/*"]
    );
}

#[test]
fn paths_begin_where_the_distribution_has_the_prefix() {
    let changed = || plan(&[("a.js", Reason::Size)], &[]);
    let at = |prefix: &str| Order {
        prefix: Some(prefix.to_owned()),
        ..order(Paths::Auto)
    };
    assert_eq!(paths(&changed(), &at("/"), OCCASION), ["/a.js"]);
    assert_eq!(paths(&changed(), &at("/site/"), OCCASION), ["/site/a.js"]);
}

#[test]
fn what_an_earlier_deploy_owes_is_everything() {
    let pending = InvalidationContext {
        pending: true,
        ..OCCASION
    };
    assert_eq!(
        paths(&Plan::default(), &order(Paths::Auto), pending),
        ["/docs", "/docs/*"]
    );
    let listed = order(Paths::Listed(vec!["/x".to_owned()]));
    assert_eq!(paths(&Plan::default(), &listed, pending), ["/x"]);
}

#[test]
fn every_run_has_its_own_reference() {
    let reference = |run| {
        let occasion = InvalidationContext { run, ..OCCASION };
        let plan = plan(&[("a.js", Reason::Size)], &[]);
        let due = invalidations(&plan, &order(Paths::Auto), occasion);
        due[0].reference.clone()
    };
    assert_eq!(reference("42-1"), reference("42-1"));
    assert_ne!(reference("42-1"), reference("42-2"));
}
