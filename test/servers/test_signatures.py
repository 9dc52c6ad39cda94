"""The same with moto's authentication on.

botocore computes every signature a second time, which makes it an implementation of
SigV4 independent of the SDK's, and IAM policies hold.
"""

import json
import re
from contextlib import contextmanager
from pathlib import Path

import pytest

import tree
from pipe import ROLE_ARN

pytestmark = pytest.mark.of_moto

PAGE = Path(__file__).parents[2] / "docs" / "authentication.md"


@pytest.fixture
def iam(server):
    return server.client("iam")


@pytest.fixture
def role(iam, bucket):
    """Makes the role of ROLE_ARN, and gives it the documented policy."""
    name = ROLE_ARN.rpartition("/")[2]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")

    def allow(without: str | None = None):
        document = readme_policy(bucket.name, without)
        iam.put_role_policy(RoleName=name, PolicyName="deploy", PolicyDocument=document)

    yield allow
    iam.delete_role_policy(RoleName=name, PolicyName="deploy")
    iam.delete_role(RoleName=name)


@pytest.fixture
def variables(bucket, folder) -> dict[str, str]:
    return {
        "S3_BUCKET": f"{bucket.name}/docs",
        "LOCAL_PATH": str(folder),
        "DELETE_FLAG": "true",
    }


def test_a_role_with_the_documented_policy(
    server, pipe, bucket, folder, role, variables
):
    role()
    site = tree.odd_site() | {"large.bin": tree.noise(17 * tree.MIB)}
    tree.write(folder, site)
    bucket.put({"docs/old.html": b"old", "docs/old #1+2%.txt": b"old"})

    with server.verifying(after=1):
        run = pipe.deploy(**variables)
    assert bucket.files("docs/") == site
    assert sorted(run.report["deleted"]) == ["old #1+2%.txt", "old.html"]

    with server.verifying(after=1):
        run = pipe.deploy(**variables)
    assert run.report["outcome"] == "unchanged"


def test_a_role_that_may_not_write_deletes_nothing(
    server, pipe, bucket, folder, role, variables
):
    role(without="s3:PutObject")
    tree.write(folder, tree.small_site())
    bucket.put({"docs/old.html": b"stays"})

    with server.verifying(after=1):
        run = pipe.run(**variables)

    assert run.exit_code == 1
    assert "PutObject: AccessDenied" in run.stderr
    assert bucket.files() == {"docs/old.html": b"stays"}


def test_deletions_that_are_refused_key_by_key_are_failures(
    server, pipe, bucket, folder, role, variables
):
    role(without="s3:DeleteObject")
    tree.write(folder, tree.small_site())
    old = {"old.html": b"stays", "older.html": b"stays"}
    bucket.put({f"docs/{name}": content for name, content in old.items()})

    with server.verifying(after=1):
        run = pipe.run(**variables)

    assert run.exit_code == 1
    assert bucket.files("docs/") == tree.small_site() | old
    failed = {(item["action"], item["key"]) for item in run.report["failed"]}
    assert failed == {("delete", "old.html"), ("delete", "older.html")}
    assert run.report["done"]["deletions"] == 0
    # One line for the cause, with how many it stopped.
    assert "ERROR: 2 deletions failed: " in run.stderr
    assert "DeleteObjects: AccessDenied" in run.stderr


def test_static_keys_and_a_wrong_secret(server, pipe, bucket, folder, iam, variables):
    tree.write(folder, tree.odd_site())

    with user(iam, readme_policy(bucket.name)) as keys:
        wrong = {**keys, "AWS_SECRET_ACCESS_KEY": "wrong"}
        with server.verifying(after=0):
            run = pipe.run(identity=wrong, **variables)
        assert run.exit_code == 3
        assert "SignatureDoesNotMatch" in run.stderr
        assert bucket.files() == {}

        with server.verifying(after=0):
            pipe.deploy(identity=keys, **variables)
        assert bucket.files("docs/") == tree.odd_site()


def readme_policy(bucket: str, without: str | None = None) -> str:
    """The policy that docs/authentication.md says suffices for the prefix `docs/` of a bucket.

    `without` is an action to leave out of it.
    """
    blocks = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (text,) = (block for block in blocks if "s3:PutObject" in block)
    policy = json.loads(text.replace("my-bucket", bucket))
    for statement in policy["Statement"]:
        # moto does not know the condition key s3:prefix.
        statement.pop("Condition", None)
        actions = statement["Action"]
        actions = [actions] if isinstance(actions, str) else actions
        statement["Action"] = [action for action in actions if action != without]
    if without != "s3:DeleteObject":
        # AWS asks for it on each object of a DeleteObjects, moto on the bucket.
        on_bucket = {
            "Effect": "Allow",
            "Action": ["s3:DeleteObject"],
            "Resource": f"arn:aws:s3:::{bucket}",
        }
        policy["Statement"].append(on_bucket)
    return json.dumps(policy)


@contextmanager
def user(iam, policy_document: str):
    """The static keys of a user with this policy."""
    iam.create_user(UserName="deploy")
    iam.put_user_policy(
        UserName="deploy", PolicyName="deploy", PolicyDocument=policy_document
    )
    key = iam.create_access_key(UserName="deploy")["AccessKey"]
    yield {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    iam.delete_access_key(UserName="deploy", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="deploy", PolicyName="deploy")
    iam.delete_user(UserName="deploy")
