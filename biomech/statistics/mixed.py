"""Linear mixed models of means per participant, session and side.

Variances are estimated by REML (`biomech.statistics.reml`). Tests of fixed effects take Satterthwaite's degrees of freedom as
lmerTest does (Kuznetsova, Brockhoff & Christensen 2017, J Stat Softw 82(13)), or those of the stratum in which an effect
varies (containment: Pinheiro & Bates 2000, Mixed-Effects Models in S and S-PLUS, section 2.4.2); for balanced data without a
variance at zero both are those of the split-plot analysis of variance. A variance estimated at zero (a singular fit) counts
as known to be zero in Satterthwaite's degrees of freedom, as in lmerTest, and is named in the notes.

Random effects are the largest set that the data carry (Barr, Levy, Scheepers & Tily 2013, J Mem Lang 68:255): participant, and
within it session, side, every factor that varies within participants, and their combinations.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from biomech.statistics.degrees import Satterthwaite
from biomech.statistics.effects import partial_r2
from biomech.statistics.marginal import Model, Wanted, contrasts, further, sum_code, t_row
from biomech.statistics.random_effects import SHARED, SLOPE, codes, constant, random_effects
from biomech.statistics.reml import maximum

Array = NDArray[np.float64]
OF = " in "  # between the name of a random effect and the level whose own it is
MORE = f"residual{OF}"  # and a level: what its residual variance is more than that of the level that varies least
_NOTHING = 1e-14  # of the variance of the values: what is left of rounding


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
    random : tuple of str
        Random effects in the model.
    deviance : float
        REML criterion.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""
    notes: tuple[str, ...] = ()
    random: tuple[str, ...] = ()
    deviance: float = np.nan


def fit(
    table: pd.DataFrame,
    factors: Mapping[str, Sequence[str]],
    covariates: Sequence[str] = (),
    interactions: bool = True,
    confidence: float = 0.95,
    slopes: Sequence[str] = (),
    degrees: str = "satterthwaite",
    wanted: Wanted | None = None,
    slopes_by: Mapping[str, str] | None = None,
    spread_by: str = "",
) -> Fit:
    """Fit ``value ~ factors + covariates`` with the random effects of `biomech.statistics.random_effects`.

    With one value of each participant there are none: the model is the analysis of covariance.

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
        Covariates whose effect differs between participants: a random slope, correlated with the participant's level.
        Factors that vary within participants have a random effect of each level anyway.
    degrees : {'satterthwaite', 'containment'}
        Degrees of freedom of the tests and intervals.
    wanted : Wanted, optional
        Marginal means, simple effects, all pairs, trends.
    slopes_by : mapping, optional
        Covariate to the factor whose levels may have different slopes.
    spread_by : str
        A factor between participants whose levels have variances of their own, of the random effects and of the residual (see
        `by_level`); not with `slopes`, nor with degrees of freedom by containment.
    """
    wanted, slopes_by = wanted or Wanted(), slopes_by or {}
    y = table["value"].to_numpy(float)
    if np.ptp(y) <= 1e-12 * max(np.abs(y).max(), 1e-300):
        return Fit(problem="zero variance: all values are the same")
    empty = [levels for levels in itertools.product(*factors.values()) if not _in_cell(table, factors, levels).any()]
    if empty and interactions:
        return Fit(problem=f"no values for {' and '.join(empty[0])}: interactions cannot be estimated")
    design, places = _design(table, factors, covariates, interactions, slopes_by)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return Fit(
            problem="the factors and covariates cannot be distinguished in these data (design without full rank)"
        )
    if fixed := [name for name in slopes if constant(codes(table[name]).astype(float), codes(table["participant"]))]:
        return Fit(problem=f"{fixed[0]} does not vary within any participant: it has no random slope")
    effects, contained = random_effects(
        table,
        design,
        list(factors),
        [n for n in slopes if n in covariates],
        {n: places[n] for n in slopes if n in covariates},
    )
    if min(contained) < 1:
        return Fit(
            problem=f"{len(y)} values of {table['participant'].nunique()} participants are too few for this model"
        )
    whole_fit = np.column_stack([design, effects.columns()])
    left = y - whole_fit @ np.linalg.lstsq(whole_fit, y, rcond=None)[0]
    if not float(left @ left) > _NOTHING * float(np.var(y)) * len(y):
        return Fit(
            problem="zero residual variance: fixed and random effects describe all values exactly", random=effects.names
        )
    parts_of = effects.parts()
    if spread_by:
        if not constant(codes(table[spread_by]).astype(float), effects.person):
            return Fit(problem=f"{spread_by} varies within participants: its levels have no variances of their own")
        rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        parts_of = by_level(parts_of, table[spread_by].to_numpy(str), rest)
    names = [name for name in parts_of if name != "residual"]
    found = maximum(y, design, [parts_of[name] for name in names], effects.person, bool(effects.slopes))
    if found.problem:
        return Fit(problem=found.problem, random=effects.names)
    variances = dict(zip(names, map(float, found.ratios * found.residual), strict=True)) | {"residual": found.residual}
    zero = [name for name in names if not name.startswith((SHARED, MORE)) and variances[name] == 0]
    notes = tuple(f"variance of {name} estimated at zero (singular fit)" for name in zero)
    whole = np.sum([variances[name] * part for name, part in parts_of.items()], axis=0)
    beta, cov = _gls(y, design, whole)
    df = _Degrees(contained, y, design, parts_of, variances, whole, degrees)
    total_sd = float(np.sqrt(np.diag(whole).mean()))
    sd_df = df.of_total([float(np.diag(part).mean()) for part in parts_of.values()], variances, list(parts_of))
    model = Model(factors, places, beta, cov, df.contrast, total_sd, sd_df, confidence)
    crossed = {f"{name}:{factor}": (name, factor) for name, factor in slopes_by.items()}
    rows = []
    for name, columns in places.items():
        own_df = df.together(columns)
        if name in covariates:
            rows.append(_slope(name, beta[columns][0], cov[columns, columns][0, 0], own_df, confidence))
            continue
        k = columns.stop - columns.start
        f = float(beta[columns] @ np.linalg.solve(cov[columns, columns], beta[columns]) / k)
        rows.append(
            {
                "term": name,
                "unit": "1",
                "statistic": f,
                "df": f"{k}, {own_df:.4g}",
                "p": float(stats.f.sf(f, k, own_df)),
                "reason": _EQUAL_SLOPES if name in crossed else "F test over equally weighted levels",
            }
            | partial_r2(f, k, own_df, confidence)
        )
        if name in crossed:
            rows += _slopes(model, name, *crossed[name])
        else:
            rows += contrasts(model, name.split(":"), wanted.pairs)
    rows += further(model, wanted)
    for name, variance in variances.items():
        if name.startswith(SHARED):
            slope = name.removeprefix(SHARED)
            size = np.sqrt(variances["participant"] * variances[SLOPE + slope])
            label = {"term": f"correlation_level_slope_{slope}", "unit": "1"}
            rows.append(label | {"estimate": float(variance / size) if size > 0 else np.nan})
        else:
            base, _, level = name.partition(OF)
            variance += found.residual if name.startswith(MORE) else 0.0
            level = _least(factors[spread_by], variances) if spread_by and name == "residual" else level
            label = {"term": f"sd_{base.replace(':', '_within_')}"} | ({"level_a": level} if level else {})
            rows.append(label | {"estimate": float(np.sqrt(variance))})
    if "participant" in variances:
        rows.append({"term": "icc_participant", "unit": "1", "estimate": variances["participant"] / total_sd**2})
    return Fit(rows, notes=notes, random=effects.names, deviance=found.deviance)


def by_level(parts: Mapping[str, Array], levels: NDArray[np.str_], rest: Array) -> dict[str, Array]:
    """Return the parts of a covariance with variances of each level of a factor between participants.

    Every random effect has one part for each level. The residual is that of the level that varies least, and what another level
    has more than that is a part of its own, so that all are variances that are zero or more.

    Parameters
    ----------
    parts : mapping
        Name of a random effect (and ``residual``) to what its variance multiplies, (n, n).
    levels : (n,) array of str
        The level of every value.
    rest : (n,) array
        Residuals of the fixed effects, which say what level varies least.
    """
    rows = {level: np.asarray(levels == level, dtype=float) for level in dict.fromkeys(levels.tolist())}
    least = min(rows, key=lambda level: float(rest[rows[level] > 0].var()))
    out = {
        f"{name}{OF}{level}": part * np.outer(own, own)
        for name, part in parts.items()
        if name != "residual"
        for level, own in rows.items()
    }
    out |= {f"{MORE}{level}": np.diag(own) for level, own in rows.items() if level != least}
    return out | {"residual": parts["residual"]}


def _least(levels: Sequence[str], variances: Mapping[str, float]) -> str:
    """Return the level whose residual variance is that of the residual."""
    return next(level for level in levels if f"{MORE}{level}" not in variances)


def _in_cell(table: pd.DataFrame, factors: Mapping[str, Sequence[str]], levels: Sequence[str]) -> NDArray[np.bool_]:
    return np.logical_and.reduce([(table[f] == level).to_numpy() for f, level in zip(factors, levels, strict=True)])


def _terms(factors: Mapping[str, Sequence[str]], interactions: bool) -> list[tuple[str, ...]]:
    most = len(factors) if interactions else 1
    return [term for size in range(1, most + 1) for term in itertools.combinations(factors, size)]


def _design(
    table: pd.DataFrame,
    factors: Mapping[str, Sequence[str]],
    covariates: Sequence[str],
    interactions: bool,
    slopes_by: Mapping[str, str],
) -> tuple[Array, dict[str, slice]]:
    coded = {}
    for name, levels in factors.items():
        code = sum_code(levels)
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
    for name, factor in slopes_by.items():
        x = table[name].to_numpy(float)
        block = (x - x.mean())[:, None] * coded[factor]
        blocks.append(block)
        places[f"{name}:{factor}"] = slice(first, first + block.shape[1])
        first += block.shape[1]
    return np.concatenate(blocks, axis=1), places


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
        present = [name for name in parts if _size(name, variances) > 0]
        self._own = Satterthwaite(design, [parts[name] for name in present], whole, y)
        self._present = present
        self._satterthwaite = method == "satterthwaite"

    def of_total(self, shares: Sequence[float], variances: Mapping[str, float], names: Sequence[str]) -> float:
        """Return the degrees of freedom of the sum of all variances, each by its share (Satterthwaite)."""
        share = dict(zip(names, shares, strict=True))
        gradient = np.array([share[name] for name in self._present])
        total = sum(share[name] * variances[name] for name in names)
        uncertain = float(gradient @ self._own.of_variances @ gradient)
        return float(2 * total**2 / uncertain) if uncertain > 0 else np.inf

    def together(self, columns: slice) -> float:
        return self._chosen(float(min(self._contained[columns])), self._own.together(columns))

    def contrast(self, weights: Array) -> float:
        return self._chosen(float(min(self._contained[weights != 0])), self._own.contrast(weights))

    def _chosen(self, contained: float, own: float) -> float:
        return max(own, 1.0) if self._satterthwaite and np.isfinite(own) else contained


def _size(name: str, variances: Mapping[str, float]) -> float:
    """Return a variance; of a covariance the smaller of both variances, since it may be zero within its range."""
    if name.startswith(SHARED):
        return min(variances["participant"], variances[SLOPE + name.removeprefix(SHARED)])
    return variances[name]


def _gls(y: Array, design: Array, whole: Array) -> tuple[Array, Array]:
    """Fixed effects and their covariance, given the covariance of the values."""
    solved = np.linalg.solve(whole, np.column_stack([design, y]))
    cov = np.linalg.inv(design.T @ solved[:, :-1])
    return cov @ (design.T @ solved[:, -1]), cov


def _slope(name: str, estimate: float, variance: float, df: float, confidence: float) -> dict[str, Any]:
    row = {"term": name, "reason": "slope per unit of the covariate"} | t_row(estimate, variance, df, confidence)
    return row | partial_r2(row["statistic"] ** 2, 1, df, confidence)


def _slopes(model: Model, term: str, covariate: str, factor: str) -> list[dict[str, Any]]:
    """Return the slope of a covariate in every level of a factor, and the differences of slopes from the reference's."""
    levels, code = model.factors[factor], sum_code(model.factors[factor])
    weights = {}
    for level in levels:
        own = np.zeros(len(model.beta))
        own[model.places[covariate]] = 1
        own[model.places[term]] = code[level]
        weights[level] = own
    unit = {"reason": "slope per unit of the covariate"}
    rows = [
        unit | {"term": f"slope_{covariate}", "level_a": level} | _estimate(model, weights[level]) for level in levels
    ]
    for level in levels[1:]:
        own = weights[level] - weights[levels[0]]
        found = t_row(float(own @ model.beta), float(own @ model.cov @ own), model.df(own), model.confidence)
        cells = {"term": term, "contrast": f"{level} - {levels[0]}"} | unit
        rows.append(cells | found | partial_r2(found["statistic"] ** 2, 1, float(found["df"]), model.confidence))
    return rows


def _estimate(model: Model, weights: Array) -> dict[str, Any]:
    return model.row(weights, effect=False)


_EQUAL_SLOPES = "F test of equal slopes"
