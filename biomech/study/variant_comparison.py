"""Comparison of variants: shifts of each metric, of each participant's change, and of each statistical conclusion.

All differences are variant minus base, in the unit of the metric, between means over cycles of the same participant,
session, task, condition, footwear and side: cycles that only one variant has move the mean, and their number is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from biomech.config.variants import BASE

SCENE = ("task", "condition", "footwear", "side", "metric", "unit")
PERSON = ("participant", "session")
MEANS_OF = ("variant", *SCENE, *PERSON, "value")
ANALYSIS = ("analysis", "kind", "outcome", "unit", "side", "task", "term", "contrast", "level_a", "level_b")
MIN_PEOPLE = 3  # below it, spread between participants says nothing

SHIFT_COLUMNS = (
    *SCENE,
    "variant",
    "n_participants",
    "n_pairs",
    "n_cycles_base",
    "n_cycles_variant",
    "mean_base",
    "mean_variant",
    "difference",
    "difference_sd",
    "largest_difference",
    "sd_between_participants",
    "standardised_difference",
)
CHANGE_COLUMNS = (
    *SCENE,
    "participant",
    "from_session",
    "to_session",
    "variant",
    "change_base",
    "change",
    "difference",
    "sign_changes",
)
CONCLUSION_COLUMNS = (
    *ANALYSIS,
    "variant",
    "estimate",
    "low",
    "high",
    "confidence",
    "p",
    "p_adjusted",
    "n_participants",
    "status",
    "reason",
    "conclusion",
    "as_in_base",
)


def session_means(metrics: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return one row per variant, scene, participant and session: mean over cycles with a value, and their number.

    Parameters
    ----------
    metrics : iterable of pd.DataFrame
        Blocks of the long table of metrics with a column ``variant`` (`MEANS_OF`); a session may lie in several.
    """
    keys = ["variant", *SCENE, *PERSON]
    parts = []
    for block in metrics:
        filled = block[block["value"].notna()]
        parts.append(filled.groupby(keys, sort=False)["value"].agg(total="sum", n_cycles="size").reset_index())
    whole = pd.concat(parts, ignore_index=True)
    for name in keys:  # a table of hundreds of sessions repeats few texts very often
        whole[name] = whole[name].astype("category")
    sums = whole.groupby(keys, sort=False, observed=True)[["total", "n_cycles"]].sum().reset_index()
    return sums.assign(value=sums["total"] / sums["n_cycles"])[[*keys, "value", "n_cycles"]]


def metric_shifts(means: pd.DataFrame) -> pd.DataFrame:
    """Return how far each metric moves from the base under each variant; columns `SHIFT_COLUMNS`.

    Parameters
    ----------
    means : pd.DataFrame
        Of `session_means`.

    Returns
    -------
    pd.DataFrame
        ``difference`` is the mean over participants of their mean difference over sessions, ``difference_sd`` its
        standard deviation between them, ``largest_difference`` that of one session with the largest magnitude;
        ``sd_between_participants`` is that of the base. ``standardised_difference`` is ``difference`` in units of it:
        0.5 means that the choice of method moves everybody by half of what people differ by. Both spreads are missing
        for fewer than three participants. A session that only one of both has is left out.
    """
    pairs = _pairs(means, PERSON)
    pairs["difference"] = pairs["value"] - pairs["value_base"]
    pairs["size"] = pairs["difference"].abs()
    scene = [*SCENE, "variant"]
    people = pairs.groupby([*scene, "participant"], sort=False, observed=True)[
        ["value_base", "value", "difference"]
    ].mean()
    over = people.groupby(level=scene, sort=False, observed=True)
    out = over.size().to_frame("n_participants")
    of_scene = pairs.groupby(scene, sort=False, observed=True)
    out["n_pairs"] = of_scene.size()
    out[["n_cycles_base", "n_cycles_variant"]] = of_scene[["n_cycles_base", "n_cycles"]].sum()
    out[["mean_base", "mean_variant", "difference"]] = over[["value_base", "value", "difference"]].mean()
    enough = out["n_participants"] >= MIN_PEOPLE
    out["difference_sd"] = over["difference"].std(ddof=1).where(enough)
    largest = pairs.loc[of_scene["size"].idxmax()].set_index(scene)["difference"]
    out["largest_difference"] = largest
    between = over["value_base"].std(ddof=1).where(enough)
    out["sd_between_participants"] = between
    out["standardised_difference"] = out["difference"] / between.where(between > 0)
    return out.reset_index()[list(SHIFT_COLUMNS)]


def participant_changes(means: pd.DataFrame, sessions: Sequence[str]) -> pd.DataFrame:
    """Return each participant's change from the first session to each later one, per variant; `CHANGE_COLUMNS`.

    Parameters
    ----------
    means : pd.DataFrame
        Of `session_means`.
    sessions : sequence of str
        In the order of the study.
    """
    order = {session: i for i, session in enumerate(sessions)}
    keys = ["variant", *SCENE, "participant"]
    rows = means.assign(place=means["session"].astype(str).map(order)).sort_values("place", kind="stable")
    first = rows.groupby(keys, sort=False, observed=True)[["session", "value"]].transform("first")
    changes = rows.assign(
        from_session=first["session"], to_session=rows["session"], value=rows["value"] - first["value"]
    )
    changes = changes[changes["from_session"] != changes["to_session"]].sort_index()
    pairs = _pairs(changes, ("participant", "from_session", "to_session"))
    pairs = pairs.rename(columns={"value_base": "change_base", "value": "change"})
    pairs["difference"] = pairs["change"] - pairs["change_base"]
    pairs["sign_changes"] = (pairs["change"] * pairs["change_base"] < 0).astype(int)
    return pairs[list(CHANGE_COLUMNS)]


def conclusions(results: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return every estimate of the statistical results under every variant, and what its interval says.

    Parameters
    ----------
    results : mapping
        For every variant, the table of statistical results (one row per estimate).

    Returns
    -------
    pd.DataFrame
        Columns `CONCLUSION_COLUMNS`. ``conclusion`` is ``above 0``, ``below 0`` or ``includes 0`` of the interval,
        ``no interval``, or ``skipped``; ``as_in_base`` is 1 where the base says the same, 0 where not, missing for
        the base itself and for estimates that the base does not have.
    """
    parts = [
        table.assign(variant=variant, conclusion=[_conclusion(row) for row in table.to_dict("records")])
        for variant, table in results.items()
        if len(table)
    ]
    if not parts:
        return pd.DataFrame(columns=list(CONCLUSION_COLUMNS))
    whole = pd.concat(parts, ignore_index=True)
    keys = list(zip(*(whole[name].fillna("").astype(str) for name in ANALYSIS), strict=True))
    base = {key: text for key, text, v in zip(keys, whole["conclusion"], whole["variant"], strict=True) if v == BASE}
    whole["as_in_base"] = [
        np.nan if variant == BASE or key not in base else float(base[key] == text)
        for key, text, variant in zip(keys, whole["conclusion"], whole["variant"], strict=True)
    ]
    return whole.reindex(columns=list(CONCLUSION_COLUMNS))


def option_values(configs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return the options that differ between variants: rows options (``signals.cutoff_hz.walking``), columns variants.

    Parameters
    ----------
    configs : mapping
        For every variant its whole config as JSON-ready values.
    """
    flat = {variant: _flat(config) for variant, config in configs.items()}
    names = list(dict.fromkeys(name for values in flat.values() for name in values))
    chosen = [name for name in names if len({flat[variant].get(name, "") for variant in flat}) > 1]
    return pd.DataFrame(
        {variant: [flat[variant].get(name, "") for name in chosen] for variant in flat}, index=pd.Index(chosen)
    )


def _flat(values: Any, path: str = "") -> dict[str, str]:
    if isinstance(values, Mapping):
        out: dict[str, str] = {}
        for name, value in values.items():
            if not (path == "" and name in ("variants", "data")):
                out |= _flat(value, f"{path}.{name}".lstrip("."))
        return out
    return {path: "none" if values is None else f"{values:g}" if isinstance(values, float) else str(values)}


def _pairs(table: pd.DataFrame, same: Sequence[str]) -> pd.DataFrame:
    """Return the rows of every variant with the base's value next to them; rows that only one of both has are left out."""
    keys, numbers = [*SCENE, *same], ["value", "n_cycles"]
    base = table.loc[table["variant"] == BASE, [*keys, *numbers]]
    others = table.loc[table["variant"] != BASE, ["variant", *keys, *numbers]]
    return others.merge(base, on=keys, how="inner", suffixes=("", "_base"))


def _conclusion(row: Mapping[Any, Any]) -> str:
    if row.get("status") == "skipped":
        return "skipped"
    low, high = row.get("low"), row.get("high")
    if low is None or high is None or np.isnan(float(low)) or np.isnan(float(high)):
        return "no interval"
    return "above 0" if low > 0 else "below 0" if high < 0 else "includes 0"
