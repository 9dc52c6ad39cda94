"""The table of workloads: which trees, which programs in which mode, how often."""

from dataclasses import dataclass, field

from . import trees
from .server import Conditions
from .tools import (
    BARE,
    CONTENT_TRUE,
    DEFAULT,
    LIMIT,
    OURS,
    PEERS,
    SIZE_ONLY,
    TOOLS,
    TUNED,
    TUNED_CONTENT_TRUE,
)
from .trees import Spec

# Programs that need so long for thousands of uploads that one run has to do.
SLOW = {"s5cmd", "aws"}

# S3 on a prefix that it has not partitioned yet, for its first minute.
THROTTLE = (500, 60)

# One answer of a hundred that takes two seconds.
TAIL = (100, 2000)


@dataclass(frozen=True)
class Entry:
    """One program in one mode; a row of a workload's table."""

    tool: str
    mode: str = DEFAULT
    # Whether it runs a single time, whatever the number of repetitions.
    once: bool = False

    @property
    def label(self) -> str:
        return " ".join([self.tool, *TOOLS[self.tool].settings[self.mode].words])


@dataclass(frozen=True)
class Workload:
    """What is deployed onto what, and how the server answers."""

    base: str
    # With places for what the tree says.
    title_format: str
    tree: Spec
    conditions: Conditions
    entries: list[Entry]
    # What the bucket holds before.
    preload: Spec | None = None
    quick: bool = False
    repeat: int = field(default=3)

    @property
    def name(self) -> str:
        """The base and the conditions."""
        conditions = self.conditions
        words = [self.base]
        words += ["tls"] if conditions.tls else []
        words += [f"{conditions.delay_ms}ms"] if conditions.delay_ms else []
        words += ["throttled"] if conditions.throttle else []
        words += ["tail"] if conditions.tail else []
        return "-".join(words)

    @property
    def title(self) -> str:
        """What the workload is."""
        tree = self.tree
        mib = f"{tree.size_max / trees.MIB:,.0f}"
        return self.title_format.format(files=f"{tree.files:,}", mib=mib)

    def is_called(self, word: str) -> bool:
        """Whether it is meant by its name, its base or one of its conditions."""
        return word in (self.name, self.base, *self.name.split("-"))


def _in_mode(mode: str, once: set[str] = frozenset()) -> list[Entry]:
    """Every program that has the mode."""
    able = [name for name, tool in TOOLS.items() if mode in tool.settings]
    return [Entry(name, mode, once=name in once) for name in able]


def _peers(mode: str, once: set[str] = frozenset()) -> list[Entry]:
    return [entry for entry in _in_mode(mode, once) if entry.tool in PEERS]


OURS_AND_LIMIT = [Entry(OURS), Entry(LIMIT)]
PEER_DEFAULTS = [Entry(name, once=True) for name in PEERS]
RECORD = [Entry(OURS), Entry(OURS, BARE)]
RECORD_CONTENT_TRUE = [Entry(OURS, CONTENT_TRUE), Entry(OURS, BARE)]
TUNED_PEERS = _peers(TUNED, SLOW)
TUNED_COMPARING = _peers(TUNED_CONTENT_TRUE)
COMPARING = _peers(CONTENT_TRUE)

FIRST = "first deploy of {files} files of 1–64 KiB"
UNCHANGED = "{files} files unchanged, with fresh times"
CHANGED = "1 % of {files} files changed at equal size, fresh times"
LARGE = "first deploy of one file of {mib} MiB"
SMALL = "first deploy of {files} files of 1 KiB"
START = "one file of one byte, unchanged: what a start takes"


def table(delay_ms: int) -> list[Workload]:
    """Every workload; those with a delay have this one."""
    return _plain(delay_ms) + _over_tls(delay_ms)


def _plain(delay_ms: int) -> list[Workload]:
    """Over HTTP: without delay, what is compared is CPU."""
    site, changed, small = trees.SITE, trees.SITE_CHANGED, trees.SMALL
    many, million = trees.MANY, trees.MILLION
    now, late = Conditions(), Conditions(delay_ms)
    all_modes = _in_mode(CONTENT_TRUE) + PEER_DEFAULTS
    sizes = _in_mode(CONTENT_TRUE) + [
        Entry(entry.tool, SIZE_ONLY, once=True) for entry in _peers(SIZE_ONLY)
    ]
    slow = {"rclone", *SLOW}
    bare = [Entry(OURS, BARE)]
    return [
        Workload("first", FIRST, site, now, _in_mode(DEFAULT, SLOW), quick=True),
        Workload("first", FIRST, site, late, OURS_AND_LIMIT),
        Workload("unchanged", UNCHANGED, site, now, all_modes, site, quick=True),
        Workload("changed", CHANGED, changed, now, sizes, site, quick=True),
        Workload("large", LARGE, trees.LARGE, now, _in_mode(DEFAULT, slow)),
        Workload("small", SMALL, small, now, _in_mode(DEFAULT, slow), repeat=2),
        Workload(
            "small-unchanged",
            "{files} files of 1 KiB unchanged, with fresh times",
            small,
            now,
            _in_mode(CONTENT_TRUE),
            small,
        ),
        Workload(
            "start",
            START,
            trees.START,
            now,
            _in_mode(DEFAULT),
            trees.START,
            quick=True,
            repeat=5,
        ),
        Workload(
            "start", START, trees.START, late, OURS_AND_LIMIT, trees.START, repeat=5
        ),
        Workload(
            "many-unchanged",
            "{files} files of 64 bytes unchanged, with fresh times",
            many,
            now,
            _in_mode(CONTENT_TRUE) + bare,
            many,
            repeat=2,
        ),
        Workload(
            "million-unchanged",
            "{files} files of 16 bytes unchanged, with fresh times",
            million,
            now,
            [Entry(OURS, CONTENT_TRUE), *bare, Entry(LIMIT, CONTENT_TRUE)],
            million,
            repeat=1,
        ),
    ]


def _over_tls(delay_ms: int) -> list[Workload]:
    """What users have: TLS, and a server that takes its time."""
    site, changed = trees.SITE, trees.SITE_CHANGED
    late = Conditions(delay_ms, tls=True)
    throttled = Conditions(delay_ms, tls=True, throttle=THROTTLE)
    tail = Conditions(delay_ms, tls=True, tail=TAIL)
    comparing = RECORD_CONTENT_TRUE + TUNED_COMPARING + COMPARING
    tuned = [*RECORD, *TUNED_PEERS]
    tuned_once = [Entry(entry.tool, entry.mode, once=True) for entry in TUNED_PEERS]
    return [
        Workload("first", FIRST, site, late, tuned + PEER_DEFAULTS),
        Workload("unchanged", UNCHANGED, site, late, comparing + PEER_DEFAULTS, site),
        Workload("changed", CHANGED, changed, late, comparing, site),
        Workload(
            "large",
            LARGE,
            trees.LARGE,
            late,
            [Entry(OURS), *TUNED_PEERS, *PEER_DEFAULTS],
        ),
        # At their defaults rclone and aws would need minutes for it.
        Workload("small", SMALL, trees.SMALL, late, RECORD + tuned_once, repeat=2),
        Workload(
            "start",
            START,
            trees.START,
            Conditions(tls=True),
            [Entry(OURS), *_peers(DEFAULT)],
            trees.START,
            repeat=5,
        ),
        Workload("first", FIRST, site, throttled, [Entry(OURS), *tuned_once]),
        Workload("first", FIRST, site, tail, [Entry(OURS), *tuned_once]),
    ]
