# SPDX-License-Identifier: BSD-3-Clause
"""The current solver: extremes, symmetries, independence of what must not matter."""

from __future__ import annotations

import math

import numpy as np
import pytest

from interfacefem.current import (
    ButlerVolmer,
    CurrentProblem,
    CurrentSolver,
    LinearKinetics,
    TafelKinetics,
    newton,
    solve_current,
)
from interfacefem.errors import ConvergenceError, InputError
from interfacefem.meshing import (
    InterfaceMesh,
    MeshSettings,
    Triangulation,
    distribute,
    mesh_profile,
)
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import self_affine, sinusoid

K = 0.1
COARSE = MeshSettings(interface_edges=300)


def butler_volmer(i0: float) -> ButlerVolmer:
    return ButlerVolmer(i0, 0.5, 0.5, 298.0)


def ratio(solution) -> float:
    current = solution.samples.current_density
    return current.max() / current.min()


@pytest.fixture(scope="module")
def triangulation(rough_profile) -> Triangulation:
    return mesh_profile(rough_profile, 15e-6, COARSE)


@pytest.fixture(scope="module")
def domain(triangulation) -> InterfaceMesh:
    return distribute(triangulation)


@pytest.fixture(scope="module")
def solver(domain) -> CurrentSolver:
    return CurrentSolver(domain)


def test_charge_is_conserved_and_the_mean_is_the_applied_current(solver, rough_profile) -> None:
    solution = solver.solve(CurrentProblem(K, 30.0, butler_volmer(100.0)))
    samples = solution.samples
    through = samples.quadrature_current_density @ samples.quadrature_weights
    assert through == pytest.approx(30.0 * rough_profile.width, rel=1e-10)
    assert samples.quadrature_weights.sum() == pytest.approx(rough_profile.length, rel=1e-10)
    # P2 on both sides: integrating the nodes with Simpson's rule gives the same
    nodal = samples.current_density
    simpson = np.diff(samples.arc_length[::2]) @ (nodal[:-1:2] + 4 * nodal[1::2] + nodal[2::2]) / 6
    assert simpson == pytest.approx(through, rel=1e-6)


def test_samples_run_along_the_profile(solver, rough_profile) -> None:
    samples = solver.solve(CurrentProblem(K, 30.0, butler_volmer(100.0))).samples
    assert np.all(np.diff(samples.arc_length) > 0)
    np.testing.assert_allclose(
        np.interp(samples.arc_length, rough_profile.arc_length, rough_profile.x),
        samples.x,
        atol=1e-15,
    )
    np.testing.assert_allclose(
        np.interp(samples.arc_length, rough_profile.arc_length, rough_profile.z),
        samples.z,
        atol=1e-15,
    )


def test_metal_that_reaches_into_the_electrolyte_carries_most() -> None:
    # crests (large z) are nearer to the top: current focuses there
    profile = sinusoid(1e-6, 10e-6, points=201)
    domain = distribute(mesh_profile(profile, 20e-6, COARSE))
    solution = solve_current(domain, CurrentProblem(K, 30.0, butler_volmer(1e3)))
    samples = solution.samples
    assert samples.z[np.argmax(samples.current_density)] == pytest.approx(1e-6, rel=1e-2)
    assert samples.z[np.argmin(samples.current_density)] == pytest.approx(-1e-6, rel=1e-2)


def test_exact_mirror_image_of_a_mesh_gives_mirrored_current(triangulation, solver) -> None:
    points = triangulation.points * [-1, 1]
    mirrored = Triangulation(
        points,
        triangulation.triangles[:, ::-1],
        triangulation.edges,
        np.array([0, 1, 4, 3, 2], dtype=np.int32)[triangulation.edge_tags],
        triangulation.interface_nodes[::-1],
    )
    problem = CurrentProblem(K, 30.0, butler_volmer(1e3))
    image = solve_current(distribute(mirrored), problem).samples
    original = solver.solve(problem).samples
    np.testing.assert_allclose(image.current_density[::-1], original.current_density, rtol=1e-9)


def test_translation_does_not_matter(rough_profile, solver) -> None:
    problem = CurrentProblem(K, 30.0, butler_volmer(1e3))
    moved = Profile(rough_profile.x + 1e-3, rough_profile.z - 2e-3)
    solution = solve_current(distribute(mesh_profile(moved, 15e-6, COARSE)), problem)
    assert ratio(solution) == pytest.approx(ratio(solver.solve(problem)), rel=1e-5)


def test_linear_kinetics_scale_with_the_applied_current(solver) -> None:
    law = LinearKinetics(100.0, 0.5, 0.5, 298.0)
    small = solver.solve(CurrentProblem(K, 1.0, law)).samples.current_density
    large = solver.solve(CurrentProblem(K, 1e5, law)).samples.current_density
    np.testing.assert_allclose(large, 1e5 * small, rtol=1e-9)


def test_butler_volmer_lies_between_its_limits(solver) -> None:
    # i_app << i0: linear; i_app >> i0: Tafel
    for applied, limit in (
        (0.01, LinearKinetics(100.0, 0.5, 0.5, 298.0)),
        (
            1e6,
            TafelKinetics(100.0, 0.5, 298.0),
        ),
    ):
        bv = solver.solve(CurrentProblem(K, applied, butler_volmer(100.0)))
        limiting = solver.solve(CurrentProblem(K, applied, limit))
        assert ratio(bv) - 1 == pytest.approx(ratio(limiting) - 1, rel=1e-3)
        assert bv.top_potential == pytest.approx(limiting.top_potential, rel=1e-3)


def test_fast_kinetics_tend_to_the_primary_limit() -> None:
    profile = sinusoid(0.5e-6, 10e-6, points=401)
    solver = CurrentSolver(distribute(mesh_profile(profile, 10e-6)))
    primary = ratio(solver.solve(CurrentProblem(K, 30.0, None)))
    gaps = [
        primary - ratio(solver.solve(CurrentProblem(K, 30.0, butler_volmer(i0))))
        for i0 in (1e3, 1e4, 1e5, 1e6)
    ]
    assert gaps == sorted(gaps, reverse=True)
    assert abs(gaps[-1]) < 5e-3 * primary


def test_high_wagner_number_evens_the_current_out(solver) -> None:
    excess = [
        ratio(solver.solve(CurrentProblem(k, 1e-3, butler_volmer(1.0)))) - 1
        for k in (0.1, 1.0, 10.0)
    ]
    # to first order the excess is inversely proportional to the Wagner number
    assert excess[0] / excess[1] == pytest.approx(10, rel=0.05)
    assert excess[1] / excess[2] == pytest.approx(10, rel=0.01)


@pytest.mark.parametrize("i0", [1e-3, 10.0, 1e5])
@pytest.mark.parametrize("k", [1e-3, 1.0])
@pytest.mark.parametrize("over_i0", [1e-3, 1.0, 1e6])
def test_extreme_parameters_converge(solver, i0, k, over_i0) -> None:
    law = butler_volmer(i0)
    solution = solver.solve(CurrentProblem(k, over_i0 * i0, law))
    assert solution.charge_balance_error < 1e-6
    assert solution.newton_steps <= 25
    # the top is at a higher potential than a flat interface of the true length would need
    assert solution.top_potential > law.overpotential(over_i0 * i0) * 0.5


def test_a_failed_solve_leaves_the_solver_usable(solver, monkeypatch) -> None:
    problem = CurrentProblem(K, 30.0, butler_volmer(100.0))
    before = ratio(solver.solve(problem))
    with monkeypatch.context() as hurried:
        hurried.setattr(newton, "MAX_NEWTON_STEPS", 3)
        with pytest.raises(ConvergenceError, match="did not converge in 3 steps"):
            solver.solve(CurrentProblem(K, 1e4, butler_volmer(1e-3)))
    assert ratio(solver.solve(problem)) == pytest.approx(before, rel=1e-12)


@pytest.mark.parametrize("degree", [1, 2])
def test_both_degrees_agree(domain, degree, solver) -> None:
    problem = CurrentProblem(K, 30.0, butler_volmer(1e3))
    found = ratio(solve_current(domain, problem, degree))
    assert found - 1 == pytest.approx(ratio(solver.solve(problem)) - 1, rel=0.02)


def test_very_tall_domain_adds_ohms_law_only() -> None:
    profile = self_affine(0.1e-6, 2e-6, points=200, seed=2)
    settings = MeshSettings(interface_edges=200)
    problem = CurrentProblem(K, 30.0, butler_volmer(1e3))
    low, tall = (
        solve_current(distribute(mesh_profile(profile, height, settings)), problem)
        for height in (6e-6, 200e-6)
    )
    assert ratio(tall) - 1 == pytest.approx(ratio(low) - 1, rel=1e-3)
    added = tall.top_potential - low.top_potential
    assert added == pytest.approx(30.0 * 194e-6 / K, rel=1e-7)


@pytest.mark.parametrize("name", ["conductivity", "applied_current_density"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_problems_without_sense_are_refused(name, value) -> None:
    arguments = {"conductivity": K, "applied_current_density": 30.0, name: value}
    with pytest.raises(InputError, match=name):
        CurrentProblem(**arguments, kinetics=None)
