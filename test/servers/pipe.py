"""Runs the real binary as Bitbucket does: configured by its environment alone."""

import base64
import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from client import REGION
from request import Request

ACCOUNT = "123456789012"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/deploy"
WORKSPACE = "acme"
WORKSPACE_UUID = "0b3c1d62-9a1a-4c57-8d4a-5b8f8a1b6a11"
AUDIENCE = f"ari:cloud:bitbucket::workspace/{WORKSPACE_UUID}"
RUN_SECONDS_MAX = 60


@dataclass(frozen=True)
class Run:
    """What came of one run."""

    exit_code: int
    stdout: str
    stderr: str
    report: dict | None
    requests: list[Request]

    @property
    def uploaded(self) -> dict[str, str]:
        """Reason by key, of what the report says was uploaded."""
        return {item["key"]: item["reason"] for item in self.report["uploaded"]}

    def sent(self, method: str) -> list[Request]:
        """The requests of this method that the server got."""
        return [request for request in self.requests if request.method == method]

    @property
    def of_s3(self) -> list[Request]:
        """The requests that are about a bucket: those to STS have no path."""
        return [request for request in self.requests if request.path != "/"]

    @property
    def text(self) -> str:
        return self.stdout + self.stderr


class Pipe:
    """The binary, in a step of a pipeline that deploys to `server`."""

    def __init__(self, server, folder: Path):
        self.server = server
        self.folder = folder
        self.token = server.token or oidc_token(int(time.time()) + 3600)

    def run(self, identity: dict[str, str] | None = None, **variables: str) -> Run:
        """Deploys with `variables`; `identity` replaces the role and its token."""
        report_file = self.folder / "report.json"
        report_file.unlink(missing_ok=True)
        if identity is None:
            identity = self.identity()
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.server.url,
            "BITBUCKET_WORKSPACE": WORKSPACE,
            "BITBUCKET_REPO_SLUG": "site",
            "BITBUCKET_BUILD_NUMBER": "42",
            # What is compared is the site; a test that is about the record asks for it.
            "DELETE_GRACE": "0",
            "DEPLOY_RECORD": "off",
            "NO_COLOR": "1",
            "REPORT_FILE": str(report_file),
            **identity,
            **variables,
        }
        with self.server.log() as requests:
            process = subprocess.run(
                [os.environ["PIPE_BINARY"]],
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=RUN_SECONDS_MAX,
                check=False,
            )
        report = json.loads(report_file.read_text()) if report_file.exists() else None
        return Run(process.returncode, process.stdout, process.stderr, report, requests)

    def deploy(self, identity: dict[str, str] | None = None, **variables: str) -> Run:
        """A run that has to succeed."""
        run = self.run(identity, **variables)
        assert run.exit_code == 0, run.text
        return run

    def identity(self) -> dict[str, str]:
        """The variables of a step that may deploy to the server: a role, where it has roles."""
        own = getattr(self.server, "identity", self.role)
        return own()

    def signed_in(self, requests: dict[str, int]) -> dict[str, int]:
        """These `requests` behind the one that signs in, where there is one."""
        first = {"AssumeRoleWithWebIdentity": 1} if self.server.has_sts else {}
        return first | requests

    def role(self) -> dict[str, str]:
        """The variables of a step with `oidc: true`."""
        return {
            "AWS_OIDC_ROLE_ARN": ROLE_ARN,
            "BITBUCKET_STEP_OIDC_TOKEN": self.token,
        }


def claims(expires_at: int) -> dict:
    """What a token of Bitbucket says."""
    repository_uuid = "{5f3d8c1e-4b8e-4f0e-9b1b-2f6f0a4f7d22}"
    step_uuid = "{8a9b7c6d-1f2e-4d3c-b5a4-9e8d7c6b5a33}"
    issuer = f"https://api.bitbucket.org/2.0/workspaces/{WORKSPACE}"
    return {
        "iss": f"{issuer}/pipelines-config/identity/oidc",
        "aud": AUDIENCE,
        "sub": f"{repository_uuid}:{step_uuid}",
        "repositoryUuid": repository_uuid,
        "stepUuid": step_uuid,
        "workspaceUuid": f"{{{WORKSPACE_UUID}}}",
        "branchName": "main",
        "iat": expires_at - 3600,
        "exp": expires_at,
    }


def oidc_token(expires_at: int) -> str:
    """A token of Bitbucket's shape. moto verifies no signature, so it has none."""
    header = {"alg": "RS256", "kid": "test", "typ": "JWT"}
    return ".".join(
        [
            base64url(json.dumps(header).encode()),
            base64url(json.dumps(claims(expires_at)).encode()),
            base64url(b"not a signature"),
        ]
    )


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
