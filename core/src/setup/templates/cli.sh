#!/usr/bin/env bash
# __purpose__
# Needs the AWS CLI with credentials that may change IAM. May be run again: what is there is updated.
(
set -euo pipefail
export AWS_PAGER=
account=$(aws sts get-caller-identity --query Account --output text)
__only_account__
trust_policy() {
cat <<POLICY
__trust__
POLICY
}

permissions_policy() {
cat <<POLICY
__permissions__
POLICY
}

echo "Setting up the role" __name__ "in the account $account." >&2
trusted=__trusted__
if current=$(aws iam get-role --role-name __name__ \
  --query Role.AssumeRolePolicyDocument --output json 2>/dev/null) &&
  [[ $current != *"$trusted"* && -z ${REPLACE_TRUST:-} ]]; then
  echo "The role is there, and trusts other tokens than $trusted:" >&2
  echo "$current" >&2
  echo "Nothing was changed. Name another role in AWS_OIDC_ROLE_ARN, or run this again with REPLACE_TRUST=yes in the environment if they may lose their access." >&2
  exit 1
fi

provider=__provider__
audiences=(__audiences__)
if known=$(aws iam get-open-id-connect-provider --open-id-connect-provider-arn "$provider" \
  --query ClientIDList --output text 2>/dev/null); then
  for audience in "${audiences[@]}"; do
    [[ $'\t'$known$'\t' == *$'\t'"$audience"$'\t'* ]] ||
      aws iam add-client-id-to-open-id-connect-provider \
        --open-id-connect-provider-arn "$provider" --client-id "$audience"
  done
else
  aws iam create-open-id-connect-provider --url __url__ \
    --client-id-list "${audiences[@]}" >/dev/null
fi

if aws iam get-role --role-name __name__ >/dev/null 2>&1; then
  aws iam update-assume-role-policy --role-name __name__ \
    --policy-document "$(trust_policy)"
else
  aws iam create-role --path __path__ --role-name __name__ \
    --assume-role-policy-document "$(trust_policy)" >/dev/null
fi
aws iam put-role-policy --role-name __name__ --policy-name __policy__ \
  --policy-document "$(permissions_policy)"
__duration__echo AWS_OIDC_ROLE_ARN=__role__
echo "The step that deploys:" >&2
cat >&2 <<STEP
__step__
STEP
)
