"""The stages of a session: one row each, in the order in which they run.

A new stage is a row here, its function, its variables in `biomech.schema`, and a test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from biomech import schema

_EVERY_CYCLE = ("label", "group", "sex", "mass_kg", "height_m", "dominant_side", "covariates")


@dataclass(frozen=True)
class Stage:
    """One stage of a session.

    Parameters
    ----------
    name : str
        Of the stage and of its rule.
    function : str
        ``module:function``, imported when the stage runs, so that a workflow is read quickly. It is called with the results
        of the stages in `reads`, with what `arguments` names, and with ``session``, ``config`` and ``quality``, all by name.
    title : str
        What a person reads while it runs.
    reads : tuple of str
        Stages whose results it reads.
    sections : tuple of str
        Config sections that it uses; it is given no others.
    gives : {"trials", "cycles", "dataset", "findings"}
        What the function returns: an iterator of name and dataset of every trial, cycles of one trial after the other
        (`biomech.events.dataset.SessionCycles`), one dataset, or findings.
    result : str
        Name of the argument by which functions of later stages take its result; the stage's own name by default.
    arguments : tuple of str
        Further arguments of the function: ``on_error``, ``markerset``, ``data_folder``, ``each_apart``.
    session_cells, trial_cells : tuple of str
        Cells of the sheets that it uses; all others travel at their defaults, so that an edit of them reruns nothing.
    functional_cells : tuple of str
        Cells that it uses of functional trials only.
    """

    name: str
    function: str
    title: str
    reads: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    gives: Literal["trials", "cycles", "dataset", "findings"] = "trials"
    result: str = ""
    arguments: tuple[str, ...] = ("on_error",)
    session_cells: tuple[str, ...] = ()
    trial_cells: tuple[str, ...] = ()
    functional_cells: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Its results under the session's folder: a folder with a file for each trial, or one file; ``key`` is the variant."""
        return schema.STAGES.get(self.name, f"{self.name}/{{key}}.json")

    @property
    def flat(self) -> bool:
        """Its result is one file, not a folder with a file for each trial."""
        return self.gives != "trials"

    @property
    def argument(self) -> str:
        """Name of the argument by which functions of later stages take its result."""
        return self.result or self.name

    @property
    def markerset(self) -> bool:
        """It uses the marker set."""
        return "markerset" in self.arguments

    @property
    def package(self) -> str:
        """The package of `biomech` that holds its function."""
        return self.function.split(".")[1]

    def load(self) -> Callable[..., Any]:
        """Import its function."""
        module, name = self.function.split(":")
        function: Callable[..., Any] = getattr(import_module(module), name)
        return function


_ROWS = (
    Stage(
        "ingest",
        "biomech.io.ingest:ingest_trials",
        "reading C3D files",
        sections=("lab", "force_plates"),
        result="raw",
        arguments=("on_error", "data_folder", "each_apart"),
        trial_cells=("trial", "file", "role", "task", "relabel"),
        functional_cells=("condition",),
    ),
    Stage(
        "model",
        "biomech.model.session:model_trials",
        "subject model",
        reads=("ingest",),
        sections=("subject", "kinematics"),
        arguments=("on_error", "markerset"),
        session_cells=("sex", "mass_kg", "height_m", "flat_foot", "anthropometry"),
        trial_cells=("trial", "file", "role", "footwear"),
        functional_cells=("condition", "side"),
    ),
    Stage(
        "kinematics",
        "biomech.kinematics.session:kinematics_trials",
        "poses and joint angles",
        reads=("ingest", "model"),
        sections=("signals", "kinematics", "multibody"),
        arguments=("on_error", "markerset"),
        trial_cells=("trial", "file", "role", "task", "footwear", "progression"),
    ),
    Stage(
        "kinetics",
        "biomech.kinetics.session:kinetics_trials",
        "contacts, joint moments and powers",
        reads=("ingest", "model", "kinematics"),
        sections=("signals", "contacts", "kinetics"),
        session_cells=("mass_kg",),
        trial_cells=("trial", "contacts"),
    ),
    Stage(
        "muscles",
        "biomech.muscles.session:muscles_trials",
        "muscle activity",
        reads=("ingest",),
        sections=("muscles",),
        trial_cells=("trial", "role", "task"),
        functional_cells=("condition",),
    ),
    Stage(
        "cycles",
        "biomech.events.session:session_cycles",
        "events and cycles",
        reads=("ingest", "kinematics", "kinetics", "muscles"),
        sections=("cycles",),
        gives="cycles",
        session_cells=_EVERY_CYCLE,
        trial_cells=("trial", "role", "task", "condition", "footwear", "side", "free"),
    ),
    Stage(
        "metrics",
        "biomech.outcomes.session:metrics_session",
        "metrics",
        reads=("cycles", "model", "kinematics", "muscles"),
        sections=("metrics", "muscles"),
        gives="dataset",
        arguments=(),
    ),
)
STAGES: dict[str, Stage] = {stage.name: stage for stage in _ROWS}

#: Read from a session's stages, and no NetCDF: a page for people. Shared between variants like a stage.
FINDINGS = Stage(
    "findings",
    "biomech.findings.session:findings_session",
    "findings",
    reads=("cycles", "metrics", "model", "kinematics", "muscles"),
    sections=("findings", "metrics"),
    gives="findings",
    arguments=(),
    session_cells=("label", "clinical"),
)
SPECS: dict[str, Stage] = STAGES | {"findings": FINDINGS}

#: Stages whose results a session's files for other programs, and the study's BIDS datasets, are made from.
EXPORT_READS = ("ingest", "model", "kinematics", "kinetics", "cycles")
BIDS_READS = ("ingest", "kinematics", "cycles")
#: Stages whose results a session's report shows, in addition to the findings and the quality tables of all.
REPORT_READS = ("ingest", "kinematics", "kinetics", "cycles", "metrics")
