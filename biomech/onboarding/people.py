"""Whose recordings, and of which visit: from folders, subject names in the files, names of files, and the size of the body."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from biomech.model.landmark_names import model_outputs
from biomech.onboarding.guess import Guess
from biomech.onboarding.survey import Look
from biomech.onboarding.words import is_trial_word, is_visit, label_of, words_of

_SHARED = 8  # labels that two recordings of one protocol share at the least
_RIGID, _SAME = (
    0.015,
    0.02,
)  # spread of a distance within a segment; difference of distances of one person, both relative
_PAIRS = 5


@dataclass(frozen=True)
class Owner:
    """Whose a recording is, as labels of the sheets.

    Parameters
    ----------
    participant, session : str
    name : str
        As the folder or file says it.
    """

    participant: str
    session: str
    name: str


def owners(looks: Sequence[Look], folder_name: str) -> dict[str, Guess[Owner]]:
    """Guess the person and visit of every file.

    Parameters
    ----------
    looks : sequence of Look
    folder_name : str
        Of the surveyed folder: names the person where nothing else does.

    Returns
    -------
    dict
        File to its owner.
    """
    parts = {look.file: _parts(look.file) for look in looks}
    names = _names(parts)
    alone = [look for look in looks if not names[look.file][0]]
    split = _split(alone, folder_name)
    out: dict[str, Guess[Owner]] = {}
    labels: dict[str, str] = {}
    subjects = defaultdict(set)
    for look in looks:
        if look.subject and names[look.file][0]:
            subjects[names[look.file][0]].add(look.subject)
    for look in looks:
        name, visit, evidence = names[look.file]
        sure = not evidence
        evidence = evidence or f"folder {name!r}"
        if not name:
            name, sure, evidence = split[look.file]
        elif len(subjects[name]) > 1:
            sure, evidence = (
                False,
                f"folder {name!r}, whose files name the subjects {', '.join(sorted(subjects[name]))}",
            )
        out[look.file] = Guess(Owner(_own_label(labels, name), label_of(visit) if visit else "1", name), sure, evidence)
    return out


def same_body(one: Look, other: Look) -> bool | None:
    """Return whether two recordings show bodies of one size; None where they share too few labels to say.

    Distances are compared that do not change within either recording, as those within a segment.
    """
    if one.recording is None or other.recording is None:
        return None
    shared = sorted(set(one.recording.marker_names) & set(other.recording.marker_names))
    computed = model_outputs(shared)
    shared = [name for name in shared if name not in computed]
    if len(shared) < _SHARED:
        return None
    means, spreads = [], []
    for recording in (one.recording, other.recording):
        points = recording.position[:: max(1, len(recording.position) // 60)]
        points = points[:, [recording.marker_names.index(name) for name in shared]]
        upper = np.triu_indices(len(shared), 1)
        distance = np.linalg.norm(points[:, upper[0]] - points[:, upper[1]], axis=2)
        means.append(np.nanmedian(distance, axis=0))
        spreads.append(np.nanstd(distance, axis=0))
    first, second = means
    rigid = (spreads[0] < _RIGID * first) & (spreads[1] < _RIGID * second) & (first > 0.05) & (first < 0.6)
    if rigid.sum() < _PAIRS:
        return None
    return bool(np.median(np.abs(np.log(first[rigid] / second[rigid]))) < _SAME)


def _parts(file: str) -> list[tuple[str, str]]:
    """Return the folders of a file with their kind: ``visit``, ``trial`` or ``name``."""
    return [
        (part, "visit" if is_visit(part) else "trial" if is_trial_word(part) else "name")
        for part in PurePosixPath(file).parent.parts
    ]


def _names(parts: dict[str, list[tuple[str, str]]]) -> dict[str, tuple[str, str, str]]:
    """Return person, visit and doubt of every file by its folders; empty person where the folders name none."""
    below = defaultdict(set)
    for found in parts.values():
        named = [part for part, kind in found if kind == "name"]
        if len(named) > 1:
            below[named[-1]].add(tuple(named[:-1]))
    out = {}
    for file, found in parts.items():
        named = [part for part, kind in found if kind == "name"]
        visits = [part for part, kind in found if kind == "visit"]
        evidence = ""
        # `S01` alone is a person rather than a visit; `pre` alone is a visit of nobody
        if not named and visits and re.fullmatch(r"[a-z] \d+", words_of(visits[0])):
            named, visits = visits[:1], visits[1:]
            evidence = f"folder {named[0]!r} may name a person or a visit"
        person = named[-1] if named else ""
        if len(named) > 1:
            repeated = len(below[named[-1]]) > 1
            person = named[-2] if repeated else named[-1]
            if repeated:
                visits = [named[-1], *visits]
            evidence = f"folder {'/'.join(named)}: {person!r} is taken for the person" + (
                f" and {named[-1]!r} for the visit" if repeated else ""
            )
        out[file] = (person, "-".join(visits), evidence)
    return out


def _split(looks: Sequence[Look], folder_name: str) -> dict[str, tuple[str, bool, str]]:
    """Name the person of files that lie in no person's folder: by subject names, then by how their names begin."""
    if not looks:
        return {}
    subjects = {look.file: look.subject for look in looks}
    named = {name for name in subjects.values() if name}
    begins = {look.file: _begin(look.file) for look in looks}
    if len(named) > 1:
        return _by_body(looks, folder_name)
    if len({begin for begin in begins.values() if begin}) > 1 and all(begins.values()):
        evidence = (
            f"{len(set(begins.values()))} people are in one folder, distinguished by how the names of their files begin"
        )
        return {file: (begin, False, evidence) for file, begin in begins.items()}
    name = next(iter(named), "")
    if name and all(subjects.values()):
        return {look.file: (name, True, f"subject {name!r} in all files") for look in looks}
    if not _all_same(looks):
        return _by_body(looks, folder_name)
    return {look.file: (name or folder_name, True, f"folder {folder_name!r}, in which all files lie") for look in looks}


def _by_body(looks: Sequence[Look], folder_name: str) -> dict[str, tuple[str, bool, str]]:
    """Put files of one folder together that name one subject, or whose bodies are of one size."""
    groups: list[list[Look]] = []
    for look in looks:
        core = _core(look.subject)
        home = next((group for group in groups if core and core in {_core(other.subject) for other in group}), None)
        if home is None and not core:
            home = next((group for group in groups if any(same_body(look, other) for other in group)), None)
        if home is None:
            groups.append([look])
        else:
            home.append(look)
    out = {}
    for group in groups:
        names = list(dict.fromkeys(look.subject for look in group if look.subject))
        name = names[0] if names else f"{folder_name}-{groups.index(group) + 1}"
        how = "subject names and the size of their bodies" if names else "the size of their bodies"
        evidence = (
            f"one of {len(groups)} people in one folder, distinguished by {how}" if len(groups) > 1 else "one folder"
        )
        if len(names) > 1:
            agree = all(same_body(group[0], other) for other in group[1:])
            sizes = (
                "and the distances within their segments agree"
                if agree
                else "but the sizes of their bodies do not confirm it"
            )
            evidence += f"; {', '.join(map(repr, names))} are taken for one person: the names differ in the kind of trial only, {sizes}"
        out.update({look.file: (name, len(groups) == 1 and len(names) < 2, evidence) for look in group})
    return out


def _core(subject: str) -> str:
    """Return a subject's name without words for a kind of trial: software names its templates ``FullBodyStatic``."""
    words = [word for word in words_of(subject).split() if not is_trial_word(word)]
    return "".join(words) or subject


def _begin(file: str) -> str:
    """Return how the name of a file begins, if that is a word with a digit and says no task: ``P01`` of ``P01_walk1``."""
    stem = PurePosixPath(file).stem
    match = re.match(r"([A-Za-zÀ-ÿ]{1,12}[-_]?\d{1,6})(?=[_\-. ]|[A-Za-z])", stem)
    begin = match.group(1) if match else ""
    return "" if not begin or is_trial_word(begin) else begin


def _all_same(looks: Sequence[Look]) -> bool:
    shown = [look for look in looks if look.has_markers]
    return all(same_body(shown[0], other) is not False for other in shown[1:]) if shown else True


def _own_label(labels: dict[str, str], name: str) -> str:
    """Return the label of a name; two names never get one label."""
    if name not in labels:
        label, number = label_of(name), 1
        taken = {known.casefold() for known in labels.values()}
        while (f"{label}-{number}" if number > 1 else label).casefold() in taken:
            number += 1
        labels[name] = f"{label}-{number}" if number > 1 else label
    return labels[name]
