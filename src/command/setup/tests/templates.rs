//! The text of the formats that describe resources, whole.

use super::{ACCOUNT, config, named};
use deploy_core::setup::{Format, render};

#[test]
fn cloudformation() {
    let facts = config(&[("SCOPE", "environment")]).facts;
    insta::assert_snapshot!(render(&facts, Format::CloudFormation), @r#"
    {
      "AWSTemplateFormatVersion": "2010-09-09",
      "Description": "Lets Bitbucket Pipelines deploy to s3://my-bucket/docs/ with short-lived credentials.",
      "Parameters": {
        "CreateProvider": {
          "Type": "String",
          "AllowedValues": [
            "true",
            "false"
          ],
          "Default": "true",
          "Description": "false if the account has this identity provider already"
        }
      },
      "Conditions": {
        "ProviderIsMissing": {
          "Fn::Equals": [
            {
              "Ref": "CreateProvider"
            },
            "true"
          ]
        }
      },
      "Resources": {
        "Provider": {
          "Type": "AWS::IAM::OIDCProvider",
          "Condition": "ProviderIsMissing",
          "Properties": {
            "Url": "https://api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc",
            "ClientIdList": [
              "ari:cloud:bitbucket::workspace/922e118c-f34f-4226-a897-0e0afbec553d"
            ]
          }
        },
        "Role": {
          "Type": "AWS::IAM::Role",
          "Properties": {
            "RoleName": "deploy",
            "Path": "/",
            "AssumeRolePolicyDocument": {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Sid": "AllowBitbucket",
                  "Effect": "Allow",
                  "Principal": {
                    "Federated": {
                      "Fn::Sub": "arn:aws:iam::${AWS::AccountId}:oidc-provider/api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc"
                    }
                  },
                  "Action": "sts:AssumeRoleWithWebIdentity",
                  "Condition": {
                    "StringEquals": {
                      "api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc:aud": "ari:cloud:bitbucket::workspace/922e118c-f34f-4226-a897-0e0afbec553d"
                    },
                    "StringLike": {
                      "api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc:sub": "{1de489be-ce6a-42a0-a8c8-eadbf1174ac7}*:{bd715740-c970-486b-b68a-b421ec2a1f8b}:*"
                    }
                  }
                }
              ]
            },
            "Policies": [
              {
                "PolicyName": "aws-oidc-s3-deploy",
                "PolicyDocument": {
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
                        "s3:GetObject"
                      ],
                      "Resource": "arn:aws:s3:::my-bucket/docs/*"
                    }
                  ]
                }
              }
            ]
          }
        }
      },
      "Outputs": {
        "RoleArn": {
          "Description": "Value of AWS_OIDC_ROLE_ARN",
          "Value": {
            "Fn::GetAtt": [
              "Role",
              "Arn"
            ]
          }
        }
      }
    }
    "#);
}

#[test]
fn terraform() {
    let facts = config(&[("S3_BUCKET", "my-bucket/a%{b}*")]).facts;
    let text = named(&facts, Format::Terraform, |policy| {
        let policy = policy.replace("${", "$${").replace("%{", "%%{");
        policy.replace(ACCOUNT, "${data.aws_caller_identity.deploy.account_id}")
    });
    insta::assert_snapshot!(text, @r#"
    # Lets Bitbucket Pipelines deploy to s3://my-bucket/a%{b}*/ with short-lived credentials.
    # thumbprint_list is left out, which needs a hashicorp/aws provider of 2025 or later.

    variable "create_provider" {
      description = "false if the account has this identity provider already"
      type        = bool
      default     = true
    }

    data "aws_caller_identity" "deploy" {}

    resource "aws_iam_openid_connect_provider" "deploy" {
      count = var.create_provider ? 1 : 0

      url            = "https://api.bitbucket.org/2.0/workspaces/bbcitest/pipelines-config/identity/oidc"
      client_id_list = ["ari:cloud:bitbucket::workspace/922e118c-f34f-4226-a897-0e0afbec553d"]
    }

    resource "aws_iam_role" "deploy" {
      name = "deploy"
      path = "/"

      assume_role_policy = <<POLICY
    the trustPolicy
    POLICY

      depends_on = [aws_iam_openid_connect_provider.deploy]
    }

    resource "aws_iam_role_policy" "deploy" {
      name = "aws-oidc-s3-deploy"
      role = aws_iam_role.deploy.id

      policy = <<POLICY
    the permissionsPolicy
    POLICY
    }

    output "role_arn" {
      description = "Value of AWS_OIDC_ROLE_ARN"
      value       = aws_iam_role.deploy.arn
    }
    "#);
}
