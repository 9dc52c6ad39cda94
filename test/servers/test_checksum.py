"""What proves an upload to the server, for each value of CHECKSUM."""

import base64
import hashlib

import pytest
from awscrt.checksums import crc64nvme

import tree

FILES = {"small.txt": b"small", "large.bin": tree.noise(17 * tree.MIB)}


@pytest.fixture
def variables(bucket, folder) -> dict[str, str]:
    tree.write(folder, FILES)
    return {"S3_BUCKET": bucket.name, "LOCAL_PATH": str(folder)}


def test_auto_sends_content_md5_to_a_server_that_is_not_aws(pipe, bucket, variables):
    run = pipe.deploy(**variables)

    assert bucket.files() == FILES
    sums = {encoded(hashlib.md5(body).digest()) for body in bodies()}
    assert {put.headers["content-md5"] for put in run.sent("PUT")} == sums
    for request in run.requests:
        assert_sent_whole(request)


def test_off_sends_none(pipe, bucket, variables):
    bucket.put({"old.txt": b"old"})
    run = pipe.deploy(**variables, CHECKSUM="off", DELETE_FLAG="true")

    assert bucket.files() == FILES
    for request in run.sent("PUT"):
        assert_sent_whole(request)
        names = set(request.headers)
        assert not any(name.startswith("x-amz-checksum-") for name in names)
        assert not names & {"content-md5", "x-amz-sdk-checksum-algorithm"}


@pytest.mark.of_moto
def test_required_fails_on_a_server_that_does_not_confirm(pipe, bucket, variables):
    """moto repeats a checksum only if `x-amz-sdk-checksum-algorithm` names it.

    S3 does not ask for that header, and the SDK does not send it with a checksum that
    its caller computed. So moto confirms nothing, and the deploy must say so.
    """
    bucket.put({"old.txt": b"stays"})
    run = pipe.run(**variables, CHECKSUM="required", DELETE_FLAG="true")

    assert run.exit_code == 1
    assert run.report["done"] == {
        "uploads": 0,
        "uploaded_bytes": 0,
        "deletions": 0,
        "invalidations": 0,
    }
    failed = {item["key"]: item["error"] for item in run.report["failed"]}
    assert failed.keys() == FILES.keys()
    for error in failed.values():
        assert "the server does not confirm the checksum" in error
        assert "use CHECKSUM=auto" in error
    assert bucket.open_uploads() == []
    assert "old.txt" in bucket.objects()
    # The values are right all the same, by AWS's own implementation.
    sums = {encoded(crc64nvme(body).to_bytes(8, "big")) for body in bodies()}
    assert {put.headers["x-amz-checksum-crc64nvme"] for put in run.sent("PUT")} <= sums
    assert run.sent("PUT")


def bodies() -> list[bytes]:
    """The bodies of all PUTs."""
    return [FILES["small.txt"], *parts_of(FILES["large.bin"])]


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def parts_of(content: bytes) -> list[bytes]:
    size = 8 * tree.MIB
    return [content[at : at + size] for at in range(0, len(content), size)]


def assert_sent_whole(request):
    """No aws-chunked body, which some S3-compatible servers refuse."""
    assert "aws-chunked" not in request.headers.get("content-encoding", "")
    assert "x-amz-trailer" not in request.headers
    assert "transfer-encoding" not in request.headers
