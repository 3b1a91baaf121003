"""Templates to pages: one HTML file each, with its styles, scripts and data inside it; nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from biomech.html_report.packed import script_json
from biomech.report.style import SESSION_COLOUR, SIDE_COLOURS

_FOLDER = "templates"


@cache
def environment() -> Environment:
    """Return the templates' environment: every value is escaped, and a name that a template misspells is an error."""
    loader = PackageLoader("biomech.html_report", _FOLDER)
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["axis"] = _axis
    return made


def render(template: str, scripts: Sequence[str], data: Mapping[str, Any] | None, **values: Any) -> str:
    """Return a whole page.

    Parameters
    ----------
    template : str
        Name of a file in ``templates/``.
    scripts : sequence of str
        Names of the page's own scripts, in the order in which they run; Plotly stands before them where `data` is given.
    data : mapping, optional
        JSON-ready, for the scripts.
    **values
        For the template.
    """
    own = [Markup(_text(name)) for name in scripts]
    style = Markup(_text("style.css"))
    embedded = Markup(script_json(data)) if data is not None else ""
    plotly = Markup(_plotly()) if data is not None else ""
    page = environment().get_template(template)
    return page.render(style=style, scripts=own, embedded=embedded, plotly=plotly, **values).rstrip() + "\n"


def colours(side_colours: str) -> dict[str, Any]:
    """Return the colours of sides and visits for the scripts; `side_colours` is a key of `biomech.report.style.SIDE_COLOURS`."""
    return {"sides": SIDE_COLOURS[side_colours], "visits": list(SESSION_COLOUR)}


def _text(name: str) -> str:
    return files("biomech.html_report").joinpath(_FOLDER, name).read_text(encoding="utf-8")


@cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    # an end of the script inside a string of it would end the element of the page
    return str(get_plotlyjs()).replace("</script", "<\\/script")


def _axis(value: float | None) -> str:
    """Return a place on an axis of 0 to 100 for a style or a drawing, kept within it."""
    return "0" if value is None else f"{min(max(value, 0.0), 100.0):.2f}"
