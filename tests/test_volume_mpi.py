# SPDX-License-Identifier: BSD-3-Clause
"""Transport through volumes gives the same numbers on 1, 2 and 3 ranks."""

from __future__ import annotations

from pathlib import Path

import pytest
from mpi4py import MPI
from mpi_volume_numbers import RESIDUAL, VOLUMES
from ranks import numbers_on_ranks

from interfacefem.conduction.warm_up import compile_kernels

pytestmark = [pytest.mark.mpi, pytest.mark.slow]

SCRIPT = Path(__file__).with_name("mpi_volume_numbers.py")


@pytest.fixture(scope="module")
def results() -> dict[int, dict]:
    # here, where no rank waits for it, and once for all
    for phases in (1, 2):
        compile_kernels(MPI.COMM_SELF, phases, RESIDUAL)
    return {ranks: numbers_on_ranks(SCRIPT, ranks) for ranks in (1, 2, 3)}


@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("volume", list(VOLUMES))
def test_numbers_do_not_depend_on_the_ranks(results, ranks, volume) -> None:
    one, several = results[1][volume], results[ranks][volume]
    for name in ("sigma_eff", "connected_fraction", "volume_fraction"):
        assert several[name] == pytest.approx(one[name], rel=1e-9), name
    for name in ("sigma_low", "hot_spot_factor"):
        assert several[name] == pytest.approx(one[name], rel=1e-5), name
    # grids are cut alike: slabs cost no iterations
    assert several["iterations"] == one["iterations"]
    for name in ("voxel_error", "coarse", "extrapolated", "scatter"):
        # tiny differences of slightly different solves: their size is that of the value
        assert several[name] == pytest.approx(one[name], rel=1e-4), name
