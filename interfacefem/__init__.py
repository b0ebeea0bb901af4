# SPDX-License-Identifier: BSD-3-Clause
"""Current and stress concentration at rough solid-electrolyte interfaces.

The way data flows::

    image -> Micrograph -> Profile -> InterfaceMesh -> CurrentSolution -> metrics -> report

Everything inside is in SI units (metres, amperes, volts, pascals); units are named only where
people read or write: in case files, CSV columns, JSON keys and figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interfacefem.study.table import load_study

__all__ = ["__version__", "load_study"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name == "load_study":  # pandas is slow to import
        from interfacefem.study.table import load_study

        return load_study
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
