# SPDX-License-Identifier: BSD-3-Clause
"""What the problems solved on a mesh tell about the next one.

Solutions for other parameters differ by few shapes (a reduced basis: A. Quarteroni, A. Manzoni,
F. Negri, Reduced Basis Methods for Partial Differential Equations, Springer 2016). The one in their
span that solves a problem best is found from the interface's quadrature points and small dense
matrices alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from interfacefem.current.kinetics import Kinetics
from interfacefem.current.solver import CurrentSolver

Array = npt.NDArray[np.floating]

_MAX_SHAPES = 40
_MAX_STEPS = 20
# Newton's method converges quadratically: the error after a step this small, relative to the
# largest potential, is rounding
_STEP_TOLERANCE = 1e-6
_LARGEST_CHANGE = 0.05  # V in a step
_INDEPENDENT = 1e-8  # a shape smaller than this share of the solutions is rounding
_MAX_REMEMBERED = 500


@dataclass(frozen=True, eq=False)
class NearSolution:
    """The potential of least energy in the span of known ones.

    Attributes:
        potential: Local degrees of freedom in V, shape ``(n,)``.
        at_points: Potential in V at the quadrature points, shape ``(facets, points)``.
        bulk_residual: What bulk and inflow leave at the owned unknowns of the interface, in V; the
            current through the interface balances it in the solution. It vanishes elsewhere.
    """

    potential: Array
    at_points: Array
    bulk_residual: Array


class SolvedCases:
    """Potentials ``q unit + sum_j c_j shape_j`` with ``q = i_app/k``.

    ``unit`` is a solution over its q; the first shape is constant, the others are differences of
    such solutions. Each of these potentials satisfies the equations of bulk and top as the solved
    ones do, so that what is left to solve concerns the interface alone. Shapes are orthonormal
    on it.

    Args:
        solver: Of the mesh.

    Collective.
    """

    def __init__(self, solver: CurrentSolver) -> None:
        self._solver = solver
        self._comm: MPI.Comm = solver.interface_mesh.comm
        self._weights = solver.trace.weights.ravel()
        self._unit: _Shapes | None = None
        self._shapes = _Shapes(solver)
        # coefficients over q of the problems that were found before, by their parameters
        self._parameters: list[Array] = []
        self._coefficients: list[Array] = []

    def __len__(self) -> int:
        """Number of shapes."""
        return len(self._shapes.potentials)

    def add(self, potential: Array, inflow: float) -> None:
        """Learn from a solution.

        Args:
            potential: Its local degrees of freedom in V, ghosts included.
            inflow: ``i_app/k`` in V/m.

        Collective.
        """
        if self._unit is None:
            self._unit = _Shapes(self._solver)
            self._unit.append(potential / inflow, inflow=1.0)
            size = self._sum(float(self._weights.sum()))
            self._shapes.append(np.full_like(potential, 1 / math.sqrt(size)))
        elif len(self) < _MAX_SHAPES:
            shape = potential / inflow - self._unit.potentials[0]
            for _ in range(2):  # twice is enough against rounding
                at_points = self._solver.trace.at_quadrature(shape).ravel()
                products = self._shapes.at_points @ (self._weights * at_points)
                shape = shape - self._sum(products) @ self._shapes.potentials
            norm = self._norm(self._solver.trace.at_quadrature(shape))
            if norm <= _INDEPENDENT * self._norm(self._unit.at_points):
                return
            self._shapes.append(shape / norm)
        self._project()

    def nearest(self, law: Kinetics, conductivity: float, inflow: float, level: float) -> (
        NearSolution | None
    ):
        """The potential that solves a problem best, its energy being least.

        Args:
            law: Charge transfer at the interface.
            conductivity: k in S/m.
            inflow: ``i_app/k`` in V/m.
            level: Estimate of the mean potential of the interface in V.

        Returns:
            The potential, or None where no case is known or Newton's method leaves the range of the
            known ones.

        Collective.
        """
        if self._unit is None:
            return None
        basis = self._shapes.at_points
        fixed = inflow * self._unit.at_points[0]
        parameters = np.log([conductivity, inflow, level])
        c = self._start(parameters, inflow, level)
        for _ in range(_MAX_STEPS):
            phi = fixed + c @ basis
            with np.errstate(over="ignore", invalid="ignore"):
                reaction = basis @ (self._weights * law.current_density(phi))
                tangent = (basis * (self._weights * law.slope(phi))) @ basis.T
                system = self._sum(np.column_stack([tangent, reaction])) / conductivity
            if not np.isfinite(system).all():
                return None
            residual = system[:, -1] + self._matrix @ c + inflow * self._load
            step = np.linalg.solve(self._matrix + system[:, :-1], -residual)
            change, size = self._largest(step @ basis, phi)
            c = c + step * (_LARGEST_CHANGE / max(change, _LARGEST_CHANGE))
            if change <= _STEP_TOLERANCE * size:
                self._remember(parameters, c / inflow)
                return self._near(c, inflow)
        return None

    def _near(self, c: Array, inflow: float) -> NearSolution:
        assert self._unit is not None
        potential, at_points, residual = (
            inflow * unit[0] + c @ shapes
            for unit, shapes in zip(self._unit.arrays, self._shapes.arrays, strict=True)
        )
        return NearSolution(
            potential, at_points.reshape(self._solver.trace.weights.shape), residual
        )

    def _start(self, parameters: Array, inflow: float, level: float) -> Array:
        """Coefficients of the problem found before that is most like this one, at its level."""
        assert self._unit is not None
        c = np.zeros(len(self))
        if self._parameters:
            apart = np.abs(np.array(self._parameters) - parameters).sum(axis=1)
            known = self._coefficients[int(np.argmin(apart))]
            c[: len(known)] = known * inflow
        # the first shape is constant and the others have no mean
        constant = self._shapes.at_points[:1]
        mean = self._sum(constant @ (self._weights * self._unit.at_points[0]))[0]
        root = 1 / self._shapes.potentials[0, 0]
        c[0] = level * root - inflow * mean
        return c

    def _remember(self, parameters: Array, coefficients: Array) -> None:
        self._parameters = [*self._parameters[1 - _MAX_REMEMBERED :], parameters]
        self._coefficients = [*self._coefficients[1 - _MAX_REMEMBERED :], coefficients]

    def _project(self) -> None:
        assert self._unit is not None
        self._matrix = self._sum(self._shapes.on_interface() @ self._shapes.residuals.T)
        self._load = self._sum(self._shapes.on_interface() @ self._unit.residuals[0])

    def _norm(self, at_points: Array) -> float:
        return math.sqrt(self._sum(float(self._weights @ at_points.ravel() ** 2)))

    def _largest(self, *arrays: Array) -> Array:
        largest = np.array([np.abs(array).max(initial=0.0) for array in arrays])
        self._comm.Allreduce(MPI.IN_PLACE, largest, op=MPI.MAX)
        return largest

    def _sum(self, local):  # type: ignore[no-untyped-def]
        return local if self._comm.size == 1 else self._comm.allreduce(local, op=MPI.SUM)


class _Shapes:
    """Potentials with what is needed of them at the interface.

    Attributes:
        potentials: Local degrees of freedom, a row each.
        at_points: At the quadrature points.
        residuals: Of the bulk equations at the owned unknowns of the interface.
    """

    def __init__(self, solver: CurrentSolver) -> None:
        self._solver = solver
        self.potentials: Array = np.empty((0, len(solver.with_ghosts(solver.top_load))))
        self.at_points: Array = np.empty((0, solver.trace.weights.size))
        self.residuals: Array = np.empty((0, len(solver.owned_on_interface)))

    @property
    def arrays(self) -> tuple[Array, Array, Array]:
        """All of them."""
        return self.potentials, self.at_points, self.residuals

    def on_interface(self) -> Array:
        """Potentials at the owned unknowns of the interface."""
        return self.potentials[:, self._solver.owned_on_interface]

    def append(self, potential: Array, inflow: float = 0.0) -> None:
        """Add one; collective."""
        at_points = self._solver.trace.at_quadrature(potential).ravel()
        residual = self._solver.bulk_residual(potential, inflow)
        residual = residual[self._solver.owned_on_interface]
        self.potentials = np.vstack([self.potentials, potential])
        self.at_points = np.vstack([self.at_points, at_points])
        self.residuals = np.vstack([self.residuals, residual])
