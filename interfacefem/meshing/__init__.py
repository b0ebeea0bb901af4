# SPDX-License-Identifier: BSD-3-Clause
"""Electrolyte domains above a rough interface, meshed by gmsh and distributed over MPI ranks."""

from interfacefem.meshing.interface_mesh import InterfaceMesh, distribute
from interfacefem.meshing.profile_domain import MeshSettings, mesh_profile
from interfacefem.meshing.triangulation import Boundary, Triangulation

__all__ = [
    "Boundary",
    "InterfaceMesh",
    "MeshSettings",
    "Triangulation",
    "distribute",
    "mesh_profile",
]
