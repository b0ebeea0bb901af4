# SPDX-License-Identifier: BSD-3-Clause
"""An estimate of the discretisation error of the current ratio and of the excess over windows.

The goals are ``J(u) = ln i_max - ln i_min`` over the whole interface, and the mean over windows of
``ln(i_max/i_min - 1)``, whose derivative weights the extremes of all windows. With the dual
solution ``z`` of ``a'(u)(v, z) = J'(u)(v)`` the error is a sum over cells of residuals of ``u``
times what ``z`` has beyond the mesh (Becker and Rannacher, Acta Numerica 10, 1 (2001)). The second
factor is estimated by the residuals of ``z`` itself and the sum is taken of absolute values, so
that nothing cancels.
Constants are set to one, as they are for a point load: the estimate was never below the true error
on independent references (8 to 470 times above it), but no bound is proved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.current.cell_values import CellValues, gather_cells
from interfacefem.current.solution import CurrentSolution
from interfacefem.current.solver import CurrentSolver
from interfacefem.current.windows import UNIFORM, WindowPlaces, excess_gradient, read_windows
from interfacefem.meshing.interface_mesh import InterfaceMesh
from interfacefem.meshing.triangulation import Boundary

Array = npt.NDArray[np.floating]

_DUAL_TOLERANCE = 1e-6
_LARGEST_ERROR = 50.0  # beyond this the estimate says nothing and its exponential overflows
# two Gauss points on an edge: exact for the square of a linear function
_NEXT, _LAST = [1, 2, 0], [2, 0, 1]  # corners at the ends of the edge opposite to each
_GAUSS = np.array([0.5 - math.sqrt(3) / 6, 0.5 + math.sqrt(3) / 6])


@dataclass(frozen=True, eq=False)
class Certificate:
    """Estimate of the error of the current ratio, and where it comes from.

    Attributes:
        log_ratio_error: Of ``ln(i_max/i_min)``.
        ratio_minus_one_error: Relative, of ``i_ratio - 1``; zero where the current is uniform to
            rounding.
        by_triangle: Contribution of each triangle to ``log_ratio_error``, in the order of the
            triangulation, on every rank; shape ``(m,)``.
        excess_error: Relative, of the excess over windows; None where no windows were given or
            their excess cannot be formed, zero where the current is uniform to rounding.
        excess_by_triangle: Contribution of each triangle to the error of the logarithm of the
            excess; None with it.
    """

    log_ratio_error: float
    ratio_minus_one_error: float
    by_triangle: Array
    excess_error: float | None = None
    excess_by_triangle: Array | None = None

    @property
    def largest(self) -> tuple[float, Array]:
        """The larger of the two relative errors, and where it comes from."""
        if self.excess_by_triangle is None or self.excess_error is None:
            return self.ratio_minus_one_error, self.by_triangle
        if self.excess_error <= self.ratio_minus_one_error:
            return self.ratio_minus_one_error, self.by_triangle
        return self.excess_error, self.excess_by_triangle


def certify(
    solver: CurrentSolver, solution: CurrentSolution, places: WindowPlaces | None = None
) -> Certificate | None:
    """Estimate the error of ``i_max/i_min``; None where the ratio cannot be formed.

    In the primary limit nothing is estimated: at re-entrant corners of a polygon the current
    density itself is not bounded. Nor is it for a solution on tetrahedra.

    Args:
        solver: That found the solution.
        solution: With elements of degree 1 or 2.
        places: Windows whose excess is a goal of its own; costs one more dual solution.

    Raises:
        ConvergenceError: The dual problem was not solved.

    Collective.
    """
    law = solution.problem.kinetics
    samples = solution.samples
    current = samples.current_density
    highest, lowest = int(np.argmax(current)), int(np.argmin(current))
    domain = solution.interface_mesh
    if law is None or current[lowest] <= 0 or not isinstance(domain, InterfaceMesh):
        return None
    conductivity = solution.problem.conductivity
    slopes = law.slope(samples.potential)
    goals: list[Array] = [np.zeros(len(current))]
    goals[0][highest], goals[0][lowest] = 1 / current[highest], -1 / current[lowest]
    goals[0] *= slopes
    if places is not None:
        readings = read_windows(samples, places, applied_current_density=1.0)
        if readings.excess:
            goals.append(excess_gradient(samples, readings, slopes))
    duals = [
        solver.solve_dual(
            solution,
            {float(samples.arc_length[node]): float(goal[node]) for node in np.flatnonzero(goal)},
            _DUAL_TOLERANCE,
        )
        for goal in goals
    ]
    cells = gather_cells(domain, [solution.potential, *duals])
    geometry = _Geometry(cells)
    phi, *found = (_quadratic(values) for values in cells.values)
    on_interface = geometry.on_edges(phi, Boundary.INTERFACE)
    residual = geometry.residual(
        phi,
        interface=law.current_density(on_interface) / conductivity,
        top=-solution.problem.applied_current_density / conductivity,
    )
    slope_on_interface = law.slope(on_interface) / conductivity

    def contributions(z: Array) -> Array:
        """Of each triangle, in the order of the triangulation."""
        reaction = slope_on_interface * geometry.on_edges(z, Boundary.INTERFACE)
        by_triangle = np.empty(len(phi))
        by_triangle[cells.input_index] = residual * geometry.residual(
            z, interface=reaction, top=0.0
        )
        return by_triangle

    by_triangle, *of_excess = (contributions(z) for z in found)
    error = float(by_triangle.sum())
    ratio = float(current[highest] / current[lowest])
    relative = 0.0
    # over a flat interface both are rounding errors
    if error + ratio - 1 > UNIFORM:
        relative = ratio * math.expm1(min(error, _LARGEST_ERROR)) / max(ratio - 1, UNIFORM)
    if places is None:
        return Certificate(error, relative, by_triangle)
    if not of_excess:
        flat = None if readings.excess is None else 0.0
        return Certificate(error, relative, by_triangle, flat)
    of_logarithm = min(float(of_excess[0].sum()), _LARGEST_ERROR)
    return Certificate(error, relative, by_triangle, math.expm1(of_logarithm), of_excess[0])


class _Geometry:
    """Residuals of cell-wise quadratic functions on triangles.

    Edge ``i`` of a triangle lies opposite to its corner ``i`` and runs from corner ``i + 1`` to
    ``i + 2``. Values on edges have the shape ``(triangles, 3, points)``, the points in the same
    order seen from both sides.
    """

    def __init__(self, cells: CellValues) -> None:
        corners, numbers = cells.corners, cells.corner_numbers
        start, end = corners[:, _NEXT], corners[:, _LAST]
        x, y = np.moveaxis(end - start, 2, 0)
        double = np.abs(x[:, 0] * y[:, 1] - x[:, 1] * y[:, 0])
        # scalar products of the gradients of the barycentric coordinates
        self.products = (x[:, :, None] * x[:, None] + y[:, :, None] * y[:, None]) / (
            double[:, None, None] ** 2
        )
        self.areas = double / 2
        self.lengths = np.hypot(x, y)
        self.diameters = self.lengths.max(axis=1)
        # outward normal derivative of coordinate j on edge i
        self.normal = self.products * (-double[:, None] / self.lengths)[:, :, None]
        self.degree = 2 if cells.values[0].shape[1] == 6 else 1
        self.tags = cells.edge_tags
        self.edges = cells.edge_numbers
        forward = numbers[:, _NEXT] < numbers[:, _LAST]
        self.along = np.where(forward[..., None], _GAUSS, 1 - _GAUSS)

    def on_edges(self, values: Array, tag: int) -> Array:
        """A function at the points of the edges with a tag, shape ``(edges, points)``."""
        where = self.tags == tag
        along = self.along[where]
        start, end, middle = (
            values[:, columns][where][:, None] for columns in (_NEXT, _LAST, [3, 4, 5])
        )
        rest = 1 - along
        return (
            start * rest * (rest - along) + end * along * (along - rest) + middle * 4 * rest * along
        )

    def flux(self, values: Array) -> Array:
        """Outward normal derivative at the points of each edge."""
        # derivatives with respect to the barycentric coordinates, linear along each edge
        by_coordinate = (values @ _DERIVATIVES).reshape(-1, 3, 3)
        at_corners = self.normal @ by_coordinate
        start = at_corners[:, range(3), _NEXT][..., None]
        end = at_corners[:, range(3), _LAST][..., None]
        return start + (end - start) * self.along

    def laplacian(self, values: Array) -> Array:
        """Constant on each triangle."""
        squares = self.products[:, range(3), range(3)]
        mixed = self.products[:, _NEXT, _LAST]
        return np.sum(4 * values[:, :3] * squares + 8 * values[:, 3:] * mixed, axis=1)

    def residual(self, values: Array, *, interface: Array, top: float) -> Array:
        """Residual norm of each triangle, weighted with diameter over polynomial degree.

        Args:
            values: Coefficients.
            interface: What the normal derivative is balanced by at the points of the edges on the
                interface.
            top: The same at the top.
        """
        flux = self.flux(values)
        numbers = self.edges.ravel()
        on_edges = np.stack(
            [np.bincount(numbers, flux[..., p].ravel())[self.edges] for p in range(flux.shape[2])],
            axis=2,
        )
        # a jump belongs to two triangles, a boundary residual to one
        on_edges[self.tags == 0] /= 2
        on_edges[self.tags == Boundary.INTERFACE] += interface
        on_edges[self.tags == Boundary.TOP] += top
        boundary = np.sum(self.lengths * np.mean(on_edges**2, axis=2), axis=1)
        inside = self.areas * self.laplacian(values) ** 2
        weight = self.diameters / self.degree
        return np.sqrt(weight**2 * inside + weight * boundary)


def _quadratic(values: Array) -> Array:
    """Coefficients of the quadratic basis, shape ``(m, 6)``, of a function of degree 1 or 2."""
    if values.shape[1] == 6:
        return values
    return np.hstack([values, (values[:, _NEXT] + values[:, _LAST]) / 2])


def _derivatives() -> Array:
    """From the six coefficients to derivatives with respect to coordinate j at corner c.

    Shape ``(6, 9)``, j before c.
    """
    result = np.zeros((6, 3, 3))
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        result[i, i] = -1.0
        result[i, i, i] = 3.0
        # the basis function of the middle of edge i is 4 lambda_j lambda_k
        result[3 + i, j, k] = result[3 + i, k, j] = 4.0
    return result.reshape(6, 9)


_DERIVATIVES = _derivatives()
