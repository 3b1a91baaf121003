"""Quality checks of EMG: mains hum, a clipped amplifier, no signal, amplitudes that no muscle has."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from biomech.config.muscles import Muscles
from biomech.muscles.channels import Channel
from biomech.quality import Quality
from biomech.signals.emg import usable_band
from biomech.signals.emg_faults import clipped_share, hum_share, levels, still_seconds

Array = NDArray[np.float64]

_MAINS_HZ = (50, 60)
_COARSE = 16  # fewer different values than 4 bits hold are not a recording of a muscle
# Peaks of surface EMG are 10 mV at most (De Luca 2002, Surface electromyography: detection and recording, 0 to 10 mV from peak to
# peak), doubled; what stays below the noise of an electrode (1 to 2 uV) is not EMG.
_VOLTS = 1e-6, 2e-2


def report_signal(channel: Channel, filtered: Array, trial: str, settings: Muscles, quality: Quality) -> bool:
    """Add the rows of one channel of one trial; return whether it holds a signal at all.

    Parameters
    ----------
    channel : Channel
    filtered : ndarray, (n,)
        Its values after band-pass and notch.
    trial : str
    settings : Muscles
        ``hum_max_share``, ``clipped_max_share``, ``still_min_s``, ``band_pass_hz``.
    quality : Quality
    """
    about = f"{channel.side} {channel.muscle}: channel {channel.name!r}"
    if not np.nanmax(np.abs(filtered), initial=0.0) > 0:
        quality.add(
            "warning",
            "emg_flat",
            f"{about} has no signal in the band",
            action="check electrode and amplifier, and `muscles.channels`",
            trial=trial,
            item=channel.name,
        )
        return False
    if missing := int((~np.isfinite(channel.values)).sum()):
        seconds = missing / channel.rate_hz
        quality.add(
            "warning",
            "emg_samples_missing",
            f"{about} has no value (NaN) in {missing} samples ({seconds:.2f} s): its envelope is missing there, and the samples next to "
            "them are less certain",
            action="look for lost radio packets; export again",
            value=seconds,
            unit="s",
            trial=trial,
            item=channel.name,
        )
    if (different := levels(channel.values)) < _COARSE:
        quality.add(
            "warning",
            "emg_coarse",
            f"{about} has only {different} different values: the gain of the amplifier is too low, or no electrode is connected",
            action="check electrode and gain; do not use this channel's amplitudes",
            value=float(different),
            unit="1",
            trial=trial,
            item=channel.name,
        )
    if (share := clipped_share(channel.values)) > settings.clipped_max_share:
        quality.add(
            "warning",
            "emg_clipped",
            f"{about} is cut off at the end of its range in {100 * share:.1f} % of its samples: its amplitude is too small",
            action="lower the gain of the amplifier; of an MVC, record it again",
            value=share,
            unit="1",
            trial=trial,
            item=channel.name,
        )
    still = still_seconds(channel.values, channel.rate_hz, settings.still_min_s)
    if still > 0:
        quality.add(
            "warning",
            "emg_dropout",
            f"{about} keeps one value for {still:.2f} s in intervals of at least {settings.still_min_s:g} s: the signal was lost "
            "there, and is taken for a silent muscle",
            action="check the electrode's cable or radio link",
            value=still,
            unit="s",
            trial=trial,
            item=channel.name,
        )
    band = usable_band(settings.band_pass_hz, channel.rate_hz)
    mains = max(_MAINS_HZ, key=lambda hz: hum_share(filtered, channel.rate_hz, band, hz))
    hum = hum_share(filtered, channel.rate_hz, band, mains)
    if hum > settings.hum_max_share:
        quality.add(
            "warning",
            "emg_hum",
            f"{about}: {100 * hum:.0f} % of the power between {band[0]:g} and {band[1]:g} Hz is hum of the mains ({mains} Hz and its "
            "harmonics): its amplitude is too large, and bursts are hidden",
            action=f"check reference electrode and cables; `muscles.notch_hz: {mains}` takes the first line out, not the harmonics",
            value=hum,
            unit="1",
            trial=trial,
            item=channel.name,
        )
    return True


def report_percent(
    channel: Channel, percent: Array, unit: str, trial: str, settings: Muscles, quality: Quality
) -> None:
    """Add a row for an envelope that no contraction reaches: beyond 300 % of an MVC, or volts that no electrode picks up.

    Parameters
    ----------
    channel : Channel
    percent : ndarray, (n,)
        Envelope over its reference, in `unit`.
    unit : str
        ``%MVC``, ``%peak``, ``%mean`` or ``V``.
    trial : str
    settings : Muscles
        ``mvc_max_percent``.
    quality : Quality
    """
    largest = float(np.nanmax(percent, initial=0.0))
    about = f"{channel.side} {channel.muscle}: channel {channel.name!r}"
    if unit == "%MVC" and largest > settings.mvc_max_percent:
        quality.add(
            "warning",
            "emg_beyond_mvc",
            f"{about}: the envelope reaches {largest:.0f} % of the maximal voluntary contraction (expected at most "
            f"{settings.mvc_max_percent:g} %): the MVC is too small, or this signal holds something else than the muscle",
            action="look at both signals; check that electrode, gain and unit are the same in the MVC's recording",
            trial=trial,
            item=channel.name,
            value=largest,
            unit=unit,
        )
    if unit == "V" and largest > 0 and not _VOLTS[0] <= largest <= _VOLTS[1]:
        quality.add(
            "warning",
            "emg_volts",
            f"{about}: the envelope reaches {largest:.3g} V, expected {_VOLTS[0]:g} to {_VOLTS[1]:g} V of surface EMG: the unit of the "
            f"file ({channel.unit or 'none'}) is wrong, or its values are those behind an amplifier",
            action="set the unit or the scale of the channel in the recording software and export again, or normalise",
            trial=trial,
            item=channel.name,
            value=largest,
            unit=unit,
        )


def report_references(
    mvc: Mapping[tuple[str, str], float], peak: Mapping[tuple[str, str], float], settings: Muscles, quality: Quality
) -> None:
    """Add a row for every muscle that no movement of the session brings to more than a trace of its MVC."""
    for (side, muscle), largest in peak.items():
        reference = mvc.get((side, muscle), np.nan)
        share = 100.0 * largest / reference if reference > 0 else np.nan
        if share < settings.mvc_min_percent:
            quality.add(
                "warning",
                "emg_below_mvc",
                f"{side} {muscle}: no movement of the session brings the envelope beyond {share:.2g} % of the maximal voluntary "
                f"contraction (expected {settings.mvc_min_percent:g} % or more)",
                item=f"{side} {muscle}",
                action="check that electrode, gain and unit (V, mV) are the same in the MVC's recording",
                value=share,
                unit="%MVC",
            )
