# SPDX-License-Identifier: BSD-3-Clause
"""Finite-element functions as plain arrays cell by cell, gathered from all ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from interfacefem import compat
from interfacefem.meshing.interface_mesh import InterfaceMesh

Array = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class CellValues:
    """All triangles of the mesh, the same on every rank.

    Attributes:
        corners: Coordinates of the corners in m, shape ``(m, 3, 2)``.
        corner_numbers: A number for each corner, equal in all triangles that share it, ``(m, 3)``.
        edge_numbers: A number for the edge opposite to each corner, equal in both triangles that
            share it, ``(m, 3)``.
        edge_tags: Boundary value of the edge opposite to each corner, 0 inside; ``(m, 3)``.
        corner_arc_length: Arc length in m of the corners on the interface, else nan; ``(m, 3)``.
        input_index: Row of each triangle in the triangulation, shape ``(m,)``.
        values: For each function its coefficients: at the corners, then (degree 2) at the middles
            of the edges opposite to them; shape ``(m, 3)`` or ``(m, 6)``.
    """

    corners: Array
    corner_numbers: npt.NDArray[np.int64]
    edge_numbers: npt.NDArray[np.int64]
    edge_tags: npt.NDArray[np.int32]
    corner_arc_length: Array
    input_index: npt.NDArray[np.int64]
    values: tuple[Array, ...]

    def in_order(self, by_cell: Array) -> Array:
        """Numbers of the triangles, shape ``(m,)``, in the order of the triangulation."""
        ordered = np.empty_like(by_cell)
        ordered[self.input_index] = by_cell
        return ordered


def gather_cells(interface_mesh: InterfaceMesh, functions: Sequence[fem.Function]) -> CellValues:
    """Collect functions of one space on every rank; a plane mesh is small. Collective."""
    mesh = interface_mesh.mesh
    topology = mesh.topology
    tdim = topology.dim
    space = functions[0].function_space
    owned = topology.index_map(tdim).size_local
    corner_dofs = space.dofmap.list[:owned, :3]
    topology.create_connectivity(tdim, tdim - 1)
    facets = topology.connectivity(tdim, tdim - 1).array.reshape(-1, 3)[:owned]
    facet_map = topology.index_map(tdim - 1)
    tags = np.zeros(facet_map.size_local + facet_map.num_ghosts, dtype=np.int32)
    tags[interface_mesh.facet_tags.indices] = interface_mesh.facet_tags.values
    nodes = compat.geometry_dofmap(mesh)[:owned]
    input_nodes = np.asarray(mesh.geometry.input_global_indices)[nodes]
    known = interface_mesh.interface_arc_length
    on_interface = input_nodes < len(known)
    arc_length = np.where(on_interface, known[np.where(on_interface, input_nodes, 0)], np.nan)
    local = (
        mesh.geometry.x[nodes, :2],
        space.dofmap.index_map.local_to_global(corner_dofs.ravel()).reshape(-1, 3),
        facet_map.local_to_global(facets.ravel()).reshape(-1, 3),
        tags[facets],
        arc_length,
        np.asarray(topology.original_cell_index[:owned]),
    )
    parts = interface_mesh.comm.allgather(local)
    corners, numbers, edges, edge_tags, along, index = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    values = gather_values(interface_mesh, functions)
    return CellValues(corners, numbers, edges, edge_tags, along, index, values)


def gather_values(
    interface_mesh: InterfaceMesh, functions: Sequence[fem.Function]
) -> tuple[Array, ...]:
    """Coefficients of functions of one space alone, in the order of :func:`gather_cells`.

    Collective.
    """
    space = functions[0].function_space
    topology = interface_mesh.mesh.topology
    dofs = space.dofmap.list[: topology.index_map(topology.dim).size_local]
    parts = interface_mesh.comm.allgather([function.x.array[dofs] for function in functions])
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))
