"""Does with the output of `setup` what a person would, and looks at what came of it."""

import ast
import json
import os
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from client import REGION
from moto_server import Moto
from pipe import ACCOUNT, Pipe

PROVIDER_NAME = (
    "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
)
PROVIDER_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{PROVIDER_NAME}"
AUDIENCE = "ari:cloud:bitbucket::workspace/0b3c1d62-9a1a-4c57-8d4a-5b8f8a1b6a11"
REPOSITORY = "{5f3d8c1e-4b8e-4f0e-9b1b-2f6f0a4f7d22}"
ENVIRONMENT = "{bd715740-c970-486b-b68a-b421ec2a1f8b}"
SECONDS_MAX = 120

# Every scope, with everything that can be beside it.
SCOPES = {
    "workspace": {"SCOPE": "workspace"},
    "repository": {},
    "environment": {
        "SCOPE": "environment",
        "BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID": ENVIRONMENT,
    },
    "everything": {
        "ALLOWED_IP_RANGES": "34.199.54.113/32 2001:db8::/32",
        "AWS_ROLE_DURATION_SECONDS": "7200",
        "DELETE_FLAG": "true",
        "ACL": "private",
        "ECR_REPOSITORY_ARN": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/my-repo",
    },
}


@dataclass(frozen=True)
class Role:
    """A role as IAM has it."""

    arn: str
    trust: dict
    permissions: dict
    session_secs_max: int


class Administrator:
    """Has the rights that a pipeline must not have."""

    def __init__(self, server: Moto, folder: Path):
        self.server = server
        self.folder = folder
        self.iam = server.client("iam")
        self.cloudformation = server.client("cloudformation")

    def empty_account(self):
        request = urllib.request.Request(
            f"{self.server.url}/moto-api/reset", method="POST"
        )
        urllib.request.urlopen(request).close()

    def bash(self, script: str) -> subprocess.CompletedProcess:
        """Runs `script` as it would be from a terminal."""
        environment = {
            "PATH": f"{Path(os.environ['VIRTUAL_ENV']) / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "AWS_ACCESS_KEY_ID": "administrator",
            "AWS_SECRET_ACCESS_KEY": "administrator",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.server.url,
        }
        return subprocess.run(
            ["bash"],
            input=script,
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )

    def create_stack(self, template: str, **parameters: str) -> dict[str, str]:
        """Creates a stack, and returns its outputs."""
        pairs = [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in parameters.items()
        ]
        self.cloudformation.create_stack(
            StackName="deploy-role",
            TemplateBody=template,
            Parameters=pairs,
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        (stack,) = self.cloudformation.describe_stacks(StackName="deploy-role")[
            "Stacks"
        ]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        return {
            output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]
        }

    def role(self, name: str) -> Role:
        role = self.iam.get_role(RoleName=name)["Role"]
        (policy_name,) = self.iam.list_role_policies(RoleName=name)["PolicyNames"]
        policy = self.iam.get_role_policy(RoleName=name, PolicyName=policy_name)
        return Role(
            arn=role["Arn"],
            trust=document(role["AssumeRolePolicyDocument"]),
            permissions=document(policy["PolicyDocument"]),
            session_secs_max=role.get("MaxSessionDuration", 3600),
        )

    def provider(self) -> dict:
        return self.iam.get_open_id_connect_provider(
            OpenIDConnectProviderArn=PROVIDER_ARN
        )

    def has_provider(self) -> bool:
        return bool(
            self.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        )


def document(policy: dict | str) -> dict:
    """botocore decodes policies, except those that moto's stacks keep as Python's text."""
    return ast.literal_eval(unquote(policy)) if isinstance(policy, str) else policy


def printed(pipe: Pipe, **variables: str) -> str:
    """What `setup` prints in a step of a pipeline."""
    run = pipe.run(
        identity={"BITBUCKET_STEP_OIDC_TOKEN": pipe.token},
        **{"COMMAND": "setup", "S3_BUCKET": "my-bucket/docs", **variables},
    )
    assert run.exit_code == 0, run.text
    assert run.requests == []
    assert pipe.token not in run.text
    return run.stdout


def documents(pipe: Pipe, role_name: str, **variables: str) -> dict:
    """The same set-up by FORMAT=json, which the other formats must agree with."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role_name}"
    return json.loads(
        printed(pipe, **{**variables, "FORMAT": "json", "AWS_OIDC_ROLE_ARN": arn})
    )
