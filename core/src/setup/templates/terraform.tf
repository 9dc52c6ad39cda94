# __purpose__
# thumbprint_list is left out, which needs a hashicorp/aws provider of 2025 or later.

variable "create_provider" {
  description = "false if the account has this identity provider already"
  type        = bool
  default     = true
}

data "aws_caller_identity" "deploy" {}

resource "aws_iam_openid_connect_provider" "deploy" {
  count = var.create_provider ? 1 : 0

  url            = __url__
  client_id_list = [__audiences__]
}

resource "aws_iam_role" "deploy" {
  name = __name__
  path = __path__
__duration__
  assume_role_policy = <<POLICY
__trust__
POLICY

  depends_on = [aws_iam_openid_connect_provider.deploy]
}

resource "aws_iam_role_policy" "deploy" {
  name = "__policy__"
  role = aws_iam_role.deploy.id

  policy = <<POLICY
__permissions__
POLICY
}

output "role_arn" {
  description = "Value of AWS_OIDC_ROLE_ARN"
  value       = aws_iam_role.deploy.arn
}
