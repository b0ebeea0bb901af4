# SPDX-License-Identifier: BSD-3-Clause
"""Current and stress concentration at rough solid-electrolyte interfaces.

::

    import interfacefem as ifem

    traced = ifem.trace("section.tif")
    current = ifem.solve_current(traced.sections[0], ifem.Cell())
    current.plot().savefig("current.png")

The names below are loaded when they are used (docs/scripting.md). A quantity is text with its
unit, a pint quantity, or a number in SI; inside, everything is in SI (metres, amperes, volts,
pascals). The way data flows::

    Micrograph (+ Guide) -> Section -> InterfaceMesh -> CurrentSolution / ContactSolution
    -> readings over windows -> value of an image -> value of a group -> report
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from interfacefem.version import __version__

if TYPE_CHECKING:
    from interfacefem.api.cathode import cathode
    from interfacefem.api.contact import solve_contact
    from interfacefem.api.current import solve_current
    from interfacefem.api.descriptors import describe, pores
    from interfacefem.api.eis import eis
    from interfacefem.api.interface import impedance, solve_interface
    from interfacefem.api.mill import mill
    from interfacefem.api.particles import particles
    from interfacefem.api.reading import (
        read_height_map,
        read_micrograph,
        read_profile,
        read_volume,
    )
    from interfacefem.api.risk import risk
    from interfacefem.api.segment import segment
    from interfacefem.api.study import load_study, run_study
    from interfacefem.api.sweep import sweep
    from interfacefem.api.trace import trace
    from interfacefem.api.transport import transport
    from interfacefem.errors import ConvergenceError, InputError
    from interfacefem.parameters.cell import Cell

# where each name lives; nothing of it is imported before it is used
_HOMES = {
    "cathode": "interfacefem.api.cathode",
    "Cell": "interfacefem.parameters.cell",
    "ConvergenceError": "interfacefem.errors",
    "InputError": "interfacefem.errors",
    "describe": "interfacefem.api.descriptors",
    "eis": "interfacefem.api.eis",
    "impedance": "interfacefem.api.interface",
    "load_study": "interfacefem.study.table",
    "mill": "interfacefem.api.mill",
    "particles": "interfacefem.api.particles",
    "pores": "interfacefem.api.descriptors",
    "read_height_map": "interfacefem.api.reading",
    "read_micrograph": "interfacefem.api.reading",
    "read_profile": "interfacefem.api.reading",
    "read_volume": "interfacefem.api.reading",
    "risk": "interfacefem.api.risk",
    "run_study": "interfacefem.api.study",
    "segment": "interfacefem.api.segment",
    "solve_contact": "interfacefem.api.contact",
    "solve_current": "interfacefem.api.current",
    "solve_interface": "interfacefem.api.interface",
    "sweep": "interfacefem.api.sweep",
    "trace": "interfacefem.api.trace",
    "transport": "interfacefem.api.transport",
}

__all__ = [
    "Cell",
    "ConvergenceError",
    "InputError",
    "__version__",
    "cathode",
    "describe",
    "eis",
    "impedance",
    "load_study",
    "mill",
    "particles",
    "pores",
    "read_height_map",
    "read_micrograph",
    "read_profile",
    "read_volume",
    "risk",
    "run_study",
    "segment",
    "solve_contact",
    "solve_current",
    "solve_interface",
    "sweep",
    "trace",
    "transport",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = getattr(importlib.import_module(_HOMES[name]), name)
    except ImportError as error:
        from interfacefem.errors import MissingSolverError, of_the_solver

        if of_the_solver(error):
            raise MissingSolverError(name, error) from error
        raise
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
