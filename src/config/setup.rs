//! What `COMMAND=setup` is configured by: the step's token if there is one, else Bitbucket's own
//! variables, which can be set by hand on any machine. No credentials, no network.

use super::environment::Environment;
use super::problem::Problems;
use super::raw::Raw;
use super::{disk, invalidation, required, values};
use deploy_core::base::invalid::Invalid;
use deploy_core::base::secret::Secret;
use deploy_core::iam::RoleArn;
use deploy_core::object::destination::Destination;
use deploy_core::object::key::RelativeKey;
use deploy_core::object::setting::Setting;
use deploy_core::setup::{
    Audience, BitbucketScope, Facts, Format, IpRange, KmsKey, Objects, Partition, Provider, Reads,
    Repository, Role, Scope, Subject, TokenClaims,
};
use deploy_core::tree::Source;

/// The facts, and how to write them.
#[derive(Clone, Debug)]
pub struct SetupConfig {
    /// What the set-up is made from.
    pub facts: Facts,
    /// How it is written.
    pub format: Format,
}

/// Reads and checks what a set-up needs. Every mistake is noted before anything is given up.
pub(super) fn read(
    environment: &Environment,
    raw: &Raw,
    problems: &mut Problems,
) -> Option<SetupConfig> {
    let format = problems
        .parse("FORMAT", raw.format.as_deref(), Format::parse)
        .unwrap_or_default();
    let who = who(raw, problems);
    let region = required(
        problems,
        "AWS_DEFAULT_REGION",
        raw.aws_default_region
            .as_deref()
            .or(raw.aws_region.as_deref()),
        values::region,
        "name the bucket's region, as `us-east-1`",
    );
    let destination = required(
        problems,
        "S3_BUCKET",
        raw.s3_bucket.as_deref(),
        destination,
        "name the bucket, as `my-bucket` or `my-bucket/docs`",
    );
    let role = role(raw, format, destination.as_ref(), problems);
    let allowed_ip_ranges: Vec<IpRange> = environment
        .list("ALLOWED_IP_RANGES")
        .iter()
        .filter_map(|range| problems.check("ALLOWED_IP_RANGES", IpRange::parse(range)))
        .collect();
    let ecr_repository = problems.parse(
        "ECR_REPOSITORY_ARN",
        raw.ecr_repository_arn.as_deref(),
        Repository::parse,
    );
    let distributions = invalidation::distributions(environment, problems);
    let kms_key = problems.parse(
        "SSE_KMS_KEY_ID",
        raw.sse_kms_key_id.as_deref(),
        KmsKey::parse,
    );
    let rules = problems.parse("RULES_FILE", raw.rules_file.as_deref(), disk::rules_file);
    let rules = rules.unwrap_or_default();
    let mut settings = rules.iter().flat_map(|rule| &rule.settings);
    let reads = raw.compare_headers.as_deref();
    let reads = problems.parse("COMPARE_HEADERS", reads, values::boolean);
    let deletes = problems.parse("DELETE_FLAG", raw.delete_flag.as_deref(), values::boolean);

    let (region, destination) = (region?, destination?);
    let partition = Partition::of_region(&region);
    check_partition(raw, partition, &region, problems);
    let (destination, objects) = objects(raw, destination);
    let (provider, subject) = who?;
    let facts = Facts {
        provider,
        subject,
        allowed_ip_ranges,
        role: role?,
        partition,
        region,
        destination,
        objects,
        deletes: deletes.unwrap_or_default(),
        reads: match reads {
            Some(true) => Reads::Headers,
            Some(false) | None => Reads::Nothing,
        },
        sets_acl: raw.acl.is_some() || settings.clone().any(Setting::sets_acl),
        sets_tags: !environment.list("TAGGING").is_empty() || settings.any(Setting::sets_tag),
        distributions: distributions?,
        kms_key,
        ecr_repository,
    };
    Some(SetupConfig { facts, format })
}

/// Whose tokens the role is to accept.
fn who(raw: &Raw, problems: &mut Problems) -> Option<(Provider, Subject)> {
    let scope = problems.parse("SCOPE", raw.scope.as_deref(), Scope::parse);
    let scope = scope.unwrap_or_default();
    match &raw.bitbucket_step_oidc_token {
        Some(token) => of_token(raw, &Secret::new(token.clone()), scope, problems),
        None => of_variables(raw, scope, problems),
    }
}

/// From the token; only the deployment environment may come from its variable, so that a step that
/// is no deployment can set up the role of one that is.
fn of_token(
    raw: &Raw,
    token: &Secret,
    scope: Scope,
    problems: &mut Problems,
) -> Option<(Provider, Subject)> {
    const TOKEN: &str = "BITBUCKET_STEP_OIDC_TOKEN";
    let claims = problems.check(TOKEN, TokenClaims::decode(token))?;
    let provider = problems.check(TOKEN, claims.provider());
    let vendor = provider.as_ref()?.vendor;
    let subject = Subject::of_token(vendor, scope, &claims.sub);
    let environment = raw.bitbucket_deployment_environment_uuid.as_deref();
    let subject = match (subject, environment) {
        (Err(_), Some(environment)) if scope == Scope::Environment => {
            let repository = claims.sub.split(':').next().unwrap_or_default();
            environment_subject(repository, environment)
        }
        (subject, _) => subject,
    };
    Some((provider?, problems.check("SCOPE", subject)?))
}

fn environment_subject(repository: &str, environment: &str) -> Result<Subject, Invalid> {
    Ok(Subject::of_bitbucket(&BitbucketScope::Environment {
        repository: deploy_core::setup::parse_uuid(repository)?,
        environment: deploy_core::setup::parse_uuid(environment)?,
    }))
}

/// From what Bitbucket sets in every step, and shows on the pages of a repository.
fn of_variables(raw: &Raw, scope: Scope, problems: &mut Problems) -> Option<(Provider, Subject)> {
    const WHERE: &str = "it is on the repository's page OpenID Connect in Bitbucket";
    let uuid = |problems: &mut Problems, variable, value: Option<&str>| {
        let cure = "set it, or run setup in a step with `oidc: true`";
        required(
            problems,
            variable,
            value,
            deploy_core::setup::parse_uuid,
            cure,
        )
    };
    let workspace_uuid = raw
        .bitbucket_workspace_uuid
        .as_deref()
        .or(raw.bitbucket_repo_owner_uuid.as_deref());
    let audience = required(
        problems,
        "BITBUCKET_WORKSPACE_UUID",
        workspace_uuid,
        Audience::of_workspace,
        WHERE,
    );
    let workspace = required(
        problems,
        "BITBUCKET_WORKSPACE",
        raw.bitbucket_workspace.as_deref(),
        |name| Provider::check_workspace(name).map(|()| name.to_owned()),
        "set it to the workspace's name in URLs, or run setup in a step with `oidc: true`",
    );
    let repository = (scope != Scope::Workspace).then(|| {
        let value = raw.bitbucket_repo_uuid.as_deref();
        uuid(problems, "BITBUCKET_REPO_UUID", value)
    });
    let environment = (scope == Scope::Environment).then(|| {
        let value = raw.bitbucket_deployment_environment_uuid.as_deref();
        uuid(problems, "BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID", value)
    });
    let scope = match (repository, environment) {
        (None, _) => BitbucketScope::Workspace,
        (Some(repository), None) => BitbucketScope::Repository {
            repository: repository?,
        },
        (Some(repository), Some(environment)) => BitbucketScope::Environment {
            repository: repository?,
            environment: environment?,
        },
    };
    let provider = Provider::of_workspace(&workspace?, audience?);
    let provider = problems.check("BITBUCKET_WORKSPACE", provider)?;
    Some((provider, Subject::of_bitbucket(&scope)))
}

/// S3_BUCKET, except for what policies have no name for.
fn destination(value: &str) -> Result<Destination, Invalid> {
    let destination = Destination::parse(value)?;
    if destination.bucket.ends_with("-s3alias") {
        return Err(Invalid::new(
            format!("`{value}` is the alias of an access point, which policies cannot name"),
            "write the access point's ARN",
        ));
    }
    Ok(destination)
}

/// The role of AWS_OIDC_ROLE_ARN, or one named after the destination, in an account that is known
/// only where the set-up is used.
fn role(
    raw: &Raw,
    format: Format,
    destination: Option<&Destination>,
    problems: &mut Problems,
) -> Option<Role> {
    let session_secs = problems.parse(
        "AWS_ROLE_DURATION_SECONDS",
        raw.aws_role_duration_seconds.as_deref(),
        values::role_duration,
    );
    match raw.aws_oidc_role_arn.as_deref() {
        Some(arn) => {
            let arn = problems.check("AWS_OIDC_ROLE_ARN", RoleArn::parse(arn))?;
            Some(Role::of_arn(&arn, session_secs))
        }
        None if format == Format::Json => {
            problems.push(
                "AWS_OIDC_ROLE_ARN",
                Invalid::new(
                    "FORMAT=json needs the number of the account and the name of the role",
                    "set it to the ARN that the role shall have, as `arn:aws:iam::123456789012:role/deploy`, or use another format",
                ),
            );
            None
        }
        None => destination.map(|destination| Role::for_destination(destination, session_secs)),
    }
}

fn check_partition(raw: &Raw, partition: Partition, region: &str, problems: &mut Problems) {
    let arns = [
        ("AWS_OIDC_ROLE_ARN", raw.aws_oidc_role_arn.as_deref()),
        ("ECR_REPOSITORY_ARN", raw.ecr_repository_arn.as_deref()),
    ];
    for (variable, arn) in arns {
        let named = arn.and_then(|arn| arn.split(':').nth(1));
        if let Some(named) = named.filter(|named| *named != partition.to_string()) {
            let why = format!(
                "it is of the partition `{named}`, but the region `{region}` is of `{partition}`"
            );
            problems.push(variable, Invalid::new(why, "name both in one partition"));
        }
    }
}

/// The keys below the prefix; or the one key, if LOCAL_PATH is there and a file.
fn objects(raw: &Raw, destination: Destination) -> (Destination, Objects) {
    let source = raw.local_path.as_deref().map(disk::source);
    if let Some(Ok(Source::File(path))) = source {
        let name = path.file_name().map(|name| name.to_string_lossy());
        if let Some(Ok(name)) = name.map(|name| RelativeKey::parse(&name)) {
            let (destination, name) = destination.for_single_file(name);
            let key = destination.key(name.as_str());
            return (destination, Objects::One(key));
        }
    }
    let prefix = destination.prefix().to_owned();
    (destination, Objects::Below(prefix))
}

#[cfg(test)]
mod tests;
