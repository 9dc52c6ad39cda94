"""FORMAT=cloudformation: cfn-lint has nothing to say, and a stack makes the role."""

import subprocess
import sys
from pathlib import Path

import pytest

from administrator import SCOPES, documents, printed


@pytest.mark.parametrize("scope", SCOPES)
def test_cfn_lint_has_nothing_to_say(pipe, tmp_path, scope):
    template = tmp_path / "setup.json"
    template.write_text(printed(pipe, FORMAT="cloudformation", **SCOPES[scope]))
    assert lint(template) == ("", 0)


def test_cfn_lint_has_nothing_to_say_of_the_example_of_a_site():
    assert lint(Path(__file__).parents[2] / "examples/cloudfront/site.yml") == ("", 0)


def lint(template):
    ran = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "--", template],
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout + ran.stderr, ran.returncode


@pytest.mark.parametrize("scope", SCOPES)
def test_a_stack_makes_what_json_says(administrator, pipe, scope):
    variables = SCOPES[scope]
    template = printed(pipe, FORMAT="cloudformation", **variables)
    outputs = administrator.create_stack(template)

    name = outputs["RoleArn"].rsplit("/", 1)[1]
    expected = documents(pipe, name, **variables)
    role = administrator.role(name)
    assert outputs == {"RoleArn": role.arn}
    assert role.arn == expected["role"]["arn"]
    assert role.trust == expected["trustPolicy"]
    assert role.permissions == expected["permissionsPolicy"]
    assert role.session_secs_max == expected["role"].get("maxSessionDuration", 3600)
    assert administrator.provider()["ClientIDList"] == expected["provider"]["audiences"]


def test_a_provider_that_is_there_is_left_alone(administrator, pipe):
    template = printed(pipe, FORMAT="cloudformation")
    outputs = administrator.create_stack(template, CreateProvider="false")
    assert not administrator.has_provider()
    assert administrator.role(outputs["RoleArn"].rsplit("/", 1)[1]).trust
