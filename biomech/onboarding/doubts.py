"""What a new study should say of its files, in sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from biomech.onboarding.draft import TrialRow
from biomech.onboarding.guess import Guess
from biomech.onboarding.people import Owner, same_body
from biomech.onboarding.survey import Look

_MANY = 5


def of_unreadable(looks: Sequence[Look]) -> list[str]:
    """Return one sentence for the files that cannot be read."""
    if not looks:
        return []
    shown = "; ".join(look.fault for look in looks[:_MANY])
    more = f"; and {len(looks) - _MANY} more" if len(looks) > _MANY else ""
    return [f"{len(looks)} files cannot be read and are left out (comments at the end of trials.tsv): {shown}{more}"]


def of_people(owners: Mapping[str, Guess[Owner]]) -> list[str]:
    """Return a sentence where it is unsure whose files are whose."""
    unsure = defaultdict(set)
    for guess in owners.values():
        if not guess.sure:
            unsure[guess.evidence].add(guess.value.participant)
    return [
        f"whose files: {', '.join(sorted(people))}: {evidence}; look at trials.tsv"
        for evidence, people in unsure.items()
    ]


def of_statics(rows: Sequence[TrialRow], looks: Mapping[str, Look]) -> list[str]:
    """Return a sentence for every visit without a standing trial, with several, or with one of another body."""
    visits: dict[tuple[str, str], list[TrialRow]] = defaultdict(list)
    for row in rows:
        if not row.left_out and row.include != "no":
            visits[row.participant, row.session].append(row)
    out = []
    with_static = [key for key, of_visit in visits.items() if any(row.role == "static" for row in of_visit)]
    for (person, visit), of_visit in visits.items():
        statics = [row for row in of_visit if row.role == "static"]
        where = f"{person}, session {visit}"
        if not statics:
            other = next((key for key in with_static if key != (person, visit)), None)
            hint = (
                f"; that of {other[0]}, session {other[1]}, does not serve for another person or visit" if other else ""
            )
            out.append(
                f"{where}: no standing (static) trial, so no angles{hint}. Add its file, or give one of its trials the role static"
            )
        if len(statics) > 1:
            names = ", ".join(row.file for row in statics)
            out.append(
                f"{where}: {len(statics)} standing trials, the first is used ({names}); write no into include of the others"
            )
        moving = next((row for row in of_visit if row.role == "dynamic"), None)
        if statics and moving and same_body(looks[statics[0].file], looks[moving.file]) is False:
            out.append(
                f"{where}: {statics[0].file} and {moving.file} seem to show two people: distances within segments differ"
            )
    return out


def of_rows(rows: Sequence[TrialRow]) -> list[str]:
    """Return a sentence each for rows that are unsure, left out, or of another laboratory."""
    unsure = {
        what: [r for r in rows if any(line.startswith(f"UNSURE {what}: ") for line in r.comment) and not r.left_out]
        for what in ("task", "side")
    }
    unknown = [row for row in rows if row.left_out.startswith("the task is not known")]
    foreign: dict[str, list[TrialRow]] = defaultdict(list)
    for row in rows:
        if row.include == "no" and row.comment and row.comment[-1].startswith("another laboratory"):
            foreign[row.comment[-1]].append(row)
    out = []
    if task := unsure["task"]:
        evidence = "are not included until you confirm them (columns task, include and comment of trials.tsv)"
        out.append(f"{len(task)} trials whose role or task is unsure {evidence}: {_some(task)}")
    if side := unsure["side"]:
        out.append(
            f"{len(side)} trials of one leg without a side (columns side and comment of trials.tsv): {_some(side)}"
        )
    if unknown:
        out.append(f"{len(unknown)} files whose task is not known are left out (end of trials.tsv): {_some(unknown)}")
    out += [f"{len(some)} files are not included: {_some(some)}: {evidence}" for evidence, some in foreign.items()]
    return out


def _some(rows: Sequence[TrialRow]) -> str:
    more = f" and {len(rows) - _MANY} more" if len(rows) > _MANY else ""
    return ", ".join(row.file for row in rows[:_MANY]) + more
