"""What a server takes and drops is told, and nothing else."""

import tree

# More than goes in one PUT.
LARGE = 17 * tree.MIB

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


def test_tags_that_are_dropped_are_told(pipe, bucket, folder):
    tree.write(folder, {"a.js": b"a", "big.bin": tree.noise(LARGE)})
    run = pipe.deploy(S3_BUCKET=bucket.name, LOCAL_PATH=str(folder), TAGGING="team=web")

    told = lost(run, "the tags")
    dropped = [key for key in ("a.js", "big.bin") if not keeps_tags(bucket, key)]
    assert len(told) == bool(dropped), run.stderr


def test_an_acl_that_is_dropped_is_told(pipe, bucket, folder):
    tree.write(folder, {"a.js": b"a", "b.js": b"b"})
    run = pipe.deploy(S3_BUCKET=bucket.name, LOCAL_PATH=str(folder), ACL="public-read")

    assert len(lost(run, "the ACL")) == (not is_public(bucket, "a.js")), run.stderr


def test_a_condition_of_uploads_in_parts_that_is_ignored_is_told(pipe, bucket, folder):
    tree.write(folder, {"big.bin": tree.noise(LARGE)})
    run = pipe.deploy(
        S3_BUCKET=bucket.name,
        LOCAL_PATH=str(folder),
        NO_OVERWRITE="true",
        DEPLOY_RECORD="auto",
    )

    of_parts = "WARNING: the server ignores If-None-Match of files of more than 16 MiB"
    told = of_parts in run.stderr
    own = ".aws-oidc-s3-deploy/condition"
    assert bucket.get(own)["Body"] == b"If-None-Match\n"
    upload = {"Bucket": bucket.name, "Key": own}
    upload["UploadId"] = bucket.s3.create_multipart_upload(**upload)["UploadId"]
    part = bucket.s3.upload_part(**upload, PartNumber=1, Body=b"If-None-Match\n")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    try:
        bucket.s3.complete_multipart_upload(
            **upload, MultipartUpload=parts, IfNoneMatch="*"
        )
        ignored = True
    except bucket.s3.exceptions.ClientError:
        ignored = False
    assert told == ignored, run.stderr


def lost(run, what):
    """The lines that say so."""
    return [line for line in run.stderr.splitlines() if f"does not keep {what} of" in line]


def keeps_tags(bucket, key):
    """Whether the object has the tag: boto3 makes an error of a server that answers with the object."""
    try:
        tags = bucket.s3.get_object_tagging(Bucket=bucket.name, Key=key)["TagSet"]
    except bucket.s3.exceptions.ClientError:
        return False
    return tags == [{"Key": "team", "Value": "web"}]


def is_public(bucket, key):
    """Whether everybody may read the object."""
    try:
        grants = bucket.s3.get_object_acl(Bucket=bucket.name, Key=key)["Grants"]
    except bucket.s3.exceptions.ClientError:
        return False
    return any("AllUsers" in grant["Grantee"].get("URI", "") for grant in grants)
