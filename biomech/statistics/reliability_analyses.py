"""Analyses of reliability: selection of measurements, and of participants who have all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from biomech.config.statistics import Reliability
from biomech.statistics.common import Held, Rows, joined_notes, means_of, pooling_problem, sizes_of, skipped
from biomech.statistics.participant_means import Means, levels_of
from biomech.statistics.reliability import FORMS, Estimate, bland_altman, icc, mdc95, repeated_agreement, sem
from biomech.statistics.variance_components import variance_components


def reliability_rows(analysis: Reliability, table: pd.DataFrame) -> Rows:
    """Return the rows of a reliability analysis of one outcome; participants without all measurements are named."""
    name = analysis.between
    if name != "repetition":
        means = means_of(analysis, table, [name], within=True)
        if isinstance(means, str):
            return [skipped(means)]
        levels = [level for level in analysis.levels if level in set(means.keys[name])] or levels_of(means.keys, name)
        wide = means.keys.assign(value=means.values[:, 0]).pivot_table(
            index="participant", columns=name, values="value", sort=False
        )
        wide = wide.reindex(columns=levels)
        if analysis.incomplete == "keep":
            return _components(analysis, means, wide)
        how, names = f"means of {name}s are the measurements", levels
        whole = wide.index[wide.notna().all(axis=1)]
        sizes = sizes_of(
            means.where((means.keys[name].isin(levels) & means.keys["participant"].isin(whole)).to_numpy())
        )
    else:
        session = (analysis.levels or levels_of(table, "session"))[:1]
        one = table[table["session"].isin(session) & np.isfinite(table["value"])]
        if problem := pooling_problem(analysis, one, []):
            return [skipped(problem)]
        # legs never are participants: of both, the one with more cycles (the right one if equal) counts for each
        counts = pd.crosstab(one["participant"], one["side"])
        leg = counts[sorted(counts.columns, reverse=True)].idxmax(axis=1) if len(counts) else pd.Series(dtype=str)
        one = one[one["side"] == one["participant"].map(leg)]
        order = one.groupby("participant").cumcount()
        first = one.assign(number=order)[order < analysis.repetitions]
        wide = first.pivot_table(index="participant", columns="number", values="value", sort=False)
        wide = wide.reindex(columns=range(analysis.repetitions))
        whole = wide.index[wide.notna().all(axis=1)]
        names = [f"repetition {i + 1}" for i in range(analysis.repetitions)]
        how = f"first {analysis.repetitions} repetitions of session {', '.join(session)}, one leg of each participant"
        sizes = {
            "n_participants": len(whole),
            "n_sessions": len(whole),
            "n_cycles": int(first["participant"].isin(whole).sum()),
        }
    matrix = wide.loc[whole].to_numpy(float)
    n, sizes["n_participants"] = len(whole), len(whole)
    if left := [str(name) for name in wide.index if name not in whole]:
        how = f"{how}; left out for lack of a measurement: {', '.join(left)}"
    if n < analysis.min_participants or matrix.shape[1] < 2:
        lack = f"{matrix.shape[1]} measurement ({', '.join(names)}); at least two are needed"
        what = f"all of {', '.join(names)}" if name != "repetition" else f"{analysis.repetitions} repetitions"
        few = f"{n} participants with {what}; at least {analysis.min_participants} are needed (`min_participants`)"
        reason = lack if matrix.shape[1] < 2 else few
        return [skipped(reason, **sizes)]
    confidence, rows = 1 - analysis.alpha, []
    error = sem(matrix, confidence)
    found = {f"icc_{form.replace(',', '_')}": icc(matrix, form, confidence) for form in FORMS}
    for term, estimate in found.items():
        rows.append(_estimate(term, estimate, how, unit="1") | sizes)
    rows.append(_estimate("sem", error, how) | sizes)
    rows.append(_estimate("sem_agreement", sem(matrix, confidence, agreement=True), how) | sizes)
    factor = mdc95(1.0)
    scaled = {"estimate": factor * error.value, "low": factor * error.low, "high": factor * error.high}
    rows.append(_estimate("mdc95", error, how) | scaled | sizes)
    if analysis.repeated_pairs:
        return rows + _repeated(analysis, table[table["participant"].isin(whole)], [str(level) for level in names], how)
    if matrix.shape[1] == 2:
        agreement = bland_altman(matrix[:, 0], matrix[:, 1], confidence)
        contrast = {"contrast": f"{names[1]} - {names[0]}", "level_a": names[1], "level_b": names[0]}
        for term in ("bias", "lower", "upper"):
            label = {"bias": "bias", "lower": "limit_of_agreement_low", "upper": "limit_of_agreement_high"}[term]
            held = (
                {"values": Held(analysis.between, "within", wide.loc[whole].set_axis(names, axis=1))}
                if term == "bias"
                else {}
            )
            rows.append(_estimate(label, getattr(agreement, term), how) | contrast | sizes | held)
        # a difference that grows with the size of what is measured makes the limits too wide for some, too narrow for others
        rows.append(_estimate("proportional_bias", agreement.slope, how, unit="1") | contrast | sizes)
    return rows


def _repeated(analysis: Reliability, table: pd.DataFrame, levels: list[str], how: str) -> Rows:
    """Return bias and limits of agreement of single cycles, paired in their order."""
    if len(levels) != 2:
        return [
            skipped(f"repeated pairs need two levels of {analysis.between}; found {', '.join(levels)}", term="bias")
        ]
    keys = [name for name in ("participant", "session", "side") if name != analysis.between]
    known = table[np.isfinite(table["value"]) & table[analysis.between].isin(levels)]
    number = known.groupby([*keys, analysis.between], sort=False).cumcount()
    wide = known.assign(number=number).pivot_table(
        index=[*keys, "number"], columns=analysis.between, values="value", sort=False
    )
    pairs = wide.reindex(columns=levels).dropna()
    people = pairs.index.get_level_values("participant").to_numpy(str)
    found = repeated_agreement((pairs[levels[1]] - pairs[levels[0]]).to_numpy(float), people, 1 - analysis.alpha)
    left = 2 * len(pairs) < len(known)
    note = f"{len(pairs)} pairs of cycles, in the order of their trials"
    how = joined_notes(how, note, f"{len(known) - 2 * len(pairs)} cycles without a partner left out" if left else "")
    contrast = {"contrast": f"{levels[1]} - {levels[0]}", "level_a": levels[1], "level_b": levels[0]}
    sizes = {"n_participants": len(set(people)), "n_cycles": 2 * len(pairs)}
    sizes["n_sessions"] = int(known.groupby(["participant", "session"]).ngroups)
    own = pairs.groupby("participant", sort=False).cumcount() + 1
    dots = pairs.set_axis([f"{person} pair {k}" for person, k in zip(people, own, strict=True)])
    names = {"bias": "bias", "lower": "limit_of_agreement_low", "upper": "limit_of_agreement_high"}
    rows: Rows = []
    for term, estimate in found.items():
        held = {"values": Held(analysis.between, "within", dots)} if term == "bias" else {}
        label = names.get(term, f"{term}_of_differences")
        rows.append(_estimate(label, estimate, how) | contrast | sizes | held)
    return rows


def _components(analysis: Reliability, means: Means, wide: pd.DataFrame) -> Rows:
    """Return variance components of participants of whom some lack measurements."""
    name, levels = analysis.between, [str(level) for level in wide.columns]
    wide = wide[wide.notna().any(axis=1)]
    lacking = [str(person) for person in wide.index[wide.isna().any(axis=1)]]
    used = means.where((means.keys[name].isin(levels) & means.keys["participant"].isin(wide.index)).to_numpy())
    sizes = sizes_of(used)
    how = f"REML of {int(wide.notna().to_numpy().sum())} means of {name}s {', '.join(levels)}, participant and {name} as random effects"
    how = joined_notes(
        how, f"kept without all measurements: {', '.join(lacking)}" if lacking else "nobody lacks a measurement"
    )
    if len(wide) < analysis.min_participants:
        few = f"{len(wide)} participants; at least {analysis.min_participants} are needed (`min_participants`)"
        return [skipped(joined_notes(few, how), **sizes)]
    found = variance_components(wide.to_numpy(float), 1 - analysis.alpha)
    if found.problem:
        return [skipped(joined_notes(found.problem, how), **sizes)]
    how = joined_notes(*found.notes, how)
    detectable = Estimate(mdc95(found.sem.value), mdc95(found.sem.low), mdc95(found.sem.high), found.sem.reason)
    rows = [
        _estimate("icc_2_1", found.agreement, how, unit="1"),
        _estimate("icc_3_1", found.consistency, how, unit="1"),
        _estimate("sem", found.sem, how),
        _estimate("mdc95", detectable, joined_notes("smallest detectable change", how)),
    ]
    parts = {"participant": found.participant, name: found.measurement, "residual": found.residual}
    rows += [{"term": f"sd_{part}", "estimate": sd, "reason": how} for part, sd in parts.items()]
    return [row | sizes for row in rows]


def _estimate(term: str, found: Any, how: str, **cells: Any) -> dict[str, Any]:
    status = {"status": "warned"} if found.reason else {}
    return {
        "term": term,
        "estimate": found.value,
        "low": found.low,
        "high": found.high,
        "reason": joined_notes(found.reason, how),
        **status,
        **cells,
    }
