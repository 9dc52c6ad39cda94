"""FORMAT=cli: the script is run by bash with the AWS CLI, and its role deploys."""

import json

import pytest

from administrator import (
    AUDIENCE,
    SCOPES,
    documents,
    printed,
)
from pipe import ACCOUNT


@pytest.fixture
def site(server, administrator, tmp_path):
    """LOCAL_PATH with a page, and the bucket with an old object beside and below docs/."""
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "index.html").write_text("<h1>hello</h1>")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="my-bucket")
    s3.put_object(Bucket="my-bucket", Key="docs/old.html", Body=b"old")
    return folder


def keys(server) -> list[str]:
    listing = server.client("s3").list_objects_v2(Bucket="my-bucket")
    return [item["Key"] for item in listing["Contents"]]


def role_arn(stdout: str) -> str:
    name, arn = stdout.strip().split("=", 1)
    assert name == "AWS_OIDC_ROLE_ARN"
    return arn


def test_a_newcomer_gets_from_setup_to_a_green_deploy(
    server, administrator, pipe, site
):
    ran = administrator.bash(printed(pipe))
    assert ran.returncode == 0, ran.stderr
    identity = {
        "AWS_OIDC_ROLE_ARN": role_arn(ran.stdout),
        "BITBUCKET_STEP_OIDC_TOKEN": pipe.token,
    }

    # From here on moto lets the role do what its policy allows, and nothing else.
    with server.verifying(after=1):
        pipe.deploy(identity, S3_BUCKET="my-bucket/docs", LOCAL_PATH=str(site))
    assert keys(server) == ["docs/index.html", "docs/old.html"]


def test_the_role_may_not_write_elsewhere(server, administrator, pipe, site):
    ran = administrator.bash(printed(pipe))
    identity = {
        "AWS_OIDC_ROLE_ARN": role_arn(ran.stdout),
        "BITBUCKET_STEP_OIDC_TOKEN": pipe.token,
    }
    with server.verifying(after=1):
        run = pipe.run(identity, S3_BUCKET="my-bucket/other", LOCAL_PATH=str(site))
    assert run.exit_code == 1
    assert "PutObject: AccessDenied" in run.stderr
    assert keys(server) == ["docs/old.html"]


def test_deletions_are_allowed_where_they_are_asked_for(
    server, administrator, pipe, site
):
    ran = administrator.bash(printed(pipe, DELETE_FLAG="true"))
    # AWS asks for it on each object of a DeleteObjects, moto on the bucket as well.
    on_bucket = {
        "Effect": "Allow",
        "Action": "s3:DeleteObject",
        "Resource": "arn:aws:s3:::my-bucket",
    }
    administrator.iam.put_role_policy(
        RoleName=role_arn(ran.stdout).rsplit("/", 1)[1],
        PolicyName="moto",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [on_bucket]}),
    )
    identity = {
        "AWS_OIDC_ROLE_ARN": role_arn(ran.stdout),
        "BITBUCKET_STEP_OIDC_TOKEN": pipe.token,
    }
    with server.verifying(after=1):
        pipe.deploy(
            identity,
            S3_BUCKET="my-bucket/docs",
            LOCAL_PATH=str(site),
            DELETE_FLAG="true",
        )
    assert keys(server) == ["docs/index.html"]


@pytest.mark.parametrize("scope", SCOPES)
def test_what_is_made_is_what_json_says(administrator, pipe, scope):
    variables = SCOPES[scope]
    ran = administrator.bash(printed(pipe, **variables))
    assert ran.returncode == 0, ran.stderr

    name = role_arn(ran.stdout).rsplit("/", 1)[1]
    expected = documents(pipe, name, **variables)
    role = administrator.role(name)
    assert role.arn == role_arn(ran.stdout) == expected["role"]["arn"]
    assert role.trust == expected["trustPolicy"]
    assert role.permissions == expected["permissionsPolicy"]
    assert role.session_secs_max == expected["role"].get("maxSessionDuration", 3600)
    provider = administrator.provider()
    assert f"https://{provider['Url'].removeprefix('https://')}" == (
        expected["provider"]["url"]
    )
    assert provider["ClientIDList"] == expected["provider"]["audiences"] == [AUDIENCE]


def test_running_it_again_updates_what_is_there(administrator, pipe):
    for variables in [{}, {"DELETE_FLAG": "true"}]:
        ran = administrator.bash(printed(pipe, **variables))
        assert ran.returncode == 0, ran.stderr
    (name,) = [role["RoleName"] for role in administrator.iam.list_roles()["Roles"]]
    _, write = administrator.role(name).permissions["Statement"]
    assert "s3:DeleteObject" in write["Action"]
    assert administrator.provider()["ClientIDList"] == [AUDIENCE]


def test_no_set_up_takes_the_access_of_another_one_away(administrator, pipe):
    def of_another_repository(**variables) -> str:
        run = pipe.run(
            identity={},
            COMMAND="setup",
            S3_BUCKET="my-bucket/docs",
            BITBUCKET_WORKSPACE="acme",
            BITBUCKET_WORKSPACE_UUID=AUDIENCE.rsplit("/", 1)[1],
            BITBUCKET_REPO_UUID="{99999999-4b8e-4f0e-9b1b-2f6f0a4f7d22}",
            **variables,
        )
        assert run.exit_code == 0, run.text
        return run.stdout

    arns = set()
    environment = printed(pipe, **SCOPES["environment"])
    for script in [printed(pipe), of_another_repository(), environment]:
        ran = administrator.bash(script)
        assert ran.returncode == 0, ran.stderr
        arns.add(role_arn(ran.stdout))
    assert len(arns) == 3

    # Under one name the second is refused, and nothing is changed.
    arn = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    ran = administrator.bash(printed(pipe, AWS_OIDC_ROLE_ARN=arn))
    assert ran.returncode == 0, ran.stderr
    before = administrator.role("deploy").trust
    second = of_another_repository(AWS_OIDC_ROLE_ARN=arn)
    ran = administrator.bash(second)
    assert ran.returncode == 1
    assert "The role is there, and trusts other tokens" in ran.stderr
    assert administrator.role("deploy").trust == before
    ran = administrator.bash("export REPLACE_TRUST=yes\n" + second)
    assert ran.returncode == 0, ran.stderr
    assert administrator.role("deploy").trust != before


def test_a_role_with_a_path_is_made_in_its_own_account_only(administrator, pipe):
    for account, exit_code in [("999999999999", 1), (ACCOUNT, 0)]:
        arn = f"arn:aws:iam::{account}:role/ci/web/deploy"
        ran = administrator.bash(printed(pipe, AWS_OIDC_ROLE_ARN=arn))
        assert ran.returncode == exit_code, ran.stderr
        assert administrator.has_provider() == (exit_code == 0)
    assert administrator.role("deploy").arn == arn == role_arn(ran.stdout)


def test_nothing_of_a_name_is_run_by_the_shell(administrator, pipe, tmp_path):
    # `$(…)` is refused, as a reference that nothing has replaced.
    bucket = "my-bucket/a'b\"c`touch pwned`\\;touch pwned;$*?%{if}é"
    ran = administrator.bash(printed(pipe, S3_BUCKET=bucket))
    assert ran.returncode == 0, ran.stderr
    assert not (tmp_path / "pwned").exists()
    (name,) = [role["RoleName"] for role in administrator.iam.list_roles()["Roles"]]
    expected = documents(pipe, name, S3_BUCKET=bucket)
    assert administrator.role(name).permissions == expected["permissionsPolicy"]
    _, write = expected["permissionsPolicy"]["Statement"]
    assert write["Resource"] == (
        "arn:aws:s3:::my-bucket/a'b\"c`touch pwned`\\;touch pwned;${$}"
        "${*}${?}%{if}*/*"
    )
