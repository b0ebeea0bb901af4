# SPDX-License-Identifier: BSD-3-Clause
"""The obvious program: gmsh with a Distance field, 100,000 P1 triangles, Newton with LU."""

from __future__ import annotations

import gmsh
import numpy as np
import ufl
from dolfinx import fem, io
from dolfinx.fem.petsc import NonlinearProblem
from dolfinx.nls.petsc import NewtonSolver
from petsc4py import PETSc

from interfacefem.current.constants import FARADAY, GAS_CONSTANT
from interfacefem.meshing import Boundary
from interfacefem.mpi import MPI
from interfacefem.surfaces import Profile
from interfacefem.units import UM
from peers.cases import ALPHA, CONDUCTIVITY, HEIGHT, TEMPERATURE, Answer, Laps, extremes

NAME = "obvious program"
COARSEST = 2.0  # um, far from the interface
_REACH = 1.5  # um over which the mesh is fine
_FAR = 15.0


class Program:
    """One geometry; lengths in m after gmsh.

    Args:
        profile: The interface.
        density: Edge length at the interface in um.
        laps: Where CPU time goes.
    """

    def __init__(self, profile: Profile, density: float, laps: Laps) -> None:
        with laps("mesh"):
            mesh_in_gmsh(profile, density)
        with laps("convert"):
            mesh, _, facets = io.gmshio.model_to_mesh(gmsh.model, MPI.COMM_SELF, 0, gdim=2)
            mesh.geometry.x[:] *= UM
            gmsh.finalize()
        with laps("set-up"):
            self.space = fem.functionspace(mesh, ("Lagrange", 1))
            self.phi = fem.Function(self.space)
            self.exchange = fem.Constant(mesh, 1.0)
            self.applied = fem.Constant(mesh, 1.0)
            v = ufl.TestFunction(self.space)
            ds = ufl.Measure("ds", domain=mesh, subdomain_data=facets)
            eta = self.phi * (FARADAY / (GAS_CONSTANT * TEMPERATURE))
            current = self.exchange * (ufl.exp(ALPHA * eta) - ufl.exp(-ALPHA * eta))
            residual = (
                CONDUCTIVITY * ufl.inner(ufl.grad(self.phi), ufl.grad(v)) * ufl.dx
                + current * v * ds(int(Boundary.INTERFACE))
                - self.applied * v * ds(int(Boundary.TOP))
            )
            solver = NewtonSolver(MPI.COMM_SELF, NonlinearProblem(residual, self.phi))
            solver.rtol, solver.atol = 1e-8, 1e-14
            solver.convergence_criterion = "incremental"
            solver.krylov_solver.setType(PETSc.KSP.Type.PREONLY)
            solver.krylov_solver.getPC().setType(PETSc.PC.Type.LU)
            solver.krylov_solver.getPC().setFactorSolverType("mumps")
            self.solver = solver
            self.facets = facets.find(int(Boundary.INTERFACE))
            self.cells = mesh.topology.index_map(2).size_local
            self.mesh = mesh

    def solve(self, exchange: float, applied: float) -> Answer:
        """Newton's method from zero."""
        self.exchange.value, self.applied.value = exchange, applied
        self.phi.x.array[:] = 0.0
        steps, _ = self.solver.solve(self.phi)
        nodes = fem.locate_dofs_topological(self.space, 1, self.facets)
        dofs = self.space.dofmap.index_map.size_global
        return extremes(self.phi.x.array[nodes], exchange, self.cells, dofs, steps)


def mesh_in_gmsh(profile: Profile, edge: float) -> None:
    """Leave the mesh in gmsh, edges this long (um) at the interface."""
    gmsh.initialize()
    gmsh.option.setNumber("General.Terminal", 0)
    occ = gmsh.model.occ
    x, z = profile.x / UM, profile.z / UM
    top = (profile.mean_height + HEIGHT) / UM
    outline = [*zip(x, z, strict=True), (x[-1], top), (x[0], top)]
    points = [occ.addPoint(a, b, 0.0) for a, b in outline]
    lines = [occ.addLine(a, b) for a, b in zip(points, points[1:] + points[:1], strict=True)]
    surface = occ.addPlaneSurface([occ.addCurveLoop(lines)])
    occ.synchronize()
    bottom = lines[: len(x) - 1]
    groups = [bottom, [lines[-3]], [lines[-2]], [lines[-1]]]
    for tag, group in zip(Boundary, groups, strict=True):
        gmsh.model.addPhysicalGroup(1, group, int(tag))
    gmsh.model.addPhysicalGroup(2, [surface], 5)
    field = gmsh.model.mesh.field
    distance = field.add("Distance")
    field.setNumbers(distance, "CurvesList", bottom)
    field.setNumber(distance, "Sampling", 3)
    threshold = field.add("Threshold")
    field.setNumber(threshold, "InField", distance)
    field.setNumber(threshold, "SizeMin", edge)
    field.setNumber(threshold, "SizeMax", COARSEST)
    field.setNumber(threshold, "DistMin", _REACH)
    field.setNumber(threshold, "DistMax", _FAR)
    field.setAsBackgroundMesh(threshold)
    for option in ("ExtendFromBoundary", "FromPoints", "FromCurvature"):
        gmsh.option.setNumber(f"Mesh.MeshSize{option}", 0)
    gmsh.model.mesh.generate(2)


def density_for(profile: Profile, cells: int) -> float:
    """Edge length at the interface in um that gives about this many triangles."""
    edge = 0.04
    for _ in range(3):
        mesh_in_gmsh(profile, edge)
        found = len(gmsh.model.mesh.getElementsByType(2)[0])
        gmsh.finalize()
        edge *= float(np.sqrt(found / cells))
    return edge
