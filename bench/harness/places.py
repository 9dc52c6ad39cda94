"""Where things lie. Everything that the benchmark makes is below `target/bench`."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
WORK = TARGET / "bench"
TREES = WORK / "trees"
LOGS = WORK / "logs"
VENV = WORK / "venv"
RAW_RESULTS = WORK / "runs.jsonl"
RESULTS = ROOT / "bench" / "RESULTS.md"
REQUIREMENTS = ROOT / "bench" / "requirements.txt"
