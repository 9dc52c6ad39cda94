//! Which OIDC token the variables offer, of the CI systems that are known.

use super::disk;
use super::problem::Noted;
use super::variables::Input;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::is_made_of;
use deploy_core::base::secret::Secret;
use deploy_core::identity::TokenSource;
use deploy_core::identity::provider::{Provider, github};
use deploy_core::identity::token_source::{GitHubRequest, RequestUrl, TOKEN_LENGTH_MAX};

/// The CI system that this run is a step of; Bitbucket unless another says so.
pub(super) fn system(input: &Input) -> Provider {
    if input.bitbucket_build_number().is_set() {
        Provider::Bitbucket
    } else if input.circleci().is_set() {
        Provider::CircleCi
    } else if input.github_actions().is_set() {
        Provider::GitHub
    } else if input.gitlab_ci().is_set() {
        Provider::GitLab
    } else {
        Provider::Bitbucket
    }
}

/// The first source that is there: Bitbucket, CircleCI, GitHub Actions, a file, the variable that
/// the user names. `Ok(None)` if none is.
pub(super) fn source(input: &Input) -> Result<Option<TokenSource>, Noted> {
    let tokens = [
        input.bitbucket_step_oidc_token(),
        input.circle_oidc_token_v2(),
        input.circle_oidc_token(),
    ];
    for value in tokens {
        if let Some(token) = value.text() {
            return Ok(Some(variable(value.name, token)));
        }
    }
    let url = input.actions_id_token_request_url();
    let token = input.actions_id_token_request_token();
    if url.is_set() && token.is_set() {
        let url = url.parse(RequestUrl::parse);
        let request_token = token.parse(request_token);
        let audience = input.oidc_audience().owned();
        return Ok(Some(TokenSource::GitHub(GitHubRequest {
            url: url.ok_or(Noted)?,
            request_token: request_token.ok_or(Noted)?,
            audience: audience.unwrap_or_else(|| github::AUDIENCE_DEFAULT.to_owned()),
        })));
    }
    let file = input.aws_web_identity_token_file();
    if file.is_set() {
        let path = file.parse(disk::token_file);
        return path.map(TokenSource::File).ok_or(Noted).map(Some);
    }
    let name = input.oidc_token_variable();
    if !name.is_set() {
        return Ok(None);
    }
    let token = name.parse(|name| named(name, input.named_token.as_deref()));
    token.ok_or(Noted).map(Some)
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
    let is_name = !name.starts_with(|first: char| first.is_ascii_digit()) && is_made_of(name, "_");
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
