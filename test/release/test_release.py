"""The scripts of `release`, one after the other, as the pipeline runs them."""

import json
import os
import re
import subprocess
from pathlib import Path

REPOSITORIES = ("hub", "public", "own")


def test_a_release_is_one_image_for_both_platforms_everywhere(published):

    digests = {published.manifest(name, published.version)[0] for name in REPOSITORIES}
    assert len(digests) == 1
    _, index = published.manifest("hub", published.version)
    assert [each["platform"] for each in index["manifests"]] == [
        {"architecture": "amd64", "os": "linux"},
        {"architecture": "arm64", "os": "linux"},
    ]
    for each in index["manifests"]:
        digest, manifest = published.manifest("public", each["digest"])
        assert digest == each["digest"]
        assert manifest["layers"]


def test_no_tag_is_there_before_the_image_was_tried(release):
    release.push_and_join()
    assert all(release.manifest(name, release.version) is None for name in REPOSITORIES)
    digest = (release.clone / "target/dist/digest").read_text().strip()
    assert release.manifest("own", digest) is not None
    release.run("smoke")
    pulled = [call[1] for call in release.asked("docker") if call[0] == "pull"]
    assert pulled == [f"{release.registry}/own/aws-oidc-s3-deploy@{digest}"]
    whoami = [call for call in release.asked("docker") if call[-2] == "whoami"]
    assert len(whoami) == 1


def test_an_image_of_another_version_does_not_pass(release):
    release.push_and_join()
    assert 'says "aws-oidc-s3-deploy 9.9.9"' in release.run("smoke", code=1, SAYS="9.9.9")


def test_everything_published_is_signed_and_attested(published):
    digest, index = published.manifest("hub", published.version)
    of = {each["platform"]["architecture"]: each["digest"] for each in index["manifests"]}
    calls = [call for call in published.asked("cosign") if not call[0].startswith("verify")]
    for name in REPOSITORIES:
        repository = f"{published.registry}/{name}/aws-oidc-s3-deploy"
        signed = [call for call in calls if call[0] == "sign" and call[-2] == f"{repository}@{digest}"]
        assert len(signed) == 1 and "--recursive" in signed[0]
        attested = {
            (call[call.index("--type") + 1], call[-2].removeprefix(repository))
            for call in calls
            if call[0] == "attest" and call[-2].startswith(repository)
        }
        assert attested == {
            ("slsaprovenance1", f"@{digest}"),
            ("cyclonedx", f"@{of['amd64']}"),
            ("cyclonedx", f"@{of['arm64']}"),
        }
    keys = {call[call.index("--key") + 1] for call in calls}
    assert keys == {"awskms:///alias/aws-oidc-s3-deploy-release"}


def test_binaries_are_offered_with_their_checksums(published):
    downloads = published.clone / "target/dist/downloads"
    subprocess.check_call(
        ["sha256sum", "--check", "--strict", f"aws-oidc-s3-deploy-{published.version}.sha256"], cwd=downloads
    )
    assert (downloads / f"aws-oidc-s3-deploy-{published.version}-linux-arm64").read_text() == "binary for arm64"
    upload = published.asked("curl")[0]
    sent = {Path(item.removeprefix("files=@")).name for item in upload if item.startswith("files=@")}
    assert sent == {path.name for path in downloads.iterdir()}
    assert len(sent) == 6
    assert upload[-1] == 'header = "Authorization: Bearer downloads-secret"\n'


def test_a_stranger_verifies_what_was_published(published):
    told = published.run("verify")
    assert told.count("signed and attested") == 2
    assert told.count(": OK") == 2
    verified = [call for call in published.asked("cosign") if call[0].startswith("verify")]
    assert [call[0] for call in verified] == [*["verify", *["verify-attestation"] * 3] * 2, "verify-blob"]
    assert {call[call.index("--key") + 1] for call in verified} == {"release/cosign.pub"}
    assert "has no 9.9.9" in published.run("verify", "9.9.9", code=1)


def test_binaries_that_are_not_those_of_the_image_are_noticed(release):
    release.publish()
    sums = release.clone / f"target/dist/downloads/aws-oidc-s3-deploy-{release.version}.sha256"
    sums.write_text(sums.read_text().replace(sums.read_text()[:64], "0" * 64, 1))
    assert "FAILED" in release.run("verify", code=1)


def test_a_release_is_what_its_source_builds(release):
    build = release.clone / "release/build"
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
    build.write_text(f'#!/bin/sh\nprintf "binary for {architecture}" >built && echo "$PWD/built"\n')
    release.publish()
    assert "is what its source builds" in release.run("compare")

    build.write_text('#!/bin/sh\necho other >built && echo "$PWD/built"\n')
    release.git("commit", "--quiet", "--all", "--message", "Other")
    release.git("tag", "--force", release.version)
    assert "is not what" in release.run("compare", code=1)


def test_both_binaries_are_held_against_advisories(published):
    published.run("scan")
    assert [call[:2] for call in published.asked("cargo")] == [["audit", "bin"]] * 2


def test_a_version_is_published_once(release):
    release.publish()
    before = release.manifest("hub", release.version)
    # The same again is no other release: a step that was killed is finished by running it again.
    release.run("publish")
    # Other bytes are.
    other = {"amd64": "sha256:" + "0" * 64}
    (release.clone / "target/dist/digest").write_text(other["amd64"])
    assert "is there already" in release.run("publish", code=1)
    assert release.manifest("hub", release.version) == before


def test_nothing_is_published_without_its_tag(release):
    release.push_and_join()
    assert "has no tag" in release.run("publish", code=1)
    assert release.manifest("hub", release.version) is None


def test_dry_runs_send_nothing(release):
    for architecture in ("amd64", "arm64"):
        told = release.run("push", "--dry-run", ARCHITECTURE=architecture)
        digest = (release.clone / f"target/dist/{architecture}/digest").read_text().strip()
        assert "+ skopeo copy" in told
        assert release.manifest("own", digest) is None
    release.push_and_join()
    release.tag()
    release.run("smoke", "--dry-run")
    told = release.run("publish", "--dry-run")
    for command in ("skopeo copy --all", "cosign sign ", "cosign attest ", "cosign sign-blob", "curl "):
        assert f"+ {command}" in told
    assert release.asked("cosign") == [] and release.asked("curl") == []
    assert release.manifest("hub", release.version) is None


def test_provenance_names_source_builder_and_base(release):
    told = json.loads(release.run("provenance"))
    commit = release.git("rev-parse", "HEAD")
    source, base = told["buildDefinition"]["resolvedDependencies"]
    assert source["digest"] == {"gitCommit": commit}
    dockerfile = (release.clone / "Dockerfile").read_text()
    assert f"{base['uri'].removeprefix('docker://')}@sha256:{base['digest']['sha256']}" in dockerfile
    assert told["runDetails"]["metadata"]["invocationId"].endswith("/pipelines/results/42")


def test_a_step_signs_in_with_its_token_and_nothing_else(release):
    told = subprocess.check_output(
        ["bash", "-c", "source release/common.sh; sign_in; env; stat -c %a $AWS_WEB_IDENTITY_TOKEN_FILE"],
        cwd=release.clone,
        env=release.environment | {"AWS_ACCESS_KEY_ID": "AKIA-of-somebody"},
        text=True,
    )
    assert "AKIA" not in told
    assert "AWS_ROLE_ARN=arn:aws:iam::123456789012:role/release\n" in told
    assert told.endswith("600\n")
    token_file = re.search("AWS_WEB_IDENTITY_TOKEN_FILE=(.*)", told)[1]
    assert not os.path.exists(token_file)


def test_the_next_version_is_one_command(release):
    changelog = (release.clone / "CHANGELOG.md").read_text()
    if "## Unreleased" not in changelog:
        changelog = changelog.replace("\n## ", "\n## Unreleased\n\n- patch: Something.\n\n## ", 1)
        (release.clone / "CHANGELOG.md").write_text(changelog)
        release.git("commit", "--quiet", "--all", "--message", "Unreleased")
    before = release.git("rev-parse", "HEAD")
    environment = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    told = release.run("bump", "99.0.0", "--dry-run", **environment)
    assert "Cargo.toml" in told and release.git("rev-parse", "HEAD") == before
    assert release.git("tag") == ""

    release.run("bump", "99.0.0", **environment)
    assert release.git("rev-parse", "HEAD~1") == before
    assert release.git("tag", "--points-at", "HEAD") == "99.0.0"
    version = re.escape(release.version)
    old = f"(aws-oidc-s3-deploy[: ]|/src/|^version=){version}([^0-9.]|$)"
    left = subprocess.run(
        ["git", "grep", "-lE", f'{old}|^version = "{version}"$', "--", ".", ":!CHANGELOG.md", ":!*.lock"],
        cwd=release.clone, capture_output=True, text=True, check=False,
    )
    assert left.stdout == ""
    assert "## 99.0.0\n" in (release.clone / "CHANGELOG.md").read_text()
    subprocess.check_call(
        ["cargo", "metadata", "--locked", "--offline", "--no-deps", "--format-version=1"],
        cwd=release.clone, stdout=subprocess.DEVNULL,
    )

    assert "nothing under" in release.run("bump", "99.0.1", code=1, **environment)
    assert "does not come after" in release.run("bump", "98.0.0", code=1, **environment)
    assert "is not X.Y.Z" in release.run("bump", "v100", code=1, **environment)


def test_every_script_of_the_pipeline_is_there(release):
    text = (release.clone / "bitbucket-pipelines.yml").read_text()
    named = set(re.findall(r"- ((?:release|test|\.ci)/[a-z./]+)", text))
    assert {"release/push", "release/join", "release/smoke", "release/publish", "release/verify"} <= named
    for script in named:
        assert os.access(release.clone / script, os.X_OK), script
    base = re.search("^ARG BASE=docker.io/library/(.*)$", (release.clone / "Dockerfile").read_text(), re.M)[1]
    assert f"\nimage: {base}\n" in text
