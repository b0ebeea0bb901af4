# SPDX-License-Identifier: BSD-3-Clause
"""Electrolyte domains above a rough interface, meshed by gmsh and distributed over MPI ranks.

In: a profile or a height map and the height of the domain. Out: a ``Triangulation`` on rank 0, an
``InterfaceMesh`` on all. Called by ``current``, and by ``contact`` for bodies of any shape.
"""

from interfacefem.meshing.contact_limited import limit_contact
from interfacefem.meshing.height_map_domain import HeightMapMesh, MapMeshSettings, mesh_height_map
from interfacefem.meshing.interface_mesh import ElectrolyteMesh, InterfaceMesh, distribute
from interfacefem.meshing.line_domain import mesh_line
from interfacefem.meshing.profile_domain import MeshSettings, mesh_profile
from interfacefem.meshing.triangulation import Boundary, Triangulation

__all__ = [
    "Boundary",
    "ElectrolyteMesh",
    "HeightMapMesh",
    "InterfaceMesh",
    "MapMeshSettings",
    "MeshSettings",
    "Triangulation",
    "distribute",
    "limit_contact",
    "mesh_height_map",
    "mesh_line",
    "mesh_profile",
]
