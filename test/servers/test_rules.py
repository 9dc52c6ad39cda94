"""Headers per pattern, redirects and compression, read back by boto3."""

import gzip

import pytest
import tree
from embedded import EmbeddedServer


EMBEDDED = pytest.param("embedded", marks=pytest.mark.of_moto)


@pytest.fixture(scope="module", params=["chosen", EMBEDDED])
def server(request, server):
    """Two servers that know nothing of each other."""
    if request.param == "chosen":
        yield server
        return
    embedded = EmbeddedServer()
    yield embedded
    embedded.stop()


TEXT = b"".join(b"<p>line %d of a page</p>\n" % line for line in range(500))

SITE = {
    "index.html": TEXT,
    "assets/index-DiwrgTda.js": b"console.log(1);\n" * 50,
    "assets/plain.css": b"p { color: red }\n" * 50,
    "report.pdf": b"%PDF",
    "_headers": b"/*\n  X-Frame-Options: DENY\n/assets/plain.css\n  Cache-Control: max-age=3\n",
    "_redirects": b"/old /new 301\n/api/* /x/:splat 200\n",
}

RULES = """
rules:
  - patterns: ['*.pdf']
    headers:
      content_disposition: attachment; filename="report.pdf"
      content_language: de
      expires: 2030-01-01T00:00:00Z
      storage_class: STANDARD_IA
      sse: AES256
      metadata: {author: me}
      tags: {team: web + more}
"""


def deploy(pipe, bucket, folder, **variables):
    (folder.parent / "rules.yml").write_text(RULES)
    return pipe.deploy(
        S3_BUCKET=bucket.name,
        LOCAL_PATH=str(folder),
        RULES_FILE="rules.yml",
        PRESET="static-site",
        CACHE_CONTROL="max-age=60",
        DELETE_FLAG="true",
        **variables,
    )


def test_a_site_with_rules_redirects_and_brotli_has_its_headers(pipe, bucket, folder):
    tree.write(folder, SITE)
    run = deploy(pipe, bucket, folder, COMPRESS="brotli")

    assert set(bucket.objects()) == set(SITE) - {"_headers", "_redirects"} | {"old"}
    assert "`x-frame-options`" in run.stderr
    assert "line 2 (has a splat)" in run.stderr

    page = bucket.get("index.html")
    assert page["CacheControl"] == "no-cache"
    assert page["ContentType"] == "text/html; charset=utf-8"
    assert page["ContentEncoding"] == "br"
    assert len(page["Body"]) < len(TEXT) / 2

    script = bucket.get("assets/index-DiwrgTda.js")
    assert script["CacheControl"] == "public, max-age=31536000, immutable"
    assert script["ContentEncoding"] == "br"
    assert bucket.get("assets/plain.css")["CacheControl"] == "max-age=3"

    report = bucket.get("report.pdf")
    assert report["CacheControl"] == "max-age=60"
    assert report["ContentDisposition"] == 'attachment; filename="report.pdf"'
    assert report["ContentLanguage"] == "de"
    assert report["ExpiresString"] == "Tue, 01 Jan 2030 00:00:00 GMT"
    assert report["StorageClass"] == "STANDARD_IA"
    assert report["ServerSideEncryption"] == "AES256"
    assert report["Metadata"] == {"author": "me"}
    assert "ContentEncoding" not in report
    tags = bucket.s3.get_object_tagging(Bucket=bucket.name, Key="report.pdf")
    assert tags["TagSet"] == [{"Key": "team", "Value": "web + more"}]

    old = bucket.get("old")
    assert old["WebsiteRedirectLocation"] == "/new"
    assert old["ContentType"] == "text/html; charset=utf-8"


def test_a_repeat_uploads_nothing(pipe, bucket, folder):
    tree.write(folder, SITE)
    for compress in ["none", "gzip", "brotli"]:
        assert deploy(pipe, bucket, folder, COMPRESS=compress).uploaded
        tree.touch(folder)
        run = deploy(pipe, bucket, folder, COMPRESS=compress)
        assert run.report["outcome"] == "unchanged"
        assert not run.sent("PUT")


def test_gzip_is_what_gzip_reads(pipe, bucket, folder):
    tree.write(folder, SITE)
    deploy(pipe, bucket, folder, COMPRESS="gzip")
    page = bucket.get("index.html")
    assert page["ContentEncoding"] == "gzip"
    assert gzip.decompress(page["Body"]) == TEXT


def test_a_changed_redirect_is_noticed(pipe, bucket, folder):
    tree.write(folder, SITE)
    deploy(pipe, bucket, folder)
    tree.write(folder, {"_redirects": b"/old /nee\n"})
    assert deploy(pipe, bucket, folder).uploaded == {"old": "content"}
    assert bucket.get("old")["WebsiteRedirectLocation"] == "/nee"
