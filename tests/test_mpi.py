# SPDX-License-Identifier: BSD-3-Clause
"""The same numbers on 1, 2 and 3 ranks."""

from __future__ import annotations

from pathlib import Path

import pytest
from ranks import numbers_on_ranks

pytestmark = [pytest.mark.mpi, pytest.mark.slow]

SCRIPT = Path(__file__).with_name("mpi_numbers.py")
CASES = ["rough", "rough P1", "tower"]
LAWS = ["Butler-Volmer", "film", "primary", "sweep", "estimate"]


@pytest.fixture(scope="module")
def results() -> dict[int, dict]:
    return {ranks: numbers_on_ranks(SCRIPT, ranks) for ranks in (1, 2, 3)}


@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("law", LAWS)
def test_numbers_do_not_depend_on_the_ranks(results, ranks, case, law) -> None:
    one, several = results[1][case][law], results[ranks][case][law]
    assert several.pop("same_on_all_ranks", True)
    for name, value in several.items():
        # the secant method for the safe current stops at 1e-6
        tolerance = 1e-7 if name == "safe_current_density" else 1e-10
        if law == "estimate":
            tolerance = 1e-3  # its dual solutions are iterated to 1e-4
        assert value == pytest.approx(one[name], rel=tolerance, abs=1e-15), name


@pytest.mark.parametrize("ranks", [1, 2, 3])
@pytest.mark.parametrize("case", CASES)
def test_each_interface_facet_is_owned_once(results, ranks, case) -> None:
    facets = results[ranks][case]["facets"]
    assert len(facets) == ranks
    assert sum(facets) == sum(results[1][case]["facets"])


def test_one_of_three_ranks_owned_no_interface_facet(results) -> None:
    # else the numbers above prove less than they say
    assert min(results[3]["tower"]["facets"]) == 0
