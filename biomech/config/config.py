"""All sections together."""

from __future__ import annotations

from pydantic import Field

from biomech.config.export import Export
from biomech.config.findings import Findings
from biomech.config.model import Kinematics, Kinetics, Multibody, Signals, Subject
from biomech.config.muscles import Muscles
from biomech.config.outcomes import Cycles, Metrics, Report
from biomech.config.profiles import ProfileScores
from biomech.config.recording import Contacts, Data, ForcePlates, Lab
from biomech.config.section import MarkersetName, Section
from biomech.config.statistics import Statistics
from biomech.config.variants import Variants


class Config(Section):
    """The whole configuration of a study."""

    data: Data = Field(default_factory=Data, description="Where the recordings lie and what happens to bad ones.")
    markerset: MarkersetName = Field(
        "cast_lower_limb", description="Name of a marker set: one that ships, or a YAML in config/markersets/."
    )
    lab: Lab = Field(default_factory=Lab, description="Axes of the laboratory.")
    force_plates: ForcePlates = Field(default_factory=ForcePlates, description="Reading of force plates.")
    contacts: Contacts = Field(default_factory=Contacts, description="Plate-to-foot assignment and stance.")
    signals: Signals = Field(default_factory=Signals, description="Gap filling and filters.")
    subject: Subject = Field(default_factory=Subject, description="The anatomical model.")
    kinematics: Kinematics = Field(default_factory=Kinematics, description="Poses and angles.")
    multibody: Multibody = Field(default_factory=Multibody, description="Joints of multi-body optimisation.")
    kinetics: Kinetics = Field(default_factory=Kinetics, description="Inverse dynamics.")
    muscles: Muscles = Field(default_factory=Muscles, description="Surface EMG: channels and processing.")
    cycles: Cycles = Field(default_factory=Cycles, description="Events and cycles.")
    metrics: Metrics = Field(default_factory=Metrics, description="Scalar outcomes.")
    findings: Findings = Field(default_factory=Findings, description="Pages of findings per participant and session.")
    profile_scores: ProfileScores = Field(
        default_factory=ProfileScores, description="Gait Profile Score and Gait Deviation Index per session."
    )
    statistics: Statistics = Field(default_factory=list)
    report: Report = Field(default_factory=Report, description="Figures.")
    export: Export = Field(default_factory=Export, description="Files for other programs.")
    variants: Variants = Field(default_factory=dict)
