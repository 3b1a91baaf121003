"""Cycles and metrics of processed trials, and the results of a whole study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from biomech.config import Config, did_you_mean
from biomech.config.variants import BASE
from biomech.errors import BiomechError, StudyError
from biomech.events.session import cycles_session
from biomech.io.sheets import Session, Trial
from biomech.io.store import read_quality
from biomech.muscles.session import muscles_trials
from biomech.outcomes.session import metrics_session
from biomech.pipeline.own import own_rows
from biomech.quality import Quality
from biomech.recording import quality_text
from biomech.study import reading
from biomech.study.dataset import metrics_long
from biomech.study.reading import Where
from biomech.subject import Subject, with_trials

_FRAME = "jcs"  # of moments, unless another is asked for


def cycles(subject: Subject, *trials: xr.Dataset) -> xr.Dataset:
    """Cut processed trials into cycles of 0 to 100 %.

    Parameters
    ----------
    subject : Subject
        That processed the trials.
    *trials : xr.Dataset
        Of `Subject.process`. Trials of one visit belong in one call: events from markers are aligned, and muscle activity
        is normalised, over all of them.

    Returns
    -------
    xr.Dataset
        One cycle after the other on ``cycle``: ``angle(cycle, percent, quantity)``, ``moment(cycle, percent, quantity, frame)``,
        ``power(cycle, percent, quantity)`` and so on, as in `results/study.nc`; ``dataset.biomech.quality`` says which
        repetitions were left out and why.

    Raises
    ------
    TrialError
        If the cycles of a task cannot be found.
    BiomechError
        If two trials have the same name, or one is not of `Subject.process`.

    Examples
    --------
    >>> import biomech
    >>> files = biomech.example_files()
    >>> subject = biomech.calibrate(files["static"], mass_kg=65.5, height_m=1.70)
    >>> strides = biomech.cycles(subject, subject.process(files["walk1"], task="walking"))
    >>> strides.angle.sel(quantity="knee_flexion").dims
    ('cycle', 'percent')
    """
    session, groups = _session_of(subject, trials)
    quality = Quality(session.participant, session.session, "cycles")
    moved = groups | dict(subject.standing)
    found = cycles_session(
        groups, moved, groups, session, subject.config, quality, "stop", _muscles(subject, session, groups)
    )
    return found.assign_attrs(quality=quality_text(quality.table()))


def metrics(
    subject: Subject,
    cycles: xr.Dataset,
    *trials: xr.Dataset,
    select: str | list[str] = "all",
    own: Path | str | None = None,
) -> pd.DataFrame:
    """Compute the metrics of cycles.

    Parameters
    ----------
    subject : Subject
        That processed the trials.
    cycles : xr.Dataset
        Of `biomech.cycles`.
    *trials : xr.Dataset
        The trials that the cycles were cut from; metrics of standing and of muscle activity before contact need them.
    select : str or list of str
        As `metrics.select` of the config.
    own : Path or str, optional
        Study folder whose ``config/metrics/*.py`` register metrics of a lab's own; without it those that ship, and inside
        `biomech.use_own` those that it registered.

    Returns
    -------
    DataFrame
        One row per cycle and metric, as `results/metrics.csv`: ``metric``, ``value``, ``unit``, ``reason`` where it is missing, and
        the columns of the cycle.

    Raises
    ------
    StudyError
        With file and line of every fault of the own metrics.

    Examples
    --------
    >>> import biomech
    >>> files = biomech.example_files()
    >>> subject = biomech.calibrate(files["static"], mass_kg=65.5, height_m=1.70)
    >>> walk = subject.process(files["walk1"], task="walking")
    >>> table = biomech.metrics(subject, biomech.cycles(subject, walk), walk)
    >>> "knee_flexion__peak__swing" in set(table["metric"])
    True
    """
    session, groups = _session_of(subject, trials)
    quality = Quality(session.participant, session.session, "metrics")
    chosen: Config = subject.config.model_copy(
        update={"metrics": subject.config.metrics.model_copy(update={"select": select})}
    )
    with own_rows(None if own is None else Path(own)) as faults:
        if faults:
            raise StudyError(faults)
        found = metrics_session(
            cycles.drop_attrs(deep=False),
            session,
            chosen,
            quality,
            model=subject.model,
            kinematics=groups | dict(subject.standing),
            muscles=_muscles(subject, session, groups),
        )
    return metrics_long([found])


def _session_of(subject: Subject, trials: tuple[xr.Dataset, ...]) -> tuple[Session, dict[str, xr.Dataset]]:
    """Return the subject's session with the rows of these trials, and the trials by name."""
    if any("trial" not in data.attrs for data in trials):
        raise BiomechError("expected trials of Subject.process, found a dataset without the attribute `trial`")
    rows = [Trial.model_validate_json(data.attrs["trial"]) for data in trials]
    names = [row.trial for row in rows]
    if len(set(names)) < len(names):
        raise BiomechError(
            f"expected trials of different names, found {', '.join(names)}; give `name` to Subject.process"
        )
    return with_trials(subject.session, [*subject.session.trials, *rows]), dict(zip(names, trials, strict=True))


def _muscles(subject: Subject, session: Session, groups: Mapping[str, xr.Dataset]) -> Any:
    """Return the muscle activity of the trials, with the references of the subject's maximal contractions; None without EMG."""
    quality = Quality(session.participant, session.session, "muscles")
    found = dict(muscles_trials(dict(subject.raw) | dict(groups), session, subject.config, quality, "stop"))
    return found if found else None


@dataclass(frozen=True)
class StudyResults:
    """The results of a study, read when they are asked for.

    Attributes
    ----------
    folder : Path
        Where `study.nc` lies: `results/` of the study, or that of a variant.
    """

    folder: Path

    def curve(self, quantity: str, *, frame: str | None = None, **where: Where) -> xr.DataArray:
        """Return one curve of some cycles.

        Parameters
        ----------
        quantity : str
            An angle such as ``knee_flexion``, or variable and quantity such as ``moment.knee_abduction``, ``power.hip_total``,
            ``ground_reaction.y``, ``emg.gluteus_medius``.
        frame : str, optional
            Of a moment: ``jcs`` (default), ``proximal``, ``distal`` or ``lab``.
        **where
            Column of a cycle to a value, or to several: ``task="walking", side=["left", "right"]``.

        Returns
        -------
        xr.DataArray, dims (cycle, percent)
            With the columns of the cycles as coordinates; NaN where missing.

        Raises
        ------
        BiomechError
            For a name that the study does not have, with those that are near.
        """
        variable, label = reading.variable_of(quantity)
        with reading.open_study(self.folder / "study.nc") as study:
            has_frame = variable in study and "frame" in study[variable].dims
            return reading.curve(study, variable, label, (frame or _FRAME) if has_frame else None, **where)

    def outcomes(self, metric: str | None = None, **where: Where) -> pd.DataFrame:
        """Return mean, SD and number of cycles of the selected metrics, as `results/outcomes.csv`.

        Parameters
        ----------
        metric : str, optional
            Only this one, in columns ``mean``, ``sd`` and ``n``: for example ``knee_flexion__peak__swing``. By default all, in
            the columns that `results/outcomes_dictionary.csv` describes.
        **where
            Column to a value, or to several: ``task="walking"``.

        Returns
        -------
        DataFrame
            One row per participant, session, task, condition, footwear and side.

        Raises
        ------
        BiomechError
            For a metric or column that the table does not have.
        """
        table = _rows(pd.read_csv(self.folder / "outcomes.csv"), where)
        if metric is None:
            return table
        names = pd.read_csv(self.folder / "outcomes_dictionary.csv")
        own = names.loc[names["metric"] == metric, "name"].tolist()
        if not own:
            known = names["metric"].dropna().unique().tolist()
            raise BiomechError(
                f"outcomes have no metric {metric!r}{did_you_mean(metric, known)}; metrics.select chooses them"
            )
        others = set(names.loc[names["metric"].notna(), "name"])
        kept = [name for name in table.columns if name in own or name not in others]
        return table[kept].rename(columns={name: name.rsplit("_", 1)[-1] for name in own})

    def metrics(self, metric: str | None = None, **where: Where) -> pd.DataFrame:
        """Return one row per cycle and metric, as `results/metrics.csv`; parameters and errors as of `outcomes`."""
        table = _rows(pd.read_parquet(self.folder / "metrics.parquet"), where)
        if metric is None:
            return table
        if metric not in (known := table["metric"].unique().tolist()):
            raise BiomechError(f"these cycles have no metric {metric!r}{did_you_mean(metric, known)}")
        return table[table["metric"] == metric].reset_index(drop=True)

    @property
    def quality(self) -> pd.DataFrame:
        """What was dropped, filled, repaired or is doubtful, errors first; columns of `biomech.quality.COLUMNS`."""
        return read_quality(self.folder / "quality.tsv")


def _rows(table: pd.DataFrame, where: Mapping[str, Where]) -> pd.DataFrame:
    """Return the rows whose columns have these values."""
    for column, wanted in where.items():
        if column not in table:
            raise BiomechError(f"the table has no column {column!r}{did_you_mean(column, map(str, table.columns))}")
        several = [wanted] if isinstance(wanted, str | float | int) else list(wanted)
        table = table[table[column].isin(several)]
    return table.reset_index(drop=True)


def open_study(folder: Path | str, variant: str = BASE) -> StudyResults:
    """Open the results of a study that `biomech run` has processed.

    Parameters
    ----------
    folder : Path or str
        The study folder, or its `results/`.
    variant : str
        Name of one of its variants.

    Returns
    -------
    StudyResults

    Raises
    ------
    BiomechError
        If there are no results.

    Examples
    --------
    >>> study = biomech.open_study("MYSTUDY")  # doctest: +SKIP
    >>> study.curve("knee_flexion", task="walking", side="left").mean("cycle")  # doctest: +SKIP
    >>> study.outcomes("knee_flexion__peak__swing", task="walking")  # doctest: +SKIP
    """
    results = Path(folder) if (Path(folder) / "study.nc").is_file() else Path(folder) / "results"
    chosen = results if variant == BASE else results / "variants" / variant
    if not (chosen / "study.nc").is_file():
        raise BiomechError(
            f"{chosen}: expected results of a study, found no study.nc; run it first: biomech run {folder}"
        )
    return StudyResults(chosen)
