"""The supplement to the methods section: each analysis with its options, and every setting that had an effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from biomech.report.facts import Facts
from biomech.report.formatting import markdown
from biomech.report.methods_options import settings
from biomech.report.methods_statistics import statistics_text
from biomech.statistics.result_rows import EFFECTS


def supplement_parts(config: Mapping[str, Any], facts: Facts) -> list[tuple[str, str]]:
    """Return heading and Markdown of every part.

    Parameters
    ----------
    config : mapping
        The whole config, JSON-ready.
    facts : Facts
    """
    parts = []
    analyses = config.get("statistics") or []
    if text := statistics_text(analyses, facts.analyses):
        parts.append(("Analyses", text))
    if facts.not_done:
        lines = [f"- `{name}`: {reason}" for name, reason in facts.not_done.items()]
        parts.append(("Analyses that could not be done", "\n".join(lines)))
    if effects := _effect_rows(facts):
        table = pd.DataFrame(effects, columns=["Effect size", "Formula", "Interval", "Source"])
        parts.append(("Effect sizes", markdown(table)))
    lost = [*facts.lost_trials.items()], [*facts.lost_cycles.items()], [*facts.without_moments.items()]
    titles = "recordings without a cycle", "cycles rejected", "cycles without valid moments"
    rows = [
        (what, reason.replace("_", " "), str(n)) for what, own in zip(titles, lost, strict=True) for reason, n in own
    ]
    if rows:
        parts.append(("Missing data", markdown(pd.DataFrame(rows, columns=["What", "Reason", "Number"]))))
    tasks = [task.name for task in facts.tasks]
    without = [] if facts.plates else ["force_plates", "contacts", "kinetics"]
    without += [] if facts.muscles else ["muscles"]
    table = pd.DataFrame(settings(config, tasks, without), columns=["Setting", "Value", "Meaning"])
    parts.append(("Settings", markdown(table)))
    return parts


def _effect_rows(facts: Facts) -> list[tuple[str, str, str, str]]:
    names = {name for row in facts.analyses for name in row.get("effects", ())}
    return [
        (
            effect.title,
            f"{effect.formula}, times the exact small-sample factor" if effect.corrected else effect.formula,
            effect.interval,
            f"{{@{effect.source}}}" if effect.source else "",
        )
        for name, effect in EFFECTS.items()
        if name in names
    ]
