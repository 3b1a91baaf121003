"""Make every generated page and table of the documentation.

    python -m docs.generate              # the quick ones, some seconds
    python -m docs.generate --all        # with the simulations behind the published tables: hours
    python -m docs.generate --check      # write nothing; exit code 1 where one of the quick ones has drifted

`docs/c3d_support.md` needs a folder of sample files and is not among them: `python docs/c3d_support.py FOLDER`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# the scripts that simulate; each writes its own page
SLOW: Mapping[str, tuple[str, ...]] = {
    "docs/findings.md, false verdicts": ("docs/findings_tables.py",),
    "docs/findings.md, order of curves": ("docs/sequence_table.py",),
    "docs/findings.md, order through C3D files": ("docs/sequence_table.py", "--c3d", "20"),
    "docs/joint_models.md": ("docs/joint_centre_table.py",),
    "docs/markers.md": ("docs/marker_faults.py",),
    "docs/robustness.md": ("-m", "docs.robustness"),
    "docs/simulation.md": ("docs/error_table.py",),
    "docs/statistics_simulations.csv": ("benchmarks/statistics_simulations.py",),
}


def _schema(_: str) -> str:
    from biomech.config import json_schema

    return json_schema()


def _metrics(_: str) -> str:
    from biomech.outcomes.document import metrics_markdown

    return metrics_markdown()


def _tasks(_: str) -> str:
    from biomech.events.document import tasks_markdown

    return tasks_markdown()


def _outputs(page: str) -> str:
    from biomech.study.documentation import with_tables

    return with_tables(page)


def _statistics(page: str) -> str:
    import pandas as pd

    from docs.statistics_table import ROWS, with_table

    return with_table(page, pd.read_csv(ROWS))


def _thresholds(page: str) -> str:
    from docs.findings_tables import thresholds

    begin, end = "<!-- thresholds table -->", "<!-- end of the thresholds table -->"
    before, rest = page.split(begin)
    return f"{before}{begin}\n{thresholds()}\n{end}{rest.split(end)[1]}"


def _default_errors(page: str) -> str:
    from docs.error_table import DEFAULTS, defaults, filled

    return filled(page, DEFAULTS, defaults())


# file -> its text made from the code, and from its present text where only a part of it is generated
QUICK: Mapping[str, Callable[[str], str]] = {
    "config/schema.json": _schema,
    "docs/metrics.md": _metrics,
    "docs/tasks.md": _tasks,
    "docs/outputs.md": _outputs,
    "docs/statistics.md": _statistics,
    "docs/findings.md": _thresholds,
    "docs/simulation.md": _default_errors,
}


def drifted() -> dict[str, str]:
    """Return the generated files whose text is not what the code makes now, with the text that they should have."""
    found = {}
    for name, make in QUICK.items():
        present = (ROOT / name).read_text(encoding="utf-8")
        if (made := make(present)) != present:
            found[name] = made
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run the command; see the text of the module."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", action="store_true", help="the simulations too, which take hours")
    parser.add_argument("--check", action="store_true", help="write nothing, exit code 1 where a file has drifted")
    asked = parser.parse_args(arguments)
    if asked.all and not asked.check:
        for what, command in SLOW.items():
            print(f"making {what}", flush=True)
            subprocess.run([sys.executable, *command], cwd=ROOT, check=True)
    found = drifted()
    for name, text in found.items():
        if not asked.check:
            (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{'drifted' if asked.check else 'wrote'}: {name}")
    print(f"{len(QUICK) - len(found)} of {len(QUICK)} generated files were up to date")
    return int(asked.check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
