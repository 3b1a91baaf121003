"""Marker-based motion capture, from C3D files to tidy joint angles and moments.

Names of the library are imported when they are first used; `__init__.pyi` lists them.
"""

import lazy_loader

_lazy, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    if name == "__version__":  # asked for only where it is needed: it may need git
        from biomech.io.software import version

        return version()
    return _lazy(name)
