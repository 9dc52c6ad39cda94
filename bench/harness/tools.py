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


DEFAULT = "default"
CONTENT_TRUE = "content-true"
SIZE_ONLY = "size only"
TUNED = "tuned"
TUNED_CONTENT_TRUE = "tuned, content-true"
BARE = "without record"


@dataclass(frozen=True)
class Call:
    """A command with its whole environment."""

    command: list[str]
    environment: dict[str, str]


@dataclass(frozen=True)
class Setting:
    """How a program is set for a mode."""

    arguments: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> list[str]:
        """For people."""
        return [*self.arguments, *(f"{name}={value}" for name, value in self.variables)]


@dataclass(frozen=True)
class Tool:
    """One program."""

    name: str
    # From the program's path, the server, the folder and more arguments to a call.
    call: Callable[[Path, Server, Path, list[str]], Call]
    # Arguments that make it print its version.
    version: list[str]
    # By mode. What is not here it cannot do.
    settings: dict[str, Setting]


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


_WORKERS = str(CONNECTIONS)
_S3SYNC_TUNED = ("--worker-size", _WORKERS, "--max-parallel-uploads", _WORKERS)
_RCLONE_TUNED = (
    *("--fast-list", "--transfers", _WORKERS, "--checkers", _WORKERS),
    *("--s3-upload-concurrency", "16"),
)

TOOLS = {
    tool.name: tool
    for tool in [
        Tool(
            OURS,
            _ours,
            [],
            {
                DEFAULT: Setting(),
                CONTENT_TRUE: Setting(),
                BARE: Setting(
                    variables=(("DEPLOY_RECORD", "off"), ("DELETE_GRACE", "0"))
                ),
            },
        ),
        Tool(LIMIT, _limit, [], {DEFAULT: Setting(), CONTENT_TRUE: Setting()}),
        Tool(
            "s3sync",
            _s3sync,
            ["--version"],
            {
                DEFAULT: Setting(),
                CONTENT_TRUE: Setting(("--check-etag",)),
                SIZE_ONLY: Setting(("--check-size",)),
                TUNED: Setting(_S3SYNC_TUNED),
                TUNED_CONTENT_TRUE: Setting(("--check-etag", *_S3SYNC_TUNED)),
            },
        ),
        Tool(
            "rclone",
            _rclone,
            ["version"],
            {
                DEFAULT: Setting(),
                CONTENT_TRUE: Setting(("--checksum", "--fast-list")),
                SIZE_ONLY: Setting(("--size-only",)),
                TUNED: Setting(_RCLONE_TUNED),
                TUNED_CONTENT_TRUE: Setting(("--checksum", *_RCLONE_TUNED)),
            },
        ),
        # It has 256 workers of its own accord; what is left to set are the parts of one file.
        Tool(
            "s5cmd",
            _s5cmd,
            ["version"],
            {
                DEFAULT: Setting(),
                SIZE_ONLY: Setting(("--size-only",)),
                TUNED: Setting(("--concurrency", "16", "--part-size", "8")),
            },
        ),
        Tool(
            "aws",
            _aws,
            ["--version"],
            {DEFAULT: Setting(), SIZE_ONLY: Setting(("--size-only",))},
        ),
    ]
}

PEERS = [name for name in TOOLS if name not in (OURS, LIMIT)]


def call(tool: str, mode: str, binary: Path, server: Server, folder: Path) -> Call:
    """How `tool` is called in `mode`."""
    setting = TOOLS[tool].settings[mode]
    made = TOOLS[tool].call(binary, server, folder, list(setting.arguments))
    trust = {}
    if server.authority:
        names = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "RCLONE_CA_CERT")
        # Each program reads one of them.
        trust = dict.fromkeys(names, server.authority)
    environment = made.environment | trust | dict(setting.variables)
    return Call(made.command, environment)
