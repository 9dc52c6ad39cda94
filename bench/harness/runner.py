"""One run: a server of its own, the program measured, the bucket checked."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import places, tools
from .server import Server
from .trees import Tree
from .workloads import Entry, Workload

RUN_SECONDS_MAX = 600


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
    folder = preload.folder if preload else None
    with Server(programs["test-server"], workload.delay_ms, folder) as server:
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
        first_request=(first - started) / 1e6 if first else None,
        contents=contents,
    )


def compare(folder: dict[str, str], bucket: dict[str, str]) -> Contents:
    """Counts what differs, by the MD5 of every file and object."""
    return Contents(
        missing=sum(key not in bucket for key in folder),
        stale=sum(key in bucket and bucket[key] != folder[key] for key in folder),
        surplus=sum(key not in folder for key in bucket),
    )


def log_file(workload: Workload, entry: Entry) -> Path:
    """Where the output of the newest run is."""
    words = [workload.name, entry.tool, entry.mode]
    return places.LOGS / ("-".join(words).replace(" ", "-") + ".log")


def _measure(
    workload: Workload,
    entry: Entry,
    programs: dict[str, Path],
    tree: Tree,
    server: Server,
) -> dict:
    tool = tools.TOOLS[entry.tool]
    call = tool.call(programs[entry.tool], server, tree.folder, entry.arguments)
    log = log_file(workload, entry)
    log.parent.mkdir(parents=True, exist_ok=True)
    # A home of its own: no tool finds settings or a cache of an earlier run.
    with tempfile.TemporaryDirectory() as home, log.open("wb") as output:
        taken = Path(home) / "taken.json"
        process = subprocess.Popen(
            [programs["measure"], taken, *call.command],
            env={"PATH": os.environ["PATH"], "HOME": home, **call.environment},
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
            raise RuntimeError(f"{entry.label} took too long") from None
        if not taken.exists():
            raise RuntimeError(f"{entry.label} did not run: {log.read_text()}")
        return json.loads(taken.read_text())
