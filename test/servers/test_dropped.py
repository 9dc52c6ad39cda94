"""What a server takes and drops is told, and nothing else."""

import tree

# The variable, its value, the header and what boto3 calls it.
HEADERS = [
    ("CACHE_CONTROL", "max-age=60", "Cache-Control", "CacheControl"),
    ("EXPIRES", "2030-01-01T00:00:00Z", "Expires", "ExpiresString"),
    ("CONTENT_ENCODING", "br", "Content-Encoding", "ContentEncoding"),
    ("METADATA", "commit=c0ffee", "x-amz-meta-*", "Metadata"),
]


def test_headers_that_are_dropped_are_told(pipe, bucket, folder):
    tree.write(folder, {"a.js": b"a", "b.js": b"b"})
    variables = {name: value for name, value, *_ in HEADERS}

    run = pipe.deploy(S3_BUCKET=bucket.name, LOCAL_PATH=str(folder), **variables)

    stored = bucket.get("a.js")
    dropped = [header for *_, header, name in HEADERS if not stored.get(name)]
    told = [line for line in run.stderr.splitlines() if "does not keep" in line]
    assert len(told) == bool(dropped), run.stderr
    for line in told:
        names = line.split("does not keep ")[1].split(" of s3://")[0]
        assert sorted(names.split(", ")) == sorted(dropped)


def test_a_redirect_that_is_dropped_is_told(pipe, bucket, folder):
    tree.write(folder, {"a.html": b"a", "_redirects": b"/old /a.html\n"})
    run = pipe.deploy(S3_BUCKET=bucket.name, LOCAL_PATH=str(folder))

    is_kept = "WebsiteRedirectLocation" in bucket.get("old")
    told = "the server does not keep x-amz-website-redirect-location" in run.stderr
    assert told != is_kept, run.stderr


def test_a_condition_that_is_ignored_is_told(pipe, bucket, folder):
    tree.write(folder, {"a.js": b"a"})
    run = pipe.deploy(
        S3_BUCKET=bucket.name, LOCAL_PATH=str(folder), NO_OVERWRITE="true"
    )

    told = "WARNING: the server ignores If-None-Match" in run.stderr
    try:
        bucket.s3.put_object(
            Bucket=bucket.name, Key="a.js", Body=b"b", IfNoneMatch="*"
        )
        ignored = True
    except bucket.s3.exceptions.ClientError:
        ignored = False
    assert told == ignored
