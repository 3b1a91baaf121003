"""Matched pairs: two participants, one of each level, analysed as one unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from biomech.statistics.participant_means import BLANK, Means, as_text

_SHOWN = 3


def by_pair(means: Means, about: pd.DataFrame, column: str, factor: str) -> Means | str:
    """Return means whose participants are pairs, or why participants are not matched.

    Parameters
    ----------
    means : Means
        One row per participant and level of the factor.
    about : DataFrame
        Columns of cycles, with ``participant`` and the matching column.
    column : str
        The column whose entries name pairs.
    factor : str
        The column that is compared.
    """
    entries = as_text(about[column])
    known = about.assign(pair=entries)[(entries != "") & (entries != BLANK)]
    of_person = known.groupby(known["participant"].astype(str), sort=False)["pair"].unique()
    if several := [str(name) for name, own in of_person.items() if len(own) > 1]:
        return f"{_listed(several)} {_have(several)} several entries of {column}: a participant is in one pair only"
    keys = means.keys
    people = keys["participant"].astype(str)
    if twice := list(dict.fromkeys(people[keys.duplicated("participant").to_numpy()])):
        return f"{_listed(twice)} {_have(twice)} values of several levels of {factor}: these are not matched groups, leave `matched_by` out"
    pairs = people.map({str(name): own[0] for name, own in of_person.items()})
    crowded = keys.assign(pair=pairs)[pairs.notna().to_numpy()]
    counts = crowded.groupby(["pair", factor], sort=False).size()
    crowd = counts[counts > 1].reset_index(name="n").to_dict("records")
    if wrong := [f"{one['pair']} ({one[factor]}: {one['n']})" for one in crowd]:
        return f"a pair has one participant of each level of {factor}; of {column} found {_listed(wrong)}"
    left = int(pairs.isna().sum())
    note = f"pairs of participants matched by {column}"
    note += f"; {left} participants without an entry of it left out" if left else ""
    chosen = means.where(pairs.notna().to_numpy())
    matched = chosen.keys.assign(participant=pairs.dropna().to_numpy(str))
    return replace(chosen, keys=matched, notes=(*means.notes, note))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _have(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"
