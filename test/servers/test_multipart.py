"""Large files: their parts and ETags, and those that another client uploaded."""

import os

import pytest
from boto3.s3.transfer import TransferConfig

import tree

LARGE = 40 * tree.MIB
OTHERS = 20 * tree.MIB + 5


def test_a_large_file_goes_in_parts_and_is_known_again(pipe, bucket, folder):
    content = tree.noise(LARGE)
    tree.write(folder, {"video.mp4": content})
    variables = {"S3_BUCKET": bucket.name, "LOCAL_PATH": str(folder)}

    run = pipe.deploy(**variables)

    stored = bucket.get("video.mp4")
    assert stored["Body"] == content
    if pipe.server.tells_parts:
        assert stored["ETag"].endswith('-5"')
    assert stored["ContentType"] == "video/mp4"
    assert bucket.open_uploads() == []
    assert run.report["requests"] == pipe.signed_in(
        {
            "ListObjectsV2": 1,
            "CreateMultipartUpload": 1,
            "UploadPart": 5,
            "CompleteMultipartUpload": 1,
        }
    )
    assert run.report["done"] == {
        "uploads": 1,
        "uploaded_bytes": LARGE,
        "deletions": 0,
        "invalidations": 0,
    }

    tree.touch(folder)
    run = pipe.deploy(**variables)
    assert run.report["outcome"] == "unchanged"
    assert run.sent("PUT") == []

    change_one_byte(folder / "video.mp4", at=LARGE - 1)
    assert pipe.deploy(**variables).uploaded == {"video.mp4": "content"}
    assert bucket.get("video.mp4")["Body"] == (folder / "video.mp4").read_bytes()


@pytest.mark.parametrize("part_size", [8 * tree.MIB, 5 * tree.MIB])
def test_parts_of_another_client_are_known(pipe, bucket, folder, part_size):
    tree.write(folder, {"data.bin": tree.noise(OTHERS)})
    path = folder / "data.bin"
    transfer = TransferConfig(
        multipart_threshold=part_size, multipart_chunksize=part_size
    )
    bucket.s3.upload_file(str(path), bucket.name, "data.bin", Config=transfer)
    parts = -(-OTHERS // part_size)
    if pipe.server.tells_parts:
        assert bucket.get("data.bin")["ETag"].endswith(f'-{parts}"')
    variables = {"S3_BUCKET": bucket.name, "LOCAL_PATH": str(folder)}

    run = pipe.deploy(**variables)
    assert run.report["outcome"] == "unchanged"
    assert run.report["requests"] == pipe.signed_in({"ListObjectsV2": 1})

    change_one_byte(path, at=part_size)
    assert pipe.deploy(**variables).uploaded == {"data.bin": "content"}
    assert bucket.get("data.bin")["Body"] == path.read_bytes()


def test_parts_of_an_unusual_size_are_uploaded_again(pipe, bucket, folder):
    tree.write(folder, {"data.bin": tree.noise(OTHERS)})
    unusual = 5 * tree.MIB + 1
    transfer = TransferConfig(multipart_threshold=unusual, multipart_chunksize=unusual)
    bucket.s3.upload_file(
        str(folder / "data.bin"), bucket.name, "data.bin", Config=transfer
    )
    variables = {"S3_BUCKET": bucket.name, "LOCAL_PATH": str(folder)}

    (reason,) = pipe.deploy(**variables).uploaded.values()
    assert reason in ("content", "unverifiable")
    assert pipe.deploy(**variables).report["outcome"] == "unchanged"


def change_one_byte(path, at: int):
    with open(path, "r+b") as file:
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
