"""From runs to medians, and from medians to tables. Pure."""

from dataclasses import dataclass
from statistics import median

from .runner import Contents, Run
from .tools import LIMIT, OURS
from .workloads import Entry, Workload

MIB_KIB = 1024


@dataclass(frozen=True)
class Summary:
    """All runs of one entry as one."""

    runs: int
    wall: float
    cpu: float
    peak_mib: float
    counts: dict[str, int]
    in_flight: int
    connections: int
    first_request: float | None
    contents: Contents
    failed: bool

    @property
    def requests(self) -> int:
        return sum(self.counts.values())


# Summaries by workload name and entry.
Summaries = dict[str, dict[Entry, Summary]]


def summarise(runs: list[Run]) -> Summary:
    """Medians; of memory and of what is wrong, the most."""
    firsts = [run.first_request for run in runs if run.first_request is not None]
    return Summary(
        runs=len(runs),
        wall=median(run.wall for run in runs),
        cpu=median(run.cpu for run in runs),
        peak_mib=max(run.peak_kib for run in runs) / MIB_KIB,
        counts=max(
            (run.counts for run in runs), key=lambda counts: sum(counts.values())
        ),
        in_flight=max(run.in_flight for run in runs),
        connections=max(run.connections for run in runs),
        first_request=median(firsts) if firsts else None,
        contents=Contents(
            missing=max(run.contents.missing for run in runs),
            stale=max(run.contents.stale for run in runs),
            surplus=max(run.contents.surplus for run in runs),
        ),
        failed=any(run.failed for run in runs),
    )


def table(workload: Workload, rows: dict[Entry, Summary]) -> list[str]:
    """A Markdown table of one workload."""
    ours = next((row for entry, row in rows.items() if entry.tool == OURS), None)
    limit = next((row for entry, row in rows.items() if entry.tool == LIMIT), None)
    has_first = workload.base == "start"
    head = ["program", "wall s", "÷ ours", "÷ limit", "CPU s", "÷ ours", "peak MiB"]
    head += ["first request ms"] if has_first else []
    head += ["requests", "most at once", "connections", "wrong in the bucket", "runs"]
    lines = [_line(head), _line(["---"] + ["--:"] * (len(head) - 1))]
    for entry, row in rows.items():
        cells = [
            f"`{entry.label}`",
            _seconds(row.wall),
            _ratio(row.wall, ours and ours.wall),
            _ratio(row.wall, limit and limit.wall),
            _seconds(row.cpu),
            _ratio(row.cpu, ours and ours.cpu),
            f"{row.peak_mib:.0f}",
        ]
        if has_first:
            first = row.first_request
            cells.append("–" if first is None else f"{first * 1000:.1f}")
        cells += [
            requests(row.counts),
            str(row.in_flight),
            str(row.connections),
            wrong(row.contents) + (" (it failed)" if row.failed else ""),
            str(row.runs),
        ]
        lines.append(_line(cells))
    return lines


def requests(counts: dict[str, int]) -> str:
    """The requests by kind, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {name}" for name, count in ordered) or "none"


def wrong(contents: Contents) -> str:
    """What the bucket lacks or has too much."""
    parts = [
        (contents.stale, "stale"),
        (contents.missing, "missing"),
        (contents.surplus, "surplus"),
    ]
    return ", ".join(f"{count:,} {what}" for count, what in parts if count) or "0"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def _ratio(value: float, other: float | None) -> str:
    return f"{value / other:.2f}" if other else "–"
