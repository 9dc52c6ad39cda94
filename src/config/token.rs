//! Which OIDC token the variables offer, of the CI systems that are known.

use super::disk;
use super::environment::Variables;
use super::problem::Problems;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::secret::Secret;
use deploy_core::identity::TokenSource;
use deploy_core::identity::provider::{Provider, github};
use deploy_core::identity::token_source::{GitHubRequest, RequestUrl, TOKEN_LENGTH_MAX};

/// A variable that should lead to the token was noted as a problem.
#[derive(Debug)]
pub(super) struct Unusable;

/// The CI system that this run is a step of; Bitbucket unless another says so.
pub(super) fn system(variables: &Variables) -> Provider {
    if variables.bitbucket_build_number().is_set() {
        Provider::Bitbucket
    } else if variables.circleci().is_set() {
        Provider::CircleCi
    } else if variables.github_actions().is_set() {
        Provider::GitHub
    } else if variables.gitlab_ci().is_set() {
        Provider::GitLab
    } else {
        Provider::Bitbucket
    }
}

/// The first source that is there: Bitbucket, CircleCI, GitHub Actions, a file, the variable that
/// the user names. `Ok(None)` if none is.
pub(super) fn source(
    variables: &Variables,
    problems: &mut Problems,
) -> Result<Option<TokenSource>, Unusable> {
    let tokens = [
        variables.bitbucket_step_oidc_token(),
        variables.circle_oidc_token_v2(),
        variables.circle_oidc_token(),
    ];
    for value in tokens {
        if let Some(token) = value.text() {
            return Ok(Some(variable(value.name, token)));
        }
    }
    let (url, token) = (
        variables.actions_id_token_request_url(),
        variables.actions_id_token_request_token(),
    );
    if url.is_set() && token.is_set() {
        let url = url.parse(RequestUrl::parse, problems);
        let request_token = token.parse(request_token, problems);
        let audience = variables.oidc_audience();
        return Ok(Some(TokenSource::GitHub(GitHubRequest {
            url: url.ok_or(Unusable)?,
            request_token: request_token.ok_or(Unusable)?,
            audience: audience
                .text()
                .unwrap_or(github::AUDIENCE_DEFAULT)
                .to_owned(),
        })));
    }
    let file = variables.aws_web_identity_token_file();
    if file.is_set() {
        let path = file.parse(disk::token_file, problems);
        return path.map(TokenSource::File).ok_or(Unusable).map(Some);
    }
    let name = variables.oidc_token_variable();
    if !name.is_set() {
        return Ok(None);
    }
    let token = name.parse(|name| named(name, variables.named_token()), problems);
    token.ok_or(Unusable).map(Some)
}

fn variable(name: &str, token: &str) -> TokenSource {
    TokenSource::Variable {
        name: name.to_owned(),
        token: Secret::new(token.to_owned()),
    }
}

/// A header has to hold it.
fn request_token(value: &str) -> Result<Secret, Invalid> {
    if value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Secret::new(value.to_owned()))
    } else {
        Err(Invalid::new(
            "its value is no token",
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
            "does the job define `id_tokens:` with this name, and is the variable passed to the pipe's container?",
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
