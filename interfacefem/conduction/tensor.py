# SPDX-License-Identifier: BSD-3-Clause
"""The whole tensor of effective conductivity of a box, with its principal axes.

A mean field along each axis in turn, the box continued periodically or held at the field's own
potential on all faces (linear). Conjugate gradients on the operator of insulated faces with the
condition added, preconditioned by the cycle for plates on all faces: linear boxes take as many
iterations as plates, periodic ones four times as many, hardly more for larger boxes. (The cycle for
plates along the field took 160 at 64^3: a correction that differs between opposite faces costs the
periodic box the energy of a whole face of voxels, that cycle only that of a gradient over the box.)
Linear tensors lie above, and fall to that of a large volume as the box
grows (C. Huet, J. Mech. Phys. Solids 38, 813 (1990)); periodic ones scatter about it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.compiled import kernel
from interfacefem.conduction.boundary_conditions import BoxFaces, Sides
from interfacefem.conduction.conjugate_gradients import ConductionSettings
from interfacefem.conduction.descent import Descent, OuterFlow, outer_plane
from interfacefem.conduction.gradient_kernels import product, residual
from interfacefem.conduction.matrix import PLATE, grounded_stencil, insulated_operator
from interfacefem.conduction.multigrid import Multigrid, coarsening_plan
from interfacefem.conduction.solver import VolumeSlab, checked_conductivities, require_labels
from interfacefem.errors import ConvergenceError

Doubles = npt.NDArray[np.float64]

_TIGHTER = 0.1  # residual than for plates: mixed terms err in the first order


@dataclass(frozen=True, eq=False)
class ConductivityTensor:
    """Effective conductivity of a box.

    Attributes:
        sides: ``periodic`` or ``linear``.
        tensor: In the unit of the conductivities, axes 0, 1, 2 of the file, symmetric, (3, 3).
        asymmetry: Largest difference of mixed terms that should be equal, before they were made so.
        principal: Principal values, largest first, shape (3,).
        directions: Unit vectors of the principal axes, one a row, (3, 3).
        iterations: Of the conjugate gradients along each axis.
    """

    sides: Sides
    tensor: Doubles
    asymmetry: float
    principal: Doubles
    directions: Doubles
    iterations: tuple[int, ...]

    @property
    def anisotropy(self) -> float:
        """Largest less smallest principal value, over their mean; 0 where nothing conducts."""
        mean = float(self.principal.mean())
        return float(np.ptp(self.principal)) / mean if mean > 0 else 0.0


def conductivity_tensor(
    volume: VolumeSlab,
    conductivities: Mapping[int, float],
    sides: Sides = "periodic",
    *,
    settings: ConductionSettings | None = None,
    progress: Callable[[str], None] | None = None,
) -> ConductivityTensor:
    """Three solves, one for a mean field along each axis.

    Args:
        volume: This rank's part.
        conductivities: Of each label; labels that are missing do not conduct.
        sides: Condition on all outer faces.
        settings: When to stop; the residual is taken a tenth of it.
        progress: Called as each solve begins.

    Raises:
        VolumeError: See ``ConductionSolver``.
        ConvergenceError: Not within the iterations allowed.

    Collective.
    """
    known = checked_conductivities(conductivities)
    require_labels(volume, known)
    box = _Box(volume, known, sides, settings or ConductionSettings())
    currents, iterations = [], []
    for axis in range(3):
        if progress is not None:
            progress(f"mean field along axis {axis}")
        found, number = box.solve(axis)
        currents.append(found)
        iterations.append(number)
    matrix = np.array(currents)
    tensor = (matrix + matrix.T) / 2
    values, vectors = np.linalg.eigh(tensor)
    vectors = vectors.T[::-1]
    # the largest component counts positive
    signs = np.sign(vectors[np.arange(3), np.abs(vectors).argmax(axis=1)])
    return ConductivityTensor(
        sides, tensor, float(np.abs(matrix - matrix.T).max()), values[::-1],
        vectors * signs[:, None], tuple(iterations),
    )  # fmt: skip


class _Box:
    """One box under mean fields; potentials drop by one along the field. Collective."""

    def __init__(
        self,
        volume: VolumeSlab,
        conductivities: Mapping[int, float],
        sides: Sides,
        settings: ConductionSettings,
    ) -> None:
        self._volume, self._slabs, self._settings = volume, volume.slabs, settings
        self._sigma = tuple(conductivities.values())
        phases = np.zeros(volume.labels.shape, np.uint8)
        for number, label in enumerate(conductivities, start=1):
            phases[volume.labels == label] = number
        self._phases = phases
        relative = np.array([0.0, *self._sigma]) / max(self._sigma)
        sizes = np.array(volume.voxel_size) / min(volume.voxel_size)
        self._weights = sizes.prod() / sizes**2
        self._sizes = sizes
        self._relative = relative
        stencil = grounded_stencil(phases, self._sigma, volume.voxel_size, volume.slabs)
        plan = coarsening_plan(volume.shape, volume.voxel_size)
        self._multigrid = Multigrid(stencil, 0, volume.slabs, plan, all_sides=True)
        self._faces = BoxFaces(sides, relative, phases, volume.shape, self._weights, volume.slabs)
        self._operator = insulated_operator(phases, self._sigma, volume.voxel_size, volume.slabs)
        self._x, self._r = (
            np.zeros([count + 2 for count in phases.shape], np.float64) for _ in range(2)
        )

    def solve(self, axis: int) -> tuple[Doubles, int]:
        """Mean current along each axis over the field along one; iterations."""
        slabs, volume, settings = self._slabs, self._volume, self._settings
        x = self._x
        x[...] = 0
        count = volume.shape[axis]
        first = slabs.start if axis == 0 else 0
        places = 1 - (np.arange(first, first + self._phases.shape[axis]) + 0.5) / count
        drop = places.reshape([-1 if other == axis else 1 for other in range(3)])
        x[1:-1, 1:-1, 1:-1] = np.where(self._phases > 0, drop, 0.0)
        norm = self._residual(axis)
        # what plates would push in, as for them
        at_plate = self._relative[outer_plane(self._phases, axis, 0, slabs)]
        push = float(np.sum((PLATE * self._weights[axis] * at_plate) ** 2))
        scale = math.sqrt(slabs.sum(push)[0])
        target = _TIGHTER * settings.residual * scale
        descent = Descent(self._operator, self._multigrid, slabs, x, self._r, self._outer_flows)
        rr, iterations = norm**2, 0
        while math.sqrt(rr) > target:
            if iterations == settings.max_iterations:
                raise ConvergenceError(
                    f"tensor, field along axis {axis}: residual {math.sqrt(rr) / scale:.2g} after "
                    f"{iterations} iterations; try a larger residual"
                )
            rr = descent.step(rr)
            iterations += 1
        return self._mean_currents(axis), iterations

    def _residual(self, field: int) -> float:
        self._slabs.exchange(self._x)
        residual(self._operator, self._x, field, np.zeros((0, 0)), self._r)
        inner_x, inner_r = (one[1:-1, 1:-1, 1:-1] for one in (self._x, self._r))
        for axis in range(3):
            for end, flow in enumerate(self._faces.flows(inner_x, axis, field)):
                plane = outer_plane(inner_r, axis, end, self._slabs)
                plane -= flow
        return math.sqrt(self._slabs.sum(product(self._r, self._r))[0])

    def _outer_flows(self, p: npt.NDArray[Any]) -> list[OuterFlow]:
        """The condition's part of the operator; collective."""
        return [
            (axis, end, flow)
            for axis in range(3)
            for end, flow in enumerate(self._faces.flows(p, axis, None))
        ]

    def _mean_currents(self, field: int) -> Doubles:
        """Mean current density along each axis, over the mean field, in the unit of conductivity.

        The mean over the box of a current density is the sum over faces of the flow through them
        times the distance between the centres that they part.
        """
        slabs = self._slabs
        slabs.exchange(self._x)
        operator = self._operator
        geometry = operator.codes if operator.uniform else operator.phases
        own = np.zeros(3)
        sum_of_flows(
            operator.uniform, geometry, np.array(self._weights), operator.table, self._x,
            slabs.open_above, own,
        )  # fmt: skip
        inner = self._x[1:-1, 1:-1, 1:-1]
        for axis in range(3):
            low, high = self._faces.flows(inner, axis, field)
            if self._faces.sides == "periodic":
                own[axis] += float(high.sum())  # the low faces are the same
            else:
                own[axis] += (float(high.sum()) - float(low.sum())) / 2
        totals = np.array(slabs.sum(*own))
        counts = np.array(self._volume.shape)
        lengths = counts * self._sizes
        volume = lengths.prod()
        currents = totals * self._sizes / volume
        return currents * lengths[field] * max(self._sigma)


@kernel
def sum_of_flows(uniform, geometry, weights, table, x, open_above, totals):  # type: ignore[no-untyped-def]
    """Add the flows through all inner faces, by their axis, from lower to higher indices.

    Args:
        uniform: As of the operator.
        geometry: Its codes or phases, with one more voxel at each end.
        weights: Conductances between neighbours where it is uniform.
        table: Conductances between phases where it is not.
        x: Potential, neighbouring slabs' planes exchanged.
        open_above: Whether another slab follows: faces to it are this slab's.
        totals: Of each axis; added to.
    """
    n0, n1, n2 = x.shape[0] - 2, x.shape[1] - 2, x.shape[2] - 2
    for k in range(1, n0 + 1):
        for j in range(1, n1 + 1):
            sum0, sum1, sum2 = 0.0, 0.0, 0.0
            for i in range(1, n2 + 1):
                here = geometry[k, j, i]
                if here == 0:
                    continue
                beyond0, beyond1, beyond2 = (
                    geometry[k + 1, j, i], geometry[k, j + 1, i], geometry[k, j, i + 1],
                )  # fmt: skip
                value = np.float64(x[k, j, i])
                if beyond0 > 0 and (k < n0 or open_above):
                    one = weights[0] if uniform else table[0, here, beyond0]
                    sum0 += one * (value - x[k + 1, j, i])
                if beyond1 > 0 and j < n1:
                    one = weights[1] if uniform else table[1, here, beyond1]
                    sum1 += one * (value - x[k, j + 1, i])
                if beyond2 > 0 and i < n2:
                    one = weights[2] if uniform else table[2, here, beyond2]
                    sum2 += one * (value - x[k, j, i + 1])
            totals[0] += sum0
            totals[1] += sum1
            totals[2] += sum2
