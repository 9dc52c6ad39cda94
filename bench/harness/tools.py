"""The programs that are compared: how each is called to make a bucket equal to a folder."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .server import BUCKET, Server

REGION = "us-east-1"

# As many as the pipe has of its own accord.
CONNECTIONS = 64

OURS = "ours"
LIMIT = "limit"


@dataclass(frozen=True)
class Call:
    """A command with its whole environment."""

    command: list[str]
    environment: dict[str, str]


@dataclass(frozen=True)
class Tool:
    """One program."""

    name: str
    # From the program's path, the server, the folder and more arguments to a call.
    call: Callable[[Path, Server, Path, list[str]], Call]
    # Arguments that make it print its version.
    version: list[str]
    # Compares content where names and sizes are equal; None if it cannot.
    content_true: list[str] | None = None
    # Compares nothing but names and sizes; None if it cannot.
    size_only: list[str] | None = None


def _ours(binary: Path, server: Server, folder: Path, more: list[str]) -> Call:
    """As in a Bitbucket step: a role, its token, and variables."""
    names = [
        "AWS_ENDPOINT_URL",
        "AWS_OIDC_ROLE_ARN",
        "AWS_DEFAULT_REGION",
        "BITBUCKET_STEP_OIDC_TOKEN",
    ]
    environment = {name: server.variables[name] for name in names}
    environment |= {
        "BITBUCKET_WORKSPACE": "acme",
        "BITBUCKET_REPO_SLUG": "site",
        "BITBUCKET_BUILD_NUMBER": "42",
        "LOCAL_PATH": str(folder),
        # As of its own accord on S3, which it knows by the host's name.
        "CHECKSUM": "required",
        "S3_BUCKET": BUCKET,
        "NO_COLOR": "1",
    }
    return Call([str(binary), *more], environment)


def _limit(binary: Path, server: Server, folder: Path, more: list[str]) -> Call:
    command = [binary, server.url, BUCKET, folder, CONNECTIONS, *more]
    return Call([str(word) for word in command], {})


def _s3sync(binary: Path, server: Server, folder: Path, more: list[str]) -> Call:
    command = [str(binary), str(folder), f"s3://{BUCKET}/"]
    command += ["--target-endpoint-url", server.url, "--target-force-path-style"]
    command += ["--target-region", REGION]
    command += ["--target-access-key", server.variables["AWS_ACCESS_KEY_ID"]]
    command += ["--target-secret-access-key", server.variables["AWS_SECRET_ACCESS_KEY"]]
    return Call([*command, *more], {})


def _rclone(binary: Path, server: Server, folder: Path, more: list[str]) -> Call:
    environment = {
        "RCLONE_CONFIG": os.devnull,
        # Not AWS: that one sends no body over plain HTTP.
        "RCLONE_S3_PROVIDER": "Other",
        "RCLONE_S3_LIST_VERSION": "2",
        "RCLONE_S3_ENDPOINT": server.url,
        "RCLONE_S3_REGION": REGION,
        "RCLONE_S3_FORCE_PATH_STYLE": "true",
        "RCLONE_S3_ACCESS_KEY_ID": server.variables["AWS_ACCESS_KEY_ID"],
        "RCLONE_S3_SECRET_ACCESS_KEY": server.variables["AWS_SECRET_ACCESS_KEY"],
    }
    return Call([str(binary), "sync", str(folder), f":s3:{BUCKET}", *more], environment)


def _s5cmd(binary: Path, server: Server, folder: Path, more: list[str]) -> Call:
    command = [str(binary), "--endpoint-url", server.url, "sync", *more]
    return Call([*command, f"{folder}/", f"s3://{BUCKET}/"], _static_keys(server))


def _aws(binary: Path, server: Server, folder: Path, more: list[str]) -> Call:
    command = [str(binary), "s3", "sync", str(folder), f"s3://{BUCKET}/", *more]
    environment = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": server.url,
        # Its names of files are those of the locale.
        "LC_ALL": "C.UTF-8",
    }
    return Call(command, environment | _static_keys(server))


def _static_keys(server: Server) -> dict[str, str]:
    names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    return {"AWS_REGION": REGION} | {name: server.variables[name] for name in names}


TOOLS = {
    tool.name: tool
    for tool in [
        Tool(OURS, _ours, [], content_true=[]),
        Tool(LIMIT, _limit, [], content_true=[]),
        Tool(
            "s3sync",
            _s3sync,
            ["--version"],
            content_true=["--check-etag"],
            size_only=["--check-size"],
        ),
        Tool(
            "rclone",
            _rclone,
            ["version"],
            content_true=["--checksum", "--fast-list"],
            size_only=["--size-only"],
        ),
        Tool("s5cmd", _s5cmd, ["version"], size_only=["--size-only"]),
        Tool("aws", _aws, ["--version"], size_only=["--size-only"]),
    ]
}

PEERS = [name for name in TOOLS if name not in (OURS, LIMIT)]
