"""A folder becomes a bucket: bytes, names, types and headers."""

from datetime import datetime, timezone

import tree


def test_a_first_deploy_of_odd_names(pipe, bucket, folder):
    site = tree.odd_site(pipe.server.mangles)
    tree.write(folder, site)

    run = pipe.deploy(S3_BUCKET=f"{bucket.name}/docs", LOCAL_PATH=str(folder))

    assert bucket.files("docs/") == site
    types = {name: bucket.get(f"docs/{name}")["ContentType"] for name in site}
    assert types == {name: tree.ODD_NAMES[name] for name in site}
    assert run.uploaded == dict.fromkeys(site, "new")
    assert run.report["outcome"] == "deployed"
    assert run.stdout.startswith(f"✔ Deployment successful: {len(site)} new in ")
    lines = run.stderr.splitlines()
    assert "INFO: + a+b c.css  23 B" in lines
    assert all(line.startswith(("INFO: ", "WARNING: ")) for line in lines), run.stderr


def test_odd_names_are_known_again_and_deleted(pipe, bucket, folder):
    site = tree.odd_site(pipe.server.mangles)
    bucket.put(site)
    tree.write(folder, site)
    run = pipe.deploy(S3_BUCKET=bucket.name, LOCAL_PATH=str(folder))
    assert run.report["planned"]["unchanged"] == len(site)
    assert run.sent("PUT") == []

    only = tree.write(folder.parent / "only", tree.small_site())
    run = pipe.deploy(S3_BUCKET=bucket.name, LOCAL_PATH=str(only), DELETE_FLAG="true")
    assert sorted(run.report["deleted"]) == sorted(site)
    assert bucket.files() == tree.small_site()


def test_headers_of_all_objects(pipe, bucket, folder):
    tree.write(folder, {"page.html": b"x", "large.bin": tree.noise(17 * tree.MIB)})

    pipe.deploy(
        S3_BUCKET=bucket.name,
        LOCAL_PATH=str(folder),
        CACHE_CONTROL="public, max-age=3600",
        CONTENT_ENCODING="br",
        EXPIRES="2031-02-03T05:06:07+01:00",
        STORAGE_CLASS="STANDARD_IA",
        ACL="public-read",
    )

    for key, content_type in [
        ("page.html", "text/html; charset=utf-8"),
        ("large.bin", "application/octet-stream"),
    ]:
        stored = bucket.get(key)
        assert stored["ContentType"] == content_type
        assert stored["CacheControl"] == "public, max-age=3600"
        assert stored["ContentEncoding"] == "br"
        assert stored["Expires"] == datetime(2031, 2, 3, 4, 6, 7, tzinfo=timezone.utc)
        assert stored["StorageClass"] == "STANDARD_IA"
        assert "READ" in public_permissions(bucket, key)


def test_no_header_that_was_not_asked_for(pipe, bucket, folder):
    tree.write(folder, {"page.html": b"x"})
    run = pipe.deploy(S3_BUCKET=bucket.name, LOCAL_PATH=str(folder))

    stored = bucket.get("page.html")
    for name in ["CacheControl", "ContentEncoding", "Expires", "StorageClass"]:
        assert name not in stored
    assert stored["Metadata"] == {}
    assert public_permissions(bucket, "page.html") == []
    (put,) = run.sent("PUT")
    for name in ["x-amz-acl", "x-amz-storage-class", "x-amz-tagging"]:
        assert name not in put.headers


def test_a_single_file(pipe, bucket, tmp_path):
    content = b"PK archive"
    tree.write(tmp_path, {"app.zip": content})
    bucket.put({"releases/1.0.zip.sig": b"stays", "releases/1.0.zi": b"stays"})

    for destination, key in [
        ("releases/1.0.zip", "releases/1.0.zip"),
        ("releases/", "releases/app.zip"),
        ("", "app.zip"),
    ]:
        variables = {
            "S3_BUCKET": f"{bucket.name}/{destination}",
            "LOCAL_PATH": "app.zip",
        }
        run = pipe.deploy(**variables)
        assert len(run.uploaded) == 1
        stored = bucket.get(key)
        assert (stored["Body"], stored["ContentType"]) == (content, "application/zip")
        assert pipe.deploy(**variables).report["outcome"] == "unchanged"

    assert len(bucket.objects()) == 5


def test_excluded_names_are_neither_uploaded_nor_deleted(pipe, bucket, folder):
    tree.write(folder, {"a.js": b"a", "a.js.map": b"{}", "drafts/b.html": b"b"})
    bucket.put({"old.js.map": b"kept", "drafts/old.html": b"kept", "old.js": b"goes"})

    pipe.deploy(
        S3_BUCKET=bucket.name,
        LOCAL_PATH=str(folder),
        DELETE_FLAG="true",
        EXCLUDE_COUNT="2",
        EXCLUDE_0="*.map",
        EXCLUDE_1="/drafts/",
    )

    assert set(bucket.objects()) == {"a.js", "old.js.map", "drafts/old.html"}


def public_permissions(bucket, key: str) -> list[str]:
    grants = bucket.s3.get_object_acl(Bucket=bucket.name, Key=key)["Grants"]
    return [
        grant["Permission"]
        for grant in grants
        if grant["Grantee"].get("URI", "").endswith("/global/AllUsers")
    ]
