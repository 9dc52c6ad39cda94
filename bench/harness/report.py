"""The tables as text: what is printed, and what `bench/RESULTS.md` holds. Pure."""

from . import results
from .results import Summaries
from .targets import Verdict
from .workloads import Workload

HOW = """\
Written by `make bench`; do not edit.
Programs run in alternation against the embedded server on loopback (path style), each run with a server process of its own.
Wall and CPU times are medians; a program that needs very long for a workload runs once, as the column `runs` says.
CPU is user and system time of the program alone; peak memory is the most of all runs.
A workload with `ms` in its name has that delay added to every request, which is what S3 is like; without delay, what is compared is CPU.
One with `tls` is over HTTPS with a certificate authority of its own.
`throttled` is S3 on a prefix that it has not partitioned yet, `tail` a server of which some answers come late.
Peers are shown at their defaults, and where that helps them also as who knows them would set them: 64 workers, as many as the pipe has of its own accord.
After each run every object is compared with its file by MD5.
`ours` takes its role with an OIDC token, which is one request more than the peers' static keys need, and keeps a record of what it deployed; what it finds in the bucket it has put there itself, so that there is a record.
It proves what it sends with CRC-64/NVME, as it does on S3 of its own accord (CHECKSUM=required); the peers do what they do by default.
`limit` is a bare HTTP client that signs nothing and sends the same PUTs and listings: what machine and server can take.
The machine runs program and server at once, so that times without delay hold both."""


def tables(workloads: list[Workload], summaries: Summaries) -> list[str]:
    """A section for each workload."""
    lines = []
    for workload in workloads:
        if rows := summaries.get(workload.name):
            words = workload.conditions.words
            title = f"{workload.title}; {words}" if words else workload.title
            lines += [f"### {workload.name}", "", title, ""]
            lines += [*results.table(workload, rows), ""]
    return lines


def targets(verdicts: list[Verdict]) -> list[str]:
    """The targets with their verdicts."""
    missed = sum(not verdict.met for verdict in verdicts)
    lines = [f"{len(verdicts) - missed} of {len(verdicts)} met.", ""]
    lines += ["| what | target | measured | verdict |", "| --- | --- | --- | --- |"]
    for verdict in verdicts:
        cells = [verdict.name, verdict.target, verdict.measured, verdict.text]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def document(
    machine: list[tuple[str, str]],
    versions: dict[str, str],
    missing: dict[str, str],
    workloads: list[Workload],
    summaries: Summaries,
    verdicts: list[Verdict],
) -> str:
    """The whole of `bench/RESULTS.md`."""
    lines = ["# Benchmark results", "", HOW, "", "## Machine and versions", ""]
    lines += ["| what | value |", "| --- | --- |"]
    lines += [f"| {name} | {value} |" for name, value in machine]
    lines += [f"| {name} | {value} |" for name, value in versions.items() if value]
    lines += [f"| {name} | missing: {why} |" for name, why in missing.items()]
    lines += ["", "## Targets", "", *targets(verdicts)]
    lines += ["", "## Workloads", "", *tables(workloads, summaries)]
    return "\n".join(lines).rstrip() + "\n"
