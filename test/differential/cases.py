"""The table of cases: a folder, what the bucket holds before, and flags."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tree import MIB, noise

SITE = {
    "index.html": b"<!doctype html><p>index\n",
    "style.css": b"p { color: red }\n",
    "docs/guide.html": b"<!doctype html><p>guide\n",
    "docs/data.json": b"{}\n",
    "img/logo.png": b"\x89PNG\n",
    "notes.txt": b"notes\n",
}

# What the bucket holds that the folder does not.
OLD = {
    "old.html": b"<p>old\n",
    "old.txt": b"old\n",
    "docs/old.html": b"<p>old guide\n",
    "docs/old.json": b"[]\n",
}

ODD = {
    "a b.txt": b"blank\n",
    "a+b.txt": b"plus\n",
    "a%20b.txt": b"percent\n",
    "a#b?c.txt": b"hash\n",
    "a&b;c,d=e.txt": b"ampersand\n",
    "[set].txt": b"set\n",
    "quote'\".txt": b"quote\n",
    "back\\slash.txt": b"backslash\n",
    "ünï/日本語.txt": "ünï\n".encode(),
    "e\u0301.txt": b"decomposed\n",
    "~(round){curly}$.txt": b"signs\n",
    ".well-known/security.txt": b"dot\n",
    "trailing blank ": b"blank\n",
}


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    name: str
    flags: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=lambda: SITE)
    # Objects by key, below the prefix.
    before: dict[str, bytes] = field(default_factory=dict)
    prefix: str = ""
    # Variables of the pipe, and the flags that the official pipe makes of them.
    variables: dict[str, str] = field(default_factory=dict)
    variable_flags: list[str] = field(default_factory=list)
    # Links by name, with their targets.
    links: dict[str, str] = field(default_factory=dict)
    # The files are older than the objects.
    older: bool = False
    # Flags of a run before this one, where there is one.
    earlier: list[str] | None = None


EQUAL = [
    Case("a first deploy"),
    Case("nothing is deleted unless asked for", before=OLD),
    Case("delete", ["--delete"], before=OLD),
    Case("below a prefix", ["--delete"], before=OLD, prefix="docs/v1"),
    Case("dry run", ["--dryrun", "--delete"], before=OLD),
    Case("changed size", before={"index.html": b"x", "notes.txt": b"longer notes\n"}),
    Case("changed content of equal size", before={"notes.txt": b"NOTES\n"}),
    Case(
        "size only", ["--size-only"], before={"notes.txt": b"NOTES\n", "style.css": b""}
    ),
    Case("exact timestamps", ["--exact-timestamps"], before={"notes.txt": b"NOTES\n"}),
    Case("exclude", ["--exclude", "*.html"]),
    Case("exclude and delete", ["--exclude", "*.html", "--delete"], before=OLD),
    Case("exclude all, include some", ["--exclude", "*", "--include", "*.html"]),
    Case("include does nothing alone", ["--include", "*.html"]),
    Case(
        "the last match wins",
        [
            "--include",
            "*.html",
            "--exclude",
            "docs/*",
            "--include",
            "docs/*.json",
            "--delete",
        ],
        before=OLD,
    ),
    Case("a star crosses folders", ["--exclude", "docs*html", "--delete"], before=OLD),
    Case(
        "question marks and sets",
        ["--exclude", "?ndex.[hx]tml", "--exclude", "[!is]*.txt"],
    ),
    Case("a folder's name alone matches nothing in it", ["--exclude", "docs"]),
    Case(
        "a leading slash matches nothing",
        ["--exclude", "/docs/*", "--exclude", "./img/*"],
    ),
    Case(
        "patterns below a prefix",
        ["--exclude", "docs/*", "--delete"],
        before=OLD,
        prefix="docs",
    ),
    Case("odd names", files=ODD, prefix="pre fix+%"),
    Case("odd names are deleted", ["--delete"], before=ODD),
    Case(
        "odd names in patterns",
        ["--exclude", "a b*", "--exclude", "[[]set].txt"],
        files=ODD,
    ),
    Case("cache control", ["--cache-control", "max-age=60, public"]),
    Case("content type", ["--content-type", "text/x-own; charset=latin1"]),
    Case("no guessed type", ["--no-guess-mime-type"]),
    Case("content encoding", ["--content-encoding", "gzip"]),
    Case(
        "language and disposition",
        [
            "--content-language",
            "de",
            "--content-disposition",
            'attachment; filename="a b.txt"',
        ],
    ),
    Case("expires", ["--expires", "2030-01-01T00:00:00Z"]),
    Case("expires on a day", ["--expires=2030-01-01"]),
    Case("metadata", ["--metadata", "author=me,Build=42"]),
    Case("metadata in quotes", ["--metadata", "a='x,y',b=two words"]),
    Case("metadata as JSON", ["--metadata", '{"a": "x,y", "b": "z"}']),
    Case("acl", ["--acl", "public-read"]),
    Case("storage class", ["--storage-class=STANDARD_IA"]),
    Case("encryption", ["--sse"]),
    Case(
        "encryption with a key", ["--sse", "aws:kms", "--sse-kms-key-id", "alias/site"]
    ),
    Case("website redirect", ["--website-redirect", "/there"]),
    Case("the last of equal flags wins", ["--acl", "private", "--acl", "public-read"]),
    Case(
        "everything on a large file",
        [
            "--acl",
            "public-read",
            "--cache-control",
            "no-cache",
            "--metadata",
            "a=1",
            "--sse",
            "--storage-class",
            "STANDARD_IA",
            "--content-type",
            "a/b",
            "--website-redirect",
            "/x",
        ],
        files={"large.bin": noise(17 * MIB), "small.bin": b"small\n"},
    ),
    Case(
        "flags that are about something else",
        [
            "--page-size",
            "10",
            "--source-region",
            "eu-west-1",
            "--metadata-directive",
            "REPLACE",
            "--ignore-glacier-warnings",
            "--force-glacier-transfer",
            "--no-progress",
            "--output",
            "text",
        ],
    ),
    Case("only errors", ["--only-show-errors"]),
    Case("quiet", ["--quiet", "--delete"], before=OLD),
    Case("links are followed", links={"alias": "docs", "copy.txt": "notes.txt"}),
    Case(
        "links are not followed",
        ["--no-follow-symlinks"],
        links={"alias": "docs", "copy.txt": "notes.txt", "broken": "nowhere"},
    ),
    Case("folder markers stay", ["--delete"], before={"docs/": b"", "gone/": b""}),
    Case(
        "the official variables",
        variables={
            "CACHE_CONTROL": "max-age=60",
            "ACL": "public-read",
            "STORAGE_CLASS": "ONEZONE_IA",
            "EXPIRES": "2018-10-01T00:00:00+00:00",
            "CONTENT_ENCODING": "gzip",
            "DELETE_FLAG": "true",
        },
        variable_flags=[
            "--cache-control",
            "max-age=60",
            "--acl",
            "public-read",
            "--storage-class",
            "ONEZONE_IA",
            "--expires",
            "2018-10-01T00:00:00+00:00",
            "--content-encoding",
            "gzip",
            "--delete",
        ],
        before=OLD,
    ),
    Case(
        "a flag wins over its variable",
        ["--cache-control", "no-cache"],
        variables={"CACHE_CONTROL": "max-age=60"},
        variable_flags=["--cache-control", "max-age=60"],
    ),
]


@dataclass(frozen=True)
class Difference:
    """A case that comes out differently, as the table of docs/migrating.md says."""

    # First cell of the table's row.
    row: str
    case: Case
    # Whether what the two buckets hold is the difference that the row describes.
    is_as_told: Callable[[dict, dict], bool]
    pipe_exit_code: int = 0
    aws_exit_code: int = 0


CACHED = Case(
    "a header changed, bytes did not",
    ["--cache-control", "no-cache"],
    files={"a.txt": b"same\n"},
    before={"a.txt": b"same\n"},
)

# What every deploy of the pipe has unless it says otherwise; the other rows do without.
RECORD = ".aws-oidc-s3-deploy/record"
RECORDED = {"DEPLOY_RECORD": "auto", "DELETE_GRACE": "7d"}
CHUNK = {"assets/app.3f2a9c1b.js": b"chunk\n"}

DIFFERENT = [
    Difference(
        "A file with the object's bytes, but newer",
        CACHED,
        lambda aws, pipe: (
            "CacheControl" in aws["a.txt"] and "CacheControl" not in pipe["a.txt"]
        ),
    ),
    Difference(
        "A file of the object's size, with other bytes, but older",
        Case(
            "older", files={"a.txt": b"new\n"}, before={"a.txt": b"old\n"}, older=True
        ),
        lambda aws, pipe: (
            (aws["a.txt"]["Body"], pipe["a.txt"]["Body"]) == (b"old\n", b"new\n")
        ),
    ),
    Difference(
        "Content-Type",
        Case(
            "types",
            files={
                "a.mjs": b"x",
                "a.js.map": b"x",
                "a.webmanifest": b"x",
                "a.jsonld": b"x",
            },
        ),
        lambda aws, pipe: (
            types(pipe)
            == [
                "application/json",
                "application/ld+json",
                "text/javascript",
                "application/manifest+json",
            ]
            != types(aws)
        ),
    ),
    Difference(
        "`.git` and `.bitbucket`",
        Case(
            "repository",
            ["--delete"],
            files={".git/config": b"x", "a.txt": b"x"},
            before={"sub/.git/config": b"x"},
        ),
        lambda aws, pipe: (
            (list(aws), list(pipe))
            == ([".git/config", "a.txt"], ["a.txt", "sub/.git/config"])
        ),
    ),
    Difference(
        "`_headers` and `_redirects` at the top of LOCAL_PATH",
        Case(
            "rules of the site",
            files={
                "_headers": b"/a.txt\n  Cache-Control: max-age=3\n",
                "_redirects": b"/old /a.txt 301\n",
                "a.txt": b"x",
            },
        ),
        lambda aws, pipe: (
            (sorted(aws), sorted(pipe))
            == (["_headers", "_redirects", "a.txt"], ["a.txt", "old"])
            and pipe["a.txt"].get("CacheControl") == "max-age=3"
        ),
    ),
    Difference(
        "The deploy record",
        Case("the record", variables=RECORDED),
        lambda aws, pipe: sorted(pipe) == sorted([*aws, RECORD]),
    ),
    Difference(
        "Headers that changed, of files that did not",
        Case(
            "headers",
            ["--cache-control", "no-cache"],
            files={"a.txt": b"same\n"},
            older=True,
            variables=RECORDED,
            earlier=[],
        ),
        lambda aws, pipe: (
            (aws["a.txt"].get("CacheControl"), pipe["a.txt"].get("CacheControl"))
            == (None, "no-cache")
        ),
    ),
    Difference(
        "Files of earlier builds with a fingerprint in their name, and `--delete`",
        Case("grace", ["--delete"], before=CHUNK | OLD, variables=RECORDED),
        lambda aws, pipe: sorted(pipe) == sorted([*aws, *CHUNK, RECORD]),
    ),
    Difference(
        "An empty LOCAL_PATH",
        Case("an empty folder", files={}),
        lambda aws, pipe: not aws and not pipe,
        pipe_exit_code=2,
    ),
    Difference(
        "An empty LOCAL_PATH with `--delete`",
        Case("empty", ["--delete"], files={}, before=OLD),
        lambda aws, pipe: not aws and sorted(pipe) == sorted(OLD),
        pipe_exit_code=2,
    ),
    Difference(
        "Many deletions",
        Case(
            "many",
            ["--delete"],
            files={"a": b"x"},
            before={f"old/{index}": b"x" for index in range(102)},
        ),
        lambda aws, pipe: len(aws) == 1 and len(pipe) == 102,
        pipe_exit_code=2,
    ),
    Difference(
        "Links out of LOCAL_PATH",
        Case("stray", files={"a.txt": b"x"}, links={"stray": "/etc/hostname"}),
        lambda aws, pipe: sorted(aws) == ["a.txt", "stray"] and not pipe,
        pipe_exit_code=2,
    ),
    Difference(
        "Links to nothing, sockets, names that are not UTF-8",
        Case("broken", files={"a.txt": b"x"}, links={"broken": "nowhere"}),
        lambda aws, pipe: list(aws) == ["a.txt"] and not pipe,
        pipe_exit_code=2,
        aws_exit_code=2,
    ),
    Difference(
        "Control characters in names",
        Case("bell", files={"a.txt": b"x", "bell\a": b"x"}),
        lambda aws, pipe: len(aws) == 2 and not pipe,
        pipe_exit_code=2,
    ),
    Difference(
        "Files that look like secrets",
        Case("secrets", files={"a.txt": b"x", ".env": b"PASSWORD=x\n"}),
        lambda aws, pipe: sorted(aws) == [".env", "a.txt"] and not pipe,
        pipe_exit_code=2,
    ),
]


def types(state: dict) -> list[str]:
    """The types of a state's objects, in the order of their keys, without their charset."""
    return [
        state[key]["ContentType"].removesuffix("; charset=utf-8")
        for key in sorted(state)
    ]
