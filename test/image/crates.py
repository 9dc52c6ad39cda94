"""Holds the list of crates in a binary against Cargo.lock.

    crates.py SECTION CARGO_LOCK

SECTION is what cargo-auditable writes: JSON, compressed. It has to name the pipe itself, only
crates of the lock file in its versions, and the ones that the pipe talks to AWS with.
"""

import json
import sys
import tomllib
import zlib
from pathlib import Path

ALWAYS_THERE = {"aws-oidc-s3-deploy", "aws-sdk-s3", "aws-sdk-sts", "ring", "rustls", "tokio"}


def main(section, lock):
    listed = json.loads(zlib.decompress(Path(section).read_bytes()))["packages"]
    crates = {
        (crate["name"], crate["version"]) for crate in listed if crate.get("kind") != "build"
    }
    locked = {
        (crate["name"], crate["version"])
        for crate in tomllib.loads(Path(lock).read_text())["package"]
    }
    unknown = crates - locked
    missing = ALWAYS_THERE - {name for name, _ in crates}
    if unknown or missing:
        sys.exit(f"image: the list of crates is wrong: unknown {unknown}, missing {missing}")
    print(f"crates: {len(crates)} are listed in the binary")


if __name__ == "__main__":
    main(*sys.argv[1:])
