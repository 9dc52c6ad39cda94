"""The same folder, bucket and flags through `aws s3 sync` and through the pipe."""

import itertools
import os
import re
import time
from pathlib import Path

import pytest

import tree
from cases import DIFFERENT, EQUAL, RECORD, Case
from moto_server import Moto
from sides import run_aws, run_pipe, state

PAGE = Path(__file__).parents[2] / "docs" / "migrating.md"
HOUR = 3600

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server():
    server = Moto()
    yield server
    server.stop()


def both(server, folder: Path, case: Case, aws_exit_code=0, pipe_exit_code=0):
    """What the two buckets hold after `case`: aws-cli's first."""
    s3 = server.client("s3")
    buckets = [f"{side}-{next(numbers)}" for side in ("aws", "pipe")]
    for bucket in buckets:
        s3.create_bucket(Bucket=bucket)
        for name, content in case.before.items():
            key = f"{case.prefix}/{name}" if case.prefix else name
            s3.put_object(Bucket=bucket, Key=key, Body=content)
        # Outside of the prefix, and to stay.
        if case.prefix:
            s3.put_object(Bucket=bucket, Key=f"{case.prefix}bar/x", Body=b"stays")
    write(folder, case)
    targets = [f"{bucket}/{case.prefix}".rstrip("/") for bucket in buckets]
    if case.earlier is not None:
        assert run_aws(server, folder, targets[0], case.earlier).exit_code == 0
        run_pipe(server, folder, targets[1], case.earlier, case.variables)
    aws = run_aws(server, folder, targets[0], [*case.variable_flags, *case.flags])
    assert aws.exit_code == aws_exit_code, aws.text
    pipe = run_pipe(server, folder, targets[1], case.flags, case.variables)
    assert pipe.exit_code == pipe_exit_code, pipe.text
    states = [state(s3, bucket) for bucket in buckets]
    with server.log() as requests:
        run_pipe(server, folder, targets[1], case.flags, case.variables)
    # Files that are newer than the objects are what this flag asks to upload.
    if "--exact-timestamps" not in case.flags:
        of_site = [it for it in requests if not it.path.endswith(RECORD)]
        assert {request.method for request in of_site} <= {"GET"}, "a repeat writes"
    return states


def write(folder: Path, case: Case):
    """Makes the folder of `case`, with the times that it asks for."""
    folder.mkdir()
    tree.write(folder, case.files)
    seconds = time.time() + (-HOUR if case.older else HOUR)
    for name in case.files:
        os.utime(folder / name, (seconds, seconds))
    for name, target in case.links.items():
        (folder / name).symlink_to(target)


def without_charset(objects: dict[str, dict]) -> dict[str, dict]:
    """`objects` with the charset taken from their types: aws-cli guesses none."""
    return {
        key: {
            **found,
            "ContentType": re.sub("; charset=utf-8$", "", found["ContentType"]),
        }
        for key, found in objects.items()
    }


@pytest.mark.parametrize("case", EQUAL, ids=lambda case: case.name)
def test_both_buckets_are_equal(server, tmp_path, case):
    aws, pipe = both(server, tmp_path / "dist", case)
    assert without_charset(pipe) == without_charset(aws)
    if not any("type" in flag for flag in case.flags):
        for found in pipe.values():
            is_text = found["ContentType"].startswith("text/")
            assert is_text == found["ContentType"].endswith("; charset=utf-8")


@pytest.mark.parametrize("difference", DIFFERENT, ids=lambda difference: difference.row)
def test_differences_are_those_of_the_readme(server, tmp_path, difference):
    aws, pipe = both(
        server,
        tmp_path / "dist",
        difference.case,
        difference.aws_exit_code,
        difference.pipe_exit_code,
    )
    assert difference.is_as_told(aws, pipe), (aws, pipe)


def test_the_page_of_moving_tells_every_difference():
    section = PAGE.read_text().split("\n## What comes out differently\n")[1]
    section = section.split("\n## ")[0]
    table = section.split("| Case | ")[1].split("\n\n")[0]
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[2:]]
    assert rows == [difference.row for difference in DIFFERENT]
