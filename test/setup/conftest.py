"""An empty AWS account, a pipe, and an administrator for each test."""

import pytest

import stack_provider  # noqa: F401  (moto finds it by being imported)
from administrator import Administrator
from moto_server import Moto
from pipe import Pipe


@pytest.fixture(scope="session")
def server():
    server = Moto()
    yield server
    server.stop()


@pytest.fixture
def pipe(server, tmp_path) -> Pipe:
    return Pipe(server, tmp_path)


@pytest.fixture
def administrator(server, tmp_path) -> Administrator:
    administrator = Administrator(server, tmp_path)
    administrator.empty_account()
    return administrator
