"""EMG metrics: onsets, amplitudes in windows of a cycle, ratios and co-contraction of two muscles."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.outcomes import Metrics
from biomech.outcomes.emg_bursts import BEFORE, OFFSET, ONSET, UNIT
from biomech.outcomes.families import bounds, stored
from biomech.outcomes.memory import once
from biomech.outcomes.registry import Function, Metric, metric
from biomech.outcomes.windows import WINDOWS, WindowSlice, slice_window
from biomech.schema import MUSCLES
from biomech.signals.emg import co_contraction
from biomech.task_groups import MOVEMENTS, TaskGroup

Array = NDArray[np.float64]

AMPLITUDE_WINDOWS = ("pre_activation", "first_100_ms", "stance", "contact", "descent", "ascent")
RATIO_WINDOWS = ("pre_activation", "stance", "contact", "descent")
# gluteus medius against what pulls the thigh inward, or takes its place
RATIOS: tuple[tuple[str, str], ...] = (
    ("gluteus_medius", "adductor_longus"),
    ("gluteus_medius", "adductor_magnus"),
    ("gluteus_medius", "tensor_fasciae_latae"),
)
PAIRS: tuple[tuple[str, str], ...] = (
    ("gluteus_medius", "adductor_longus"),
    ("vastus_lateralis", "biceps_femoris"),
    ("vastus_medialis", "semitendinosus"),
    ("vastus_lateralis", "gastrocnemius_lateralis"),
    ("vastus_medialis", "gastrocnemius_medialis"),
)
_VOLTS = "the envelope is not normalised or samples are missing in the window"
_NO_BURST = (
    "no burst of the muscle begins around the start of the cycle (`muscles.onset_before_s`, `onset_after_s`): it was silent, "
    "or active from earlier on"
)
_REFERENCE = "per cent of the reference that `emg_unit` names; of a dynamic reference not comparable between sessions"
_SENIAM = "Hermens et al. 2000, J Electromyogr Kinesiol 10:361 (SENIAM); linear envelope: Winter 2009, ch. 10"
_WILLSON = "Willson et al. 2011, Clin Biomech 26:735 (onset and duration of gluteus medius against foot contact)"
_RUDOLPH = "Rudolph et al. 2000, Knee Surg Sports Traumatol Arthrosc 8:262"


def has_muscles(item: Metric, cycles: xr.Dataset) -> bool:
    """Whether the cycles have EMG of every muscle that a metric is about; true of metrics about none."""
    return not item.muscles or set(item.muscles) <= set(cycles.indexes.get("muscle", []))


def envelope(cycles: xr.Dataset, muscle: str, window: str) -> Array:
    """Return the envelope of every cycle, (cycle, percent), in the unit of the cycle; before it for ``pre_activation``."""
    return stored(cycles, BEFORE if window == "pre_activation" else "emg", muscle)


def _of_muscle(cycles: xr.Dataset, name: str, muscle: str) -> NDArray[Any] | None:
    """Return a variable of a muscle, shape (cycle,); nothing where the cycles do not have it."""
    if name not in cycles.variables or muscle not in cycles.indexes["muscle"]:
        return None
    return cycles.variables[name].isel(muscle=cycles.indexes["muscle"].get_loc(muscle)).to_numpy()


def unit_of(cycles: xr.Dataset, muscle: str) -> NDArray[np.str_]:
    """Return the unit of a muscle's envelope in every cycle; empty where there is none."""
    found = _of_muscle(cycles, UNIT, muscle)
    return np.full(cycles.sizes["cycle"], "", dtype="U8") if found is None else found.astype(str)


def _sliced(cycles: xr.Dataset, muscle: str, window: str, options: Metrics) -> WindowSlice:
    """Return the envelope cut to a window, once for all metrics that read it."""
    key = ("envelope", muscle, window, options.windows_ms)
    return once(cycles, key, lambda: slice_window(envelope(cycles, muscle, window), *_bounds(cycles, window, options)))


def _bounds(cycles: xr.Dataset, window: str, options: Metrics) -> tuple[Array, Array]:
    first, last = bounds(cycles, window, options)
    return (first, first + 100.0) if window == "pre_activation" else (first, last)


def _amplitude(muscle: str, statistic: str, window: str) -> Function:
    def amplitude(cycles: xr.Dataset, options: Metrics) -> Array:
        piece = _sliced(cycles, muscle, window, options)
        value = piece.mean() if statistic == "mean" else piece.peak()
        return np.where(np.char.startswith(unit_of(cycles, muscle), "%"), value, np.nan)

    return amplitude


def _timing(muscle: str, statistic: str) -> Function:
    def timing(cycles: xr.Dataset, _: Metrics) -> Array:
        onset, offset = (_of_muscle(cycles, name, muscle) for name in (ONSET, OFFSET))
        if onset is None or offset is None:
            return np.full(cycles.sizes["cycle"], np.nan)
        return onset if statistic == "onset" else offset - onset

    return timing


def _ratio(over: str, under: str, window: str) -> Function:
    def ratio(cycles: xr.Dataset, options: Metrics) -> Array:
        top, bottom = (_sliced(cycles, muscle, window, options).mean() for muscle in (over, under))
        same = unit_of(cycles, over) == unit_of(cycles, under)
        return np.where(same & (bottom > 0), top / np.where(bottom > 0, bottom, 1.0), np.nan)

    return ratio


def _co_contraction(first: str, second: str, window: str) -> Function:
    def index(cycles: xr.Dataset, options: Metrics) -> Array:
        curve = co_contraction(envelope(cycles, first, window), envelope(cycles, second, window))
        units = unit_of(cycles, first)
        usable = (units == unit_of(cycles, second)) & np.char.startswith(units, "%")
        return np.where(usable, slice_window(curve, *_bounds(cycles, window, options)).mean(), np.nan)

    return index


def _emg_metric(
    name: str,
    muscles: tuple[str, ...],
    function: Function,
    *,
    title: str,
    definition: str,
    source: str,
    missing: str,
    unit: str = "%",
    positive: str = "always positive",
    validity: str = _REFERENCE,
    tasks: TaskGroup | None = None,
) -> None:
    """Register a metric of EMG; its curve is that of the first muscle. What is left out is that of an envelope."""
    metric(
        name,
        function,
        unit=unit,
        title=title,
        definition=definition,
        positive=positive,
        frame="none",
        source=source,
        needs="emg",
        curve=muscles[0],
        muscles=muscles,
        tasks=tasks,
        missing=missing,
        validity=validity,
    )


for _muscle, _name in MUSCLES.items():
    for _statistic, _title, _definition, _positive in (
        (
            "onset",
            "onset",
            "onset of the burst that begins around the start of the cycle, less that start (foot strike, foot contact, start of "
            "the descent); method: `muscles.onset_method`",
            "after the start; negative: before it (pre-activation)",
        ),
        ("duration", "duration of activity", "from that onset to the end of the burst", "always positive"),
    ):
        _emg_metric(
            f"{_muscle}_emg__{_statistic}__cycle",
            (_muscle,),
            _timing(_muscle, _statistic),
            unit="s",
            title=f"{_name} {_title}",
            definition=_definition,
            positive=_positive,
            source=_WILLSON,
            tasks=MOVEMENTS,
            missing=_NO_BURST,
            validity="missing where no burst begins near the start, for example in activity that never stops",
        )
    for _window in AMPLITUDE_WINDOWS:
        for _statistic, _word in (("mean", "mean"), ("peak", "largest value")):
            _emg_metric(
                f"{_muscle}_emg__{_statistic}__{_window}",
                (_muscle,),
                _amplitude(_muscle, _statistic, _window),
                title=f"{_name} {_statistic} activity",
                definition=f"{_word} of the envelope in {WINDOWS[_window].title}",
                source=_SENIAM,
                missing=_VOLTS,
            )

for _over, _under in RATIOS:
    for _window in RATIO_WINDOWS:
        _emg_metric(
            f"{_over}_to_{_under}_emg__ratio__{_window}",
            (_over, _under),
            _ratio(_over, _under, _window),
            unit="1",
            title=f"{MUSCLES[_over]} to {MUSCLES[_under]}, activity",
            definition=f"mean envelope of {MUSCLES[_over]} over that of {MUSCLES[_under]}, in {WINDOWS[_window].title}",
            positive=f"above 1: {MUSCLES[_over]} is the more active, each against its own reference",
            source="Distefano et al. 2009, J Orthop Sports Phys Ther 39:532 and Selkowitz et al. 2013, J Orthop Sports Phys Ther "
            "43:54 compare them in this way, at MVC",
            missing="the two envelopes have different references, or one is missing or silent",
            validity="says which muscle dominates only with %MVC",
        )

for _first, _second in PAIRS:
    for _window in RATIO_WINDOWS:
        _emg_metric(
            f"{_first}_and_{_second}_emg__co_contraction__{_window}",
            (_first, _second),
            _co_contraction(_first, _second, _window),
            title=f"{MUSCLES[_first]} and {MUSCLES[_second]}, co-contraction",
            definition=f"mean over {WINDOWS[_window].title} of the smaller envelope over the larger, times their sum",
            source=_RUDOLPH,
            missing="the two envelopes have different references, or one is missing",
        )
