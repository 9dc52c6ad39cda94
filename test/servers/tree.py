"""Both sides of a deploy as plain values: bytes by name."""

import os
import random
import time
from pathlib import Path

MIB = 1024 * 1024

# Names that could be mangled between a disk, a URL, a signature and S3's XML, each with
# the type that its object must have. No line break: moto has no route for such a key.
ODD_NAMES = {
    ".well-known/security.txt": "text/plain; charset=utf-8",
    "100%.txt": "text/plain; charset=utf-8",
    "a%20b%2Fc.txt": "text/plain; charset=utf-8",
    "a+b c.css": "text/css; charset=utf-8",
    "back\\slash.js": "text/javascript; charset=utf-8",
    "c#/index.html": "text/html; charset=utf-8",
    "deep/" * 40 + "file.json": "application/json",
    "e\u0301tat.png": "image/png",
    "empty.txt": "text/plain; charset=utf-8",
    "no-extension": "binary/octet-stream",
    "quote'\"<&>.xml": "application/xml; charset=utf-8",
    "semi;colon,comma=equals@at!.woff2": "font/woff2",
    "tab\there.txt": "text/plain; charset=utf-8",
    "trailing blank ": "binary/octet-stream",
    "what?/x=1&y=2.svg": "image/svg+xml; charset=utf-8",
    "~(round)[square]{curly}$*|^`.wasm": "application/wasm",
    "\u00fcn\u00efcode/\u65e5\u672c\u8a9e/\U0001f389.html": "text/html; charset=utf-8",
}


def odd_site(mangled: str = "") -> dict[str, bytes]:
    """A file for each odd name without `mangled` characters; that of `empty.txt` is
    empty, all others differ."""
    names = [name for name in ODD_NAMES if not set(name) & set(mangled)]
    site = {name: f"content of {name!r}\n".encode() for name in names}
    site["empty.txt"] = b""
    return site


def small_site() -> dict[str, bytes]:
    return {
        "index.html": b'<!doctype html><script src="app.3f2a.js"></script>\n',
        "blog/post.html": b"<!doctype html><p>A post.</p>\n",
        "app.3f2a.js": b"console.log(1);\n",
        "style.css": b"p { color: red }\n",
    }


def noise(size: int, seed: int = 1) -> bytes:
    """The same bytes for the same seed."""
    return random.Random(seed).randbytes(size)


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Writes `files` below `folder`."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def touch(folder: Path):
    """Gives every file the time of a fresh checkout."""
    later = time.time() + 3600
    for path in folder.rglob("*"):
        os.utime(path, (later, later))


class Bucket:
    """A bucket, as boto3 sees it."""

    def __init__(self, s3, name: str):
        self.s3 = s3
        self.name = name
        s3.create_bucket(Bucket=name)

    def put(self, files: dict[str, bytes]):
        for key, content in files.items():
            self.s3.put_object(Bucket=self.name, Key=key, Body=content)

    def objects(self) -> dict[str, dict]:
        """What the listing says of each object, by key."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return {
            item["Key"]: item for page in pages for item in page.get("Contents", [])
        }

    def get(self, key: str) -> dict:
        """One object with its headers; `Body` is its bytes."""
        answer = self.s3.get_object(Bucket=self.name, Key=key)
        return {**answer, "Body": answer["Body"].read()}

    def head(self, key: str) -> dict:
        """What one object is stored with."""
        return self.s3.head_object(Bucket=self.name, Key=key)

    def keep_versions(self):
        """Has the bucket keep versions from now on."""
        enabled = {"Status": "Enabled"}
        self.s3.put_bucket_versioning(
            Bucket=self.name, VersioningConfiguration=enabled
        )

    def files(self, prefix: str = "") -> dict[str, bytes]:
        """Bytes by key below `prefix`, which is cut off."""
        return {
            key.removeprefix(prefix): self.get(key)["Body"]
            for key in self.objects()
            if key.startswith(prefix)
        }

    def open_uploads(self) -> list[dict]:
        return self.s3.list_multipart_uploads(Bucket=self.name).get("Uploads", [])
