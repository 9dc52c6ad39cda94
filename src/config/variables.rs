//! The one declaration of the variables: the table that the documents are held to, the struct that
//! `envy` fills, and an accessor for each are made of it. No parsing here.

pub use super::declare::{Need, Variable};
use super::declare::{accessor, name, sort, variables};
use super::environment::Variables;
use super::value::{List, Value};
use serde::Deserialize;

variables! {
    declared {
        optional command = "deploy": "What to do: `deploy`; `explain`, which says what headers objects would get and why; `setup`, which prints what an administrator of AWS needs; or `whoami`, which says who AWS takes the step for. Also taken as the first argument of the binary.";
        optional explain_path: "For `explain`: the one file, relative to LOCAL_PATH, to explain instead of all. It need not be there.";
        from_context aws_oidc_role_arn: "The role to assume with the step's OIDC token. The step needs `oidc: true`. With a role and static keys both set, the role wins.";
        from_context aws_access_key_id: "Static access key; only used without AWS_OIDC_ROLE_ARN, or, with a warning, on a step that has no OIDC token.";
        from_context aws_secret_access_key: "Secret of the static access key.";
        from_context aws_session_token: "Session token, if the static keys are temporary ones.";
        optional oidc_token_variable: "Name of the variable that holds the OIDC token, for CI systems that let the job choose it, as GitLab's `id_tokens`. Read where the step has no token of Bitbucket, CircleCI, GitHub Actions or a file.";
        optional oidc_audience = "sts.amazonaws.com": "Audience of the token to ask GitHub Actions for. The tokens of other CI systems come with theirs.";
        optional aws_web_identity_token_file: "File that holds the OIDC token, where the step has none of Bitbucket, CircleCI or GitHub Actions. Read anew whenever the session is renewed.";
        optional trust_policy_file: "File with the role's trust policy, as `aws iam get-role` prints it. When AWS refuses the token, and with COMMAND=whoami, the pipe says which of its conditions the token meets.";
        from_context aws_default_region: "Region of the bucket, as `us-east-1`. AWS_REGION is read where this is not set.";
        required s3_bucket: "`bucket`, `bucket/prefix`, the same behind `s3://`, or an access point ARN. When LOCAL_PATH is one file, a path that does not end in `/` is the file's whole key.";
        required local_path: "The folder whose content to deploy, or one file. A relative path starts at the step's working directory.";
        optional delete_flag = "false": "Delete objects under the prefix that LOCAL_PATH does not have. Only after every upload succeeded.";
        optional max_delete: "Refuse a plan that deletes more than this number, or this percentage of the objects under the prefix. If not set, 100 deletions pass whatever their share, and beyond that at most `90%`.";
        list exclude: "Patterns in the syntax of .gitignore, relative to LOCAL_PATH and to the prefix: what matches is neither uploaded nor deleted. A list, or one string of patterns separated by blanks.";
        list include: "Patterns as for EXCLUDE; if set, only what matches one of them, and no EXCLUDE, is deployed or deleted.";
        optional allow_secrets = "false": "Deploy files that look like secrets too, as `.env` or private keys: see `docs/secrets.md`. Without it they refuse the deploy before anything is written.";
        optional rules_file: "YAML file with headers per pattern: see `docs/rules.md`. Wins over all other sources of headers.";
        optional preset = "none": "`static-site` gives every file a Cache-Control: files with a fingerprint in their name, such as `app.3f2a9c1b.js`, are cached for a year, pages are revalidated by each visit, everything else after minutes: see `docs/rules.md`.";
        optional compress = "none": "`gzip` or `brotli`: store text files compressed, with their Content-Encoding, where that makes them smaller.";
        optional dry_run = "false": "Print what a deploy would do, and write nothing.";
        list cloudfront_distribution_id: "The CloudFront distribution in front of the bucket, or a list of them: what the deploy changed is invalidated there.";
        list invalidation_paths: "`auto`, or paths to invalidate whenever something changed, as `/*` or a list. `auto`, which is also what an unset variable means, invalidates the URLs of changed and deleted objects.";
        optional invalidation_prefix: "The path under which the distribution serves the prefix of S3_BUCKET. By default that prefix itself; `/` if the distribution's origin path is the prefix.";
        optional invalidation_wait = "true": "Wait until the invalidations are completed: `true` (at most 10 minutes), `false`, or for how long at most, as `90s` or `5m`. What is not completed by then is a warning.";
        optional code_insights = "false": "Put a Code Insights report on the commit, with the counts of the deploy.";
        optional code_insights_proxy = "http://host.docker.internal:29418": "The proxy that authenticates the step at the Bitbucket API. The default is where Bitbucket has it.";
        optional cache_control: "Cache-Control header of the uploaded objects, as `max-age=3600`.";
        optional acl: "Canned ACL of the uploaded objects: `private`, `public-read`, `public-read-write`, `authenticated-read`, `aws-exec-read`, `bucket-owner-read`, `bucket-owner-full-control` or `log-delivery-write`. None is sent unless this is set: new buckets refuse ACLs.";
        optional storage_class: "Storage class of the uploaded objects: `STANDARD`, `REDUCED_REDUNDANCY`, `STANDARD_IA`, `ONEZONE_IA`, `INTELLIGENT_TIERING`, `GLACIER`, `DEEP_ARCHIVE` or `GLACIER_IR`.";
        optional expires: "Expires header of the uploaded objects, in the notations of aws-cli: a time such as `2030-01-01T00:00:00Z`, an HTTP date, or `0` for the past.";
        optional content_encoding: "Content-Encoding header of the uploaded objects, for files that are stored compressed, as `gzip`.";
        optional sse: "Server-side encryption of the uploaded objects: `AES256` or `aws:kms`. Without it the bucket's default holds.";
        optional sse_kms_key_id: "The KMS key to encrypt with: its id, ARN or alias; means `SSE: 'aws:kms'`. Without it that is the account's key `aws/s3`.";
        list metadata: "User metadata of the uploaded objects (`x-amz-meta-…`): a list of `name=value`, one string as `author=me,build=42`, or a JSON object.";
        list tagging: "Tags of the uploaded objects: a list of `name=value`, or one URL-encoded string as `team=web&stage=live`.";
        optional compare_headers = "false": "Compare headers too: ask for each object of its file's size what it is stored with, and upload it again where that is not what this deploy would send. One HEAD request per object; for the deploy after a change of CACHE_CONTROL, RULES_FILE or the like.";
        optional no_overwrite = "false": "Never replace an object: a deploy that would is refused before anything is written. For released artifacts.";
        optional aws_role_session_name: "Name of the role session that CloudTrail shows. By default it is made of workspace, repository and build number.";
        optional aws_role_duration_seconds: "Lifetime of the role session, 900 to 43200 seconds; AWS's default is 3600. The session is renewed while the step's token is valid.";
        list aws_role_chain: "ARNs of roles to assume after AWS_OIDC_ROLE_ARN, each with the credentials of the one before, as for a bucket in another account. The last one deploys.";
        list aws_allowed_account_ids: "Account numbers. A deploy as a role, or with static keys, of any other account is refused.";
        optional session_policy = "scoped": "`scoped` narrows the role session to what this deploy does, whatever the role may do beyond; `none` does not.";
        optional expected_bucket_owner: "Account number that must own the bucket; S3 refuses every request if another one does.";
        optional concurrency = "auto": "Requests in flight at most, 1 to 512, or `auto`: as many as the server keeps up with, up to 64.";
        optional shard = "off": "Divides a deploy over parallel steps, see [Several steps for one deploy](parallel.md): `auto` uploads this parallel step's share of the first phase, and is a whole deploy outside of parallel steps; `0/4` is the first share of four; `final/4` does the rest after four shares, and is refused while one of them is missing.";
        optional aws_max_attempts = "6": "Attempts per request, 1 to 20, with pauses that grow between them. Only what may pass is tried again: lost connections, throttling, errors of the server.";
        optional checksum = "auto": "What proves each upload to the server: `auto` sends CRC-64/NVME to AWS and Content-MD5 to other servers, `required` sends CRC-64/NVME and fails if the answer does not repeat it, `off` sends none.";
        optional s3_force_path_style = "auto": "`true` puts the bucket in the path instead of the host name; `auto` does so for endpoints that are not AWS's.";
        optional report_file: "Path of a file to write the result to, as JSON.";
        optional log_format = "pipe": "`pipe` prints lines as the official pipes do, `json` one JSON object per line.";
        list extra_args: "Flags of `aws s3 sync`, as one string with the quoting of a shell, or as a list with a word per item. A flag wins over the variable of the same meaning.";
        optional debug = "false": "Print more: each decision, each request that failed. Never a secret.";
        optional aws_endpoint_url: "Base URL of an S3-compatible server, for S3, STS and CloudFront.";
        optional aws_endpoint_url_s3: "The same for S3 alone; wins over AWS_ENDPOINT_URL.";
        optional aws_endpoint_url_sts: "The same for STS alone; wins over AWS_ENDPOINT_URL.";
        optional aws_endpoint_url_cloudfront: "The same for CloudFront alone; wins over AWS_ENDPOINT_URL.";
        optional aws_use_fips_endpoint = "false": "Use the FIPS endpoints of AWS. They are in the regions of the United States, of Canada and of GovCloud.";
        optional aws_use_dualstack_endpoint = "false": "Use the endpoints of AWS that are reached over IPv6 too.";
        optional aws_ca_bundle: "PEM file with the certificate authorities to trust instead of the image's.";
        optional ssl_cert_file: "The same; AWS_CA_BUNDLE wins.";
        optional https_proxy: "URL of the proxy for https requests, as `http://user:password@proxy.example.com:3128`. Requests to `http://` endpoints are sent straight.";
        optional no_proxy: "Hosts that are reached without the proxy, separated by commas: names, which stand for their subdomains too, addresses, ranges as `10.0.0.0/8`, or `*` for all.";
        optional scope = "repository": "For `setup`: whose tokens the role accepts: those of the whole `workspace`, of one `repository`, or of one deployment `environment` of it.";
        optional format = "cli": "For `setup`: `cli` prints a shell script of AWS CLI commands, `json` the documents alone, `cloudformation` a template, `terraform` a configuration.";
        list allowed_ip_ranges: "For `setup`: address ranges, as `198.51.100.0/24`, from which alone the role may be assumed. Atlassian publishes those of Bitbucket Pipelines at <https://ip-ranges.atlassian.com/>.";
        optional ecr_repository_arn: "For `setup`: an ECR repository whose images the role may pull, as `arn:aws:ecr:us-east-1:123456789012:repository/my-repo`.";
        optional no_color: "Set to anything: lines without colours.";

    }
    context {
        aws_region;
        bitbucket_step_oidc_token;
        bitbucket_workspace;
        bitbucket_repo_slug;
        bitbucket_build_number;
        bitbucket_commit;
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
