# SPDX-License-Identifier: BSD-3-Clause
"""A flat, rigid, smooth block pressed against an elastic or elastoplastic body.

One Newton iteration does three things at once: it linearises the stress, moves the block so that
the linearised contact forces add up to the load, and revises which nodes touch (a primal-dual
active set, which is a semi-smooth Newton method; Hintermueller, Ito and Kunisch, SIAM J. Optim. 13
(2003) 865). Path-dependent bodies are loaded in steps; a step that fails is halved.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from mpi4py import MPI
from petsc4py import PETSc

from interfacefem.contact.contact_nodes import ContactNodes, Gap, mirrored_sides
from interfacefem.contact.plane_strain_body import PlaneStrainBody
from interfacefem.errors import ConvergenceError, InputError
from interfacefem.meshing.interface_mesh import InterfaceMesh

_log = logging.getLogger(__name__)

Array = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]

MAX_NEWTON_STEPS = 40
_MAX_HALVINGS = 8
_STEPS_TO_DEEPEST_GAP = 50
_FLAT = 1e-9
_EASY_NEWTON_STEPS = 5
_GROWTH = 1.5
_MOST_GROWTH = 20
_MAX_BACKTRACKING_STEPS = 5
_FORCE_TOLERANCE = 1e-9  # of the load
_STEP_TOLERANCE = 1e-9  # of the deepest gap
_APPROXIMATE_MINIMUM_DEGREE = 0  # MUMPS: fastest analysis at these sizes (physics.md section 1)


@dataclass(frozen=True, eq=False)
class BlockContact:
    """What a block does to a body at one load.

    Attributes:
        mean_pressure: Load over width, in Pa.
        approach: How far in m the block has moved since it first touched.
        x: Horizontal position of the surface nodes in m, from left to right, shape ``(n,)``.
        pressure: Nodal force over nodal weight in Pa, shape ``(n,)``.
        gap: Distance from the block in m, shape ``(n,)``; negative where a capped node would have
            been flattened.
        weights: Length in m that each node stands for, shape ``(n,)``.
        newton_steps: Number of linear systems solved.
        complementarity_error: Largest of penetration over the largest first gap, tension over mean
            pressure and force imbalance over load.

    The same on all ranks.
    """

    mean_pressure: float
    approach: float
    x: Array
    pressure: Array
    gap: Array
    weights: Array
    newton_steps: int
    complementarity_error: float

    @property
    def p_max(self) -> float:
        """Largest nodal pressure in Pa."""
        return float(self.pressure.max())

    @property
    def contact_fraction(self) -> float:
        """Share of the surface under pressure."""
        touching = self.pressure > 0
        return float(self.weights[touching].sum() / self.weights.sum())

    @property
    def mean_contact_pressure(self) -> float:
        """Load over the length of the surface under pressure, in Pa."""
        return self.mean_pressure / self.contact_fraction


class BlockPress:
    """Presses a flat block on a body whose sides are mirrors and whose top is held.

    Args:
        domain: Mesh of the body.
        body: The body on it, elastic or elastoplastic.
        gap: Distance of the block in its first position; see :class:`ContactNodes`.
        hardness: Largest local pressure in Pa. With an elastic body it stands in for plastic flow;
            leave it out where the body itself yields.
        first_step: How far in m the block moves at once where the body yields; easy steps grow,
            hard ones shrink. Default: a fiftieth of the deepest gap.

    Raises:
        InputError: The gap is not finite or the hardness is not positive.

    Collective.
    """

    def __init__(
        self,
        domain: InterfaceMesh,
        body: PlaneStrainBody,
        gap: Gap | None = None,
        *,
        hardness: float = math.inf,
        first_step: float | None = None,
    ) -> None:
        if not hardness > 0:
            raise InputError("out of range", field="hardness", found=hardness, expected="above 0")
        self.body = body
        self.nodes = ContactNodes(domain, body.space, gap)
        self.hardness = hardness
        self.approach = 0.0
        self._limits = hardness * self.nodes.weights
        index_map = body.space.dofmap.index_map
        self._block_size = body.space.dofmap.index_map_bs
        self._owned = index_map.size_local * self._block_size
        self._first = index_map.local_range[0] * self._block_size
        held = mirrored_sides(domain, body.space)
        self._held = held[held < self._owned]
        self._stiffness = body.create_matrix()
        body.update()
        body.assemble_tangent(self._stiffness)
        self._system = self._stiffness.duplicate(copy=True)
        self._forces = self._stiffness.createVecRight()
        self._ghosted = body.create_vector()
        self._ksp = _direct_solver(self._system)
        self._capped: Mask = np.zeros(len(self.nodes.gap), dtype=bool)
        self._mean_pressure = 0.0
        self._largest_pressure = 0.0
        largest = body.comm.allreduce(self.nodes.gap.max(initial=0.0), op=MPI.MAX)
        # a flat's gap is rounding
        self._length = largest if largest > _FLAT * domain.width else domain.width
        # the node that touches first carries the first load
        self._touching: Mask = self.nodes.gap <= 1e-12 * self._length
        self._first_step = first_step or self._length / _STEPS_TO_DEEPEST_GAP

    def press(self, mean_pressure: float) -> BlockContact:
        """Bring the block to a mean pressure, from the last one, and commit the plastic strain.

        Args:
            mean_pressure: In Pa, more than 0 and less than the hardness.

        Raises:
            InputError: The pressure cannot be carried.
            ConvergenceError: Even small steps fail.

        Collective.
        """
        if not 0 < mean_pressure < self.hardness:
            raise InputError(
                "out of range",
                field="mean pressure",
                found=f"{mean_pressure:g} Pa",
                expected=f"more than 0 and less than the hardness, {self.hardness:g} Pa",
            )
        if math.isinf(self.body.material.yield_stress) or mean_pressure <= self._largest_pressure:
            # where little or nothing yields the load may come at once
            steps = self._in_steps(self._mean_pressure, mean_pressure, self._solve_for_pressure)
        else:
            steps = self._press_gradually(mean_pressure)
        self._largest_pressure = max(self._largest_pressure, mean_pressure)
        return self._result(steps)

    def move_to(self, approach: float) -> BlockContact:
        """Bring the block to a position, from the last one, and commit the plastic strain.

        Where a body flows at constant load, the load cannot be prescribed.

        Args:
            approach: Distance in m from where the block first touched.

        Raises:
            ConvergenceError: Even small steps fail, or the block has left the surface.

        Collective.
        """
        steps = self._in_steps(self.approach, approach, self._solve_for_approach)
        return self._result(steps)

    def _press_gradually(self, mean_pressure: float) -> int:
        """Move in steps until the next would pass the load, then solve for the load."""
        step, newton_steps = self._first_step, 0
        while True:
            before = self._memory()
            try:
                taken = self._solve_for_approach(self.approach + step)
                newton_steps += taken
                passed = self._mean_pressure >= mean_pressure
            except ConvergenceError:
                passed = True
            if not passed:
                self.body.commit()
                if taken <= _EASY_NEWTON_STEPS:
                    step = min(_GROWTH * step, _MOST_GROWTH * self._first_step)
                continue
            self._recall(before)
            try:
                newton_steps += self._solve_for_pressure(mean_pressure)
                self.body.commit()
                return newton_steps
            except ConvergenceError as error:
                step /= 2
                if step < self._first_step * 0.5**_MAX_HALVINGS:
                    raise
                _log.info("steps of the block halved to %.3g m: %s", step, error)

    def _memory(self) -> tuple[Array, float, Mask, Mask, float]:
        return (
            self.body.displacement.x.array.copy(),
            self.approach,
            self._touching.copy(),
            self._capped.copy(),
            self._mean_pressure,
        )

    def _recall(self, memory: tuple[Array, float, Mask, Mask, float]) -> None:
        self.body.displacement.x.array[:] = memory[0]
        self.approach, self._touching, self._capped, self._mean_pressure = memory[1:]

    def _in_steps(self, start: float, end: float, solve: Callable[[float], int]) -> int:
        """Newton steps from one load to another; a load step that fails is halved."""
        done, share, halvings, newton_steps = 0.0, 1.0, 0, 0
        while done < 1:
            share = min(share, 1 - done)
            target = end if done + share == 1 else start + (done + share) * (end - start)
            try:
                newton_steps += solve(target)
            except ConvergenceError as error:
                halvings += 1
                if halvings > _MAX_HALVINGS:
                    raise
                _log.info("load step halved: %s", error)
                share /= 2
                continue
            self.body.commit()
            done += share
        return newton_steps

    def _solve_for_pressure(self, mean_pressure: float) -> int:
        load = mean_pressure * self.nodes.width
        steps = self._solve(lambda carried, slope: (load - carried) / slope)
        self._mean_pressure = mean_pressure
        return steps

    def _solve_for_approach(self, approach: float) -> int:
        steps = self._solve(lambda carried, slope: approach - self.approach)
        self._mean_pressure = self.nodes.total(self._contact_force()) / self.nodes.width
        return steps

    def _solve(self, advance: Callable[[float, float], float]) -> int:
        """Newton's method at one load; leaves everything as it was if it fails.

        Args:
            advance: How far the block moves in a step, from the force in N/m that it carries and
                the derivative of that by its position.
        """
        before = self._memory()
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
                settled = abs(moved) <= _STEP_TOLERANCE * self._length
                if not changed and settled and error < _FORCE_TOLERANCE:
                    return step
            raise ConvergenceError(
                f"the contact did not converge in {step} steps (force imbalance {error:.1e} of the "
                "load); try a smoother surface, a finer mesh, or smaller load steps"
            )
        except ConvergenceError:
            self._recall(before)
            raise

    def _evaluate(self) -> None:
        self.body.update()
        self.body.assemble_internal_forces(self._ghosted)
        self._internal: Array = self._ghosted.array.copy()

    def _contact_force(self) -> Array:
        """Upward force in N/m on each contact node."""
        carried = self._touching | self._capped
        force = np.where(carried, self._internal[self.nodes.dofs], 0.0)
        return np.where(self._capped, self._limits, force)

    def _unbalanced(self) -> Array:
        """External minus internal force of all owned degrees of freedom, zero where held."""
        forces = -self._internal
        forces[self.nodes.dofs[self._capped]] += self._limits[self._capped]
        forces[self._held] = 0.0
        forces[self.nodes.dofs[self._touching]] = 0.0
        return forces

    def _residual(self) -> float:
        return float(
            self.body.comm.allreduce(np.abs(self._unbalanced()).max(initial=0.0), op=MPI.MAX)
        )

    def _relative_residual(self) -> float:
        scale = abs(self.nodes.total(self._contact_force()))
        return self._residual() / scale if scale > 0 else math.inf

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
        carried = nodes.total(force) + nodes.total(self._limits[self._capped])
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

    def _gap(self) -> Array:
        nodes = self.nodes
        return self.body.displacement.x.array[nodes.dofs] + nodes.gap - self.approach

    def _revise(self) -> bool:
        """Which nodes touch and which carry the hardness, from the last iterate; collective."""
        force = self._contact_force()
        gap = self._gap()
        slack = 1e-12 * self._length
        touching = (self._touching & (force > 0) & (force < self._limits)) | (
            ~self._touching & ~self._capped & (gap < -slack)
        )
        touching |= self._capped & (gap > slack)
        capped = (self._touching & (force >= self._limits)) | (self._capped & (gap <= slack))
        changed = np.any(touching != self._touching) or np.any(capped != self._capped)
        if not self.nodes.total(touching | capped):
            raise ConvergenceError("the block lost the surface within a load step")
        self._touching, self._capped = touching, capped
        return bool(self.body.comm.allreduce(bool(changed), op=MPI.LOR))

    def _result(self, steps: int) -> BlockContact:
        nodes = self.nodes
        force = self._contact_force()
        pressure = force / nodes.weights
        gap = self._gap()
        load = nodes.total(force)
        free = ~self._capped
        comm = self.body.comm
        penetration = comm.allreduce(np.max(-gap[free], initial=0.0), op=MPI.MAX)
        tension = comm.allreduce(np.max(-pressure, initial=0.0), op=MPI.MAX)
        error = max(
            penetration / self._length,
            tension * nodes.width / load,
            self._residual() / load,
            abs(self._mean_pressure * nodes.width / load - 1),
        )
        x, pressure, gap, weights = nodes.gather(pressure, gap, nodes.weights)
        return BlockContact(
            self._mean_pressure, self.approach, x, pressure, gap, weights, steps, float(error)
        )


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
