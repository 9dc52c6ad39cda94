//! The variables as `envy` reads them: all optional, all text. Validation is the caller's.
//!
//! `envy` stops at the first field that does not parse and echoes its value, so every field is an
//! optional string: it cannot fail on any value, and a secret cannot end up in its errors.

use serde::Deserialize;

use super::environment::Environment;

/// One field per name of the variables' table and the context; a test holds them equal.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) command: Option<String>,
    pub(super) explain_path: Option<String>,
    pub(super) aws_oidc_role_arn: Option<String>,
    pub(super) aws_access_key_id: Option<String>,
    pub(super) aws_secret_access_key: Option<String>,
    pub(super) aws_session_token: Option<String>,
    pub(super) oidc_token_variable: Option<String>,
    pub(super) oidc_audience: Option<String>,
    pub(super) aws_web_identity_token_file: Option<String>,
    pub(super) trust_policy_file: Option<String>,
    pub(super) aws_default_region: Option<String>,
    pub(super) aws_region: Option<String>,
    pub(super) s3_bucket: Option<String>,
    pub(super) local_path: Option<String>,
    pub(super) delete_flag: Option<String>,
    pub(super) max_delete: Option<String>,
    #[serde(rename = "exclude")]
    pub(super) _exclude: Option<String>,
    #[serde(rename = "include")]
    pub(super) _include: Option<String>,
    pub(super) allow_secrets: Option<String>,
    pub(super) rules_file: Option<String>,
    pub(super) preset: Option<String>,
    pub(super) compress: Option<String>,
    pub(super) dry_run: Option<String>,
    #[serde(rename = "cloudfront_distribution_id")]
    pub(super) _cloudfront_distribution_id: Option<String>,
    #[serde(rename = "invalidation_paths")]
    pub(super) _invalidation_paths: Option<String>,
    pub(super) invalidation_prefix: Option<String>,
    pub(super) invalidation_wait: Option<String>,
    pub(super) code_insights: Option<String>,
    pub(super) code_insights_proxy: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) acl: Option<String>,
    pub(super) storage_class: Option<String>,
    pub(super) expires: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) sse: Option<String>,
    pub(super) sse_kms_key_id: Option<String>,
    #[serde(rename = "metadata")]
    pub(super) _metadata: Option<String>,
    #[serde(rename = "tagging")]
    pub(super) _tagging: Option<String>,
    pub(super) compare_headers: Option<String>,
    pub(super) no_overwrite: Option<String>,
    pub(super) aws_role_session_name: Option<String>,
    pub(super) aws_role_duration_seconds: Option<String>,
    #[serde(rename = "aws_role_chain")]
    pub(super) _aws_role_chain: Option<String>,
    #[serde(rename = "aws_allowed_account_ids")]
    pub(super) _aws_allowed_account_ids: Option<String>,
    pub(super) session_policy: Option<String>,
    pub(super) expected_bucket_owner: Option<String>,
    pub(super) concurrency: Option<String>,
    pub(super) shard: Option<String>,
    pub(super) aws_max_attempts: Option<String>,
    pub(super) checksum: Option<String>,
    pub(super) s3_force_path_style: Option<String>,
    pub(super) report_file: Option<String>,
    pub(super) log_format: Option<String>,
    #[serde(rename = "extra_args")]
    pub(super) _extra_args: Option<String>,
    pub(super) debug: Option<String>,
    pub(super) aws_endpoint_url: Option<String>,
    pub(super) aws_endpoint_url_s3: Option<String>,
    pub(super) aws_endpoint_url_sts: Option<String>,
    pub(super) aws_endpoint_url_cloudfront: Option<String>,
    pub(super) aws_ca_bundle: Option<String>,
    pub(super) ssl_cert_file: Option<String>,
    pub(super) https_proxy: Option<String>,
    pub(super) no_proxy: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) format: Option<String>,
    #[serde(rename = "allowed_ip_ranges")]
    pub(super) _allowed_ip_ranges: Option<String>,
    pub(super) ecr_repository_arn: Option<String>,
    pub(super) no_color: Option<String>,
    pub(super) bitbucket_step_oidc_token: Option<String>,
    pub(super) bitbucket_workspace: Option<String>,
    pub(super) bitbucket_repo_slug: Option<String>,
    pub(super) bitbucket_build_number: Option<String>,
    pub(super) bitbucket_commit: Option<String>,
    pub(super) bitbucket_parallel_step: Option<String>,
    pub(super) bitbucket_parallel_step_count: Option<String>,
    pub(super) bitbucket_pipelines_variables_path: Option<String>,
    pub(super) bitbucket_pipe_storage_dir: Option<String>,
    pub(super) bitbucket_workspace_uuid: Option<String>,
    pub(super) bitbucket_repo_owner_uuid: Option<String>,
    pub(super) bitbucket_repo_uuid: Option<String>,
    pub(super) bitbucket_deployment_environment_uuid: Option<String>,
    pub(super) bitbucket_deployment_environment: Option<String>,
    pub(super) circle_oidc_token_v2: Option<String>,
    pub(super) circle_oidc_token: Option<String>,
    pub(super) actions_id_token_request_url: Option<String>,
    pub(super) actions_id_token_request_token: Option<String>,
    pub(super) circleci: Option<String>,
    pub(super) github_actions: Option<String>,
    pub(super) gitlab_ci: Option<String>,
}

impl Raw {
    /// Reads the plain variables of `environment`.
    ///
    /// # Errors
    /// Only if the variables' table has a name that has no field here.
    pub(super) fn read(environment: &Environment) -> Result<Self, envy::Error> {
        envy::from_iter(environment.pairs())
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, Raw};
    use crate::config::context::CONTEXT;
    use crate::config::problem::Problems;
    use crate::config::variables::VARIABLES;
    use std::ffi::OsString;

    #[test]
    fn every_name_of_the_table_has_a_field() {
        let names = VARIABLES
            .iter()
            .map(|variable| variable.name)
            .chain(CONTEXT.iter().copied());
        let all = names.map(|name| (OsString::from(name), OsString::from("x")));
        let environment = Environment::read(all, &mut Problems::default());
        assert_eq!(environment.pairs().count(), VARIABLES.len() + CONTEXT.len());
        assert!(Raw::read(&environment).is_ok());
    }
}
