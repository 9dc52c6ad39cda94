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


def bench(*options: object) -> subprocess.CompletedProcess:
    common = ["--scale", "0.01", "--repeat", "1", "--helpers", PIPE.parent]
    return subprocess.run(
        [RUN, *map(str, [*common, *options])],
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
        self.assertIn("| unchanged: requests beside PUTs | ≤ 2 | 2 | met |", text)
        self.assertIn("50 PutObject, 1 AssumeRoleWithWebIdentity, 1 ListObjectsV2", text)
        for name in ["first", "unchanged", "changed", "empty"]:
            self.assertIn(f"### {name}\n", text)
        for private in [platform.node(), str(PIPE.parent), str(Path.home())]:
            self.assertNotIn(f" {private} ", text)

    def test_a_bucket_that_is_not_the_folder_is_noticed(self):
        idle = shutil.which("true")
        ended = bench("--workload", "first", "--delay-ms", "0", "--peers", "ours", "--pipe", idle)
        self.assertEqual(ended.returncode, 1, ended.stdout + ended.stderr)
        self.assertIn("| 50 missing |", ended.stdout)
        self.assertIn("| first: wrong in the bucket | ≤ 0 | 50 | missed |", ended.stdout)
