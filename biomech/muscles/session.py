"""The muscle activity of a session, trial by trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config import Config
from biomech.config.muscles import Muscles
from biomech.io.roles import is_mvc
from biomech.io.sheets import Session, Trial
from biomech.io.trial_files import Trials, only
from biomech.muscles.channels import Channel, channels_of, report_channels, report_units
from biomech.muscles.checks import report_percent, report_references, report_signal
from biomech.quality import Quality
from biomech.schema import SIDES, with_contract_attrs
from biomech.signals.bursts import Rule, hodges_bui, teager_kaiser_bursts
from biomech.signals.emg import band_passed, largest_mean, linear_envelope, moving_rms, usable_band

Array = NDArray[np.float64]

# stored often enough for an envelope of 100 Hz to be read between samples
_STORED_HZ = 500.0
_UNIT = {"mvc": "%MVC", "peak": "%peak", "mean": "%mean", "none": "V"}
Reference = tuple[float, str]  # V that 100 % (or one V) represents, and the unit of the envelope over it


def muscles_trials(
    raw: Trials, session: Session, config: Config, quality: Quality, on_error: str = "skip"
) -> Iterator[tuple[str, xr.Dataset]]:
    """Yield the muscle activity of every movement trial that has EMG; none where the config names no channels.

    Parameters
    ----------
    raw : mapping of str to xr.Dataset
    session : Session
    config : Config
        Section `muscles` is used.
    quality : Quality
        Gets rows for absent channels, slow sampling, flat signals and references that fell back.
    on_error : {"skip", "stop"}
        Absent EMG ends nothing; ``stop`` raises what else keeps a trial from being computed.

    Yields
    ------
    name, dataset
        ``emg(emg_time, side, muscle)`` in ``emg_unit(side, muscle)`` over ``emg_reference(side, muscle)``, and every burst of
        both methods on the dim ``burst``. Attributes: ``emg_rate_hz`` and the choices of the chain.
    """
    settings = config.muscles
    if not settings.channels:
        return
    trials = [t for t in session.trials if t.trial in raw and t.role in ("dynamic", "functional")]
    trials = [t for t in trials if t.role == "dynamic" or is_mvc(t)]
    units = only(raw, ("channel_unit",), [t.trial for t in trials])
    report_channels(units, settings, quality)
    report_units(units, settings, quality)
    analog = only(raw, ("analog", "channel_unit"))
    references = _references(analog, trials, settings, quality)
    for trial in trials:
        dataset = None
        with quality.guard(trial.trial, on_error=on_error):
            recording = analog[trial.trial]
            if trial.role == "dynamic" and (channels := channels_of(recording, settings)):
                dataset = _trial(trial, channels, recording, references, settings, quality)
        if dataset is not None:
            yield trial.trial, dataset


def _references(
    raw: Trials, trials: list[Trial], settings: Muscles, quality: Quality
) -> dict[tuple[str, str], Reference]:
    """Return what each muscle's envelope is divided by, from all trials of the session, one at a time in memory."""
    mvc: dict[tuple[str, str], float] = {}
    peak: dict[tuple[str, str], float] = {}
    total: dict[tuple[str, str], list[float]] = {}
    for trial in trials:
        for channel in channels_of(raw[trial.trial], settings):
            filtered, key = _filtered(channel, settings), channel.key
            envelope = _envelope(filtered, channel.rate_hz, trial, settings)
            if is_mvc(trial):
                report_signal(channel, filtered, trial.trial, settings, quality)
                found = largest_mean(envelope, channel.rate_hz, settings.mvc_window_s)
                mvc[key] = (
                    float(np.nanmax([mvc.get(key, np.nan), found])) if np.isfinite(found) else mvc.get(key, np.nan)
                )
            elif np.isfinite(envelope).any():
                peak[key] = max(peak.get(key, 0.0), float(np.nanmax(envelope)))
                total.setdefault(key, []).append(float(np.nanmean(envelope)))
    if settings.normalisation == "mvc":
        report_references(mvc, peak, settings, quality)
    out: dict[tuple[str, str], Reference] = {}
    for side, table in settings.channels.items():
        for muscle in table:
            key, method = (side, muscle), settings.normalisation
            if method == "mvc" and not mvc.get(key, np.nan) > 0:
                method = settings.normalisation_without_mvc
                if key in peak:
                    quality.add(
                        "info",
                        "emg_without_mvc",
                        f"{side} {muscle}: no usable trial of maximal contraction; its envelope is in {_UNIT[method]}, whose size "
                        "cannot be compared between sessions, sides or muscles",
                        item=f"{side} {muscle}",
                        action="record one and give it role `functional` and condition `mvc` in trials.tsv",
                    )
            reference = {
                "mvc": mvc.get(key, np.nan),
                "peak": peak.get(key, np.nan),
                "mean": float(np.mean(total[key])) if key in total else np.nan,
                "none": 1.0,
            }[method]
            out[key] = (reference if reference > 0 else np.nan), _UNIT[method]
    return out


def _trial(
    trial: Trial,
    channels: list[Channel],
    raw: Any,
    references: Mapping[tuple[str, str], Reference],
    settings: Muscles,
    quality: Quality,
) -> xr.Dataset:
    rate = channels[0].rate_hz
    step = max(int(rate // _STORED_HZ), 1)
    muscles = list(dict.fromkeys(muscle for table in settings.channels.values() for muscle in table))
    n = len(channels[0].values[::step])
    emg = np.full((n, len(SIDES), len(muscles)), np.nan)
    rows: list[tuple[float, float, str, str, str]] = []
    if rate < settings.rate_min_hz:
        quality.add(
            "warning",
            "emg_rate",
            f"expected EMG at {settings.rate_min_hz:g} Hz or more, found {rate:g} Hz: the band ends at "
            f"{usable_band(settings.band_pass_hz, rate)[1]:g} Hz, amplitudes are too small and onsets are less certain",
            trial=trial.trial,
            value=rate,
            unit="Hz",
        )
    for channel in channels:
        filtered = _filtered(channel, settings)
        if not report_signal(channel, filtered, trial.trial, settings, quality):
            continue
        reference, unit = references[channel.key]
        envelope = _envelope(filtered, rate, trial, settings)
        place = SIDES.index(channel.side), muscles.index(channel.muscle)
        percent = (1.0 if unit == "V" else 100.0) * envelope / reference
        report_percent(channel, percent, unit, trial.trial, settings, quality)
        emg[:, place[0], place[1]] = percent[::step]
        for method, found in _bursts(channel, settings).items():
            rows += [(a, b, channel.side, channel.muscle, method) for a, b in found.tolist()]
    coords = {
        "emg_time": ("emg_time", np.arange(n) * step / rate, {"units": "s"}),
        "side": list(SIDES),
        "muscle": muscles,
    }
    out = xr.Dataset(coords=coords)
    out["emg"] = xr.DataArray(emg, dims=("emg_time", "side", "muscle"))
    known = [[references.get((side, muscle), (np.nan, "")) for muscle in muscles] for side in SIDES]
    out["emg_reference"] = (("side", "muscle"), np.array([[value for value, _ in row] for row in known], dtype=float))
    out["emg_unit"] = (("side", "muscle"), np.array([[unit for _, unit in row] for row in known], dtype=str))
    for k, name in enumerate(("onset", "offset", "side", "muscle", "method")):
        kind = float if k < 2 else "U24"
        out[f"burst_{name}"] = ("burst", np.array([row[k] for row in rows], dtype=kind))
    for variable in [str(name) for name in out.data_vars]:
        out[variable] = with_contract_attrs(out[variable], variable)
    return out.assign_attrs(
        emg_rate_hz=rate / step,
        recorded_rate_hz=rate,
        envelope=settings.envelope,
        band_pass_hz=f"{settings.band_pass_hz[0]:g} to {usable_band(settings.band_pass_hz, rate)[1]:g}",
        normalisation=settings.normalisation,
    )


def _filtered(channel: Channel, settings: Muscles) -> Array:
    notch = None if settings.notch_hz is None else float(settings.notch_hz)
    return band_passed(channel.values, channel.rate_hz, settings.band_pass_hz, notch, settings.notch_width_hz)


def _envelope(filtered: Array, rate: float, trial: Trial, settings: Muscles) -> Array:
    if settings.envelope == "rms":
        return moving_rms(filtered, rate, settings.rms_window_s)
    return linear_envelope(filtered, rate, settings.envelope_cutoff_hz.get(trial.task, _SLOWEST_HZ))


# of an MVC, which has no task: the mean over half a second does not depend on it
_SLOWEST_HZ = 6.0


def _bursts(channel: Channel, settings: Muscles) -> dict[str, Array]:
    rule = Rule(
        band_hz=settings.band_pass_hz,
        notch_hz=settings.notch_hz,
        notch_width_hz=settings.notch_width_hz,
        cutoff_hz=settings.onset_cutoff_hz,
        baseline_s=settings.baseline_s,
        baseline_alike_sd=settings.baseline_alike_sd,
        baseline_alike_spread=settings.baseline_alike_spread,
        baseline_margin_s=settings.baseline_margin_s,
        burst_min_s=settings.burst_min_s,
        gap_max_s=settings.gap_max_s,
        rises_s=settings.rises_s,
        falls_s=settings.falls_s,
        independent_hz=settings.independent_hz,
    )
    signal, rate = channel.values, channel.rate_hz
    return {
        "hodges_bui": hodges_bui(signal, rate, settings.onset_sd, rule),
        "teager_kaiser": teager_kaiser_bursts(
            signal, rate, settings.teager_kaiser_sd, settings.teager_kaiser_band_hz, rule
        ),
    }
