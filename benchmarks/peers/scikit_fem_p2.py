# SPDX-License-Identifier: BSD-3-Clause
"""scikit-fem: a graded gmsh mesh, P2, Newton with SciPy's SuperLU."""

from __future__ import annotations

import gmsh
import numpy as np
import skfem
from scipy.sparse.linalg import splu
from skfem.helpers import dot, grad

from interfacefem.current.constants import FARADAY, GAS_CONSTANT
from interfacefem.surfaces import Profile
from interfacefem.units import UM
from peers.cases import ALPHA, CONDUCTIVITY, HEIGHT, TEMPERATURE, Answer, Laps, extremes

NAME = "scikit-fem"
STEP_TOLERANCE = 1e-8
_COARSEST = 10.0  # um
_GROWTH = 0.4
_FACTOR = ALPHA * FARADAY / (GAS_CONSTANT * TEMPERATURE)


@skfem.BilinearForm
def _stiffness(u, v, w):
    return CONDUCTIVITY / UM * dot(grad(u), grad(v))


@skfem.LinearForm
def _unit(v, w):
    return v


@skfem.LinearForm
def _current(v, w):
    return 2 * np.sinh(_FACTOR * w["phi"]) * v


@skfem.BilinearForm
def _slope(u, v, w):
    return 2 * _FACTOR * np.cosh(_FACTOR * w["phi"]) * u * v


class Program:
    """One geometry; lengths in um, so that k and i are scaled alike.

    Args:
        profile: The interface.
        density: Edges on each segment of the profile.
        laps: Where CPU time goes.
    """

    def __init__(self, profile: Profile, density: float, laps: Laps) -> None:
        with laps("mesh"):
            points, triangles, bottom, top = _mesh(profile, density)
        with laps("convert"):
            mesh = skfem.MeshTri(points, triangles)
            # edges of the mesh by their two nodes
            facets = np.sort(mesh.facets, axis=0)
            order = facets[0] * points.shape[1] + facets[1]
            by_key = np.argsort(order)
            bottom, top = (
                by_key[np.searchsorted(order[by_key], pairs[0] * points.shape[1] + pairs[1])]
                for pairs in (np.sort(bottom, axis=0), np.sort(top, axis=0))
            )
        with laps("set-up"):
            element = skfem.ElementTriP2()
            basis = skfem.Basis(mesh, element)
            self.interface = skfem.FacetBasis(mesh, element, facets=bottom, intorder=8)
            self.load = _unit.assemble(skfem.FacetBasis(mesh, element, facets=top))
            self.stiffness = _stiffness.assemble(basis)
            self.nodes = basis.get_dofs(bottom).all()
            self.cells, self.dofs = mesh.nelements, basis.N

    def solve(self, exchange: float, applied: float) -> Answer:
        """Newton's method from zero."""
        phi = np.zeros(self.dofs)
        for steps in range(1, 30):
            at_facets = self.interface.interpolate(phi)
            residual = (
                self.stiffness @ phi
                + exchange * _current.assemble(self.interface, phi=at_facets)
                - applied * self.load
            )
            tangent = self.stiffness + exchange * _slope.assemble(self.interface, phi=at_facets)
            # the symmetric setting of SuperLU: twice as fast here
            factor = splu(
                tangent.tocsc(),
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
            step = factor.solve(residual)
            phi -= step
            if np.abs(step).max() <= STEP_TOLERANCE * np.abs(phi).max():
                return extremes(phi[self.nodes], exchange, self.cells, self.dofs, steps)
        raise RuntimeError("Newton's method did not converge")


def _mesh(profile: Profile, density: float) -> tuple[np.ndarray, ...]:
    """Lines with given edge lengths; away from them edges grow (Extend field)."""
    gmsh.initialize()
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.option.setNumber("Mesh.Algorithm", 5)
    geo = gmsh.model.geo
    x, z = profile.x / UM, profile.z / UM
    top = (profile.mean_height + HEIGHT) / UM
    outline = [*zip(x, z, strict=True), (x[-1], top), (x[0], top)]
    sizes = [*(np.append(profile.segment_lengths, 0.03 * UM) / UM / density)]
    sizes[-1] = sizes[-2]
    sizes += [_COARSEST] * 2
    points = [geo.addPoint(*a, 0.0, size) for a, size in zip(outline, sizes, strict=True)]
    lines = [geo.addLine(a, b) for a, b in zip(points, points[1:] + points[:1], strict=True)]
    surface = geo.addPlaneSurface([geo.addCurveLoop(lines)])
    geo.synchronize()
    gmsh.model.addPhysicalGroup(1, lines[:-3], 1)
    gmsh.model.addPhysicalGroup(1, [lines[-2]], 3)
    gmsh.model.addPhysicalGroup(2, [surface], 5)
    field = gmsh.model.mesh.field.add("Extend")
    gmsh.model.mesh.field.setNumbers(field, "CurvesList", lines)
    gmsh.model.mesh.field.setNumbers(field, "SurfacesList", [surface])
    gmsh.model.mesh.field.setNumber(field, "DistMax", _COARSEST / _GROWTH)
    gmsh.model.mesh.field.setNumber(field, "SizeMax", _COARSEST)
    gmsh.model.mesh.field.setNumber(field, "Power", 1)
    gmsh.model.mesh.field.setAsBackgroundMesh(field)
    gmsh.option.setNumber("Mesh.MeshSizeExtendFromBoundary", 0)
    gmsh.model.mesh.generate(2)
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    order = np.argsort(tags)
    edges = []
    for group in (1, 3):
        curves = gmsh.model.getEntitiesForPhysicalGroup(1, group)
        nodes = [gmsh.model.mesh.getElements(1, curve)[2][0] for curve in curves]
        edges.append(np.searchsorted(tags[order], np.concatenate(nodes)).reshape(-1, 2).T)
    triangles = gmsh.model.mesh.getElements(2, surface)[2][0]
    gmsh.finalize()
    numbers = np.searchsorted(tags[order], triangles).reshape(-1, 3).T
    points_xy = coordinates.reshape(-1, 3)[order, :2].T
    return np.ascontiguousarray(points_xy), np.ascontiguousarray(numbers), *edges
