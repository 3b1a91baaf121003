"""Linear mixed models of means per participant, session and side.

Variances are estimated by REML (statsmodels). Tests of fixed effects take Satterthwaite's degrees of freedom, or those of
the stratum in which an effect varies (containment: Pinheiro & Bates 2000, Mixed-Effects Models in S and S-PLUS, section
2.4.2), since the z tests of statsmodels are too sharp for few participants; for balanced data both are those of the split-plot
analysis of variance. Where a variance is estimated at zero, the smaller of both is taken: it keeps its stratum, which is on
the safe side.
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

from biomech.statistics.degrees import Satterthwaite, refined

Array = NDArray[np.float64]
_SLOPE, _SHARED = "slope_", "level and slope_"  # names of a slope's variance, and of its covariance with the level
_ZERO = 1e-5  # of the residual variance: below it a variance is told to be zero


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
    slopes: Sequence[str] = (),
    degrees: str = "satterthwaite",
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
    slopes : sequence of str
        Factors and covariates whose effect differs between participants: of a covariate a random slope, correlated with
        the participant's level; of a factor a random effect of each level within the participant.
    degrees : {'satterthwaite', 'containment'}
        Degrees of freedom of the tests and intervals.
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
    if constant := [
        name for name in slopes if _constant(_codes(table[name]).astype(float), _codes(table["participant"]))
    ]:
        return Fit(problem=f"{constant[0]} does not vary within any participant: it has no random slope")
    effects = _effects(table, [name for name in slopes if name in factors], [n for n in slopes if n in covariates])
    contained = _containment(table, design, effects, {name: places[name] for name in effects.slopes})
    if min(contained) < 1:
        return Fit(
            problem=f"{len(y)} values of {table['participant'].nunique()} participants are too few for this model"
        )
    variances, problem, notes = _variances(y, design, effects)
    if problem:
        return Fit(problem=problem)
    parts_of = effects.parts()
    if not notes:  # at zero there is no maximum to go to
        closer = refined(y, design, list(parts_of.values()), np.array([variances[name] for name in parts_of]))
        better = dict(zip(parts_of, map(float, closer), strict=True))
        if all(abs(better[name] - value) <= 0.05 * abs(_size(name, variances)) for name, value in variances.items()):
            variances = better
    whole = np.sum([variances[name] * part for name, part in parts_of.items()], axis=0)
    beta, cov = _gls(y, design, whole)
    df = _Degrees(contained, y, design, parts_of, variances, whole, degrees)
    total_sd = float(np.sqrt(np.diag(whole).mean()))
    rows = []
    for name, columns in places.items():
        own_df = df.together(columns)
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
                "df": f"{k}, {own_df:.4g}",
                "p": float(stats.f.sf(f, k, own_df)),
                "effect": f * k / (f * k + own_df),
                "effect_name": "partial_r2",
                "reason": "F test over equally weighted levels",
            }
        )
        rows += _contrasts(parts, factors, design.shape[1], places, beta, cov, df, total_sd, confidence)
    for name, variance in variances.items():
        if name.startswith(_SHARED):
            slope = name.removeprefix(_SHARED)
            size = np.sqrt(variances["participant"] * variances[_SLOPE + slope])
            label = {"term": f"correlation_level_slope_{slope}", "unit": "1"}
            rows.append(label | {"estimate": float(variance / size) if size > 0 else np.nan})
        else:
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


@dataclass(frozen=True)
class _Effects:
    """Random effects: the groups of each effect of levels, and covariates with a slope of each participant's own.

    Attributes
    ----------
    groups : dict
        ``participant``, and effects nested in it, to the group of every row.
    slopes : dict
        Covariate to its centred values.
    """

    groups: dict[str, NDArray[np.intp]]
    slopes: dict[str, Array]

    def parts(self) -> dict[str, Array]:
        """Return what every variance and covariance multiplies in the covariance of the values."""
        person = self.groups["participant"]
        same = (person[:, None] == person[None]).astype(float)
        out = {name: (groups[:, None] == groups[None]).astype(float) for name, groups in self.groups.items()}
        for name, x in self.slopes.items():
            out[_SLOPE + name] = same * np.outer(x, x)
            out[_SHARED + name] = same * (x[:, None] + x[None])
        return out | {"residual": np.eye(len(person))}


def _effects(table: pd.DataFrame, factors: Sequence[str], covariates: Sequence[str]) -> _Effects:
    """Return the random effects that can be told from the residual: several values in some of them, and several of them in
    some participant."""
    person = _codes(table["participant"])
    out = {"participant": person}
    for name in dict.fromkeys(("session", "side", *factors)):
        inner = _codes(table["participant"].astype(str) + "\n" + table[name].astype(str))
        known = any((inner == groups).all() for groups in out.values())
        if person.max() + 1 < inner.max() + 1 < len(table) and not known:
            out[f"{name}:participant"] = inner
    return _Effects(out, {name: table[name].to_numpy(float) - table[name].mean() for name in covariates})


def _codes(column: pd.Series) -> NDArray[np.intp]:
    return np.unique(column.astype(str).to_numpy(), return_inverse=True)[1]


def _containment(table: pd.DataFrame, design: Array, effects: _Effects, slopes: Mapping[str, slice]) -> Array:
    """Degrees of freedom of every column: those of the stratum in which it varies, of a random slope the participants'."""
    people = effects.groups["participant"].max() + 1
    inner = {name: groups for name, groups in effects.groups.items() if name != "participant"}
    home = []
    for i, x in enumerate(design.T):
        own = next((name for name, columns in slopes.items() if columns.start <= i < columns.stop), None)
        if own is not None:
            home.append(_SLOPE + own)
        elif _constant(x, effects.groups["participant"]):
            home.append("participant")
        else:
            home.append(next((name for name, groups in inner.items() if _constant(x, groups)), "residual"))
    count = {name: home.count(name) for name in (*effects.groups, "residual")}
    df = {"participant": people - count["participant"]}
    df |= {name: groups.max() + 1 - people - count[name] for name, groups in inner.items()}
    df |= {_SLOPE + name: people - 1 for name in slopes}
    df["residual"] = len(design) - people - sum(g.max() + 1 - people for g in inner.values()) - count["residual"]
    df["residual"] -= people * len(slopes)
    if df["residual"] < 1 and (inner or slopes) and "residual" not in home:
        df["residual"] = 1
    return np.array([df[name] for name in home], dtype=float)


class _Degrees:
    """Degrees of freedom of contrasts and of terms."""

    def __init__(
        self,
        contained: Array,
        y: Array,
        design: Array,
        parts: Mapping[str, Array],
        variances: Mapping[str, float],
        whole: Array,
        method: str,
    ) -> None:
        self._contained = contained
        floor = _ZERO * variances["residual"]
        present = [name for name in parts if _size(name, variances) > floor]
        self._zero = len(present) < len(parts)
        self._own = (
            Satterthwaite(design, [parts[name] for name in present], whole, y) if method == "satterthwaite" else None
        )

    def together(self, columns: slice) -> float:
        return self._chosen(float(min(self._contained[columns])), self._own.together(columns) if self._own else None)

    def contrast(self, weights: Array) -> float:
        return self._chosen(
            float(min(self._contained[weights != 0])), self._own.contrast(weights) if self._own else None
        )

    def _chosen(self, contained: float, own: float | None) -> float:
        if own is None or not np.isfinite(own):
            return contained
        return min(contained, own) if self._zero else max(own, 1.0)


def _size(name: str, variances: Mapping[str, float]) -> float:
    """Return a variance; of a covariance the smaller of both variances, since it may be zero within its range."""
    if name.startswith(_SHARED):
        return min(variances["participant"], variances[_SLOPE + name.removeprefix(_SHARED)])
    return variances[name]


def _constant(x: Array, groups: NDArray[np.intp]) -> bool:
    n = groups.max() + 1
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, groups, x)
    np.maximum.at(high, groups, x)
    return bool((high - low <= 1e-9).all())


def _variances(y: Array, design: Array, effects: _Effects) -> tuple[dict[str, float], str, tuple[str, ...]]:
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

    groups = effects.groups["participant"]
    order = np.argsort(groups, kind="stable")
    scale = float(y.std())
    names, columns, mats = [], [], []
    for name, inner in effects.groups.items():
        if name == "participant":
            continue
        per_person = [_indicator(inner[groups == person]) for person in range(groups.max() + 1)]
        names.append(name)
        mats.append(per_person)
        columns.append([[str(i) for i in range(mat.shape[1])] for mat in per_person])
    spec = VCSpec(names, columns, mats) if names else None
    spread = {name: float(x.std()) for name, x in effects.slopes.items()}
    own = np.column_stack([np.ones(len(y)), *(x / spread[name] for name, x in effects.slopes.items())])
    model = MixedLM(y[order] / scale, design[order], groups[order], exog_re=own[order], exog_vc=spec)
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
    levels = np.asarray(result.cov_re)
    found = {"participant": float(levels[0, 0])} | dict(zip(names, map(float, result.vcomp), strict=True))
    zero = []
    variances = {name: max(value, 0.0) * scale**2 for name, value in found.items()}
    for i, name in enumerate(effects.slopes, 1):
        variances[_SLOPE + name] = max(float(levels[i, i]), 0.0) * (scale / spread[name]) ** 2
        variances[_SHARED + name] = float(levels[0, i]) * scale**2 / spread[name]
        found[_SLOPE + name] = float(levels[i, i])
    variances["residual"] = float(result.scale) * scale**2
    zero = [name for name, value in found.items() if value < _ZERO * float(result.scale)]
    return variances, "", tuple(f"variance of {name} estimated at zero" for name in zero)


def _indicator(groups: NDArray[np.intp]) -> Array:
    return (groups[:, None] == np.unique(groups)[None]).astype(float)


def _gls(y: Array, design: Array, whole: Array) -> tuple[Array, Array]:
    """Fixed effects and their covariance, given the covariance of the values."""
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
        "df": f"{df:.4g}",
        "p": float(2 * stats.t.sf(abs(t), df)),
    }


def _contrasts(
    term: Sequence[str],
    factors: Mapping[str, Sequence[str]],
    width: int,
    places: Mapping[str, slice],
    beta: Array,
    cov: Array,
    df: _Degrees,
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
        row = _t_row(float(weights @ beta), float(weights @ cov @ weights), df.contrast(weights), confidence)
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
