"""The project's own test server, for what boto3 has to read back from it as well."""

import os
import shlex
import subprocess
from contextlib import contextmanager
from pathlib import Path

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from client import REGION


class EmbeddedServer:
    """A running test server, which verifies tokens, signatures and session policies."""

    has_sts = True
    tells_parts = True
    mangles = ""

    def __init__(self):
        binary = Path(os.environ["PIPE_BINARY"]).with_name("test-server")
        self._process = subprocess.Popen(
            [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        variables = {}
        while "BITBUCKET_STEP_OIDC_TOKEN" not in variables:
            _, assignment = shlex.split(self._process.stdout.readline())
            name, value = assignment.split("=", 1)
            variables[name] = value
        self.url = variables["AWS_ENDPOINT_URL"]
        self.token = variables["BITBUCKET_STEP_OIDC_TOKEN"]
        self._role_arn = variables["AWS_OIDC_ROLE_ARN"]

    def stop(self):
        self._process.stdin.close()
        self._process.wait()

    def client(self, service: str):
        """A boto3 client with a session of the role, not narrowed by any policy."""
        sts = boto3.client(
            "sts",
            region_name=REGION,
            endpoint_url=self.url,
            config=Config(signature_version=UNSIGNED),
        )
        session = sts.assume_role_with_web_identity(
            RoleArn=self._role_arn,
            RoleSessionName="reader",
            WebIdentityToken=self.token,
        )["Credentials"]
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
            config=Config(s3={"addressing_style": "path"}),
        )

    @contextmanager
    def log(self):
        """This server keeps its log to itself; the Rust tests look into it."""
        yield []
