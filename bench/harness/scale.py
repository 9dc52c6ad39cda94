"""Computes the tables of docs/scale.md from the constants that stand in it. Pure, but for the file.

PYTHONPATH=bench python3 -m harness.scale --write
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from .places import ROOT

DOCUMENT = ROOT / "docs" / "scale.md"
COUNTS = (1_000_000, 10_000_000, 100_000_000)
HEAD = ["| | 1 million | 10 million | 100 million |", "| --- | --- | --- | --- |"]

# What a unit of a constant is worth: bytes, seconds, dollars or requests.
UNITS = {
    "": 1,
    "B": 1,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
    "ns": 1e-9,
    "µs": 1e-6,
    "ms": 1e-3,
    "Gbit/s": 1e9 / 8,
}
GIB = UNITS["GiB"]
CONSTANT = re.compile(r"^\| (\S+) \| .* \| \$?([0-9.,]+)(?: (\S+))?(?: \(.*\))? \|$")


def constants(document: str) -> dict[str, float]:
    """The constants of the document, by their letters."""
    found = {}
    for line in document.split("\n## One step", 1)[0].splitlines():
        if match := CONSTANT.match(line):
            name, number, unit = match.groups()
            found[name] = float(number.replace(",", "")) * UNITS[unit or ""]
    return found


@dataclass(frozen=True)
class Scale:
    """The formulas of the document."""

    c: dict[str, float]

    def listings(self, objects: int) -> float:
        return max(1, objects / self.c["P"])

    def puts_seconds(self, uploads: int) -> float:
        return uploads * self.c["L"] / self.c["C"]

    def rate_seconds(self, uploads: int, partitions: int = 1) -> float:
        return uploads / (self.c["R₁"] * partitions)

    def upload_seconds(self, uploads: int, shares: int = 1, partitions: int = 1):
        """With one core in each step."""
        return max(
            self.puts_seconds(uploads) / shares,
            self.rate_seconds(uploads, partitions),
            uploads * self.c["c₁"] / shares,
            uploads * self.c["S"] / self.c["B"] / shares,
        )

    def heads_seconds(self, heads: int) -> float:
        return max(
            heads * self.c["L"] / self.c["C"],
            heads / self.c["R₂"],
            heads * self.c["c₁′"],
        )

    def listing_seconds(self, objects: int, beside: float) -> float:
        return self.listings(objects) * self.c["L′"] / beside

    def comparing_seconds(self, files: int) -> float:
        return files * (self.c["c₃"] + self.c["S"] * self.c["c₄"])

    def record_seconds(self, files: int) -> float:
        """To read it, and to write it twice."""
        return files * (self.c["c₅"] + 2 * self.c["c₅′"])

    def memory(self, uploads: int, unchanged: int) -> float:
        lines = uploads * (2 * self.c["m₅"] + self.c["b"])
        return self.c["m₀"] + self.c["m₁"] * uploads + self.c["m₂"] * unchanged + lines

    def memory_of_share(self, files: int, shares: int) -> float:
        return self.c["m₀"] + self.c["m₄"] * files + self.c["m₁"] * files / shares

    def dollars(self, puts: float, gets: float = 0) -> float:
        return puts / 1000 * self.c["$₁"] + gets / 1000 * self.c["$₂"]

    def fit(self, per_file: float) -> float:
        """Files that fit into 1 GiB."""
        return (GIB - self.c["m₀"]) / per_file


def tables(c: dict[str, float]) -> dict[str, list[str]]:
    """The rows of each table, by the line before it."""
    scale = Scale(c)
    many = c["K"]
    first = {
        "Requests": lambda n: f"{n + 5:,}",
        "Dollars": lambda n: dollars(scale.dollars(n + 3, 1)),
        "Upload time by requests in flight": lambda n: time(scale.puts_seconds(n)),
        "… by S3's rate for one prefix": lambda n: time(scale.rate_seconds(n)),
        "… by CPU over TLS, one core": lambda n: time(n * c["c₁"]),
        "… by bandwidth": lambda n: time(n * c["S"] / c["B"]),
        "Record": lambda n: size(n * c["b"]),
        "Memory": lambda n: size(scale.memory(n, 0)),
    }
    unchanged = {
        "Requests": lambda n: f"{n / c['P'] + 2:,.0f}",
        "Dollars": lambda n: dollars(scale.dollars(scale.listings(n), 1)),
        "Listing time, K = 1": lambda n: time(scale.listing_seconds(n, 1)),
        f"Listing time, K = {many:.0f}": lambda n: time(scale.listing_seconds(n, many)),
        "Comparing time, one core": lambda n: time(scale.comparing_seconds(n)),
        "Record, one core": lambda n: time(n * c["c₅"]),
        "Memory": lambda n: size(scale.memory(0, n)),
    }
    heads = {
        "Dollars": lambda n: dollars(scale.dollars(0, n)),
        "Time, one core": lambda n: time(scale.heads_seconds(n)),
        "… by S3's rate for one prefix": lambda n: time(n / c["R₂"]),
    }
    shares = {
        "Dollars, M = 4": lambda n: dollars(scale.dollars(n + scale.listings(n))),
        "Upload time, M = 4, one partition": lambda n: time(
            scale.upload_seconds(n, 4, 1)
        ),
        "Upload time, M = 4, four partitions": lambda n: time(
            scale.upload_seconds(n, 4, 4)
        ),
        "Upload time, M = 16, 16 partitions": lambda n: time(
            scale.upload_seconds(n, 16, 16)
        ),
        f"Last step, K = {many:.0f}, one core": lambda n: time(
            scale.listing_seconds(n, many)
            + scale.comparing_seconds(n)
            + scale.record_seconds(n)
        ),
    }
    named = {
        "A first deploy:": first,
        "The same again, with nothing changed:": unchanged,
        "With `COMPARE_HEADERS: 'true'`, or once where a KMS key encrypts the bucket, in addition:": heads,
        "A first deploy of assets, as many as there were above:": shares,
    }
    return {
        line: [
            f"| {' | '.join([row, *(cell(count) for count in COUNTS)])} |"
            for row, cell in rows.items()
        ]
        for line, rows in named.items()
    }


def sentences(c: dict[str, float]) -> dict[str, str]:
    """Sentences with numbers in them, by their beginnings."""
    scale = Scale(c)
    line = 2 * c["m₅"] + c["b"]
    first = scale.fit(c["m₁"] + line) / 1e6
    unchanged = scale.fit(c["m₂"]) / 1e6
    ten = COUNTS[1]
    four, sixteen = (size(scale.memory_of_share(ten, shares)) for shares in (4, 16))
    rate = c["C"] / c["L"]
    lists = 17 * scale.listings(COUNTS[2])
    return {
        "   With 64 requests": f"   With {c['C']:.0f} requests in flight at {c['L'] * 1000:.0f} ms, one step sends {rate:,.0f} PUTs a second; {c['R₁']:,.0f} is all that S3 promises for a prefix that it has not partitioned, and {c['R₂']:,.0f} of GET and HEAD.",
        "   At 3,200": f"   At {rate:,.0f} a second an hour is {rate * 3600 / 1e6:.1f} million uploads.",
        "   A pipe runs": f"   A pipe runs with about 1 GiB unless the step is larger or gives its docker service more: that is {first:.1f} million files in a first deploy of one step, and {unchanged:.1f} million unchanged ones.",
        "   At 10 million": f"   At 10 million, a first deploy in one step needs {size(scale.memory(ten, 0))}, a share of 4 needs {four}, and one of 16 needs {sixteen}.",
        "   The last step of": f"   The last step of either needs the {size(scale.memory(0, ten))} of an unchanged deploy.",
        "   At 100 million": f"   At 100 million, 16 shares and a last step make {lists / 1e6:.1f} million listings: {dollars(scale.dollars(lists))}, and each step needs its {time(scale.listing_seconds(COUNTS[2], c['K']))} (K = {c['K']:.0f}) before it begins.",
    }


def time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def size(count: float) -> str:
    if count < GIB:
        return f"{count / UNITS['MiB']:.0f} MiB"
    return f"{count / GIB:.1f} GiB" if count < 10 * GIB else f"{count / GIB:.0f} GiB"


def dollars(amount: float) -> str:
    if amount < 0.01:
        return f"${amount:.3f}"
    return f"${amount:,.2f}".removesuffix(".00")


def computed(document: str) -> str:
    """The document with its tables and sentences computed anew."""
    c = constants(document)
    made, told = tables(c), sentences(c)
    lines = []
    old = iter(document.splitlines())
    for line in old:
        begun = next((text for text in told if line.startswith(text)), None)
        lines.append(told.pop(begun) if begun else line)
        if rows := made.pop(line, None):
            # The empty line, and the old table up to the next one.
            next(old)
            for row in old:
                if not row:
                    break
            lines += ["", *HEAD, *rows, ""]
    if made or told:
        raise ValueError(f"the document lacks {[*made, *told]}")
    return "\n".join(lines) + "\n"


def main(path: Path = DOCUMENT) -> int:
    text = path.read_text(encoding="utf-8")
    anew = computed(text)
    if "--write" in sys.argv[1:]:
        path.write_text(anew, encoding="utf-8")
        return 0
    print("as computed" if anew == text else "not as computed: use --write")
    return 0 if anew == text else 1


if __name__ == "__main__":
    sys.exit(main())
