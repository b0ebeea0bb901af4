# SPDX-License-Identifier: BSD-3-Clause
"""The differences between versions of DOLFINx (0.9 to 0.11) and gmsh, in one place."""

from __future__ import annotations

import inspect
from typing import Any

import dolfinx
import numpy as np
import numpy.typing as npt
import ufl

from interfacefem.mpi import MPI

_CREATE_MESH_PARAMETERS = list(inspect.signature(dolfinx.mesh.create_mesh).parameters)
_CREATE_MESH_TAKES_ELEMENT_FIRST = _CREATE_MESH_PARAMETERS[2] == "e"
# from 0.11 partitioners and the function below create_mesh are told how many cells share a facet
_CELLS_AT_A_FACET = (2,) if "max_facet_to_cell_links" in _CREATE_MESH_PARAMETERS else ()
# whether create_mesh_in_order can be called: later versions build topologies otherwise
CELLS_CAN_KEEP_THEIR_ORDER = dolfinx.__version__.startswith("0.9.")


def create_mesh(
    comm: MPI.Comm, cells: npt.NDArray[np.int64], points: npt.NDArray[np.floating], element: Any
) -> dolfinx.mesh.Mesh:
    """``dolfinx.mesh.create_mesh`` with ghost cells across shared facets; collective."""
    # on one rank a partition would only cost time, more than all else here
    partitioner = (
        dolfinx.mesh.create_cell_partitioner(
            dolfinx.mesh.GhostMode.shared_facet, *_CELLS_AT_A_FACET
        )
        if comm.size > 1
        else None
    )
    # 0.9: (comm, cells, x, e); from 0.10: (comm, cells, e, x)
    geometry: Any = (element, points) if _CREATE_MESH_TAKES_ELEMENT_FIRST else (points, element)
    create: Any = dolfinx.mesh.create_mesh  # a checker knows one of the two signatures
    return create(comm, cells, *geometry, partitioner)


def create_mesh_in_place(
    comm: MPI.Comm, cells: npt.NDArray[np.int64], points: npt.NDArray[np.floating], element: Any
) -> dolfinx.mesh.Mesh:
    """A mesh without ghost cells of which each rank keeps the cells it gives; collective."""
    # the public function would call a graph partitioner, or a Python function with the
    # connectivity as lists: both cost more than the mesh itself
    create = dolfinx.cpp.mesh.create_mesh
    mesh = create(comm, cells, _wrapped(element), points, None, *_CELLS_AT_A_FACET)
    return dolfinx.mesh.Mesh(mesh, ufl.Mesh(element))


def create_mesh_in_order(
    comm: MPI.Comm,
    cells: npt.NDArray[np.int64],
    nodes: npt.NDArray[np.int64],
    points: npt.NDArray[np.floating],
    element: Any,
    may_be_shared: npt.NDArray[np.int64],
) -> dolfinx.mesh.Mesh:
    """As :func:`create_mesh_in_place`, but the cells keep their order, too.

    Half the time of the other goes into finding a good order; here the caller has one.

    Args:
        comm: Communicator of the mesh.
        cells: Nodes of this rank's cells, shape ``(m, n)``.
        nodes: The nodes of these cells, each once, increasing.
        points: Their coordinates, shape ``(p, 3)``.
        element: Of the coordinates, a basix.ufl element of degree 1.
        may_be_shared: Those of the nodes that cells of other ranks may have, too.

    Collective.
    """
    library = dolfinx.cpp.mesh
    kind = dolfinx.mesh.to_type(element.cell_type.name)
    first = sum(comm.allgather(len(cells))[: comm.rank])
    connectivity, no_ghosts = cells.ravel(), np.empty(0, dtype=np.int32)
    topology = library.create_topology(
        comm, [kind], [connectivity], [first + np.arange(len(cells))], [no_ghosts], may_be_shared
    )
    geometry = library.create_geometry(
        topology, [_wrapped(element)], nodes, connectivity, points.ravel(), points.shape[1]
    )
    mesh = library.Mesh_float64(comm, topology, geometry)
    return dolfinx.mesh.Mesh(mesh, ufl.Mesh(element))


def _wrapped(element: Any) -> Any:
    wrap: Any = dolfinx.fem.coordinate_element  # a checker knows one of its signatures
    return wrap(element.basix_element)._cpp_object


def geometry_dofmap(mesh: dolfinx.mesh.Mesh) -> npt.NDArray[np.int32]:
    """Geometry node indices of each local cell, shape ``(cells, nodes)``."""
    geometry = mesh.geometry
    # 0.11 deprecates .dofmap in favour of .dofmaps[0]
    if hasattr(geometry, "dofmaps") and not callable(geometry.dofmaps):
        return geometry.dofmaps[0]
    return geometry.dofmap


def interpolation_points(space: dolfinx.fem.FunctionSpace) -> npt.NDArray[np.floating]:
    """Points at which a function of ``space`` is interpolated, on the reference cell."""
    points = space.element.interpolation_points
    # a method in 0.9, a property from 0.10
    return points() if callable(points) else points


def delaunay_triangles(gmsh: Any, points: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
    """Triangles of gmsh's Delaunay kernel in an open session, shape ``(m, 3)``.

    Args:
        gmsh: The module.
        points: Shape ``(n, 2)``.
    """
    # in gmsh.model.mesh up to 4.14
    triangulate = getattr(gmsh, "algorithm", gmsh.model.mesh).triangulate
    return np.asarray(triangulate(points.ravel()), dtype=np.int64).reshape(-1, 3) - 1
