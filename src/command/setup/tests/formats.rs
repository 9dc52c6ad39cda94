//! The text of the formats for shells and tools, whole.

use super::{ACCOUNT, REPOSITORY_ARN, config, named};
use deploy_core::iam::permissions::Encryption;
use deploy_core::iam::resources::KmsKey;
use deploy_core::setup::notes::notes;
use deploy_core::setup::{Format, render};

#[test]
fn cli() {
    let facts = config(&[("AWS_ROLE_DURATION_SECONDS", "7200")]).facts;
    let text = named(&facts, Format::Cli, |policy| {
        policy.replace(ACCOUNT, "${account}")
    });
    insta::assert_snapshot!(text, @r#"
    #!/usr/bin/env bash
    # Lets Bitbucket Pipelines deploy to s3://my-bucket/docs/ with short-lived credentials.
    # Needs the AWS CLI with credentials that may change IAM. May be run again: what is there is updated.
    (
    set -euo pipefail
    export AWS_PAGER=
    account=$(aws sts get-caller-identity --query Account --output text)
    if [ "$account" != 123456789012 ]; then
      echo "These are credentials of the account $account, not of 123456789012." >&2
      exit 1
    fi

    trust_policy() {
    cat <<POLICY
    the trustPolicy
    POLICY
    }

    permissions_policy() {
    cat <<POLICY
    the permissionsPolicy
    POLICY
    }

    echo "Setting up the role" 'deploy' "in the account $account." >&2
    trusted='{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}:*'
    if current=$(aws iam get-role --role-name 'deploy' \
      --query Role.AssumeRolePolicyDocument --output json 2>/dev/null) &&
      [[ $current != *"$trusted"* && -z ${REPLACE_TRUST:-} ]]; then
      echo "The role is there, and trusts other tokens than $trusted:" >&2
      echo "$current" >&2
      echo "Nothing was changed. Name another role in AWS_OIDC_ROLE_ARN, or run this again with REPLACE_TRUST=yes in the environment if they may lose their access." >&2
      exit 1
    fi

    provider='arn:aws:iam::'"$account"':oidc-provider/api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc'
    audiences=('ari:cloud:bitbucket::workspace/922e118c-f34f-4226-a897-0e0afbec553d')
    if known=$(aws iam get-open-id-connect-provider --open-id-connect-provider-arn "$provider" \
      --query ClientIDList --output text 2>/dev/null); then
      for audience in "${audiences[@]}"; do
        [[ $'\t'$known$'\t' == *$'\t'"$audience"$'\t'* ]] ||
          aws iam add-client-id-to-open-id-connect-provider \
            --open-id-connect-provider-arn "$provider" --client-id "$audience"
      done
    else
      aws iam create-open-id-connect-provider --url 'https://api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc' \
        --client-id-list "${audiences[@]}" >/dev/null
    fi

    if aws iam get-role --role-name 'deploy' >/dev/null 2>&1; then
      aws iam update-assume-role-policy --role-name 'deploy' \
        --policy-document "$(trust_policy)"
    else
      aws iam create-role --path '/' --role-name 'deploy' \
        --assume-role-policy-document "$(trust_policy)" >/dev/null
    fi
    aws iam put-role-policy --role-name 'deploy' --policy-name aws-oidc-s3-deploy \
      --policy-document "$(permissions_policy)"
    aws iam update-role --role-name 'deploy' --max-session-duration 7200 >/dev/null
    echo AWS_OIDC_ROLE_ARN='arn:aws:iam::'"$account"':role/deploy'
    echo "The step that deploys:" >&2
    cat >&2 <<STEP
    - step:
        oidc: true
        script:
          - pipe: docker://myorg/aws-oidc-s3-deploy:0.1.0
            variables:
              AWS_OIDC_ROLE_ARN: 'arn:aws:iam::${account}:role/deploy'
              AWS_DEFAULT_REGION: 'us-east-1'
              S3_BUCKET: 'my-bucket/docs'
              LOCAL_PATH: 'dist'
              AWS_ROLE_DURATION_SECONDS: '7200'
    STEP
    )
    "#);
}

#[test]
fn cli_without_an_account() {
    let facts = config(&[("AWS_OIDC_ROLE_ARN", ""), ("SCOPE", "workspace")]).facts;
    let text = render(&facts, Format::Cli);
    let head: String = text.split_inclusive('\n').take(9).collect();
    insta::assert_snapshot!(head, @r#"
    #!/usr/bin/env bash
    # Lets Bitbucket Pipelines deploy to s3://my-bucket/docs/ with short-lived credentials.
    # Needs the AWS CLI with credentials that may change IAM. May be run again: what is there is updated.
    (
    set -euo pipefail
    export AWS_PAGER=
    account=$(aws sts get-caller-identity --query Account --output text)

    trust_policy() {
    "#);
    let told = text
        .lines()
        .find(|line| line.starts_with("echo AWS_OIDC_ROLE_ARN"));
    let start = r#"echo AWS_OIDC_ROLE_ARN='arn:aws:iam::'"$account"':role/deploy-my-bucket-docs-"#;
    assert!(told.unwrap().starts_with(start), "{told:?}");
}

#[test]
fn json_with_everything() {
    let mut facts = config(&[
        ("SCOPE", "environment"),
        ("ALLOWED_IP_RANGES", "34.199.54.113/32"),
        ("DELETE_FLAG", "true"),
        ("ECR_REPOSITORY_ARN", REPOSITORY_ARN),
    ])
    .facts;
    facts.needs.distributions = vec!["E1ABC".to_owned()];
    facts.needs.encryption = Encryption::Named(vec![KmsKey::parse("alias/site").unwrap()]);
    insta::assert_snapshot!(render(&facts, Format::Json), @r#"
    {
      "provider": {
        "arn": "arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc",
        "url": "https://api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc",
        "audiences": [
          "ari:cloud:bitbucket::workspace/922e118c-f34f-4226-a897-0e0afbec553d"
        ]
      },
      "role": {
        "arn": "arn:aws:iam::123456789012:role/deploy",
        "path": "/",
        "name": "deploy"
      },
      "trustPolicy": {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Sid": "AllowBitbucket",
            "Effect": "Allow",
            "Principal": {
              "Federated": "arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc"
            },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
              "StringEquals": {
                "api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc:aud": "ari:cloud:bitbucket::workspace/922e118c-f34f-4226-a897-0e0afbec553d"
              },
              "StringLike": {
                "api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc:sub": "{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}*:{bd715740-c970-486b-b68a-b421ec2a1f8b}:*"
              },
              "IpAddress": {
                "aws:SourceIp": "34.199.54.113/32"
              }
            }
          }
        ]
      },
      "permissionsPolicy": {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Sid": "ListBucket",
            "Effect": "Allow",
            "Action": [
              "s3:ListBucket"
            ],
            "Resource": "arn:aws:s3:::my-bucket",
            "Condition": {
              "StringLike": {
                "s3:prefix": "docs/*"
              }
            }
          },
          {
            "Sid": "WriteObjects",
            "Effect": "Allow",
            "Action": [
              "s3:PutObject",
              "s3:AbortMultipartUpload",
              "s3:GetObject",
              "s3:DeleteObject"
            ],
            "Resource": "arn:aws:s3:::my-bucket/docs/*"
          },
          {
            "Sid": "Encrypt",
            "Effect": "Allow",
            "Action": [
              "kms:GenerateDataKey",
              "kms:Decrypt"
            ],
            "Resource": "arn:aws:kms:us-east-1:123456789012:key/*",
            "Condition": {
              "StringLike": {
                "kms:ViaService": "s3.us-east-1.amazonaws.com"
              },
              "ForAnyValue:StringEquals": {
                "kms:ResourceAliases": "alias/site"
              }
            }
          },
          {
            "Sid": "Invalidate",
            "Effect": "Allow",
            "Action": [
              "cloudfront:CreateInvalidation",
              "cloudfront:GetInvalidation"
            ],
            "Resource": "arn:aws:cloudfront::123456789012:distribution/E1ABC"
          },
          {
            "Sid": "GetAuthorizationToken",
            "Effect": "Allow",
            "Action": [
              "ecr:GetAuthorizationToken"
            ],
            "Resource": "*"
          },
          {
            "Sid": "ReadRepositoryContents",
            "Effect": "Allow",
            "Action": [
              "ecr:BatchCheckLayerAvailability",
              "ecr:GetDownloadUrlForLayer",
              "ecr:GetRepositoryPolicy",
              "ecr:DescribeRepositories",
              "ecr:ListImages",
              "ecr:DescribeImages",
              "ecr:BatchGetImage"
            ],
            "Resource": "arn:aws:ecr:us-east-1:123456789012:repository/my-repo"
          }
        ]
      }
    }
    "#);
}

#[test]
fn notes_beside_the_documents() {
    let config = config(&[]);
    let lines = notes(&config.facts, config.format).join("\n");
    insta::assert_snapshot!(lines, @r#"
    identity provider: https://api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc
    audience (client id): ari:cloud:bitbucket::workspace/922e118c-f34f-4226-a897-0e0afbec553d
    thumbprint: not needed; IAM verifies the provider's certificate itself, or fetches the thumbprint when the provider is made
    the role accepts tokens whose subject is like {1de489be-ce6a-42a0-a8c8-eadbf1174ac7}:*
    the role may be assumed from any address; ALLOWED_IP_RANGES limits it. Atlassian publishes the addresses of Bitbucket Pipelines at https://ip-ranges.atlassian.com/
    run it with bash and the credentials of an administrator, for example in AWS CloudShell
    then give the deploying step the role:
    - step:
        oidc: true
        script:
          - pipe: docker://myorg/aws-oidc-s3-deploy:0.1.0
            variables:
              AWS_OIDC_ROLE_ARN: 'arn:aws:iam::123456789012:role/deploy'
              AWS_DEFAULT_REGION: 'us-east-1'
              S3_BUCKET: 'my-bucket/docs'
              LOCAL_PATH: 'dist'
    "#);
}

/// Versioning and lifecycle rules are the bucket's, which `setup` does not make: what to add is printed.
#[test]
fn a_role_that_may_roll_back_is_told_what_the_bucket_needs() {
    let about_versions = |more: &[(&str, &str)]| {
        let config = config(more);
        let lines = notes(&config.facts, config.format);
        let lines = lines.into_iter().filter(|line| line.contains("ersion"));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(about_versions(&[]), [""; 0]);
    let asked = [("RELEASE", "previous"), ("RELEASES", "20")];
    let lines = about_versions(&asked);
    assert_eq!(
        lines[0],
        "a rollback needs versions: aws s3api put-bucket-versioning --bucket my-bucket --versioning-configuration Status=Enabled"
    );
    let (_, rule) = lines[1].split_once("for ever: ").unwrap();
    let rule: serde_json::Value = serde_json::from_str(rule).unwrap();
    assert_eq!(rule["Filter"]["Prefix"], "docs/");
    let expiration = &rule["NoncurrentVersionExpiration"];
    assert_eq!(expiration["NewerNoncurrentVersions"], 20);
    let strange = [("RELEASE", "previous"), ("S3_BUCKET", "my-bucket/é\"")];
    let lines = about_versions(&strange);
    let (_, rule) = lines[1].split_once("for ever: ").unwrap();
    assert!(rule.is_ascii(), "{rule}");
    let rule: serde_json::Value = serde_json::from_str(rule).unwrap();
    assert_eq!(rule["Filter"]["Prefix"], "é\"/");
}

#[test]
fn a_trust_policy_beyond_the_quota_is_told() {
    let ranges: Vec<String> = (0..100)
        .map(|number| format!("10.0.{number}.0/24"))
        .collect();
    let config = config(&[("ALLOWED_IP_RANGES", &ranges.join(" "))]);
    let lines = notes(&config.facts, config.format);
    insta::assert_snapshot!(lines[4..6].join("\n"), @r#"
    address ranges change: follow their publisher (Atlassian: https://ip-ranges.atlassian.com/), or deploys will be refused
    the trust policy has 2100 characters, and an account takes 2048 unless its quota "Role trust policy length" was raised
    "#);
}
