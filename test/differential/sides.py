"""The two sides: `aws s3 sync` as the official pipe runs it, and this pipe."""

import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from client import REGION
from moto_server import Moto

KEYS = {"AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": "something"}
RUN_SECONDS_MAX = 60

# What is compared of each object, beside its bytes.
HEADERS = [
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
    "SSEKMSKeyId",
    "ServerSideEncryption",
    "StorageClass",
    "WebsiteRedirectLocation",
]


@dataclass(frozen=True)
class Run:
    """What came of one run."""

    exit_code: int
    text: str


def run_aws(server: Moto, folder: Path, target: str, flags: list[str]) -> Run:
    """`aws s3 sync` with `flags`; the official pipe puts them behind its own arguments."""
    command = [os.environ["AWS_BINARY"], "s3", "sync", str(folder), f"s3://{target}/"]
    environment = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": server.url,
        # Its names of files are those of the locale.
        "LC_ALL": "C.UTF-8",
    }
    return _run([*command, *flags], environment, folder)


def run_pipe(
    server: Moto, folder: Path, target: str, flags: list[str], variables: dict
) -> Run:
    """The pipe with `flags` in EXTRA_ARGS."""
    environment = {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": server.url,
        # aws-cli keeps no record, and deletes at once what is left over.
        "DELETE_GRACE": "0",
        "DEPLOY_RECORD": "off",
        "EXTRA_ARGS": shlex.join(flags),
        "LOCAL_PATH": str(folder),
        "NO_COLOR": "1",
        "S3_BUCKET": target,
        **variables,
    }
    return _run([os.environ["PIPE_BINARY"]], environment, folder)


def _run(command: list[str], environment: dict[str, str], folder: Path) -> Run:
    process = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], **KEYS, **environment},
        cwd=folder.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=RUN_SECONDS_MAX,
        check=False,
    )
    return Run(process.returncode, process.stdout + process.stderr)


def state(s3, bucket: str) -> dict[str, dict]:
    """Everything that `bucket` holds: bytes, headers, tags and grants by key."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    return {key: _object(s3, bucket, key) for key in keys}


def _object(s3, bucket: str, key: str) -> dict:
    place = {"Bucket": bucket, "Key": key}
    answer = s3.get_object(**place)
    found = {name: answer[name] for name in HEADERS if answer.get(name)}
    found["Body"] = answer["Body"].read()
    found["Tags"] = s3.get_object_tagging(**place)["TagSet"]
    found["Grants"] = s3.get_object_acl(**place)["Grants"]
    return found
