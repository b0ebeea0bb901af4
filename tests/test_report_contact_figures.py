# SPDX-License-Identifier: BSD-3-Clause
"""What the figures of a contact show is what was solved."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.lines import Line2D

from interfacefem.contact.run import StressRun, run_stress
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.report import pressure_figure, stress_field_figure, stress_ratio_figure
from interfacefem.surfaces import Profile
from interfacefem.units import UM


@pytest.fixture(scope="module")
def run() -> StressRun:
    x = np.linspace(0, 20 * UM, 401)
    z = 0.05 * UM * (np.cos(2 * np.pi * 4 * x / x[-1]) + 0.3 * np.cos(np.pi * x / x[-1]))
    cell = Cell.model_validate(
        {"stress": {"depth": "1 um"}, "block": {"rotation": "free"}, "load": {"pressure": "30 MPa"}}
    )
    return run_stress(Profile(x, z), cell, MPI.COMM_SELF)


def drawn(axes, name: str) -> Line2D:
    (line,) = [line for line in axes.lines if line.get_gid() == name]
    return line


def test_pressure_carries_the_load_and_markers_lie_on_the_surface(run: StressRun) -> None:
    upper, lower, open_by = pressure_figure(run.solution, run.metrics).axes
    pressure = next(line for line in upper.lines if line.get_label() == "contact pressure")
    assert np.mean(pressure.get_ydata()) == pytest.approx(30, rel=1e-9)
    below = next(line for line in upper.lines if "below" in str(line.get_label()))
    assert np.mean(below.get_ydata()) == pytest.approx(30, rel=1e-6)
    peaks, valleys = drawn(lower, "peak"), drawn(lower, "valley")
    assert np.max(peaks.get_ydata()) < np.min(valleys.get_ydata())
    surface = run.solution.problem.surface
    expected = np.interp(np.asarray(peaks.get_xdata()), surface.x / UM, surface.z / UM)
    np.testing.assert_allclose(peaks.get_ydata(), expected)
    gap = next(line for line in open_by.lines if line.get_label() == "gap under load")
    pressed = np.asarray(pressure.get_ydata()) > 0
    assert 0 < pressed.mean() < 1
    np.testing.assert_array_equal(np.asarray(gap.get_ydata()) > 0, ~pressed)


def test_the_field_is_largest_below_the_contacts(run: StressRun) -> None:
    normal = stress_field_figure(run.solution, run.metrics).axes[0].collections[0]
    columns = len(run.solution.problem.surface.x)
    shallowest = np.asarray(normal.get_array()).reshape(-1, columns)[0]
    assert run.solution.touches[int(np.argmax(shallowest))]
    assert shallowest.max() > 30 > shallowest.min()


def test_sections_are_drawn_behind_their_mean() -> None:
    rows = [
        {"p_mean_MPa": p, "stress_ratio": r, "contact_fraction": None}
        for p, r in ((10, 4.0), (100, 2.0))
    ]
    curves = {"section 1": [(10, 5.0), (100, 2.5)], "section 2": [(10, 3.2), (100, 1.6)]}
    ratio, contact = stress_ratio_figure(rows, 1.0, curves).axes
    drawn = {line.get_label(): list(line.get_ydata()) for line in ratio.lines}
    assert drawn["mean"] == [4.0, 2.0]
    assert drawn["section 1"] == [5.0, 2.5]
    assert not contact.lines
