# SPDX-License-Identifier: BSD-3-Clause
"""This project with its default settings."""

from __future__ import annotations

import math

from interfacefem.current import CurrentSolution, CurrentSolver
from interfacefem.current.error_estimate import ErrorEstimate, estimate_error
from interfacefem.current.related_problems import RelatedProblems
from interfacefem.current.unit import in_spread_order
from interfacefem.meshing import MeshSettings, distribute, mesh_profile
from interfacefem.mpi import MPI
from interfacefem.surfaces import Profile
from peers.cases import HEIGHT, Answer, Laps, current_problem

NAME = "interfacefem"


class Program:
    """One geometry.

    Args:
        profile: The interface.
        density: ``MeshSettings.interface_edges``; 0 for the default.
        laps: Where CPU time goes.
    """

    solution: CurrentSolution

    def __init__(self, profile: Profile, density: float, laps: Laps) -> None:
        settings = MeshSettings(interface_edges=int(density)) if density else MeshSettings()
        with laps("mesh"):
            triangulation = mesh_profile(profile, HEIGHT, settings)
        with laps("convert"):
            mesh = distribute(triangulation, MPI.COMM_SELF)
        with laps("set-up"):
            self.solver = CurrentSolver(mesh)
        self.cells = len(triangulation.triangles)

    def solve(self, exchange: float, applied: float) -> Answer:
        """Factors are kept from one problem to the next."""
        self.solution = self.solver.solve(current_problem(exchange, applied))
        current = self.solution.samples.current_density
        ratio = float(current.max() / current.min())
        dofs = self.solver.space.dofmap.index_map.size_global
        return Answer(ratio - 1, self.cells, dofs, self.solution.newton_steps)

    def sweep(self, points: list[tuple[float, float]], accuracy: float) -> list[float]:
        """i_max/i_min - 1 at each point of the grid, as ``current --sweep`` solves it.

        Args:
            points: i0 and i_app in A/m^2.
            accuracy: Of i_max/i_min - 1 against the solution on the mesh.
        """
        related = RelatedProblems(self.solver, accuracy)
        found = {}
        for number in in_spread_order([(math.log(i0), math.log(load)) for i0, load in points]):
            current = related.solve(current_problem(*points[number])).samples.current_density
            found[number] = float(current.max() / current.min()) - 1
        return [found[number] for number in range(len(points))]

    def estimate_error(self) -> ErrorEstimate:
        """Bound on the error of the problem solved last."""
        estimate = estimate_error(self.solver, self.solution)
        assert estimate is not None
        return estimate
