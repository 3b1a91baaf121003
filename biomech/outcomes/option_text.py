"""Values of options in the texts of metrics: a text names an option, its value is that of the config at hand."""

from __future__ import annotations

import re
from operator import attrgetter

from biomech.config.outcomes import Metrics

_PLACE = re.compile(r"\[\[([a-z_.]+)\|(\d+)\|([^\]]*)\]\]")


def option(path: str, unit: str = "", factor: int = 1) -> str:
    """Return the place of an option in a text, which `with_values` fills.

    Parameters
    ----------
    path : str
        Below the section `metrics`, for example ``coordination.onset_share``.
    unit : str
        Written behind the value.
    factor : int
        From the option's value to this unit.
    """
    return f"[[{path}|{factor}|{unit}]]"


def with_values(text: str, options: Metrics) -> str:
    """Return a text with the value and the name of every option in it, ``10 % (`metrics.coordination.onset_share`)``."""

    def words(found: re.Match[str]) -> str:
        path, factor, unit = found.groups()
        value = f"{int(factor) * attrgetter(path)(options):g}"
        return f"{value} {unit} (`metrics.{path}`)" if unit else f"{value} (`metrics.{path}`)"

    return _PLACE.sub(words, text)
