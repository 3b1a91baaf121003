"""The table of profile scores: one row per session, leg and condition of walking, and one for both legs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from biomech.columns import PROFILE_COLUMNS
from biomech.config.profiles import ProfileScores
from biomech.errors import BiomechError
from biomech.schema import SIDES
from biomech.statistics.deviation_index import deviation_index
from biomech.statistics.participant_means import as_text, with_levels
from biomech.statistics.scores import GPS_CURVES, profile_score, variable_scores
from biomech.study.reading import curve, cycles_where

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
# task, quantity, percent, age in years: mean curve, where it is from, and SD between people
Norm = Callable[[str, str, Array, float], tuple[Array, str, Array] | None]

TASK = "walking"
QUANTITIES = tuple(name.removeprefix("angle.") for name in GPS_CURVES)
_USUAL = tuple(f"usual_{name}" for name in QUANTITIES)
_OF_PELVIS = np.array(["pelv" in name for name in QUANTITIES])
_SCENE = ("participant", "session", "label", "task", "condition", "footwear")


@dataclass(frozen=True)
class _Legs:
    """Every leg of every session and condition, with the mean of its whole strides."""

    keys: pd.DataFrame  # `_SCENE`, side, and age
    curves: Array  # (legs, 9, percent), NaN where the leg lacks a curve
    percent: Array
    n_cycles: NDArray[np.int64]
    control: Bools


@dataclass(frozen=True)
class _Reference:
    curves: Array  # (legs, 9, percent)
    spread: Array  # (legs, 9): root mean square distance of its people from it, NaN where it follows from the controls' scores
    source: NDArray[np.object_]
    n_controls: NDArray[np.int64]
    reason: NDArray[np.object_]


def session_profiles(study: xr.Dataset, settings: ProfileScores, norm: Norm | None = None) -> pd.DataFrame:
    """Return the movement analysis profile, Gait Profile Score and Gait Deviation Index of walking.

    A score of a curve is the root mean square distance of a leg's mean curve from the reference, the Gait Profile Score the
    root mean square of the nine; that of both legs counts the pelvis once, of the left side (Baker 2009, Gait Posture 30:265).

    Parameters
    ----------
    study : xr.Dataset
        ``study.nc``; may be open only.
    settings : ProfileScores
    norm : callable, optional
        For ``reference: norms``.

    Returns
    -------
    pd.DataFrame
        Columns `PROFILE_COLUMNS`, in the order of the study; a score that cannot be given is NaN; ``reason`` says why.
    """
    legs = _legs(study, settings)
    if not len(legs.keys):
        return _typed(pd.DataFrame(columns=list(PROFILE_COLUMNS)))
    reference = _controls(legs, settings) if settings.reference == "controls" else _norms(legs, norm)
    scores = variable_scores(legs.curves, reference.curves)
    index, share, refused = _index(legs, settings)
    table = legs.keys[[*_SCENE, "side"]].copy()
    table["control"] = np.where(legs.control, "yes", "no")
    table[list(QUANTITIES)] = scores
    usual = reference.spread
    if settings.reference == "controls" and legs.control.any():
        usual = np.broadcast_to(_root_mean_square(scores[legs.control]), scores.shape)
    table[list(_USUAL)], table["usual_gps"] = usual, profile_score(usual)
    table["gps"], table["gdi"], table["gdi_features_percent"] = profile_score(scores), index, share
    table["n_cycles"], table["n_controls"] = legs.n_cycles, reference.n_controls
    table["reference"] = reference.source
    table["reason"] = [
        "; ".join(filter(None, reasons)) for reasons in zip(_lacking(legs), reference.reason, refused, strict=True)
    ]
    return _typed(pd.concat([table, _both(table)], ignore_index=True).sort_values("place", kind="stable"))


def _root_mean_square(scores: Array) -> Array:
    """Return the root mean square over the legs that have all scores, shape (9,)."""
    whole = scores[np.isfinite(scores).all(axis=1)]
    return np.sqrt((whole**2).mean(axis=0)) if len(whole) else np.full(scores.shape[1], np.nan)


def _legs(study: xr.Dataset, settings: ProfileScores) -> _Legs:
    strides = cycles_where(study, task=TASK)
    about = pd.DataFrame({str(n): c.to_numpy() for n, c in strides.coords.items() if c.dims == ("cycle",)})
    n, percent = len(about), study["percent"].to_numpy().astype(float)
    values = np.full((n, len(QUANTITIES), len(percent)), np.nan)
    for j, quantity in enumerate(QUANTITIES if n else ()):
        try:
            values[:, j] = curve(strides, "angle", quantity).transpose("cycle", "percent").to_numpy()
        except BiomechError:
            continue  # a study without this angle: every row says so
    keys = pd.DataFrame({k: as_text(about[k]) if k in about else "" for k in (*_SCENE, "side")}, index=about.index)
    keys["age"] = pd.to_numeric(about["age_years"], errors="coerce") if "age_years" in about else np.nan
    control = np.full(n, bool(settings.controls))
    levels = with_levels(about)
    for name, level in settings.controls.items():
        control &= (levels[name].astype(str) == level).to_numpy() if name in levels else False
    names = [*_SCENE, "side"]
    leg = keys.groupby(names, sort=False).ngroup().to_numpy()
    first = keys.drop_duplicates(names).reset_index(drop=True)
    whole = np.isfinite(values).all(axis=-1)
    has = np.zeros((len(first), len(QUANTITIES)), dtype=bool)
    np.logical_or.at(has, leg, whole)
    used = (whole | ~has[leg]).all(axis=1) & whole.any(axis=1)
    count = np.bincount(leg[used], minlength=len(first))
    total = np.zeros((len(first), *values.shape[1:]))
    np.add.at(total, leg[used], values[used])
    of_control = np.zeros(len(first), dtype=bool)
    np.logical_or.at(of_control, leg, control)
    mean = total / np.where(count > 0, count, np.nan)[:, None, None]
    return _Legs(first, np.where(has[:, :, None], mean, np.nan), percent, count, of_control)


def _controls(legs: _Legs, settings: ProfileScores) -> _Reference:
    """Mean curve of the controls, each participant once; a control is held against the others."""
    person, names = pd.factorize(legs.keys["participant"])
    whole = legs.control & np.isfinite(legs.curves).all(axis=(1, 2))
    people = np.unique(person[whole])
    n, of_control = len(legs.keys), np.isin(person, people)
    if len(people) < settings.min_controls:
        reason = (
            f"no scores: expected at least {settings.min_controls} controls with all nine curves (profile_scores.min_controls), "
            f"found {len(people)}"
        )
        nothing = np.full_like(legs.curves, np.nan)
        return _Reference(
            nothing, nothing[..., 0], np.full(n, "", object), np.full(n, len(people)), np.full(n, reason, object)
        )
    mean = np.stack([legs.curves[whole & (person == p)].mean(axis=0) for p in people])
    own = np.zeros((len(names), *mean.shape[1:]))
    own[people] = mean
    others = len(people) - of_control.astype(int)
    curves = (mean.sum(axis=0) - np.where(of_control[:, None, None], own[person], 0.0)) / others[:, None, None]
    source = [f"mean of {k} {'other ' if c else ''}controls" for k, c in zip(others, of_control, strict=True)]
    return _Reference(
        curves, np.full(curves.shape[:2], np.nan), np.array(source, object), others, np.full(n, "", object)
    )


def _norms(legs: _Legs, norm: Norm | None) -> _Reference:
    curves, spread = np.full_like(legs.curves, np.nan), np.full(legs.curves.shape[:2], np.nan)
    n = len(legs.keys)
    source, reason = np.full(n, "", object), np.full(n, "", object)
    ages = legs.keys["age"].to_numpy(float)
    for age in np.unique(ages):
        mine = (ages == age) | (np.isnan(ages) & np.isnan(age))
        found = [norm(TASK, name, legs.percent, float(age)) if norm else None for name in QUANTITIES]
        for j, one in enumerate(found):
            if one is not None:
                curves[mine, j], spread[mine, j] = one[0], np.sqrt((one[2] ** 2).mean())
        known = list(dict.fromkeys(one[1] for one in found if one is not None))
        source[mine] = "; ".join(known)
        lacking = [name for name, one in zip(QUANTITIES, found, strict=True) if one is None]
        if lacking:
            whose = f"an age of {age:g} years" if np.isfinite(age) else "an unknown age (column age_years)"
            reason[mine] = f"no reference curve for {whose} of {', '.join(lacking)}"
    return _Reference(curves, spread, source, np.zeros(n, int), reason)


def _index(legs: _Legs, settings: ProfileScores) -> tuple[Array, Array, list[str]]:
    """Return the Gait Deviation Index of every leg, the share of its features in percent, and why a leg has none."""
    n = len(legs.keys)
    index, share = np.full(n, np.nan), np.full(n, np.nan)
    if settings.reference != "controls":
        return index, share, ["no gdi: it needs controls of the study (profile_scores.controls)"] * n
    whole = np.isfinite(legs.curves).all(axis=(1, 2))
    count = int((whole & legs.control).sum())
    found: tuple[Array, float] | str = (
        f"expected at least {settings.gdi_min_legs} control legs with all nine curves (profile_scores.gdi_min_legs), found {count}"
    )
    if count >= settings.gdi_min_legs:
        found = deviation_index(legs.curves[whole], legs.control[whole])
    if isinstance(found, str):
        return index, share, [f"no gdi: {found}"] * n
    index[whole], share[whole] = found
    return index, share, [""] * n


def _lacking(legs: _Legs) -> list[str]:
    """Return what the legs lack for a Gait Profile Score."""
    lacks = [[name for name, gap in zip(QUANTITIES, row, strict=True) if gap] for row in np.isnan(legs.curves[..., 0])]
    return [f"no gps: no whole curve of {', '.join(names)}" if names else "" for names in lacks]


def _both(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of both legs together, and give every row of `table` its ``place``."""
    table["place"] = range(len(table))
    rows = []
    for _, pair in table.groupby(list(_SCENE), sort=False):
        if sorted(pair["side"]) != sorted(SIDES):
            continue
        left, right = (pair[pair["side"] == side].iloc[0] for side in SIDES)
        gps, usual = (
            float(profile_score(np.concatenate([left[own].to_numpy(float), right[own].to_numpy(float)[~_OF_PELVIS]])))
            for own in (list(QUANTITIES), list(_USUAL))
        )
        shared = {name: left[name] for name in (*_SCENE, "control", "reference", "n_controls", "gdi_features_percent")}
        reasons = dict.fromkeys(reason for reason in (left["reason"], right["reason"]) if reason)
        rows.append(
            shared
            | {"side": "both", "gps": gps, "usual_gps": usual, "gdi": (left["gdi"] + right["gdi"]) / 2}
            | {"n_cycles": left["n_cycles"] + right["n_cycles"], "reason": "; ".join(reasons)}
            | {"place": pair["place"].max()}
        )
    return pd.DataFrame(rows, columns=list(table.columns))


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    text = [name for name, column in PROFILE_COLUMNS.items() if column.unit == "text"]
    return (
        table[list(PROFILE_COLUMNS)]
        .astype({name: "str" if name in text else "float64" for name in PROFILE_COLUMNS})
        .reset_index(drop=True)
    )
