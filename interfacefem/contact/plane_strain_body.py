# SPDX-License-Identifier: BSD-3-Clause
"""A body in plane strain whose stress lives at the quadrature points."""

from __future__ import annotations

import math

import basix
import basix.ufl
import dolfinx
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import assemble_matrix, assemble_vector, create_matrix
from petsc4py import PETSc
from scipy.interpolate import LinearNDInterpolator

from interfacefem.contact.plastic_material import (
    COMPONENTS,
    IN_PLANE,
    PlasticState,
    VonMisesMaterial,
    update_stress,
)
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

# Three points in each triangle of degree 2: the plastic strain, which keeps the volume, has then
# no more constraints than the six nodes can meet, and the body does not lock.
_QUADRATURE_DEGREE = 2
_NEAR_SIDE = 0.05  # of the width: points mirrored at the sides, so that nothing is extrapolated


class PlaneStrainBody:
    """An elastic or elastoplastic body on a mesh of triangles, by finite elements of degree 2.

    Args:
        mesh: The body, coordinates in m.
        material: Moduli and yield stress.

    Attributes:
        mesh: As given.
        material: As given.
        space: Displacements.
        displacement: In m.
        state: Plastic strain at the end of the last committed step, at this rank's points.
        stress: In Pa at this rank's points after :meth:`update`, shape ``(points, 4)``.
        points: Position of the quadrature points in m, shape ``(points, 2)``; those of the cells
            that this rank owns come first.
        owned_points: How many of them those are.

    Collective.
    """

    def __init__(self, mesh: dolfinx.mesh.Mesh, material: VonMisesMaterial) -> None:
        self.mesh = mesh
        self.material = material
        self.space = fem.functionspace(mesh, ("Lagrange", 2, (2,)))
        self.displacement = fem.Function(self.space)
        cell = mesh.basix_cell()
        reference_points = np.asarray(basix.make_quadrature(cell, _QUADRATURE_DEGREE)[0])
        index_map = mesh.topology.index_map(mesh.topology.dim)
        self._cells = np.arange(index_map.size_local + index_map.num_ghosts, dtype=np.int32)
        self._points_per_cell = len(reference_points)
        self.owned_points = index_map.size_local * self._points_per_cell

        def quadrature_function(shape: tuple[int, ...]) -> fem.Function:
            element = basix.ufl.quadrature_element(
                mesh.basix_cell(), value_shape=shape, degree=_QUADRATURE_DEGREE
            )
            return fem.Function(fem.functionspace(mesh, element))

        self._stress = quadrature_function((3,))
        self._tangent = quadrature_function((3, 3))
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        dx = ufl.dx(metadata={"quadrature_degree": _QUADRATURE_DEGREE})
        self._residual_form = fem.form(ufl.inner(self._stress, _strain(v)) * dx)
        self._tangent_form = fem.form(
            ufl.inner(ufl.dot(self._tangent, _strain(u)), _strain(v)) * dx
        )
        self._strain_at_points = fem.Expression(_strain(self.displacement), reference_points)
        where = fem.Expression(ufl.SpatialCoordinate(mesh), reference_points)
        self.points = np.asarray(where.eval(mesh, self._cells)).reshape(-1, 2)
        self.state = PlasticState.virgin(len(self.points))
        self._next_state = self.state
        self.stress: Array = np.zeros((len(self.points), COMPONENTS))

    @property
    def comm(self) -> MPI.Comm:
        """Communicator of the mesh."""
        return self.mesh.comm

    def create_vector(self) -> PETSc.Vec:
        """A vector for :meth:`assemble_internal_forces`; collective."""
        return assemble_vector(self._residual_form)

    def create_matrix(self) -> PETSc.Mat:
        """A matrix for :meth:`assemble_tangent`; collective."""
        return create_matrix(self._tangent_form)

    def update(self) -> None:
        """Stress and tangent of the present displacement, from the last committed state.

        Collective.
        """
        self.displacement.x.scatter_forward()
        strain = np.zeros((len(self.points), COMPONENTS))
        at_points = self._strain_at_points.eval(self.mesh, self._cells)
        strain[:, IN_PLANE] = np.asarray(at_points).reshape(-1, 3)
        updated = update_stress(self.material, strain, self.state)
        self.stress = updated.stress
        self._next_state = updated.state
        self._stress.x.array[:] = updated.stress[:, IN_PLANE].ravel()
        self._tangent.x.array[:] = updated.tangent[:, IN_PLANE][:, :, IN_PLANE].ravel()

    def commit(self) -> None:
        """Make the plastic strain of the last :meth:`update` the begin of the next step."""
        self.state = self._next_state

    def assemble_internal_forces(self, vector: PETSc.Vec) -> None:
        """Nodal forces in N/m that hold the present stress, into ``vector``; collective."""
        with vector.localForm() as local:
            local.set(0.0)
        assemble_vector(vector, self._residual_form)
        vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)

    def assemble_tangent(self, matrix: PETSc.Mat) -> None:
        """Derivative of the nodal forces by the displacements, into ``matrix``; collective."""
        matrix.zeroEntries()
        assemble_matrix(matrix, self._tangent_form)
        matrix.assemble()


def _strain(u: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
    epsilon = ufl.sym(ufl.grad(u))
    return ufl.as_vector([epsilon[0, 0], epsilon[1, 1], math.sqrt(2) * epsilon[0, 1]])


def vertical_compression_at_depth(body: PlaneStrainBody, x: Array, depth: float) -> Array:
    """``T_d = -sigma_zz`` in Pa at a depth below the lower side of a body with mirrors as sides.

    Linear between the quadrature points.

    Args:
        body: A body whose lower side is flat.
        x: Where, in m, shape ``(n,)``.
        depth: In m above the lower side, inside the body.

    Returns:
        Shape ``(n,)``, the same on all ranks.

    Raises:
        InputError: The depth lies outside of the body, or above its first row of points.

    Collective.
    """
    own = body.owned_points
    parts = body.comm.allgather(np.column_stack([body.points[:own], -body.stress[:own, 1]]))
    table = np.concatenate(parts)
    nodes = body.mesh.comm.allgather(body.mesh.geometry.x[:, :2])
    corners = np.concatenate(nodes)
    (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
    first = table[:, 1].min() - bottom
    if not 2 * first < depth < top - bottom:
        raise InputError(
            "lies outside of the body or so near its surface that no stress is known there",
            field="depth",
            found=f"{depth / UM:g} um",
            expected=f"more than {2 * first / UM:.3g} um, less than {(top - bottom) / UM:g} um",
        )
    near = np.abs(table[:, 1] - bottom - depth) < max(0.5 * depth, 0.05 * (right - left))
    table = table[near]
    edge = _NEAR_SIDE * (right - left)
    for side in (left, right):
        mirrored = table[np.abs(table[:, 0] - side) < edge] * [-1, 1, 1] + [2 * side, 0, 0]
        table = np.concatenate([table, mirrored])
    at = np.column_stack([x, np.full(len(x), bottom + depth)])
    return np.asarray(LinearNDInterpolator(table[:, :2], table[:, 2])(at))
