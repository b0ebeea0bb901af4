# SPDX-License-Identifier: BSD-3-Clause
"""Nodes of a surface that a flat block may touch, and the sides that hold a body."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import assemble_vector
from petsc4py import PETSc

from interfacefem.errors import InputError
from interfacefem.meshing.interface_mesh import InterfaceMesh
from interfacefem.meshing.triangulation import Boundary
from interfacefem.mpi import MPI

Array = npt.NDArray[np.floating]
Gap = Callable[[Array], Array]


class ContactNodes:
    """The interface's nodes that this rank owns; the block lies below and moves up.

    A rank that owns none holds empty arrays.

    Args:
        domain: The body, interface at its lower side.
        space: Displacements on it.
        gap: Distance in m of the block in its first position from points of shape ``(n, 2)``; None
            for a block that just touches the lowest node of the mesh.

    Attributes:
        dofs: Local degrees of freedom of the vertical displacement, ascending, shape ``(n,)``.
        x: Horizontal position in m, shape ``(n,)``.
        gap: Distance in m from the block in its first position, shape ``(n,)``, at least 0.
        weights: Integral in m of each node's basis function over the interface, shape ``(n,)``:
            force over weight is the nodal pressure.

    Raises:
        InputError: The gap is no finite number everywhere.

    Collective.
    """

    def __init__(
        self, domain: InterfaceMesh, space: fem.FunctionSpace, gap: Gap | None = None
    ) -> None:
        self.comm: MPI.Comm = domain.comm
        self.width = domain.width
        facets = domain.facet_tags.find(Boundary.INTERFACE)
        owned = space.dofmap.index_map.size_local * space.dofmap.index_map_bs
        vertical = space.mesh.geometry.dim - 1
        # facets are tagged on the rank that owns them; a node of theirs may belong to another
        dofs = fem.locate_dofs_topological(
            space.sub(vertical), space.mesh.topology.dim - 1, facets, remote=True
        )
        self.dofs = np.sort(dofs[dofs < owned])
        where = space.tabulate_dof_coordinates()[self.dofs // space.dofmap.index_map_bs]
        self.x: Array = where[:, 0]
        if gap is None:
            lowest = self.comm.allreduce(where[:, vertical].min(initial=np.inf), op=MPI.MIN)
            own_gap = where[:, vertical] - lowest
        else:
            own_gap = np.asarray(gap(where[:, :2]), dtype=float)
        if not self.comm.allreduce(bool(np.isfinite(own_gap).all()), op=MPI.LAND):
            raise InputError("is not finite everywhere", field="gap")
        self.gap: Array = own_gap - self.comm.allreduce(own_gap.min(initial=np.inf), op=MPI.MIN)
        self.weights = self._weights(domain, space, vertical)[self.dofs]

    def _weights(self, domain: InterfaceMesh, space: fem.FunctionSpace, vertical: int) -> Array:
        ds = ufl.Measure("ds", domain=domain.mesh, subdomain_data=domain.facet_tags)
        form = fem.form(ufl.TestFunction(space)[vertical] * ds(int(Boundary.INTERFACE)))
        vector = assemble_vector(form)
        vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        weights = vector.array.copy()
        vector.destroy()
        return weights

    def total(self, values: Array) -> float:
        """Sum of one value per node over all ranks; collective."""
        return float(self.comm.allreduce(float(np.sum(values)), op=MPI.SUM))

    def gather(self, *values: Array) -> tuple[Array, ...]:
        """Values of all ranks' nodes from left to right, on every rank; collective."""
        parts = self.comm.allgather(np.column_stack([self.x, *values]))
        table = np.concatenate(parts)
        return tuple(table[np.argsort(table[:, 0], kind="stable")].T)


def mirrored_sides(domain: InterfaceMesh, space: fem.FunctionSpace) -> npt.NDArray[np.int32]:
    """Degrees of freedom held at zero where the sides are mirrors and the top a rigid, smooth wall.

    Local numbers that this rank owns or sees as ghosts. Collective.
    """
    fdim = domain.mesh.topology.dim - 1
    tags = domain.facet_tags
    sides = np.concatenate([tags.find(Boundary.LEFT), tags.find(Boundary.RIGHT)])
    return np.union1d(
        fem.locate_dofs_topological(space.sub(0), fdim, np.sort(sides), remote=True),
        fem.locate_dofs_topological(space.sub(1), fdim, tags.find(Boundary.TOP), remote=True),
    ).astype(np.int32)
