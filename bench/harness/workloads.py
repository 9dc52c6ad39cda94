"""The table of workloads: which trees, which programs in which mode, how often."""

from dataclasses import dataclass, field

from . import trees
from .tools import LIMIT, OURS, PEERS, TOOLS
from .trees import Spec

DEFAULT = "default"
CONTENT_TRUE = "content-true"
SIZE_ONLY = "size only"

# Programs that need so long for thousands of uploads that one run has to do.
SLOW = {"s5cmd", "aws"}


@dataclass(frozen=True)
class Entry:
    """One program in one mode; a row of a workload's table."""

    tool: str
    mode: str = DEFAULT
    # Whether it runs a single time, whatever the number of repetitions.
    once: bool = False

    @property
    def arguments(self) -> list[str]:
        tool = TOOLS[self.tool]
        modes = {CONTENT_TRUE: tool.content_true, SIZE_ONLY: tool.size_only}
        return modes.get(self.mode) or []

    @property
    def label(self) -> str:
        return " ".join([self.tool, *self.arguments])


@dataclass(frozen=True)
class Workload:
    """What is deployed onto what, with how much delay per request."""

    name: str
    # With places for what the tree says.
    title_format: str
    tree: Spec
    delay_ms: int
    entries: list[Entry]
    # What the bucket holds before.
    preload: Spec | None = None
    quick: bool = False
    repeat: int = field(default=3)

    @property
    def title(self) -> str:
        """What the workload is."""
        tree = self.tree
        mib = f"{tree.size_max / trees.MIB:,.0f}"
        return self.title_format.format(files=f"{tree.files:,}", mib=mib)

    @property
    def base(self) -> str:
        """The name without the delay."""
        return self.name.removesuffix(f"-{self.delay_ms}ms")


def _defaults(once: set[str]) -> list[Entry]:
    return [Entry(name, once=name in once) for name in TOOLS]


def _content_true(names: list[str]) -> list[Entry]:
    return [Entry(name, CONTENT_TRUE) for name in names]


COMPARING = [name for name, tool in TOOLS.items() if tool.content_true is not None]
PEER_DEFAULTS = [Entry(name, once=True) for name in PEERS]
PEER_SIZE_ONLY = [Entry(name, SIZE_ONLY, once=True) for name in PEERS]


def table(delay_ms: int) -> list[Workload]:
    """Every workload; those with a delay have this one."""
    site, changed, small = trees.SITE, trees.SITE_CHANGED, trees.SMALL
    many, million = trees.MANY, trees.MILLION
    late = f"-{delay_ms}ms"
    slow_late = SLOW | {"rclone"}
    all_modes = _content_true(COMPARING) + PEER_DEFAULTS
    sizes = _content_true(COMPARING) + PEER_SIZE_ONLY
    return [
        Workload(
            "first",
            "first deploy of {files} files of 1–64 KiB",
            site,
            0,
            _defaults(SLOW),
            quick=True,
        ),
        Workload(
            f"first{late}",
            "first deploy of {files} files of 1–64 KiB",
            site,
            delay_ms,
            _defaults(slow_late),
        ),
        Workload(
            "unchanged",
            "{files} files unchanged, with fresh times",
            site,
            0,
            all_modes,
            preload=site,
            quick=True,
        ),
        Workload(
            f"unchanged{late}",
            "{files} files unchanged, with fresh times",
            site,
            delay_ms,
            _content_true(COMPARING),
            preload=site,
        ),
        Workload(
            "changed",
            "1 % of {files} files changed at equal size, fresh times",
            changed,
            0,
            sizes,
            preload=site,
            quick=True,
        ),
        Workload(
            f"changed{late}",
            "1 % of {files} files changed at equal size, fresh times",
            changed,
            delay_ms,
            _content_true(COMPARING),
            preload=site,
        ),
        Workload(
            "large",
            "first deploy of one file of {mib} MiB",
            trees.LARGE,
            0,
            _defaults({"rclone", *SLOW}),
        ),
        Workload(
            "small",
            "first deploy of {files} files of 1 KiB",
            small,
            0,
            _defaults({"rclone", *SLOW}),
            repeat=2,
        ),
        Workload(
            "small-unchanged",
            "{files} files of 1 KiB unchanged, with fresh times",
            small,
            0,
            _content_true(COMPARING),
            preload=small,
        ),
        Workload(
            "start",
            "one file of one byte, unchanged: what a start takes",
            trees.START,
            0,
            _defaults(set()),
            preload=trees.START,
            quick=True,
            repeat=5,
        ),
        Workload(
            f"start{late}",
            "one file of one byte, unchanged: what a start takes",
            trees.START,
            delay_ms,
            [Entry(OURS), Entry(LIMIT)],
            preload=trees.START,
            repeat=5,
        ),
        Workload(
            "many-unchanged",
            "{files} files of 64 bytes unchanged, with fresh times",
            many,
            0,
            _content_true(COMPARING),
            preload=many,
            repeat=2,
        ),
        Workload(
            "million-unchanged",
            "{files} files of 16 bytes unchanged, with fresh times",
            million,
            0,
            [Entry(OURS, CONTENT_TRUE), Entry(LIMIT, CONTENT_TRUE)],
            preload=million,
            repeat=1,
        ),
    ]
