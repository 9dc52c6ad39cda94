"""What DELETE_FLAG deletes, and what nothing may delete."""

import tree


def test_orphans_go_and_neighbours_of_the_prefix_stay(pipe, bucket, folder):
    neighbours = {
        "foobar/index.html": b"neighbour",
        "foo": b"an object of the prefix's own name",
        "foo-old/a.js": b"neighbour",
        "index.html": b"above",
    }
    bucket.put(neighbours)
    bucket.put(
        {"foo/old.html": b"old", "foo/old.js": b"old", "foo/style.css": b"older"}
    )
    tree.write(folder, tree.small_site())

    run = pipe.deploy(
        S3_BUCKET=f"{bucket.name}/foo", LOCAL_PATH=str(folder), DELETE_FLAG="true"
    )

    site = {f"foo/{name}": content for name, content in tree.small_site().items()}
    assert bucket.files() == neighbours | site
    assert run.report["deleted"] == ["old.html", "old.js"]
    assert "INFO: - old.html" in run.stderr.splitlines()
    # Pages go before the assets they name, and both after every upload.
    phases = [phase["phase"] for phase in run.report["phases"]]
    assert phases[-2:] == ["stale-pages", "stale-assets"]
    writes = [request for request in run.of_s3 if request.method in ("PUT", "POST")]
    assert [request.method for request in writes] == ["PUT"] * 4 + ["POST"] * 2
    assert all("delete" in request.query for request in writes[-2:])


def test_without_the_flag_orphans_stay(pipe, bucket, folder):
    bucket.put({"old.html": b"old"})
    tree.write(folder, tree.small_site())

    run = pipe.deploy(S3_BUCKET=bucket.name, LOCAL_PATH=str(folder))

    assert bucket.files() == {"old.html": b"old"} | tree.small_site()
    assert run.report["planned"]["kept_orphans"] == 1


def test_an_empty_folder_deletes_nothing(pipe, bucket, folder):
    bucket.put(tree.small_site())

    run = pipe.run(S3_BUCKET=bucket.name, LOCAL_PATH=str(folder), DELETE_FLAG="true")

    assert run.exit_code == 2
    assert "ERROR: refused: LOCAL_PATH holds no files" in run.stderr
    assert run.stdout.startswith("✖ Deployment refused. Nothing was written. ")
    assert run.report["outcome"] == "refused"
    assert bucket.files() == tree.small_site()


def test_more_than_max_delete_is_refused_before_any_upload(pipe, bucket, folder):
    bucket.put({f"old/{number}.html": b"old" for number in range(5)})
    tree.write(folder, tree.small_site())
    variables = {
        "S3_BUCKET": bucket.name,
        "LOCAL_PATH": str(folder),
        "DELETE_FLAG": "true",
    }

    run = pipe.run(**variables, MAX_DELETE="4")
    assert run.exit_code == 2
    assert run.sent("PUT") == []
    assert len(bucket.objects()) == 5

    pipe.deploy(**variables, MAX_DELETE="5")
    assert bucket.files() == tree.small_site()


def test_more_objects_than_a_page_or_a_batch_holds(pipe, bucket, folder):
    count = 1_050
    site = {f"{number:04}.txt": f"{number}\n".encode() for number in range(count)}
    tree.write(folder, site)
    variables = {"S3_BUCKET": f"{bucket.name}/many", "LOCAL_PATH": str(folder)}

    run = pipe.deploy(**variables)
    assert run.report["done"]["uploads"] == count
    assert set(bucket.objects()) == {f"many/{name}" for name in site}

    tree.touch(folder)
    run = pipe.deploy(**variables)
    assert run.report["planned"]["unchanged"] == count
    assert run.report["requests"] == pipe.signed_in({"ListObjectsV2": 2})

    one = tree.write(folder.parent / "one", {"0000.txt": b"0\n"})
    variables["LOCAL_PATH"] = str(one)
    run = pipe.deploy(**variables, DELETE_FLAG="true", MAX_DELETE="100%")
    assert run.report["done"]["deletions"] == count - 1
    assert run.report["requests"]["DeleteObjects"] == 2
    assert bucket.files() == {"many/0000.txt": b"0\n"}


def test_a_file_becomes_a_folder_or_is_named(pipe, bucket, folder):
    bucket.put({"x": b"a file"})
    tree.write(folder, {"index.html": b"page", "x/y": b"in a folder"})

    run = pipe.run(
        S3_BUCKET=bucket.name,
        LOCAL_PATH=str(folder),
        DELETE_FLAG="true",
        AWS_MAX_ATTEMPTS="1",
    )

    if run.exit_code == 0:
        assert bucket.files() == {"index.html": b"page", "x/y": b"in a folder"}
    else:
        assert "Then `x`, which this deploy deletes only at its end" in run.stderr
        assert "Delete `x` from the bucket, then run it again." in run.stdout
