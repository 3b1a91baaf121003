"""What the label of a marker says: subject prefix, side, anatomical landmark, cluster; and which points are model outputs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

_OTHER = {"left": "right", "right": "left"}
_SIDE_WORDS = {"l": "left", "left": "left", "r": "right", "right": "right", "li": "left", "re": "right"}
_OUTPUT = re.compile(
    r"(angles?|forces?|moments?|powers?|grf|length|progress(ion)?|projections?|index|height)(_[a-z]{1,3})?$"
    r"|^[lr]?(hjc|kjc|ajc|sjc|ejc|wjc)\d?(_\w+)?$|^centreofmass|^centerofmass|^\*\d+|^(p|f|force)_\w*(fp|plate)\w*\d|^[xyzo]global$"
    r"|^[lr]?_?p_forcevector$|^[lr]t_(shank|thigh)\w+$|^fp\d_assign$|^[lr]f(of|dh)\d$|^o[lr][fb]hd$",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?<=..)((top|bottom|upper|lower|prox|dist|front|back|ant|post)?(lateral|medial|lat|med)?)\d*$", re.IGNORECASE
)
_FEWEST_LABELS = 4  # fewer have something in common by chance
_MOST_PREFIX = 40  # characters; longer leading parts are labels of another kind
_PREFIX_SHARE = 0.8  # of the labels carry a subject's prefix; single renamed or added markers may lack it


@dataclass(frozen=True)
class Reading:
    """One meaning of a label.

    Parameters
    ----------
    side : {"left", "right", ""}
        Empty for midline landmarks and where the label names no side.
    landmark : str
        Key of ``landmarks`` in `landmark_names.yaml`, or the body of a cluster marker.
    source : str
        Protocol that uses the name.
    cluster : bool
        The name says a segment (``TH1``), not a landmark.
    """

    side: str
    landmark: str
    source: str
    cluster: bool = False


@cache
def table() -> dict[str, Any]:
    """Return `landmark_names.yaml`: protocols, landmarks and trackers."""
    text = (resources.files("biomech.model") / "landmark_names.yaml").read_text(encoding="utf-8")
    values: dict[str, Any] = yaml.safe_load(text)
    return values


@cache
def _known() -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
    """Folded name to (landmark or body, protocol), of landmarks and of trackers."""

    def folded(group: str) -> dict[str, tuple[str, str]]:
        return {
            str(name).casefold(): (key, source)
            for key, entry in table()[group].items()
            for name, source in entry["names"].items()
        }

    return folded("landmarks"), folded("trackers")


def _midline(landmark: str) -> bool:
    return bool(table()["landmarks"][landmark].get("midline", False))


def _sided(label: str) -> list[tuple[str, str]]:
    """Ways to part a label into side and rest; the rest has letters and digits only."""
    words = [w for w in re.split(r"[^0-9A-Za-z\u00c0-\u024f]+", label) if w]
    words = [w for word in words for w in re.findall(r"^(?:left|right)|.+", word, re.IGNORECASE)]
    found = []
    if len(words) > 1:
        for i in (0, len(words) - 1):
            if side := _SIDE_WORDS.get(words[i].casefold()):
                found.append((side, "".join(words[:i] + words[i + 1 :]).casefold()))
    whole = "".join(words).casefold()
    found.append(("", whole))
    if len(whole) > 1:
        found += [({"l": "left", "r": "right"}[end], rest) for end, rest in ((whole[0], whole[1:]), (whole[-1], whole[:-1])) if end in "lr"]  # fmt: skip
    return found


def readings(label: str) -> tuple[Reading, ...]:
    """Return every meaning that a label without prefix may have, the plainest first.

    Notes
    -----
    ``LFE`` may be the lateral epicondyle of a side that the label does not name, and nothing else says so; which reading holds
    is decided over all labels of a file (`read_labels`).
    """
    landmarks, trackers = _known()
    found: list[Reading] = []
    for side, rest in _sided(label):
        if rest in landmarks and not (side and _midline(landmarks[rest][0])):
            found.append(Reading(side, *landmarks[rest]))
            continue
        for name in dict.fromkeys((rest, re.sub(r"\d+$", "", rest), _PLACE.sub("", rest))):
            if name in trackers and (len(name) > 1 or (side and rest != name)):  # T1 without a side is a vertebra
                found.append(Reading(side, *trackers[name], cluster=True))
                break
    return tuple(sorted(dict.fromkeys(found), key=lambda r: (r.cluster, not _complete(r))))


def _complete(reading: Reading) -> bool:
    """Whether the reading says a side, or needs none."""
    return bool(reading.side) or (not reading.cluster and _midline(reading.landmark))


def leading_parts(labels: Sequence[str]) -> list[str]:
    """Return what four fifths of the labels begin with, up to a separator or a digit, and that is not a side."""
    if len(labels) < _FEWEST_LABELS:
        return []
    ends = re.compile(r"[:_.\- ]|(?<=\d)(?=[A-Za-z])")
    counts = Counter(p for label in labels for p in {label[: m.end()] for m in ends.finditer(label, 0, _MOST_PREFIX)})
    return [
        p
        for p, n in counts.items()
        if n >= _PREFIX_SHARE * len(labels) and p.strip(":_.- ").casefold() not in _SIDE_WORDS
    ]


def subject_prefix(labels: Sequence[str]) -> str:
    """Return the leading part that names the subject (``P01_``, ``Smith:``, ``Anna-``), empty if there is none.

    It is shared by four fifths of the labels, and without it more labels are anatomical.
    """
    common = leading_parts(labels)
    scores = {p: sum(bool(readings(label.removeprefix(p))) for label in labels) for p in ("", *common)}
    return min(scores, key=lambda p: (-scores[p], len(p)))


def model_outputs(labels: Sequence[str]) -> set[str]:
    """Return the labels that are results of a model, not markers, by their names alone.

    Angles, forces, moments, powers, lengths, joint centres, unlabelled trajectories (``*115``), points of plates, and the axes of
    segments: four points with one name and ``O``, ``A``, ``L``, ``P``.
    """
    there = set(labels)
    found = {label for label in labels if _OUTPUT.search(label)}
    for label in labels:
        if label[-1:].upper() == "O":
            quartet = {label[:-1] + (c if label[-1] == "O" else c.lower()) for c in "OALP"}
            if quartet <= there:
                found |= quartet
    return found


def read_labels(labels: Sequence[str]) -> tuple[str, dict[str, Reading]]:
    """Return the subject prefix and the most likely reading of each label.

    Parameters
    ----------
    labels : sequence of str
        Markers of one recording, with or without prefix.

    Returns
    -------
    prefix : str
    found : dict
        Label as in the file to its reading; labels that mean nothing and model outputs are left out. Of two labels of one
        landmark and side, that of the protocol with most labels in the file counts; the other is a further marker of the segment.
    """
    outputs = model_outputs(labels)
    markers = [label for label in labels if label not in outputs]
    prefix = subject_prefix(markers)
    options = {label: readings(label.removeprefix(prefix)) for label in markers}
    there = Counter((r.side, r.landmark, r.source) for group in options.values() for r in group)
    votes = Counter(group[0].source for group in options.values() if group)

    def weight(reading: Reading) -> tuple[int, bool, int]:
        partner = there[_OTHER[reading.side], reading.landmark, reading.source] if reading.side else 0
        return (int(bool(partner)) - int(not _complete(reading)), not reading.cluster, votes[reading.source])

    best = {label: max(group, key=weight) for label, group in options.items() if group}
    found: dict[str, Reading] = {}
    taken: set[tuple[str, str]] = set()
    for label in sorted(best, key=lambda name: weight(best[name]), reverse=True):
        reading = best[label]
        if not reading.cluster and (reading.side, reading.landmark) in taken:
            reading = Reading(
                reading.side, str(table()["landmarks"][reading.landmark]["body"]), reading.source, cluster=True
            )
        elif not reading.cluster:
            taken.add((reading.side, reading.landmark))
        found[label] = reading
    return prefix, {label: found[label] for label in markers if label in found}
