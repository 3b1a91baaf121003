"""Situations: events in C3D files, and times that cannot be."""

from __future__ import annotations

from tests.robustness.draft import Draft
from tests.robustness.recording import put, valued
from tests.robustness.situation import Collection, Make

EVENTS = Collection("events and times")
_RIGHT = ("read rightly", "repaired and named")
_EVENT = r"event"


def _labels(names: dict[tuple[str, str], tuple[str, str]]) -> Make:
    def make(draft: Draft) -> None:
        draft.option("cycles", event_sources=["c3d"])  # else the others would cover what is not understood
        draft.walk.events = [(time, *names[label, side]) for time, label, side in draft.walk.events]

    make.__name__ = "labels_" + next(iter(names.values()))[0].replace(" ", "_")
    return make


def _names(strike: str, off: str, *, sided: bool) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (word, side): (label.format(side=side, s=side[0]), "General" if sided else side)
        for word, label in (("Foot Strike", strike), ("Foot Off", off))
        for side in ("Left", "Right")
    }


for _title, _strike, _off, _sided in (
    ("Visual3D: RON, ROFF", "{s}ON", "{s}OFF", True),
    ("Visual3D: RHS, RTO", "{s}HS", "{s}TO", True),
    ("Theia and Qualisys: Right Heel Strike, Right Toe Off", "{side} Heel Strike", "{side} Toe Off", True),
    ("Qualisys: Right foot on, Right foot off", "{side} foot on", "{side} foot off", True),
    ("Motion Analysis: R_HS, R_TO", "{s}_HS", "{s}_TO", True),
    ("Initial Contact, Toe-Off with side as context", "Initial Contact", "Toe-Off", False),
):
    EVENTS.add(f"labels of {_title}", _EVENT, base="walk_with_events", accept=_RIGHT)(
        _labels(_names(_strike, _off, sided=_sided))
    )


@EVENTS.add(
    "labels that nobody knows", r"event.*(understood|unknown|not known)|label", base="walk_with_events", must_name=True
)
def unknown_labels(draft: Draft) -> None:
    draft.walk.events = [(time, f"Kontakt {label[5:]}", "General") for time, label, _ in draft.walk.events]


def _from_first(first: int) -> Make:
    def make(draft: Draft) -> None:
        draft.walk.first_frame = first
        shift = (first - 1) / draft.walk.rate_hz  # the writer adds it
        draft.walk.events = [(time - shift, label, side) for time, label, side in draft.walk.events]

    make.__name__ = f"events_first{first}"
    return make


for _first in (101, 41, 501):
    EVENTS.add(f"first frame {_first}, event times from the first stored frame", _EVENT, base="walk_with_events")(
        _from_first(_first)
    )


@EVENTS.add(
    "sides of all events exchanged",
    r"event.*side|side.*event|other foot|denied",
    base="walk_with_events",
    must_name=True,
)
def sides_exchanged(draft: Draft) -> None:
    other = {"Left": "Right", "Right": "Left"}
    draft.walk.events = [(time, label, other[side]) for time, label, side in draft.walk.events]


@EVENTS.add(
    "strikes and offs exchanged",
    r"event.*(order|exchanged|denied|not used)|strike.*off",
    base="walk_with_events",
    must_name=True,
)
def names_exchanged(draft: Draft) -> None:
    other = {"Foot Strike": "Foot Off", "Foot Off": "Foot Strike"}
    draft.walk.events = [(time, other[label], side) for time, label, side in draft.walk.events]


@EVENTS.add(
    "all events 80 ms late", r"event.*(late|against|denied|not used|differ)", base="walk_with_events", must_name=True
)
def events_late(draft: Draft) -> None:
    draft.walk.events = [(time + 0.08, label, side) for time, label, side in draft.walk.events]


@EVENTS.add(
    "one foot strike too many, in swing",
    r"event.*(denied|not used|order|against)|strike.*(swing|denied)",
    base="walk_with_events",
    must_name=True,
)
def one_strike_too_many(draft: Draft) -> None:
    draft.walk.events.append((1.15, "Foot Strike", "Left"))
    draft.walk.events.sort()


@EVENTS.add(
    "event times in frames", r"event.*outside|outside.*event|event.*frames", base="walk_with_events", must_name=True
)
def times_in_frames(draft: Draft) -> None:
    draft.walk.events = [(time * 100, label, side) for time, label, side in draft.walk.events]


@EVENTS.add("event times in ms", r"event.*outside|outside.*event|event.*ms", base="walk_with_events", must_name=True)
def times_in_ms(draft: Draft) -> None:
    draft.walk.events = [(time * 1000, label, side) for time, label, side in draft.walk.events]


@EVENTS.add(
    "no context and no side in the label", r"event.*side|side.*event|label", base="walk_with_events", must_name=True
)
def no_side(draft: Draft) -> None:
    draft.walk.events = [(time, label, "General") for time, label, _ in draft.walk.events]


@EVENTS.add("every event twice, 10 ms apart", r"event", base="walk_with_events")
def events_twice(draft: Draft) -> None:
    draft.walk.events = [(t + d, label, side) for t, label, side in draft.walk.events for d in (0.0, 0.01)]


def stored_rate(rate_hz: float) -> Make:
    def make(draft: Draft) -> None:
        for file in draft.files.values():
            file.rate_hz, file.analog_rate_hz = rate_hz, file.analog_rate_hz * rate_hz / file.rate_hz

    make.__name__ = f"rate_{rate_hz:g}_for_100"
    return make


@EVENTS.add(
    "a second walk stored at another rate than it was recorded", r"rate|cadence|stride", base="walks", must_name=True
)
def one_rate_wrong(draft: Draft) -> None:
    file = draft.files["walk2"]
    file.rate_hz, file.analog_rate_hz = 2 * file.rate_hz, 2 * file.analog_rate_hz


for _hz in (200.0, 50.0):
    EVENTS.add(f"recorded at 100 Hz, stored as {_hz:g} Hz", r"rate|cadence|stride", must_name=True)(stored_rate(_hz))


@EVENTS.add("only the markers' rate is wrong", r"rate", must_name=True)
def marker_rate_only(draft: Draft) -> None:
    draft.walk.patches += [put(20, "f", 120.0), valued("POINT", "RATE", "f", 120.0)]
