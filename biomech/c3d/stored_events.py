"""The events stored in a C3D file, in seconds from the first stored frame and under the names of this project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from biomech.c3d.force_plates import Note
from biomech.c3d.raw import RawC3d
from biomech.schema import FOOT_OFF, FOOT_STRIKE

# In letters only, without the side: Vicon (Foot Strike, Foot Off), Visual3D and Theia (HS, TO; ON, OFF on a plate), Qualisys (names
# that the user gives, mostly those of Visual3D), BTS (eRHS, eRTO), Motion Analysis (HS, TO in the context), and what papers and other systems write.
_STRIKES: tuple[str, ...] = (
    "footstrike",
    "footcontact",
    "footdown",
    "footon",
    "heelstrike",
    "heelcontact",
    "heelon",
    "heeldown",
)
_STRIKES += ("initialcontact", "initialfootcontact", "touchdown", "strike", "on", "hs", "hc", "ic", "fs", "fc", "td")
_OFFS: tuple[str, ...] = (
    "footoff",
    "footup",
    "toeoff",
    "liftoff",
    "takeoff",
    "finalcontact",
    "lastcontact",
    "terminalcontact",
)
_OFFS += ("off", "to", "fo")
_LEFT, _RIGHT = ("left", "leftfoot", "leftleg", "leftside", "l"), ("right", "rightfoot", "rightleg", "rightside", "r")
_SIDES = {**dict.fromkeys(_LEFT, "left"), **dict.fromkeys(_RIGHT, "right")}
_GENERAL = "general"


@dataclass(frozen=True)
class _Event:
    """One stored event under its name here; `label` is what the file calls it."""

    time: float
    name: str
    side: str
    label: str

    @property
    def known(self) -> bool:
        """Whether its label is understood."""
        return self.name in (FOOT_STRIKE, FOOT_OFF)


def read_events(
    raw: RawC3d, end: float, notes: list[Note], labels: Mapping[str, str] | None = None
) -> list[tuple[float, str, str]]:
    """Return the events of a recording.

    C3D counts their time from the start of the recording. Some exports count it from the first stored frame (Qualisys: "use
    cropped start time"). The file shows it where its times come before the first stored frame, and all of them lie in the stored
    frames if they are counted from there.

    Parameters
    ----------
    raw : RawC3d
    end : float
        Time of the last frame, s from the first stored one.
    notes : list of (level, code, item, message)
        Gets what is repaired, left out or not understood.
    labels : mapping, optional
        Further labels: label to ``foot_strike`` or ``foot_off``, with ``left_`` or ``right_`` before it where the label says the side.

    Returns
    -------
    list of (float, str, str)
        Time (s from the first stored frame), name (foot_strike, foot_off or as stored) and side (left, right or general), by time.
    """
    stored = _stored_events(raw, notes)
    if not stored:
        return []
    own = {_letters(label): meaning for label, meaning in (labels or {}).items()}
    # FC is a foot contact, but the final contact in files that call the first one IC
    fc_is_off = any("ic" in (_letters(label)[-2:], _letters(context)[-2:]) for _, label, context in stored)
    events = [_event(time, label, context, own, fc_is_off) for time, label, context in stored]
    shift = (raw.first_frame - 1) / raw.rate_hz
    tolerance = 0.5 / raw.rate_hz  # event times are single precision
    times = np.array([event.time for event in events])
    inside = _inside(times - shift, end, tolerance)
    if not inside.all() and (times - shift < -tolerance).any() and _inside(times, end, tolerance).all():
        text = (
            f"{int((times - shift < -tolerance).sum())} of {len(times)} event times come before the first stored frame "
            f"({shift:.2f} s after the start of the recording), and all lie in the stored frames if they are counted from there: "
            "they were taken so; export the events with the original start time of the recording"
        )
        notes.append(("warning", "events_from_first_frame", "", text))
        shift, inside = 0.0, np.ones(len(times), dtype=bool)
    _say_what_is_left_out(events, inside, notes)
    kept = [
        (min(max(event.time - shift, 0.0), end), event.name, event.side)
        for event, ok in zip(events, inside.tolist(), strict=True)
        if ok
    ]
    return sorted(kept)


def _inside(times: np.ndarray, end: float, tolerance: float) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return (times >= -tolerance) & (times <= end + tolerance)


def _say_what_is_left_out(events: list[_Event], inside: np.ndarray, notes: list[Note]) -> None:
    n, outside = len(events), int((~inside).sum())
    if outside:
        text = f"{outside} of {n} events lie outside the stored frames and were left out"
        notes.append(("warning" if outside == n else "info", "events_outside", "", text))
    unknown = [event.label for event in events if not event.known]
    if unknown:
        text = f"{len(unknown)} of {n} events have a label that is not known as foot strike or foot off ({_counted(unknown)})"
        text += ": they are not used; if they mark foot strikes or foot offs, name them in `lab.event_labels`"
        notes.append(("warning" if len(unknown) == n else "info", "events_not_understood", "", text))
    sideless = [event.label for event in events if event.known and event.side == _GENERAL]
    if sideless:
        text = f"{len(sideless)} of {n} events name no foot, or label and context name different ones ({_counted(sideless)})"
        text += ": they are not used; give them the context Left or Right"
        notes.append(("warning" if len(sideless) + len(unknown) == n else "info", "events_without_side", "", text))


def _counted(labels: list[str], most: int = 8) -> str:
    counts = Counter(label or "without a label" for label in labels)
    text = ", ".join(f"{count} x {label}" for label, count in counts.most_common(most))
    return text + (f" and {len(counts) - most} more labels" if len(counts) > most else "")


def _stored_events(raw: RawC3d, notes: list[Note]) -> list[tuple[float, str, str]]:
    """Return time (s, as stored), label and context of every event of the group EVENT, or else of the header."""
    used = raw.numbers("EVENT", "USED").ravel()
    if used.size and used[0] > 0:
        times = _times(raw, float(used[0]), notes)
        if times.size:
            labels, contexts = raw.texts("EVENT", "LABELS"), raw.texts("EVENT", "CONTEXTS")
            n = int(min(used[0], len(times)))
            labels += [""] * (n - len(labels))
            contexts += [""] * (n - len(contexts))
            return list(zip(times[:n].tolist(), labels, contexts, strict=False))
    return [(time, label.strip(), "") for time, label in raw.header_events]


def _times(raw: RawC3d, used: float, notes: list[Note]) -> np.ndarray:
    """Return the times of the group EVENT, s: pairs of minutes and seconds, or seconds alone."""
    names = ["TIMES", *(f"TIMES{i}" for i in range(2, 10))]
    stored = [t for t in (raw.numbers("EVENT", name) for name in names) if t.size]
    if not stored:
        return np.zeros(0)
    if all(t.ndim == 1 or t.shape[0] == 1 for t in stored) and sum(t.size for t in stored) == used:
        return np.concatenate([t.ravel() for t in stored])  # one value an event
    pairs = [
        t.reshape(2, -1, order="F") for t in stored if t.size % 2 == 0
    ]  # an odd number of values is not a table of times
    if not pairs:
        return np.zeros(0)
    minutes, seconds = np.concatenate(pairs, axis=1)
    with np.errstate(invalid="ignore"):
        whole = (minutes > 0) & (seconds >= 60) & (np.floor(seconds / 60) == minutes)
    if whole.any():
        text = f"{int(whole.sum())} events after 60 s count their minutes twice in EVENT:TIMES; they were counted once"
        notes.append(("info", "event_minutes", "", text))
    return np.asarray(np.where(whole, 0.0, minutes) * 60 + seconds)


def _event(time: float, label: str, context: str, own: Mapping[str, str], fc_is_off: bool) -> _Event:
    """Return an event under its name; some vendors write `LHS` into the label, others into the context."""
    side = _SIDES.get(_letters(context), "")
    for text in (label, context):
        name, found = _name_and_side(_letters(text), own, fc_is_off)
        if name:
            agreed = found if not side or found in ("", side) else _GENERAL
            return _Event(time, name, agreed or side or _GENERAL, text)
    return _Event(time, label or context or "event", side or _GENERAL, label or context)


def _name_and_side(letters: str, own: Mapping[str, str], fc_is_off: bool) -> tuple[str, str]:
    """Return name and side of a label in letters; both empty for one that is not understood."""
    if meaning := own.get(letters):
        side = next((word for word in ("left", "right") if meaning.startswith(word)), "")
        return (FOOT_STRIKE if meaning.endswith(FOOT_STRIKE) else FOOT_OFF), side
    if letters[:1] == "e" and letters[1:] in ("lhs", "lto", "rhs", "rto"):  # BTS
        letters = letters[1:]
    candidates = [(letters, "")]
    candidates += [(letters.removeprefix(word), side) for word, side in _SIDES.items() if letters.startswith(word)]
    candidates += [(letters.removesuffix(word), side) for word, side in _SIDES.items() if letters.endswith(word)]
    for rest, side in candidates:
        if rest == "fc" and fc_is_off:
            return FOOT_OFF, side
        if rest in _STRIKES:
            return FOOT_STRIKE, side
        if rest in _OFFS:
            return FOOT_OFF, side
    return "", ""


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalpha())
