"""Synthetic walks of the example participants, made once per run: the fit takes most of a test's time."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from biomech.io.sheets import Session, Trial
from biomech_simulation.motion import Motion
from biomech_simulation.study import example_participant
from biomech_simulation.walking import static, walk


@cache
def recorded(number: int) -> tuple[Motion, Motion]:
    """Standing and walking of an example participant, without any error of measurement."""
    person = example_participant(number)
    return static(person), walk(person, strides=4, plates=2 + number)


def recorded_session(number: int, folder: Path) -> Session:
    """Write both recordings to a folder; the session that holds them."""
    still, moving = recorded(number)
    still.write(folder / "static.c3d")
    moving.write(folder / "walk.c3d")
    person = still.participant
    return Session(
        participant=person.name,
        session="1",
        sex=person.sex,
        mass_kg=person.mass_kg,
        height_m=person.height_m,
        trials=(
            Trial(trial="static", file="static.c3d", role="static", task="static"),
            Trial(trial="walk", file="walk.c3d", role="dynamic", task="walking"),
        ),
    )
