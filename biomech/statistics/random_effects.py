"""Random effects of a mixed model: the largest set within participants that the data carry, and the strata they make."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
SLOPE, SHARED = "slope_", "level and slope_"  # names of a slope's variance, and of its covariance with the level
_MOST = 3  # factors in one combination


@dataclass(frozen=True)
class Effects:
    """Random effects: the groups of each effect of levels, and covariates with a slope of each participant's own.

    Attributes
    ----------
    person : (n,) array of int
        The participant of every row.
    groups : dict
        ``participant``, and effects nested in it, to the group of every row; none if every participant has one row.
    slopes : dict
        Covariate to its centred values.
    """

    person: NDArray[np.intp]
    groups: dict[str, NDArray[np.intp]]
    slopes: dict[str, Array]

    @property
    def names(self) -> tuple[str, ...]:
        """What the effects are called in results."""
        return (*self.groups, *(f"{SLOPE}{name}" for name in self.slopes))

    def columns(self) -> Array:
        """Return the design of the random effects of levels, one column per level."""
        return np.column_stack([np.zeros((len(self.person), 0)), *map(_indicator, self.groups.values())])

    def parts(self) -> dict[str, Array]:
        """Return what every variance and covariance multiplies in the covariance of the values."""
        same = _same(self.person)
        out = {name: _same(groups) for name, groups in self.groups.items()}
        for name, x in self.slopes.items():
            out[SLOPE + name] = same * np.outer(x, x)
            out[SHARED + name] = same * (x[:, None] + x[None])
        return out | {"residual": np.eye(len(self.person))}


def random_effects(
    table: pd.DataFrame,
    design: Array,
    factors: Sequence[str],
    covariates: Sequence[str],
    places: Mapping[str, slice],
) -> tuple[Effects, Array]:
    """Return the random effects that a table carries, and the degrees of freedom of every column of the design by strata.

    Parameters
    ----------
    table : DataFrame
        ``participant``, ``session``, ``side`` and the factors, one row per value.
    design : (n, p) array
    factors : sequence of str
        Fixed factors. Session, side and those of them that vary within participants have an effect of each level within the
        participant, and so have their combinations, if it can be distinguished from the residual and from the others: several rows
        in some level, several levels in some participant, and rows left for the residual. Where a stratum has no degrees of
        freedom left, the largest combination goes first.
    covariates : sequence of str
        With a slope of each participant's own.
    places : mapping
        Columns of the design that such a covariate has.
    """
    person = codes(table["participant"])
    if person.max() + 1 == len(table):
        return Effects(person, {}, {}), np.full(design.shape[1], float(len(design) - design.shape[1]))
    within = [
        name
        for name in dict.fromkeys(("session", "side", *factors))
        if not constant(codes(table[name]).astype(float), person)
    ]
    groups = {"participant": person}
    columns, rank = _indicator(person), person.max() + 1
    for size in range(1, min(len(within), _MOST) + 1):
        for chosen in itertools.combinations(within, size):
            inner = codes(table[["participant", *chosen]].astype(str).agg("\n".join, axis=1))
            if not person.max() + 1 < inner.max() + 1 < len(table):
                continue
            more = np.column_stack([columns, _indicator(inner)])
            larger = int(np.linalg.matrix_rank(more))
            if rank < larger < len(table) and _apart([*groups.values(), inner]):
                groups[":".join([*chosen, "participant"])] = inner
                columns, rank = more, larger
    effects = Effects(person, groups, {name: table[name].to_numpy(float) - table[name].mean() for name in covariates})
    while True:
        df = containment(design, effects, places)
        if min(df) >= 1 or len(effects.groups) == 1:
            return effects, df
        effects = replace(effects, groups=dict(list(effects.groups.items())[:-1]))


def containment(design: Array, effects: Effects, slopes: Mapping[str, slice]) -> Array:
    """Return the degrees of freedom of every column: of the stratum in which it varies, of a slope the participants'."""
    people = effects.person.max() + 1
    home = []
    for i, x in enumerate(design.T):
        own = next((name for name, columns in slopes.items() if columns.start <= i < columns.stop), None)
        if own is not None:
            home.append(SLOPE + own)
        else:
            home.append(next((name for name, groups in effects.groups.items() if constant(x, groups)), "residual"))
    count = {name: home.count(name) for name in (*effects.groups, "residual")}
    df, columns, rank = {}, np.zeros((len(design), 0)), 0
    for name, groups in effects.groups.items():
        columns = np.column_stack([columns, _indicator(groups)])
        larger = int(np.linalg.matrix_rank(columns))
        df[name] = larger - rank - count[name]
        rank = larger
    df |= {SLOPE + name: people - 1 for name in slopes}
    df["residual"] = len(design) - rank - count["residual"] - people * len(slopes)
    if df["residual"] < 1 and (len(effects.groups) > 1 or slopes) and "residual" not in home:
        df["residual"] = 1
    return np.array([df[name] for name in home], dtype=float)


def codes(column: pd.Series) -> NDArray[np.intp]:
    """Return which distinct value every row has, 0, 1, 2, ..."""
    return np.unique(column.astype(str).to_numpy(), return_inverse=True)[1]


def constant(x: Array, groups: NDArray[np.intp]) -> bool:
    """Return whether values are the same within every group."""
    n = groups.max() + 1
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, groups, x)
    np.maximum.at(high, groups, x)
    return bool((high - low <= 1e-9).all())


def _same(groups: NDArray[np.intp]) -> Array:
    return (groups[:, None] == groups[None]).astype(float)


def _indicator(groups: NDArray[np.intp]) -> Array:
    return (groups[:, None] == np.arange(groups.max() + 1)[None]).astype(float)


def _apart(groups: Sequence[NDArray[np.intp]]) -> bool:
    """Return whether covariances of the effects and of the residual can be distinguished (no sum of some equals another)."""
    parts = [*map(_same, groups), np.eye(len(groups[0]))]
    products = np.array([[(a * b).sum() for b in parts] for a in parts])
    size = np.sqrt(np.diag(products))
    return bool(np.linalg.eigvalsh(products / np.outer(size, size)).min() > 1e-8)
