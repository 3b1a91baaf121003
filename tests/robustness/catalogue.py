"""All situations, kind by kind."""

from __future__ import annotations

from tests.robustness import events, feet_on_plates, markers, plates, reading, subject, units
from tests.robustness.situation import Situation

SITUATIONS: list[Situation] = [
    *reading.READING,
    *reading.VALUES,
    *units.UNITS,
    *plates.PLATES,
    *plates.SIGNALS,
    *feet_on_plates.CONTACTS,
    *events.EVENTS,
    *markers.MARKERS,
    *markers.STATIC,
    *subject.SUBJECT,
    *subject.PEOPLE,
    *subject.MARKERSETS,
    *subject.EMG,
]
