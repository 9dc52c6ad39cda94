"""Who deploys: a role by token, static keys, and that secrets go where they belong."""

import pytest

import tree
from pipe import ROLE_ARN, oidc_token

pytestmark = pytest.mark.of_moto

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "canary/secret"}


@pytest.fixture
def variables(bucket, folder) -> dict[str, str]:
    tree.write(folder, tree.small_site())
    return {"S3_BUCKET": bucket.name, "LOCAL_PATH": str(folder)}


def test_the_token_goes_to_sts_and_nowhere_else(pipe, bucket, variables):
    run = pipe.deploy(**variables, DEBUG="true")

    session = "arn:aws:sts::123456789012:assumed-role/deploy/"
    assert run.report["assumed_role"].startswith(session)
    assert run.report["assumed_role"].endswith("42")
    first, *others = run.requests
    assert (first.method, first.path) == ("POST", "/")
    assert "authorization" not in first.headers
    for request in others:
        assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
        assert "x-amz-security-token" in request.headers
        assert pipe.token not in str(request)
    session_token = others[0].headers["x-amz-security-token"]
    for secret in [pipe.token, pipe.token.split(".")[1], session_token]:
        assert secret not in run.text
        assert secret not in str(run.report)
    assert bucket.files() == tree.small_site()


def test_static_keys_without_a_role(pipe, bucket, variables):
    run = pipe.deploy(identity=KEYS, **variables)

    assert run.report["requests"] == {"ListObjectsV2": 1, "PutObject": 4}
    assert run.report["assumed_role"] is None
    for request in run.requests:
        assert "Credential=AKIAEXAMPLE/" in request.headers["authorization"]
        assert "x-amz-security-token" not in request.headers
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in run.text
    assert bucket.files() == tree.small_site()


def test_temporary_static_keys(pipe, bucket, variables):
    run = pipe.deploy(
        identity={**KEYS, "AWS_SESSION_TOKEN": "canary-session"}, **variables
    )

    for request in run.requests:
        assert request.headers["x-amz-security-token"] == "canary-session"
    assert "canary-session" not in run.text
    assert bucket.files() == tree.small_site()


def test_a_role_wins_over_keys(pipe, variables):
    run = pipe.deploy(identity={**pipe.role(), **KEYS}, **variables)

    assert run.report["requests"]["AssumeRoleWithWebIdentity"] == 1
    assert not any("AKIAEXAMPLE" in str(request.headers) for request in run.requests)


def test_a_role_without_a_token_falls_back_to_keys(pipe, bucket, variables):
    run = pipe.deploy(identity={"AWS_OIDC_ROLE_ARN": ROLE_ARN, **KEYS}, **variables)

    assert (
        "WARNING: Parameter `oidc: true` in the step configuration is required"
        in run.stderr
    )
    assert bucket.files() == tree.small_site()


def test_an_expired_token_is_refused_before_it_is_sent(pipe, variables):
    expired = {
        "AWS_OIDC_ROLE_ARN": ROLE_ARN,
        "BITBUCKET_STEP_OIDC_TOKEN": oidc_token(1),
    }
    run = pipe.run(identity=expired, **variables)

    assert run.exit_code == 3
    assert run.requests == []
    assert run.report["outcome"] == "identity-refused"


def test_a_bucket_that_is_not_there(pipe, variables):
    run = pipe.run(**{**variables, "S3_BUCKET": "no-such-bucket"})

    assert run.exit_code == 1
    assert "NoSuchBucket" in run.stderr
    assert run.stdout.startswith("✖ Deployment failed after ")
    assert run.sent("PUT") == []


def test_the_expected_owner_stands_in_every_request(pipe, variables):
    """moto does not look at it."""
    run = pipe.deploy(**variables, EXPECTED_BUCKET_OWNER="123456789012")

    for request in run.requests[1:]:
        assert request.headers["x-amz-expected-bucket-owner"] == "123456789012"
    assert run.sent("PUT")
