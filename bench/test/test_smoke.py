"""The harness as it is run, on a hundredth of its workloads."""

import os
import platform
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

RUN = Path(__file__).resolve().parents[1] / "run"
PIPE = Path(os.environ["PIPE_BINARY"])
RUN_SECONDS_MAX = 300


def bench(*options: object, **environment: str) -> subprocess.CompletedProcess:
    common = ["--scale", "0.01", "--repeat", "1", "--helpers", PIPE.parent]
    return subprocess.run(
        [RUN, *map(str, [*common, *options])],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS_MAX,
        check=False,
    )


class Smoke(unittest.TestCase):
    def test_a_small_benchmark_is_written_down(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "results.md"
            options = ["--quick", "--peers", "ours,limit", "--pipe", PIPE]
            ended = bench(*options, "--results", file)
            self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
            text = file.read_text()
        self.assertRegex(text, r"unchanged: requests beside PUTs \| ≤ 3 \| [23] \| met")
        self.assertRegex(text, r"5[0-9] PutObject, .*1 AssumeRoleWithWebIdentity, ")
        for name in ["first", "unchanged", "changed", "start"]:
            self.assertIn(f"### {name}\n", text)
        for private in [platform.node(), str(PIPE.parent), str(Path.home())]:
            self.assertNotIn(f" {private} ", text)

    def test_tls_and_throttling_are_measured(self):
        options = ["--only", "throttled", "--peers", "ours", "--pipe", PIPE]
        ended = bench(*options)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertIn("### first-tls-20ms-throttled\n", ended.stdout)
        self.assertIn("wrong in the bucket | ≤ 0 | 0 | met |", ended.stdout)
        self.assertIn("what 500 a second allow", ended.stdout)

    def test_after_its_time_nothing_is_begun(self):
        options = ["--minutes", "0", "--only", "start", "--peers", "ours"]
        ended = bench(*options, "--pipe", PIPE)
        self.assertIn("start was not measured: 0 minutes were over", ended.stdout)

    def test_a_peer_that_cannot_be_installed_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            cargo = Path(folder) / "cargo"
            cargo.write_text("#!/bin/sh\nexit 101\n")
            cargo.chmod(0o755)
            file = Path(folder) / "results.md"
            options = ["--workload", "start", "--delay-ms", "0", "--results", file]
            environment = {
                "PATH": f"{folder}:{os.environ['PATH']}",
                "CARGO_TARGET_DIR": folder,
            }
            ended = bench(*options, "--peers", "limit,s3sync", **environment)
            self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
            text = file.read_text()
        reason = "cargo cannot install it (exit code 101)"
        self.assertIn(f"s3sync was not measured: {reason}", ended.stdout)
        self.assertIn(f"| s3sync | missing: {reason} |", text)
        self.assertIn("| `limit` |", text)

    def test_a_bucket_that_is_not_the_folder_is_noticed(self):
        idle = shutil.which("true")
        ended = bench(
            "--workload", "first", "--delay-ms", "0", "--peers", "ours", "--pipe", idle
        )
        self.assertEqual(ended.returncode, 1, ended.stdout + ended.stderr)
        self.assertIn("| 50 missing |", ended.stdout)
        self.assertIn(
            "| first: wrong in the bucket | ≤ 0 | 50 | missed |", ended.stdout
        )
