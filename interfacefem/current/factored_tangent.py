# SPDX-License-Identifier: BSD-3-Clause
"""Linear systems of Newton's method in the plane, with few factorisations for many of them."""

from __future__ import annotations

import collections
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import dolfinx
import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from interfacefem.current.interface_trace import InterfaceTrace
from interfacefem.current.tangent_solver import (
    MAX_CG_ITERATIONS,
    add_interface_mass,
    log_mean,
    preconditioned_cg,
)
from interfacefem.errors import ConvergenceError
from interfacefem.mpi import MPI

Array = npt.NDArray[np.floating]

# A factor for one slope di/dphi preconditions the tangents of others: conjugate gradients need
# about sqrt(ratio of slopes) iterations, each a thirtieth of a factorisation.
_SLOPES_PER_DECADE = 2
_FARTHEST = 1.5  # decades between a slope and the factor that serves it
_FACTOR_WORTH = 24  # iterations
_FEWEST = 2  # iterations that the factor of the very slope needs too
MAX_FACTORS = 12
_LEAST_SPREAD = 1e-8  # of the slope along one facet, in a factor
_LEAST_SLOPE = 1e-9  # over one by the interface's length; the bulk's stiffness drowns less
_ADVICE = "check the units of conductivity and exchange current density"


@dataclass(frozen=True, eq=False)
class _Factor:
    """Cholesky's factor of ``K + M(slope)``, slope at the quadrature points.

    ``greens`` are solutions for point loads at nodes of the interface, there, by arc length.
    """

    ksp: PETSc.KSP
    slope: Array
    greens: dict[float, Array] = field(default_factory=dict)


class FactoredTangent:
    """Solves ``(K + M(s)) x = b``: bulk stiffness K and interface mass with slopes s.

    Conjugate gradients, preconditioned by Cholesky's factor of ``P = K + M(s0)`` for a uniform
    slope s0. As ``P`` times a preconditioned residual is that residual, the tangent
    ``P + M(s - s0)`` is applied from what is known at the interface: it is never assembled, and
    iterations cost little but the two triangular solves. Factors are kept for later problems, such
    as those of a parameter sweep; one serves all slopes near its own until the iterations this
    costs would have paid for another.

    Args:
        stiffness: Assembled matrix of ``grad u . grad v``.
        trace: The interface.
        index_map: Of the unknowns.
        on_interface: Owned unknowns on the interface.

    Attributes:
        factorisations: Number of factors so far.
        iterations: Number of iterations of conjugate gradients so far.

    Collective.
    """

    def __init__(
        self,
        stiffness: PETSc.Mat,
        trace: InterfaceTrace,
        index_map: dolfinx.common.IndexMap,
        on_interface: npt.NDArray[np.int32],
    ) -> None:
        self._stiffness = stiffness
        self._trace = trace
        self._on_interface = on_interface
        self._owned = index_map.size_local
        self._ghosted = dolfinx.la.vector(index_map)
        self._right, self._left = stiffness.createVecs()
        self._factors: dict[int, _Factor] = {}
        self._spent: collections.Counter[int] = collections.Counter()
        self._comm = stiffness.comm.tompi4py()
        length = self._comm.allreduce(float(trace.weights.sum()), op=MPI.SUM)
        self._least_slope = _LEAST_SLOPE / length
        self.factorisations = 0
        self.iterations = 0

    def set_slope(self, slope: Array) -> None:
        """Set the interface slope ``(di/dphi)/k`` in 1/m at the quadrature points.

        Shape ``(facets, points)``. Slopes that rounding would lose beside the bulk's stiffness are
        raised to what can be factored: this moves the mean of a solution alone. Collective.
        """
        slope = np.maximum(slope, self._least_slope)
        self._slope = slope
        mean = log_mean(self._trace, slope, self._comm)
        self._bucket = round(math.log10(mean) * _SLOPES_PER_DECADE)
        self._factor = self._serving_factor(mean)

    def solve(self, right_hand_side: Array, rtol: float) -> Array:
        """Solve with the slopes set last, to a relative residual ``rtol`` in the factor's norm.

        Args:
            right_hand_side: At the owned unknowns.
            rtol: Relative to the norm of the right-hand side.

        Raises:
            ConvergenceError: The factorisation or conjugate gradients failed.

        Collective.
        """
        solution = self._iterate(right_hand_side, rtol)
        if solution is None:
            # slopes spread too far for a factor of uniform slope, as in deep pores
            # (a facet's mass of slopes beyond this spread is not definite to rounding)
            largest = self._slope.max(axis=1, keepdims=True, initial=0.0)
            self._factor = self._factorise(np.maximum(self._slope, _LEAST_SPREAD * largest))
            solution = self._iterate(right_hand_side, rtol)
        if solution is None:
            raise ConvergenceError(f"the linear system was not solved; {_ADVICE}")
        return solution

    def factor_solution(self, right_hand_side: Array) -> Array:
        """Solution for the uniform slope of the factor that serves; collective.

        Args:
            right_hand_side: At the owned unknowns.
        """
        return self._apply_factor(right_hand_side)

    def without_bulk_residual(self, owned: Array) -> Array:
        """A vector x changed so that ``K x`` vanishes off the interface; collective."""
        self._right.array[:] = owned
        self._stiffness.mult(self._right, self._left)
        product = self._left.array + self._interface_mass(self._factor.slope, owned)
        on_interface = np.zeros_like(product)
        on_interface[self._on_interface] = product[self._on_interface]
        return self._apply_factor(on_interface)

    def largest_at(self, nodes: Sequence[float], on_interface: Array) -> float:
        """Estimate of the largest ``|x|`` of ``T x = b`` at nodes of the interface.

        From Green's functions of the factored matrix, which are kept: ``y`` for its uniform slope
        s0 in place of s. Where b has one sign, ``|x| <= max(1, s0/min s) |y|`` by the maximum
        principle of the Robin problem. The largest of these is taken over all nodes that were asked
        for since the factor was made.

        Args:
            nodes: Arc lengths in m.
            on_interface: b at the owned unknowns of the interface; it is zero elsewhere.

        Collective.
        """
        factor = self._factor
        for arc_length in nodes:
            if arc_length not in factor.greens:
                load = self._trace.point_load(arc_length, self._ghosted)
                factor.greens[arc_length] = self._apply_factor(load)[self._on_interface]
        at_nodes = np.array([green @ on_interface for green in factor.greens.values()])
        stiffer = (factor.slope / self._slope).max(initial=1.0)
        at_nodes = self._comm.allreduce(at_nodes, op=MPI.SUM)
        return float(self._comm.allreduce(stiffer, op=MPI.MAX) * np.abs(at_nodes).max())

    def _iterate(self, right_hand_side: Array, rtol: float) -> Array | None:
        difference = self._slope - self._factor.slope
        solution = np.zeros_like(right_hand_side)
        residual = right_hand_side.copy()
        direction = np.zeros_like(residual)
        product = np.zeros_like(residual)  # of the factored matrix and the direction
        smallest, previous = 0.0, math.inf
        for iteration in range(MAX_CG_ITERATIONS + 1):
            preconditioned = self._apply_factor(residual)
            size = self._dot(residual, preconditioned)
            if not (math.isfinite(size) and size >= 0):
                return None
            if iteration == 0:
                smallest = rtol**2 * size
            if size <= smallest:
                self._spent[self._bucket] += max(0, iteration - _FEWEST)
                return solution
            direction = preconditioned + (size / previous) * direction
            product = residual + (size / previous) * product
            tangent = product + self._interface_mass(difference, direction)
            step = size / self._dot(direction, tangent)
            solution += step * direction
            residual -= step * tangent
            previous = size
            self.iterations += 1
        return None

    def _apply_factor(self, residual: Array) -> Array:
        self._right.array[:] = residual
        self._factor.ksp.getPC().apply(self._right, self._left)
        return self._left.array.copy()

    def _at_facets(self, owned: Array) -> Array:
        self._ghosted.array[: self._owned] = owned
        self._ghosted.scatter_forward()
        return self._ghosted.array[self._trace.dofs]

    def _interface_mass(self, slope: Array, owned: Array) -> Array:
        """``M(slope)`` times a vector."""
        at_points = self._at_facets(owned) @ self._trace.basis.T
        return self._trace.summed(self._trace.residual(slope * at_points), self._ghosted)

    def _dot(self, first: Array, second: Array) -> float:
        return self._comm.allreduce(float(first @ second), op=MPI.SUM)

    def _serving_factor(self, slope: float) -> _Factor:
        bucket = self._bucket
        if bucket in self._factors:
            return self._factors[bucket]
        if self._factors:
            near = min(self._factors, key=lambda entry: abs(entry - bucket))
            apart = abs(near - bucket) / _SLOPES_PER_DECADE
            if apart <= _FARTHEST and self._spent[bucket] < _FACTOR_WORTH:
                return self._factors[near]
        if len(self._factors) >= MAX_FACTORS:
            farthest = max(self._factors, key=lambda entry: abs(entry - bucket))
            self._factors.pop(farthest).ksp.destroy()
        self._factors[bucket] = self._factorise(np.full_like(self._trace.weights, slope))
        return self._factors[bucket]

    def _factorise(self, slope: Array) -> _Factor:
        matrix = self._stiffness.duplicate(copy=True)
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        add_interface_mass(matrix, self._trace, slope)
        self.factorisations += 1
        try:
            return _Factor(preconditioned_cg(matrix, multigrid=False), slope)
        except PETSc.Error:
            raise ConvergenceError(
                f"the linear system could not be factorised; {_ADVICE}"
            ) from None
