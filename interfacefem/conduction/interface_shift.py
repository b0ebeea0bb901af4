# SPDX-License-Identifier: BSD-3-Clause
"""What moving every interface by a quarter of a voxel would change, from the potential at hand.

An interface that moves by ``delta`` toward the poorer conductor changes the dissipation by
``delta`` times the integral over it of ``d(sigma) E_t^2 - d(1/sigma) J_n^2``, with the tangential
field and the normal current, which are continuous there (the first variation of the energy; O.
Pironneau, Optimal Shape Design for Elliptic Systems, 1984, chapter 6). Here the absolute values are
summed, as if no two faces compensated each other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from interfacefem.compiled import kernel
from interfacefem.conduction.matrix import ConductionMatrix

SHIFT = 0.25  # of the edge of a voxel normal to the face: the mean rounding of an interface


def change_by_shift(
    matrix: ConductionMatrix, conductivities: tuple[float, ...], x: npt.NDArray[np.floating]
) -> float:
    """Change of the effective conductivity, in the unit of the conductivities; collective.

    Args:
        matrix: Of conduction between the plates.
        conductivities: Of phases 1, 2, ...
        x: Potential with one more voxel at each end of each axis, neighbouring slabs' planes
            exchanged; 0 where nothing conducts.
    """
    slabs = matrix.slabs
    operator = matrix.operator
    phases = operator.codes if operator.uniform else operator.phases
    edges = np.array(matrix.voxel_size) / matrix.voxel_size[matrix.axis]
    total = _sum_over_interfaces(
        operator.uniform, phases, np.array([0.0, *conductivities]), edges, matrix.axis,
        slabs.open_below, slabs.open_above, x,
    )  # fmt: skip
    (total,) = slabs.sum(total)
    count = matrix.shape[matrix.axis]
    # edges in voxels along the axis: field and volume in that unit
    volume = float(np.prod(matrix.shape) * edges.prod())
    return total / volume * count**2


@kernel
def _sum_over_interfaces(uniform, phases, sigma, edges, axis, open_below, open_above, x):  # type: ignore[no-untyped-def]
    """Sum over faces between conductivities of shift, area and density of the change."""
    n0, n1, n2 = x.shape[0] - 2, x.shape[1] - 2, x.shape[2] - 2
    flux = np.zeros((3, 2))
    poorer = np.zeros((3, 2))  # conductivity beyond the face; -1 where it is no interface
    tangential = np.zeros(3)
    total = 0.0
    for k in range(1, n0 + 1):
        for j in range(1, n1 + 1):
            for i in range(1, n2 + 1):
                phase = phases[k, j, i]
                if phase == 0:
                    continue
                if (
                    phases[k - 1, j, i] == phase and phases[k + 1, j, i] == phase
                    and phases[k, j - 1, i] == phase and phases[k, j + 1, i] == phase
                    and phases[k, j, i - 1] == phase and phases[k, j, i + 1] == phase
                ):  # fmt: skip
                    continue
                here = sigma[1] if uniform else sigma[phase]
                interfaces = 0
                for along in range(3):
                    edge = edges[along]
                    for side in range(2):
                        forth = 2 * side - 1
                        a, b, c = k, j, i
                        if along == 0:
                            a += forth
                            outside = (a == 0 and not open_below) or (a > n0 and not open_above)
                        elif along == 1:
                            b += forth
                            outside = b == 0 or b > n1
                        else:
                            c += forth
                            outside = c == 0 or c > n2
                        poorer[along, side] = -1.0
                        flux[along, side] = 0.0
                        if outside:
                            if along == axis:
                                drop = x[k, j, i] - (1.0 if side == 0 else 0.0)
                                flux[along, side] = 2 * here * forth * drop / edge
                            continue
                        beyond = phases[a, b, c]
                        there = sigma[min(beyond, 1)] if uniform else sigma[beyond]
                        if there > 0:
                            in_series = 2 * here * there / (here + there)
                            drop = np.float64(x[k, j, i]) - np.float64(x[a, b, c])
                            flux[along, side] = in_series * forth * drop / edge
                        if there < here:
                            poorer[along, side] = there
                            interfaces += 1
                if interfaces == 0:
                    continue
                for along in range(3):
                    mean = (flux[along, 0] + flux[along, 1]) / (2 * here)
                    tangential[along] = mean * mean
                field = tangential[0] + tangential[1] + tangential[2]
                for along in range(3):
                    for side in range(2):
                        there = poorer[along, side]
                        if there < 0:
                            continue
                        change = (here - there) * (field - tangential[along])
                        if there > 0:
                            change += (1 / there - 1 / here) * flux[along, side] ** 2
                        total += change
    # each face: a shift by a part of its normal edge times its area is that part of a voxel
    return SHIFT * total * edges[0] * edges[1] * edges[2]
