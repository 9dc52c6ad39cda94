"""What this pipe has to reach, and whether it did. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from .results import Summaries, Summary
from .tools import LIMIT, OURS
from .trees import CHANGED_OF, Spec
from .workloads import CONTENT_TRUE, DEFAULT, Workload

LISTING_PAGE = 1000


@dataclass(frozen=True)
class Verdict:
    """One target beside what was measured. Less is better."""

    name: str
    target: str
    measured: str
    # Measured ÷ target.
    ratio: float
    # Where it is missed: what is known of the cause.
    why: str = ""

    @property
    def met(self) -> bool:
        return self.ratio <= 1

    @property
    def text(self) -> str:
        if self.met:
            return "met"
        if math.isinf(self.ratio):
            return "missed"
        because = f": {self.why}" if self.why else ""
        return f"missed by {(self.ratio - 1) * 100:.0f} %{because}"


def judge(workloads: list[Workload], summaries: Summaries) -> list[Verdict]:
    """Every target that the measured workloads can tell of."""
    verdicts = []
    for workload in workloads:
        rows = summaries.get(workload.name, {})
        ours = _row(rows, OURS)
        if ours is None:
            continue
        verdicts += _correct(workload, ours)
        for judgement in JUDGEMENTS.get(workload.base, []):
            verdicts += judgement(workload, rows, ours)
    return verdicts


def _correct(workload: Workload, ours: Summary) -> list[Verdict]:
    contents = ours.contents
    wrong = contents.missing + contents.stale + contents.surplus
    if ours.failed:
        return [Verdict(f"{workload.name}: exit code", "0", "not 0", math.inf)]
    return [_at_most(f"{workload.name}: wrong in the bucket", wrong, 0)]


def _first(workload: Workload, rows: dict, ours: Summary) -> Iterator[Verdict]:
    name, peers = workload.name, _peers(rows, DEFAULT)
    if workload.delay_ms:
        yield from _late_first(workload, rows, peers, ours)
        return
    if peers:
        best_name, best = min(peers.items(), key=lambda item: item[1].wall)
        yield _share(
            f"{name}: wall", ours.wall, 0.5, best.wall, f"best peer ({best_name})"
        )
        lean_name, lean = min(peers.items(), key=lambda item: item[1].cpu)
        yield _cpu_per_file(workload, ours, 1, lean, f"leanest peer ({lean_name})")
    if "s3sync" in peers:
        yield _cpu_per_file(workload, ours, 0.5, peers["s3sync"], "s3sync")
    yield _at_most(f"{name}: peak MiB", ours.peak_mib, 40)


def _late_first(
    workload: Workload, rows: dict, peers: dict, ours: Summary
) -> Iterator[Verdict]:
    name = workload.name
    ideal = ours.requests * workload.delay_ms / 1000 / ours.in_flight
    why = "sign-in, listing and the wait before the pages are round trips of their own"
    if limit := _row(rows, LIMIT):
        share = f"{ideal / limit.wall * 100:.0f} %"
        why += f"; `limit`, which has one of them, reaches {share} on these cores"
    yield Verdict(
        f"{name}: requests × delay ÷ connections, of wall",
        "≥ 85 %",
        f"{ideal / ours.wall * 100:.0f} % ({ideal:.2f} s of {ours.wall:.2f} s)",
        0.85 / (ideal / ours.wall),
        why,
    )
    if peers:
        best_name, best = min(peers.items(), key=lambda item: item[1].wall)
        label = f"best peer ({best_name})"
        yield _share(f"{name}: wall", ours.wall, 1 / 3, best.wall, label)


def _unchanged(workload: Workload, rows: dict, ours: Summary) -> Iterator[Verdict]:
    name = workload.name
    if limit := _row(rows, LIMIT):
        yield _share(f"{name}: wall", ours.wall, 1.3, limit.wall, "limit")
    peers = _peers(rows, CONTENT_TRUE)
    if peers:
        best_name, best = min(peers.items(), key=lambda item: item[1].wall)
        yield _share(
            f"{name}: wall", ours.wall, 1, best.wall, f"best peer ({best_name})"
        )
    pages = math.ceil(workload.preload.files / LISTING_PAGE)
    changed = ours.counts.get("PutObject", 0)
    yield _at_most(f"{name}: requests beside PUTs", ours.requests - changed, pages + 1)
    yield from _memory(workload, rows, ours)


def _changed(workload: Workload, rows: dict, ours: Summary) -> Iterator[Verdict]:
    yield from _unchanged(workload, rows, ours)
    expected = changed_files(workload.tree)
    puts = ours.counts.get("PutObject", 0)
    yield _at_most(f"{workload.name}: PUTs", puts, expected)


def _large(workload: Workload, rows: dict, ours: Summary) -> Iterator[Verdict]:
    name = workload.name
    if limit := _row(rows, LIMIT):
        yield _share(f"{name}: wall", ours.wall, 1.15, limit.wall, "limit")
    yield _at_most(f"{name}: peak MiB", ours.peak_mib, 128)


def _start(workload: Workload, _rows: dict, ours: Summary) -> Iterator[Verdict]:
    name, delay = workload.name, workload.delay_ms
    trips = ours.requests * delay
    beyond = ours.wall * 1000 - trips
    label = f"ms beyond {ours.requests} round trips" if delay else "ms"
    yield _at_most(f"{name}: {label}", beyond, 20)
    if ours.first_request is not None:
        first = ours.first_request * 1000
        yield _at_most(f"{name}: ms to the first request", first, 20)


PEAKS_MIB = {"many-unchanged": 64, "million-unchanged": 256}


def _memory(workload: Workload, _rows: dict, ours: Summary) -> Iterator[Verdict]:
    if peak := PEAKS_MIB.get(workload.name):
        yield _at_most(f"{workload.name}: peak MiB", ours.peak_mib, peak)


JUDGEMENTS = {
    "first": [_first],
    "small": [_first],
    "unchanged": [_unchanged],
    "small-unchanged": [_unchanged],
    "changed": [_changed],
    "large": [_large],
    "start": [_start],
    "many-unchanged": [_unchanged],
    "million-unchanged": [_memory],
}


def changed_files(spec: Spec) -> int:
    """How many files of a changed tree differ from the unchanged one."""
    return math.ceil(spec.files / CHANGED_OF)


def _row(rows: dict, tool: str) -> Summary | None:
    return next((row for entry, row in rows.items() if entry.tool == tool), None)


def _peers(rows: dict, mode: str) -> dict[str, Summary]:
    """The peers that did the job, by name."""
    return {
        entry.tool: row
        for entry, row in rows.items()
        if entry.tool not in (OURS, LIMIT)
        and entry.mode == mode
        and not row.failed
        and row.contents.as_planned
    }


def _share(name: str, ours: float, share: float, other: float, label: str) -> Verdict:
    return Verdict(
        f"{name}, of {label}",
        f"≤ {share:.2f}",
        f"{ours / other:.2f} ({ours:.2f} s of {other:.2f} s)",
        ours / other / share,
    )


def _cpu_per_file(
    workload: Workload, ours: Summary, share: float, other: Summary, label: str
) -> Verdict:
    def each(row: Summary) -> str:
        return f"{row.cpu / workload.tree.files * 1e6:,.0f} µs"

    ratio = ours.cpu / other.cpu
    return Verdict(
        f"{workload.name}: CPU per file, of {label}",
        f"≤ {share:.2f}",
        f"{ratio:.2f} ({each(ours)} of {each(other)})",
        ratio / share,
    )


def _at_most(name: str, measured: float, target: float) -> Verdict:
    whole = isinstance(measured, int)
    text = f"{measured:,}" if whole else f"{measured:.1f}"
    if target:
        ratio = measured / target
    else:
        ratio = math.inf if measured else 0.0
    return Verdict(name, f"≤ {target:,}", text, ratio)
