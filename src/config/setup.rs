//! What `COMMAND=setup` is configured by: the step's token if there is one, else Bitbucket's own
//! variables, which can be set by hand on any machine. No credentials, no network.

use super::deletion::Deletes;
use super::environment::Variables;
use super::extra_args::ExtraArgs;
use super::needs::{self, Work};
use super::problem::Problems;
use super::record::{self, Mode};
use super::value::{Given, List};
use super::{deploy, headers, invalidation, local_path, rules, servers, values};
use deploy_core::base::PIPE_NAME;
use deploy_core::base::invalid::Invalid;
use deploy_core::base::partition::Partition;
use deploy_core::base::secret::Secret;
use deploy_core::iam::RoleArn;
use deploy_core::iam::permissions::{Encryption, Place};
use deploy_core::iam::resources::{IpRange, Repository};
use deploy_core::identity::claims::Claims;
use deploy_core::identity::issuer::Issuer;
use deploy_core::identity::provider::{Provider, Scope, Subject, SubjectPattern, bitbucket};
use deploy_core::object::destination::Destination;
use deploy_core::plan::rollback::Wanted;
use deploy_core::setup::{Facts, Format, Role};
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
    variables: &Variables,
    args: &ExtraArgs,
    problems: &mut Problems,
) -> Option<SetupConfig> {
    let format = variables.format().parse(Format::parse, problems);
    let format = format.unwrap_or_default();
    let who = who(variables, problems);
    let region = servers::region(variables, args, problems);
    let destination = deploy::destination(variables, destination, problems);
    deploy::check_bucket(
        variables,
        args,
        region.as_deref(),
        destination.as_ref(),
        problems,
    );
    let session_secs = variables
        .aws_role_duration_seconds()
        .parse(values::role_duration, problems);
    let named_role = named_role(variables, format, problems);
    let chain = variables.aws_role_chain().each(RoleArn::parse, problems);
    let allowed_ip_ranges = variables.allowed_ip_ranges().each(IpRange::parse, problems);
    let ecr_repository = variables.ecr_repository_arn();
    let ecr_repository = ecr_repository.parse(Repository::parse, problems);
    let distributions = invalidation::distributions(variables, problems);
    let headers = headers::read(variables, args, problems);
    let rules = rules::rules(variables, &headers, problems);
    let kms_keys = needs::kms_keys(variables, args, &headers, &rules, problems);
    let compare_headers = deploy::compare_headers(variables, problems);
    let deletes = Deletes::of(variables, args, problems) != Deletes::Nothing;
    let record = record::read(variables, problems);
    let releases = variables.releases().parse(values::releases, problems);
    variables.release().parse(Wanted::parse, problems);
    let dry_run = variables.dry_run().switch(problems) || args.dry_run;
    let network = servers::network(variables, args, problems);

    let region = region?;
    needs::check_partition(variables, &region, &network, problems);
    let destination = destination?;
    let (issuer, subject) = who?;
    let role = match named_role? {
        RoleName::Given(arn) => Role::of_arn(&arn, session_secs),
        RoleName::Own => Role::named_for(&destination, &issuer, &subject, session_secs),
    };
    let source = variables.local_path().text();
    let source = source.and_then(|path| local_path::source(path, None).ok());
    // One file has no releases.
    let is_file = matches!(source, Some(Source::File(_)));
    let rolls_back = variables.release().is_set() && !is_file;
    let work = Work {
        destination: &destination,
        source: source.as_ref(),
        headers: &headers,
        rules: &rules,
        reads: needs::reads(compare_headers, args),
        rolls_back,
        has_record: record.mode != Mode::Off,
        dry_run,
        // One role serves the shares of a deploy and its last step.
        deletes: deletes || rolls_back,
        distributions: distributions?,
        encryption: Encryption::Named(kms_keys),
    };
    let place = Place {
        partition: Partition::of_region(&region).to_string(),
        account: role.account.clone(),
        region,
    };
    let facts = Facts {
        needs: needs::of(work, place),
        releases: releases.unwrap_or(values::RELEASES_DEFAULT),
        variables: step(variables, args),
        issuer,
        subject,
        allowed_ip_ranges: allowed_ip_ranges?,
        role,
        chain: chain?,
        destination,
        ecr_repository,
        image: format!("myorg/{PIPE_NAME}:{}", env!("CARGO_PKG_VERSION")),
    };
    Some(SetupConfig { facts, format })
}

/// Whose tokens the role is to accept.
fn who(variables: &Variables, problems: &mut Problems) -> Option<(Issuer, SubjectPattern)> {
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
) -> Option<(Issuer, SubjectPattern)> {
    let name = variables.bitbucket_step_oidc_token().name;
    let claims = Claims::decode(token).filter(|claims| claims.subject().is_some());
    let claims = claims.ok_or_else(|| {
        Invalid::new(
            "its value is not a token with the claims `iss`, `aud` and `sub`",
            "give the step `oidc: true`, or unset it and name workspace and repository",
        )
    });
    let claims = problems.check(name, claims)?;
    let issuer = problems.check(name, Issuer::of(&claims));
    let environment = variables.bitbucket_deployment_environment_uuid().text();
    let subject = subject(&claims, scope, environment);
    Some((issuer?, problems.check(variables.scope().name, subject)?))
}

fn subject(
    claims: &Claims,
    scope: Scope,
    environment: Option<&str>,
) -> Result<SubjectPattern, Invalid> {
    let sub = claims.subject().unwrap_or_default();
    let parsed = Subject::of(claims);
    if let Some(pattern) = parsed.as_ref().and_then(|it| it.pattern_of(scope)) {
        return Ok(pattern);
    }
    match (parsed, Provider::of(claims), scope) {
        (Some(subject), Some(Provider::Bitbucket), Scope::Environment) => match environment {
            Some(environment) => {
                let repository = subject.part("repository").unwrap_or_default();
                let repository = bitbucket::uuid(repository)?;
                let environment = bitbucket::uuid(environment)?;
                Ok(bitbucket::pattern(Some(&repository), Some(&environment)))
            }
            None => Err(Invalid::new(
                "the step's token is of no deployment environment",
                "does this step have a `deployment:`?",
            )),
        },
        (_, None, Scope::Repository) => Ok(SubjectPattern::Exact(sub.to_owned())),
        _ => Err(Invalid::new(
            format!("the subject `{sub}` of the step's token does not tell it"),
            "use another scope, or run setup in a step of the scope that you mean",
        )),
    }
}

/// From what Bitbucket sets in every step, and shows on the pages of a repository.
fn of_variables(
    variables: &Variables,
    scope: Scope,
    problems: &mut Problems,
) -> Option<(Issuer, SubjectPattern)> {
    const WHERE: &str = "it is on the repository's page OpenID Connect in Bitbucket";
    const STEP: &str = "set it, or run setup in a step with `oidc: true`";
    let audience = variables
        .bitbucket_workspace_uuid()
        .or(variables.bitbucket_repo_owner_uuid())
        .required(bitbucket::audience, WHERE, problems);
    let workspace = variables.bitbucket_workspace();
    let url = workspace.required(
        bitbucket::issuer,
        "set it to the workspace's name in URLs, or run setup in a step with `oidc: true`",
        problems,
    );
    let repository = (scope != Scope::Workspace).then(|| {
        let uuid = variables.bitbucket_repo_uuid();
        uuid.required(bitbucket::uuid, WHERE, problems)
    });
    let environment = (scope == Scope::Environment).then(|| {
        let uuid = variables.bitbucket_deployment_environment_uuid();
        uuid.required(bitbucket::uuid, STEP, problems)
    });
    if [&repository, &environment].contains(&&Some(None)) {
        return None;
    }
    let (repository, environment) = (repository.flatten(), environment.flatten());
    let subject = bitbucket::pattern(repository.as_deref(), environment.as_deref());
    let issuer = Issuer::new(Some(Provider::Bitbucket), &url?, vec![audience?]);
    Some((problems.check(workspace.name, issuer)?, subject))
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

/// What the role is called.
enum RoleName {
    /// As AWS_OIDC_ROLE_ARN says.
    Given(RoleArn),
    /// After what it is for.
    Own,
}

/// AWS_OIDC_ROLE_ARN, if it is set: without it the role has a name of its own, in an account that is
/// known only where the set-up is used.
fn named_role(variables: &Variables, format: Format, problems: &mut Problems) -> Option<RoleName> {
    let arn = variables.aws_oidc_role_arn();
    if arn.is_set() {
        return arn.parse(RoleArn::parse, problems).map(RoleName::Given);
    }
    if format != Format::Json {
        return Some(RoleName::Own);
    }
    problems.push(
        arn.name,
        Invalid::new(
            "FORMAT=json needs the number of the account and the name of the role",
            "set it to the ARN that the role shall have, for example `arn:aws:iam::123456789012:role/deploy`, or use another format",
        ),
    );
    None
}

/// The variables of the step that deploys, as they were given here, in YAML.
fn step(variables: &Variables, args: &ExtraArgs) -> Vec<(&'static str, String)> {
    let region = variables.aws_default_region();
    let name = region.name;
    let region = region.or(variables.aws_region()).text();
    let region = args.region.as_deref().or(region).unwrap_or_default();
    let bucket = variables.s3_bucket();
    let path = variables.local_path();
    let mut step = vec![
        (name, yaml(region)),
        (bucket.name, yaml(bucket.text().unwrap_or_default())),
        (path.name, yaml(path.text().unwrap_or("dist"))),
    ];
    let values = [
        variables.delete_flag(),
        variables.acl(),
        variables.sse(),
        variables.sse_kms_key_id(),
        variables.compare_headers(),
        variables.deploy_record(),
        variables.release(),
        variables.rules_file(),
        variables.dry_run(),
        variables.aws_role_duration_seconds(),
    ];
    for value in values {
        step.extend(value.text().map(|text| (value.name, yaml(text))));
    }
    let lists = [
        variables.cloudfront_distribution_id(),
        variables.tagging(),
        variables.aws_role_chain(),
        variables.extra_args(),
    ];
    step.extend(lists.into_iter().filter_map(yaml_list));
    step
}

fn yaml_list(list: List<'_>) -> Option<(&'static str, String)> {
    let value = match list.given() {
        Given::Nothing => return None,
        Given::Text(text) => yaml(text.trim()),
        Given::Items(items) => {
            let items: Vec<String> = items.iter().map(|item| yaml(item)).collect();
            format!("[{}]", items.join(", "))
        }
    };
    Some((list.name, value))
}

/// `text` as a scalar of YAML, on one line of printable ASCII.
fn yaml(text: &str) -> String {
    let is_plain = |character| matches!(character, ' '..='~');
    if text.chars().all(is_plain) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let escaped = text.chars().map(|character| match character {
        '"' | '\\' => format!("\\{character}"),
        ' '..='~' => character.to_string(),
        _ => format!("\\U{:08x}", u32::from(character)),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;
