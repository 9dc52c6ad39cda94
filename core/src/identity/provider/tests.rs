//! The grammars of `sub`, provider by provider.

use super::{Provider, Subject, SubjectPattern};
use crate::identity::claims::Claims;
use serde_json::json;

const BITBUCKET: &str =
    "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
const CIRCLECI: &str = "https://oidc.circleci.com/org/0a1b";
const GITHUB: &str = "https://token.actions.githubusercontent.com";
const GITLAB: &str = "https://gitlab.example.com";

fn claims(issuer: &str, subject: &str) -> Claims {
    let claims = json!({ "iss": issuer, "sub": subject });
    Claims::from(claims.as_object().cloned().unwrap())
}

fn parts(issuer: &str, subject: &str) -> String {
    let Some(parsed) = Subject::of(&claims(issuer, subject)) else {
        return "unknown".to_owned();
    };
    let parts: Vec<_> = parsed
        .parts()
        .into_iter()
        .map(|(name, text)| format!("{name}={text}"))
        .collect();
    let pattern = match parsed.pattern() {
        SubjectPattern::Exact(text) => format!("= {text}"),
        SubjectPattern::Pieces(pieces) => format!("~ {}", pieces.join("*")),
    };
    format!("{} {pattern}", parts.join(" "))
}

#[test]
fn subjects_are_taken_apart_by_their_providers_grammar() {
    for (issuer, subject, expected) in [
        (BITBUCKET, "{r}:{s}", "repository={r} step={s} ~ {r}:*"),
        (
            BITBUCKET,
            "{r}:{e}:{s}",
            "repository={r} environment={e} step={s} ~ {r}:{e}:*",
        ),
        (BITBUCKET, "{r}", "unknown"),
        (BITBUCKET, "{r}:{e}:{s}:{x}", "unknown"),
        (BITBUCKET, "r:s", "unknown"),
        (
            CIRCLECI,
            "org/o/project/p/user/u",
            "organization=o project=p user=u ~ org/o/project/p/user/*",
        ),
        (
            CIRCLECI,
            "org/o/project/p/user/u/vcs-origin/github.com/a/b/vcs-ref/refs/heads/main",
            "organization=o project=p user=u origin=github.com/a/b ref=refs/heads/main \
             ~ org/o/project/p/user/*/vcs-origin/github.com/a/b/vcs-ref/refs/heads/main",
        ),
        (CIRCLECI, "org/o", "unknown"),
        (
            GITHUB,
            "repo:a/b:ref:refs/heads/main",
            "repository=a/b ref=refs/heads/main = repo:a/b:ref:refs/heads/main",
        ),
        (
            GITHUB,
            "repo:a@1/b@2:environment:prod%3Aeu",
            "repository=a@1/b@2 environment=prod%3Aeu = repo:a@1/b@2:environment:prod%3Aeu",
        ),
        (
            GITHUB,
            "repo:a/b:pull_request",
            "repository=a/b event=pull_request = repo:a/b:pull_request",
        ),
        (
            GITHUB,
            "repo:a/b:job_workflow_ref:x",
            "repository=a/b context=job_workflow_ref:x = repo:a/b:job_workflow_ref:x",
        ),
        (GITHUB, "actor:me", "unknown"),
        (
            GITLAB,
            "project_path:g/s/p:ref_type:branch:ref:main",
            "project=g/s/p ref type=branch ref=main = project_path:g/s/p:ref_type:branch:ref:main",
        ),
        (GITLAB, "project_path:g/p", "unknown"),
        ("https://accounts.example.com", "me", "unknown"),
    ] {
        assert_eq!(parts(issuer, subject), expected, "{issuer} {subject}");
    }
}

#[test]
fn providers_are_known_by_their_issuer() {
    for (issuer, expected) in [
        (BITBUCKET, Some(Provider::Bitbucket)),
        (CIRCLECI, Some(Provider::CircleCi)),
        (GITHUB, Some(Provider::GitHub)),
        (
            "https://token.actions.githubusercontent.com/acme",
            Some(Provider::GitHub),
        ),
        (
            "https://github.example.com/_services/token",
            Some(Provider::GitHub),
        ),
        (
            "https://token.actions.githubusercontent.com.evil.example",
            None,
        ),
        ("https://api.bitbucket.org/2.0/workspaces/acme", None),
    ] {
        assert_eq!(Provider::of(&claims(issuer, "x")), expected, "{issuer}");
    }
}

#[test]
fn the_same_run_elsewhere_differs_in_its_repository_alone() {
    for (issuer, sub, expected) in [
        (BITBUCKET, "{1de4-x0}:{8a9b}", "{0xx0-y1}:{8a9b}"),
        (
            GITHUB,
            "repo:acme/site:ref:refs/heads/main",
            "repo:xxxx/xxxx:ref:refs/heads/main",
        ),
        (
            CIRCLECI,
            "org/0a1b/project/p1/user/u/vcs-origin/github.com/a/b/vcs-ref/refs/heads/main",
            "org/0a1b/project/x0/user/u/vcs-origin/xxxxxx.xxx/x/x/vcs-ref/refs/heads/main",
        ),
        (
            GITLAB,
            "project_path:g/p:ref_type:branch:ref:main",
            "project_path:x/x:ref_type:branch:ref:main",
        ),
    ] {
        let subject = Subject::of(&claims(issuer, sub)).unwrap();
        assert_eq!(subject.elsewhere(sub), expected);
    }
}
