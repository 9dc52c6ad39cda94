//! The grammars of `sub`, provider by provider.

use super::{Provider, Scope, Subject, SubjectPattern, bitbucket};
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
    let claims = claims(issuer, subject);
    let Some(parsed) = Subject::of(&claims) else {
        return "unknown".to_owned();
    };
    let parts: Vec<_> = parsed
        .parts
        .iter()
        .map(|(name, text)| format!("{name}={text}"))
        .collect();
    let pattern = parsed.pattern();
    let pattern = match pattern.unwrap_or_else(|| SubjectPattern::Exact(subject.to_owned())) {
        SubjectPattern::Any => "any".to_owned(),
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
            CIRCLECI,
            "org/o/project/p/user/u/vcs-origin/github.com/a/b",
            "unknown",
        ),
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
        (
            GITHUB,
            "repo:a/b:job:environment:x",
            "repository=a/b context=job:environment:x = repo:a/b:job:environment:x",
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
    const JOB: &str = "org/0a1b/project/p/user/u";
    for (issuer, subject, expected) in [
        (BITBUCKET, "x", Some(Provider::Bitbucket)),
        ("https://api.bitbucket.org/2.0/workspaces/acme", "x", None),
        (
            "https://api.bitbucket.org/2.0/workspaces/a/b/pipelines-config/identity/oidc",
            "x",
            None,
        ),
        (CIRCLECI, "x", Some(Provider::CircleCi)),
        ("https://oidc.circleci.com/org/", JOB, None),
        (
            "https://circleci.example.com/org/0a1b",
            JOB,
            Some(Provider::CircleCi),
        ),
        ("https://circleci.example.com/org/other", JOB, None),
        ("https://example.com/x/org/0a1b", JOB, None),
        (GITHUB, "x", Some(Provider::GitHub)),
        (
            "https://token.actions.githubusercontent.com/acme",
            "x",
            Some(Provider::GitHub),
        ),
        (
            "https://github.example.com/_services/token",
            "x",
            Some(Provider::GitHub),
        ),
        ("https://github.example.com/x/_services/token", "x", None),
        ("https:///_services/token", "x", None),
        (
            "https://token.actions.octocorp.ghe.com",
            "x",
            Some(Provider::GitHub),
        ),
        ("https://token.actions.evil.example.ghe.com", "x", None),
        (
            "https://token.actions.githubusercontent.com.evil.example",
            "repo:a/b:ref:refs/heads/main",
            None,
        ),
        (
            "https://git.example.com",
            "project_path:g/p:ref_type:branch:ref:main",
            Some(Provider::GitLab),
        ),
        ("https://ci.example.com", "job", None),
    ] {
        let found = Provider::of(&claims(issuer, subject));
        assert_eq!(found, expected, "{issuer} {subject}");
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
        let claims = claims(issuer, sub);
        let subject = Subject::of(&claims).unwrap();
        assert_eq!(subject.elsewhere(sub), expected);
    }
}

const REPOSITORY: &str = "{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}";
const ENVIRONMENT: &str = "{bd715740-c970-486b-b68a-b421ec2a1f8b}";

/// Issuer, subject, and the conditions for workspace, repository and environment.
type Case<'a> = (&'a str, String, [Option<String>; 3]);

#[test]
fn every_provider_has_its_scopes() {
    let own = |text: Option<&str>| text.map(str::to_owned);
    let owned = |texts: [Option<&str>; 3]| texts.map(own);
    // Those of Bitbucket are the patterns of its documentation.
    let of_repository = format!("StringLike {REPOSITORY}:*");
    let of_environment = format!("StringLike {REPOSITORY}*:{ENVIRONMENT}:*");
    let cases: &[Case<'_>] = &[
        (
            BITBUCKET,
            format!("{REPOSITORY}:{{step}}"),
            owned([Some("any"), Some(&of_repository), None]),
        ),
        (
            BITBUCKET,
            format!("{REPOSITORY}:{ENVIRONMENT}:{{step}}"),
            owned([Some("any"), Some(&of_repository), Some(&of_environment)]),
        ),
        (
            BITBUCKET,
            "{*}:{*}".to_owned(),
            owned([Some("any"), None, None]),
        ),
        (
            CIRCLECI,
            "org/o-1/project/p-2/user/u-3/vcs-origin/github.com/o/r/vcs-ref/refs/heads/main"
                .to_owned(),
            owned([
                Some("StringLike org/o-1/*"),
                Some("StringLike org/o-1/project/p-2/*"),
                None,
            ]),
        ),
        (
            GITHUB,
            "repo:acme/site:ref:refs/heads/main".to_owned(),
            owned([
                Some("StringLike repo:acme/*"),
                Some("StringLike repo:acme/site:*"),
                None,
            ]),
        ),
        (
            GITHUB,
            "repo:acme@1/site*@2:environment:prod%3Aeu".to_owned(),
            owned([
                Some("StringLike repo:acme@1/*"),
                Some("StringLike repo:acme@1/site${*}@2:*"),
                Some("StringEquals repo:acme@1/site${*}@2:environment:prod%3Aeu"),
            ]),
        ),
        (
            GITLAB,
            "project_path:acme/web/site:ref_type:branch:ref:main".to_owned(),
            owned([
                Some("StringLike project_path:acme/*"),
                Some("StringLike project_path:acme/web/site:*"),
                None,
            ]),
        ),
    ];
    for (issuer, subject, expected) in cases {
        let claims = claims(issuer, subject);
        let parsed = Subject::of(&claims).unwrap();
        let found = [Scope::Workspace, Scope::Repository, Scope::Environment].map(|scope| {
            let pattern = parsed.pattern_of(scope)?;
            let condition = pattern.condition();
            Some(condition.map_or("any".to_owned(), |(operator, text)| {
                format!("{operator} {text}")
            }))
        });
        assert_eq!(found, *expected, "{subject}");
    }
}

#[test]
fn scopes_are_known_in_any_case() {
    assert_eq!(Scope::parse("Environment"), Ok(Scope::Environment));
    assert!(Scope::parse("branch").is_err());
}

#[test]
fn uuids_of_bitbucket_come_with_or_without_braces() {
    const UUID: &str = "922e118c-f34f-4226-a897-0e0afbec553d";
    let in_braces = format!("{{{}}}", UUID.to_uppercase());
    for value in [UUID, &in_braces] {
        assert_eq!(bitbucket::uuid(value).as_deref(), Ok(UUID));
        let audience = format!("ari:cloud:bitbucket::workspace/{UUID}");
        assert_eq!(bitbucket::audience(value), Ok(audience));
    }
    let short = UUID.strip_suffix('d').unwrap();
    for value in ["", "{}", "acme", short, "{*}"] {
        assert!(bitbucket::uuid(value).is_err(), "{value}");
    }
    assert_eq!(bitbucket::issuer("acme").as_deref(), Ok(BITBUCKET));
    assert!(bitbucket::issuer("a/b").is_err());
}
