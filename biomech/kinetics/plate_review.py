"""All checks of a trial's plates against the person who stands on them."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config import Contacts
from biomech.kinetics import force_delay, plate_checks, shear_checks, whole_steps
from biomech.kinetics.contacts import Contact, Interval
from biomech.kinetics.ground import PlateWrench
from biomech.quality import Quality


def review(
    view: plate_checks.PlateView,
    plates: PlateWrench,
    contacts: list[Contact],
    intervals: list[Interval],
    state: NDArray[np.float64],
    body: tuple[xr.Dataset, xr.Dataset, float],
    options: Contacts,
    trial: str,
    quality: Quality,
) -> None:
    """Add a row for everything about the plates that does not fit the person.

    Parameters
    ----------
    view : PlateView
    plates : PlateWrench
        Filtered, at the analog rate.
    contacts : list of Contact
    intervals : list of Interval
        Loaded intervals of the plates.
    state : ndarray, (n, sides)
        Stance state.
    body : tuple
        The trial's kinematics, its model, and body mass, kg.
    options : Contacts
        Section of the config.
    trial : str
    quality : Quality
    """
    steps = whole_steps.steps(contacts, view.feet, view.time, view.force, view.cop)
    plate_checks.report(view, contacts, steps, intervals, options.plate_tolerance_m, trial, quality)
    shear_checks.report(view, steps, trial, quality)
    motion, subject, mass = body
    rate = float(motion.attrs["rate_hz"])
    vertical = plates.force[..., 1].sum(axis=1)
    delay = force_delay.find(motion, subject, mass, vertical, plates.rate_hz, state, rate)
    delay = delay or force_delay.of_events(intervals, view.feet, view.stances, view.corners, rate)
    force_delay.report(delay, options.delay_warn_s, trial, quality)
