# SPDX-License-Identifier: BSD-3-Clause
"""Potential and current of a solution on plain triangles, as figures need them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

if TYPE_CHECKING:
    from interfacefem.current import CurrentSolution

Array = npt.NDArray[np.floating]

# nodes of a cell of degree 2: corners 0, 1, 2, then the middles opposite to them
_PIECES = {
    3: np.array([[0, 1, 2]]),
    6: np.array([[0, 5, 4], [5, 1, 3], [4, 3, 2], [3, 4, 5]]),
}


@dataclass(frozen=True, eq=False)
class ElectrolyteField:
    """The field in the electrolyte on triangles; a cell of degree 2 is cut into four.

    Attributes:
        points: Nodes in m, shape ``(n, 2)``.
        triangles: Node indices, shape ``(m, 3)``.
        potential: In V at the nodes, shape ``(n,)``.
        gradient: Of the potential in V/m, one for each triangle, shape ``(m, 2)``.
        current_density: Magnitude in A/m^2 at the nodes, shape ``(n,)``.
        stream_function: Share of the total current that flows to the left of each node, shape
            ``(n,)``. Its level lines are streamlines, and equal steps carry equal currents.
    """

    points: Array
    triangles: npt.NDArray[np.int64]
    potential: Array
    gradient: Array
    current_density: Array
    stream_function: Array


def gather_potential(solution: CurrentSolution) -> ElectrolyteField | None:
    """Collect the field of all ranks on rank 0; None elsewhere.

    Collective.
    """
    potential = solution.potential
    space = potential.function_space
    topology = space.mesh.topology
    cells = space.dofmap.list[: topology.index_map(topology.dim).size_local]
    numbers = space.dofmap.index_map.local_to_global(cells.ravel()).reshape(cells.shape)
    coordinates = space.tabulate_dof_coordinates()[:, :2][cells]
    local = (numbers, coordinates, potential.x.array[cells])
    gathered = solution.interface_mesh.comm.gather(local, root=0)
    if gathered is None:
        return None
    numbers, coordinates, values = (np.concatenate(parts) for parts in zip(*gathered, strict=True))
    _, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    nodes = inverse.reshape(-1, cells.shape[1]).astype(np.int64)
    points = coordinates.reshape(-1, 2)[first]
    triangles = nodes[:, _PIECES[cells.shape[1]]].reshape(-1, 3)
    phi = values.ravel()[first]
    shapes, areas = _shape_gradients(points, triangles)
    gradient = np.einsum("ti,tid->td", phi[triangles], shapes)
    conductivity = solution.problem.conductivity
    total = solution.problem.applied_current_density * solution.interface_mesh.projected_size
    return ElectrolyteField(
        points,
        triangles,
        phi,
        gradient,
        _at_nodes(conductivity * np.hypot(*gradient.T), areas, triangles, len(points)),
        _stream_function(points, triangles, gradient, shapes, areas) * (conductivity / total),
    )


def _shape_gradients(points: Array, triangles: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """Gradients of the three linear functions, shape ``(m, 3, 2)``, and the areas."""
    corners = points[triangles]
    opposite = np.roll(corners, -2, axis=1) - np.roll(corners, -1, axis=1)
    turned = np.stack([-opposite[..., 1], opposite[..., 0]], axis=-1)
    double = opposite[:, 0, 0] * opposite[:, 1, 1] - opposite[:, 0, 1] * opposite[:, 1, 0]
    return turned / double[:, None, None], np.abs(double) / 2


def _at_nodes(values: Array, areas: Array, triangles: npt.NDArray[np.int64], count: int) -> Array:
    """Mean over the triangles around each node, weighted with their areas."""
    corners = triangles.ravel()
    weights = np.repeat(areas, 3)
    sums = np.bincount(corners, weights * np.repeat(values, 3), count)
    return sums / np.bincount(corners, weights, count)


def _stream_function(
    points: Array,
    triangles: npt.NDArray[np.int64],
    gradient: Array,
    shapes: Array,
    areas: Array,
) -> Array:
    """The function whose gradient is nearest to the turned one, zero in the upper left corner.

    The current has no sources inside, so that its field turned by a right angle is a gradient.
    """
    turned = np.stack([gradient[:, 1], -gradient[:, 0]], axis=1)
    load = np.bincount(
        triangles.ravel(),
        np.einsum("t,tid,td->ti", areas, shapes, turned).ravel(),
        len(points),
    )
    local = np.einsum("t,tid,tjd->tij", areas, shapes, shapes)
    rows = np.repeat(triangles, 3, axis=1).ravel()
    columns = np.tile(triangles, (1, 3)).ravel()
    corner = int(np.argmin(points[:, 0] - points[:, 1]))
    # fixes the constant without changing the rest: the load sums to zero
    matrix = coo_array(
        (np.append(local.ravel(), 1.0), (np.append(rows, corner), np.append(columns, corner)))
    ).tocsc()
    return np.asarray(spsolve(matrix, load, permc_spec="MMD_AT_PLUS_A"))
