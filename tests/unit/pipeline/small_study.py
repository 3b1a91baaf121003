"""A small study and a copy of the program, for the tests of the workflow."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]

# what one participant with two sessions of walking supports, and a test that he does not
ANALYSES: list[dict[str, Any]] = [
    {
        "name": "swing-flexion",
        "kind": "descriptives",
        "task": "walking",
        "outcomes": ["knee_flexion__peak__swing"],
        "by": "session",
    },
    {
        "name": "change",
        "kind": "comparison",
        "design": "paired",
        "task": "walking",
        "outcomes": ["knee_flexion__peak__swing"],
        "factor": "session",
        "reference": "pre",
    },
]


@dataclass(frozen=True)
class Workflow:
    """A copy of the program and of a study; the copy keeps the tests apart from edits to the sources."""

    program: Path
    study: Path

    def run(self, *arguments: str, study: Path | None = None) -> subprocess.CompletedProcess[str]:
        environ = {name: value for name, value in os.environ.items() if name != "BIOMECH_DATA"}
        return subprocess.run(
            [sys.executable, "-m", "snakemake", "--directory", str(study or self.study), *arguments],
            cwd=self.program,
            env=environ | {"PYTHONPATH": str(self.program)},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )

    def would_run(self, *arguments: str, study: Path | None = None) -> dict[str, int]:
        """Return the jobs of a dry run: rule -> count, the target rule left out."""
        done = self.run("--dry-run", *arguments, study=study)
        assert done.returncode == 0, done.stdout
        table = re.search(r"^job +count\n-[- ]+\n(.*?)^total", done.stdout, re.MULTILINE | re.DOTALL)
        if table is None:
            assert "Nothing to be done" in done.stdout, done.stdout
            return {}
        counts = dict(line.split() for line in table.group(1).splitlines())
        return {rule: int(count) for rule, count in counts.items() if rule != "all"}

    @contextmanager
    def edited(self, name: str, old: str, new: str) -> Iterator[None]:
        """Replace text in a file of the study (or of the program), and put it back afterwards."""
        path = self.study / name if (self.study / name).exists() else self.program / name
        before = path.read_bytes()
        text = before.decode()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        try:
            yield
        finally:
            path.write_bytes(before)


def write_small_study(study: Path) -> None:
    """Write two sessions of the example, the second with an absent and a damaged recording."""
    (study / "config").mkdir()
    values = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    source = ROOT / values["data"]["folder"]
    values["data"]["folder"] = "data"
    values["statistics"] = ANALYSES  # those of the whole example name its groups and tasks
    (study / "config" / "config.yaml").write_text(yaml.safe_dump(values))
    shutil.copy(ROOT / "config" / "participants.tsv", study / "config")
    if (ROOT / "config" / "sessions.tsv").exists():
        shutil.copy(ROOT / "config" / "sessions.tsv", study / "config")
    lines = [line for line in (ROOT / "config" / "trials.tsv").read_text().splitlines() if not line.startswith("#")]
    columns = lines[0].split("\t")
    rows = [dict(zip(columns, line.split("\t"), strict=False)) for line in lines[1:] if line.strip()]
    first = rows[0]["participant"]
    kept: list[dict[str, str]] = []
    for session in ("pre", "post"):
        mine = [row for row in rows if (row["participant"], row["session"]) == (first, session)]
        static = next(row for row in mine if row["role"] == "static")
        walk = next(row for row in mine if row["task"] == "walking")
        kept += [static, walk]
        for row in (static, walk):
            (study / "data" / row["file"]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / row["file"], study / "data" / row["file"])
    walk = next(row for row in kept if row["task"] == "walking")
    kept += [walk | {"trial": "absent", "file": "absent.c3d"}, walk | {"trial": "damaged", "file": "damaged.c3d"}]
    whole = (study / "data" / walk["file"]).read_bytes()
    (study / "data" / "damaged.c3d").write_bytes(whole[: len(whole) // 3])
    columns = list(dict.fromkeys([*columns, "condition", "comment"]))
    added = {"condition": "usual", "comment": "a remark"}
    table = ["\t".join(columns), *("\t".join((row | added)[name] for name in columns) for row in kept)]
    (study / "config" / "trials.tsv").write_text("\n".join(table) + "\n")
