# SPDX-License-Identifier: BSD-3-Clause
"""A flat, rigid, smooth block pressed against an elastic body of any shape, over MPI ranks.

The displacement of a node that the block may touch has a bound, and PETSc's SNES ``vinewtonrsls``
solves the variational inequality; a secant on the position of the block meets the mean pressure.
Slower than condensing a layer's elasticity onto its surface, but the body need not be a layer and
the mesh may be spread over ranks (docs/plasticity.md says which to use when).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import assemble_matrix
from petsc4py import PETSc

from interfacefem.contact.block_contact import BlockContact
from interfacefem.contact.contact_nodes import ContactNodes, Gap, mirrored_sides
from interfacefem.errors import ConvergenceError, InputError
from interfacefem.meshing.interface_mesh import InterfaceMesh
from interfacefem.mpi import MPI
from interfacefem.units import MPA

Array = npt.NDArray[np.floating]

MAX_SECANT_STEPS = 40
_MAX_NEWTON_STEPS = 100
_LOAD_TOLERANCE = 1e-10
_FORCE_TOLERANCE = 1e-11  # of the load
_FIRST_SHARE = 0.05  # of the movement that would give the load if the whole surface touched


class UnilateralContact:
    """Presses a flat block on an elastic body; what does not depend on the load is done once.

    The sides of the body are mirrors and its top is a smooth, rigid wall; the block comes from
    below.

    Args:
        domain: Mesh of the body; any shape that :func:`interfacefem.meshing.mesh_profile` makes.
        youngs_modulus: In Pa; the composite modulus' counterpart if the block deforms.
        poisson_ratio: Between -1 and 0.5.
        gap: Distance of the block in its first position; see :class:`ContactNodes`. Give it where
            the surface is curved: nodes in the middle of straight edges do not lie on it.
        degree: Degree of the elements, 2 or 1. Degree 1 puts the largest pressure too high.

    Raises:
        InputError: A modulus, ratio or degree out of range, or a gap that is not finite.

    Collective.
    """

    def __init__(
        self,
        domain: InterfaceMesh,
        youngs_modulus: float,
        poisson_ratio: float,
        gap: Gap | None = None,
        *,
        degree: int = 2,
    ) -> None:
        if not 0 < youngs_modulus < np.inf:
            raise InputError(
                "out of range", field="youngs_modulus", found=youngs_modulus, expected="above 0"
            )
        if not -1 < poisson_ratio < 0.5:
            raise InputError(
                "out of range",
                field="poisson_ratio",
                found=poisson_ratio,
                expected="more than -1, less than 0.5",
            )
        if degree not in (1, 2):
            raise InputError("is not offered", field="degree", found=degree, expected="1 or 2")
        self.domain = domain
        self.comm: MPI.Comm = domain.comm
        self.space = fem.functionspace(domain.mesh, ("Lagrange", degree, (2,)))
        self.displacement = fem.Function(self.space)
        self.nodes = ContactNodes(domain, self.space, gap)
        self._modulus = youngs_modulus
        index_map = self.space.dofmap.index_map
        self._owned = index_map.size_local * self.space.dofmap.index_map_bs
        # over Young's modulus: forces are then of the size of displacements
        self._stiffness = self._assemble(poisson_ratio)
        self._solution = self._stiffness.createVecRight()
        self._lower = self._solution.duplicate()
        self._upper = self._solution.duplicate()
        self._upper.set(PETSc.INFINITY)
        self._force = self._solution.duplicate()
        self._snes = self._variational_inequality()
        self._newton_steps = 0

    def press(self, mean_pressure: float) -> BlockContact:
        """Bring the block to a mean pressure.

        Args:
            mean_pressure: In Pa, more than 0.

        Raises:
            InputError: The pressure is not positive.
            ConvergenceError: SNES or the secant did not converge.

        Collective.
        """
        if not 0 < mean_pressure < np.inf:
            raise InputError(
                "out of range",
                field="mean pressure",
                found=f"{mean_pressure:g} Pa",
                expected="more than 0",
            )
        height = self.domain.top - self.domain.mean_height
        # SNES compares displacements with bounds to 1e-8: lengths near one, and so are forces
        self._length = height * mean_pressure / self._modulus
        load = self.domain.width / height
        self._newton_steps = 0
        self._solution.set(0.0)
        # the load grows ever faster with the approach: a secant from below stays below
        low, carried_low = 0.0, 0.0
        high = _FIRST_SHARE
        carried_high = self._carried(high, load)
        for _ in range(MAX_SECANT_STEPS):
            if abs(carried_high / load - 1) < _LOAD_TOLERANCE:
                return self._result(high)
            if carried_high == carried_low:
                advance = high - low
            else:
                advance = (load - carried_high) * (high - low) / (carried_high - carried_low)
            low, carried_low = high, carried_high
            # a first slope taken in light contact is too small by far
            high = max(min(high + advance, 4 * high), 0.25 * high)
            carried_high = self._carried(high, load)
        raise ConvergenceError(
            f"the block did not reach {mean_pressure / MPA:.4g} MPa in {MAX_SECANT_STEPS} secant "
            f"steps (it carries {carried_high / load:.6g} of the load); try a smoother surface or "
            "a finer mesh"
        )

    def _carried(self, approach: float, load: float) -> float:
        """Scaled force on the block at a scaled position; collective."""
        nodes = self.nodes
        self._lower.set(PETSc.NINFINITY)
        self._lower.array[nodes.dofs] = approach - nodes.gap / self._length
        self._snes.setTolerances(
            rtol=0.0, atol=_FORCE_TOLERANCE * load, stol=0.0, max_it=_MAX_NEWTON_STEPS
        )
        self._snes.setVariableBounds(self._lower, self._upper)
        self._solution.array[nodes.dofs] = np.maximum(
            self._solution.array[nodes.dofs], self._lower.array[nodes.dofs]
        )
        self._snes.solve(None, self._solution)
        self._newton_steps += self._snes.getIterationNumber()
        if self._snes.getConvergedReason() < 0:
            raise ConvergenceError(
                f"SNES did not converge (reason {self._snes.getConvergedReason()}) with the block "
                f"{approach * self._length:.4g} m up; try a smoother surface or a finer mesh"
            )
        return nodes.total(self._contact_force())

    def _contact_force(self) -> Array:
        """Upward force on each contact node over Young's modulus and the unit of length."""
        self._stiffness.mult(self._solution, self._force)
        nodes = self.nodes
        touching = self._solution.array[nodes.dofs] <= self._lower.array[nodes.dofs]
        return np.where(touching, self._force.array[nodes.dofs], 0.0)

    def _assemble(self, poisson_ratio: float) -> PETSc.Mat:
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        mesh = self.domain.mesh
        shear = fem.Constant(mesh, np.float64(1 / (2 * (1 + poisson_ratio))))
        first_lame = fem.Constant(
            mesh, np.float64(poisson_ratio / ((1 + poisson_ratio) * (1 - 2 * poisson_ratio)))
        )
        strain = ufl.sym(ufl.grad(u))
        stress = 2 * shear * strain + first_lame * ufl.tr(strain) * ufl.Identity(2)
        form = fem.form(ufl.inner(stress, ufl.sym(ufl.grad(v))) * ufl.dx)
        matrix = assemble_matrix(form)
        matrix.assemble()
        held = mirrored_sides(self.domain, self.space)
        first = matrix.getOwnershipRange()[0]
        # rows and columns of what is held become those of the identity
        matrix.zeroRowsColumns((held[held < self._owned] + first).astype(PETSc.IntType), diag=1.0)
        matrix.setOption(PETSc.Mat.Option.SYMMETRIC, True)
        return matrix

    def _variational_inequality(self) -> PETSc.SNES:
        stiffness = self._stiffness

        # not methods: PETSc would keep this object alive until after MPI has ended
        def residual(snes: PETSc.SNES, x: PETSc.Vec, f: PETSc.Vec) -> None:
            stiffness.mult(x, f)

        def keep_stiffness(snes: PETSc.SNES, x: PETSc.Vec, a: PETSc.Mat, p: PETSc.Mat) -> None:
            """The stiffness of a linear body is what it was."""

        prefix = "interfacefem_contact_"
        snes = PETSc.SNES().create(self.comm)
        snes.setOptionsPrefix(prefix)
        snes.setType("vinewtonrsls")
        snes.setFunction(residual, self._solution.duplicate())
        snes.setJacobian(keep_stiffness, self._stiffness)
        # a linear body needs no search along the step: the projection onto the bounds does it
        options = PETSc.Options(prefix)
        settings = {"snes_linesearch_type": "basic", "snes_vi_zero_tolerance": 1e-12}
        for name, value in settings.items():
            options[name] = value
        snes.setFromOptions()
        for name in settings:
            options.delValue(name)
        ksp = snes.getKSP()
        ksp.setType(PETSc.KSP.Type.PREONLY)
        preconditioner = ksp.getPC()
        preconditioner.setType(PETSc.PC.Type.LU)
        preconditioner.setFactorSolverType("mumps")
        return snes

    def _result(self, approach: float) -> BlockContact:
        nodes, unit = self.nodes, self._modulus * self._length
        self.displacement.x.array[: self._owned] = self._solution.array * self._length
        self.displacement.x.scatter_forward()
        force = self._contact_force()
        load = nodes.total(force)
        gap = self._solution.array[nodes.dofs] + nodes.gap / self._length - approach
        unbalanced = self._force.array.copy()
        unbalanced[nodes.dofs] -= force

        def largest(values: Array) -> float:
            return float(self.comm.allreduce(np.max(values, initial=0.0), op=MPI.MAX))

        pressure = force * unit / nodes.weights
        mean_pressure = load * unit / nodes.width
        error = max(
            largest(-gap) * self._length / max(largest(nodes.gap), self._length),
            largest(-pressure) / mean_pressure,
            largest(np.abs(unbalanced)) / load,
        )
        x, pressure, gap, weights = nodes.gather(pressure, gap * self._length, nodes.weights)
        return BlockContact(
            mean_pressure,
            approach * self._length,
            x,
            pressure,
            gap,
            weights,
            self._newton_steps,
            error,
        )
