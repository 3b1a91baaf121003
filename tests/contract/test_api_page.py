"""Every public name of the package stands on docs/api.md, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import biomech

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_public_name_is_on_the_page() -> None:
    shown = [name.rsplit(".", 1)[1] for name in re.findall(r"^::: (biomech\.[\w.]+)$", PAGE, re.MULTILINE)]
    assert sorted(shown) == sorted(set(biomech.__all__) - {"__version__"})
