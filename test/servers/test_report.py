"""REPORT_FILE of every outcome keeps to the documented schema."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import validator_for

import tree
from pipe import ROLE_ARN, oidc_token

pytestmark = pytest.mark.of_moto

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "report.schema.json"


@pytest.fixture(scope="module")
def validate():
    schema = json.loads(SCHEMA_FILE.read_text())
    validator = validator_for(schema, default=Draft202012Validator)
    validator.check_schema(schema)
    return validator(schema, format_checker=validator.FORMAT_CHECKER).validate


def test_every_outcome_is_valid(validate, pipe, bucket, folder):
    variables = {"S3_BUCKET": f"{bucket.name}/docs", "LOCAL_PATH": str(folder)}
    expired = {
        "AWS_OIDC_ROLE_ARN": ROLE_ARN,
        "BITBUCKET_STEP_OIDC_TOKEN": oidc_token(1),
    }
    bucket.put({"docs/old.html": b"old"})

    def outcome(exit_code: int, **changes) -> str:
        run = pipe.run(**{**variables, **changes})
        assert run.exit_code == run.report["exit_code"] == exit_code, run.text
        validate(run.report)
        return run.report["outcome"]

    assert outcome(2, DELETE_FLAG="true") == "refused"
    tree.write(folder, tree.odd_site())
    assert outcome(3, identity=expired) == "identity-refused"
    assert outcome(1, CHECKSUM="required") == "failed"
    assert outcome(0, DRY_RUN="true", DELETE_FLAG="true") == "planned"
    assert outcome(2, ACL="everyone") == "refused"
    assert outcome(0, DELETE_FLAG="true") == "deployed"
    assert outcome(0) == "unchanged"


def test_the_schema_refuses_what_is_no_report(validate, pipe, bucket, folder):
    tree.write(folder, {"index.html": b"x"})
    report = pipe.deploy(S3_BUCKET=bucket.name, LOCAL_PATH=str(folder)).report
    validate(report)
    without_outcome = {
        name: value for name, value in report.items() if name != "outcome"
    }
    for wrong in [
        {},
        without_outcome,
        {**report, "outcome": "fine"},
        {**report, "done": 1},
    ]:
        assert not is_valid(validate, wrong), wrong


def is_valid(validate, report) -> bool:
    try:
        validate(report)
    except ValidationError:
        return False
    return True
