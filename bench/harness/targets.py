"""What this pipe has to reach, and whether it did. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from .results import Summaries, Summary
from .tools import (
    BARE,
    CONTENT_TRUE,
    DEFAULT,
    LIMIT,
    OURS,
    TUNED,
    TUNED_CONTENT_TRUE,
)
from .trees import CHANGED_OF, Spec
from .workloads import Workload

LISTING_PAGE = 1000

# The record is read beside the listing, and written before the first change and after the last.
RECORD_READS = 1
RECORD_WRITES = 2
RECORD_ROUND_TRIPS = 2


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
    if workload.conditions.throttle:
        yield from _throttled(workload, ours)
    elif workload.conditions.tail:
        why = "each phase waits for its slowest request, so that no page comes before what it names"
        yield from _best_peer(workload, rows, ours, 1, why=why)
    elif workload.conditions.delay_ms:
        yield from _late_first(workload, rows, ours)
    else:
        yield from _first_at_once(workload, rows, ours)


def _first_at_once(workload: Workload, rows: dict, ours: Summary) -> Iterator[Verdict]:
    peers = _peers(rows, DEFAULT)
    yield from _best_peer(workload, rows, ours, 0.5)
    if peers:
        lean_name, lean = min(peers.items(), key=lambda item: item[1].cpu)
        yield _cpu_per_file(workload, ours, 1, lean, f"leanest peer ({lean_name})")
    if "s3sync" in peers:
        yield _cpu_per_file(workload, ours, 0.5, peers["s3sync"], "s3sync")
    yield _at_most(f"{workload.name}: peak MiB", ours.peak_mib, 40)


def _late_first(workload: Workload, rows: dict, ours: Summary) -> Iterator[Verdict]:
    """The connections are to be used, also where TLS takes its share of the cores."""
    name, conditions = workload.name, workload.conditions
    ideal = ours.requests * conditions.delay_ms / 1000 / ours.in_flight
    why = "sign-in, listing, the record before the first change, the look at it before the pages"
    why += " and the record at the end are round trips of their own"
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
    floor = "both wait for the delay on as many connections"
    yield from _best_peer(workload, rows, ours, 0.4, why=floor)
    if conditions.tls:
        micros = ours.cpu / workload.tree.files * 1e6
        yield _at_most(f"{name}: µs of CPU per PUT", micros, 300)
    yield from _record(workload, rows, ours)


def _throttled(workload: Workload, ours: Summary) -> Iterator[Verdict]:
    rate, _ = workload.conditions.throttle
    least = workload.tree.files / rate
    yield _share(
        f"{workload.name}: wall", ours.wall, 1.3, least, f"what {rate} a second allow"
    )


def _record(workload: Workload, rows: dict, ours: Summary) -> Iterator[Verdict]:
    """What the record adds beside the round trips that it may add."""
    bare = _row(rows, OURS, BARE)
    if bare is None:
        return
    trips = RECORD_ROUND_TRIPS * workload.conditions.delay_ms / 1000
    yield _share(
        f"{workload.name}: wall",
        ours.wall,
        1.05,
        bare.wall + trips,
        f"that without record and grace, and {RECORD_ROUND_TRIPS} round trips",
        "the record's lines are read, and matched with the listing",
    )


def _best_peer(
    workload: Workload,
    rows: dict,
    ours: Summary,
    share: float,
    *modes: str,
    why: str = "",
) -> Iterator[Verdict]:
    """Against the fastest peer, however it is set."""
    if peers := _peers(rows, *(modes or (DEFAULT, TUNED))):
        name, best = min(peers.items(), key=lambda item: item[1].wall)
        label = f"best peer ({name})"
        yield _share(f"{workload.name}: wall", ours.wall, share, best.wall, label, why)


def _unchanged(workload: Workload, rows: dict, ours: Summary) -> Iterator[Verdict]:
    name = workload.name
    if limit := _row(rows, LIMIT):
        yield _share(f"{name}: wall", ours.wall, 1.3, limit.wall, "limit")
    yield from _best_peer(workload, rows, ours, 1, CONTENT_TRUE, TUNED_CONTENT_TRUE)
    # The record is an object too.
    pages = math.ceil((workload.preload.files + 1) / LISTING_PAGE)
    changed = ours.counts.get("PutObject", 0)
    most = pages + 1 + RECORD_READS
    beside = ours.requests - changed
    yield _at_most(f"{name}: requests beside PUTs", beside, most, _beside(ours))
    yield from _memory(workload, rows, ours)
    yield from _record(workload, rows, ours)


def _beside(ours: Summary) -> str:
    """What requests there are beside a page of a listing each, the token's and the record's."""
    if heads := ours.counts.get("HeadObject"):
        return (
            f"{heads} objects were asked whether a KMS key made their ETags differ, "
            "at the same time, until the answers were no"
        )
    return (
        "a listing that is read in parallel has pages that are not full, "
        "and a large record is read in ranges"
    )


def _changed(workload: Workload, rows: dict, ours: Summary) -> Iterator[Verdict]:
    yield from _unchanged(workload, rows, ours)
    expected = changed_files(workload.tree) + RECORD_WRITES
    puts = ours.counts.get("PutObject", 0)
    yield _at_most(f"{workload.name}: PUTs", puts, expected)


def _large(workload: Workload, rows: dict, ours: Summary) -> Iterator[Verdict]:
    name = workload.name
    if limit := _row(rows, LIMIT):
        yield _share(f"{name}: wall", ours.wall, 1.15, limit.wall, "limit")
    yield from _best_peer(workload, rows, ours, 1)
    yield _at_most(f"{name}: peak MiB", ours.peak_mib, 128)


def _start(workload: Workload, _rows: dict, ours: Summary) -> Iterator[Verdict]:
    name, delay = workload.name, workload.conditions.delay_ms
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
    "million-unchanged": [_unchanged],
}


def changed_files(spec: Spec) -> int:
    """How many files of a changed tree differ from the unchanged one."""
    return math.ceil(spec.files / CHANGED_OF)


def _row(rows: dict, tool: str, mode: str | None = None) -> Summary | None:
    """The first of the tool's rows."""
    fitting = (
        row
        for entry, row in rows.items()
        if entry.tool == tool and mode in (None, entry.mode)
    )
    return next(fitting, None)


def _peers(rows: dict, *modes: str) -> dict[str, Summary]:
    """The peers that did the job, by label."""
    return {
        entry.label: row
        for entry, row in rows.items()
        if entry.tool not in (OURS, LIMIT)
        and entry.mode in modes
        and not row.failed
        and row.contents.as_planned
    }


def _share(
    name: str, ours: float, share: float, other: float, label: str, why: str = ""
) -> Verdict:
    return Verdict(
        f"{name}, of {label}",
        f"≤ {share:.2f}",
        f"{ours / other:.2f} ({ours:.2f} s of {other:.2f} s)",
        ours / other / share,
        why,
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


def _at_most(name: str, measured: float, target: float, why: str = "") -> Verdict:
    whole = isinstance(measured, int)
    text = f"{measured:,}" if whole else f"{measured:.1f}"
    if target:
        ratio = measured / target
    else:
        ratio = math.inf if measured else 0.0
    return Verdict(name, f"≤ {target:,}", text, ratio, why)
