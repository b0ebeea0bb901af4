# SPDX-License-Identifier: BSD-3-Clause
"""The bound holds, is not absurd, and refinement brings it below the tolerance."""

import numpy as np
import pytest

from interfacefem.current import ButlerVolmer, CurrentProblem, CurrentSolver, InSeriesWithFilm
from interfacefem.current.adapt import solve_to_tolerance
from interfacefem.current.error_estimate import estimate_error
from interfacefem.current.windows import place_windows, read_windows
from interfacefem.meshing import MeshSettings, Triangulation, distribute, mesh_line, mesh_profile
from interfacefem.meshing.outline import Thinning
from interfacefem.meshing.refine import refine
from interfacefem.mpi import MPI
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import keyhole_pores, self_affine, sinusoid
from interfacefem.units import UM

PROFILES = {
    "rough": self_affine(0.7 * UM, 30 * UM, points=150, seed=4),
    "sinusoid": sinusoid(1 * UM, 15 * UM, periods=2, points=81),
    "pores": keyhole_pores(2 * UM, 1.2 * UM, 15 * UM, 2, points_per_pore=30),
}


def problem(i0: float, applied: float = 30.0) -> CurrentProblem:
    return CurrentProblem(0.1, applied, ButlerVolmer(i0, 0.5, 0.5, 298.0))


def ratio(triangulation: Triangulation, problem: CurrentProblem, degree: int = 2) -> float:
    current = CurrentSolver(distribute(triangulation), degree).solve(problem)
    return float(current.samples.current_density.max() / current.samples.current_density.min())


def uniformly_refined(triangulation: Triangulation, times: int) -> Triangulation:
    for _ in range(times):
        triangulation, _ = refine(triangulation, np.ones(len(triangulation.triangles), dtype=bool))
    return triangulation


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("i0", [10.0, 1000.0])
@pytest.mark.parametrize("name", PROFILES)
def test_bound_is_never_below_the_error(name: str, i0: float, degree: int) -> None:
    coarse = mesh_profile(PROFILES[name], 20 * UM, MeshSettings(interface_edges=80))
    exact = ratio(uniformly_refined(coarse, 3), problem(i0))
    solver = CurrentSolver(distribute(coarse), degree)
    solution = solver.solve(problem(i0))
    estimate = estimate_error(solver, solution)
    current = solution.samples.current_density
    found = current.max() / current.min()
    error = abs(found - exact) / (exact - 1)
    assert error <= estimate.ratio_minus_one_error
    assert abs(np.log(found / exact)) <= estimate.log_ratio_error
    # an unbounded bound would be one, too
    assert estimate.ratio_minus_one_error < 5000 * error
    assert estimate.by_triangle.sum() == pytest.approx(estimate.log_ratio_error)
    assert len(estimate.by_triangle) == len(coarse.triangles)


def test_bound_falls_with_the_order_of_the_elements() -> None:
    mesh = mesh_profile(PROFILES["sinusoid"], 20 * UM, MeshSettings(interface_edges=160))
    bounds = []
    for times in (0, 1):
        solver = CurrentSolver(distribute(uniformly_refined(mesh, times)))
        bounds.append(estimate_error(solver, solver.solve(problem(10.0))).log_ratio_error)
    # residuals of u fall with h^2 or better, those of a point load's dual do not in its cell
    assert bounds[1] < bounds[0] / 3


@pytest.mark.parametrize(("name", "i0", "applied"), [("pores", 1000.0, 30.0), ("rough", 10.0, 3e4)])
def test_refinement_reaches_the_tolerance(name: str, i0: float, applied: float) -> None:
    mesh = mesh_profile(PROFILES[name], 20 * UM, MeshSettings(interface_edges=80))
    asked = problem(i0, applied)
    refined = solve_to_tolerance(mesh, asked, 0.0003, MPI.COMM_SELF)
    assert refined.estimate.ratio_minus_one_error <= 0.0003
    assert len(refined.triangulation.triangles) > len(mesh.triangles)
    exact = ratio(uniformly_refined(refined.triangulation, 2), asked)
    current = refined.solution.samples.current_density
    found = current.max() / current.min()
    assert abs(found - exact) / (exact - 1) <= refined.estimate.ratio_minus_one_error


class Limited:
    """A law of its own that levels off."""

    def current_density(self, overpotential: np.ndarray) -> np.ndarray:
        return 60 * (np.tanh(10 * overpotential) + 0.5 * overpotential)


LINES = {
    "rough": self_affine(0.5 * UM, 40 * UM, points=700, seed=3),
    "wave": sinusoid(1.5 * UM, 12 * UM, periods=3, points=601),
    "pores": keyhole_pores(2 * UM, 1.2 * UM, 14 * UM, 2, points_per_pore=200),
}
LAWS = {
    "Butler-Volmer": ButlerVolmer(1000.0, 0.4, 0.6, 298.0),
    "film": InSeriesWithFilm(ButlerVolmer(100.0, 0.5, 0.5, 298.0), 2e-4),
    "own": Limited(),
}


@pytest.fixture(scope="module", params=LINES)
def line_and_reference(request) -> tuple[Profile, CurrentSolver]:
    """A line, and a mesh with all its points, halved at the interface."""
    line = LINES[request.param]
    fine = mesh_profile(line, 40 * UM)
    near = np.isin(fine.triangles, fine.interface_nodes).any(axis=1)
    return line, CurrentSolver(distribute(refine(fine, near)[0]))


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("thinning", [Thinning(), Thinning(60.0, 60)], ids=["usual", "coarse"])
def test_the_error_of_a_line_whose_points_were_dropped(line_and_reference, law, thinning) -> None:
    line, reference = line_and_reference
    asked = CurrentProblem(0.1, 30.0, LAWS[law])
    places = place_windows(line.width, length=12 * UM)
    mesh = mesh_line(line, 40 * UM, thinning)
    assert mesh.outline.is_thinned
    solver = CurrentSolver(distribute(mesh))
    solution, exact = solver.solve(asked), reference.solve(asked)
    assert len(mesh.triangles) < reference.interface_mesh.quality.cells / 4
    found = estimate_error(solver, solution, places)
    read = [
        read_windows(one.samples, places, applied_current_density=1.0) for one in (solution, exact)
    ]
    ratios = [
        one.samples.current_density.max() / one.samples.current_density.min()
        for one in (solution, exact)
    ]
    error = abs((ratios[0] - 1) / (ratios[1] - 1) - 1)
    assert error <= found.ratio_minus_one_error < max(100 * error, 0.02)
    error = abs(read[0].excess / read[1].excess - 1)
    assert error <= found.excess_error < max(100 * error, 0.02)
    assert 0 < found.of_points < 1


def test_dropped_points_come_back_where_they_carry_the_error() -> None:
    line = LINES["wave"]
    asked = problem(1000.0)
    coarse = mesh_line(line, 40 * UM, Thinning(90.0, 30))
    refined = solve_to_tolerance(coarse, asked, 0.003, MPI.COMM_SELF)
    assert refined.estimate.ratio_minus_one_error <= 0.003
    assert refined.triangulation.outline.thinning.angle < 90.0
    assert refined.triangulation.outline.kept.sum() > 1.5 * coarse.outline.kept.sum()


def test_smooth_case_needs_fewer_than_ten_thousand_cells() -> None:
    mesh = mesh_profile(PROFILES["sinusoid"], 20 * UM)
    refined = solve_to_tolerance(mesh, problem(10.0), 0.01, MPI.COMM_SELF)
    assert refined.estimate.ratio_minus_one_error <= 0.01
    assert len(refined.triangulation.triangles) < 10_000


def test_a_cell_budget_that_is_reached_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("interfacefem.current.adapt.MAX_CELLS", 3000)
    mesh = mesh_profile(PROFILES["rough"], 20 * UM, MeshSettings(interface_edges=80))
    refined = solve_to_tolerance(mesh, problem(1000.0), 1e-9, MPI.COMM_SELF)
    assert refined.estimate.ratio_minus_one_error > 1e-9
    assert "was not reached" in caplog.text


def test_film_counts_in_the_bound() -> None:
    mesh = mesh_profile(PROFILES["rough"], 20 * UM, MeshSettings(interface_edges=80))
    law = InSeriesWithFilm(ButlerVolmer(1000.0, 0.5, 0.5, 298.0), 1e-5)
    asked = CurrentProblem(0.1, 30.0, law)
    solver = CurrentSolver(distribute(mesh))
    solution = solver.solve(asked)
    exact = ratio(uniformly_refined(mesh, 2), asked)
    current = solution.samples.current_density
    bound = estimate_error(solver, solution).log_ratio_error
    assert abs(np.log(current.max() / current.min() / exact)) <= bound


def test_nothing_is_estimated_in_the_primary_limit() -> None:
    mesh = mesh_profile(Profile(np.array([0.0, 1e-5]), np.zeros(2)), 20 * UM)
    solver = CurrentSolver(distribute(mesh))
    assert estimate_error(solver, solver.solve(CurrentProblem(0.1, 30.0, None))) is None


def test_flat_interface_meets_any_tolerance_at_once() -> None:
    mesh = mesh_profile(Profile(np.array([0.0, 1e-5]), np.zeros(2)), 20 * UM)
    refined = solve_to_tolerance(mesh, problem(10.0), 0.01, MPI.COMM_SELF)
    assert refined.estimate.ratio_minus_one_error == 0
    assert refined.triangulation is mesh
