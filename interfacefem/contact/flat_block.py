# SPDX-License-Identifier: BSD-3-Clause
"""A flat, rigid, smooth block pressed against an elastic or elastoplastic body.

Path-dependent bodies are loaded in steps; a step that fails is halved.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

import numpy as np

from interfacefem.contact.active_set import ActiveSet
from interfacefem.contact.block_contact import BlockContact
from interfacefem.contact.contact_nodes import ContactNodes, Gap
from interfacefem.contact.plane_strain_body import PlaneStrainBody
from interfacefem.errors import ConvergenceError, InputError
from interfacefem.meshing.interface_mesh import InterfaceMesh
from interfacefem.mpi import MPI

_log = logging.getLogger(__name__)

_MAX_HALVINGS = 8
_STEPS_TO_DEEPEST_GAP = 50
_EASY_NEWTON_STEPS = 5
_GROWTH = 1.5
_MOST_GROWTH = 20


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
        self._contact = ActiveSet(domain, body, self.nodes, hardness)
        self._mean_pressure = 0.0
        self._largest_pressure = 0.0
        self._first_step = first_step or self._contact.length / _STEPS_TO_DEEPEST_GAP

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
        steps = self._in_steps(self._contact.approach, approach, self._solve_for_approach)
        return self._result(steps)

    def _press_gradually(self, mean_pressure: float) -> int:
        """Move in steps until the next would pass the load, then solve for the load."""
        step, newton_steps = self._first_step, 0
        while True:
            before, pressure_before = self._contact.state(), self._mean_pressure
            try:
                taken = self._solve_for_approach(self._contact.approach + step)
                newton_steps += taken
                passed = self._mean_pressure >= mean_pressure
            except ConvergenceError:
                passed = True
            if not passed:
                self.body.commit()
                if taken <= _EASY_NEWTON_STEPS:
                    step = min(_GROWTH * step, _MOST_GROWTH * self._first_step)
                continue
            self._contact.recall(before)
            self._mean_pressure = pressure_before
            try:
                newton_steps += self._solve_for_pressure(mean_pressure)
                self.body.commit()
                return newton_steps
            except ConvergenceError as error:
                step /= 2
                if step < self._first_step * 0.5**_MAX_HALVINGS:
                    raise
                _log.info("steps of the block halved to %.3g m: %s", step, error)

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
        steps = self._contact.solve(lambda carried, slope: (load - carried) / slope)
        self._mean_pressure = mean_pressure
        return steps

    def _solve_for_approach(self, approach: float) -> int:
        steps = self._contact.solve(lambda carried, slope: approach - self._contact.approach)
        self._mean_pressure = self.nodes.total(self._contact.contact_force()) / self.nodes.width
        return steps

    def _result(self, steps: int) -> BlockContact:
        nodes = self.nodes
        force = self._contact.contact_force()
        pressure = force / nodes.weights
        gap = self._contact.gap()
        load = nodes.total(force)
        free = ~self._contact.capped
        comm = self.body.comm
        penetration = comm.allreduce(np.max(-gap[free], initial=0.0), op=MPI.MAX)
        tension = comm.allreduce(np.max(-pressure, initial=0.0), op=MPI.MAX)
        error = max(
            penetration / self._contact.length,
            tension * nodes.width / load,
            self._contact.residual() / load,
            abs(self._mean_pressure * nodes.width / load - 1),
        )
        x, pressure, gap, weights = nodes.gather(pressure, gap, nodes.weights)
        return BlockContact(
            self._mean_pressure,
            self._contact.approach,
            x,
            pressure,
            gap,
            weights,
            steps,
            float(error),
        )
