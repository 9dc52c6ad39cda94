//! What `COMMAND=setup` is configured by: the step's token if there is one, else Bitbucket's own
//! variables, which can be set by hand on any machine. No credentials, no network.

use super::needs::{self, Work};
use super::value::{Given, List, Value};
use super::variables::Input;
use super::{common, deletion, invalidation, local_path, servers, values};
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
pub(super) fn read(input: &Input) -> Option<SetupConfig> {
    let format = input.format().one_of(&[
        ("cli", Format::Cli),
        ("json", Format::Json),
        ("cloudformation", Format::CloudFormation),
        ("terraform", Format::Terraform),
    ]);
    let format = format.unwrap_or_default();
    let who = who(input);
    let (region, network) = (servers::region(input), servers::network(input));
    let common = common::read(input, destination, region.as_deref(), &network);
    let duration = input.aws_role_duration_seconds();
    let session_secs = duration.parse(values::role_duration);
    let named_role = named_role(input, format);
    let chain = input.aws_role_chain().each(RoleArn::parse);
    let allowed_ip_ranges = input.allowed_ip_ranges().each(IpRange::parse);
    let ecr_repository = input.ecr_repository_arn().parse(Repository::parse);
    let distributions = invalidation::distributions(input);
    let deletes = deletion::is_asked(input);
    input.release().parse(Wanted::parse);

    let (common, region) = (common?, region?);
    let (issuer, subject) = who?;
    let role = match named_role {
        Some(arn) => Role::of_arn(&arn, session_secs),
        None => Role::named_for(&common.destination, &issuer, &subject, session_secs),
    };
    let source = input.local_path().text();
    let source = source.and_then(|path| local_path::source(path, None).ok());
    // One file has no releases.
    let is_file = matches!(source, Some(Source::File(_)));
    let rolls_back = input.release().is_set() && !is_file;
    let work = Work {
        source: source.as_ref(),
        reads: needs::reads(input, &common),
        is_aws: network.has_aws_s3(),
        rolls_back,
        dry_run: common.dry_run,
        // One role serves the shares of a deploy and its last step.
        deletes: deletes || rolls_back,
        distributions: distributions?,
        encryption: Encryption::Named(common.kms_keys.clone()),
    };
    let place = Place {
        partition: Partition::of_region(&region).to_string(),
        account: role.account.clone(),
        region,
    };
    let facts = Facts {
        needs: needs::of(&common, work, place),
        releases: common.releases,
        variables: step(input),
        issuer,
        subject,
        allowed_ip_ranges: allowed_ip_ranges?,
        role,
        chain: chain?,
        destination: common.destination,
        ecr_repository,
        image: format!("myorg/{PIPE_NAME}:{}", env!("CARGO_PKG_VERSION")),
    };
    Some(SetupConfig { facts, format })
}

/// Whose tokens the role is to accept.
fn who(input: &Input) -> Option<(Issuer, SubjectPattern)> {
    let scope = input.scope().parse(Scope::parse);
    let scope = scope.unwrap_or_default();
    match input.bitbucket_step_oidc_token().owned() {
        Some(token) => of_token(input, &Secret::new(token), scope),
        None => of_variables(input, scope),
    }
}

/// From the token; only the deployment environment may come from its variable, so that a step that
/// is no deployment can set up the role of one that is.
fn of_token(input: &Input, token: &Secret, scope: Scope) -> Option<(Issuer, SubjectPattern)> {
    let variable = input.bitbucket_step_oidc_token();
    let claims = Claims::decode(token).filter(|claims| claims.subject().is_some());
    let claims = claims.ok_or_else(|| {
        Invalid::new(
            "its value is not a token with the claims `iss`, `aud` and `sub`",
            "give the step `oidc: true`, or unset it and name workspace and repository",
        )
    });
    let claims = variable.check(claims)?;
    let issuer = variable.check(Issuer::of(&claims));
    let environment = input.bitbucket_deployment_environment_uuid().text();
    let subject = subject(&claims, scope, environment);
    Some((issuer?, input.scope().check(subject)?))
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
fn of_variables(input: &Input, scope: Scope) -> Option<(Issuer, SubjectPattern)> {
    const WHERE: &str = "it is on the repository's page OpenID Connect in Bitbucket";
    const STEP: &str = "set it, or run setup in a step with `oidc: true`";
    let audience = input
        .bitbucket_workspace_uuid()
        .or(input.bitbucket_repo_owner_uuid())
        .required(bitbucket::audience, WHERE);
    let workspace = input.bitbucket_workspace();
    let url = workspace.required(
        bitbucket::issuer,
        "set it to the workspace's name in URLs, or run setup in a step with `oidc: true`",
    );
    let uuid = |is_needed: bool, value: Value<'_>, help: &str| {
        if is_needed {
            value.required(bitbucket::uuid, help).map(Some)
        } else {
            Some(None)
        }
    };
    let has_repository = scope != Scope::Workspace;
    let repository = uuid(has_repository, input.bitbucket_repo_uuid(), WHERE);
    let environment = input.bitbucket_deployment_environment_uuid();
    let environment = uuid(scope == Scope::Environment, environment, STEP);
    let subject = bitbucket::pattern(repository?.as_deref(), environment?.as_deref());
    let issuer = Issuer::new(Some(Provider::Bitbucket), &url?, vec![audience?]);
    Some((workspace.check(issuer)?, subject))
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

/// AWS_OIDC_ROLE_ARN, if it is set: without it the role has a name of its own, in an account that is
/// known only where the set-up is used.
fn named_role(input: &Input, format: Format) -> Option<RoleArn> {
    let arn = input.aws_oidc_role_arn();
    if format == Format::Json && !arn.is_set() {
        arn.refuse(
            "FORMAT=json needs the number of the account and the name of the role",
            "set it to the ARN that the role shall have, for example `arn:aws:iam::123456789012:role/deploy`, or use another format",
        );
    }
    arn.parse(RoleArn::parse)
}

/// The variables of the step that deploys, as they were given here, in YAML.
fn step(input: &Input) -> Vec<(&'static str, String)> {
    let region = input.args.region.as_deref();
    let region = region.or(servers::region_variable(input).text());
    let (bucket, path) = (input.s3_bucket(), input.local_path());
    let mut step = vec![
        (
            input.aws_default_region().name,
            yaml(region.unwrap_or_default()),
        ),
        (bucket.name, yaml(bucket.text().unwrap_or_default())),
        (path.name, yaml(path.text().unwrap_or("dist"))),
    ];
    let values = [
        input.delete_flag(),
        input.acl(),
        input.sse(),
        input.sse_kms_key_id(),
        input.compare_headers(),
        input.deploy_record(),
        input.release(),
        input.rules_file(),
        input.dry_run(),
        input.aws_role_duration_seconds(),
    ];
    for value in values {
        step.extend(value.text().map(|text| (value.name, yaml(text))));
    }
    let lists = [
        input.cloudfront_distribution_id(),
        input.tagging(),
        input.aws_role_chain(),
        input.extra_args(),
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
