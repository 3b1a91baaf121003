"""Correlation and regression of single values with another outcome, a score, or a baseline.

References
----------
Fisher 1921, Metron 1:3 (interval of r); Bonett & Wright 2000, Psychometrika 65:23 (interval of Spearman's rho).
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from biomech.config.statistics import Association
from biomech.outcomes import METRICS
from biomech.statistics.common import Held, Rows, joined_notes, means_of, outcome_table, skipped
from biomech.statistics.effects import partial_r2
from biomech.statistics.participant_means import RULE, Means

Array = NDArray[np.float64]
_EXACT = 8  # participants up to which all orders are tried


def association_rows(analysis: Association, outcome: str, metrics: pd.DataFrame) -> Rows:
    """Return one row (of a regression two) for every quantity that the outcome is set against.

    Parameters
    ----------
    analysis : Association
    outcome : str
    metrics : DataFrame
        The long table of all metrics, of `with_levels`.
    """
    item = METRICS[outcome]
    shared: dict[str, Any] = {
        "outcome": outcome,
        "unit": item.unit,
        "side": "both" if item.both_sides else analysis.sides,
    }
    found = outcome_table(analysis, outcome, metrics, analysis.where)
    if isinstance(found, str):
        return [shared | skipped(found)]
    table, task = found
    shared["task"] = task
    by = ["session"] if analysis.change else []
    if analysis.change:
        table = table[table["session"].isin(analysis.change)].reset_index(drop=True)
    y_means = means_of(analysis, table, by, within=bool(analysis.change))
    if isinstance(y_means, str):
        return [shared | skipped(y_means)]
    y = _changes(y_means, analysis.change) if analysis.change else _series(y_means)
    rows: Rows = []
    for name in analysis.against:
        cells = shared | {"contrast": f"with {name}"}
        x = _against(analysis, name, metrics, table)
        if isinstance(x, str):
            rows.append(cells | skipped(x))
            continue
        both = pd.DataFrame({name: x, "outcome": y}).dropna()
        n = len(both)
        cells |= {
            "n_participants": n,
            "n_sessions": int(y_means.n_sessions.sum()),
            "n_cycles": int(y_means.n_cycles.sum()),
        }
        least = max(analysis.min_participants, 4)
        if n < least:
            rows.append(cells | skipped(f"{n} participants with {outcome} and {name}; at least {least} are needed"))
            continue
        if min(float(np.ptp(both[column])) for column in both.columns) == 0:
            rows.append(cells | skipped(f"zero variance of {outcome} or {name}"))
            continue
        left = len(y) - n
        note = f"{left} participants without {name} left out" if left else ""
        change = f"the outcome is {analysis.change[1]} - {analysis.change[0]}" if analysis.change else ""
        first, *more = of_pairs(analysis, both[name].to_numpy(float), both["outcome"].to_numpy(float))
        first["values"] = Held(name, "", both.rename(columns={"outcome": f"{outcome} (outcome)"}), item.unit)
        how = joined_notes(note, change, *y_means.notes, RULE)
        rows += [cells | row | {"reason": joined_notes(row["reason"], how)} for row in (first, *more)]
    return rows


def of_pairs(analysis: Association, x: Array, y: Array) -> Rows:
    """Return the rows of an association of two values of each participant, (n,) arrays without missing values."""
    confidence = 1 - analysis.alpha
    if analysis.method == "regression":
        return _regression(x, y, confidence)
    n, z = len(x), stats.norm.ppf(0.5 + confidence / 2)
    if analysis.method == "pearson":
        r = float(np.corrcoef(x, y)[0, 1])
        error, name, how = 1 / np.sqrt(n - 3), "pearson_r", "Pearson's r; interval by Fisher's z"
    else:
        ranks = stats.rankdata(x), stats.rankdata(y)
        r = float(np.corrcoef(*ranks)[0, 1])
        error, name = np.sqrt((1 + r**2 / 2) / (n - 3)), "spearman_rho"
        how = "Spearman's rho; interval of Bonett and Wright"
    if 1 - abs(r) < 1e-12 and analysis.method == "pearson":
        return [skipped("the two quantities are the same but for scale and sign: no test", term=name)]
    r = float(np.clip(r, -1, 1))
    t = r * np.sqrt((n - 2) / max(1 - r**2, 1e-300))
    p = float(2 * stats.t.sf(abs(t), n - 2))
    if analysis.method == "spearman" and n <= _EXACT:
        orders = np.array(list(itertools.permutations(range(n))))
        centred = [rank - rank.mean() for rank in ranks]
        products = np.abs(centred[0] @ centred[1][orders].T)
        p, how = float((products >= abs(centred[0] @ centred[1]) * (1 - 1e-12)).mean()), f"{how}; p of all orders"
    warned = {} if abs(r) < 1 - 1e-12 else {"status": "warned"}
    how = f"all ranks agree: no interval; {how}" if warned else how
    low, high = (float(np.tanh(np.arctanh(r) + s * z * error)) for s in (-1, 1)) if not warned else (np.nan, np.nan)
    effect = {"effect": r, "effect_low": low, "effect_high": high, "effect_name": name}
    row = {
        "term": name,
        "unit": "1",
        "estimate": r,
        "low": low,
        "high": high,
        "statistic": float(t),
        "df": f"{n - 2}",
        "p": p,
    }
    return [row | effect | warned | {"reason": how}]


def _regression(x: Array, y: Array, confidence: float) -> Rows:
    found = stats.linregress(x, y)
    df = len(x) - 2
    q = stats.t.ppf(0.5 + confidence / 2, df)
    rest = float(((y - found.intercept - found.slope * x) ** 2).sum())
    if rest <= 1e-24 * float(((y - y.mean()) ** 2).sum()):
        return [skipped("the regression describes all values exactly: no test", term="slope")]
    t = float(found.slope / found.stderr)
    slope = {
        "term": "slope",
        "estimate": float(found.slope),
        "low": float(found.slope - q * found.stderr),
        "high": float(found.slope + q * found.stderr),
        "statistic": t,
        "df": f"{df}",
        "p": float(found.pvalue),
        "reason": "linear regression by least squares; slope per unit of the other quantity",
    }
    at, half = float(found.intercept), float(q * found.intercept_stderr)
    intercept = {"term": "intercept", "estimate": at, "low": at - half, "high": at + half, "reason": slope["reason"]}
    return [slope | partial_r2(t**2, 1, df, confidence), intercept]


def _against(analysis: Association, name: str, metrics: pd.DataFrame, table: pd.DataFrame) -> pd.Series | str:
    """Return one value per participant of another outcome, or of a column of numbers."""
    where = analysis.against_where or analysis.where
    if name in METRICS:
        found = outcome_table(analysis, name, metrics, where)
        if isinstance(found, str):
            return found
        means = means_of(analysis, found[0], [])
        return means if isinstance(means, str) else _series(means)
    if name not in table.columns:
        return f"no column {name} in the study"
    rows = table
    if analysis.against_where:
        found = outcome_table(analysis, str(table["metric"].iloc[0]), metrics, where)
        if isinstance(found, str):
            return found
        rows = found[0]
    return pd.to_numeric(rows[name], errors="coerce").groupby(rows["participant"]).mean()


def _series(means: Means) -> pd.Series:
    return pd.Series(means.values[:, 0], index=means.keys["participant"])


def _changes(means: Means, levels: list[str]) -> pd.Series:
    frame = means.keys.assign(value=means.values[:, 0])
    wide = frame.pivot_table(index="participant", columns="session", values="value", sort=False).reindex(columns=levels)
    return (wide[levels[1]] - wide[levels[0]]).dropna()
