//! What the role needs so that the CI system can pull the pipe's image from a private ECR repository.

use super::facts::Facts;
use crate::iam::statement::Statement;
use crate::identity::provider::Provider;

/// What Bitbucket's documentation grants for pulling an image.
/// <https://support.atlassian.com/bitbucket-cloud/docs/use-aws-ecr-images-in-pipelines-with-openid-connect/>
const PULL_ACTIONS_BITBUCKET: &[&str] = &[
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:GetRepositoryPolicy",
    "ecr:DescribeRepositories",
    "ecr:ListImages",
    "ecr:DescribeImages",
    "ecr:BatchGetImage",
];

/// What CircleCI's documentation grants for it.
/// <https://circleci.com/docs/pull-an-image-from-aws-ecr-with-oidc/>
const PULL_ACTIONS: &[&str] = &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// The statements, if the image is in ECR.
pub(super) fn pull(facts: &Facts) -> Vec<Statement> {
    let Some(repository) = &facts.ecr_repository else {
        return Vec::new();
    };
    let actions = match facts.issuer.provider {
        Some(Provider::Bitbucket) => PULL_ACTIONS_BITBUCKET,
        _ => PULL_ACTIONS,
    };
    let token = &["ecr:GetAuthorizationToken"];
    vec![
        Statement::allow("GetAuthorizationToken", token, vec!["*".to_owned()]),
        Statement::allow(
            "ReadRepositoryContents",
            actions,
            vec![repository.arn().to_string()],
        ),
    ]
}
