# SPDX-License-Identifier: BSD-3-Clause
"""Current distribution at a rough interface: kinetics, solver, error estimate, metrics.

In: a profile or a height map and a cell. Out: potential and current along the interface, its
metrics over windows, sweeps over parameters. Called by the front door, ``assessment`` and studies.

Names are loaded when used: the kinetics serve rooms that need no finite elements.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interfacefem.current.kinetics import (
        ButlerVolmer,
        InSeriesWithFilm,
        LinearKinetics,
        TafelKinetics,
    )
    from interfacefem.current.problem import CurrentProblem
    from interfacefem.current.solution import CurrentSolution
    from interfacefem.current.solver import CurrentSolver, solve_current

__all__ = [
    "ButlerVolmer",
    "CurrentProblem",
    "CurrentSolution",
    "CurrentSolver",
    "InSeriesWithFilm",
    "LinearKinetics",
    "TafelKinetics",
    "solve_current",
]

_MODULES = {
    "CurrentProblem": "problem",
    "CurrentSolution": "solution",
    "CurrentSolver": "solver",
    "solve_current": "solver",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULES.get(name, 'kinetics')}")
    return getattr(module, name)
