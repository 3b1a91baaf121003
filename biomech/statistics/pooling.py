"""Detection of hidden pooling: tasks, conditions, footwear, sessions or levels that an analysis does not name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from biomech.columns import CYCLE_COLUMNS, METRIC_VALUES
from biomech.statistics.participant_means import BLANK, DOMINANCE, INJURY

KINDS = ("task", "condition", "footwear")  # never pooled
_MOST_LEVELS = 6  # of a free column of trials; one with more is a note, not a factor
_PEOPLE = 2  # with a level of a free column; one that a single person has is a note
_SHOWN = 3


def pooled(
    about: pd.DataFrame,
    by: Sequence[str],
    where: Mapping[str, str | Sequence[str]],
    *,
    within: bool = False,
    free: Sequence[str] = (),
) -> str:
    """Return why an analysis cannot take the mean of its cycles: what they differ in that it does not name; or nothing.

    Parameters
    ----------
    about : DataFrame
        Text columns of cycles (or of the sheets' trials) that the analysis would use: ``participant``, ``session``, ...
    by : sequence of str
        Columns that the analysis compares.
    where : mapping
        Its selection: several levels of a column are pooled as asked, if every cell has all of them.
    within : bool
        It compares within participants only: then a participant needs the same sessions under all levels, else everybody
        needs the same.
    free : sequence of str
        Further columns of trials.
    """
    if about.empty:
        return ""
    several = {name for name, wanted in where.items() if not isinstance(wanted, str) and len(wanted) > 1}
    for name in KINDS:
        if name in about and name not in by and name not in several and len(set(about[name])) > 1:
            return _unnamed(about, name, by)
    factors = [name for name in [*sorted(several), *free] if name in about and name not in by]
    for name in dict.fromkeys(factors):
        if (name in several or _is_factor(about, name)) and (problem := _unequal(about, name, by, within)):
            return problem
    if "session" not in by and about.groupby("participant")["session"].nunique().max() > 1:
        return _unequal(about, "session", by, within)
    return ""


def sessions_differ(about: pd.DataFrame, by: Sequence[str]) -> str:
    """Return a note if each participant has one session and these have different names."""
    if about.empty or "session" in by or about.groupby("participant")["session"].nunique().max() > 1:
        return ""
    names = list(dict.fromkeys(about["session"]))
    return f"participants have different sessions ({_listed(names)}), one each" if len(names) > 1 else ""


def free_columns(about: pd.DataFrame) -> list[str]:
    """Return the free columns of text that differ between trials of some session."""
    out = []
    for name in about.columns:
        if name in CYCLE_COLUMNS or name in METRIC_VALUES or name in (DOMINANCE, INJURY, "variant"):
            continue
        if about.groupby(["participant", "session"])[name].nunique().max() > 1 and not _numbers(about[name]):
            out.append(str(name))
    return out


def factor_columns(about: pd.DataFrame) -> list[str]:
    """Return those of `free_columns` whose levels several participants have: what trials of a session were compared in."""
    return [name for name in free_columns(about) if _is_factor(about, name)]


def _numbers(column: pd.Series) -> bool:
    levels = pd.Series(column.unique(), dtype=object)
    return bool(pd.to_numeric(levels[~levels.isin(["", BLANK])], errors="coerce").notna().all())


def _is_factor(about: pd.DataFrame, name: str) -> bool:
    levels = about.groupby(name)["participant"].nunique()
    return 2 <= len(levels) <= _MOST_LEVELS and bool((levels >= min(_PEOPLE, about["participant"].nunique())).all())


def _unnamed(about: pd.DataFrame, name: str, by: Sequence[str]) -> str:
    levels = list(dict.fromkeys(about[name]))
    found = f"its cycles have several levels of {name} ({_listed(levels)}), which it does not name"
    best = max(levels, key=lambda level: _cells(about[about[name] == level], by))
    apart = [one for one in by if about.loc[about[name] == best, one].nunique() < about[one].nunique()]
    if apart:
        return f"{found}; no level of {name} occurs under every level of {apart[0]}: the two cannot be distinguished"
    how = f"add `task: {best}`" if name == "task" else f"add `where: {{{name}: {_quoted(best)}}}`"
    return f"{found}: {how}" + ("" if name == "task" else f", or compare {name}")


def _unequal(about: pd.DataFrame, name: str, by: Sequence[str], within: bool) -> str:
    """Return why levels of a column that is averaged over are not the same in all cells."""
    cells = about.groupby(["participant", *by], sort=False)[name].agg(frozenset)
    people = cells.index.get_level_values(0)
    if within:
        wrong = [person for person, own in cells.groupby(people, sort=False) if len(set(own)) > 1]
    else:
        whole = frozenset().union(*cells)
        wrong = list(dict.fromkeys(person for person, own in cells.items() if own != whole))
        wrong = [person[0] if isinstance(person, tuple) else person for person in wrong]
        wrong = list(dict.fromkeys(wrong))
    if not wrong:
        return ""
    shared = frozenset.intersection(*cells)
    levels = [level for level in dict.fromkeys(about[name]) if level in shared]
    under = f" under every level of {' and '.join(by)}" if by else ""
    everybody = "within every participant" if within else "for all participants"
    text = f"its means are over {name}, but the levels of {name} are not the same{under} {everybody}"
    text += f" (not for {_listed(wrong)})"
    if levels:
        chosen = _quoted(levels[0]) if len(levels) == 1 else f"[{', '.join(map(_quoted, levels))}]"
        return f"{text}: add `where: {{{name}: {chosen}}}`, or compare {name}"
    keep = about["participant"].nunique() - len(set(wrong))
    return f"{text}: compare {name}, or leave these participants out ({keep} remain)"


def _cells(about: pd.DataFrame, by: Sequence[str]) -> int:
    return int(about.groupby(["participant", *by]).ngroups)


def _quoted(level: str) -> str:
    return (
        level if level and level.replace("_", "").replace("-", "").isalnum() and not level.isdigit() else f'"{level}"'
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(str(name) for name in names[:_SHOWN]) + more
