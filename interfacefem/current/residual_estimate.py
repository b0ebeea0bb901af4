# SPDX-License-Identifier: BSD-3-Clause
"""Dual-weighted residuals of both solutions: the estimate where contact ends, and for degree 1.

The error of a goal is a sum over cells of residuals of ``u`` times what the dual ``z`` has beyond
the mesh (Becker and Rannacher, Acta Numerica 10, 1 (2001)). The second factor is estimated by the
residuals of ``z`` itself and the sum is taken of absolute values, so that nothing cancels.
Constants are set to one, as they are for a point load: the estimate was never below the true error
on independent references (8 to 1,500 times above it), but no bound is proved.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from interfacefem.current.cell_values import CellValues
from interfacefem.current.problem import CurrentProblem
from interfacefem.meshing.triangulation import Boundary

Array = npt.NDArray[np.floating]

# two Gauss points on an edge: exact for the square of a linear function
_NEXT, _LAST = [1, 2, 0], [2, 0, 1]  # corners at the ends of the edge opposite to each
_GAUSS = np.array([0.5 - math.sqrt(3) / 6, 0.5 + math.sqrt(3) / 6])


def residual_contributions(cells: CellValues, problem: CurrentProblem) -> list[Array]:
    """What each triangle contributes to the error of each goal.

    Args:
        cells: Values of the potential, then of the dual solution of each goal.
        problem: That was solved; not of the primary limit.

    Returns:
        An array of shape ``(m,)`` for each goal, in the order of ``cells``.
    """
    law, conductivity = problem.kinetics, problem.conductivity
    assert law is not None
    geometry = _Geometry(cells)
    phi, *duals = (_quadratic(values) for values in cells.values)
    on_interface = geometry.on_edges(phi, Boundary.INTERFACE)
    residual = geometry.residual(
        phi,
        interface=law.current_density(on_interface) / conductivity,
        top=-problem.applied_current_density / conductivity,
    )
    slope = law.slope(on_interface) / conductivity
    return [
        residual
        * geometry.residual(z, interface=slope * geometry.on_edges(z, Boundary.INTERFACE), top=0.0)
        for z in duals
    ]


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
