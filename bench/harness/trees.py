"""The folders that are deployed: the same bytes for the same name on every machine."""

import hashlib
import json
import math
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from . import places

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

# Raised when the same specification makes other files.
GENERATOR = 1

# One file of this many is changed.
CHANGED_OF = 100

FILES_PER_FOLDER = 100

# About what a built site holds; pages are deployed after everything else.
ENDINGS = ["html", "js", "css", "png", "json", "svg", "woff2", "txt", "jpg", "map"]


@dataclass(frozen=True)
class Spec:
    """What a tree is made of."""

    name: str
    files: int
    size_min: int
    size_max: int
    # Whether one file of `CHANGED_OF` has other bytes of the same size.
    changed: bool = False

    def scaled(self, scale: float) -> "Spec":
        """Fewer files, or a smaller one."""
        if self.files == 1:
            size = max(1, round(self.size_max * scale))
            return replace(self, size_min=size, size_max=size)
        return replace(self, files=math.ceil(self.files * scale))


SITE = Spec("site", 5_000, KIB, 64 * KIB)
SITE_CHANGED = Spec("site", 5_000, KIB, 64 * KIB, changed=True)
LARGE = Spec("large", 1, GIB, GIB)
SMALL = Spec("small", 20_000, KIB, KIB)
START = Spec("start", 1, 1, 1)
MANY = Spec("many", 100_000, 64, 64)
MILLION = Spec("million", 1_000_000, 16, 16)


@dataclass(frozen=True)
class Tree:
    """A generated folder."""

    spec: Spec
    folder: Path
    # MD5 by key.
    sums: dict[str, str]
    bytes: int

    def touch(self):
        """Gives every file the time of a fresh checkout."""
        now = time.time_ns()
        for key in self.sums:
            os.utime(self.folder / key, ns=(now, now))

    def warm(self):
        """Reads every file, so that the first program finds them in memory as the others do."""
        for key in self.sums:
            with (self.folder / key).open("rb") as file:
                while file.read(MIB):
                    pass


def get(spec: Spec) -> Tree:
    """The tree, generated if it is not there as specified."""
    folder = places.TREES / _folder_name(spec)
    sums_file = folder.with_name(folder.name + ".json")
    made = {"generator": GENERATOR, **asdict(spec)}
    try:
        kept = json.loads(sums_file.read_text())
        if kept["made"] != made:
            raise ValueError("made otherwise")
    except (OSError, ValueError, KeyError):
        print(f"making {folder.name}: {spec.files} files", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        kept = {"made": made, **_generate(spec, folder)}
        # Last, so that an interrupted generation is begun again.
        sums_file.write_text(json.dumps(kept))
    return Tree(spec, folder, kept["sums"], kept["bytes"])


def _folder_name(spec: Spec) -> str:
    size = f"-{spec.size_max}" if spec.files == 1 else ""
    return f"{spec.name}-{spec.files}{size}{'-changed' if spec.changed else ''}"


def _generate(spec: Spec, folder: Path) -> dict:
    folder.mkdir(parents=True)
    sums, total = {}, 0
    made_folder = None
    for index in range(spec.files):
        key, size, chunks = _file(spec, index)
        path = folder / key
        if path.parent != made_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
            made_folder = path.parent
        md5 = hashlib.md5(usedforsecurity=False)
        with path.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
                md5.update(chunk)
        sums[key] = md5.hexdigest()
        total += size
    return {"sums": sums, "bytes": total}


def _file(spec: Spec, index: int) -> tuple[str, int, Iterator[bytes]]:
    """Key, size and bytes of one file; a changed one keeps its size."""
    noise = random.Random(f"{spec.name}/{index}")
    size = noise.randint(spec.size_min, spec.size_max)
    if spec.changed and index % CHANGED_OF == 0:
        noise = random.Random(f"{spec.name}/{index}/changed")
    ending = ENDINGS[index % len(ENDINGS)] if spec.files > 1 else "bin"
    key = f"part-{index // FILES_PER_FOLDER:05}/file-{index:07}.{ending}"
    return key, size, _chunks(noise, size)


def _chunks(noise: random.Random, size: int) -> Iterator[bytes]:
    for begin in range(0, size, MIB):
        yield noise.randbytes(min(MIB, size - begin))
