# SPDX-License-Identifier: BSD-3-Clause
"""Steps of the preconditioned conjugate gradients, with directions and corrections in 16 bits.

Where several phases conduct, the direction is turned as for a preconditioner that changes (Polak
and Ribiere): what rounding leaves of the cycle's symmetry is not enough at a contrast of 1e5. Where
one conducts, that would cost a product with the matrix and save no iteration (Fletcher and Reeves).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.gradient_kernels import (
    Operator,
    apply_planes,
    products,
    step,
    turn_and_apply,
)
from interfacefem.conduction.half_precision import HALF, numbers
from interfacefem.conduction.multigrid import Multigrid
from interfacefem.conduction.slabs import Slabs
from interfacefem.errors import ConvergenceError

Vector = npt.NDArray[np.floating]
# axis, end (0 low, 1 high) and what leaves the voxels at that outer face for a direction
OuterFlow = tuple[int, int, npt.NDArray[np.float64]]
OuterFlows = Callable[[npt.NDArray[Any]], list[OuterFlow]]

_FIRST_GAIN = 16.0  # correction over residual, before the first is known (assumed)
_SMALLER = 256.0  # where a correction is beyond what halves hold
_TRIES = 8
_PATIENCE = 8  # steps within which the square of the residual must fall to
_STALLED = 0.9  # this share; slow progress is none of a stall: tried with 0.1 to 0.9


class Descent:
    """Potential and residual, and the direction that both are moved along. Collective.

    Args:
        operator: Of the finest grid.
        multigrid: The preconditioner; one cycle is taken.
        slabs: How planes are dealt out.
        x: Potential, with one more voxel at each end of each axis; changed by each step.
        r: Residual, alike.
        outer: What the operator does not hold: flows out of the outer faces for a direction, which
            is stored as ``HALF`` and given without its padding. Collective. None for nothing.
    """

    def __init__(
        self,
        operator: Operator,
        multigrid: Multigrid,
        slabs: Slabs,
        x: Vector,
        r: Vector,
        outer: OuterFlows | None = None,
    ) -> None:
        self._multigrid, self._slabs = multigrid, slabs
        # in the precision of what they are applied to: kernels translate nothing in their loops
        self._single = operator._replace(resistances=operator.resistances.astype(np.float32))
        self._operator = operator if x.dtype == np.float64 else self._single
        self._x, self._r, self._outer = x, r, outer
        self._p = np.zeros(x.shape, HALF)
        self._flows: list[OuterFlow] = []
        (self._number,) = slabs.sum(float(x.size))
        self._gain = _FIRST_GAIN
        self._rz = 0.0
        self._squares: list[float] = []
        self.begin_anew()

    def begin_anew(self) -> None:
        """Take the direction of steepest descent next."""
        self._alpha = 0.0

    def step(self, square: float) -> float:
        """One step; returns the square of the residual's norm after it.

        Args:
            square: That before it.

        Raises:
            ConvergenceError: The preconditioner gives nothing that can be used.

        Collective.
        """
        slabs, p, r = self._slabs, self._p, self._r
        z, rz, qz = self._corrected(square)
        beta = 0.0
        if self._alpha:
            beta = (rz if self._single.uniform else -self._alpha * qz) / self._rz
            if self._single.uniform and self._stalls(square):
                beta = 0.0
        self._rz = rz
        open_ends = slabs.open_below, slabs.open_above
        if beta == 0.0:
            p[...] = 0  # what is left there may be no number
        pq = turn_and_apply(self._single, p, z, beta, *open_ends)
        slabs.exchange(p)
        pq += apply_planes(self._single, p, slabs.edge_planes(1))
        inner_p, inner_r = p[1:-1, 1:-1, 1:-1], r[1:-1, 1:-1, 1:-1]
        self._flows = self._outer(inner_p) if self._outer else []
        pq += sum(_product(self._plane(inner_p, *at), flow) for *at, flow in self._flows)
        (pq,) = slabs.sum(pq)
        self._alpha = rz / pq
        rr = step(self._operator, self._x, p, r, self._alpha)
        for *at, flow in self._flows:
            plane = self._plane(inner_r, *at)
            rr -= _product(plane, plane)
            plane -= (self._alpha * flow).astype(plane.dtype)
            rr += _product(plane, plane)
        return max(slabs.sum(rr)[0], 0.0)

    def _stalls(self, square: float) -> bool:
        """Whether directions in 16 bits have ceased to lead down, so that they begin anew."""
        self._squares.append(square)
        if len(self._squares) <= _PATIENCE:
            return False
        stalls = square > _STALLED * self._squares[-1 - _PATIENCE]
        if stalls:
            self._squares.clear()
        return stalls

    def _corrected(self, square: float) -> tuple[npt.NDArray[np.uint16], float, float]:
        """A correction within the range of halves, its products with residual and ``A p``."""
        norm = math.sqrt(square / self._number)
        for _ in range(_TRIES):
            scale = 2.0 ** -round(math.log2(self._gain * norm))
            z = self._multigrid.cycle(self._r, scale)
            rz, qz, zz = products(self._single, self._p, z, self._r)
            inner = z[1:-1, 1:-1, 1:-1]
            qz += sum(_product(self._plane(inner, *at), flow) for *at, flow in self._flows)
            rz, qz, zz = self._slabs.sum(rz, qz, zz)
            if math.isfinite(zz) and math.isfinite(rz) and zz > 0:
                self._gain = math.sqrt(zz / self._number) / (scale * norm)
                return z, rz, qz
            self._gain *= _SMALLER
        raise ConvergenceError("the preconditioner of the conjugate gradients breaks down")

    def _plane(self, values: npt.NDArray[Any], axis: int, end: int) -> npt.NDArray[Any]:
        return outer_plane(values, axis, end, self._slabs)


def outer_plane(values: npt.NDArray[Any], axis: int, end: int, slabs: Slabs) -> npt.NDArray[Any]:
    """This slab's part of an outer plane of voxels, a view; empty where it has none.

    Args:
        values: Of this slab, without padding.
        axis: Normal to the plane.
        end: 0 for the low one, 1 for the high one.
        slabs: How planes are dealt out.
    """
    if axis == 0 and (slabs.open_above if end else slabs.open_below):
        return np.zeros((0, 0), values.dtype)
    return np.moveaxis(values, axis, 0)[-1 if end else 0]


def _product(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> float:
    return float(np.sum(numbers(a) * numbers(b), dtype=np.float64))
