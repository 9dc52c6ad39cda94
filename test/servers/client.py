"""A client that others wrote, for looking into what the binary left."""

import boto3
from botocore.config import Config

REGION = "us-east-1"


def client(url: str, service: str, access_key_id: str, secret_access_key: str):
    """A boto3 client of the server at `url`."""
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        config=Config(s3={"addressing_style": "path"}, retries={"mode": "standard"}),
    )
