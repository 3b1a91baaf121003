"""Time series of a session: a folder for each stage, in it a NetCDF file for each trial.

``session.json`` next to the trials names them in the order of the sheets, with their variables, and holds what is true of
all of them. Files are
read whole and closed again: NetCDF files that stay open while others are read have crashed the library.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import xarray as xr

from biomech.io.store import ENGINE, attributes, storable
from biomech.io.whole_files import whole_folder

Trials = Mapping[str, xr.Dataset]
"""The trials of a session: name to dataset, in the order of the sheets."""

ABOUT: Final = "session.json"


def write_trials(
    folder: Path | str, trials: Iterable[tuple[str, xr.Dataset]], attrs: Callable[[], Mapping[str, Any]] = dict
) -> None:
    """Write trials one after the other, so that memory holds one of them; the folder appears complete or not at all.

    Parameters
    ----------
    folder : Path
        Replaced if it is there. The same trials give the same bytes.
    trials : iterable of (str, xr.Dataset)
        Name and dataset. Attributes may hold strings, numbers, lists, mappings (stored as JSON) and None.
    attrs : callable, optional
        Gives the attributes of the session; called after the last trial.
    """
    variables: dict[str, list[str]] = {}
    with whole_folder(folder) as temporary:
        for name, dataset in trials:
            storable(dataset).to_netcdf(temporary / f"{name}.nc", engine=ENGINE)
            variables[name] = list(map(str, dataset.data_vars))
        about = {"trials": variables, "attributes": attributes(attrs())}
        text = json.dumps(about, indent=2, ensure_ascii=False) + "\n"
        (temporary / ABOUT).write_text(text, encoding="utf-8", newline="\n")


class TrialFolder(Mapping[str, xr.Dataset]):
    """The trials of a folder; each is read when it is asked for, and not kept.

    Parameters
    ----------
    folder : Path
        As `write_trials` leaves it.
    variables : iterable of str, optional
        Read only these variables, as far as a trial has them, and all coordinates.
    names : iterable of str, optional
        Only these trials, as far as they are there.

    Raises
    ------
    FileNotFoundError
        If the folder is not there or incomplete.
    """

    def __init__(
        self, folder: Path | str, variables: Iterable[str] | None = None, names: Iterable[str] | None = None
    ) -> None:
        self._folder = Path(folder)
        self._variables = None if variables is None else set(variables)
        about = json.loads((self._folder / ABOUT).read_text(encoding="utf-8"))
        self._trials: dict[str, list[str]] = {name: about["trials"][name] for name in _some(about["trials"], names)}
        self.attrs: dict[str, Any] = about["attributes"]
        """Attributes of the session."""

    def __getitem__(self, name: str) -> xr.Dataset:
        """Read a trial into memory; the file is closed again."""
        if name not in self._trials:
            raise KeyError(name)
        # those left out are not decoded, which takes most of the time where variables are many and small
        left_out = [] if self._variables is None else [v for v in self._trials[name] if v not in self._variables]
        dataset = xr.load_dataset(
            self._folder / f"{name}.nc",
            engine=ENGINE,
            drop_variables=left_out,
            decode_times=False,
            decode_timedelta=False,
        )
        # a coordinate that is not a dimension is named as such at the variables alone
        return dataset.set_coords([v for v in dataset.data_vars if v not in self._trials[name]])

    def __contains__(self, name: object) -> bool:
        """Whether the folder has the trial; nothing is read."""
        return name in self._trials

    def __iter__(self) -> Iterator[str]:
        """Go through the names, in the order in which the trials were written."""
        return iter(self._trials)

    def __len__(self) -> int:
        """Return the number of trials."""
        return len(self._trials)

    def only(self, variables: Iterable[str], names: Iterable[str] | None = None) -> TrialFolder:
        """Return the same trials, of which only some variables are read; see `only`."""
        return TrialFolder(self._folder, variables, self._trials if names is None else _some(self._trials, names))


def only(trials: Trials, variables: Iterable[str], names: Iterable[str] | None = None) -> Trials:
    """Return trials with only these variables, as far as a trial has them, and all coordinates and attributes.

    Parameters
    ----------
    trials : mapping of str to xr.Dataset
        Of a `TrialFolder`, the other variables are not read.
    variables : iterable of str
    names : iterable of str, optional
        Only these trials, as far as they are there.
    """
    if isinstance(trials, TrialFolder):
        return trials.only(variables, names)
    kept, some = set(variables), {name: trials[name] for name in _some(trials, names)}
    return {name: one.drop_vars([v for v in one.data_vars if v not in kept]) for name, one in some.items()}


def _some(trials: Iterable[str], names: Iterable[str] | None) -> list[str]:
    wanted = None if names is None else set(names)
    return [name for name in trials if wanted is None or name in wanted]
