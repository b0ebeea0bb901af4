# SPDX-License-Identifier: BSD-3-Clause
"""The electrolyte as a DOLFINx mesh: what 2D and 3D have in common, and triangulations."""

from __future__ import annotations

import abc
from dataclasses import dataclass

import basix.ufl
import dolfinx
import numpy as np
import numpy.typing as npt

from interfacefem import compat
from interfacefem.errors import InterfaceFemError
from interfacefem.meshing.outline import Outline
from interfacefem.meshing.triangulation import Boundary, MeshQuality, Triangulation
from interfacefem.mpi import MPI


@dataclass(frozen=True, eq=False, kw_only=True)
class ElectrolyteMesh(abc.ABC):
    """The electrolyte domain on all ranks of a communicator.

    Attributes:
        comm: Ranks that hold the mesh. That of ``mesh.comm`` is a copy which ends with the mesh;
            where mpi4py has sent an object over it, that happens in Python, and while an exception
            passes it leaves a lock taken for which every later call waits forever.
        mesh: DOLFINx mesh, coordinates in m.
        mean_height: Height in m of the flat interface that bounds the same amount of electrolyte.
        top: Height of the top face in m.
        quality: Shape of the cells.
    """

    comm: MPI.Comm
    mesh: dolfinx.mesh.Mesh
    mean_height: float
    top: float
    quality: MeshQuality

    @property
    @abc.abstractmethod
    def interface_size(self) -> float:
        """True length in m or area in m^2 of the interface, where the metal touches or not."""

    @property
    @abc.abstractmethod
    def projected_size(self) -> float:
        """Length in m or area in m^2 of the top face."""

    @abc.abstractmethod
    def boundary_facets(self, tag: int) -> npt.NDArray[np.int32]:
        """Cell and number within it of the boundary facets this rank owns, shape ``(n, 2)``.

        Args:
            tag: A :class:`Boundary` value or ``NO_CONTACT_TAG``.

        Collective.
        """


@dataclass(frozen=True, eq=False, kw_only=True)
class InterfaceMesh(ElectrolyteMesh):
    """The electrolyte above a profile.

    Attributes:
        facet_tags: :class:`Boundary` values, or ``NO_CONTACT_TAG``, of the boundary facets this
            rank owns.
        interface_arc_length: Arc length in m of each interface node of the triangulation, by its
            index there; nan for nodes off the interface. The same on all ranks.
        width: Width of the domain in m.
        interface_length: True length of the interface in m.
        outline: The profile that the interface's chords stand for; None where they are the profile.
    """

    facet_tags: dolfinx.mesh.MeshTags
    interface_arc_length: npt.NDArray[np.floating]
    width: float
    interface_length: float
    outline: Outline | None = None

    @property
    def interface_size(self) -> float:
        """True length of the interface in m."""
        return self.interface_length

    @property
    def projected_size(self) -> float:
        """Width of the domain in m."""
        return self.width

    def boundary_facets(self, tag: int) -> npt.NDArray[np.int32]:
        """As :meth:`ElectrolyteMesh.boundary_facets`."""
        topology = self.mesh.topology
        tdim = topology.dim
        topology.create_connectivity(tdim - 1, tdim)
        topology.create_connectivity(tdim, tdim - 1)
        facets = self.facet_tags.find(tag)
        to_cells = topology.connectivity(tdim - 1, tdim)
        # a boundary facet has one cell
        cells = to_cells.array[to_cells.offsets[facets]]
        of_cell = topology.connectivity(tdim, tdim - 1).array.reshape(-1, tdim + 1)[cells]
        local = np.argmax(of_cell == facets[:, None], axis=1)
        return np.column_stack([cells, local]).astype(np.int32)


def distribute(
    triangulation: Triangulation | None, comm: MPI.Comm = MPI.COMM_WORLD
) -> InterfaceMesh:
    """Distribute a triangulation that rank 0 holds over all ranks of ``comm``.

    Args:
        triangulation: On rank 0; ignored elsewhere.
        comm: Communicator the mesh lives on.

    Collective.
    """
    if comm.rank == 0:
        if triangulation is None:
            raise InterfaceFemError("rank 0 must hold the triangulation")
        cells, points = triangulation.triangles, triangulation.points
        shared = (
            triangulation.edges,
            triangulation.edge_tags,
            _arc_length_by_node(triangulation),
            _extents(triangulation),
            triangulation.quality,
            triangulation.outline,
        )
    else:
        cells, points = np.empty((0, 3), dtype=np.int64), np.empty((0, 2))
        shared = None
    edges, edge_tags, arc_length, extents, quality, outline = comm.bcast(shared, root=0)
    element = basix.ufl.element("Lagrange", "triangle", 1, shape=(2,))
    mesh = compat.create_mesh(comm, cells, points, element)
    return InterfaceMesh(
        comm=comm,
        mesh=mesh,
        facet_tags=_tag_facets(mesh, edges, edge_tags),
        interface_arc_length=arc_length,
        quality=quality,
        outline=outline,
        **extents,
    )


def facet_input_nodes(
    mesh: dolfinx.mesh.Mesh, facets: npt.NDArray[np.int32]
) -> npt.NDArray[np.int64]:
    """Nodes of each facet as numbered in the triangulation, shape ``(facets, 2)``."""
    tdim = mesh.topology.dim
    mesh.topology.create_connectivity(tdim - 1, tdim)
    nodes = dolfinx.mesh.entities_to_geometry(mesh, tdim - 1, facets)
    return np.asarray(mesh.geometry.input_global_indices)[nodes]


def _tag_facets(
    mesh: dolfinx.mesh.Mesh, edges: npt.NDArray[np.int64], edge_tags: npt.NDArray[np.int32]
) -> dolfinx.mesh.MeshTags:
    fdim = mesh.topology.dim - 1
    mesh.topology.create_entities(fdim)
    mesh.topology.create_connectivity(fdim, fdim + 1)
    facets = dolfinx.mesh.exterior_facet_indices(mesh.topology)
    nodes = facet_input_nodes(mesh, facets)
    tags = edge_tags[_find_rows(edges, nodes)]
    order = np.argsort(facets)
    return dolfinx.mesh.meshtags(mesh, fdim, facets[order], tags[order])


def _find_rows(table: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Position in ``table`` of each row, whatever the order within a row."""
    size = int(table.max()) + 1
    table_keys = np.sort(table, axis=1) @ np.array([size, 1])
    keys = np.sort(rows, axis=1) @ np.array([size, 1])
    order = np.argsort(table_keys)
    found = order[np.minimum(np.searchsorted(table_keys[order], keys), len(table) - 1)]
    if not np.array_equal(table_keys[found], keys):
        raise InterfaceFemError("a boundary facet of the mesh carries no tag")
    return found


def _arc_length_by_node(triangulation: Triangulation) -> npt.NDArray[np.floating]:
    # interface nodes come first (mesh_profile) or anywhere (a mesh that was read back)
    arc_length = np.full(int(triangulation.interface_nodes.max()) + 1, np.nan)
    arc_length[triangulation.interface_nodes] = triangulation.interface_arc_length
    return arc_length


def _extents(triangulation: Triangulation) -> dict[str, float]:
    interface = triangulation.points[triangulation.interface_nodes]
    width = float(interface[-1, 0] - interface[0, 0])
    step = np.diff(interface, axis=0)
    mean = float(np.sum(step[:, 0] * (interface[1:, 1] + interface[:-1, 1]) / 2) / width)
    outline = triangulation.outline
    top_edges = triangulation.edges[triangulation.edge_tags == Boundary.TOP]
    top = float(triangulation.points[top_edges, 1].mean())
    return {
        "width": width,
        "interface_length": float(triangulation.interface_arc_length[-1]),
        "mean_height": mean if outline is None else outline.profile.mean_height,
        "top": top,
    }
