"""One C3D file as a page with its scene in three dimensions, without a study."""

from __future__ import annotations

from pathlib import Path

from biomech.config import Lab
from biomech.html_report.page import colours, render
from biomech.html_report.scene import AXIS_LENGTH_M, FORCE_SCALE_M_PER_N, RATE_HZ, drawn_scene
from biomech.report.stick_figure import scene
from biomech.report.style import DEFAULT_COLOURS

SCRIPTS = ("app.js", "scene.js", "compare.js", "player.js")


def view_page(file: Path, lab: Lab | None = None, study_folder: Path | None = None) -> str:
    """Return the HTML page of a recording.

    Parameters
    ----------
    file : Path
        C3D file.
    lab : Lab, optional
        Lab axes, if the file's own screen parameters do not give them.
    study_folder : Path, optional
        A folder whose own marker sets count too.

    Raises
    ------
    TrialError
        If the file cannot be read or holds no marker.
    """
    drawn = scene(file, lab, study_folder)
    data = {
        "colours": colours(DEFAULT_COLOURS),
        "trials": [drawn_scene(drawn)],
        "force_scale": FORCE_SCALE_M_PER_N,
        "axis_length": AXIS_LENGTH_M,
        "file": drawn.title,
    }
    about = [
        ("frames", f"{len(drawn.dots)} at {drawn.rate_hz:g} Hz (shown: up to {RATE_HZ:g} a second)"),
        ("markers", str(len(drawn.labels))),
        ("plates", str(len(drawn.plates))),
    ]
    return render("view.html.j2", SCRIPTS, data, title=drawn.title, about=about, trials=[drawn.title])
