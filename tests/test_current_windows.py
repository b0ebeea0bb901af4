# SPDX-License-Identifier: BSD-3-Clause
"""Extremes read over windows of one length, against closed forms."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import interfacefem as ifem
from interfacefem.commands.app import exit_code
from interfacefem.current import ButlerVolmer, CurrentProblem, CurrentSolver, LinearKinetics
from interfacefem.current.error_estimate import estimate_error
from interfacefem.current.interface_samples import InterfaceSamples
from interfacefem.current.map_run import run_current_map
from interfacefem.current.metrics import solved_at_safe_current
from interfacefem.current.problem import current_problem
from interfacefem.current.run import run_current, windows_of
from interfacefem.current.windows import (
    END_MARGIN,
    WindowPlaces,
    place_windows,
    read_windows,
    window_safe_current,
)
from interfacefem.meshing import MeshSettings, distribute, mesh_profile
from interfacefem.meshing.refine import refine
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.reference import small_sinusoid
from interfacefem.surfaces import write_profile_csv
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.synthetic.profiles import keyhole_pores, self_affine, sinusoid
from interfacefem.units import UM

PERIOD = 12.5 * UM
AMPLITUDE = 0.01 * UM


def samples_of(x: np.ndarray, current: np.ndarray) -> InterfaceSamples:
    """A made-up solution over a flat line, its quadrature points at its nodes."""
    weights = np.gradient(x)
    zeros = np.zeros_like(x)
    return InterfaceSamples(
        x, x, zeros, zeros, zeros, current, zeros, current, weights, x, zeros
    )  # fmt: skip


@pytest.mark.parametrize("width", [25.0, 26.0, 29.0, 40.0, 62.0, 100.0])
def test_windows_fill_the_interface_between_the_margins(width: float) -> None:
    places = place_windows(width * UM, left=3 * UM)
    starts = np.array(places.x) - 3 * UM
    assert places.length == 25 * UM
    margin = min(END_MARGIN, (width - 25) / 2 * UM)
    assert starts[0] == pytest.approx(margin)
    assert starts[-1] + places.length == pytest.approx(width * UM - margin)
    assert (np.diff(starts) <= 2.5 * UM * (1 + 1e-9)).all()
    assert not places.is_whole


def test_a_narrow_interface_is_one_window() -> None:
    places = place_windows(11 * UM)
    assert places.is_whole
    assert (places.length, places.x) == (11 * UM, (0.0,))


def test_every_point_of_a_window_counts_whatever_its_height() -> None:
    # a curve that overhangs: points with an x inside the window, in any order along the curve
    x = np.array([0.0, 6.0, 4.0, 8.0, 10.0]) * UM
    readings = read_windows(
        samples_of(x, np.array([5.0, 1.0, 2.0, 3.0, 9.0])),
        WindowPlaces(3 * UM, 3 * UM, (3.0 * UM,)),
        applied_current_density=1.0,
    )
    # the curve enters at 3 um, halfway from 5 to 1
    assert readings.excess == pytest.approx(2.0)  # 3 over 1


def test_a_window_ends_where_it_says_not_at_the_last_node() -> None:
    x = np.linspace(0, 10, 8) * UM
    places = WindowPlaces(4 * UM, 4 * UM, (2 * UM, 5 * UM))
    readings = read_windows(samples_of(x, 1 + x / UM), places, applied_current_density=1.0)
    assert readings.excess == pytest.approx(math.sqrt((7 / 3 - 1) * (10 / 6 - 1)))


def test_readings_of_a_step_are_known() -> None:
    # 1 on the left half, 3 on the right half: windows on either side, and those across the step
    x = np.linspace(0, 100, 20_001) * UM
    current = np.where(x < 50 * UM, 1.0, 3.0)
    places = WindowPlaces(10 * UM, 10 * UM, (10 * UM, 45 * UM, 80 * UM))
    readings = read_windows(
        samples_of(x, current), places, applied_current_density=2.0, critical_current_density=2.0
    )
    assert readings.excess == pytest.approx((1e-9 * 2 * 1e-9) ** (1 / 3))
    assert readings.hot_spot_factor == pytest.approx((0.5 * 1.5 * 1.5) ** (1 / 3))
    assert readings.area_above_ccd == pytest.approx(0.5, abs=1e-3)


def test_windows_without_contact_are_left_out() -> None:
    x = np.linspace(0, 10, 101) * UM
    places = WindowPlaces(5 * UM, 5 * UM, (0.0, 20 * UM))
    readings = read_windows(samples_of(x, 1 + x / UM), places, applied_current_density=1.0)
    assert readings.excess == pytest.approx(5.0)
    assert "1 of 2 windows" in readings.notes[0]


def cell(**load: str) -> Cell:
    return Cell.model_validate({"domain": {"height": "40 um"}, "load": load})


def amplitude_of_current(asked: Cell) -> float:
    problem = current_problem(asked)
    return small_sinusoid.relative_amplitude(
        problem.kinetics,
        height_amplitude=AMPLITUDE,
        wavenumber=2 * math.pi / PERIOD,
        domain_height=40 * UM,
        conductivity=problem.conductivity,
        applied_current_density=problem.applied_current_density,
    )


@pytest.mark.parametrize("length", [25.0, 5.0, 2.0])
def test_windows_of_a_small_sinusoid_have_their_closed_form(length: float) -> None:
    """Whole periods in a window give (1 + A)/(1 - A), parts of one the extremes of 1 + A cos qx."""
    profile = sinusoid(AMPLITUDE, PERIOD, periods=4, points=801)
    run = run_current(profile, cell(), MPI.COMM_SELF, reference_length=length * UM)
    amplitude = amplitude_of_current(cell())
    q = 2 * math.pi / PERIOD
    logs = []
    for start in run.windows.places.x:
        x = np.linspace(start, start + length * UM, 20_001)
        # sinusoid() is h0 cos(q x) from the left end, and so is the current to first order
        current = 1 + amplitude * np.cos(q * x)
        logs.append(math.log(current.max() / current.min() - 1))
    assert run.windows.excess == pytest.approx(math.exp(np.mean(logs)), rel=0.02)


def test_one_window_of_the_whole_line_is_its_ratio() -> None:
    profile = sinusoid(1 * UM, PERIOD, periods=2, points=401)
    run = run_current(profile, Cell(), MPI.COMM_SELF)
    assert run.windows.places.count == 1
    assert run.windows.excess == pytest.approx(run.metrics.i_ratio - 1, rel=1e-12)
    assert run.windows.hot_spot_factor == pytest.approx(run.metrics.hot_spot_factor, rel=1e-12)
    safe = run.metrics.safe_current_density
    assert run.windows.safe_current_density == pytest.approx(safe, rel=1e-5)
    assert run.excess_error == pytest.approx(run.i_ratio_error, rel=0.1)
    assert run.excess_over(10 * UM) < run.windows.excess
    assert run.excess_over(26 * UM) is None


def test_current_reads_its_excess_over_the_length_of_the_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = sinusoid(0.5 * UM, PERIOD, periods=2, points=201)
    write_profile_csv(profile, tmp_path / "line.csv")
    found = []
    for text in ("", "sampling: {reference_length: 4 um}\n"):
        (tmp_path / "case.yaml").write_text("profile: line.csv\ntolerance: 5 %\n" + text)
        assert exit_code(["current", str(tmp_path / "case.yaml"), "--json", "--quiet"]) == 0
        found.append(json.loads(capsys.readouterr().out))
    whole, parts = found
    assert (whole["reference_length_um"], parts["reference_length_um"]) == (25, 4)
    assert parts["i_ratio"] == whole["i_ratio"]
    python = ifem.solve_current(profile, ifem.Cell(tolerance=0.05), reference_length="4 um")
    assert parts["excess"] == pytest.approx(python.to_dict()["excess"], rel=1e-6)
    assert parts["excess"] < 0.9 * whole["excess"]


def test_the_excess_does_not_depend_on_where_a_periodic_line_is_cut() -> None:
    # at a symmetry point a mirrored end is none: any number of half periods is the same surface
    found = []
    for periods in (3, 5, 8):
        profile = sinusoid(0.8 * UM, PERIOD, periods=periods, points=200 * periods + 1)
        found.append(run_current(profile, cell(), MPI.COMM_SELF).windows.excess)
    assert found == pytest.approx([found[0]] * 3, rel=2e-3)


def test_windows_of_a_linear_law_are_safe_up_to_their_own_hot_spot() -> None:
    """The peak is in proportion to the applied current, so that i_safe is i_ccd over it."""
    profile = self_affine(0.5 * UM, 60 * UM, points=300, seed=3)
    problem = CurrentProblem(0.1, 30.0, LinearKinetics(10.0, 0.5, 0.5, 298.0))
    solver = CurrentSolver(distribute(mesh_profile(profile, 60 * UM), MPI.COMM_SELF))
    solution = solver.solve(problem)
    last = solved_at_safe_current(solver, solution, 20.0)
    places = windows_of(profile, 25 * UM)
    safe = window_safe_current(
        solution.samples,
        last.samples,
        places,
        applied=(30.0, last.problem.applied_current_density),
        critical_current_density=20.0,
    )
    read = read_windows(solution.samples, places, applied_current_density=30.0)
    assert safe == pytest.approx(20.0 / read.hot_spot_factor, rel=1e-4)


@pytest.mark.parametrize("i0", [10.0, 1000.0])
@pytest.mark.parametrize("name", ["rough", "pores"])
def test_the_estimate_is_not_below_the_error_of_the_excess(name: str, i0: float) -> None:
    profile = {
        "rough": self_affine(1 * UM, 60 * UM, points=200, seed=5),
        "pores": keyhole_pores(2 * UM, 1.2 * UM, 15 * UM, 4),
    }[name]
    problem = CurrentProblem(0.1, 30.0, ButlerVolmer(i0, 0.5, 0.5, 298.0))
    places = windows_of(profile, 25 * UM)
    mesh = mesh_profile(profile, 60 * UM, MeshSettings(interface_edges=80))
    solver = CurrentSolver(distribute(mesh, MPI.COMM_SELF))
    solution = solver.solve(problem)
    estimate = estimate_error(solver, solution, places)
    found = read_windows(solution.samples, places, applied_current_density=30.0).excess
    fine = mesh
    for _ in range(2):
        fine, _ = refine(fine, np.ones(len(fine.triangles), dtype=bool))
    exact = CurrentSolver(distribute(fine, MPI.COMM_SELF)).solve(problem)
    reference = read_windows(exact.samples, places, applied_current_density=30.0).excess
    error = abs(found / reference - 1)
    assert error <= estimate.excess_error < 5000 * error
    assert estimate.largest[0] == max(estimate.excess_error, estimate.ratio_minus_one_error)


def test_a_flat_interface_has_no_excess() -> None:
    flat = sinusoid(0.0, 20 * UM, periods=2, points=41)
    run = run_current(flat, Cell(), MPI.COMM_SELF)
    assert (run.windows.excess, run.excess_error) == (0.0, 0.0)


def test_square_windows_on_a_map_read_what_lines_read() -> None:
    """A map that is a sinusoid along x and even along y, against the closed form."""
    x = np.linspace(0, 50, 101)
    heights = np.tile(AMPLITUDE * np.cos(2 * np.pi * x * UM / PERIOD), (61, 1))
    run = run_current_map(HeightMap(heights, 0.5 * UM, 0.5 * UM), cell(), MPI.COMM_SELF)
    found = run.metrics.windows
    assert found.places.length == 25 * UM
    assert len(found.places.x) > len(found.places.y) > 1
    amplitude = amplitude_of_current(cell())
    exact = small_sinusoid.ratio(amplitude) - 1
    assert found.excess == pytest.approx(exact, rel=0.1)
    # the closed form itself leaves out what is of the next order in the amplitude
    assert 0.3 * abs(found.excess / exact - 1) < run.excess_error < 0.3


def test_windows_that_hold_no_contact_at_all_give_nothing_and_say_so() -> None:
    x = np.linspace(0, 100, 201) * UM
    touching = samples_of(x[:20], 10 + np.sin(x[:20] / UM))  # 0 to 9.5 um
    places = WindowPlaces(25 * UM, 25 * UM, (20 * UM, 40 * UM))
    read = read_windows(touching, places, applied_current_density=10.0)
    assert read.excess is None
    assert read.hot_spot_factor is None
    assert len(read.highest) == 0
    assert read.notes == ("2 of 2 windows hold no contact and are left out",)
