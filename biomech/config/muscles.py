"""Section about surface EMG."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from biomech.config.section import Section, check_tasks, did_you_mean
from biomech.schema import MUSCLES
from biomech.tasks import TASKS

Normalisation = Literal["mvc", "peak", "mean", "none"]
_WALKING_HZ, _IMPACT_HZ = 6.0, 12.0


class Muscles(Section):
    """Channels and processing of surface EMG."""

    channels: dict[Literal["left", "right"], dict[str, str]] = Field(
        default_factory=dict,
        description="Analog channel of every muscle, per side: `{left: {gluteus_medius: EMG1}, right: {gluteus_medius: EMG2}}`. "
        "Empty: no EMG is read.",
    )
    band_pass_hz: tuple[float, float] = Field(
        (20.0, 450.0),
        description="Band of the zero-lag Butterworth filter after the offset is taken off, Hz. SENIAM recommends a high-pass of "
        "10 to 20 and a low-pass of about 500 Hz; 30 Hz from below also takes most of an electrocardiogram (Drake & Callaghan "
        "2006, J Electromyogr Kinesiol 16:175).",
    )
    rate_min_hz: float = Field(
        1000.0,
        ge=200,
        le=10000,
        description="Slower recordings of EMG are reported, Hz: the signal reaches to about 450 Hz, and the rate must be over twice as "
        "high (SENIAM: at least 1000).",
    )
    notch_hz: Literal[50, 60] | None = Field(
        None, description="Mains frequency to be taken out, Hz; null: none (a notch takes signal as well)."
    )
    notch_width_hz: float = Field(4.0, ge=1, le=10, description="Width of the notch around `notch_hz`, Hz.")
    envelope: Literal["low_pass", "rms"] = Field(
        "low_pass",
        description="Envelope of the rectified signal: low-pass (linear envelope) or moving root mean square.",
    )
    envelope_cutoff_hz: dict[str, float] = Field(
        default_factory=dict,
        validate_default=True,
        description="Cutoff of the linear envelope per task, Hz, 1 to 100 (zero-lag, 4th order). Tasks left out keep their "
        "defaults: 6 (Winter 2009, Biomechanics and Motor Control of Human Movement, ch. 10: 3 to 6), 12 where the foot hits "
        "the ground, whose first 100 ms a 6 Hz envelope smears (chosen).",
    )
    rms_window_s: float = Field(
        0.05,
        ge=0.01,
        le=0.5,
        description="Length of the moving root mean square, s (De Luca 1997: 0.05 for fast changes).",
    )
    normalisation: Normalisation = Field(
        "mvc",
        description="Reference of the envelope: `mvc` (functional trials of condition `mvc`), `peak` or `mean` of the muscle's "
        "movement trials of the session, or `none` (volts). The unit names it.",
    )
    normalisation_without_mvc: Literal["peak", "mean", "none"] = Field(
        "peak",
        description="Reference of a muscle whose session has no usable MVC. Amplitudes of sessions with a dynamic reference "
        "cannot be compared with each other; timing can.",
    )
    mvc_window_s: float = Field(
        0.5,
        ge=0.05,
        le=3,
        description="The MVC is the largest mean of the envelope over this time, s (SENIAM: 0.5 to 1).",
    )
    mvc_max_percent: float = Field(
        300.0,
        ge=100,
        le=10000,
        description="An envelope beyond this share of the MVC is reported, %. Chosen: fast and eccentric contractions exceed an isometric "
        "MVC by half, a poor MVC is half of a good one.",
    )
    mvc_min_percent: float = Field(
        0.5,
        ge=0,
        le=50,
        description="A muscle that stays below this share of its MVC in all movements of a session is reported, %. Chosen: a wrong unit (mV "
        "for V) gives a thousandth, a muscle at rest about 1.",
    )
    hum_max_share: float = Field(
        0.1,
        gt=0,
        le=1,
        description="A larger share of hum of the mains (50 or 60 Hz and harmonics, less their neighbours) in the power of the band is "
        "reported. Chosen: recordings without hum have up to 0.02, and a tenth of the power is 5 % of the amplitude.",
    )
    clipped_max_share: float = Field(
        0.001,
        ge=0,
        le=1,
        description="A larger share of samples at the end of the range is reported. Chosen: one in a thousand lowers no mean, more does.",
    )
    still_min_s: float = Field(
        0.1,
        ge=0.01,
        le=10,
        description="A signal that keeps exactly one value for this long was lost, which is reported, s. Chosen: fifty samples at 500 Hz; noise alone changes "
        "the last digit.",
    )
    onset_method: Literal["hodges_bui", "teager_kaiser"] = Field(
        "teager_kaiser",
        description="Which bursts the metrics use; both are in the files. Hodges & Bui 1996, Electroencephalogr Clin "
        "Neurophysiol 101:511; Li, Zhou & Aruin 2007, Ann Biomed Eng 35:1532.",
    )
    baseline_s: float = Field(
        0.3,
        ge=0.1,
        le=5,
        description="Length of the quietest interval of a trial, s; with all intervals alike its mean and SD set the thresholds.",
    )
    baseline_alike_sd: float = Field(
        1.5,
        ge=0,
        le=10,
        description="An interval is as quiet as the quietest one if its mean is above that one's by at most this many of its SDs. "
        "Chosen: means of 0.3 s of noise have an SD of about 0.2 of its SDs, so that the whole of 20 s of noise counts.",
    )
    baseline_alike_spread: float = Field(
        1.75,
        ge=1,
        le=10,
        description="And if its SD is at most this many times as large. Chosen of 1.5 to 2.5, on simulated bursts of other seeds than "
        "the tests': from 10 dB on the SD is within 3 % of that of the noise by itself; 1.5 leaves out loud intervals of noise (-6 %).",
    )
    baseline_margin_s: float = Field(
        0.02,
        ge=0,
        le=0.2,
        description="Left off each end of a quiet interval that something louder follows, s. Chosen: one period of the low-pass for "
        "onsets; without it a burst's first ms make the SD 11 % too large.",
    )
    onset_cutoff_hz: float = Field(
        50.0,
        ge=10,
        le=200,
        description="Low-pass of the rectified signal for onsets, Hz (Hodges & Bui 1996: 10, 50 or 500).",
    )
    onset_sd: float = Field(
        3.0, ge=1, le=20, description="Threshold of Hodges-Bui: SDs above the baseline's mean (1996: 1, 2 or 3)."
    )
    teager_kaiser_band_hz: tuple[float, float] = Field(
        (30.0, 300.0), description="Band before the Teager-Kaiser operator, Hz (Solnik et al. 2010)."
    )
    teager_kaiser_sd: float = Field(
        4.0,
        ge=1,
        le=50,
        description="Threshold of Teager-Kaiser: SDs above the baseline's mean. Solnik et al. 2010 (Eur J Appl Physiol 110:489) "
        "took 15 at maximal contractions; at 10 dB a burst does not reach 15. Chosen: no burst in 1000 s of "
        "simulated noise (docs/muscles.md).",
    )
    burst_min_s: float = Field(
        0.05,
        ge=0.005,
        le=1,
        description="Shorter bursts are dropped, s: the second threshold (Hodges & Bui 1996: 0.02 to 0.1).",
    )
    gap_max_s: float = Field(0.03, ge=0, le=1, description="Shorter gaps between bursts are closed first, s.")

    rises_s: tuple[float, ...] = Field(
        (0.001, 0.01, 0.02, 0.03, 0.04, 0.05),
        min_length=1,
        description="Lengths of a burst's rise that are tried to find its start, s. Chosen: from a sudden one to half of what a "
        "muscle's force needs to rise.",
    )
    falls_s: tuple[float, ...] = Field(
        (0.001, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15),
        min_length=1,
        description="Lengths of its fall, s. Chosen: longer than rises, since muscles go off more slowly than they come on.",
    )
    independent_hz: float = Field(
        600.0,
        ge=50,
        le=5000,
        description="Samples of the band-passed signal that count as independent, a second, in the likelihood of an onset. Of the "
        "spectrum S of Shwedyk et al. 1977 (IEEE Trans Biomed Eng 24:417) in 20 to 450 Hz 390 of 1000 do, (sum S)^2 / (n sum S^2), "
        "of white noise in that band 860; chosen between them.",
    )

    pre_activation_s: float = Field(
        0.1, ge=0.02, le=0.5, description="Length of the window before foot contact, s (usual: 0.1 to 0.15)."
    )
    onset_before_s: float = Field(
        0.6,
        ge=0.05,
        le=2,
        description="A muscle's onset is looked for from this long before the start of a cycle, s. A squat's cycle starts when the "
        "knee has bent by some degrees, later than its muscles.",
    )
    onset_after_s: float = Field(0.2, ge=0.05, le=2, description="And up to this long after it, s.")

    @field_validator("channels")
    @classmethod
    def _known_and_single(cls, value: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        faults: list[str] = []
        owner: dict[str, str] = {}
        for side, table in value.items():
            for muscle, channel in table.items():
                if muscle not in MUSCLES:
                    faults.append(
                        f"unknown muscle {muscle!r}{did_you_mean(muscle, MUSCLES)}; known: {', '.join(MUSCLES)}"
                    )
                if not channel.strip():
                    faults.append(f"{side} {muscle}: expected the name of an analog channel, found an empty one")
                elif channel in owner:
                    faults.append(f"channel {channel!r} is named twice: {owner[channel]} and {side} {muscle}")
                owner.setdefault(channel, f"{side} {muscle}")
        if faults:
            raise ValueError("; ".join(faults))
        return value

    @field_validator("rises_s", "falls_s")
    @classmethod
    def _lengths(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not all(0 < x <= 1 for x in value):
            raise ValueError(f"expected times above 0 and up to 1 s, found {', '.join(f'{x:g}' for x in value)}")
        return value

    @field_validator("band_pass_hz", "teager_kaiser_band_hz")
    @classmethod
    def _ordered(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not 1 <= value[0] < value[1] <= 2000:
            raise ValueError(f"expected 1 <= low < high <= 2000 Hz, found {value[0]:g} and {value[1]:g}")
        return value

    @field_validator("envelope_cutoff_hz")
    @classmethod
    def _with_defaults(cls, value: dict[str, float]) -> dict[str, float]:
        check_tasks(value)
        for task, cutoff in value.items():
            if not 1 <= cutoff <= 100:
                raise ValueError(f"{task}: expected 1 to 100 Hz, found {cutoff:g}")
        defaults = {name: _IMPACT_HZ if task.impact else _WALKING_HZ for name, task in TASKS.items()}
        return defaults | value
