"""Points and analog values with ezc3d, of the files that it is known to read rightly; `read_data` reads the others.

ezc3d 1.7.2 takes the whole process down on some files that are legal, or reads wrong numbers without a word, and neither can
be caught afterwards. `reason_against` names the first such thing of a file, from what the checks have read of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import ezc3d
import numpy as np

from biomech.c3d.header import EVENTS_MARK, FULL, Header
from biomech.c3d.layout import Layout
from biomech.c3d.parameters import INTEL, Section

_LONGEST_DESCRIPTION = 127  # it takes the length for a number with a sign, and a negative one for 4 GB
_LOOKED_UP = {"POINT", "ANALOG"}  # what it misses there it makes up, and reads behind the end of the list
_WHOLE, _FLOAT = (1, 2), (4,)  # bytes a value
# it takes the first value of these without looking whether there is one, and stops at one of another type
_FIRST_VALUE = {
    **{("POINT", name): _WHOLE for name in ("USED", "FRAMES")},
    **{("POINT", name): _FLOAT for name in ("SCALE", "RATE")},
    ("ANALOG", "USED"): _WHOLE,
    **{("ANALOG", name): _FLOAT for name in ("RATE", "GEN_SCALE")},
}
_MOST_VALUES = 25_000_000  # it takes 9 (analog) to 40 (points) bytes of memory for each
_MOST_EMPTY_SAMPLES = 100  # a frame without channels, each of which takes memory


def reason_against(layout: Layout, section: Section, header: Header) -> str:
    """Return why ezc3d is not to read a file; empty if it is.

    Parameters
    ----------
    layout : Layout
        Of `biomech.c3d.check.check_file`.
    section, header : Section, Header
        What the file says.
    """
    return next((reason for right, reason in _conditions(layout, section, header) if not right), "")


def _conditions(layout: Layout, section: Section, header: Header) -> Iterator[tuple[bool, str]]:
    """What must hold of a file, and the reason if it does not; read off ezc3d's source, in the order of its reading."""
    yield section.processor == INTEL, "it is not from an Intel processor"
    yield header.parameter_start > 1, "its parameters begin in the first block"
    yield section.closed, "its list of parameters has no end"
    yield section.longest_description <= _LONGEST_DESCRIPTION, "a description is longer than 127 letters"
    for parameter in section.stored:
        name = parameter.name
        yield parameter.kind != -1 or bool(parameter.dims), f"the text {name} has no dimensions"
        size = math.prod(max(length, 1) for length in parameter.dims)
        yield bool(parameter.values) or size <= FULL, f"the empty parameter {name} has too many dimensions"
    groups = [name.upper() for name in section.groups]
    yield len(set(groups)) == len(groups), "a group of parameters comes twice"
    for names in [(group,) for group in section.groups] + [(p.group, p.name) for p in section.records.values()]:
        yield (
            names[0].upper() not in _LOOKED_UP or all(name == name.upper() for name in names),
            f"{':'.join(names)} is not in capitals",
        )
    yield "SHADOW" not in groups, "it has the group SHADOW, of which ezc3d makes up scales and rates"
    yield "ROTATION" not in groups or _no_rotations(layout, section), "it holds rotations"
    for key, kinds in _FIRST_VALUE.items():
        found = section.records.get(key)
        right = found is None or (found.kind in kinds and bool(found.values))
        yield right, f"{':'.join(key)} is not a {'whole' if kinds is _WHOLE else 'floating-point'} number"

    used, scales, rate, frames = (section.numbers("POINT", name) for name in ("USED", "SCALE", "RATE", "FRAMES"))
    yield used[:1].tolist() == [layout.n_points], "POINT:USED is not the number of points of the header"
    yield len(scales) == 1, "POINT:SCALE is not one number"
    signs = {scale < 0 for scale in (scales[0], header.scale)}
    yield signs == {layout.real}, "header and POINT:SCALE disagree whether numbers are floating-point"
    yield rate[:1].tolist() == [layout.rate_hz], "POINT:RATE is missing"
    yield layout.n_frames < FULL, "it has 65,535 frames or more"
    stated = section.word("POINT", "FRAMES") if frames.size and frames[0] else header.last - header.first + 1
    yield stated == layout.n_frames, "POINT:FRAMES or the header says another number of frames than fills the file"
    yield (
        layout.width * layout.n_frames <= _MOST_VALUES,
        "it is so large that ezc3d would take more than 1 GB of memory",
    )

    channels, analog_rate = (section.numbers("ANALOG", name)[:1] for name in ("USED", "RATE"))
    yield sum(channels) == layout.n_channels, "ANALOG:USED is not the number of analog channels of the data"
    ratio = sum(analog_rate) / layout.rate_hz  # it rounds down
    agreed = math.isfinite(ratio) and int(ratio) == layout.samples
    empty = not layout.n_channels and 0 <= ratio <= _MOST_EMPTY_SAMPLES
    yield agreed or empty, f"it would take {ratio:.9g} analog samples a frame, rounded down, not {layout.samples}"
    if layout.n_channels:
        for name, kinds, kind in (("SCALE", _FLOAT, "floating-point"), ("OFFSET", _WHOLE, "whole")):
            lists = [
                p for key, p in section.records.items() if key[0] == "ANALOG" and key[1].rstrip("0123456789") == name
            ]
            yield all(p.kind in kinds for p in lists), f"ANALOG:{name} does not hold {kind} numbers"
        yield (
            bool((section.numbers("ANALOG", "OFFSET") >= 0).all()),
            "it has a negative ANALOG:OFFSET, or one above 32,767",
        )
        yield layout.real or not layout.unsigned, "its analog values are whole numbers without a sign"


def _no_rotations(layout: Layout, section: Section) -> bool:
    """Return whether a group ROTATION is as empty as ezc3d itself writes it."""
    numbers = {name: section.numbers("ROTATION", name) for name in ("USED", "DATA_START", "RATIO", "RATE")}
    whole = all(
        section.records["ROTATION", name].kind in _WHOLE
        for name in ("USED", "DATA_START", "RATIO")
        if numbers[name].size
    )
    ratio = numbers["RATIO"] if ("ROTATION", "RATIO") in section.records else numbers["RATE"] / layout.rate_hz
    few = ratio.size > 0 and 0 <= ratio[0] <= _MOST_EMPTY_SAMPLES
    return whole and few and numbers["DATA_START"].size > 0 and numbers["USED"][:1].tolist() == [0]


def read_with_ezc3d(path: Path, layout: Layout) -> tuple[np.ndarray, np.ndarray, list[tuple[float, str]]]:
    """Return points, analog values and the events of the header as ezc3d reads them.

    Parameters
    ----------
    path : Path
        A file that `reason_against` has nothing against.
    layout : Layout
        Of `biomech.c3d.check.check_file`.

    Returns
    -------
    points : (3, n_points, n_frames) array
        float32 of a floating-point file, float64 of one with whole numbers; stored units, NaN where the residual is negative.
    analog : (n_channels, n_samples) array
        Scaled: (stored − OFFSET) · SCALE · GEN_SCALE.
    header_events : list of (float, str)
        Seconds, and a label of up to four characters.

    Raises
    ------
    ValueError
        If ezc3d finds another number of points, frames, channels or samples, or another rate, than the layout says.
    Exception
        Whatever ezc3d's C++ code throws.
    """
    # its wrapper class `ezc3d.c3d` also fetches residuals, camera masks and descriptions, which cost a tenth of the whole
    file = ezc3d.ezc3d.c3d(str(path), ezc3d.ezc3d.Options())
    header = file.header()
    points = file.get_points()[:3].astype(np.float32 if layout.real else float, copy=False)
    analog = file.get_analogs()[0] if layout.n_channels else np.zeros((0, 0))
    found, rate_hz = (*points.shape[1:], *analog.shape), float(header.frameRate())
    expected = (layout.n_points, layout.n_frames, layout.n_channels, layout.n_frames * layout.samples)
    if found != expected or not math.isclose(rate_hz, layout.rate_hz, rel_tol=1e-4):
        texts = ["{} points, {} frames, {} channels, {} samples".format(*counts) for counts in (expected, found)]
        raise ValueError(f"expected {texts[0]} at {layout.rate_hz:g} Hz, found {texts[1]} at {rate_hz:g} Hz")
    counted = header.nbEvents() if header.fourCharPresent() == EVENTS_MARK else 0
    events = list(zip(header.eventsTime(), header.eventsLabel(), strict=True))[:counted]
    return points, analog, [(float(time), str(label)) for time, label in events]
