"""The table of contrasts: legs, conditions, footwear and visits of one person against each other, from all findings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from biomech.columns import CONTRAST_COLUMNS
from biomech.outcomes import METRICS

_TOPIC = "conditions"
_JUDGED = {True: "yes", False: "no", None: ""}


def contrast_table(findings: Iterable[Path | str]) -> pd.DataFrame:
    """Return one row for every contrast of a watched metric.

    A metric of `biomech.outcomes` is one number a cycle; a difference with its error is one a session, so it has a table of its own.

    Parameters
    ----------
    findings : iterable of Path
        JSON files of `biomech.findings.page.json_text`, in the order of the sheets.

    Returns
    -------
    pd.DataFrame
        Columns `CONTRAST_COLUMNS`.
    """
    rows = []
    for path in findings:
        page = json.loads(Path(path).read_text(encoding="utf-8"))
        about = {name: page[name] for name in ("participant", "session", "label")}
        rows += [about | _row(found) for found in page["findings"] if found["topic"] == _TOPIC]
    table = pd.DataFrame(rows, columns=list(CONTRAST_COLUMNS))
    text = [name for name, column in CONTRAST_COLUMNS.items() if column.unit == "text"]
    return table.astype({name: "str" if name in text else "float64" for name in table})


def _row(found: dict[str, Any]) -> dict[str, Any]:
    evidence = found["evidence"]
    metric = METRICS.get(str(evidence["metric"]))
    against, of = zip(evidence["n"], evidence["trials"], strict=True)
    return {
        **{name: found[name] for name in ("task", "condition", "footwear", "side", "unit", "low", "high", "source")},
        **{name: evidence[name] for name in ("metric", "contrast", "of", "against", "mdc95")},
        "difference": found["value"],
        "mean_of": evidence["second"],
        "mean_against": evidence["first"],
        "beyond_mdc95": _JUDGED[evidence["beyond_mdc95"]],
        "n_of": of[0],
        "n_against": against[0],
        "trials_of": of[1],
        "trials_against": against[1],
        "positive": metric.positive if metric else "",
    }
