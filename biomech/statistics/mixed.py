"""Linear mixed models of means per participant, session and side.

Variances are estimated by REML (statsmodels). Tests of fixed effects take the degrees of freedom of the stratum in which
an effect varies (containment: Pinheiro & Bates 2000, Mixed-Effects Models in S and S-PLUS, section 2.4.2), since the z tests
of statsmodels are too sharp for few participants. A variance estimated at zero keeps its stratum, which is on the safe side.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """A fitted model.

    Attributes
    ----------
    rows : list of dict
        Terms (F tests), contrasts and slopes (t), and variance components, with the columns of the table of results.
    problem : str
        Why there is no fit; empty if there is one.
    notes : tuple of str
        What a reader must know.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""
    notes: tuple[str, ...] = ()


def fit(
    table: pd.DataFrame,
    factors: Mapping[str, Sequence[str]],
    covariates: Sequence[str] = (),
    interactions: bool = True,
    confidence: float = 0.95,
) -> Fit:
    """Fit ``value ~ factors + covariates`` with participant, side and session within participant as random effects.

    Parameters
    ----------
    table : DataFrame
        ``value``, ``participant``, ``session``, ``side``, the factors and covariates; one row per cell, none missing.
    factors : mapping
        Factor to its levels, the reference first.
    covariates : sequence of str
        Columns of numbers; they are centred.
    interactions : bool
        All interactions of the factors.
    confidence : float
        Of the intervals.
    """
    y = table["value"].to_numpy(float)
    if np.ptp(y) <= 1e-12 * max(np.abs(y).max(), 1e-300):
        return Fit(problem="zero variance: all values are the same")
    empty = [levels for levels in itertools.product(*factors.values()) if not _in_cell(table, factors, levels).any()]
    if empty and interactions:
        return Fit(problem=f"no values for {' and '.join(empty[0])}: interactions cannot be estimated")
    design, places = _design(table, factors, covariates, interactions)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return Fit(problem="the factors and covariates cannot be told apart in these data (design without full rank)")
    strata = _strata(table)
    df = _degrees(table, design, strata)
    if min(df) < 1:
        return Fit(
            problem=f"{len(y)} values of {table['participant'].nunique()} participants are too few for this model"
        )
    variances, problem, notes = _variances(y, design, table, strata)
    if problem:
        return Fit(problem=problem)
    beta, cov = _gls(y, design, table, variances)
    total_sd = float(np.sqrt(sum(variances.values())))
    rows = []
    for name, columns in places.items():
        own_df = min(df[columns])
        if name in covariates:
            rows.append(_slope(name, beta[columns][0], cov[columns, columns][0, 0], own_df, confidence))
            continue
        parts = name.split(":")
        k = columns.stop - columns.start
        f = float(beta[columns] @ np.linalg.solve(cov[columns, columns], beta[columns]) / k)
        rows.append(
            {
                "term": name,
                "unit": "1",
                "statistic": f,
                "df": f"{k}, {own_df:g}",
                "p": float(stats.f.sf(f, k, own_df)),
                "effect": f * k / (f * k + own_df),
                "effect_name": "partial_r2",
                "reason": "F test over equally weighted levels",
            }
        )
        rows += _contrasts(parts, factors, design.shape[1], places, beta, cov, own_df, total_sd, confidence)
    for name, variance in variances.items():
        rows.append({"term": f"sd_{name.replace(':', '_within_')}", "estimate": float(np.sqrt(variance))})
    rows.append({"term": "icc_participant", "unit": "1", "estimate": variances["participant"] / total_sd**2})
    return Fit(rows, notes=notes)


def _in_cell(table: pd.DataFrame, factors: Mapping[str, Sequence[str]], levels: Sequence[str]) -> NDArray[np.bool_]:
    return np.logical_and.reduce([(table[f] == level).to_numpy() for f, level in zip(factors, levels, strict=True)])


def _sum_code(levels: Sequence[str]) -> dict[str, Array]:
    """Code levels so that main effects are averages over the other factors' levels, whatever their sizes."""
    k = len(levels)
    return {level: (np.eye(k)[i][1:] - (i == 0)) for i, level in enumerate(levels)}


def _terms(factors: Mapping[str, Sequence[str]], interactions: bool) -> list[tuple[str, ...]]:
    most = len(factors) if interactions else 1
    return [term for size in range(1, most + 1) for term in itertools.combinations(factors, size)]


def _design(
    table: pd.DataFrame, factors: Mapping[str, Sequence[str]], covariates: Sequence[str], interactions: bool
) -> tuple[Array, dict[str, slice]]:
    coded = {}
    for name, levels in factors.items():
        code = _sum_code(levels)
        coded[name] = np.stack([code[level] for level in table[name]])
    blocks, places, first = [np.ones((len(table), 1))], {}, 1
    for term in _terms(factors, interactions):
        block = np.ones((len(table), 1))
        for name in term:
            block = np.einsum("ni,nj->nij", block, coded[name]).reshape(len(table), -1)
        places[":".join(term)] = slice(first, first + block.shape[1])
        first += block.shape[1]
        blocks.append(block)
    for name in covariates:
        x = table[name].to_numpy(float)
        blocks.append((x - x.mean())[:, None])
        places[name] = slice(first, first + 1)
        first += 1
    return np.concatenate(blocks, axis=1), places


def _strata(table: pd.DataFrame) -> dict[str, NDArray[np.intp]]:
    """Return the groups of each random effect that can be told from the residual: several values in some of them, and
    several of them in some participant."""
    person = _codes(table["participant"])
    out = {"participant": person}
    for name in ("session", "side"):
        inner = _codes(table["participant"].astype(str) + "\n" + table[name].astype(str))
        n = inner.max() + 1
        if person.max() + 1 < n < len(table):
            out[f"{name}:participant"] = inner
    return out


def _codes(column: pd.Series) -> NDArray[np.intp]:
    return np.unique(column.astype(str).to_numpy(), return_inverse=True)[1]


def _degrees(table: pd.DataFrame, design: Array, strata: Mapping[str, NDArray[np.intp]]) -> Array:
    """Degrees of freedom of every column: those of the stratum in which it varies."""
    people = strata["participant"].max() + 1
    inner = {name: groups for name, groups in strata.items() if name != "participant"}
    home = []
    for x in design.T:
        if _constant(x, strata["participant"]):
            home.append("participant")
            continue
        home.append(next((name for name, groups in inner.items() if _constant(x, groups)), "residual"))
    count = {name: home.count(name) for name in (*strata, "residual")}
    df = {"participant": people - count["participant"]}
    df |= {name: groups.max() + 1 - people - count[name] for name, groups in inner.items()}
    df["residual"] = len(design) - people - sum(g.max() + 1 - people for g in inner.values()) - count["residual"]
    if df["residual"] < 1 and inner and "residual" not in home:
        df["residual"] = 1
    return np.array([df[name] for name in home], dtype=float)


def _constant(x: Array, groups: NDArray[np.intp]) -> bool:
    n = groups.max() + 1
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, groups, x)
    np.maximum.at(high, groups, x)
    return bool((high - low <= 1e-9).all())


def _variances(
    y: Array, design: Array, table: pd.DataFrame, strata: Mapping[str, NDArray[np.intp]]
) -> tuple[dict[str, float], str, tuple[str, ...]]:
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

    groups = strata["participant"]
    order = np.argsort(groups, kind="stable")
    scale = float(y.std())
    names, columns, mats = [], [], []
    for name, inner in strata.items():
        if name == "participant":
            continue
        per_person = [_indicator(inner[groups == person]) for person in range(groups.max() + 1)]
        names.append(name)
        mats.append(per_person)
        columns.append([[str(i) for i in range(mat.shape[1])] for mat in per_person])
    spec = VCSpec(names, columns, mats) if names else None
    model = MixedLM(y[order] / scale, design[order], groups[order], exog_re=np.ones((len(y), 1)), exog_vc=spec)
    result = None
    for method in ("lbfgs", "bfgs", "powell"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                tried = model.fit(reml=True, method=method, maxiter=200)
            except (np.linalg.LinAlgError, ValueError):
                continue
        if tried.converged and np.isfinite(tried.scale) and tried.scale > 0:
            result = tried
            break
    if result is None:
        return {}, "the model did not converge", ()
    found = {"participant": float(np.asarray(result.cov_re)[0, 0])}
    found |= dict(zip(names, map(float, result.vcomp), strict=True))
    found["residual"] = float(result.scale)
    variances = {name: max(value, 0.0) * scale**2 for name, value in found.items()}
    zero = [name for name, value in found.items() if value < 1e-5 * float(result.scale) and name != "residual"]
    return variances, "", tuple(f"variance of {name} estimated at zero" for name in zero)


def _indicator(groups: NDArray[np.intp]) -> Array:
    return (groups[:, None] == np.unique(groups)[None]).astype(float)


def _gls(y: Array, design: Array, table: pd.DataFrame, variances: Mapping[str, float]) -> tuple[Array, Array]:
    """Fixed effects and their covariance, given the variances."""
    whole = np.eye(len(y)) * variances["residual"]
    for name, groups in _strata(table).items():
        whole += variances[name] * (groups[:, None] == groups[None])
    solved = np.linalg.solve(whole, np.column_stack([design, y]))
    cov = np.linalg.inv(design.T @ solved[:, :-1])
    return cov @ (design.T @ solved[:, -1]), cov


def _slope(name: str, estimate: float, variance: float, df: float, confidence: float) -> dict[str, Any]:
    return {"term": name, "reason": "slope per unit of the covariate"} | _t_row(estimate, variance, df, confidence)


def _t_row(estimate: float, variance: float, df: float, confidence: float) -> dict[str, Any]:
    error = float(np.sqrt(variance))
    half = float(stats.t.ppf(0.5 + confidence / 2, df) * error)
    t = float(estimate) / error
    return {
        "estimate": float(estimate),
        "low": float(estimate) - half,
        "high": float(estimate) + half,
        "statistic": t,
        "df": f"{df:g}",
        "p": float(2 * stats.t.sf(abs(t), df)),
    }


def _contrasts(
    term: Sequence[str],
    factors: Mapping[str, Sequence[str]],
    width: int,
    places: Mapping[str, slice],
    beta: Array,
    cov: Array,
    df: float,
    total_sd: float,
    confidence: float,
) -> list[dict[str, Any]]:
    """Differences of each level from the reference, of two factors the differences of differences, and so on.

    Equally weighted over the levels of all other factors.
    """
    rows = []
    for chosen in itertools.product(*[factors[name][1:] for name in term]):
        weights = np.zeros(width)
        block = np.ones(1)
        for name, level in zip(term, chosen, strict=True):
            code = _sum_code(factors[name])
            block = np.einsum("i,j->ij", block, code[level] - code[factors[name][0]]).ravel()
        weights[places[":".join(term)]] = block
        row = _t_row(float(weights @ beta), float(weights @ cov @ weights), df, confidence)
        references = [factors[name][0] for name in term]
        words = " × ".join(f"({a} - {b})" for a, b in zip(chosen, references, strict=True))
        single = len(term) == 1
        rows.append(
            row
            | {
                "term": ":".join(term),
                "contrast": f"{chosen[0]} - {references[0]}" if single else words,
                "level_a": chosen[0] if single else "",
                "level_b": references[0] if single else "",
                "effect": row["estimate"] / total_sd,
                "effect_low": row["low"] / total_sd,
                "effect_high": row["high"] / total_sd,
                "effect_name": "d_total_sd",
            }
        )
    return rows
