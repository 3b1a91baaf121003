"""All stages of one session in memory, with options laid over those of a study."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biomech.config import Config, parse_config
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, read_study
from biomech.io.trial_files import Trials
from biomech.kinematics.session import kinematics_session
from biomech.kinetics.session import kinetics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality

STUDIES = Path(__file__).parent / "studies"


@dataclass
class Results:
    """What the stages up to kinetics gave for one session."""

    session: Session
    config: Config
    raw: Trials
    model: Trials
    kinematics: Trials
    kinetics: Trials
    quality: Quality


def run_study(
    name: str,
    data_folder: Path,
    participants: tuple[str, ...] = (),
    prepare: Callable[[Trials], None] | None = None,
    **sections: dict[str, Any],
) -> Iterator[Results]:
    """Run the sessions of a study of `validation/studies` one by one.

    Parameters
    ----------
    name : str
        Folder of the study.
    data_folder : Path
        Folder of the recordings.
    participants : tuple of str
        Only these; empty for all.
    prepare : callable, optional
        Changes what was read before anything is computed from it.
    **sections
        Config options laid over the study's, by section.
    """
    study = read_study(STUDIES / name, environ={"BIOMECH_DATA": str(data_folder)})
    dump = study.config.model_dump(mode="json")
    for section, options in sections.items():
        dump[section] = dump[section] | options
    config = parse_config(dump)
    markerset = load_markerset(config.markerset, STUDIES / name)
    for session in study.sessions:
        if participants and session.participant not in participants:
            continue
        quality = Quality(session.participant, session.session, "validation")
        raw = ingest_session(session, data_folder, config, quality, "stop")
        if prepare is not None:
            prepare(raw)
        model = model_session(raw, session, markerset, config, quality, "stop")
        kinematics = kinematics_session(raw, model, session, markerset, config, quality, "stop")
        kinetics = kinetics_session(raw, model, kinematics, session, config, quality, "stop")
        yield Results(session, config, raw, model, kinematics, kinetics, quality)
