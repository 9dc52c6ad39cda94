"""One moto for all tests; a bucket, a folder and a pipe for each of them."""

import itertools

import pytest

from pipe import Pipe
from server import Server
from tree import Bucket

bucket_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def bucket(server) -> Bucket:
    return Bucket(server.client("s3"), f"bucket-{next(bucket_numbers)}")


@pytest.fixture
def folder(tmp_path):
    """LOCAL_PATH."""
    folder = tmp_path / "dist"
    folder.mkdir()
    return folder


@pytest.fixture
def pipe(server, tmp_path) -> Pipe:
    return Pipe(server, tmp_path)
