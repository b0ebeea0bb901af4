# SPDX-License-Identifier: BSD-3-Clause
"""Contact of a block and a body of finite elements at one load: a primal-dual active set.

One Newton iteration does three things at once: it linearises the stress, moves the block so that
the linearised contact forces add up to the load, and revises which nodes touch (a semi-smooth
Newton method; Hintermueller, Ito and Kunisch, SIAM J. Optim. 13 (2003) 865).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from interfacefem.contact.contact_nodes import ContactNodes, mirrored_sides
from interfacefem.contact.plane_strain_body import PlaneStrainBody
from interfacefem.errors import ConvergenceError
from interfacefem.meshing.interface_mesh import InterfaceMesh
from interfacefem.mpi import MPI

Array = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]

MAX_NEWTON_STEPS = 40
_FLAT = 1e-9
_MAX_BACKTRACKING_STEPS = 5
_FORCE_TOLERANCE = 1e-9  # of the load
_STEP_TOLERANCE = 1e-9  # of the deepest gap
_APPROXIMATE_MINIMUM_DEGREE = 0  # MUMPS: fastest analysis at these sizes (physics.md section 1)


@dataclass(frozen=True, eq=False)
class ContactState:
    """Where block and body are.

    Attributes:
        displacement: Of the body in m, ghosts included.
        approach: How far in m the block has moved since it first touched.
        touching: Which contact nodes of this rank touch.
        capped: Which carry the hardness.
    """

    displacement: Array
    approach: float
    touching: Mask
    capped: Mask


class ActiveSet:
    """Block and body, and the Newton iteration that brings them to one load.

    Args:
        domain: Mesh of the body.
        body: The body on it.
        nodes: That the block may touch.
        hardness: Largest local pressure in Pa.

    Attributes:
        approach: How far in m the block has moved since it first touched.
        length: The deepest gap in m, or the width where there is none.
        capped: Which nodes of this rank carry the hardness.

    Collective.
    """

    def __init__(
        self, domain: InterfaceMesh, body: PlaneStrainBody, nodes: ContactNodes, hardness: float
    ) -> None:
        self.body, self.nodes = body, nodes
        self.approach = 0.0
        self._limits = hardness * nodes.weights
        index_map = body.space.dofmap.index_map
        block_size = body.space.dofmap.index_map_bs
        self._owned = index_map.size_local * block_size
        self._first = index_map.local_range[0] * block_size
        held = mirrored_sides(domain, body.space)
        self._held = held[held < self._owned]
        self._stiffness = body.create_matrix()
        body.update()
        body.assemble_tangent(self._stiffness)
        self._system = self._stiffness.duplicate(copy=True)
        self._forces = self._stiffness.createVecRight()
        self._ghosted = body.create_vector()
        self._ksp = _direct_solver(self._system)
        largest = body.comm.allreduce(nodes.gap.max(initial=0.0), op=MPI.MAX)
        # a flat's gap is rounding
        self.length = largest if largest > _FLAT * domain.width else domain.width
        # the node that touches first carries the first load
        self._touching: Mask = nodes.gap <= 1e-12 * self.length
        self.capped: Mask = np.zeros(len(nodes.gap), dtype=bool)

    def state(self) -> ContactState:
        """Where block and body are now."""
        return ContactState(
            self.body.displacement.x.array.copy(),
            self.approach,
            self._touching.copy(),
            self.capped.copy(),
        )

    def recall(self, state: ContactState) -> None:
        """Go back to where they were."""
        self.body.displacement.x.array[:] = state.displacement
        self.approach = state.approach
        self._touching, self.capped = state.touching, state.capped

    def solve(self, advance: Callable[[float, float], float]) -> int:
        """Newton's method at one load; leaves everything as it was if it fails.

        Args:
            advance: How far the block moves in a step, from the force in N/m that it carries and
                the derivative of that by its position.

        Returns:
            The number of steps.

        Raises:
            ConvergenceError: It did not converge, or the block has left the surface.

        Collective.
        """
        before = self.state()
        try:
            self._evaluate()
            changed, error = True, math.inf
            for step in range(1, MAX_NEWTON_STEPS + 1):
                # another set of touching nodes is another problem, to which no residual compares
                moved = self._newton_step(advance, math.inf if changed else error)
                changed = self._revise()
                error = self._relative_residual()
                if math.isnan(error):
                    break
                settled = abs(moved) <= _STEP_TOLERANCE * self.length
                if not changed and settled and error < _FORCE_TOLERANCE:
                    return step
            raise ConvergenceError(
                f"the contact did not converge in {step} steps (force imbalance {error:.1e} of the "
                "load); try a smoother surface, a finer mesh, or smaller load steps"
            )
        except ConvergenceError:
            self.recall(before)
            raise

    def _evaluate(self) -> None:
        self.body.update()
        self.body.assemble_internal_forces(self._ghosted)
        self._internal: Array = self._ghosted.array.copy()

    def contact_force(self) -> Array:
        """Upward force in N/m on each contact node."""
        carried = self._touching | self.capped
        force = np.where(carried, self._internal[self.nodes.dofs], 0.0)
        return np.where(self.capped, self._limits, force)

    def _unbalanced(self) -> Array:
        """External minus internal force of all owned degrees of freedom, zero where held."""
        forces = -self._internal
        forces[self.nodes.dofs[self.capped]] += self._limits[self.capped]
        forces[self._held] = 0.0
        forces[self.nodes.dofs[self._touching]] = 0.0
        return forces

    def residual(self) -> float:
        """Largest unbalanced force in N/m; collective."""
        return float(
            self.body.comm.allreduce(np.abs(self._unbalanced()).max(initial=0.0), op=MPI.MAX)
        )

    def _relative_residual(self) -> float:
        scale = abs(self.nodes.total(self.contact_force()))
        return self.residual() / scale if scale > 0 else math.inf

    def _newton_step(self, advance: Callable[[float, float], float], largest: float) -> float:
        nodes, u = self.nodes, self.body.displacement
        self.body.assemble_tangent(self._stiffness)
        self._stiffness.copy(self._system, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        held = np.union1d(self._held, nodes.dofs[self._touching])
        self._system.zeroRowsColumns(
            (held + self._first).astype(PETSc.IntType), diag=self.body.material.youngs_modulus
        )
        touching = nodes.dofs[self._touching]
        values = u.x.array
        prescribed = np.zeros(self._owned)
        prescribed[self._held] = -values[self._held]
        prescribed[touching] = self.approach - nodes.gap[self._touching] - values[touching]
        unit = np.zeros(self._owned)
        unit[touching] = 1.0
        correction = self._solve_with(held, prescribed, self._unbalanced())
        per_approach = self._solve_with(held, unit, np.zeros(self._owned))
        # linearised contact forces add up to the load
        force = self._internal[touching] + self._times(correction)[touching]
        slope = nodes.total(self._times(per_approach)[touching])
        carried = nodes.total(force) + nodes.total(self._limits[self.capped])
        if not slope > 0:
            raise ConvergenceError("the block touches nothing that resists it")
        moved = advance(carried, slope)
        step = correction + moved * per_approach
        share, taken = 1.0, 0.0
        for _ in range(_MAX_BACKTRACKING_STEPS):
            values[: self._owned] += (share - taken) * step
            self.approach += (share - taken) * moved
            taken = share
            self._evaluate()
            if self._relative_residual() < largest:
                break
            share /= 2
        return moved

    def _solve_with(self, held: npt.NDArray[np.integer], at_held: Array, forces: Array) -> Array:
        """Displacement with given values where held, balanced with ``forces`` elsewhere."""
        right = forces - self._times(at_held)
        right[held] = self.body.material.youngs_modulus * at_held[held]
        self._forces.array[:] = right
        solution = self._forces.duplicate()
        self._ksp.setOperators(self._system)
        self._ksp.solve(self._forces, solution)
        if self._ksp.getConvergedReason() < 0:
            solution.destroy()
            raise ConvergenceError("the tangent of the body could not be factorised")
        result = solution.array.copy()
        solution.destroy()
        return result

    def _times(self, values: Array) -> Array:
        right, left = self._stiffness.createVecs()
        right.array[:] = values
        self._stiffness.mult(right, left)
        result = left.array.copy()
        right.destroy()
        left.destroy()
        return result

    def gap(self) -> Array:
        """Distance of the block from each contact node in m."""
        nodes = self.nodes
        return self.body.displacement.x.array[nodes.dofs] + nodes.gap - self.approach

    def _revise(self) -> bool:
        """Which nodes touch and which carry the hardness, from the last iterate; collective."""
        force = self.contact_force()
        gap = self.gap()
        slack = 1e-12 * self.length
        touching = (self._touching & (force > 0) & (force < self._limits)) | (
            ~self._touching & ~self.capped & (gap < -slack)
        )
        touching |= self.capped & (gap > slack)
        capped = (self._touching & (force >= self._limits)) | (self.capped & (gap <= slack))
        changed = np.any(touching != self._touching) or np.any(capped != self.capped)
        if not self.nodes.total(touching | capped):
            raise ConvergenceError("the block lost the surface within a load step")
        self._touching, self.capped = touching, capped
        return bool(self.body.comm.allreduce(bool(changed), op=MPI.LOR))


def _direct_solver(matrix: PETSc.Mat) -> PETSc.KSP:
    matrix.setOption(PETSc.Mat.Option.SYMMETRIC, True)
    matrix.setOption(PETSc.Mat.Option.SYMMETRY_ETERNAL, True)
    # rows of the nodes that touch change: the pattern must not, or the analysis is done anew
    matrix.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
    ksp = PETSc.KSP().create(matrix.comm)
    ksp.setType(PETSc.KSP.Type.PREONLY)
    ksp.setOperators(matrix)
    preconditioner = ksp.getPC()
    preconditioner.setType(PETSc.PC.Type.CHOLESKY)
    preconditioner.setFactorSolverType("mumps")
    preconditioner.setFactorSetUpSolverType()
    preconditioner.getFactorMatrix().setMumpsIcntl(7, _APPROXIMATE_MINIMUM_DEGREE)
    return ksp
