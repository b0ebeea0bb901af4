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

_DUAL_TOLERANCE = 1e-8
_UNIFORM = 1e-9
_LARGEST_BOUND = 50.0  # beyond this the bound says nothing and its exponential overflows
# two Gauss points on an edge: exact for the square of a linear function
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
    phi, z = cells.values
    phi_on_edges, z_on_edges = geometry.on_edges(phi), geometry.on_edges(z)
    residual = geometry.residual(
        phi,
        interface=law.current_density(phi_on_edges) / conductivity,
        top=-solution.problem.applied_current_density / conductivity,
    )
    dual_residual = geometry.residual(
        z, interface=law.slope(phi_on_edges) * z_on_edges / conductivity, top=0.0
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
    """Residuals of cell-wise polynomials on triangles.

    Edge ``i`` of a triangle lies opposite to its corner ``i``. Values on edges have the shape
    ``(triangles, 3, points)``, the points in the same order seen from both sides.
    """

    def __init__(self, cells: CellValues) -> None:
        corners, numbers = cells.corners, cells.corner_numbers
        opposite = np.roll(corners, -2, axis=1) - np.roll(corners, -1, axis=1)
        double = opposite[:, 0, 0] * opposite[:, 1, 1] - opposite[:, 0, 1] * opposite[:, 1, 0]
        turned = np.stack([-opposite[..., 1], opposite[..., 0]], axis=-1)
        self.gradients = turned / double[:, None, None]
        self.areas = np.abs(double) / 2
        self.lengths = np.hypot(opposite[..., 0], opposite[..., 1])
        self.diameters = self.lengths.max(axis=1)
        self.normals = -self.gradients / np.linalg.norm(self.gradients, axis=2, keepdims=True)
        self.tags = cells.edge_tags
        start, end = np.roll(numbers, -1, axis=1), np.roll(numbers, -2, axis=1)
        along = np.where((start < end)[..., None], _GAUSS, 1 - _GAUSS)
        # barycentric coordinates of the points: zero for corner i on edge i
        self.coordinates = np.zeros((len(numbers), 3, len(_GAUSS), 3))
        for i in range(3):
            self.coordinates[:, i, :, (i + 1) % 3] = 1 - along[:, i]
            self.coordinates[:, i, :, (i + 2) % 3] = along[:, i]
        size = int(numbers.max()) + 1
        keys = np.minimum(start, end) * size + np.maximum(start, end)
        _, shared = np.unique(keys.ravel(), return_inverse=True)
        self.edge_of = shared.reshape(-1, 3)

    def on_edges(self, values: Array) -> Array:
        """A function at the points of each edge."""
        at_corners, at_middles = _split(values)
        linear = self.coordinates
        result = np.einsum("tipj,tj->tip", linear * (2 * linear - 1), at_corners)
        for i in range(3):
            product = linear[:, i, :, (i + 1) % 3] * linear[:, i, :, (i + 2) % 3]
            result[:, i] += 4 * product * at_middles[:, i, None]
        return result

    def flux(self, values: Array) -> Array:
        """Outward normal derivative at the points of each edge."""
        at_corners, at_middles = _split(values)
        linear = self.coordinates
        # derivative with respect to each barycentric coordinate
        factors = at_corners[:, None, None, :] * (4 * linear - 1)
        for i in range(3):
            j, k = (i + 1) % 3, (i + 2) % 3
            factors[..., j] += 4 * linear[..., k] * at_middles[:, i, None, None]
            factors[..., k] += 4 * linear[..., j] * at_middles[:, i, None, None]
        normal = np.einsum("tjd,tid->tij", self.gradients, self.normals)
        return np.einsum("tipj,tij->tip", factors, normal)

    def laplacian(self, values: Array) -> Array:
        """Constant on each triangle."""
        at_corners, at_middles = _split(values)
        products = np.einsum("tid,tjd->tij", self.gradients, self.gradients)
        result = 4 * np.einsum("ti,tii->t", at_corners, products)
        for i in range(3):
            result += 8 * at_middles[:, i] * products[:, (i + 1) % 3, (i + 2) % 3]
        return result

    def residual(self, values: Array, *, interface: Array, top: float) -> Array:
        """Residual norm of each triangle, weighted with diameter over polynomial degree.

        Args:
            values: Coefficients.
            interface: What the normal derivative is balanced by on the interface, at edge points.
            top: The same at the top.
        """
        flux = self.flux(values)
        jumps = np.zeros((int(self.edge_of.max()) + 1, flux.shape[2]))
        np.add.at(jumps, self.edge_of.ravel(), flux.reshape(-1, flux.shape[2]))
        on_edges = jumps[self.edge_of]
        # a jump belongs to two triangles, a boundary residual to one
        on_edges[self.tags == 0] /= 2
        on_edges += np.where((self.tags == Boundary.INTERFACE)[..., None], interface, 0.0)
        on_edges += np.where((self.tags == Boundary.TOP)[..., None], top, 0.0)
        degree = 2 if values.shape[1] == 6 else 1
        boundary = np.sum(self.lengths * np.mean(on_edges**2, axis=2), axis=1)
        inside = self.areas * self.laplacian(values) ** 2
        weight = self.diameters / degree
        return np.sqrt(weight**2 * inside + weight * boundary)


def _split(values: Array) -> tuple[Array, Array]:
    """Coefficients of the quadratic basis at corners and middles of a function of degree 1 or 2."""
    if values.shape[1] == 6:
        return values[:, :3], values[:, 3:]
    middles = (np.roll(values, -1, axis=1) + np.roll(values, -2, axis=1)) / 2
    return values, middles
