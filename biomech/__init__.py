"""Marker-based motion capture, from C3D files to tidy joint angles and moments."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name: str) -> str:
        """Return ``__version__`` when it is asked for: it may need git."""
        if name == "__version__":
            from biomech.io.software import version

            return version()
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
