"""Run every comparison whose recordings are there and write page, figures and table.

python -m validation.run [comparison ...]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from validation import opensim_engine
from validation.comparisons import COMPARISONS, Comparison
from validation.pairs import Pair
from validation.report import draw, page, summary

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_DATA = ROOT.parent / "shared" / "data"


def main(names: list[str]) -> int:
    """Run the named comparisons, or all; 1 if no recordings were found."""
    data = Path(os.environ.get("BIOMECH_DATA", DEFAULT_DATA))
    results: dict[Comparison, list[Pair] | str] = {}
    figures: dict[str, list[str]] = {}
    for comparison in COMPARISONS:
        if names and comparison.name not in names:
            continue
        absent = [folder for folder in comparison.needs if not (data / folder).is_dir()]
        if absent:
            results[comparison] = f"{', '.join(absent)} not found in {data.name}"
            print(f"{comparison.name}: {results[comparison]}")
            continue
        if comparison.opensim and not opensim_engine.available():
            results[comparison] = "OpenSim is not installed (`pip install biomech[validation]`)"
            print(f"{comparison.name}: {results[comparison]}")
            continue
        pairs = list(comparison.pairs(comparison.name, data))
        results[comparison] = pairs
        if comparison.drawn:
            figures[comparison.name] = draw(comparison.name, pairs, ROOT / "docs" / "validation")
        missed = [pair for pair in pairs if pair.within == "no"]
        print(f"{comparison.name}: {len(pairs)} rows, {len(missed)} beyond their bound")
    done = [pair for pairs in results.values() if not isinstance(pairs, str) for pair in pairs]
    recorded = [comparison for comparison in results if comparison.needs]
    if recorded and all(isinstance(results[comparison], str) for comparison in recorded):
        print(f"no recordings in {data}; set BIOMECH_DATA to their folder")
        return 1
    if not names:
        table = ROOT / "validation" / "results" / "summary.csv"
        table.parent.mkdir(exist_ok=True)
        summary(done).to_csv(table, index=False, lineterminator="\n")
        (ROOT / "docs" / "validation.md").write_text(page(results, figures), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
