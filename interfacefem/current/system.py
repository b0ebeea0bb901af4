# SPDX-License-Identifier: BSD-3-Clause
"""What the current problems on one mesh share: matrices, loads, norms at the interface."""

from __future__ import annotations

import dolfinx
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import assemble_matrix

from interfacefem.current.interface_trace import BoundaryTrace, InterfaceTrace
from interfacefem.current.problem import CurrentProblem
from interfacefem.errors import InputError
from interfacefem.meshing.interface_mesh import ElectrolyteMesh
from interfacefem.meshing.triangulation import Boundary
from interfacefem.mpi import MPI

Array = npt.NDArray[np.floating]


class CurrentSystem:
    """The discretised electrolyte above one interface.

    Unknowns are divided by the conductivity: ``grad phi . grad v`` in the bulk is the same for all
    problems on a mesh.

    Args:
        interface_mesh: The domain.
        degree: Degree of the elements. In 2D degree 2 reaches a given error with the fewest
            unknowns and is the default; in 3D it costs 3 to 30 times more, and only 1 is offered.

    Attributes:
        space: Potentials on it.
        trace: Of the interface.
        contact_size: True length in m or area in m^2 of what the metal touches.
        stiffness: Matrix of the bulk.
        top_load: Integral of each owned basis function over the top, shape ``(owned,)``.
        owned_on_interface: Owned unknowns on the interface; a rank may own one and none of its
            facets.
        multigrid: Whether linear systems are solved by multigrid, as in 3D.

    Raises:
        InputError: The metal touches the interface nowhere, or the degree is not offered.

    Collective.
    """

    def __init__(self, interface_mesh: ElectrolyteMesh, degree: int | None = None) -> None:
        mesh = interface_mesh.mesh
        self.multigrid = mesh.topology.dim == 3
        if self.multigrid and degree not in (None, 1):
            raise InputError("not offered in 3D", field="degree", found=degree, expected="1")
        self.interface_mesh = interface_mesh
        self.space = fem.functionspace(mesh, ("Lagrange", degree or (1 if self.multigrid else 2)))
        self.trace = InterfaceTrace(interface_mesh, self.space)
        self.contact_size: float = interface_mesh.comm.allreduce(
            float(self.trace.weights.sum()), op=MPI.SUM
        )
        if not self.contact_size > 0:
            raise InputError(
                "the metal touches the interface nowhere",
                field="contact",
                expected="a mask that covers the middle of at least one facet",
            )
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        # no constants inside the form: its compiled code is cached across runs
        bulk = fem.form(ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx)
        self.stiffness = assemble_matrix(bulk)
        self.stiffness.assemble()
        index_map = self.space.dofmap.index_map
        self.owned = index_map.size_local
        self.scatter = dolfinx.la.vector(index_map)
        top = BoundaryTrace(interface_mesh, self.space, Boundary.TOP)
        self.top_load: Array = top.summed(top.residual(np.ones_like(top.weights)), self.scatter)
        self._right, self._left = self.stiffness.createVecs()
        self.owned_on_interface = self._owned_on_interface()

    def mean_current_density(self, problem: CurrentProblem) -> float:
        """Current density in A/m^2 over the contact's true length or area."""
        projected = self.interface_mesh.projected_size
        return problem.applied_current_density * projected / self.contact_size

    def at_facets(self, owned: Array) -> Array:
        """Values of the owned unknowns at the nodes of each interface facet, as ``trace.dofs``.

        Collective.
        """
        self.scatter.array[: self.owned] = owned
        self.scatter.scatter_forward()
        return self.scatter.array[self.trace.dofs]

    def times_stiffness(self, potential: Array) -> Array:
        """``K potential`` at the owned unknowns, of the owned unknowns in V; collective."""
        self._right.array[:] = potential
        self.stiffness.mult(self._right, self._left)
        return self._left.array.copy()

    def bulk_residual(self, potential: Array, inflow: float) -> Array:
        """``K potential`` less the load of an inflow ``i_app/k`` in V/m, at the owned unknowns.

        Args:
            potential: Owned unknowns in V.
            inflow: In V/m.

        Collective.
        """
        return self.times_stiffness(potential) - inflow * self.top_load

    def sum_over_facets(self, at_facets: Array) -> Array:
        """Contributions of interface facets summed at the owned unknowns; collective."""
        return self.trace.summed(at_facets, self.scatter)

    def as_function(self, owned: Array) -> fem.Function:
        """The potential with these owned unknowns in V; collective."""
        function = fem.Function(self.space, name="potential")
        function.x.array[: self.owned] = owned
        function.x.scatter_forward()
        return function

    def dot(self, owned: Array, function: fem.Function) -> float:
        """Product of owned unknowns with those of a function; collective."""
        local = float(owned @ function.x.array[: self.owned])
        return self.interface_mesh.comm.allreduce(local, op=MPI.SUM)

    def largest_on_interface(self, function: fem.Function) -> float:
        """Largest absolute value on the interface; collective."""
        local = float(np.abs(function.x.array[self.trace.dofs]).max(initial=0.0))
        return self.interface_mesh.comm.allreduce(local, op=MPI.MAX)

    def mean_on_interface(self, function: fem.Function) -> float:
        """Mean of the unknowns on the interface; collective."""
        own = function.x.array[self.owned_on_interface]
        total = self.interface_mesh.comm.allreduce(np.array([own.sum(), len(own)]), op=MPI.SUM)
        return float(total[0] / total[1])

    def mean_over_top(self, owned: Array) -> float:
        """Mean over the top of the function with these owned unknowns; collective."""
        total = self.interface_mesh.comm.allreduce(float(self.top_load @ owned), op=MPI.SUM)
        return total / self.interface_mesh.projected_size

    def _owned_on_interface(self) -> npt.NDArray[np.int32]:
        self.scatter.array[:] = 0.0
        self.scatter.array[self.trace.dofs.ravel()] = 1.0
        self.scatter.scatter_reverse(dolfinx.la.InsertMode.add)
        return np.flatnonzero(self.scatter.array[: self.owned]).astype(np.int32)
