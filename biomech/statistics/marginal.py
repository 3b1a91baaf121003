"""Estimates from a fitted linear model: contrasts, estimated marginal means, simple effects and trends.

Levels of factors that are not named have the same weight, whatever their numbers (Searle, Speed & Milliken 1980, Am Stat 34:216);
covariates are at their mean.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from biomech.statistics.effects import standardised

Array = NDArray[np.float64]
SIMPLE = "simple effects"  # the family of their p values


@dataclass(frozen=True)
class Wanted:
    """What is asked for apart from F tests and contrasts with the reference.

    Attributes
    ----------
    means : bool
        Estimated marginal means of all levels and combinations of levels.
    simple : bool
        Contrasts of each factor within every combination of levels of the others.
    pairs : bool
        All pairs of levels, not those with the reference only.
    trend : mapping
        Factor to its levels in order.
    """

    means: bool = False
    simple: bool = False
    pairs: bool = False
    trend: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """Fixed effects of a fit: factors in sum coding, their columns, estimates, covariance and degrees of freedom."""

    factors: Mapping[str, Sequence[str]]
    places: Mapping[str, slice]
    beta: Array
    cov: Array
    df: Callable[[Array], float]
    total_sd: float
    sd_df: float
    confidence: float

    def weights(self, levels: Mapping[str, str]) -> Array:
        """Return the weights of the mean under some levels, equally weighted over the levels of the other factors."""
        out = np.zeros(len(self.beta))
        out[0] = 1
        for size in range(1, len(levels) + 1):
            for chosen in itertools.combinations(self.factors, size):
                if not set(chosen) <= set(levels) or ":".join(chosen) not in self.places:
                    continue
                block = np.ones(1)
                for name in chosen:
                    block = np.einsum("i,j->ij", block, sum_code(self.factors[name])[levels[name]]).ravel()
                out[self.places[":".join(chosen)]] = block
        return out

    def row(self, weights: Array, effect: bool = True) -> dict[str, Any]:
        """Return the cells of a contrast (or, without effect, of a mean)."""
        out = t_row(float(weights @ self.beta), float(weights @ self.cov @ weights), self.df(weights), self.confidence)
        if not effect:
            return {name: out[name] for name in ("estimate", "low", "high", "df")}
        return out | standardised(out["estimate"], out["low"], out["high"], self.total_sd, self.sd_df, self.confidence)


def sum_code(levels: Sequence[str]) -> dict[str, Array]:
    """Code levels so that main effects are averages over the other factors' levels, whatever their sizes."""
    k = len(levels)
    return {level: (np.eye(k)[i][1:] - (i == 0)) for i, level in enumerate(levels)}


def t_row(estimate: float, variance: float, df: float, confidence: float) -> dict[str, Any]:
    """Return an estimate with its interval and t test against zero."""
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


def contrasts(model: Model, term: Sequence[str], pairs: bool = False) -> list[dict[str, Any]]:
    """Return differences of each level from the reference (or of all pairs), of two factors differences of differences, and so on."""
    rows = []
    for chosen in itertools.product(*[_pairs(model.factors[name], pairs and len(term) == 1) for name in term]):
        weights = np.zeros(len(model.beta))
        block = np.ones(1)
        for name, (level, reference) in zip(term, chosen, strict=True):
            code = sum_code(model.factors[name])
            block = np.einsum("i,j->ij", block, code[level] - code[reference]).ravel()
        weights[model.places[":".join(term)]] = block
        single = len(term) == 1
        words = " × ".join(f"({a} - {b})" for a, b in chosen)
        cells = {
            "term": ":".join(term),
            "contrast": f"{chosen[0][0]} - {chosen[0][1]}" if single else words,
            "level_a": chosen[0][0] if single else "",
            "level_b": chosen[0][1] if single else "",
        }
        rows.append(model.row(weights) | cells)
    return rows


def further(model: Model, wanted: Wanted) -> list[dict[str, Any]]:
    """Return marginal means, simple effects and trends, as far as they are asked for."""
    rows = []
    if wanted.means:
        for size in range(1, len(model.factors) + 1):
            for chosen in itertools.combinations(model.factors, size):
                for levels in itertools.product(*[model.factors[name] for name in chosen]):
                    cells = {"term": f"marginal_mean_{':'.join(chosen)}", "level_a": ", ".join(levels)}
                    rows.append(cells | model.row(model.weights(dict(zip(chosen, levels, strict=True))), effect=False))
    if wanted.simple:
        for name, own in model.factors.items():
            others = [other for other in model.factors if other != name]
            for held in itertools.product(*[model.factors[other] for other in others]):
                fixed = dict(zip(others, held, strict=True))
                for a, b in _pairs(own, wanted.pairs):
                    weights = model.weights(fixed | {name: a}) - model.weights(fixed | {name: b})
                    cells = {"term": f"simple_effect_{name}", "contrast": f"{a} - {b} in {', '.join(held)}"}
                    rows.append(cells | model.row(weights) | {"family": SIMPLE})
    for name, ordered in wanted.trend.items():
        scores = np.arange(len(ordered)) - (len(ordered) - 1) / 2
        per_step = scores / (scores @ scores)
        weights = np.sum([w * model.weights({name: level}) for w, level in zip(per_step, ordered, strict=True)], axis=0)
        cells = {"term": f"trend_{name}", "contrast": f"linear, per step of {', '.join(ordered)}"}
        rows.append(cells | model.row(weights))
    return rows


def _pairs(levels: Sequence[str], every: bool) -> list[tuple[str, str]]:
    if every:
        return [(b, a) for a, b in itertools.combinations(levels, 2)]
    return [(level, levels[0]) for level in levels[1:]]
