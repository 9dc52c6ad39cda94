"""COMPARE_HEADERS: a change of headers alone reaches objects whose bytes are as they were."""

import tree


def test_changed_headers_are_applied_once(pipe, bucket, folder):
    tree.write(folder, tree.small_site())
    variables = {
        "S3_BUCKET": bucket.name,
        "LOCAL_PATH": str(folder),
        "COMPARE_HEADERS": "true",
        "METADATA": "commit=c0ffee",
        "EXPIRES": "2030-01-01T00:00:00Z",
        "STORAGE_CLASS": "STANDARD_IA",
    }
    pipe.deploy(**variables)
    assert pipe.deploy(**variables).report["outcome"] == "unchanged"

    variables["CACHE_CONTROL"] = "no-cache"
    run = pipe.deploy(**variables)

    assert set(run.uploaded.values()) == {"headers"}
    # One more for each header that is new to the server: whether it keeps it.
    keys = {request.key for request in run.sent("HEAD")}
    assert keys == run.uploaded.keys() == tree.small_site().keys()
    for key in run.uploaded:
        stored = bucket.get(key)
        assert stored["CacheControl"] == "no-cache"
        assert stored["Metadata"] == {"commit": "c0ffee"}
    assert pipe.deploy(**variables).report["outcome"] == "unchanged"
