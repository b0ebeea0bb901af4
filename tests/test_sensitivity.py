# SPDX-License-Identifier: BSD-3-Clause
import math
from types import SimpleNamespace

import numpy as np
import pytest
from mpi4py import MPI

from interfacefem.assessment.sensitivity import CUTOFFS_IN_PIXELS, solve_cutoffs, uncertainty
from interfacefem.parameters.cell import Cell
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import sinusoid
from interfacefem.units import UM


def test_small_wave_loses_what_the_gaussian_takes() -> None:
    # a wave so flat that i_ratio - 1 is proportional to its amplitude; ISO 16610-21 transmission
    wavelength, pixel = 8 * UM, 0.5 * UM
    wave = sinusoid(0.02 * UM, wavelength, periods=6, points=601)
    line = SimpleNamespace(profile=wave)
    rows = solve_cutoffs([line], pixel, Cell(), MPI.COMM_SELF, lambda text: None)
    assert [row["cutoff_um"] for row in rows] == [pixels * 0.5 for pixels in CUTOFFS_IN_PIXELS]
    excess = np.array([row["i_ratio"] - 1 for row in rows])
    lengths = np.array(CUTOFFS_IN_PIXELS) * pixel
    transmission = np.exp(-math.log(2) * (lengths / wavelength) ** 2)
    np.testing.assert_allclose(excess / excess[0], transmission / transmission[0], rtol=0.02)


def test_a_cutoff_longer_than_half_the_line_has_no_ratio() -> None:
    line = SimpleNamespace(profile=Profile(np.array([0.0, 4.0, 10.0]) * UM, np.zeros(3)))
    rows = solve_cutoffs([line], 1 * UM, Cell(), MPI.COMM_SELF, lambda text: None)
    assert [row["i_ratio"] is None for row in rows] == [False, True, True]


def rows(ratios: list[float], error: float = 0.01) -> list[dict]:
    return [
        {"line": number, "i_ratio": ratio, "i_ratio_error": error}
        for number, ratio in enumerate(ratios, start=1)
    ]


def cutoff_rows(fine: float, coarse: float, count: int = 5) -> list[dict]:
    return [
        {"line": number, "cutoff_um": cutoff, "i_ratio": ratio}
        for cutoff, ratio in ((1.0, fine), (2.0, coarse), (4.0, 1.0))
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    ("lines", "error", "coarse", "dominant"),
    [
        ([1.1, 1.1, 1.1, 1.1, 1.1], 0.2, 1.1, "mesh"),
        ([1.1, 1.1, 1.1, 1.1, 1.1], 0.01, 1.05, "cutoff"),
        ([1.02, 1.3, 1.05, 1.01, 1.2], 0.01, 1.09, "lines"),
    ],
)
def test_the_largest_source_is_named(
    lines: list[float], error: float, coarse: float, dominant: str
) -> None:
    found = uncertainty(rows(lines, error), cutoff_rows(1.1, coarse))
    assert found.dominant == dominant


def test_parts_are_relative_to_the_excess_of_the_mean() -> None:
    found = uncertainty(rows([1.1] * 5), cutoff_rows(1.1, 1.08))
    assert found.cutoff == pytest.approx(0.2)
    assert found.mesh == 0.01
    assert found.lines == 0


def test_what_cannot_be_formed_is_none() -> None:
    lines = [{"line": 1, "i_ratio": None, "i_ratio_error": None}]
    found = uncertainty(lines, [{"line": 1, "cutoff_um": c, "i_ratio": None} for c in (1, 2)])
    assert (found.mesh, found.cutoff, found.lines, found.dominant) == (None, None, None, None)
