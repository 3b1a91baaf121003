"""Paths of the files shipped with the package: Snakefile, workflow, profiles and example."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def home() -> Path:
    """Return the folder that holds `Snakefile`, `workflow/`, `profiles/`, `config/` and `data_example/`.

    It is that of the checkout where the package lies in one, else the folder `shipped` of the installed package.
    """
    installed = _PACKAGE / "shipped"
    return installed if installed.is_dir() else _PACKAGE.parent
