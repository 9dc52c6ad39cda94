"""Teaches moto's CloudFormation the identity provider, which its IAM knows already."""

from moto.core.common_models import CloudFormationModel
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition


class StackProvider(CloudFormationModel):
    """An AWS::IAM::OIDCProvider of a stack."""

    # moto reads the service from the name of its models' modules.
    __module__ = "moto.iam.stack_provider"

    def __init__(self, arn: str):
        self.physical_resource_id = arn
        self.arn = arn

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::IAM::OIDCProvider"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == "Arn"

    def get_cfn_attribute(self, _attribute: str) -> str:
        return self.arn

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name, cloudformation_json, account_id, region_name, **_kwargs
    ):
        properties = dict(cloudformation_json["Properties"])
        backend = iam_backends[account_id][get_partition(region_name)]
        provider = backend.create_open_id_connect_provider(
            url=properties.pop("Url"),
            thumbprint_list=properties.pop("ThumbprintList", []),
            client_id_list=properties.pop("ClientIdList"),
            tags=[],
        )
        assert not properties
        return cls(provider.arn)
