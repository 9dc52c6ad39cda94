//! The text of the formats for shells and tools, whole.

use super::{REPOSITORY_ARN, config};
use deploy_core::setup::notes::notes;
use deploy_core::setup::{Format, KmsKey, render};

#[test]
fn cli() {
    let facts = config(&[("AWS_ROLE_DURATION_SECONDS", "7200")]).facts;
    insta::assert_snapshot!(render(&facts, Format::Cli), @r#"
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
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "AllowBitbucket",
          "Effect": "Allow",
          "Principal": {
            "Federated": "arn:aws:iam::${account}:oidc-provider/api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc"
          },
          "Action": "sts:AssumeRoleWithWebIdentity",
          "Condition": {
            "StringEquals": {
              "api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc:aud": "ari:cloud:bitbucket::workspace/922e118c-f34f-4226-a897-0e0afbec553d"
            },
            "StringLike": {
              "api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc:sub": "{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}:*"
            }
          }
        }
      ]
    }
    POLICY
    }

    permissions_policy() {
    cat <<POLICY
    {
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
            "s3:AbortMultipartUpload"
          ],
          "Resource": "arn:aws:s3:::my-bucket/docs/*"
        }
      ]
    }
    POLICY
    }

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
    let last = text.lines().rev().nth(1).unwrap();
    insta::assert_snapshot!(last, @r#"echo AWS_OIDC_ROLE_ARN='arn:aws:iam::'"$account"':role/deploy-my-bucket-docs'"#);
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
    facts.distributions = vec!["E1ABC".to_owned()];
    facts.kms_key = Some(KmsKey::parse("alias/site").unwrap());
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
                "aws:SourceIp": [
                  "34.199.54.113/32"
                ]
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
              "s3:DeleteObject"
            ],
            "Resource": "arn:aws:s3:::my-bucket/docs/*"
          },
          {
            "Sid": "Invalidate",
            "Effect": "Allow",
            "Action": [
              "cloudfront:CreateInvalidation",
              "cloudfront:GetInvalidation"
            ],
            "Resource": [
              "arn:aws:cloudfront::123456789012:distribution/E1ABC"
            ]
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
              "StringEquals": {
                "kms:ViaService": "s3.us-east-1.amazonaws.com"
              },
              "ForAnyValue:StringEquals": {
                "kms:ResourceAliases": "alias/site"
              }
            }
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
    run it with bash and the credentials of an administrator
    then give the step AWS_OIDC_ROLE_ARN, the ARN of the role, and its token (Bitbucket: `oidc: true`)
    "#);
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
