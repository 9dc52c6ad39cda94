//! The one declaration of the variables: the table that the documents are held to, the struct that
//! `envy` fills, and an accessor for each are made of it. No parsing here.

pub use super::declare::{Need, Variable};
use super::declare::{accessor, name, variables};
use super::extra_args::ExtraArgs;
use super::problem::Problems;
use super::value::{List, Value};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The names of all that the pipe reads.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let declared = VARIABLES.iter().map(|variable| variable.name);
    declared.chain(CONTEXT.iter().copied())
}

/// The known variables as they are set, each by a method of its name, and what was found wrong with
/// them so far. There is no `Debug`: some are secrets.
#[derive(Default)]
pub(super) struct Input {
    pub(super) texts: Texts,
    /// Those given item by item, by name.
    pub(super) lists: BTreeMap<&'static str, Vec<String>>,
    /// The value of the variable that OIDC_TOKEN_VARIABLE names: the user's own choice.
    pub(super) named_token: Option<String>,
    /// The names of what else is set.
    pub(super) others: Vec<String>,
    /// The flags of EXTRA_ARGS, once they are read.
    pub(super) args: ExtraArgs,
    pub(super) problems: Problems,
}

variables! {
    declared {
        Optional command = "deploy": "What to do: `deploy`; `explain`, which shows the headers of each object and where they come from; `releases`, which lists what can be put back, and `rollback`, which puts it back; `setup`, which prints what an AWS administrator needs; or `whoami`, which shows the AWS identity that the step gets. The binary also takes it as its first argument.";
        Optional explain_path: "For `explain`: explain this one path, relative to LOCAL_PATH, instead of every file. The file does not have to exist.";
        FromContext aws_oidc_role_arn: "The role to assume with the step's OIDC token. The step needs `oidc: true`. If static keys are set too, the role is used.";
        FromContext aws_access_key_id: "Static access key. Used only if AWS_OIDC_ROLE_ARN is not set or, with a warning, if the step has no OIDC token.";
        FromContext aws_secret_access_key: "Secret of the static access key.";
        FromContext aws_session_token: "Session token, if the static keys are temporary.";
        Optional oidc_token_variable: "Name of the variable that holds the OIDC token, for CI systems that let the job choose the name, such as GitLab's `id_tokens`. Read only if there is no token from Bitbucket, CircleCI, GitHub Actions or AWS_WEB_IDENTITY_TOKEN_FILE.";
        Optional oidc_audience = "sts.amazonaws.com": "Audience to request from GitHub Actions. Other CI systems set the audience themselves.";
        Optional aws_web_identity_token_file: "File that holds the OIDC token, if there is none from Bitbucket, CircleCI or GitHub Actions. Read again each time the session is renewed.";
        Optional trust_policy_file: "File with the role's trust policy, in the form that `aws iam get-role` prints. When AWS refuses the token, and with COMMAND=whoami, the pipe shows which of its conditions the token meets.";
        FromContext aws_default_region: "Region of the bucket, for example `us-east-1`. AWS_REGION is read if this is not set.";
        Required s3_bucket: "`bucket` or `bucket/prefix`, with or without `s3://`, or an access point ARN. If LOCAL_PATH is a single file, a path that does not end in `/` is the file's whole key.";
        Required local_path: "The folder to deploy, or a single file. A relative path starts at the step's working directory.";
        Optional delete_flag = "false": "Delete objects under the prefix that LOCAL_PATH does not have, after every upload has succeeded: `true`, or `owned` for those alone that a deploy has put there, by its record.";
        Optional max_delete: "Refuse a plan that deletes more than this number, or this percentage of the objects under the prefix. By default up to 100 deletions always pass, and larger numbers up to `90%`.";
        Optional delete_grace = "7d": "How long objects with a fingerprint in their name, such as `app.3f2a9c1b.js`, stay after the first deploy that no longer has them, for visitors whose page is older: `7d`, `12h`, `30m`, or `0` to delete them at once. Pages and all other objects go at once.";
        List exclude: "Patterns in the syntax of .gitignore, relative to LOCAL_PATH and to the prefix: a match is neither uploaded nor deleted. A list, or one string of patterns separated by spaces.";
        List include: "Patterns as for EXCLUDE. If set, only files and objects that match one of them, and no EXCLUDE, are uploaded or deleted.";
        Optional allow_secrets = "false": "Also deploy files that look like secrets, such as `.env` or private keys: see `docs/secrets.md`. By default such a file stops the deploy before anything is written.";
        Optional rules_file: "YAML file with headers per pattern: see `docs/rules.md`. Overrides all other sources of headers.";
        Optional preset = "none": "`static-site` gives every file a Cache-Control: files with a fingerprint in their name, such as `app.3f2a9c1b.js`, are cached for a year, pages are revalidated on each visit, everything else after a few minutes: see `docs/rules.md`.";
        Optional compress = "none": "`gzip` or `brotli`: store text files compressed, with Content-Encoding set, if that makes them smaller.";
        Optional deploy_record = "auto": "A small object below the prefix that remembers what was deployed, see `docs/record.md`: `auto` keeps it, and goes without where that is forbidden; `required` fails there; `off` keeps none.";
        Optional older_build = "refuse": "What to do where a newer build of the same repository is deployed, or is being deployed: `refuse`, unless this step is run again; `warn`; or `allow`.";
        Optional releases = "10": "How many finished deploys can be rolled back to in a bucket that keeps versions, 0 to 100: see `docs/rollback.md`.";
        Optional release: "For `rollback`: the release to put back: `previous` (the default), a build number, or a commit. For `setup`: also permit `rollback` and `releases`.";
        Optional dry_run = "false": "Print what a deploy would do, and write nothing.";
        List cloudfront_distribution_id: "The CloudFront distribution in front of the bucket, or a list of them. The deploy invalidates what it changed.";
        List invalidation_paths: "`auto`, or paths to invalidate whenever something changed, for example `/*`, or a list of them. `auto`, the default, invalidates the URLs of changed and deleted objects.";
        Optional invalidation_prefix: "The path under which the distribution serves the prefix of S3_BUCKET. By default that prefix itself; use `/` if the distribution's origin path is the prefix.";
        Optional invalidation_wait = "true": "Wait until the invalidations are complete: `true` (at most 10 minutes), `false`, or the longest wait, for example `90s` or `5m`. If they are not complete by then, the pipe warns and succeeds.";
        Optional site_url: "URL at which visitors find what is deployed, for example `https://www.example.com/`. It stands in the last line, in the report, in the output variable `S3_DEPLOY_SITE_URL`, and is what the Code Insights report links to.";
        Optional code_insights = "false": "Put a Code Insights report on the commit, with the counts of the deploy.";
        Optional code_insights_proxy = "http://host.docker.internal:29418": "The proxy that authenticates the step to the Bitbucket API. Bitbucket runs it at the default address.";
        Optional cache_control: "Cache-Control header of the uploaded objects, for example `max-age=3600`.";
        Optional acl: "Canned ACL of the uploaded objects: `private`, `public-read`, `public-read-write`, `authenticated-read`, `aws-exec-read`, `bucket-owner-read`, `bucket-owner-full-control` or `log-delivery-write`. By default none is sent, because new buckets refuse ACLs.";
        Optional storage_class: "Storage class of the uploaded objects: `STANDARD`, `REDUCED_REDUNDANCY`, `STANDARD_IA`, `ONEZONE_IA`, `INTELLIGENT_TIERING`, `GLACIER`, `DEEP_ARCHIVE` or `GLACIER_IR`.";
        Optional expires: "Expires header of the uploaded objects, in the notations of aws-cli: a time such as `2030-01-01T00:00:00Z`, an HTTP date, or `0` for the past.";
        Optional content_encoding: "Content-Encoding header of the uploaded objects, for files that are already compressed, for example `gzip`.";
        Optional sse: "Server-side encryption of the uploaded objects: `AES256` or `aws:kms`. By default the bucket decides.";
        Optional sse_kms_key_id: "The KMS key to encrypt with: its id, ARN or alias; implies `SSE: 'aws:kms'`. By default the account's key `aws/s3`.";
        List metadata: "User metadata of the uploaded objects (`x-amz-meta-…`): a list of `name=value`, one string such as `author=me,build=42`, or a JSON object.";
        List tagging: "Tags of the uploaded objects: a list of `name=value`, or one URL-encoded string such as `team=web&stage=live`.";
        Optional compare_headers = "auto": "Which objects to ask S3 about (HeadObject) when they have the size of their file: `auto` asks about those that the deploy record does not know, up to 1,000 in each deploy, and about those whose ETag says nothing about their bytes, as with SSE-KMS; `true` asks about all, every time; `false` asks about none, and uploads what an ETag cannot prove. A file is uploaded again if its object is stored with other headers than this deploy would send.";
        Optional no_overwrite = "false": "Never replace an object: a deploy that would do so is refused before anything is written. Meant for released artifacts.";
        Optional aws_role_session_name: "Name of the role session that CloudTrail shows. By default it consists of workspace, repository and build number.";
        Optional aws_role_duration_seconds: "Lifetime of the role session, 900 to 43200 seconds; AWS's default is 3600. The session is renewed while the step's token is valid.";
        List aws_role_chain: "ARNs of roles to assume after AWS_OIDC_ROLE_ARN, each with the credentials of the one before, for example for a bucket in another account. The last one deploys.";
        List aws_allowed_account_ids: "Account numbers. A deploy with a role or static keys of any other account is refused.";
        Optional session_policy = "scoped": "`scoped` limits the role session to what this deploy needs, even if the role allows more; `none` uses everything the role allows.";
        Optional expected_bucket_owner: "Account number that must own the bucket; if another account owns it, S3 refuses every request.";
        Optional concurrency = "auto": "The most requests in flight, 1 to 512, or `auto`: as many as the server keeps up with, up to 64.";
        Optional shard = "off": "Divides a deploy over parallel steps, see [Several steps for one deploy](parallel.md): `auto` uploads this parallel step's share of the first phase, and deploys everything outside parallel steps; `0/4` is the first share of four; `final/4` does the rest after four shares, and is refused if one of them is missing.";
        Optional aws_max_attempts = "6": "Attempts per request, 1 to 20, with growing pauses between them. Only failures that may pass are retried: lost connections, throttling, server errors.";
        Optional checksum = "auto": "How the server verifies each upload: `auto` sends CRC-64/NVME to AWS and Content-MD5 to other servers, `required` sends CRC-64/NVME and fails if the answer does not repeat it, `off` sends none.";
        Optional s3_force_path_style = "auto": "`true` puts the bucket in the path instead of the host name; `auto` does so for endpoints other than AWS's.";
        Optional report_file: "File to write the result to: as a page if its name ends in `.html`, otherwise as JSON.";
        Optional log_format = "pipe": "`pipe` prints lines as the official pipes do, `json` prints one JSON object per line.";
        List extra_args: "Flags of `aws s3 sync`, as one string quoted as in a shell, or as a list with one word per item. A flag overrides the variable of the same meaning.";
        Optional debug = "false": "Print more, for example each failed attempt of a request. Never a secret.";
        Optional aws_endpoint_url: "Base URL of an S3-compatible server, for S3, STS and CloudFront.";
        Optional aws_endpoint_url_s3: "The same for S3 only; overrides AWS_ENDPOINT_URL.";
        Optional aws_endpoint_url_sts: "The same for STS only; overrides AWS_ENDPOINT_URL.";
        Optional aws_endpoint_url_cloudfront: "The same for CloudFront only; overrides AWS_ENDPOINT_URL.";
        Optional aws_use_fips_endpoint = "false": "Use the FIPS endpoints of AWS, which exist in the regions of the United States, Canada and GovCloud.";
        Optional aws_use_dualstack_endpoint = "false": "Use the endpoints of AWS that can also be reached over IPv6.";
        Optional aws_ca_bundle: "PEM file with the certificate authorities to trust instead of the image's.";
        Optional ssl_cert_file: "The same; AWS_CA_BUNDLE overrides it.";
        Optional https_proxy: "URL of the proxy for https requests, for example `http://user:password@proxy.example.com:3128`. Requests to `http://` endpoints never go through it.";
        Optional no_proxy: "Hosts that are reached without the proxy, separated by commas: names, which include their subdomains, addresses, ranges such as `10.0.0.0/8`, or `*` for all.";
        Optional scope = "repository": "For `setup`: whose tokens the role accepts: those of the whole `workspace`, of one `repository`, or of one of its deployment environments (`environment`).";
        Optional format = "cli": "For `setup`: `cli` prints a shell script of AWS CLI commands, `json` the documents alone, `cloudformation` a template, `terraform` a configuration.";
        List allowed_ip_ranges: "For `setup`: the only address ranges that may assume the role, for example `198.51.100.0/24`. Atlassian publishes those of Bitbucket Pipelines at <https://ip-ranges.atlassian.com/>.";
        Optional ecr_repository_arn: "For `setup`: an ECR repository whose images the role may pull, for example `arn:aws:ecr:us-east-1:123456789012:repository/my-repo`.";
        Optional no_color: "Set it to anything to print without colours.";

    }
    context {
        aws_region;
        bitbucket_step_oidc_token;
        bitbucket_workspace;
        bitbucket_repo_slug;
        bitbucket_build_number;
        bitbucket_commit;
        bitbucket_branch;
        bitbucket_tag;
        bitbucket_step_run_number;
        bitbucket_parallel_step;
        bitbucket_parallel_step_count;
        bitbucket_pipelines_variables_path;
        bitbucket_clone_dir;
        bitbucket_pipe_storage_dir;
        bitbucket_workspace_uuid;
        bitbucket_repo_owner_uuid;
        bitbucket_repo_uuid;
        bitbucket_deployment_environment_uuid;
        bitbucket_deployment_environment;
        circle_oidc_token_v2;
        circle_oidc_token;
        actions_id_token_request_url;
        actions_id_token_request_token;
        circleci;
        github_actions;
        gitlab_ci;
    }
}
