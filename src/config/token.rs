//! Which OIDC token the variables offer, of the CI systems that are known.

use super::disk;
use super::environment::Environment;
use super::problem::Problems;
use super::raw::Raw;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::secret::Secret;
use deploy_core::identity::TokenSource;
use deploy_core::identity::provider::{Provider, github};
use deploy_core::identity::token_source::{GitHubRequest, RequestUrl, TOKEN_LENGTH_MAX};

/// A variable that should lead to the token was noted as a problem.
#[derive(Debug)]
pub(super) struct Unusable;

/// The CI system that this run is a step of; Bitbucket unless another says so.
pub(super) fn system(raw: &Raw) -> Provider {
    if raw.bitbucket_build_number.is_some() {
        Provider::Bitbucket
    } else if raw.circleci.is_some() {
        Provider::CircleCi
    } else if raw.github_actions.is_some() {
        Provider::GitHub
    } else if raw.gitlab_ci.is_some() {
        Provider::GitLab
    } else {
        Provider::Bitbucket
    }
}

/// The first source that is there: Bitbucket, CircleCI, GitHub Actions, a file, the variable that
/// the user names. `Ok(None)` if none is.
pub(super) fn source(
    environment: &Environment,
    raw: &Raw,
    problems: &mut Problems,
) -> Result<Option<TokenSource>, Unusable> {
    let variables = [
        ("BITBUCKET_STEP_OIDC_TOKEN", &raw.bitbucket_step_oidc_token),
        ("CIRCLE_OIDC_TOKEN_V2", &raw.circle_oidc_token_v2),
        ("CIRCLE_OIDC_TOKEN", &raw.circle_oidc_token),
    ];
    for (name, value) in variables {
        if let Some(token) = value {
            return Ok(Some(variable(name, token)));
        }
    }
    if let (Some(url), Some(token)) = (
        &raw.actions_id_token_request_url,
        &raw.actions_id_token_request_token,
    ) {
        let url = problems.check("OIDC_AUDIENCE", request_url(url));
        let request_token = problems.check("OIDC_AUDIENCE", request_token(token));
        let audience = raw.oidc_audience.as_deref();
        return Ok(Some(TokenSource::GitHub(GitHubRequest {
            url: url.ok_or(Unusable)?,
            request_token: request_token.ok_or(Unusable)?,
            audience: audience.unwrap_or(github::AUDIENCE_DEFAULT).to_owned(),
        })));
    }
    if let Some(path) = &raw.aws_web_identity_token_file {
        let path = problems.check("AWS_WEB_IDENTITY_TOKEN_FILE", disk::token_file(path));
        return path.map(TokenSource::File).ok_or(Unusable).map(Some);
    }
    let Some(name) = raw.oidc_token_variable.as_deref() else {
        return Ok(None);
    };
    let token = problems.check(
        "OIDC_TOKEN_VARIABLE",
        named(name, environment.named_token()),
    );
    token.ok_or(Unusable).map(Some)
}

fn variable(name: &str, token: &str) -> TokenSource {
    TokenSource::Variable {
        name: name.to_owned(),
        token: Secret::new(token.to_owned()),
    }
}

/// The problem stands beside OIDC_AUDIENCE, the one variable of the table that is about GitHub.
fn request_url(value: &str) -> Result<RequestUrl, Invalid> {
    RequestUrl::parse(value).map_err(|invalid| Invalid {
        why: format!("ACTIONS_ID_TOKEN_REQUEST_URL: {}", invalid.why),
        ..invalid
    })
}

/// A header has to hold it.
fn request_token(value: &str) -> Result<Secret, Invalid> {
    if value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Secret::new(value.to_owned()))
    } else {
        Err(Invalid::new(
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN is no token",
            "hand over the value that GitHub Actions gives the job",
        ))
    }
}

/// The token in the variable `name`. It must look like one: a slip of the name would send another
/// secret of the step to STS.
fn named(name: &str, value: Option<&str>) -> Result<TokenSource, Invalid> {
    let is_name = !name.starts_with(|first: char| first.is_ascii_digit())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Err(Invalid::new(
            "its value is not the name of a variable",
            "give it the name of the variable that holds the token, not the token",
        ));
    }
    let Some(token) = value else {
        return Err(Invalid::new(
            format!("the variable `{name}` that it names is not set"),
            "has the job `id_tokens:` with this name, and does the pipe's container get the variable?",
        ));
    };
    if token.split('.').count() == 3 && token.len() <= TOKEN_LENGTH_MAX {
        Ok(variable(name, token))
    } else {
        Err(Invalid::new(
            format!("the variable `{name}` that it names holds no OIDC token"),
            "name the variable that the CI system puts the token into",
        ))
    }
}
