"""Packages that pumice works without."""

from __future__ import annotations

import importlib
from types import ModuleType

from ._errors import UnavailableError


def require(name: str, extra: str) -> ModuleType:
    """Imports a package, or says how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        message = f"this needs {package}, which cannot be imported ({error}): pip install 'pumice[{extra}]'"
        raise UnavailableError(message) from error
