"""Every line of LOG_FORMAT=json keeps to the documented schema."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import tree

pytestmark = pytest.mark.of_moto

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "log.schema.json"


def test_every_line_is_valid(pipe, bucket, folder):
    schema = json.loads(SCHEMA_FILE.read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    bucket.put({"docs/old.html": b"old"})
    tree.write(folder, tree.odd_site())
    variables = {
        "S3_BUCKET": f"{bucket.name}/docs",
        "LOCAL_PATH": str(folder),
        "DELETE_FLAG": "true",
        "LOG_FORMAT": "json",
    }

    def events(exit_code: int, **changes) -> set[str]:
        run = pipe.run(**{**variables, **changes})
        assert run.exit_code == exit_code, run.text
        lines = [json.loads(line) for line in run.text.splitlines()]
        for line in lines:
            validator.validate(line)
        return {line["event"] for line in lines}

    assert "dryrun" in events(0, DRY_RUN="true")
    assert "error" in events(2, ACL="wrong")
    assert "error" in events(1, S3_BUCKET="no-such-bucket")
    assert {"start", "plan", "upload", "delete", "end"} <= events(0, DEBUG="true")


def test_the_schema_refuses_what_is_no_line():
    validator = Draft202012Validator(json.loads(SCHEMA_FILE.read_text()))
    line = {"ts": "2026-11-26T12:15:18.042Z", "level": "info", "message": "+ a"}
    upload = {**line, "event": "upload", "key": "a", "bytes": 1, "reason": "new"}
    assert validator.is_valid(upload)
    for wrong in [
        line,
        {**line, "event": "upload", "key": "a"},
        {**upload, "bytes": "1"},
        {**upload, "reason": "because"},
        {**upload, "event": "fine"},
    ]:
        assert not validator.is_valid(wrong), wrong
