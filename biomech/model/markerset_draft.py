"""The text of a new marker set from what is proposed for the markers of a recording."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from importlib import resources

from biomech.errors import BiomechError
from biomech.model.landmark_names import table
from biomech.model.markerset_parts import BENDING, LEGS_AND_PELVIS
from biomech.model.proposals import Proposal, Proposals

#: Landmarks that a set needs and how they are asked for; the first of a pair of alternatives that is there counts.
NEEDED = (
    ("asis",), ("psis", "sacrum"), ("lateral_epicondyle",), ("lateral_malleolus",), ("heel",),
    ("second_metatarsal_head", "first_metatarsal_head", "fifth_metatarsal_head", "hallux"),
)  # fmt: skip
_OTHER = {"left": "right", "right": "left"}
_TRUSTED = ("sure", "likely")
_SIDE_WORDS = (("L", "R"), ("l", "r"), ("Left", "Right"), ("left", "right"), ("LEFT", "RIGHT"), ("Li", "Re"))
#: Key of plug_in_gait to the landmark or the segment whose marker it is.
_CONVENTIONAL = {
    "ASI": "asis", "PSI": "psis", "SACR": "sacrum", "KNE": "lateral_epicondyle", "MKN": "medial_epicondyle", "ANK": "lateral_malleolus",
    "MED": "medial_malleolus", "HEE": "heel", "TOE": "second_metatarsal_head", "C7": "c7", "T10": "t10", "CLAV": "suprasternal_notch",
    "STRN": "xiphoid", "THI": "thigh", "TIB": "shank",
}  # fmt: skip
#: Who says which marker a landmark is: landmark, side and the labels it may be; returns a label or nothing.
Ask = Callable[[str, str, list[str]], str]


@dataclass
class _Entry:
    """One marker of the set: its key, labels with {s}, body, and what both sides' proposals say."""

    key: str
    landmark: str
    body: str
    labels: list[str]
    required: str
    notes: list[str] = field(default_factory=list)
    sides: set[str] = field(default_factory=set)
    moving: bool = False


def draft(name: str, proposals: Proposals, source: str, ask: Ask | None = None) -> str:
    """Return the YAML text of a marker set for the markers of a recording.

    Parameters
    ----------
    name : str
    proposals : Proposals
    source : str
        The file's name, for the head of the text.
    ask : callable, optional
        Called for every landmark that the set needs and that no label names for sure; without it nothing is guessed.

    Raises
    ------
    BiomechError
        What the set needs is not there: each landmark with the names it may have.
    """
    known = _settled(proposals, ask)
    sides = _side_letters(known)
    entries, left_out = _entries(known, proposals.prefix, sides)
    missing = _missing(entries)
    if missing:
        doubts = [f"contradicted: {one.message}" for one in proposals.axes.contradictions]
        raise BiomechError(f"marker set {name}: {source} lacks what a set needs: " + "; ".join([*missing, *doubts]))
    by_landmark = {entry.landmark: entry for entry in entries if entry.landmark}
    body, comments = _anatomical(entries, by_landmark)
    conventional = not body
    if conventional:
        body, comments = _conventional(entries, by_landmark, name)
    head = [
        f"# Marker set {name}, written from {source}; look at every line before you use it.",
        *(f"# {line}" for line in proposals.axes.evidence),
        *(f"# CONTRADICTED in this file (see `relabel` in trials.tsv): {one.message}" for one in proposals.axes.contradictions),
        *(f"# cluster by its movement: {', '.join(group)}" for group in proposals.groups),
        *(["# The labels carry a subject's prefix, which is left out here and does not matter in matching."] if proposals.prefix else []),
        *(f"# not used: {label.removeprefix(proposals.prefix)}: {why}" for label, why in left_out),
        *(f"# {line}" for line in comments),
    ]  # fmt: skip
    head = [_one_line(line) for line in head]
    if proposals.prefix:  # it may be a person's name
        head = [line.replace(proposals.prefix, "") for line in head]
        body = body.replace(proposals.prefix, "")
    letters = f"sides: {{left: {sides[0]!r}, right: {sides[1]!r}}}\n"
    return "\n".join(head) + "\n" + body.replace("\nmarkers:", f"\n{letters}\nmarkers:", 1)


def _settled(proposals: Proposals, ask: Ask | None) -> list[Proposal]:
    """Proposals with what was asked; a contradicted or guessed one counts only where it was confirmed."""
    out = {one.label: one for one in proposals.markers}
    trusted = {(one.side, one.landmark) for one in out.values() if one.landmark and one.confidence in _TRUSTED}
    if ask is None:
        return list(out.values())
    for group in (*NEEDED, ("medial_epicondyle",), ("medial_malleolus",)):
        for side in ("left", "right"):
            if any((s, landmark) in trusted for landmark in group for s in (side, "")):
                continue
            landmark = group[0]
            first = [o.label for o in out.values() if (o.side, o.landmark) == (side, landmark)]
            rest = [o.label for o in out.values() if o.confidence not in ("sure",) and o.label not in first]
            answer = ask(landmark, side, [*first, *rest])
            if answer in out:
                entry = table()["landmarks"][landmark]
                out[answer] = replace(
                    out[answer], side="" if entry.get("midline") else side, landmark=landmark, body=entry["body"],
                    confidence="sure", evidence=f"as answered; before: {out[answer].evidence}",
                )  # fmt: skip
    return list(out.values())


def _side_letters(known: Iterable[Proposal]) -> tuple[str, str]:
    """The words that most labels of sided markers use."""
    labels = [one.label for one in known if one.side]
    counts = Counter({pair: sum(any(_with_side(label, w) for w in pair) for label in labels) for pair in _SIDE_WORDS})
    return max(reversed(_SIDE_WORDS), key=lambda pair: (counts[pair], len(pair[0])))


def _with_side(label: str, word: str) -> str:
    """The label with ``{s}`` for a side's word at its beginning, its end or between separators; empty if it is not there."""
    for pattern in (rf"^{word}(?=.)", rf"(?<=[._\- ]){word}(?=[._\- ]|$)", rf"(?<=.){word}$"):
        if re.search(pattern, label):
            return re.sub(pattern, "{s}", label, count=1)
    return ""


def _entries(
    known: Iterable[Proposal], prefix: str, sides: tuple[str, str]
) -> tuple[list[_Entry], list[tuple[str, str]]]:
    entries: dict[str, _Entry] = {}
    left_out: list[tuple[str, str]] = []
    known = list(known)
    named = {(one.side, one.landmark) for one in known if one.confidence == "sure"}
    word = dict(zip(("left", "right"), sides, strict=True))
    for one in known:
        # where the other side bears out the name, two points of this file are exchanged, which a set of names does not concern
        borne_out = one.confidence == "contradicted" and (_OTHER.get(one.side), one.landmark) in named
        if (one.confidence not in _TRUSTED and not borne_out) or one.body not in (
            *LEGS_AND_PELVIS,
            *BENDING,
            "head",
            "back",
        ):
            left_out.append((one.label, f"{one.confidence}; {one.evidence}"))
            continue
        bare = one.label.removeprefix(prefix)
        pattern = _with_side(bare, word[one.side]) if one.side else bare
        if not pattern:
            left_out.append(
                (one.label, f"its side is not written as {' or '.join(sides)}; rename it by `relabel` in trials.tsv")
            )
            continue
        info = table()["landmarks"].get(one.landmark)
        plain = re.sub(r"[^0-9A-Za-z]+", "_", pattern.replace("{s}", "")).strip("_").upper() or "MARKER"
        key = info["key"] if info else plain
        if key in entries and (
            entries[key].landmark != one.landmark or (not info and pattern not in entries[key].labels)
        ):
            key = f"{plain}_X" if f"{plain}" in entries else plain
        entry = entries.setdefault(
            key, _Entry(key, one.landmark, "trunk" if one.body == "back" else one.body, [], "never")
        )
        entry.labels = list(dict.fromkeys([*entry.labels, pattern]))
        entry.sides.add(one.side)
        entry.moving |= "movement" in one.seen
        role = {("static", "movement"): "always", ("static",): "static"}.get(one.seen, "never")
        entry.required = role if info and (entry.required in ("never", role)) else entry.required if info else "never"
        entry.notes.append(f"{bare}: {one.confidence}, {one.evidence}")
    for entry in entries.values():
        if entry.sides not in ({""}, {"left", "right"}):
            entry.required = "never"
    return list(entries.values()), left_out


def _missing(entries: Iterable[_Entry]) -> list[str]:
    whole = {e.landmark for e in entries if e.sides in ({""}, {"left", "right"})}
    out = []
    for group in NEEDED:
        if not whole & set(group):
            names = ", ".join(list(table()["landmarks"][group[0]]["names"])[:6])
            titles = " or ".join(table()["landmarks"][landmark]["title"] for landmark in group)
            out.append(f"{titles} on both sides (labels known for it: {names}, with the side's letter)")
    return out


def _quoted(labels: Iterable[str]) -> str:
    return ", ".join(json.dumps(label, ensure_ascii=False) for label in labels)


def _one_line(text: str) -> str:
    """A comment must not end early, whatever a label holds."""
    return " ".join(text.split())


def _marker_lines(entries: Iterable[_Entry]) -> list[str]:
    out = []
    for e in entries:
        labels = _quoted(e.labels)
        required = "" if e.required == "always" else f", required: {e.required}"
        out += [f"  # {_one_line(line)}" for line in e.notes]
        out.append(f"  {e.key}: {{labels: [{labels}], body: {e.body}{required}}}")
    return out


def _anatomical(entries: list[_Entry], by: dict[str, _Entry]) -> tuple[str, list[str]]:
    """A set by medial and lateral markers and clusters; empty text where the medial markers or three markers a segment lack."""
    both = {e.landmark for e in entries if e.landmark and e.sides in ({""}, {"left", "right"})}
    if not {"medial_epicondyle", "medial_malleolus"} <= both:
        return "", []
    ever_moving = any(e.moving for e in entries)

    def following(body: str) -> list[str]:
        return [
            e.key for e in entries if e.body == body and (e.moving or not ever_moving) and e.landmark not in _NOT_RIGID
        ]

    thigh, shank, foot, trunk = (following(body) for body in ("thigh", "shank", "foot", "trunk"))
    key = {landmark: by[landmark].key for landmark in both}
    comments = []
    if len(foot) < 3 and by["lateral_malleolus"].moving:
        foot = [*foot, key["lateral_malleolus"]]
        comments.append("the foot is followed with the lateral malleolus: its inversion is not to be used")
    knee_marker = key["lateral_epicondyle"]
    if len(shank) < 3 or len(foot) < 3 or (len(thigh) < 3 and knee_marker not in thigh):
        return "", []
    if not ever_moving:
        comments.append("no movement trial was given: take out of the clusters what is worn in the static only")
    if len(thigh) >= 3:
        thigh_tracking = f"cluster: [{', '.join(thigh)}]"
    else:
        wand = next((k for k in thigh if k not in (knee_marker, key.get("greater_trochanter"))), knee_marker)
        thigh_tracking = f"axial: {{proximal: pelvis.hip, distal: shank_proximal.knee, marker: {wand}}}"
    back = "psis" if "psis" in both else "sacrum"
    back_point = "mid_psis" if back == "psis" else key["sacrum"]
    pelvis = [
        key["asis"],
        f"{key['asis']}_opposite",
        *([key["psis"], f"{key['psis']}_opposite"] if back == "psis" else [key["sacrum"]]),
    ]
    toe = "toe" if "second_metatarsal_head" not in both else key["second_metatarsal_head"]
    heads = [key[t] for t in ("first_metatarsal_head", "fifth_metatarsal_head") if t in both] or [key.get("hallux", "")]
    toe_op = f"{{midpoint: [{heads[0]}, {heads[1]}]}}" if len(heads) == 2 else f"{{use: {heads[0]}}}"
    if toe == "toe" and len(heads) == 1:
        comments.append(f"the only marker at the toes is {heads[0]}: the foot's axis is turned by where it is worn")
    hip = "harrington_reduced" if back == "psis" else "davis"
    extra = {"greater_trochanter": "thigh"}
    landmarks = [
        f"  mid_asis: {{midpoint: [{key['asis']}, {key['asis']}_opposite]}}",
        *([f"  mid_psis: {{midpoint: [{key['psis']}, {key['psis']}_opposite]}}"] if back == "psis" else []),
        "  hip: {hip_centre: pelvis}",
        f"  knee: {{midpoint: [{knee_marker}, {key['medial_epicondyle']}]}}",
        f"  ankle: {{midpoint: [{key['lateral_malleolus']}, {key['medial_malleolus']}]}}",
        *([f"  toe: {toe_op}"] if toe == "toe" else []),
        f"  heel_flat: {{at_height_of: [{key['heel']}, {toe}]}}            # a foot that stands flat reads 0 degrees",
    ]
    knee_z = f"[{key['medial_epicondyle']}, {knee_marker}]"
    ankle_z = f"[{key['medial_malleolus']}, {key['lateral_malleolus']}]"
    feet = {
        t: key[t]
        for t in ("first_metatarsal_head", "second_metatarsal_head", "fifth_metatarsal_head", "navicular")
        if t in both
    }
    malleoli = f"lateral_malleolus: {key['lateral_malleolus']}, medial_malleolus: {key['medial_malleolus']}"
    trochanter = "".join(f", {name}: {key[name]}" for name in extra if name in both)
    segments = [
        "  pelvis:",
        f"    tracking: {{cluster: [{', '.join(pelvis)}]}}",
        "    frames:",
        f"      - {{origin: mid_asis, first: {{z: [{key['asis']}_opposite, {key['asis']}]}}, second: {{x: [{back_point}, mid_asis]}}}}",
        f"    landmarks: {{hip: hip, asis: {key['asis']}, psis: {key[back]}}}",
        *_trunk(trunk, key),
        "  thigh:",
        f"    tracking: {{{thigh_tracking}}}",
        "    frames:",
        f"      - {{origin: hip, first: {{y: [knee, hip]}}, second: {{z: {knee_z}}}}}",
        f"    landmarks: {{hip: hip, knee: knee, lateral_epicondyle: {knee_marker}, medial_epicondyle: {key['medial_epicondyle']}{trochanter}}}",
        "  shank_proximal:          # by the knee's axis",
        f"    tracking: {{cluster: [{', '.join(shank)}]}}",
        "    frames:",
        f"      - {{origin: knee, first: {{y: [ankle, knee]}}, second: {{z: {knee_z}}}}}",
        f"    landmarks: {{knee: knee, ankle: ankle, {malleoli}}}",
        "  shank_distal:            # by the malleoli",
        "    tracking: {fixed_to: shank_proximal}",
        "    frames:",
        f"      - {{origin: ankle, first: {{y: [ankle, knee]}}, second: {{z: {ankle_z}}}}}",
        f"    landmarks: {{ankle: ankle, {malleoli}}}",
        "  foot:",
        f"    tracking: {{cluster: [{', '.join(foot)}]}}",
        "    frames:",
        f"      - {{origin: ankle, first: {{x: [heel_flat, {toe}]}}, second: {{y: lab.y}}}}",
        f"    landmarks: {{ankle: ankle, heel: {key['heel']}, toe: {toe}{''.join(f', {k}: {v}' for k, v in feet.items())}}}",
    ]  # fmt: skip
    head = [
        "title: knee and ankle centres midway between medial and lateral markers, clusters by their movement",
        f"hip_centre: {hip}",
    ]
    return "\n".join(
        [*head, "", "markers:", *_marker_lines(entries), "", "landmarks:", *landmarks, "", "segments:", *segments, ""]
    ), comments


_NOT_RIGID = (
    "patella",
    "medial_epicondyle",
    "medial_malleolus",
)  # the patella slides; medial markers are worn in the static


def _trunk(trunk: list[str], key: dict[str, str]) -> list[str]:
    if not {"c7", "suprasternal_notch", "xiphoid"} <= set(key) or not {"t10", "t8"} & set(key):
        return []
    low = key.get("t10") or key["t8"]
    c7, top, front = key["c7"], key["suprasternal_notch"], key["xiphoid"]
    return [
        "  trunk:",
        f"    tracking: {{cluster: [{c7}, {low}, {top}, {front}]}}",
        "    frames:",
        f"      - {{origin: {top}, first: {{y: [{low}, {c7}]}}, second: {{x: [{c7}, {top}]}}}}",
        f"    landmarks: {{suprasternal_notch: {top}, c7: {c7}}}",
    ]


def _conventional(entries: list[_Entry], by: dict[str, _Entry], name: str) -> tuple[str, list[str]]:
    """plug_in_gait with the labels of the file: the set for recordings without medial markers or clusters."""
    text = (resources.files("biomech.model") / "markersets" / "plug_in_gait.yaml").read_text(encoding="utf-8")
    lines, missing = [], []
    for line in text.splitlines():
        hit = re.match(r"  (\w+): \{labels: \[(.*)\], body: (\w+)(.*)\}$", line)
        wanted = _CONVENTIONAL.get(hit[1], "") if hit else ""
        if not hit or not wanted:
            lines.append(line)
            continue
        entry = by.get(wanted) or next(
            (e for e in entries if not e.landmark and e.body == wanted and len(e.sides) == 2), None
        )
        if entry:
            labels = _quoted(entry.labels)
            lines += [
                *(f"  # {_one_line(notes)}" for notes in entry.notes),
                f"  {hit[1]}: {{labels: [{labels}], body: {hit[3]}{hit[4]}}}",
            ]
        else:
            lines.append(line)
            missing += [wanted] if hit[1] in ("THI", "TIB", "TOE") else []
    if missing:
        raise BiomechError(
            f"marker set {name}: there are no medial markers with three markers a segment, and the conventional model needs a marker on "
            f"both sides that is not there: {', '.join(missing)}"
        )
    comments = [
        "no medial markers or fewer than three markers a segment: the conventional gait model with the labels of the file"
    ]
    return "\n".join([line for line in lines if not line.startswith("# The conventional")]) + "\n", comments
