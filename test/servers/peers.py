"""Servers that others wrote, each a process on loopback behind a proxy that logs.

They are unlike each other, the embedded one and moto: rclone's serves files of a folder by gofakes3, and
knows no STS; SeaweedFS is a cluster of its own kind, whose STS verifies tokens and holds sessions to their
policies.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from client import client
from issuer import Issuer
from pipe import AUDIENCE, ROLE_ARN
from proxy import LoggingProxy

STARTS_SECONDS_MAX = 30
KEY = "setup"


class Peer:
    """A server that runs as `command` and answers at `port`."""

    # By the name of a check: why this server cannot pass it.
    cannot: dict[str, str] = {}
    # Whether there is somebody to sign in with.
    has_sts = False
    # Whether the ETag of an object that came in parts tells how many they were.
    tells_parts = True
    # Characters of names that it stores as others.
    mangles = ""
    token = None
    # In the environment of its process.
    settings: dict[str, str] = {}

    def start(self, command: list[str], folder: Path, port: int):
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **self.settings}
        self._output = (folder / "output.log").open("wb")
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        self._wait_for(port)
        self._proxy = LoggingProxy(port)
        self.url = self._proxy.url
        self.log = self._proxy.log

    def _wait_for(self, port: int):
        ends = time.monotonic() + STARTS_SECONDS_MAX
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/").close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                # There is nothing that says when it listens.
                time.sleep(0.05)
        raise RuntimeError(f"{self._process.args[0]} did not start; see {self._output.name}")

    def stop(self):
        self._proxy.stop()
        self._process.kill()
        self._process.wait()
        self._output.close()

    def client(self, service: str):
        return client(self.url, service, KEY, KEY)

    def identity(self) -> dict[str, str]:
        """The variables of a step that may deploy here."""
        return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": KEY}


class Rclone(Peer):
    tells_parts = False
    cannot = {
        "test_orphans_go_and_neighbours_of_the_prefix_stay": "its disk has `foo` or `foo/`",
        "test_headers_of_all_objects": "keeps no Expires",
        "test_no_header_that_was_not_asked_for": "knows no ACLs",
        "test_changed_headers_are_applied_once": "keeps no Expires",
        "test_parts_of_an_unusual_size_are_uploaded_again": "its ETags are MD5s of the whole",
        "test_a_site_with_rules_redirects_and_brotli_has_its_headers[chosen]": "keeps no Expires",
        "test_a_release_is_put_back": "keeps no versions",
    }

    def __init__(self, folder: Path):
        port, data = free_ports(1)[0], folder / "data"
        data.mkdir()
        address = f"127.0.0.1:{port}"
        key = f"{KEY},{KEY}"
        command = [program("rclone"), "serve", "s3", "--addr", address, "--auth-key", key]
        self.start([*command, "--config", "", str(data)], folder, port)


class SeaweedFS(Peer):
    has_sts = True
    # One file for each bucket, and not seven: they are many.
    settings = {
        "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1",
        "WEED_S3_SSE_KEK": "5e" * 32,
    }
    mangles = "\\"
    cannot = {
        "test_headers_of_all_objects": "keeps no ACLs",
        "test_a_site_with_rules_redirects_and_brotli_has_its_headers[chosen]": "keeps no redirects",
        "test_a_changed_redirect_is_noticed[chosen]": "keeps no redirects",
        "test_objects_under_a_key_are_unchanged": "has no service for keys here",
    }

    def __init__(self, folder: Path):
        self._issuer = Issuer()
        self.token = self._issuer.token()
        (folder / "data").mkdir()
        keys = {"accessKey": KEY, "secretKey": KEY}
        admin = {"name": KEY, "credentials": [keys], "actions": ["Admin"]}
        (folder / "s3.json").write_text(json.dumps({"identities": [admin]}))
        (folder / "iam.json").write_text(json.dumps(self._iam()))
        s3, *ports = free_ports(9)
        flags = [
            *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-dir=data", "-volume.max=200"),
            *("-master.volumeSizeLimitMB=64", "-volume.preStopSeconds=0"),
            *("-s3", f"-s3.port={s3}", "-s3.port.iceberg=0", "-s3.port.lance=0"),
            *("-s3.config=s3.json", "-s3.iam.config=iam.json"),
        ]
        names = ["master", "volume", "filer"]
        names = [f"{name}.port{kind}" for name in names for kind in ("", ".grpc")]
        for name, port in zip([*names, "s3.port.grpc", "filer.port.public"], ports):
            flags.append(f"-{name}={port}")
        self.start([program("weed"), "server", *flags], folder, s3)

    def stop(self):
        super().stop()
        self._issuer.stop()

    def identity(self) -> dict[str, str]:
        return {"AWS_OIDC_ROLE_ARN": ROLE_ARN, "BITBUCKET_STEP_OIDC_TOKEN": self.token}

    def _iam(self) -> dict:
        provider = {
            "name": "pipelines",
            "type": "oidc",
            "enabled": True,
            "config": {
                "issuer": self._issuer.url,
                "clientId": AUDIENCE,
                "jwksUri": self._issuer.keys_url,
            },
        }
        allowed = {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}
        trusted = {
            "Effect": "Allow",
            "Principal": {"Federated": "*"},
            "Action": ["sts:AssumeRoleWithWebIdentity"],
        }
        role = {
            "roleName": ROLE_ARN.rsplit("/", 1)[1],
            "roleArn": ROLE_ARN,
            "trustPolicy": {"Version": "2012-10-17", "Statement": [trusted]},
            "attachedPolicies": ["everything"],
        }
        return {
            "sts": {
                "tokenDuration": "1h",
                "maxSessionLength": "12h",
                "issuer": "test",
                "signingKey": "dGVzdC1zaWduaW5nLWtleS0zMi1jaGFycy1sb25nLTEy",
            },
            "providers": [provider],
            "policies": [
                {
                    "name": "everything",
                    "document": {"Version": "2012-10-17", "Statement": [allowed]},
                }
            ],
            "roles": [role],
        }


def program(name: str) -> str:
    """Where the environment of the tests has it."""
    return str(Path(sys.prefix, "bin", name))


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody has."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
