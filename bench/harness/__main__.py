"""The benchmark as a whole: options, programs, runs in alternation, tables, verdicts."""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

from . import (
    install,
    machine,
    places,
    report,
    results,
    runner,
    targets,
    trees,
    workloads,
)
from .tools import LIMIT, OURS, TOOLS
from .workloads import Entry, Workload

QUICK_SCALE = 0.1

# Everything takes some 35 minutes beside the builds; a machine that needs longer is not waited for.
MINUTES = 40


def main() -> int:
    options = parse()
    selected = select(options)
    wanted = sorted({entry.tool for workload in selected for entry in workload.entries})
    programs, missing = install.programs(wanted, options.pipe, options.helpers)
    about = machine.describe()
    versions = {
        name: install.version(name, programs[name])
        for name in wanted
        if name in programs
    }
    selected = [without(workload, missing) for workload in selected]
    selected = [workload for workload in selected if workload.entries]
    summaries = {}
    broken = False
    deadline = time.monotonic() + options.minutes * 60
    for workload in selected:
        if time.monotonic() > deadline:
            missing[workload.name] = f"{options.minutes} minutes were over"
            continue
        try:
            summaries[workload.name] = measure(workload, programs, deadline)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            # The others are measured all the same: nobody may be there to begin anew.
            missing[workload.name] = f"{type(error).__name__}: {error}".splitlines()[0]
            broken = True
            continue
        print("\n".join(report.tables([workload], summaries)), flush=True)
    verdicts = targets.judge(selected, summaries)
    print("\n".join(report.targets(verdicts)))
    for name, reason in missing.items():
        print(f"{name} was not measured: {reason}")
    if options.results:
        text = report.document(about, versions, missing, selected, summaries, verdicts)
        options.results.write_text(text)
    return 0 if sound(summaries) and not broken else 1


def parse() -> argparse.Namespace:
    """The options; without any, everything is measured and written down."""
    names = [workload.name for workload in workloads.table(20)]
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    listed = {"type": lambda text: text.split(","), "metavar": "NAME,…"}
    parser.add_argument(
        "--only",
        "--workload",
        dest="workload",
        **listed,
        help=f"only these; or with a word of their names such as tls: {', '.join(names)}",
    )
    parser.add_argument("--peers", **listed, help=f"only these: {', '.join(TOOLS)}")
    parser.add_argument(
        "--delay-ms", type=int, help="only workloads with this delay; may be 0"
    )
    parser.add_argument(
        "--minutes",
        type=int,
        default=MINUTES,
        help="after so many no further run is begun; %(default)s by default",
    )
    parser.add_argument("--repeat", type=int, help="runs of each program")
    parser.add_argument("--scale", type=float, default=None, help="of files; 1 is all")
    parser.add_argument("--quick", action="store_true", help="a small table")
    parser.add_argument(
        "--pipe", type=absolute, help="a binary of this pipe; built otherwise"
    )
    parser.add_argument(
        "--helpers",
        type=absolute,
        help="folder of test-server, limit and measure; built otherwise",
    )
    parser.add_argument(
        "--results", type=absolute, help="a file for the results in Markdown"
    )
    options = parser.parse_args()
    for name in options.peers or []:
        if name not in TOOLS:
            parser.error(f"--peers: there is no {name}")
    chosen = vars(options) | {"minutes": None}
    if not any(value for value in chosen.values()):
        options.results = places.RESULTS
    return options


def absolute(text: str) -> Path:
    return Path(text).absolute()


def select(options: argparse.Namespace) -> list[Workload]:
    """The workloads as the options want them."""
    scale = options.scale or (QUICK_SCALE if options.quick else 1)
    selected = []
    for workload in workloads.table(options.delay_ms or 20):
        if options.workload and not any(map(workload.is_called, options.workload)):
            continue
        delay_ms = workload.conditions.delay_ms
        if options.delay_ms is not None and delay_ms != options.delay_ms:
            continue
        if options.quick and not workload.quick and not options.workload:
            continue
        repeat = options.repeat or (1 if options.quick else workload.repeat)
        entries = [
            entry
            for entry in workload.entries
            if not options.peers or entry.tool in options.peers
        ]
        preload = workload.preload and workload.preload.scaled(scale)
        tree = workload.tree.scaled(scale)
        workload = replace(
            workload, tree=tree, preload=preload, repeat=repeat, entries=entries
        )
        if entries:
            selected.append(workload)
    if not selected:
        sys.exit("bench/run: these options select nothing")
    return selected


def without(workload: Workload, missing: dict[str, str]) -> Workload:
    entries = [entry for entry in workload.entries if entry.tool not in missing]
    return replace(workload, entries=entries)


def measure(
    workload: Workload, programs: dict[str, Path], deadline: float
) -> dict[Entry, results.Summary]:
    """Runs every entry of a workload, one after the other, and again before the `deadline`."""
    tree = trees.get(workload.tree)
    preload = trees.get(workload.preload) if workload.preload else None
    # Once is enough: what the bucket holds from the start says that it is older than the server.
    tree.touch()
    tree.warm()
    runs = {entry: [] for entry in workload.entries}
    for round_number in range(workload.repeat):
        for entry in rotated(workload.entries, round_number):
            if round_number and (entry.once or time.monotonic() > deadline):
                continue
            run = runner.run(workload, entry, programs, tree, preload)
            runs[entry].append(run)
            tell(workload, entry, run)
            keep(workload, entry, run)
    return {entry: results.summarise(all_runs) for entry, all_runs in runs.items()}


def rotated(entries: list[Entry], places_left: int) -> list[Entry]:
    """The same in turn, with another one first, so that none always comes after the same."""
    begin = places_left % len(entries)
    return entries[begin:] + entries[:begin]


def tell(workload: Workload, entry: Entry, run: runner.Run):
    failed = f", exit code {run.exit_code}" if run.failed else ""
    print(
        f"{workload.name}: {entry.label}: {run.wall:.2f} s, CPU {run.cpu:.2f} s, "
        f"{run.peak_kib / 1024:.0f} MiB, wrong: {results.wrong(run.contents)}{failed}",
        file=sys.stderr,
        flush=True,
    )
    if run.failed:
        log = runner.log_file(workload, entry)
        last = log.read_text(errors="replace").splitlines()[-3:] or ["(nothing)"]
        print(f"the end of {log}:", *last, sep="\n  ", file=sys.stderr)


def keep(workload: Workload, entry: Entry, run: runner.Run):
    """Appends the run to the raw results, which only ever grow."""
    line = {"at": round(time.time()), "workload": workload.name, "entry": entry.label}
    places.WORK.mkdir(parents=True, exist_ok=True)
    with places.RAW_RESULTS.open("a", encoding="utf-8") as file:
        print(json.dumps(line | asdict(run)), file=file)


def sound(summaries: results.Summaries) -> bool:
    """Whether this pipe and `limit` did their work; a peer may do what it does."""
    return all(
        not row.failed and row.contents.as_planned
        for rows in summaries.values()
        for entry, row in rows.items()
        if entry.tool in (OURS, LIMIT)
    )


sys.exit(main())
