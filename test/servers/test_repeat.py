"""What a repeated deploy sends: only what differs, whatever the file times are."""

import os

import pytest

import tree


def test_nothing_changed_but_the_times(pipe, bucket, folder):
    tree.write(folder, tree.odd_site(pipe.server.mangles))
    variables = {"S3_BUCKET": f"{bucket.name}/docs", "LOCAL_PATH": str(folder)}
    pipe.deploy(**variables)
    before = bucket.objects()

    tree.touch(folder)
    run = pipe.deploy(**variables)

    assert run.report["outcome"] == "unchanged"
    assert run.report["planned"]["uploads"] == 0
    assert run.report["planned"]["unchanged"] == len(before)
    assert run.report["requests"] == pipe.signed_in({"ListObjectsV2": 1})
    (listing,) = run.of_s3
    assert (listing.method, listing.path) == ("GET", f"/{bucket.name}/")
    assert listing.query["list-type"] == ["2"]
    assert listing.query["prefix"] == ["docs/"]
    assert bucket.objects() == before


def test_one_byte_changed_at_equal_size_and_time(pipe, bucket, folder):
    tree.write(folder, tree.small_site())
    variables = {"S3_BUCKET": bucket.name, "LOCAL_PATH": str(folder)}
    pipe.deploy(**variables)

    changed = folder / "style.css"
    times = changed.stat()
    changed.write_bytes(b"p { color: rad }\n")
    os.utime(changed, ns=(times.st_atime_ns, times.st_mtime_ns))
    run = pipe.deploy(**variables)

    assert run.uploaded == {"style.css": "content"}
    assert [request.key for request in run.sent("PUT")] == ["style.css"]
    assert bucket.get("style.css")["Body"] == b"p { color: rad }\n"


def test_every_reason_at_once(pipe, bucket, folder):
    bucket.put(
        {
            "same.txt": b"same",
            "size.txt": b"short",
            "content.txt": b"abc",
            "old.txt": b"",
        }
    )
    tree.write(
        folder,
        {
            "same.txt": b"same",
            "size.txt": b"longer",
            "content.txt": b"abd",
            "new.txt": b"new",
        },
    )

    run = pipe.deploy(S3_BUCKET=bucket.name, LOCAL_PATH=str(folder))

    assert run.uploaded == {
        "size.txt": "size",
        "content.txt": "content",
        "new.txt": "new",
    }
    planned = run.report["planned"]
    assert planned["uploads_by_reason"] == {"size": 1, "content": 1, "new": 1}
    assert (planned["unchanged"], planned["kept_orphans"]) == (1, 1)
    assert bucket.get("old.txt")["Body"] == b""


def test_a_dry_run_writes_nothing(pipe, bucket, folder):
    tree.write(folder, tree.small_site())
    bucket.put({"old.html": b"old"})
    before = bucket.objects()

    run = pipe.deploy(
        S3_BUCKET=bucket.name,
        LOCAL_PATH=str(folder),
        DELETE_FLAG="true",
        DRY_RUN="true",
    )

    assert bucket.objects() == before
    sent = {(request.method, request.path) for request in run.of_s3}
    assert sent == {("GET", f"/{bucket.name}/")}
    assert run.report["outcome"] == "planned"
    assert (run.report["planned"]["uploads"], run.report["planned"]["deletions"]) == (
        4,
        1,
    )
    assert run.report["done"] == {
        "uploads": 0,
        "uploaded_bytes": 0,
        "deletions": 0,
        "invalidations": 0,
    }
    planned = [line for line in run.stderr.splitlines() if "(dryrun)" in line]
    marks = [line.split(" ")[2] for line in planned]
    assert (len(marks), set(marks[:4]), marks[4]) == (5, {"+", "~"} & set(marks[:4]), "-")
    assert planned[-1] == "INFO: (dryrun) - old.html"
    assert run.stdout.startswith("✔ Dry run: ")
    assert run.stdout.endswith(" Nothing was written.\n")


@pytest.mark.parametrize("known", [{}, {"index.html": b"older"}])
def test_pages_come_after_what_they_name(pipe, bucket, folder, known):
    tree.write(folder, {**tree.small_site(), "sw.js": b"// worker\n"})
    bucket.put(known)

    run = pipe.deploy(S3_BUCKET=bucket.name, LOCAL_PATH=str(folder))

    keys = [request.key for request in run.sent("PUT")]
    assert set(keys[:2]) == {"app.3f2a.js", "style.css"}
    assert keys[2:] == ["blog/post.html", "index.html", "sw.js"]
