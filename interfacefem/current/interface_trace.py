# SPDX-License-Identifier: BSD-3-Clause
"""The finite-element function on the interface: degrees of freedom and quadrature."""

from __future__ import annotations

import basix
import numpy as np
import numpy.typing as npt
from dolfinx import fem

from interfacefem import compat
from interfacefem.meshing.interface_mesh import InterfaceMesh
from interfacefem.meshing.triangulation import Boundary

Array = npt.NDArray[np.floating]

QUADRATURE_DEGREE = 8  # exact for i(phi) of degree 4 times a P2 function and its double


class InterfaceTrace:
    """Interface facets this rank owns, with the degrees of freedom on them.

    Only the interface is nonlinear, so residual and tangent are needed there alone; with the law in
    NumPy the same code serves every law, also those that are given implicitly.

    Attributes:
        dofs: Local degrees of freedom on each facet, shape ``(facets, nodes)``: the two ends in the
            order of increasing arc length, then (degree 2) the middle.
        arc_length: Arc length in m of the ends of each facet, shape ``(facets, 2)``.
        node_arc_length: The same of all nodes, shape ``(facets, nodes)``.
        basis: Basis functions at the quadrature points, shape ``(points, nodes)``.
        linear_basis: Linear functions of the two ends at these points, shape ``(points, 2)``.
        weights: Quadrature weights times facet lengths in m, shape ``(facets, points)``.
    """

    def __init__(self, interface_mesh: InterfaceMesh, space: fem.FunctionSpace) -> None:
        dofs, ends = _facet_dofs(interface_mesh, space)
        backward = ends[:, 0] > ends[:, 1]
        dofs[backward, :2] = dofs[backward, 1::-1]
        self.dofs = dofs
        self.arc_length = np.sort(ends, axis=1)
        rule = basix.make_quadrature(basix.CellType.interval, QUADRATURE_DEGREE)
        points, weights = np.asarray(rule[0]), np.asarray(rule[1])
        element = basix.create_element(
            basix.ElementFamily.P,
            basix.CellType.interval,
            space.ufl_element().degree,
            basix.LagrangeVariant.gll_warped,
        )
        self.basis: Array = np.asarray(element.tabulate(0, points))[0, :, :, 0]
        self.linear_basis = np.column_stack([1 - points[:, 0], points[:, 0]])
        middles = self.arc_length.mean(axis=1, keepdims=True)
        self.node_arc_length = np.hstack([self.arc_length, middles])[:, : dofs.shape[1]]
        self.weights = np.diff(self.arc_length, axis=1) * weights

    def at_quadrature(self, values: Array) -> Array:
        """Values at the quadrature points, shape ``(facets, points)``, of a local dof array."""
        return values[self.dofs] @ self.basis.T

    def residual(self, flux: Array) -> Array:
        """Integrals of ``flux`` (at quadrature points) times each basis function, as ``dofs``."""
        return (self.weights * flux) @ self.basis

    def tangent(self, slope: Array) -> Array:
        """Facet matrices of ``slope`` times basis times basis, ``(facets, nodes, nodes)``."""
        return np.einsum("fq,qi,qj->fij", self.weights * slope, self.basis, self.basis)


def _facet_dofs(
    interface_mesh: InterfaceMesh, space: fem.FunctionSpace
) -> tuple[npt.NDArray[np.int32], Array]:
    """Degrees of freedom of each facet (ends, then middle) and arc length of its ends."""
    mesh = interface_mesh.mesh
    topology = mesh.topology
    tdim = topology.dim
    facets = interface_mesh.facet_tags.find(Boundary.INTERFACE)
    topology.create_connectivity(tdim - 1, tdim)
    topology.create_connectivity(tdim, tdim - 1)
    layout = space.dofmap.dof_layout
    # a facet's vertices have the lowest numbers of its closure
    closure = np.array([layout.entity_closure_dofs(tdim - 1, i) for i in range(tdim + 1)])
    facet_to_cell = topology.connectivity(tdim - 1, tdim)
    cell_to_facet = topology.connectivity(tdim, tdim - 1)
    cells = np.array([facet_to_cell.links(facet)[0] for facet in facets], dtype=np.int32)
    local = np.array(
        [
            np.flatnonzero(cell_to_facet.links(cell) == facet)[0]
            for cell, facet in zip(cells, facets, strict=True)
        ],
        dtype=np.int32,
    )
    rows = np.arange(len(facets))[:, None]
    dofs = space.dofmap.list[cells][rows, closure[local]]
    geometry_nodes = compat.geometry_dofmap(mesh)[cells][rows, closure[local][:, :tdim]]
    input_nodes = np.asarray(mesh.geometry.input_global_indices)[geometry_nodes]
    return dofs, interface_mesh.interface_arc_length[input_nodes]
