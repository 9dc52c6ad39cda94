//! What `COMMAND=setup` is configured by: the step's token if there is one, else Bitbucket's own
//! variables, which can be set by hand on any machine. No credentials, no network.

use super::environment::Variables;
use super::extra_args::ExtraArgs;
use super::problem::Problems;
use super::{deploy, invalidation, local_path, rules, servers, values};
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
pub(super) fn read(variables: &Variables, problems: &mut Problems) -> Option<SetupConfig> {
    let format = variables.format().parse(Format::parse, problems);
    let format = format.unwrap_or_default();
    let who = who(variables, problems);
    let region = servers::region(variables, &ExtraArgs::default(), problems);
    let destination = deploy::destination(variables, destination, problems);
    let role = role(variables, format, destination.as_ref(), problems);
    let allowed_ip_ranges = variables.allowed_ip_ranges().each(IpRange::parse, problems);
    let ecr_repository = variables.ecr_repository_arn();
    let ecr_repository = ecr_repository.parse(Repository::parse, problems);
    let distributions = invalidation::distributions(variables, problems);
    let kms_key = variables.sse_kms_key_id().parse(KmsKey::parse, problems);
    let rules = rules::rules_file(variables, problems);
    let mut settings = rules.iter().flat_map(|rule| &rule.settings);
    let reads = variables.compare_headers().switch(problems);
    let deletes = variables.delete_flag().switch(problems);

    let (region, destination) = (region?, destination?);
    let partition = Partition::of_region(&region);
    check_partition(variables, partition, &region, problems);
    let (destination, objects) = objects(variables, destination);
    let (provider, subject) = who?;
    let facts = Facts {
        provider,
        subject,
        allowed_ip_ranges: allowed_ip_ranges?,
        role: role?,
        partition,
        region,
        destination,
        objects,
        deletes,
        reads: if reads {
            Reads::Headers
        } else {
            Reads::Nothing
        },
        sets_acl: variables.acl().is_set() || settings.clone().any(Setting::sets_acl),
        sets_tags: variables.tagging().is_set() || settings.any(Setting::sets_tag),
        distributions: distributions?,
        kms_key,
        ecr_repository,
    };
    Some(SetupConfig { facts, format })
}

/// Whose tokens the role is to accept.
fn who(variables: &Variables, problems: &mut Problems) -> Option<(Provider, Subject)> {
    let scope = variables.scope().parse(Scope::parse, problems);
    let scope = scope.unwrap_or_default();
    match variables.bitbucket_step_oidc_token().owned() {
        Some(token) => of_token(variables, &Secret::new(token), scope, problems),
        None => of_variables(variables, scope, problems),
    }
}

/// From the token; only the deployment environment may come from its variable, so that a step that
/// is no deployment can set up the role of one that is.
fn of_token(
    variables: &Variables,
    token: &Secret,
    scope: Scope,
    problems: &mut Problems,
) -> Option<(Provider, Subject)> {
    let name = variables.bitbucket_step_oidc_token().name;
    let claims = problems.check(name, TokenClaims::decode(token))?;
    let provider = problems.check(name, claims.provider());
    let vendor = provider.as_ref()?.vendor;
    let subject = Subject::of_token(vendor, scope, &claims.sub);
    let environment = variables.bitbucket_deployment_environment_uuid().text();
    let subject = match (subject, environment) {
        (Err(_), Some(environment)) if scope == Scope::Environment => {
            let repository = claims.sub.split(':').next().unwrap_or_default();
            environment_subject(repository, environment)
        }
        (subject, _) => subject,
    };
    Some((provider?, problems.check(variables.scope().name, subject)?))
}

fn environment_subject(repository: &str, environment: &str) -> Result<Subject, Invalid> {
    Ok(Subject::of_bitbucket(&BitbucketScope::Environment {
        repository: deploy_core::setup::parse_uuid(repository)?,
        environment: deploy_core::setup::parse_uuid(environment)?,
    }))
}

/// From what Bitbucket sets in every step, and shows on the pages of a repository.
fn of_variables(
    variables: &Variables,
    scope: Scope,
    problems: &mut Problems,
) -> Option<(Provider, Subject)> {
    const WHERE: &str = "it is on the repository's page OpenID Connect in Bitbucket";
    const STEP: &str = "set it, or run setup in a step with `oidc: true`";
    let audience = variables
        .bitbucket_workspace_uuid()
        .or(variables.bitbucket_repo_owner_uuid())
        .required(Audience::of_workspace, WHERE, problems);
    let name = variables.bitbucket_workspace();
    let workspace = name.required(
        |name| Provider::check_workspace(name).map(|()| name.to_owned()),
        "set it to the workspace's name in URLs, or run setup in a step with `oidc: true`",
        problems,
    );
    let repository = (scope != Scope::Workspace).then(|| {
        let uuid = variables.bitbucket_repo_uuid();
        uuid.required(deploy_core::setup::parse_uuid, STEP, problems)
    });
    let environment = (scope == Scope::Environment).then(|| {
        let uuid = variables.bitbucket_deployment_environment_uuid();
        uuid.required(deploy_core::setup::parse_uuid, STEP, problems)
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
    let provider = problems.check(name.name, provider)?;
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
    variables: &Variables,
    format: Format,
    destination: Option<&Destination>,
    problems: &mut Problems,
) -> Option<Role> {
    let session_secs = variables
        .aws_role_duration_seconds()
        .parse(values::role_duration, problems);
    let arn = variables.aws_oidc_role_arn();
    match arn.text() {
        Some(_) => {
            let arn = arn.parse(RoleArn::parse, problems)?;
            Some(Role::of_arn(&arn, session_secs))
        }
        None if format == Format::Json => {
            problems.push(
                arn.name,
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

fn check_partition(
    variables: &Variables,
    partition: Partition,
    region: &str,
    problems: &mut Problems,
) {
    for arn in [
        variables.aws_oidc_role_arn(),
        variables.ecr_repository_arn(),
    ] {
        let named = arn.text().and_then(|arn| arn.split(':').nth(1));
        if let Some(named) = named.filter(|named| *named != partition.to_string()) {
            let why = format!(
                "it is of the partition `{named}`, but the region `{region}` is of `{partition}`"
            );
            problems.push(arn.name, Invalid::new(why, "name both in one partition"));
        }
    }
}

/// The keys below the prefix; or the one key, if LOCAL_PATH is there and a file.
fn objects(variables: &Variables, destination: Destination) -> (Destination, Objects) {
    let source = variables
        .local_path()
        .text()
        .map(|path| local_path::source(path, None));
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
