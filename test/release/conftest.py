"""A registry on loopback, a clone whose release goes there, and stand-ins for what reaches further.

What a stand-in was asked is kept, argument by argument, so that tests can hold the scripts to it. Images
are copied by the real skopeo.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "eyJ.step-token.sig"
SECRETS = {
    "BITBUCKET_STEP_OIDC_TOKEN": TOKEN,
    "BITBUCKET_DOWNLOADS_TOKEN": "downloads-secret",
    "DOCKER_HUB_TOKEN": "hub-secret",
}

# Keeps its arguments, what it reads and the names of files that it is shown; then does as its name says.
STAND_IN = """#!{python} -SE
import json, os, pathlib, shutil, sys
name, arguments = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
folder = pathlib.Path({folder!r})
given = "" if sys.stdin.isatty() or name in ("docker", "auditable2cdx") else sys.stdin.read()
with (folder / "asked").open("a") as asked:
    asked.write(json.dumps([name, *arguments, given]) + chr(10))
match [name, *arguments]:
    case ["docker", "save", "--output", to, _]:
        shutil.copy(folder / os.environ["ARCHITECTURE"] / "image.tar", to)
    case ["docker", "create", _]:
        print("container")
    case ["docker", "cp", _, to]:
        shutil.copy(folder / os.environ["ARCHITECTURE"] / "pipe", to)
    case ["docker", "run", *_, "--version"]:
        print("aws-oidc-s3-deploy", os.environ["SAYS"])
    case ["auditable2cdx", binary]:
        print(json.dumps({{"bomFormat": "CycloneDX", "of": pathlib.Path(binary).read_text()}}))
    case ["aws", *_]:
        print("ecr-password")
    case ["curl", *_, "--output", to, url]:
        shutil.copy(folder / "clone/target/dist/downloads" / pathlib.Path(url).name, to)
    case ["cosign", "sign-blob", *_]:
        pathlib.Path(arguments[arguments.index("--bundle") + 1]).write_text("bundle")
"""


def archive(folder, architecture):
    """An image as `docker save` writes it, with one file in it."""
    folder.mkdir()
    (folder / "pipe").write_text(f"binary for {architecture}")
    with tarfile.open(folder / "layer.tar", "w") as layer:
        layer.add(folder / "pipe", "pipe")
    digest = subprocess.check_output(["sha256sum", folder / "layer.tar"], text=True).split()[0]
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Entrypoint": ["/pipe"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    (folder / "config.json").write_text(json.dumps(config))
    manifest = [{"Config": "config.json", "RepoTags": ["x:test"], "Layers": ["layer.tar"]}]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with tarfile.open(folder / "image.tar", "w") as image:
        for name in ("manifest.json", "config.json", "layer.tar"):
            image.add(folder / name, name)


class Release:
    """A clone, and how its scripts are run."""

    def __init__(self, folder, registry):
        self.folder, self.registry = folder, registry
        self.host, self.prefix = registry.split("/")
        self.clone = folder / "clone"
        files = subprocess.check_output(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT
        )
        for name in filter(None, files.decode().split("\0")):
            if (ROOT / name).is_file():
                (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.clone / name)
        pipe_yml = self.clone / "pipe.yml"
        pipe_yml.write_text(pipe_yml.read_text().replace("image: myorg/", f"image: {registry}/hub/"))
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "All")
        self.version = subprocess.check_output(
            ["sed", "-n", r's/^version = "\(.*\)"$/\1/p;T;q', "Cargo.toml"], cwd=ROOT, text=True
        ).strip()
        stand_ins = folder / "bin"
        stand_ins.mkdir()
        for name in (
            "docker", "cosign", "aws", "curl", "cargo", "cargo-audit", "cargo-auditable", "auditable2cdx"
        ):
            text = STAND_IN.format(python=sys.executable, folder=str(folder))
            (stand_ins / name).write_text(text)
            (stand_ins / name).chmod(0o755)
        for architecture in ("amd64", "arm64"):
            archive(folder / architecture, architecture)
        settings = folder / ".config/containers/registries.conf"
        settings.parent.mkdir(parents=True)
        settings.write_text(
            f'[[registry]]\nlocation = "{self.host}"\ninsecure = true\n'
        )
        self.environment = {
            "PATH": f"{stand_ins}:{os.environ['PATH']}",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "RELEASE_ECR": f"{registry}/own/aws-oidc-s3-deploy",
            "RELEASE_ECR_PUBLIC": f"{registry}/public/aws-oidc-s3-deploy",
            "RELEASE_ROLE_ARN": "arn:aws:iam::123456789012:role/release",
            "BITBUCKET_REPO_FULL_NAME": "myorg/aws-oidc-s3-deploy",
            "BITBUCKET_BUILD_NUMBER": "42",
            "ARCHITECTURE": "amd64",
            "SAYS": self.version,
            **SECRETS,
        }

    def git(self, *arguments):
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
        return subprocess.check_output(command, cwd=self.clone, text=True).strip()

    def run(self, script, *arguments, code=0, **environment):
        """The script's output, both streams; it has to end with `code`, and to show no secret."""
        done = subprocess.run(
            [self.clone / "release" / script, *arguments],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout
        assert not [secret for secret in SECRETS.values() if secret in done.stdout], done.stdout
        return done.stdout

    def asked(self, name):
        """What the stand-in `name` was called with; the last item is its standard input."""
        kept = self.folder / "asked"
        lines = kept.read_text().splitlines() if kept.exists() else []
        calls = [json.loads(line) for line in lines]
        assert not [call for call in calls for secret in SECRETS.values() if secret in call[:-1]]
        return [call[1:] for call in calls if call[0] == name]

    def manifest(self, repository, reference):
        """What the registry has under a tag or digest, or nothing."""
        accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"
        url = f"http://{self.host}/v2/{self.prefix}/{repository}/aws-oidc-s3-deploy/manifests/{reference}"
        request = urllib.request.Request(url, headers={"Accept": accept})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.headers["Docker-Content-Digest"], json.load(answer)
        except urllib.error.HTTPError as error:
            assert error.code == 404
            return None

    def push_and_join(self):
        """What the first steps of the pipeline do, on their two machines."""
        for architecture in ("amd64", "arm64"):
            self.run("push", ARCHITECTURE=architecture)
        self.run("join")

    def publish(self):
        """Everything, up to what users can pull."""
        self.push_and_join()
        self.tag()
        self.run("publish")

    def tag(self):
        """Tags the commit that is released, with the public key in it."""
        (self.clone / "release/cosign.pub").write_text("public key")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Key")
        self.git("tag", self.version)


@pytest.fixture(scope="session")
def registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    (folder / "config.yml").write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
        f"http: {{addr: '{address}'}}\n"
    )
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            ["docker-registry", "serve", folder / "config.yml"], stdout=log, stderr=log
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://{address}/v2/").close()
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.05)
        yield address
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def published(tmp_path_factory, registry):
    """A release that is out; tests look at it and change nothing."""
    release = Release(tmp_path_factory.mktemp("published"), f"{registry}/published")
    release.publish()
    return release


@pytest.fixture
def release(tmp_path, registry, request):
    # Each test has repositories of its own in the one registry.
    return Release(tmp_path, f"{registry}/{request.node.name.replace('_', '-')}")
