# SPDX-License-Identifier: BSD-3-Clause
"""A bound on the discretisation error of the current ratio.

The goal is ``J(u) = ln i_max - ln i_min``. With the dual solution ``z`` of
``a'(u)(v, z) = J'(u)(v)`` its error is a sum over cells of residuals of ``u`` times what ``z`` has
beyond the mesh (Becker and Rannacher, Acta Numerica 10, 1 (2001)). The second factor is estimated
by the residuals of ``z`` itself and the sum is taken of absolute values, so that nothing cancels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.current.cell_values import CellValues, gather_cells
from interfacefem.current.solver import CurrentSolution, CurrentSolver
from interfacefem.meshing.interface_mesh import InterfaceMesh
from interfacefem.meshing.triangulation import Boundary

Array = npt.NDArray[np.floating]

_DUAL_TOLERANCE = 1e-6
_UNIFORM = 1e-9
_LARGEST_BOUND = 50.0  # beyond this the bound says nothing and its exponential overflows
# two Gauss points on an edge: exact for the square of a linear function
_NEXT, _LAST = [1, 2, 0], [2, 0, 1]  # corners at the ends of the edge opposite to each
_GAUSS = np.array([0.5 - math.sqrt(3) / 6, 0.5 + math.sqrt(3) / 6])


@dataclass(frozen=True, eq=False)
class Certificate:
    """Bound on the error of the current ratio, and where it comes from.

    Attributes:
        log_ratio_error: Bound on the error of ``ln(i_max/i_min)``.
        ratio_minus_one_error: Bound on the relative error of ``i_ratio - 1``; zero where the
            current is uniform to rounding.
        by_triangle: Contribution of each triangle to ``log_ratio_error``, in the order of the
            triangulation, on every rank; shape ``(m,)``.
    """

    log_ratio_error: float
    ratio_minus_one_error: float
    by_triangle: Array


def certify(solver: CurrentSolver, solution: CurrentSolution) -> Certificate | None:
    """Bound the error of ``i_max/i_min``; None where the ratio cannot be formed or bounded.

    In the primary limit nothing is bounded: at re-entrant corners of a polygon the current density
    itself is not. Nor is a solution on tetrahedra.

    Args:
        solver: That found the solution.
        solution: With elements of degree 1 or 2.

    Raises:
        ConvergenceError: The dual problem was not solved.

    Collective.
    """
    law = solution.problem.kinetics
    current = solution.samples.current_density
    highest, lowest = int(np.argmax(current)), int(np.argmin(current))
    domain = solution.interface_mesh
    if law is None or current[lowest] <= 0 or not isinstance(domain, InterfaceMesh):
        return None
    conductivity = solution.problem.conductivity
    slopes = law.slope(solution.samples.potential)
    weights = {
        solution.samples.arc_length[highest]: slopes[highest] / current[highest],
        solution.samples.arc_length[lowest]: -slopes[lowest] / current[lowest],
    }
    dual = solver.solve_dual(solution, weights, _DUAL_TOLERANCE)
    cells = gather_cells(domain, [solution.potential, dual])
    geometry = _Geometry(cells)
    phi, z = (_quadratic(values) for values in cells.values)
    on_interface = geometry.on_edges(phi, Boundary.INTERFACE)
    residual = geometry.residual(
        phi,
        interface=law.current_density(on_interface) / conductivity,
        top=-solution.problem.applied_current_density / conductivity,
    )
    dual_on_interface = geometry.on_edges(z, Boundary.INTERFACE)
    dual_residual = geometry.residual(
        z, interface=law.slope(on_interface) * dual_on_interface / conductivity, top=0.0
    )
    by_triangle = np.empty(len(phi))
    by_triangle[cells.input_index] = residual * dual_residual
    bound = float(by_triangle.sum())
    ratio = float(current[highest] / current[lowest])
    relative = 0.0
    # over a flat interface both are rounding errors
    if bound + ratio - 1 > _UNIFORM:
        relative = ratio * math.expm1(min(bound, _LARGEST_BOUND)) / max(ratio - 1, _UNIFORM)
    return Certificate(bound, relative, by_triangle)


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
