"""FORMAT=terraform: it is HCL, and says the same as the other formats."""

import json

import hcl2
import pytest

from administrator import SCOPES, documents, printed
from pipe import ACCOUNT

HOSTILE = {"S3_BUCKET": "my-bucket/${var.x}%{if}\"\\*\n"}


def parsed(text: str) -> dict[tuple[str, ...], dict]:
    """The blocks of a configuration by their types and labels."""
    blocks = {}
    configuration = hcl2.loads(text)
    configuration.pop("__comments__", None)
    for kind, items in configuration.items():
        for item in items:
            labels = [kind]
            while "__is_block__" not in item:
                (label, item) = next(iter(item.items()))
                labels.append(label.strip('"'))
            blocks[tuple(labels)] = item
    return blocks


def here_document(value: str) -> dict:
    """The policy in a here-document, as Terraform would evaluate it."""
    first, *lines, last = value.strip('"').splitlines()
    assert first == "<<POLICY"
    assert last == "POLICY"
    account = "${data.aws_caller_identity.deploy.account_id}"
    text = "\n".join(lines).replace(account, ACCOUNT)
    assert "${" not in text.replace("$${", "") and "%{" not in text.replace("%%{", "")
    return json.loads(text.replace("$${", "${").replace("%%{", "%{"))


@pytest.mark.parametrize("variables", [*SCOPES.values(), HOSTILE])
def test_it_says_what_json_says(pipe, variables):
    text = printed(pipe, FORMAT="terraform", **variables)
    blocks = parsed(text)

    role = blocks["resource", "aws_iam_role", "deploy"]
    name = role["name"].strip('"')
    expected = documents(pipe, name, **variables)
    assert role["path"].strip('"') == "/"
    assert role.get("max_session_duration") == expected["role"].get(
        "maxSessionDuration"
    )
    assert here_document(role["assume_role_policy"]) == expected["trustPolicy"]
    policy = blocks["resource", "aws_iam_role_policy", "deploy"]
    assert here_document(policy["policy"]) == expected["permissionsPolicy"]
    provider = blocks["resource", "aws_iam_openid_connect_provider", "deploy"]
    assert provider["url"].strip('"') == expected["provider"]["url"]
    audiences = [audience.strip('"') for audience in provider["client_id_list"]]
    assert audiences == expected["provider"]["audiences"]
    assert ("data", "aws_caller_identity", "deploy") in blocks
    assert ("variable", "create_provider") in blocks
    assert ("output", "role_arn") in blocks
