"""Sections about the recording: files, axes, force plates, contacts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from biomech.config.section import Axis, Section

EventMeaning = Literal[
    "foot_strike", "foot_off", "left_foot_strike", "left_foot_off", "right_foot_strike", "right_foot_off"
]


class Data(Section):
    """Where the C3D files lie."""

    folder: str = Field(
        "data",
        description="Folder that the `file` column of trials.tsv is relative to; relative to the study folder. "
        "The environment variable BIOMECH_DATA replaces it.",
    )
    on_error: Literal["skip", "stop"] = Field(
        "skip",
        description="A trial that cannot be read or computed: `skip` reports it in quality.tsv and goes on; `stop` ends the run.",
    )
    fail_on: Literal["never", "error", "warning"] = Field(
        "never",
        description="Whether a run whose quality.tsv holds a row of this level (or a worse one) ends with exit code 1; all results "
        "are written first. For scripts that run studies by themselves.",
    )
    wrong_axes: Literal["stop", "warn"] = Field(
        "stop",
        description="Static trials in which people stand along another axis than `lab.up`, in every session looked at before a run: "
        "`stop` ends the run before its first job; `warn` goes on, and each session's rows in quality.tsv say it.",
    )


class Lab(Section):
    """Axes of the laboratory as the C3D files store them."""

    axes: Literal["config", "screen"] = Field(
        "config",
        description="`config` uses `up` and `forward` below; `screen` uses the C3D's X_SCREEN and Y_SCREEN (forward and up).",
    )
    up: Axis = Field("+z", description="Stored axis that points upwards.")
    forward: Axis = Field(
        "+x", description="Stored axis that becomes lab X; the walking direction is found per trial all the same."
    )

    point_unit: Literal["c3d", "mm", "cm", "m"] = Field(
        "c3d",
        description="Unit of marker positions; `c3d` takes POINT:UNITS, the others replace a missing or wrong one.",
    )

    event_labels: dict[str, EventMeaning] = Field(
        default_factory=dict,
        description="Labels of C3D events in addition to those that are known (docs/c3d_support.md), and what they mean: "
        "`{Fersenkontakt: foot_strike, RTOUCH: right_foot_strike}`. Case, blanks and signs do not matter; without a side in the "
        "meaning, the event's context says it.",
    )

    @model_validator(mode="after")
    def _axes_differ(self) -> Lab:
        if self.up[1] == self.forward[1]:
            raise ValueError(f"`up` ({self.up}) and `forward` ({self.forward}) must be different axes")
        return self


class ForcePlates(Section):
    """From plate channels to wrenches."""

    zero: Literal["auto", "c3d", "unloaded", "none"] = Field(
        "auto",
        description="Offset removal: `c3d` uses the frames of FORCE_PLATFORM:ZERO, `unloaded` the longest unloaded window, "
        "`auto` the first of both that is valid, `none` leaves the channels as stored.",
    )
    unloaded_force_n: float = Field(
        10.0, gt=0, le=100, description="Vertical force below which a plate counts as unloaded when its zero is sought."
    )
    unloaded_std_n: float = Field(2.0, gt=0, le=20, description="Largest standard deviation of an unloaded window.")
    largest_offset_n: float = Field(
        80.0,
        gt=0,
        le=300,
        description="Largest vertical force of an unloaded plate: its unloaded level is the most frequent one of smaller size. "
        "Chosen: above offsets seen in recordings (up to 71 N) and near half the weight of a small child.",
    )
    drift_n: float = Field(
        5.0,
        gt=0,
        le=100,
        description="Change of the unloaded level over a trial from which a straight line is taken off instead of a constant. "
        "Chosen: half of the force that ends a contact.",
    )
    gap_max_s: float = Field(
        0.02,
        ge=0,
        le=0.1,
        description="Longest interval without a value in a plate's channels that a straight line fills; a contact with a longer "
        "one is not used. Chosen: a quarter of the period of the usual 12 Hz filter.",
    )
    delay_s: float = Field(
        0.0,
        ge=-1,
        le=1,
        description="By how much the plates' signals come later than the markers; they are moved earlier by it. Row "
        "`force_delay` of the quality table gives an estimate per trial.",
    )


class Contacts(Section):
    """When a foot is on a plate, and which."""

    threshold_n: float = Field(20.0, gt=0, le=100, description="Vertical force above which contact begins.")
    release_n: float = Field(10.0, gt=0, le=100, description="Vertical force below which contact ends.")
    force: Literal["unfiltered", "filtered"] = Field(
        "unfiltered",
        description="Which vertical force the two thresholds refer to; `filtered` is cut later at contact and earlier at "
        "foot off, as Visual3D does.",
    )
    min_duration_s: float = Field(0.05, ge=0, le=1, description="Shorter contacts are ignored.")
    cop_threshold_n: float = Field(
        50.0, gt=0, le=200, description="Centre of pressure is NaN below this vertical force."
    )
    plate_margin_m: float = Field(
        0.03, ge=0, le=0.2, description="How far a foot point may lie outside the plate's outline."
    )
    plate_gap_m: float = Field(
        0.02,
        ge=0,
        le=0.1,
        description="Plates no further apart than this are one floor: a foot on both gets the sum of their forces. Chosen: "
        "plates set next to each other are 2 to 11 mm apart, and on a strip of 20 mm a sole does not rest.",
    )
    stray_force_n: float = Field(
        3.0,
        gt=0,
        le=50,
        description="Filtered vertical force on a plate next to the foot's own, in no contact, from which it is looked whose "
        "it is. Chosen: above what unloaded plates next to 30 real contacts show (1 N).",
    )
    cop_margin_m: float = Field(
        0.08, ge=0, le=0.3, description="How far the centre of pressure may lie from the foot's heel-toe line."
    )
    max_foot_height_m: float = Field(
        0.04,
        gt=0,
        le=0.3,
        description="How far above its static height a foot may be and still count as on the ground.",
    )
    min_inside: float = Field(
        0.9, ge=0.5, le=1, description="Share of contact frames in which the foot's points must lie inside the plate."
    )
    plate_tolerance_m: float = Field(
        0.03,
        gt=0,
        le=0.2,
        description="How far a plate's surface may lie above or below the soles that stand on it, and the centre of pressure "
        "next to the heel-toe line, before it is warned. Chosen: above what 50 real contacts show (23 and 18 mm).",
    )
    delay_warn_s: float = Field(
        0.015,
        gt=0,
        le=0.5,
        description="Delay between force and markers from which it is warned. Chosen: above the error of the estimate in real "
        "trials (13 ms).",
    )
    stance_speed_m_s: float = Field(
        0.5,
        gt=0,
        le=3,
        description="Horizontal foot speed below which a low foot without a plate counts as in stance (kinematic stance).",
    )

    @model_validator(mode="after")
    def _hysteresis(self) -> Contacts:
        if self.release_n > self.threshold_n:
            raise ValueError(f"`release_n` ({self.release_n:g}) must not exceed `threshold_n` ({self.threshold_n:g})")
        return self
