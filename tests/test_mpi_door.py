# SPDX-License-Identifier: BSD-3-Clause
"""The same numbers and files through the front door on 1, 2 and 3 ranks."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from ranks import numbers_on_ranks

pytestmark = [pytest.mark.mpi, pytest.mark.slow]

SCRIPT = Path(__file__).with_name("mpi_door_numbers.py")
VERBS = ["current", "current of a map", "contact", "sweep", "transport", "alone"]
# what the number of ranks may change: iterations, and what they leave
_OF_THE_SOLVER = {"iterations", "residual", "flux_imbalance", "flux_spread", "charge_balance_error",
                  "complementarity_error", "newton_steps", "mesh_cpu_s"}  # fmt: skip


@pytest.fixture(scope="module")
def results() -> dict[int, dict]:
    return {ranks: numbers_on_ranks(SCRIPT, ranks) for ranks in (1, 2, 3)}


@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("verb", VERBS)
def test_numbers_do_not_depend_on_the_ranks(results, ranks: int, verb: str) -> None:
    one, several = results[1][verb], results[ranks][verb]
    assert several.keys() == one.keys()
    # an iteration stopped at a residual of 3e-5 leaves the conductivity to 1e-6
    tolerance = 1e-5 if verb == "transport" else 1e-6
    for key, values in several.items():
        if key in _OF_THE_SOLVER:
            continue
        for value, other in zip(values, one[key], strict=True):
            if not math.isnan(other):
                assert value == pytest.approx(other, rel=tolerance, abs=1e-12), key


@pytest.mark.parametrize("ranks", [2, 3])
def test_files_do_not_depend_on_the_ranks(results, ranks: int) -> None:
    assert results[ranks]["files"] == results[1]["files"]
    assert {"fields.xdmf", "fields.h5", "fields.bp", "potential.vti"} <= set(results[1]["files"])


def test_a_rank_alone_finds_what_all_find_together(results) -> None:
    for found in results.values():
        alone, shared = found["alone"]["i_ratio"][0], found["current"]["i_ratio"][0]
        assert alone - 1 == pytest.approx(shared - 1, rel=1e-7)
