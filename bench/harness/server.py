"""The embedded server as a process of its own, one for each run."""

import json
import shlex
import ssl
import subprocess
import tempfile
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

BUCKET = "bench"

# It may have to hash and answer for a million objects.
ANSWER_SECONDS_MAX = 300


@dataclass(frozen=True)
class Conditions:
    """How a server answers."""

    delay_ms: int = 0
    tls: bool = False
    # S3 requests per second, beyond which is answered 503 for so many seconds.
    throttle: tuple[int, int] | None = None
    # One S3 request of so many takes so many milliseconds longer.
    tail: tuple[int, int] | None = None

    @property
    def words(self) -> str:
        """For people."""
        words = ["TLS"] if self.tls else []
        if self.delay_ms:
            words.append(f"{self.delay_ms} ms per request")
        if self.throttle:
            words.append("503 above {} requests/s for {} s".format(*self.throttle))
        if self.tail:
            words.append("one request of {} takes {:,} ms more".format(*self.tail))
        return ", ".join(words)

    def arguments(self, authority: Path) -> list:
        """For the server's command line; `authority` is for its certificate."""
        arguments = ["--delay-ms", self.delay_ms]
        if self.tls:
            arguments += ["--tls", authority]
        for name in ("throttle", "tail"):
            if pair := getattr(self, name):
                arguments += [f"--{name}", "{}:{}".format(*pair)]
        return [str(word) for word in arguments]


@dataclass(frozen=True)
class Measures:
    """What the server saw of a run."""

    counts: dict[str, int]
    in_flight: int
    first_request_unix_micros: int | None
    connections: int


class Server:
    """A running server with one bucket, which holds the files of `preload` from the start."""

    def __init__(self, binary: Path, conditions: Conditions, preload: Path | None):
        self._folder = tempfile.TemporaryDirectory()
        authority = Path(self._folder.name) / "authority.pem"
        command = [binary, "--bucket", BUCKET, *conditions.arguments(authority)]
        command += ["--count-only", "--anonymous", "--static-keys"]
        if preload:
            command += ["--preload", preload]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.variables = {}
        while "BITBUCKET_STEP_OIDC_TOKEN" not in self.variables:
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError(f"the server ended with {self._process.wait()}")
            name, value = shlex.split(line)[1].split("=", 1)
            self.variables[name] = value
        self.url = self.variables["AWS_ENDPOINT_URL"]
        # Whom clients have to trust; none without TLS.
        self.authority = self.variables.get("AWS_CA_BUNDLE")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def clear(self):
        """Forgets the requests so far."""
        self._ask("clear", b"")

    def measures(self) -> Measures:
        answer = json.loads(self._ask("measures"))
        return Measures(
            answer["counts"],
            answer["max_in_flight"],
            answer["first_request_unix_micros"],
            answer["connections"],
        )

    def sums(self) -> dict[str, str]:
        """MD5 by key, of the bytes that the bucket holds now."""
        bucket = urllib.parse.quote(BUCKET)
        lines = self._ask(f"digest?bucket={bucket}").splitlines()
        return {key: md5 for md5, key in (line.split(" ", 1) for line in lines)}

    def _ask(self, name: str, body: bytes | None = None) -> str:
        # No proxy of the environment: the server is on this machine.
        handlers = [urllib.request.ProxyHandler({})]
        if self.authority:
            context = ssl.create_default_context(cafile=self.authority)
            handlers.append(urllib.request.HTTPSHandler(context=context))
        opener = urllib.request.build_opener(*handlers)
        url = f"{self.url}/_test/{name}"
        with opener.open(url, body, timeout=ANSWER_SECONDS_MAX) as answer:
            return answer.read().decode()
