# SPDX-License-Identifier: BSD-3-Clause
"""Problems solved in the span of others against the same problems solved in full."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from interfacefem.current import (
    ButlerVolmer,
    CurrentProblem,
    CurrentSolver,
    InSeriesWithFilm,
    LinearKinetics,
    TafelKinetics,
)
from interfacefem.current.reduced_basis import ReducedBasis
from interfacefem.current.related_problems import RelatedProblems
from interfacefem.current.solution import InterfaceSolution
from interfacefem.current.unit import in_spread_order
from interfacefem.meshing import MeshSettings, distribute, mesh_profile
from interfacefem.mpi import MPI
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import keyhole_pores, self_affine, sinusoid
from interfacefem.units import UM

ACCURACY = 1e-3
THERMAL_VOLTAGE = 0.02568  # V at 298 K

PROFILES = {
    "rough": self_affine(0.5 * UM, 30 * UM, points=300, seed=4),
    "steep": self_affine(1 * UM, 30 * UM, hurst=0.5, shortest=0.3 * UM, points=300, seed=5),
    "pores": keyhole_pores(0.9 * UM, 0.8 * UM, 6 * UM, 3),
    "nearly flat": sinusoid(0.001 * UM, 10 * UM, points=101),
}


def make_solver(profile: Profile) -> CurrentSolver:
    settings = MeshSettings(interface_edges=150)
    triangulation = mesh_profile(profile, 1.5 * profile.width, settings)
    return CurrentSolver(distribute(triangulation, MPI.COMM_SELF))


@pytest.fixture(scope="module", params=PROFILES)
def solver(request: pytest.FixtureRequest) -> CurrentSolver:
    return make_solver(PROFILES[request.param])


def log_excess(solution: InterfaceSolution) -> float:
    current = solution.samples.current_density
    return float(np.log(current.max() / current.min() - 1))


def butler_volmer(k: float, i0: float, quotient: float, alpha: float = 0.5) -> CurrentProblem:
    return CurrentProblem(k, i0 * quotient, ButlerVolmer(i0, alpha, 1 - alpha, 298.0))


def assert_close(solver: CurrentSolver, solved: InterfaceSolution, accuracy: float) -> None:
    full = solver.solve(solved.problem)
    if full.samples.current_density.min() <= 0:
        # no ratio, no estimate: such a problem is solved in full
        assert solved.samples.current_density.min() <= 0
        return
    assert abs(log_excess(solved) - log_excess(full)) < accuracy
    assert solved.top_potential == pytest.approx(full.top_potential, rel=accuracy)
    assert solved.charge_balance_error < 1e-7
    np.testing.assert_allclose(
        solved.samples.current_density, full.samples.current_density, rtol=2 * accuracy
    )


def test_grid_with_its_corners(solver: CurrentSolver) -> None:
    related = RelatedProblems(solver, ACCURACY)
    grid = [(k, i0) for k in np.geomspace(0.01, 1.0, 4) for i0 in np.geomspace(1.0, 1000.0, 4)]
    for number in in_spread_order(np.log(grid)):
        k, i0 = grid[number]
        assert_close(solver, related.solve(butler_volmer(k, i0, 30.0 / i0)), ACCURACY)
    # what it is for: most problems needed no further unknowns
    assert related.solved <= 2
    assert related.corrections < len(grid)


@pytest.mark.parametrize("seed", range(2))
def test_random_parameters_in_any_order(solver: CurrentSolver, seed: int) -> None:
    random = np.random.default_rng(seed)
    related = RelatedProblems(solver, ACCURACY)
    for _ in range(15):
        k = 10 ** random.uniform(-3, 1)
        i0 = 10 ** random.uniform(-1, 4)
        quotient = 10 ** random.uniform(-3, 3)
        problem = butler_volmer(k, i0, quotient, random.uniform(0.2, 0.8))
        film = InSeriesWithFilm(problem.kinetics, 10 ** random.uniform(-5, -1))
        if random.random() < 0.3:
            problem = dataclasses.replace(problem, kinetics=film)
        assert_close(solver, related.solve(problem), ACCURACY)


def test_extreme_quotients(solver: CurrentSolver) -> None:
    """Applied over exchange current from 1e-3 to 1e6, each after the opposite extreme."""
    related = RelatedProblems(solver, ACCURACY)
    quotients = np.geomspace(1e-3, 1e6, 10)
    for low, high in zip(quotients, quotients[::-1], strict=True):
        for quotient in (low, high):
            problem = butler_volmer(0.1, 30.0 / quotient, quotient)
            assert_close(solver, related.solve(problem), ACCURACY)


@pytest.mark.parametrize("accuracy", [1e-2, 1e-4, 1e-6])
def test_accuracy_is_met_whatever_is_asked_for(accuracy: float) -> None:
    solver = make_solver(PROFILES["rough"])
    related = RelatedProblems(solver, accuracy)
    for k in np.geomspace(0.01, 1.0, 12):
        assert_close(solver, related.solve(butler_volmer(k, 10.0, 3.0)), accuracy)


def test_linear_kinetics_need_one_dimension_a_wagner_number() -> None:
    """The potential is proportional to the current: one shape serves every current."""
    solver = make_solver(PROFILES["rough"])
    related = RelatedProblems(solver, 1e-8)
    law = LinearKinetics(10.0, 0.5, 0.5, 298.0)
    related.solve(CurrentProblem(0.1, 1.0, law))
    corrections = related.corrections
    for applied in (1e-3, 3.0, 1e4):
        assert_close(solver, related.solve(CurrentProblem(0.1, applied, law)), 1e-8)
    assert related.corrections == corrections
    assert related.solved == 0


def test_tafel_solution_is_shifted_by_the_exchange_current() -> None:
    """Tafel's law: a factor of i0 shifts the potential and leaves the current as it is."""
    solver = make_solver(PROFILES["rough"])
    related = RelatedProblems(solver, ACCURACY)
    ratios = []
    for i0 in np.geomspace(0.01, 10.0, 4):
        solution = related.solve(CurrentProblem(0.1, 100.0, TafelKinetics(i0, 0.5, 298.0)))
        ratios.append(log_excess(solution))
        if len(ratios) == 1:
            corrections = related.corrections
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-9)
    assert related.corrections == corrections


def test_primary_limit_is_solved_as_alone() -> None:
    solver = make_solver(PROFILES["nearly flat"])
    problem = CurrentProblem(0.1, 30.0, None)
    solved = RelatedProblems(solver, ACCURACY).solve(problem)
    np.testing.assert_array_equal(
        solved.samples.current_density, solver.solve(problem).samples.current_density
    )


def test_flat_interface_is_exact() -> None:
    """``phi_top = i_app L/k + eta(i_app)``."""
    width = 10 * UM
    solver = make_solver(Profile(np.array([0.0, width]), np.zeros(2)))
    related = RelatedProblems(solver, ACCURACY)
    for i0 in (1.0, 100.0):
        problem = butler_volmer(0.1, i0, 30.0 / i0)
        solution = related.solve(problem)
        eta = 2 * problem.kinetics.thermal_voltage * np.arcsinh(30.0 / (2 * i0))
        assert solution.top_potential == pytest.approx(30.0 * 1.5 * width / 0.1 + eta, rel=1e-9)
        np.testing.assert_allclose(solution.samples.current_density, 30.0, rtol=1e-9)


def test_known_solution_is_found_in_the_span() -> None:
    """A solution that was learned is reproduced: Galerkin's method is a projection."""
    solver = make_solver(PROFILES["pores"])
    problem = butler_volmer(0.05, 100.0, 0.3)
    full = solver.solve(problem)
    inflow = 30.0 / 0.05
    law = problem.kinetics
    solver.tangents.set_slope(np.full_like(solver.trace.weights, law.slope(0.02) / 0.05))
    cases = ReducedBasis(solver, solver.tangents.factor_solution(solver.top_load))
    owned = full.potential.x.array[: len(solver.top_load)]
    shape = owned - inflow * cases.unit
    assert cases.learn(solver.tangents.without_bulk_residual(shape))
    near = cases.nearest(law, 0.05, inflow, 0.01)
    np.testing.assert_allclose(near.at_facets, full.potential.x.array[solver.trace.dofs], rtol=1e-8)
    np.testing.assert_allclose(cases.potential(near), owned, rtol=1e-7)
    assert near.top_potential == pytest.approx(full.top_potential, rel=1e-9)
    # nothing new in it
    assert not cases.learn(shape)


@pytest.mark.parametrize("shape", [(1,), (4,), (3, 5), (2, 1, 3)])
def test_order_visits_each_point_once_and_ends_first(shape: tuple[int, ...]) -> None:
    order = in_spread_order(np.indices(shape).reshape(len(shape), -1).T)
    assert sorted(order) == list(range(int(np.prod(shape))))
    if len(order) > 1:
        # the second is the corner opposite to the first
        assert order[1] == len(order) - 1
