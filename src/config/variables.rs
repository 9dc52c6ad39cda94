//! The one table of variables: what pipe.yml, the README and the environment reader agree on.
//!
//! A test holds pipe.yml and the README's table equal to [`VARIABLES`]; the raw reader refuses a
//! name that it has no field for. No parsing here.

/// How far a variable must be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Always to be given in the pipe's `variables:`; `(*)` in the README.
    Required,
    /// Taken from the step when the pipe's `variables:` do not name it; `(**)` in the README.
    FromContext,
    /// May be left out.
    Optional,
}

/// One variable as its users know it.
#[derive(Debug)]
pub struct Variable {
    /// Name in the environment.
    pub name: &'static str,
    /// Whether it has to be set.
    pub need: Need,
    /// What an unset variable means; empty where there is no default.
    pub default: &'static str,
    /// Whether a YAML list (`NAME_COUNT`, `NAME_0`, …) is read beside the plain string.
    pub list: bool,
    /// The README's words, one line of Markdown.
    pub usage: &'static str,
}

const fn optional(name: &'static str, default: &'static str, usage: &'static str) -> Variable {
    Variable {
        name,
        need: Need::Optional,
        default,
        list: false,
        usage,
    }
}

const fn required(name: &'static str, usage: &'static str) -> Variable {
    Variable {
        name,
        need: Need::Required,
        default: "",
        list: false,
        usage,
    }
}

const fn from_context(name: &'static str, usage: &'static str) -> Variable {
    Variable {
        name,
        need: Need::FromContext,
        default: "",
        list: false,
        usage,
    }
}

const fn list(name: &'static str, usage: &'static str) -> Variable {
    Variable {
        name,
        need: Need::Optional,
        default: "",
        list: true,
        usage,
    }
}

/// Every variable of the pipe, in the order in which the documents list them.
pub const VARIABLES: &[Variable] = &[
    optional(
        "COMMAND",
        "deploy",
        "What to do: `deploy`; `explain`, which says what headers objects would get and why; `setup`, which prints what an administrator of AWS needs; or `whoami`, which says who AWS takes the step for. Also taken as the first argument of the binary.",
    ),
    optional(
        "EXPLAIN_PATH",
        "",
        "For `explain`: the one file, relative to LOCAL_PATH, to explain instead of all. It need not be there.",
    ),
    from_context(
        "AWS_OIDC_ROLE_ARN",
        "The role to assume with the step's OIDC token. The step needs `oidc: true`. With a role and static keys both set, the role wins.",
    ),
    from_context(
        "AWS_ACCESS_KEY_ID",
        "Static access key; only used without AWS_OIDC_ROLE_ARN, or, with a warning, on a step that has no OIDC token.",
    ),
    from_context("AWS_SECRET_ACCESS_KEY", "Secret of the static access key."),
    from_context(
        "AWS_SESSION_TOKEN",
        "Session token, if the static keys are temporary ones.",
    ),
    optional(
        "OIDC_TOKEN_VARIABLE",
        "",
        "Name of the variable that holds the OIDC token, for CI systems that let the job choose it, as GitLab's `id_tokens`. Read where the step has no token of Bitbucket, CircleCI, GitHub Actions or a file.",
    ),
    optional(
        "OIDC_AUDIENCE",
        "sts.amazonaws.com",
        "Audience of the token to ask GitHub Actions for. The tokens of other CI systems come with theirs.",
    ),
    optional(
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "",
        "File that holds the OIDC token, where the step has none of Bitbucket, CircleCI or GitHub Actions. Read anew whenever the session is renewed.",
    ),
    optional(
        "TRUST_POLICY_FILE",
        "",
        "File with the role's trust policy, as `aws iam get-role` prints it. When AWS refuses the token, and with COMMAND=whoami, the pipe says which of its conditions the token meets.",
    ),
    from_context(
        "AWS_DEFAULT_REGION",
        "Region of the bucket, as `us-east-1`. AWS_REGION is read where this is not set.",
    ),
    required(
        "S3_BUCKET",
        "`bucket`, `bucket/prefix`, the same behind `s3://`, or an access point ARN. When LOCAL_PATH is one file, a path that does not end in `/` is the file's whole key.",
    ),
    required(
        "LOCAL_PATH",
        "The folder whose content to deploy, or one file. A relative path starts at the step's working directory.",
    ),
    optional(
        "DELETE_FLAG",
        "false",
        "Delete objects under the prefix that LOCAL_PATH does not have. Only after every upload succeeded.",
    ),
    optional(
        "MAX_DELETE",
        "",
        "Refuse a plan that deletes more than this number, or this percentage of the objects under the prefix. If not set, 100 deletions pass whatever their share, and beyond that at most `90%`.",
    ),
    list(
        "EXCLUDE",
        "Patterns in the syntax of .gitignore, relative to LOCAL_PATH and to the prefix: what matches is neither uploaded nor deleted. A list, or one string of patterns separated by blanks.",
    ),
    list(
        "INCLUDE",
        "Patterns as for EXCLUDE; if set, only what matches one of them, and no EXCLUDE, is deployed or deleted.",
    ),
    optional(
        "ALLOW_SECRETS",
        "false",
        "Deploy files that look like secrets too, as `.env` or private keys: see `docs/secrets.md`. Without it they refuse the deploy before anything is written.",
    ),
    optional(
        "RULES_FILE",
        "",
        "YAML file with headers per pattern: see `docs/rules.md`. Wins over all other sources of headers.",
    ),
    optional(
        "PRESET",
        "none",
        "`static-site` gives every file a Cache-Control: files with a fingerprint in their name, such as `app.3f2a9c1b.js`, are cached for a year, pages are revalidated by each visit, everything else after minutes: see `docs/rules.md`.",
    ),
    optional(
        "COMPRESS",
        "none",
        "`gzip` or `brotli`: store text files compressed, with their Content-Encoding, where that makes them smaller.",
    ),
    optional(
        "DRY_RUN",
        "false",
        "Print what a deploy would do, and write nothing.",
    ),
    list(
        "CLOUDFRONT_DISTRIBUTION_ID",
        "The CloudFront distribution in front of the bucket, or a list of them: what the deploy changed is invalidated there.",
    ),
    list(
        "INVALIDATION_PATHS",
        "`auto`, or paths to invalidate whenever something changed, as `/*` or a list. `auto`, which is also what an unset variable means, invalidates the URLs of changed and deleted objects.",
    ),
    optional(
        "INVALIDATION_PREFIX",
        "",
        "The path under which the distribution serves the prefix of S3_BUCKET. By default that prefix itself; `/` if the distribution's origin path is the prefix.",
    ),
    optional(
        "INVALIDATION_WAIT",
        "true",
        "Wait until the invalidations are completed: `true` (at most 10 minutes), `false`, or for how long at most, as `90s` or `5m`. What is not completed by then is a warning.",
    ),
    optional(
        "CODE_INSIGHTS",
        "false",
        "Put a Code Insights report on the commit, with the counts of the deploy.",
    ),
    optional(
        "CODE_INSIGHTS_PROXY",
        "http://host.docker.internal:29418",
        "The proxy that authenticates the step at the Bitbucket API. The default is where Bitbucket has it.",
    ),
    optional(
        "CACHE_CONTROL",
        "",
        "Cache-Control header of the uploaded objects, as `max-age=3600`.",
    ),
    optional(
        "ACL",
        "",
        "Canned ACL of the uploaded objects: `private`, `public-read`, `public-read-write`, `authenticated-read`, `aws-exec-read`, `bucket-owner-read`, `bucket-owner-full-control` or `log-delivery-write`. None is sent unless this is set: new buckets refuse ACLs.",
    ),
    optional(
        "STORAGE_CLASS",
        "",
        "Storage class of the uploaded objects: `STANDARD`, `REDUCED_REDUNDANCY`, `STANDARD_IA`, `ONEZONE_IA`, `INTELLIGENT_TIERING`, `GLACIER`, `DEEP_ARCHIVE` or `GLACIER_IR`.",
    ),
    optional(
        "EXPIRES",
        "",
        "Expires header of the uploaded objects, in the notations of aws-cli: a time such as `2030-01-01T00:00:00Z`, an HTTP date, or `0` for the past.",
    ),
    optional(
        "CONTENT_ENCODING",
        "",
        "Content-Encoding header of the uploaded objects, for files that are stored compressed, as `gzip`.",
    ),
    optional(
        "SSE",
        "",
        "Server-side encryption of the uploaded objects: `AES256` or `aws:kms`. Without it the bucket's default holds.",
    ),
    optional(
        "SSE_KMS_KEY_ID",
        "",
        "The KMS key to encrypt with: its id, ARN or alias; means `SSE: 'aws:kms'`. Without it that is the account's key `aws/s3`.",
    ),
    list(
        "METADATA",
        "User metadata of the uploaded objects (`x-amz-meta-…`): a list of `name=value`, one string as `author=me,build=42`, or a JSON object.",
    ),
    list(
        "TAGGING",
        "Tags of the uploaded objects: a list of `name=value`, or one URL-encoded string as `team=web&stage=live`.",
    ),
    optional(
        "COMPARE_HEADERS",
        "false",
        "Compare headers too: ask for each object of its file's size what it is stored with, and upload it again where that is not what this deploy would send. One HEAD request per object; for the deploy after a change of CACHE_CONTROL, RULES_FILE or the like.",
    ),
    optional(
        "NO_OVERWRITE",
        "false",
        "Never replace an object: a deploy that would is refused before anything is written. For released artifacts.",
    ),
    optional(
        "AWS_ROLE_SESSION_NAME",
        "",
        "Name of the role session that CloudTrail shows. By default it is made of workspace, repository and build number.",
    ),
    optional(
        "AWS_ROLE_DURATION_SECONDS",
        "",
        "Lifetime of the role session, 900 to 43200 seconds; AWS's default is 3600. The session is renewed while the step's token is valid.",
    ),
    list(
        "AWS_ROLE_CHAIN",
        "ARNs of roles to assume after AWS_OIDC_ROLE_ARN, each with the credentials of the one before, as for a bucket in another account. The last one deploys.",
    ),
    list(
        "AWS_ALLOWED_ACCOUNT_IDS",
        "Account numbers. A deploy as a role, or with static keys, of any other account is refused.",
    ),
    optional(
        "SESSION_POLICY",
        "scoped",
        "`scoped` narrows the role session to what this deploy does, whatever the role may do beyond; `none` does not.",
    ),
    optional(
        "EXPECTED_BUCKET_OWNER",
        "",
        "Account number that must own the bucket; S3 refuses every request if another one does.",
    ),
    optional(
        "CONCURRENCY",
        "auto",
        "Requests in flight at most, 1 to 512, or `auto`: as many as the server keeps up with, up to 64.",
    ),
    optional(
        "SHARD",
        "off",
        "Divides a deploy over parallel steps, see [below](#several-steps-for-one-deploy): `auto` uploads this parallel step's share of the first phase, and is a whole deploy outside of parallel steps; `0/4` is the first share of four; `final/4` does the rest after four shares, and is refused while one of them is missing.",
    ),
    optional(
        "AWS_MAX_ATTEMPTS",
        "6",
        "Attempts per request, 1 to 20, with pauses that grow between them. Only what may pass is tried again: lost connections, throttling, errors of the server.",
    ),
    optional(
        "CHECKSUM",
        "auto",
        "What proves each upload to the server: `auto` sends CRC-64/NVME to AWS and Content-MD5 to other servers, `required` sends CRC-64/NVME and fails if the answer does not repeat it, `off` sends none.",
    ),
    optional(
        "S3_FORCE_PATH_STYLE",
        "auto",
        "`true` puts the bucket in the path instead of the host name; `auto` does so for endpoints that are not AWS's.",
    ),
    optional(
        "REPORT_FILE",
        "",
        "Path of a file to write the result to, as JSON.",
    ),
    optional(
        "LOG_FORMAT",
        "pipe",
        "`pipe` prints lines as the official pipes do, `json` one JSON object per line.",
    ),
    list(
        "EXTRA_ARGS",
        "Flags of `aws s3 sync`, as one string with the quoting of a shell, or as a list with a word per item. A flag wins over the variable of the same meaning.",
    ),
    optional(
        "DEBUG",
        "false",
        "Print more: each decision, each request that failed. Never a secret.",
    ),
    optional(
        "AWS_ENDPOINT_URL",
        "",
        "Base URL of an S3-compatible server, for S3, STS and CloudFront.",
    ),
    optional(
        "AWS_ENDPOINT_URL_S3",
        "",
        "The same for S3 alone; wins over AWS_ENDPOINT_URL.",
    ),
    optional(
        "AWS_ENDPOINT_URL_STS",
        "",
        "The same for STS alone; wins over AWS_ENDPOINT_URL.",
    ),
    optional(
        "AWS_ENDPOINT_URL_CLOUDFRONT",
        "",
        "The same for CloudFront alone; wins over AWS_ENDPOINT_URL.",
    ),
    optional(
        "AWS_CA_BUNDLE",
        "",
        "PEM file with the certificate authorities to trust instead of the image's.",
    ),
    optional("SSL_CERT_FILE", "", "The same; AWS_CA_BUNDLE wins."),
    optional(
        "HTTPS_PROXY",
        "",
        "URL of the proxy for https requests, as `http://user:password@proxy.example.com:3128`. Requests to `http://` endpoints are sent straight.",
    ),
    optional(
        "NO_PROXY",
        "",
        "Hosts that are reached without the proxy, separated by commas: names, which stand for their subdomains too, addresses, ranges as `10.0.0.0/8`, or `*` for all.",
    ),
    optional(
        "SCOPE",
        "repository",
        "For `setup`: whose tokens the role accepts: those of the whole `workspace`, of one `repository`, or of one deployment `environment` of it.",
    ),
    optional(
        "FORMAT",
        "cli",
        "For `setup`: `cli` prints a shell script of AWS CLI commands, `json` the documents alone, `cloudformation` a template, `terraform` a configuration.",
    ),
    list(
        "ALLOWED_IP_RANGES",
        "For `setup`: address ranges, as `198.51.100.0/24`, from which alone the role may be assumed. Atlassian publishes those of Bitbucket Pipelines at https://ip-ranges.atlassian.com/.",
    ),
    optional(
        "ECR_REPOSITORY_ARN",
        "",
        "For `setup`: an ECR repository whose images the role may pull, as `arn:aws:ecr:us-east-1:123456789012:repository/my-repo`.",
    ),
    optional("NO_COLOR", "", "Set to anything: lines without colours."),
];
