"""What the numbers were measured on. Names neither the machine nor a path on it."""

import datetime
import os
import platform
import subprocess

from .places import ROOT


def describe() -> list[tuple[str, str]]:
    """Names and values, for people."""
    return [
        ("date", datetime.date.today().isoformat()),
        ("commit", _commit()),
        ("cores", str(len(os.sched_getaffinity(0)))),
        ("CPU", _field("/proc/cpuinfo", "model name") or platform.machine()),
        ("memory", _memory()),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("Python", platform.python_version()),
        ("Rust", _output(["rustc", "--version"])),
        ("load average before", f"{os.getloadavg()[0]:.1f}"),
    ]


def _commit() -> str:
    commit = _output(["git", "rev-parse", "--short", "HEAD"])
    changed = _output(["git", "status", "--porcelain", "--untracked-files=no"])
    return f"{commit} with changes" if changed else commit


def _memory() -> str:
    kib = _field("/proc/meminfo", "MemTotal").removesuffix(" kB")
    return f"{int(kib) / 1024 / 1024:.0f} GiB" if kib else ""


def _field(path: str, name: str) -> str:
    with open(path, encoding="utf-8") as file:
        for line in file:
            field, _, value = line.partition(":")
            if field.strip() == name:
                return value.strip()
    return ""


def _output(command: list[str]) -> str:
    try:
        ended = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return ended.stdout.strip()
