"""The embedded server as a process of its own, one for each run."""

import json
import shlex
import subprocess
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

BUCKET = "bench"

# It may have to hash and answer for a million objects.
ANSWER_SECONDS_MAX = 300


@dataclass(frozen=True)
class Measures:
    """What the server saw of a run."""

    counts: dict[str, int]
    in_flight: int
    first_request_unix_micros: int | None


class Server:
    """A running server with one bucket, which holds the files of `preload` from the start."""

    def __init__(self, binary: Path, delay_ms: int, preload: Path | None):
        command = [binary, "--bucket", BUCKET, "--delay-ms", str(delay_ms)]
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

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()

    def measures(self) -> Measures:
        answer = json.loads(self._get("measures"))
        return Measures(
            answer["counts"],
            answer["max_in_flight"],
            answer["first_request_unix_micros"],
        )

    def sums(self) -> dict[str, str]:
        """MD5 by key, of the bytes that the bucket holds now."""
        bucket = urllib.parse.quote(BUCKET)
        lines = self._get(f"digest?bucket={bucket}").splitlines()
        return {key: md5 for md5, key in (line.split(" ", 1) for line in lines)}

    def _get(self, name: str) -> str:
        # No proxy of the environment: the server is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        url = f"{self.url}/_test/{name}"
        with opener.open(url, timeout=ANSWER_SECONDS_MAX) as answer:
            return answer.read().decode()
