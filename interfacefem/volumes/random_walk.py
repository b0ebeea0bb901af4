# SPDX-License-Identifier: BSD-3-Clause
"""Tortuosity factor from random walks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.compiled import exact_kernel

# about as many walkers as Minnmann 2024; standard error 2 to 3 %, 2 s of CPU time a phase
WALKERS = 2048
STEPS = 40_000
RECORDS = 64  # positions kept of each walk
_FIRST_LAG = 8  # records from which on the mean square displacement is taken to be linear
_LAST_LAG = 24
_SEED = 1
_CHANCES = 2**53  # random numbers that decide on the axis of a step


@dataclass(frozen=True, eq=False)
class RandomWalk:
    """Tortuosity factors along the three axes.

    Attributes:
        tortuosity_factor: Free diffusivity over that in the phase, along axes 0, 1, 2; inf where
            the phase does not let walkers through.
        standard_error: Of each, over the walkers.
        time: Lags in units of steps, shape (lags,).
        square_displacement: Mean over walkers and axes over that in free space, times the lag,
            shape (lags,): its slope at late times is one over the tortuosity factor.
    """

    tortuosity_factor: tuple[float, float, float]
    standard_error: tuple[float, float, float]
    time: npt.NDArray[np.floating]
    square_displacement: npt.NDArray[np.floating]


def random_walk(
    inside: npt.NDArray[np.bool_],
    voxel_size: tuple[float, float, float],
    *,
    walkers: int = WALKERS,
    steps: int = STEPS,
    seed: int = _SEED,
) -> RandomWalk:
    """Let walkers step from voxel to voxel of a phase, through faces.

    A step toward another phase is not taken and counts as time: the walk then has the diffusivity
    that finite volumes on the same voxels have. The volume goes on as its mirror image, so that
    walkers may leave it. All of the phase counts, also parts that lead nowhere, as in the
    flux-based factor ``eps sigma/sigma_eff``. Diffusivity is the slope of the mean square
    displacement between lags of 1/8 and 3/8 of the walk.

    Args:
        inside: The phase, at least one voxel, shape (n0, n1, n2).
        voxel_size: Edge lengths of a voxel in m.
        walkers: Their number.
        steps: Of each, a multiple of 64.
        seed: Same seed, same walks.

    Source: Minnmann 2024, "Determination of the tortuosity".
    """
    chance = np.array(voxel_size) ** -2.0
    chance /= chance.sum()
    generator = np.random.default_rng(seed)
    starts = np.flatnonzero(inside.ravel())[
        generator.integers(np.count_nonzero(inside), size=walkers)
    ]
    states = generator.integers(1, 2**63, size=walkers, dtype=np.uint64)
    places = np.array(np.unravel_index(starts, inside.shape), dtype=np.int64).T
    positions = np.empty((RECORDS + 1, walkers, 3), dtype=np.int32)
    bounds = (np.cumsum(chance)[:2] * _CHANCES).astype(np.int64)
    _walk(
        np.packbits(inside, bitorder="little"), inside.shape, places, states,
        (bounds[0], bounds[1]), max(steps // RECORDS, 1), positions,
    )  # fmt: skip
    # of each walker and axis, over what free space has on average in the same time
    lags = np.arange(1, _LAST_LAG + 1)
    squares = np.array(
        [
            np.mean((positions[lag:] - positions[:-lag]).astype(np.float64) ** 2, axis=0)
            for lag in lags
        ]
    )
    time = lags * max(steps // RECORDS, 1)
    relative = squares / chance
    between = time[-1] - time[_FIRST_LAG - 1]
    slopes = (relative[-1] - relative[_FIRST_LAG - 1]) / between
    mean = slopes.mean(axis=0)
    error = slopes.std(axis=0, ddof=1) / np.sqrt(walkers)
    with np.errstate(divide="ignore", invalid="ignore"):
        # a slope within its noise of zero: walkers are shut in
        factor = np.where(mean > 2 * error, 1 / mean, np.inf)
        factor_error = np.where(mean > 2 * error, error / mean**2, np.nan)
    return RandomWalk(
        (float(factor[0]), float(factor[1]), float(factor[2])),
        (float(factor_error[0]), float(factor_error[1]), float(factor_error[2])),
        time.astype(np.float64),
        relative.mean(axis=(1, 2)),
    )


@exact_kernel
def _walk(inside, shape, places, states, bounds, stride, positions):  # type: ignore[no-untyped-def]
    """Record unfolded positions every ``stride`` steps; xorshift64* gives the chances.

    ``inside`` holds eight voxels a byte, to stay in the cache. A walker's place along an axis is
    one in the volume with its mirror image behind it. Nothing branches on chance, which a processor
    could not foresee.
    """
    n0, n1, n2 = shape
    period = np.array([2 * n0, 2 * n1, 2 * n2])
    # offset of each place within ``inside``
    offset = np.empty((3, period.max()), np.int64)
    for axis, length, apart in ((0, n0, n1 * n2), (1, n1, n2), (2, n2, 1)):
        for place in range(length):
            offset[axis, place] = offset[axis, 2 * length - 1 - place] = place * apart
    here, turns, at = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    low, high = bounds
    for walker in range(len(places)):
        state = states[walker]
        for axis in range(3):
            here[axis] = places[walker, axis]
            at[axis] = offset[axis, here[axis]]
            turns[axis] = 0
        positions[0, walker] = here
        for record in range(1, len(positions)):
            for _ in range(stride):
                state ^= state >> np.uint64(12)
                state ^= state << np.uint64(25)
                state ^= state >> np.uint64(27)
                drawn = state * np.uint64(2685821657736338717)
                chance = np.int64(drawn >> np.uint64(11))
                along = np.int64(chance >= low) + np.int64(chance >= high)
                forth = np.int64((drawn >> np.uint64(9)) & np.uint64(2)) - 1
                there = here[along] + forth
                turn = np.int64(there >= period[along]) - np.int64(there < 0)
                there -= turn * period[along]
                beyond = offset[along, there]
                voxel = at[0] + at[1] + at[2] - at[along] + beyond
                taken = np.int64(inside[voxel >> 3] >> (voxel & 7)) & 1
                here[along] += taken * (there - here[along])
                at[along] += taken * (beyond - at[along])
                turns[along] += taken * turn
            for axis in range(3):
                positions[record, walker, axis] = here[axis] + turns[axis] * period[axis]
