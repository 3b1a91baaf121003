"""The one typed model of `config/config.yaml`; every default of the software lives here.

Each section is handed to the rules that need it and to no other, so a change reruns only what depends on it.
Numbers carry their unit in their name. Unknown keys are refused, with the nearest known name.
"""

from biomech.config.asked import metrics_asked_for
from biomech.config.config import Config
from biomech.config.export import Export
from biomech.config.findings import Findings, Norm
from biomech.config.model import Kinematics, Kinetics, Multibody, Signals, Subject
from biomech.config.muscles import Muscles
from biomech.config.outcomes import Cycles, Metrics, Plausible, Report
from biomech.config.reading import config_faults, json_schema, parse_config, read_config
from biomech.config.recording import Contacts, Data, ForcePlates, Lab
from biomech.config.section import did_you_mean

__all__ = [
    "Config",
    "Contacts",
    "Cycles",
    "Data",
    "Export",
    "Findings",
    "ForcePlates",
    "Kinematics",
    "Kinetics",
    "Lab",
    "Metrics",
    "Multibody",
    "Muscles",
    "Norm",
    "Plausible",
    "Report",
    "Signals",
    "Subject",
    "config_faults",
    "did_you_mean",
    "json_schema",
    "metrics_asked_for",
    "parse_config",
    "read_config",
]
