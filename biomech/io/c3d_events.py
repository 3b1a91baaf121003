"""The events stored in a C3D file, in seconds from the first stored frame and under the names of this project."""

from __future__ import annotations

import re

import numpy as np

from biomech.io.c3d_raw import RawC3d
from biomech.io.forceplates import Note
from biomech.schema import FOOT_OFF, FOOT_STRIKE

_STRIKES = ("footstrike", "footcontact", "heelstrike", "initialcontact", "footon", "hs", "ic", "fs", "fc")
_OFFS = ("footoff", "toeoff", "to", "fo")


def read_events(raw: RawC3d, end: float, notes: list[Note]) -> list[tuple[float, str, str]]:
    """Return the events; C3D counts their time from the start of the recording, we from the first stored frame."""
    stored = _stored_events(raw)
    shift = (raw.first_frame - 1) / raw.rate_hz
    rows = [(time - shift, *_event_name(label, context)) for time, label, context in stored]
    tolerance = 0.5 / raw.rate_hz  # event times are single precision
    inside = [row for row in rows if -tolerance <= row[0] <= end + tolerance]
    if len(inside) < len(rows):
        text = f"{len(rows) - len(inside)} of {len(rows)} events lie outside the stored frames and were left out"
        notes.append(("info", "events_outside", "", text))
    return sorted((min(max(time, 0.0), end), name, side) for time, name, side in inside)


def _stored_events(raw: RawC3d) -> list[tuple[float, str, str]]:
    used = raw.numbers("EVENT", "USED").ravel()
    if used.size and used[0] > 0:
        names = ["TIMES", *(f"TIMES{i}" for i in range(2, 10))]
        # pairs of minutes and seconds; an odd number of values is no table of times
        times = [
            t.reshape(2, -1, order="F")
            for t in (raw.numbers("EVENT", name) for name in names)
            if t.size and t.size % 2 == 0
        ]
        if times:
            minutes, seconds = np.concatenate(times, axis=1)
            labels, contexts = raw.texts("EVENT", "LABELS"), raw.texts("EVENT", "CONTEXTS")
            n = int(min(used[0], len(minutes)))
            labels += [""] * (n - len(labels))
            contexts += [""] * (n - len(contexts))
            return list(zip((minutes * 60 + seconds)[:n].tolist(), labels, contexts, strict=False))
    return [(time, label.strip(), "") for time, label in raw.header_events]


def _event_name(label: str, context: str) -> tuple[str, str]:
    """Return name and side; some vendors write `LHS` into the label, others into the context."""
    side = {"left": "left", "right": "right", "l": "left", "r": "right"}.get(context.lower(), "")
    text = label or context
    letters = re.sub(r"[^a-z]", "", text.lower())
    if not side:
        for word, found in (("left", "left"), ("right", "right"), ("l", "left"), ("r", "right")):
            rest = letters.removeprefix(word)
            if rest != letters and rest in _STRIKES + _OFFS:
                side, letters = found, rest
                break
    name = FOOT_STRIKE if letters in _STRIKES else FOOT_OFF if letters in _OFFS else text or "event"
    return name, side or "general"
