"""The deploy record, and what follows from it, on servers that others wrote.

moto stores no other ETag for an object under a KMS key than for any, so that what is asked about those is
tested on the embedded server; that its objects are found unchanged is seen here too.
"""

import gzip
import json

import tree

RECORD = ".aws-oidc-s3-deploy/record"
CHUNK = "assets/app.3f2a9c1b.js"
SITE = {"index.html": CHUNK.encode(), CHUNK: b"chunk", "style.css": b"p { }"}


def variables(bucket, folder, **more):
    """Those of a deploy that keeps its record."""
    return {
        "S3_BUCKET": bucket.name,
        "LOCAL_PATH": str(folder),
        "DEPLOY_RECORD": "auto",
        "DELETE_GRACE": "7d",
        **more,
    }


def record(bucket):
    lines = gzip.decompress(bucket.files()[RECORD]).splitlines()
    return [json.loads(line) for line in lines]


def site(bucket):
    own = RECORD.split("/")[0]
    files = bucket.files()
    return {name: files[name] for name in files if not name.startswith(own)}


def test_headers_alone_are_deployed_and_a_repeat_writes_the_record_only(
    pipe, bucket, folder
):
    tree.write(folder, SITE)
    asked = variables(bucket, folder)
    pipe.deploy(**asked)
    assert record(bucket)[0]["state"] == "done"

    asked["CACHE_CONTROL"] = "max-age=60"
    assert pipe.deploy(**asked).uploaded == dict.fromkeys(SITE, "headers")

    run = pipe.deploy(**asked)
    assert run.report["outcome"] == "unchanged"
    puts = [request.key for request in run.sent("PUT")]
    assert set(puts) == {RECORD}
    assert site(bucket) == SITE


def test_objects_under_a_key_are_unchanged(pipe, bucket, folder):
    tree.write(folder, SITE)
    asked = variables(bucket, folder, SSE="aws:kms")
    pipe.deploy(**asked)
    assert pipe.deploy(**asked).report["outcome"] == "unchanged"


def test_an_older_build_is_refused(pipe, bucket, folder):
    tree.write(folder, SITE)
    asked = variables(bucket, folder)
    pipe.deploy(**asked)
    run = pipe.run(**asked | {"BITBUCKET_BUILD_NUMBER": "41"})
    assert run.exit_code == 2, run.text
    assert "build 42 is deployed since" in run.stderr
    assert not run.sent("PUT")
    pipe.deploy(**asked | {"BITBUCKET_BUILD_NUMBER": "41", "OLDER_BUILD": "allow"})


def test_chunks_wait_and_what_others_put_stays(pipe, bucket, folder):
    tree.write(folder, SITE)
    asked = variables(bucket, folder, DELETE_FLAG="owned")
    pipe.deploy(**asked)
    bucket.put({"theirs.css": b"theirs"})
    for name in (CHUNK, "style.css"):
        (folder / name).unlink()
    run = pipe.deploy(**asked)
    assert run.report["deleted"] == ["style.css"]
    assert set(site(bucket)) == {"index.html", CHUNK, "theirs.css"}
    pipe.deploy(**asked | {"DELETE_GRACE": "0"})
    assert set(site(bucket)) == {"index.html", "theirs.css"}


def test_a_release_is_put_back(pipe, bucket, folder):
    bucket.keep_versions()
    first = SITE | {"large.bin": b"x" * (17 * tree.MIB)}
    tree.write(folder, first)
    asked = variables(bucket, folder, DELETE_FLAG="true", CACHE_CONTROL="max-age=60")
    pipe.deploy(**asked | {"BITBUCKET_BUILD_NUMBER": "1"})
    tree.write(folder, {"index.html": b"two", "new.css": b"new", "large.bin": b"y"})
    (folder / "style.css").unlink()
    pipe.deploy(**asked | {"BITBUCKET_BUILD_NUMBER": "2"})

    run = pipe.deploy(**asked | {"COMMAND": "releases", "FORMAT": "json"})
    releases = json.loads(run.stdout)["releases"]
    assert [(it["build"], it["live"]) for it in releases] == [(2, True), (1, False)]

    back = {"COMMAND": "rollback", "RELEASE": "1", "BITBUCKET_BUILD_NUMBER": "3"}
    run = pipe.deploy(**asked | back)
    assert site(bucket) == first
    assert run.report["deleted"] == ["new.css"]
    for name in first:
        assert bucket.head(name)["CacheControl"] == "max-age=60"
