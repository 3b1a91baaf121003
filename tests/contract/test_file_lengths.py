"""No file of code grows beyond what is read in one go."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("biomech", "biomech_simulation", "benchmarks", "docs", "tests", "validation", "workflow")
MOST_LINES = 400


def test_files_have_at_most_400_lines() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("*.py")
    }
    assert len(lengths) > 600, "the files were found"
    assert {file: lines for file, lines in lengths.items() if lines > MOST_LINES} == {}
