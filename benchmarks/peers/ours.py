# SPDX-License-Identifier: BSD-3-Clause
"""This project with its default settings."""

from __future__ import annotations

from mpi4py import MPI

from interfacefem.current import CurrentSolution, CurrentSolver
from interfacefem.current.certificate import Certificate, certify
from interfacefem.meshing import MeshSettings, distribute, mesh_profile
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

    def solve_point(self, exchange: float, applied: float) -> None:
        """One point of a sweep, with the factors of the points before."""
        self.solver.solve(current_problem(exchange, applied))

    def certify(self) -> Certificate:
        """Bound on the error of the problem solved last."""
        certificate = certify(self.solver, self.solution)
        assert certificate is not None
        return certificate
