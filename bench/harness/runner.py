"""One run: a server of its own, the program measured, the bucket checked."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import places, tools
from .server import Server
from .tools import BARE, DEFAULT, OURS
from .trees import Tree
from .workloads import Entry, Workload

# What takes longer is shown as failed.
RUN_SECONDS_MAX = 180

# To fill a bucket before what is measured.
PRIMING_SECONDS_MAX = 600

# What the pipe notes in the bucket begins with it.
OWN_PREFIX = ".aws-oidc-s3-deploy/"

# Of a run that was ended because it took too long.
NOTHING_TAKEN = {
    "exit_code": None,
    "wall_micros": RUN_SECONDS_MAX * 1_000_000,
    "user_micros": 0,
    "system_micros": 0,
    "peak_kib": 0,
    "started_unix_micros": 0,
}


@dataclass(frozen=True)
class Contents:
    """A bucket beside the folder that it should hold."""

    missing: int
    # Of the same name with other bytes.
    stale: int
    surplus: int

    @property
    def as_planned(self) -> bool:
        return self == Contents(0, 0, 0)


@dataclass(frozen=True)
class Run:
    """What came of one run."""

    exit_code: int | None
    wall: float
    cpu: float
    peak_kib: int
    counts: dict[str, int]
    in_flight: int
    connections: int
    # From the start of the process to the arrival of its first request.
    first_request: float | None
    contents: Contents

    @property
    def failed(self) -> bool:
        return self.exit_code != 0


def run(
    workload: Workload,
    entry: Entry,
    programs: dict[str, Path],
    tree: Tree,
    preload: Tree | None,
) -> Run:
    """Runs `entry` once."""
    primes = preload is not None and entry.tool == OURS and entry.mode != BARE
    folder = preload.folder if preload and not primes else None
    with Server(programs["test-server"], workload.conditions, folder) as server:
        if primes:
            _prime(programs[OURS], server, preload)
        taken = _measure(workload, entry, programs, tree, server)
        measures = server.measures()
        contents = compare(tree.sums, server.sums())
    first = measures.first_request_unix_micros
    started = taken["started_unix_micros"]
    return Run(
        exit_code=taken["exit_code"],
        wall=taken["wall_micros"] / 1e6,
        cpu=(taken["user_micros"] + taken["system_micros"]) / 1e6,
        peak_kib=taken["peak_kib"],
        counts=measures.counts,
        in_flight=measures.in_flight,
        connections=measures.connections,
        first_request=(first - started) / 1e6 if first and started else None,
        contents=contents,
    )


def compare(folder: dict[str, str], bucket: dict[str, str]) -> Contents:
    """Counts what differs, by the MD5 of every file and object; what the pipe notes does not count."""
    return Contents(
        missing=sum(key not in bucket for key in folder),
        stale=sum(key in bucket and bucket[key] != folder[key] for key in folder),
        surplus=sum(
            key not in folder and not key.startswith(OWN_PREFIX) for key in bucket
        ),
    )


def log_file(workload: Workload, entry: Entry) -> Path:
    """Where the output of the newest run is."""
    words = [workload.name, entry.tool, entry.mode]
    return places.LOGS / ("-".join(words).replace(" ", "-") + ".log")


def _prime(binary: Path, server: Server, tree: Tree):
    """Has the pipe itself put the tree into the bucket, so that what it notes of it is there too."""
    made = tools.call(OURS, DEFAULT, binary, server, tree.folder)
    with tempfile.TemporaryDirectory() as home:
        subprocess.run(
            made.command,
            env={"PATH": os.environ["PATH"], "HOME": home, **made.environment},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PRIMING_SECONDS_MAX,
            check=True,
        )
    server.clear()


def _measure(
    workload: Workload,
    entry: Entry,
    programs: dict[str, Path],
    tree: Tree,
    server: Server,
) -> dict:
    program = programs[entry.tool]
    made = tools.call(entry.tool, entry.mode, program, server, tree.folder)
    log = log_file(workload, entry)
    log.parent.mkdir(parents=True, exist_ok=True)
    # A home of its own: no tool finds settings or a cache of an earlier run.
    with tempfile.TemporaryDirectory() as home, log.open("wb") as output:
        taken = Path(home) / "taken.json"
        process = subprocess.Popen(
            [programs["measure"], taken, *made.command],
            env={"PATH": os.environ["PATH"], "HOME": home, **made.environment},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        try:
            process.wait(RUN_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            return NOTHING_TAKEN
        if not taken.exists():
            raise RuntimeError(f"{entry.label} did not run: {log.read_text()}")
        return json.loads(taken.read_text())
