# SPDX-License-Identifier: BSD-3-Clause
"""What conduction holds in memory, and the numbers of 16 and 8 bits that it holds it in."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from volume_examples import blobs

from interfacefem.compiled import inlined, kernel
from interfacefem.conduction import half_precision
from interfacefem.conduction.half_precision import (
    BRAIN,
    HALF,
    MINI,
    MOST_OF_MINI,
    as_number,
    numbers,
    stored,
    to_brain,
    to_half,
)
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSolver, VolumeSlab, solver_bytes
from interfacefem.conduction.transport import solve_transport

COUNT = 96
CUBES = (1e-6, 1e-6, 1e-6)


@pytest.mark.parametrize(("sigma", "most"), [({1: 1.0}, 16), ({1: 1.0, 0: 0.05}, 24)])
def test_a_solve_holds_at_most_16_bytes_a_voxel_for_two_phases_and_24_for_many(sigma, most) -> None:
    labels = blobs((COUNT,) * 3, 0.6)
    volume = VolumeSlab.of(SegmentedVolume(labels, CUBES))
    ConductionSolver(volume, sigma).solve(0)  # what is compiled or imported is no vector
    tracemalloc.start()
    ConductionSolver(volume, sigma).solve(1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # one more voxel at each end counts 6 % at this size, 1 % at 600^3
    padding = ((COUNT + 2) / COUNT) ** 3
    own = peak / COUNT**3 / padding
    assert own + labels.itemsize <= most
    # what is said before anything is read: at least that, and not much more
    assert own <= solver_bytes(len(sigma)) <= own + 1.5


def test_numbers_alone_hold_no_field() -> None:
    volume = VolumeSlab.of(SegmentedVolume(blobs((24, 24, 24), 0.6), CUBES))
    kept = solve_transport(volume, {1: 1.0}, estimate_errors=False)
    alone = solve_transport(volume, {1: 1.0}, estimate_errors=False, keep_fields=False)
    assert [one.conduction.potential.size for one in alone] == [0, 0, 0]
    for one, other in zip(kept, alone, strict=True):
        assert other.conduction.sigma_eff == one.conduction.sigma_eff
        assert other.plane.hot_spot_factor == one.plane.hot_spot_factor


def _values() -> np.ndarray:
    powers = np.random.default_rng(0).uniform(-13, 15, 2000)
    signs = np.where(np.arange(2000) % 3, 1, -1)
    return np.concatenate([[0.0], signs * 2.0**powers]).astype(np.float32)


@inlined
def _there_and_back(values, halves, brains, found):
    for i in range(values.size):
        halves[i] = to_half(values[i])
        brains[i] = to_brain(values[i])
        found[0, i] = as_number(halves[i])
        found[1, i] = as_number(brains[i])


_translate = kernel(lambda *arguments: _there_and_back(*arguments))


def test_halves_and_their_like_round_to_the_nearest() -> None:
    values = _values()
    halves, brains = np.zeros(values.size, HALF), np.zeros(values.size, BRAIN)
    found = np.zeros((2, values.size), np.float32)
    _translate(values, halves, brains, found)
    if half_precision.HAS_HALVES:
        assert (found[0] == values.astype(np.float16).astype(np.float32)).all()
    assert np.abs(found[1] - values).max() <= (2.0**-8 * np.abs(values)).max()
    assert (np.abs(found[1] - values) <= 2.0**-8 * np.abs(values)).all()
    for kind, bits, read in ((HALF, halves, found[0]), (BRAIN, brains, found[1])):
        assert (stored(values, kind) == bits).all()
        assert (numbers(bits) == read).all()


def test_minis_round_to_the_nearest_and_keep_what_conducts() -> None:
    values = np.float32(2.0**-96) * np.array([0, 0.5, 1, 1.25, 1.3, 1.875], np.float32)
    found = numbers(stored(values, MINI)) * 2.0**96
    assert found == pytest.approx([0, 0.5, 1, 1.25, 1.25, 1.875], abs=0)
    assert numbers(stored(np.float32([MOST_OF_MINI]), MINI)) == np.float32(MOST_OF_MINI)
    # far below what is there: not zero
    assert numbers(stored(np.float32([1e-44]), MINI)) > 0
    # small multiples of the least conductance, as in the coarse grids of one phase, are exact
    counts = np.float32(2.0**-100) * np.arange(17, dtype=np.float32)
    assert (numbers(stored(counts, MINI)) == counts).all()
