# SPDX-License-Identifier: BSD-3-Clause
"""The finite-element function on the boundary: degrees of freedom and quadrature."""

from __future__ import annotations

import math

import basix
import dolfinx
import numpy as np
import numpy.typing as npt
from dolfinx import fem

from interfacefem import compat
from interfacefem.meshing.interface_mesh import ElectrolyteMesh, InterfaceMesh
from interfacefem.meshing.outline import Outline
from interfacefem.meshing.triangulation import Boundary
from interfacefem.mpi import MPI

Array = npt.NDArray[np.floating]

# by dimension of the facets; on segments exact for i(phi) of degree 4 times a P2 function and its
# double, on triangles for i(phi) of degree 3 times a P1 function
QUADRATURE_DEGREE = {1: 8, 2: 4}
_FACET_TYPE = {1: basix.CellType.interval, 2: basix.CellType.triangle}


class BoundaryTrace:
    """Facets of one piece of the boundary this rank owns, with the degrees of freedom on them.

    Only the interface is nonlinear, so residual and tangent are needed there alone; with the law in
    NumPy the same code serves every law, also those that are given implicitly.

    Args:
        domain: The mesh.
        space: Lagrange functions on it.
        piece: Which facets.

    Attributes:
        comm: Ranks that hold the mesh.
        dofs: Local degrees of freedom on each facet, shape ``(facets, nodes)``: the vertices, then
            (degree 2) the middle of a segment.
        geometry_nodes: Vertices of each facet in the mesh's geometry, shape ``(facets, d)`` with
            ``d`` = 2 for segments and 3 for triangles.
        basis: Basis functions at the quadrature points, shape ``(points, nodes)``.
        linear_basis: Linear functions of the vertices at these points, shape ``(points, d)``.
        weights: Quadrature weights times facet lengths in m or areas in m^2, shape
            ``(facets, points)``.

    Collective.
    """

    def __init__(self, domain: ElectrolyteMesh, space: fem.FunctionSpace, piece: Boundary) -> None:
        self.comm: MPI.Comm = domain.comm
        mesh = domain.mesh
        fdim = mesh.topology.dim - 1
        cells, local = domain.boundary_facets(piece).T
        layout = space.dofmap.dof_layout
        # a facet's vertices have the lowest numbers of its closure
        closure = np.array([layout.entity_closure_dofs(fdim, i) for i in range(fdim + 2)])
        rows = np.arange(len(cells))[:, None]
        self.dofs = space.dofmap.list[cells][rows, closure[local]]
        self.geometry_nodes = compat.geometry_dofmap(mesh)[cells][
            rows, closure[local][:, : fdim + 1]
        ]
        rule = basix.make_quadrature(_FACET_TYPE[fdim], QUADRATURE_DEGREE[fdim])
        points, weights = np.asarray(rule[0]), np.asarray(rule[1])
        self.basis = lagrange(fdim, space.ufl_element().degree, points)
        self.linear_basis = lagrange(fdim, 1, points)
        sizes = simplex_sizes(mesh.geometry.x[self.geometry_nodes])
        self.weights: Array = sizes[:, None] * (weights * math.factorial(fdim))

    def at_quadrature(self, values: Array) -> Array:
        """Values at the quadrature points, shape ``(facets, points)``, of a local dof array."""
        return values[self.dofs] @ self.basis.T

    def residual(self, flux: Array) -> Array:
        """Integrals of ``flux`` (at quadrature points) times each basis function, as ``dofs``."""
        return (self.weights * flux) @ self.basis

    def summed(self, at_facets: Array, ghosted: dolfinx.la.Vector) -> Array:
        """Sums over facets, those of other ranks included, at the owned unknowns.

        Args:
            at_facets: Contributions to the unknowns of each facet, as ``dofs``.
            ghosted: Working memory on the unknowns with their ghosts.

        Collective.
        """
        values = ghosted.array
        values[:] = np.bincount(self.dofs.ravel(), weights=at_facets.ravel(), minlength=len(values))
        ghosted.scatter_reverse(dolfinx.la.InsertMode.add)
        return values[: ghosted.index_map.size_local].copy()

    def tangent(self, slope: Array) -> Array:
        """Facet matrices of ``slope`` times basis times basis, ``(facets, nodes, nodes)``."""
        nodes = self.basis.shape[1]
        products = np.einsum("qi,qj->qij", self.basis, self.basis).reshape(len(self.basis), -1)
        return ((self.weights * slope) @ products).reshape(-1, nodes, nodes)


class InterfaceTrace(BoundaryTrace):
    """The part of the interface that the metal touches.

    Where chords stand for pieces of a profile, weights hold the true length of these pieces.

    Attributes:
        node_arc_length: Arc length in m of all nodes, shape ``(facets, nodes)``; nan in 3D.
        outline: The profile whose points were dropped; None where all are nodes, and in 3D.
    """

    def __init__(self, domain: ElectrolyteMesh, space: fem.FunctionSpace) -> None:
        super().__init__(domain, space, Boundary.INTERFACE)
        self.node_arc_length: Array = np.full(self.dofs.shape, np.nan)
        self.outline: Outline | None = None
        self._degree = space.ufl_element().degree
        if isinstance(domain, InterfaceMesh):
            numbers = np.asarray(domain.mesh.geometry.input_global_indices)[self.geometry_nodes]
            ends = domain.interface_arc_length[numbers]
            nodes = np.column_stack([ends, ends.mean(axis=1)])
            self.node_arc_length = nodes[:, : self.dofs.shape[1]]
            if domain.outline is not None and domain.outline.is_thinned:
                self.outline = domain.outline
                chords = simplex_sizes(domain.mesh.geometry.x[self.geometry_nodes])
                self.weights *= (np.abs(ends[:, 1] - ends[:, 0]) / chords)[:, None]

    def point_load(self, arc_length: float, ghosted: dolfinx.la.Vector) -> Array:
        """Values of the owned basis functions at a point of the interface.

        Args:
            arc_length: Of the point in m.
            ghosted: Working memory on the unknowns with their ghosts.

        Collective.
        """
        # a node's owner may see no facet of it, and several ranks may see one
        at_node = self.node_arc_length == arc_length
        ghosted.array[:] = 0.0
        if self.comm.allreduce(bool(at_node.any()), op=MPI.LOR):
            ghosted.array[self.dofs[at_node]] = 1.0
            ghosted.scatter_reverse(dolfinx.la.InsertMode.add)
            return np.where(ghosted.array[: ghosted.index_map.size_local] > 0, 1.0, 0.0)
        first, last = self.node_arc_length[:, 0], self.node_arc_length[:, 1]
        around = np.flatnonzero((first - arc_length) * (last - arc_length) < 0)
        if len(around):
            facet = around[0]
            along = (arc_length - first[facet]) / (last[facet] - first[facet])
            ghosted.array[self.dofs[facet]] = lagrange(1, self._degree, np.array([[along]]))[0]
        ghosted.scatter_reverse(dolfinx.la.InsertMode.add)
        return ghosted.array[: ghosted.index_map.size_local].copy()


def simplex_sizes(vertices: Array) -> Array:
    """Lengths or areas of segments ``(n, 2, 3)`` or triangles ``(n, 3, 3)``."""
    sides = vertices[:, 1:] - vertices[:, :1]
    if sides.shape[1] == 1:
        return np.linalg.norm(sides[:, 0], axis=1)
    return np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1) / 2


def lagrange(dimension: int, degree: int, points: Array) -> Array:
    """Basis functions of DOLFINx's Lagrange elements, shape ``(points, nodes)``."""
    element = basix.create_element(
        basix.ElementFamily.P, _FACET_TYPE[dimension], degree, basix.LagrangeVariant.gll_warped
    )
    return np.asarray(element.tabulate(0, points))[0, :, :, 0]
