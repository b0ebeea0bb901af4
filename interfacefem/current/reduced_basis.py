# SPDX-License-Identifier: BSD-3-Clause
"""What the problems solved on a mesh tell about the next one.

Solutions for other parameters differ by few shapes (a reduced basis: A. Quarteroni, A. Manzoni,
F. Negri, Reduced Basis Methods for Partial Differential Equations, Springer 2016). The one in their
span that solves a problem best is found from the interface and small dense matrices alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.current.kinetics import Kinetics
from interfacefem.current.solver import CurrentSolver
from interfacefem.mpi import MPI

Array = npt.NDArray[np.floating]

_MAX_SHAPES = 60
_MAX_STEPS = 25
_STEP_TOLERANCE = 1e-8  # change of the potential over the largest potential
_LARGEST_CHANGE = 0.05  # V in a step
_INDEPENDENT = 1e-6  # a shape of which less than this share is new is rounding
_MAX_REMEMBERED = 500


@dataclass(frozen=True, eq=False)
class NearSolution:
    """The potential of least energy in the span of known ones.

    Attributes:
        coefficients: Of the shapes.
        inflow: ``i_app/k`` in V/m.
        at_facets: Potential in V at the nodes of each interface facet, as ``InterfaceTrace.dofs``.
        bulk_residual: What bulk and inflow leave at the owned unknowns of the interface, in V; the
            current through the interface balances it in the solution. It vanishes elsewhere.
        top_potential: Mean potential of the top in V.
    """

    coefficients: Array
    inflow: float
    at_facets: Array
    bulk_residual: Array
    top_potential: float


class ReducedBasis:
    """Potentials ``q unit + sum_j c_j shape_j`` with ``q = i_app/k``.

    ``unit`` satisfies the equations of bulk and top for ``q = 1``; the first shape is constant, and
    the others satisfy them without inflow. What is left to solve concerns the interface alone.
    Shapes are orthonormal on it.

    Args:
        solver: Of the mesh.
        unit: Owned unknowns of a potential over its q in m.

    Attributes:
        size: Number of shapes.

    Collective.
    """

    def __init__(self, solver: CurrentSolver, unit: Array) -> None:
        trace = solver.trace
        self._solver = solver
        self._comm: MPI.Comm = solver.interface_mesh.comm
        self._basis = trace.basis
        self._weights = trace.weights
        self._lengths = trace.weights.sum(axis=1)
        # named in full: a rank without facets leaves no size from which one could be inferred
        self._facet_nodes = trace.dofs.shape
        # of the points on each facet, the one next to its middle
        self._middle = int(np.argmin(np.abs(trace.linear_basis - 0.5).max(axis=1)))
        self._unit = _Shapes(solver, 1)
        self._unit.append(unit, inflow=1.0)
        self._shapes = _Shapes(solver, _MAX_SHAPES)
        self._constant = 1 / math.sqrt(solver.contact_size)
        self._shapes.append(np.full_like(unit, self._constant))
        at_points = self._unit.at_facets[0].reshape(self._facet_nodes) @ self._basis.T
        mean = self._sum(float(np.sum(self._weights * at_points)))
        self._constant_of_unit = mean * self._constant
        # coefficients of the problems that were found before, by their parameters
        self._parameters: Array = np.empty((0, 3))
        self._levels: list[float] = []
        self._coefficients: list[Array] = []
        self._matrix: Array = np.empty((0, 0))
        self._load: Array = np.empty(0)
        self._middles: Array = np.empty((0, len(self._lengths)))
        self._project()

    @property
    def size(self) -> int:
        """Number of shapes."""
        return self._shapes.number

    @property
    def unit(self) -> Array:
        """Owned unknowns of ``unit`` in m."""
        return self._unit.potentials[0]

    def learn(self, shape: Array) -> bool:
        """Widen the span by a shape.

        Args:
            shape: Owned unknowns of a potential that satisfies the equations of bulk and top
                without inflow, of any size.

        Returns:
            Whether the span is wider than before.

        Collective.
        """
        shapes = self._shapes
        at_facets = self._solver.at_facets(shape).ravel()
        before = self._norm(at_facets)
        if self.size == _MAX_SHAPES or not before > 0:
            return False
        known = np.zeros(self.size)
        for _ in range(2):  # twice is enough against rounding
            at_points = at_facets.reshape(self._facet_nodes) @ self._basis.T
            tested = ((self._weights * at_points) @ self._basis).ravel()
            products = self._sum(shapes.at_facets @ tested)
            at_facets = at_facets - products @ shapes.at_facets
            known += products
        after = self._norm(at_facets)
        if not after > _INDEPENDENT * before:
            return False
        shapes.append((shape - known @ shapes.potentials) / after)
        self._project()
        return True

    def nearest(
        self, law: Kinetics, conductivity: float, inflow: float, level: float
    ) -> NearSolution | None:
        """The potential that solves a problem best, its energy being least.

        Args:
            law: Charge transfer at the interface.
            conductivity: k in S/m.
            inflow: ``i_app/k`` in V/m.
            level: Estimate of the mean potential of the interface in V.

        Returns:
            The potential, or None where Newton's method leaves the range of the known ones.

        Collective.
        """
        fixed = inflow * self._unit.at_facets[0]
        # a law that never vanishes may carry its current at a potential below zero
        parameters = np.log([conductivity, inflow, max(level, np.finfo(float).tiny)])
        c = self._start(parameters, inflow, level)
        for _ in range(_MAX_STEPS):
            at_facets = (fixed + c @ self._shapes.at_facets).reshape(self._facet_nodes)
            phi = at_facets @ self._basis.T
            with np.errstate(over="ignore", invalid="ignore"):
                flux = (self._weights * law.current_density(phi)) @ self._basis
                # the tangent needs less accuracy than the residual: the middles of facets suffice
                slope = self._lengths * law.slope(phi[:, self._middle])
                tangent = (self._middles * slope) @ self._middles.T
                reaction = self._shapes.at_facets @ flux.ravel()
                system = self._sum(np.column_stack([tangent, reaction])) / conductivity
            if not np.isfinite(system).all():
                return None
            residual = system[:, -1] + self._matrix @ c + inflow * self._load
            step = np.linalg.solve(self._matrix + system[:, :-1], -residual)
            change, size = self._largest(step @ self._middles, phi)
            c = c + step * (_LARGEST_CHANGE / max(change, _LARGEST_CHANGE))
            if change <= _STEP_TOLERANCE * size:
                kept = slice(1 - _MAX_REMEMBERED, None)
                self._parameters = np.vstack([self._parameters[kept], parameters])
                self._levels = [*self._levels[kept], level]
                self._coefficients = [*self._coefficients[kept], c]
                return self._near(c, inflow)
        return None

    def potential(self, near: NearSolution) -> Array:
        """Owned unknowns of a potential in V."""
        shapes = self._shapes.potentials[: len(near.coefficients)]
        return near.inflow * self._unit.potentials[0] + near.coefficients @ shapes

    def _near(self, c: Array, inflow: float) -> NearSolution:
        unit, shapes = self._unit, self._shapes
        at_facets = inflow * unit.at_facets[0] + c @ shapes.at_facets
        return NearSolution(
            c,
            inflow,
            at_facets.reshape(self._facet_nodes),
            inflow * unit.residuals[0] + c @ shapes.residuals,
            float(inflow * unit.top_potentials[0] + c @ shapes.top_potentials),
        )

    def _start(self, parameters: Array, inflow: float, level: float) -> Array:
        """Coefficients of the problem found before that is most like this one, at its level."""
        c = np.zeros(self.size)
        # the first shape is constant and the others have no mean
        c[0] = level / self._constant - inflow * self._constant_of_unit
        if self._coefficients:
            apart = np.abs(self._parameters - parameters).sum(axis=1)
            # of equally near ones the last, which had the wider span
            number = len(apart) - 1 - int(np.argmin(apart[::-1]))
            known, q = self._coefficients[number], math.exp(self._parameters[number, 1])
            c[: len(known)] = known * (inflow / q)
            mean = known[0] + q * self._constant_of_unit
            shift = (level - self._levels[number]) / self._constant
            c[0] = mean + shift - inflow * self._constant_of_unit
        return c

    def _project(self) -> None:
        """Matrix and load of the bulk, extended by the shape that was appended last."""
        shapes, unit, known = self._shapes, self._unit, len(self._matrix)
        row = self._sum(shapes.residuals @ shapes.on_interface[-1])
        matrix = np.empty((self.size, self.size))
        matrix[:known, :known] = self._matrix
        matrix[-1], matrix[:, -1] = row, row
        self._matrix = matrix
        load = self._sum(float(shapes.on_interface[-1] @ unit.residuals[0]))
        self._load = np.append(self._load, load)
        at_facets = shapes.at_facets[-1].reshape(self._facet_nodes)
        self._middles = np.vstack([self._middles, at_facets @ self._basis[self._middle]])

    def _norm(self, at_facets: Array) -> float:
        at_points = at_facets.reshape(self._facet_nodes) @ self._basis.T
        return math.sqrt(self._sum(float(np.sum(self._weights * at_points**2))))

    def _largest(self, *arrays: Array) -> Array:
        largest = np.array([np.abs(array).max(initial=0.0) for array in arrays])
        if self._comm.size > 1:
            self._comm.Allreduce(MPI.IN_PLACE, largest, op=MPI.MAX)
        return largest

    def _sum(self, local):  # type: ignore[no-untyped-def]
        return local if self._comm.size == 1 else self._comm.allreduce(local, op=MPI.SUM)


class _Shapes:
    """Potentials with what is needed of them, a row each.

    Args:
        solver: Of the mesh.
        capacity: Number of them that there is room for.
    """

    def __init__(self, solver: CurrentSolver, capacity: int) -> None:
        self._solver = solver
        self.number = 0
        owned_on_interface = len(solver.owned_on_interface)
        self._columns = [
            np.empty((capacity, columns))
            for columns in (
                len(solver.top_load),
                solver.trace.dofs.size,
                owned_on_interface,
                owned_on_interface,
            )
        ]
        self._top_potentials = np.empty(capacity)

    @property
    def potentials(self) -> Array:
        """Owned unknowns."""
        return self._columns[0][: self.number]

    @property
    def at_facets(self) -> Array:
        """At the nodes of the interface facets, flattened."""
        return self._columns[1][: self.number]

    @property
    def residuals(self) -> Array:
        """Of the bulk equations at the owned unknowns of the interface."""
        return self._columns[2][: self.number]

    @property
    def on_interface(self) -> Array:
        """Potentials at the owned unknowns of the interface."""
        return self._columns[3][: self.number]

    @property
    def top_potentials(self) -> Array:
        """Means over the top."""
        return self._top_potentials[: self.number]

    def append(self, potential: Array, inflow: float = 0.0) -> None:
        """Add one; collective."""
        solver, row = self._solver, self.number
        residual = solver.bulk_residual(potential, inflow)
        self._columns[0][row] = potential
        self._columns[1][row] = solver.at_facets(potential).ravel()
        self._columns[2][row] = residual[solver.owned_on_interface]
        self._columns[3][row] = potential[solver.owned_on_interface]
        self._top_potentials[row] = solver.mean_over_top(potential)
        self.number += 1
