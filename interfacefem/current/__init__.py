# SPDX-License-Identifier: BSD-3-Clause
"""Current distribution at a rough interface: kinetics, solver, metrics."""

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
