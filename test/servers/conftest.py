"""One server for all tests; a bucket, a folder and a pipe for each of them.

`--server` says which server. What one of those in `peers` cannot do stands there, by the name of the
check that it fails; a check that it begins to pass fails the run, so that the list stays true.
"""

import itertools

import pytest

from moto_server import Moto
from peers import Rclone, SeaweedFS
from pipe import Pipe
from tree import Bucket

bucket_numbers = itertools.count(1)
PEERS = {"rclone": Rclone, "seaweedfs": SeaweedFS}


def pytest_addoption(parser):
    parser.addoption("--server", choices=["moto", *PEERS], default="moto")


def pytest_collection_modifyitems(config, items):
    peer = PEERS.get(config.getoption("--server"))
    if peer is None:
        return
    of_moto = [item for item in items if item.get_closest_marker("of_moto")]
    config.hook.pytest_deselected(items=of_moto)
    items[:] = [item for item in items if item not in of_moto]
    for item in items:
        reason = peer.cannot.get(item.name)
        if reason is not None:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    unknown = peer.cannot.keys() - {item.name for item in items}
    if unknown and not config.args_source == pytest.Config.ArgsSource.ARGS:
        raise pytest.UsageError(f"no such checks: {sorted(unknown)}")


@pytest.fixture(scope="session")
def server(request, tmp_path_factory):
    name = request.config.getoption("--server")
    peer = PEERS.get(name)
    server = Moto() if peer is None else peer(tmp_path_factory.mktemp(name))
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
