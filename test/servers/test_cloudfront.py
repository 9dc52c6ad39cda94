"""Invalidations, made with the real protocol and read back with boto3."""

import pytest

import tree

pytestmark = pytest.mark.of_moto


@pytest.fixture
def cloudfront(server):
    return server.client("cloudfront")


@pytest.fixture
def distribution(cloudfront) -> str:
    origin = {
        "Id": "bucket",
        "DomainName": "bucket.s3.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    behaviour = {
        "TargetOriginId": "bucket",
        "ViewerProtocolPolicy": "allow-all",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    }
    created = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": "test",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behaviour,
        }
    )
    return created["Distribution"]["Id"]


def test_what_changed_is_invalidated(
    cloudfront, distribution, pipe, bucket, folder
):
    variables = {
        "S3_BUCKET": f"{bucket.name}/docs",
        "LOCAL_PATH": str(folder),
        "DELETE_FLAG": "true",
        "CLOUDFRONT_DISTRIBUTION_ID": distribution,
    }
    tree.write(folder, {"index.html": b"1", "a b.txt": b"1", "old.js": b"1"})
    run = pipe.deploy(**variables)
    assert run.report["invalidated"] == []

    tree.write(folder, {"index.html": b"2", "a b.txt": b"2", "new.js": b"2"})
    (folder / "old.js").unlink()
    run = pipe.deploy(**variables)

    paths = [
        "/docs",
        "/docs/",
        "/docs/a%20b.txt",
        "/docs/index.html",
        "/docs/old.js",
    ]
    (invalidated,) = run.report["invalidated"]
    assert invalidated["paths"] == paths
    made = cloudfront.get_invalidation(
        DistributionId=distribution, Id=invalidated["id"]
    )["Invalidation"]
    assert sorted(made["InvalidationBatch"]["Paths"]["Items"]) == paths
    (request,) = [
        request
        for request in run.requests
        if request.method == "POST" and "/distribution/" in request.path
    ]
    assert "/us-east-1/cloudfront/aws4_request" in request.headers["authorization"]
    assert bucket.files() == {
        # Empty: no invalidation is owed any more.
        "docs/.aws-oidc-s3-deploy/invalidation-pending": b"",
        "docs/index.html": b"2",
        "docs/a b.txt": b"2",
        "docs/new.js": b"2",
    }

    run = pipe.deploy(**variables)
    assert run.report["outcome"] == "unchanged"
    invalidations = cloudfront.list_invalidations(DistributionId=distribution)
    assert invalidations["InvalidationList"]["Quantity"] == 1


def test_a_distribution_that_is_not_there_is_a_failure(pipe, bucket, folder):
    bucket.put({"index.html": b"1", "old.js": b"1"})
    tree.write(folder, {"index.html": b"2"})

    run = pipe.run(
        S3_BUCKET=bucket.name,
        LOCAL_PATH=str(folder),
        DELETE_FLAG="true",
        CLOUDFRONT_DISTRIBUTION_ID="ENOSUCHDISTRIBUTION",
    )

    assert run.exit_code == 1, run.text
    assert "old.js" in bucket.files()
    assert run.report["failed"][0]["action"] == "invalidate"
