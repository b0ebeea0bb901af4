# SPDX-License-Identifier: BSD-3-Clause
"""Contact of height maps: exact solutions, invariances, robustness."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from interfacefem.contact.admissible_pressure import BlockMotions, project
from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.contact.polonsky_keer import IterationSettings, iterate
from interfacefem.contact.problem import ContactProblem, contact_problem
from interfacefem.contact.solver import solve_loads
from interfacefem.contact.surface import RoughSurface
from interfacefem.contact.wave_response import depth_response
from interfacefem.errors import ConvergenceError, InputError
from interfacefem.mpi import MPI
from interfacefem.reference import bonded_layer
from interfacefem.reference.contact_map_checks import (
    check_crossed_waves,
    check_layers,
    check_sphere,
    check_tilted_map,
    check_wavy_map,
)
from interfacefem.synthetic.height_maps import self_affine_map
from interfacefem.units import UM

LPSCL = ElasticBody(24e9, 0.37)
WIDTH = 60 * UM
MPA = 1e6


def posed(
    boundary: str,
    heights: np.ndarray,
    size: float,
    hardness: float = math.inf,
    rotation: str = "fixed",
) -> ContactProblem:
    """A map of square pixels; of a periodic one the last row and column repeat the first."""
    if boundary == "periodic":
        heights = heights[:-1, :-1]
    surface = RoughSurface(heights, (size, size), boundary, nodes_on_sides=boundary != "periodic")
    return contact_problem(surface, LPSCL, hardness=hardness, rotation=rotation)


def conditions(solution) -> float:
    """Complementarity error by an independent evaluation of the displacement."""
    problem, p = solution.problem, solution.pressure
    distance = problem.undeformed_gap + problem.compliance.apply(p)
    block = distance - solution.gap
    if not problem.rotates:
        assert np.ptp(block) <= 1e-9 * np.ptp(distance)
    wrong = np.abs(solution.gap)
    wrong[(p == 0) & (solution.gap > 0)] = 0
    wrong[(p == problem.hardness) & (solution.gap < 0)] = 0
    return float(wrong.max() / np.ptp(problem.undeformed_gap))


@pytest.mark.parametrize(
    "check", [check_wavy_map, check_crossed_waves, check_sphere, check_layers, check_tilted_map]
)
def test_closed_forms(check) -> None:
    rows = list(check(MPI.COMM_SELF))
    assert rows
    assert [row for row in rows if not row.passed] == []


def robust_case(seed: int) -> None:
    rng = np.random.default_rng(seed)
    samples = 65
    rms = math.exp(rng.uniform(math.log(0.015), math.log(5))) * UM
    load = math.exp(rng.uniform(0, math.log(500))) * MPA
    surface = self_affine_map(
        rms, WIDTH, samples=samples, seed=seed, hurst=rng.uniform(0.3, 1.0),
        shortest=rng.choice([2, 4, 8]) * WIDTH / (samples - 1),
    )  # fmt: skip
    heights = surface.heights.copy()
    if seed % 3 == 0:
        for row, column in rng.integers(0, samples, (rng.integers(1, 6), 2)):
            heights[row, column] -= rng.uniform(1, 30) * rms
    hardness = [math.inf, max(600 * MPA, 1.2 * load), 1.2 * load][rng.integers(3)]
    boundary = ["periodic", "mirror", "finite"][rng.integers(3)]
    rotation = "free" if boundary != "periodic" and rng.integers(2) else "fixed"
    problem = posed(boundary, heights, surface.pixel_size_x, hardness, rotation)
    (found,) = solve_loads(problem, [load])
    assert found.complementarity_error < 1e-10
    assert conditions(found) < 1e-9
    assert problem.surface.mean(found.pressure) == pytest.approx(load, rel=1e-11)
    assert found.pressure.min() >= 0
    assert found.pressure.max() <= hardness


@pytest.mark.parametrize("seed", range(24))
def test_random_maps_converge(seed) -> None:
    robust_case(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(24, 228, 34))
def test_many_random_maps_converge(first) -> None:
    for seed in range(first, first + 34):
        robust_case(seed)


@pytest.mark.parametrize("boundary", ["periodic", "mirror", "finite"])
def test_mirror_image_of_the_map_gives_the_mirror_image(boundary) -> None:
    surface = self_affine_map(0.3 * UM, WIDTH, samples=65, seed=2)
    problem = posed(boundary, surface.heights, surface.pixel_size_x, 800 * MPA)
    turned = dataclasses.replace(problem.surface, z=problem.surface.z[::-1, ::-1])
    one = iterate(problem, 60 * MPA)
    other = iterate(dataclasses.replace(problem, surface=turned), 60 * MPA)
    np.testing.assert_allclose(other.pressure[::-1, ::-1], one.pressure, atol=1e-6 * 800 * MPA)


def test_a_mirrored_map_is_the_periodic_map_of_its_images() -> None:
    surface = self_affine_map(0.3 * UM, WIDTH, samples=49, seed=4)
    size = surface.pixel_size_x
    mirrored = iterate(posed("mirror", surface.heights, size), 40 * MPA)
    doubled = np.pad(surface.heights, ((0, 48), (0, 48)), "reflect")
    periodic = iterate(posed("periodic", doubled, size), 40 * MPA)
    scale = mirrored.pressure.max()
    np.testing.assert_allclose(periodic.pressure[:49, :49], mirrored.pressure, atol=1e-8 * scale)


def test_a_stiffer_and_rougher_map_under_more_load_is_the_same() -> None:
    surface = self_affine_map(0.3 * UM, WIDTH, samples=49, seed=4)
    size = surface.pixel_size_x
    one = iterate(posed("mirror", surface.heights, size, 700 * MPA), 40 * MPA)
    other = iterate(posed("mirror", 3 * surface.heights, size, 2100 * MPA), 120 * MPA)
    np.testing.assert_allclose(other.pressure, 3 * one.pressure, atol=1e-6 * other.pressure.max())


def test_a_load_sweep_finds_what_single_solves_find() -> None:
    surface = self_affine_map(0.3 * UM, WIDTH, samples=65, seed=6)
    problem = posed("mirror", surface.heights, surface.pixel_size_x, 600 * MPA)
    loads = [5 * MPA, 20 * MPA, 80 * MPA, 300 * MPA]
    shares = []
    for load, found in zip(loads, solve_loads(problem, loads), strict=True):
        single = iterate(problem, load)
        np.testing.assert_allclose(found.pressure, single.pressure, atol=1e-6 * 600 * MPA)
        shares.append(problem.surface.mean(found.touches))
    assert shares == sorted(shares)


def test_all_bodies_are_softer_the_thicker_they_are() -> None:
    k = np.geomspace(1e3, 1e6, 30)
    thin, thick = (
        depth_response(ElasticBody(24e9, 0.37, h), 5 * UM, k).compliance for h in (10 * UM, 40 * UM)
    )
    assert (thin <= thick * (1 + 1e-5)).all()
    assert thin[0] < 0.5 * thick[0]


@pytest.mark.parametrize("nu", [-0.5, 0.0, 0.3, 0.45])
def test_layer_on_rigid_base(nu) -> None:
    k = np.geomspace(1e3, 1e7, 100)
    found = depth_response(ElasticBody(24e9, nu, 30 * UM), 10 * UM, k)
    exact = bonded_layer.wave_compliance(k, 30 * UM, 24e9, nu)
    np.testing.assert_allclose(found.compliance, exact, rtol=2e-5)


def test_a_stiff_foil_lies_between_rigid_base_and_soft_ground() -> None:
    k = np.geomspace(1e3, 1e5, 30)
    carriers = (None, ElasticBody(70e9, 0.34, 15 * UM), ElasticBody(24e9, 0.37, 15 * UM))
    rigid, foil, same = (
        depth_response(ElasticBody(24e9, 0.37, 30 * UM, below), 5 * UM, k).compliance
        for below in carriers
    )
    assert (rigid < foil).all()
    assert (foil < same).all()


def test_the_projection_is_the_nearest_admissible_pressure() -> None:
    rng = np.random.default_rng(0)
    count = 400
    place = np.linspace(-1, 1, count)
    weights = np.full(count, 1 / count)
    for shapes in (np.ones((1, count)), np.vstack([np.ones(count), place, place**2 - 1 / 3])):
        motions = BlockMotions(shapes, weights)
        wild = rng.normal(1.0, 3.0, count)
        # the mean of an even pressure of one, and its moments, can be borne
        found = project(wild, np.ones(count, dtype=bool), 1.0, 2.5, motions)
        assert found is not None
        assert found.min() >= 0
        assert found.max() <= 2.5
        balance = shapes @ (weights * found)
        np.testing.assert_allclose(balance, [1.0, *np.zeros(len(shapes) - 1)], atol=1e-12)
        inside = (found > 0) & (found < 2.5)
        shift = (found - wild)[inside]
        fitted = np.linalg.lstsq(shapes[:, inside].T, shift, rcond=None)[0]
        np.testing.assert_allclose(shapes[:, inside].T @ fitted, shift, atol=1e-10)
        moved = wild + fitted @ shapes
        assert (moved[found == 0] <= 1e-10).all()
        assert (moved[found == 2.5] >= 2.5 - 1e-10).all()


def test_what_does_not_converge_says_so() -> None:
    surface = self_affine_map(0.3 * UM, WIDTH, samples=65, seed=6)
    problem = posed("mirror", surface.heights, surface.pixel_size_x)
    for tolerance, iterations in ((1e-11, 3), (1e-30, 300)):
        settings = IterationSettings(tolerance, iterations)
        with pytest.raises(ConvergenceError, match="did not converge"):
            solve_loads(problem, [20 * MPA], settings)


@pytest.mark.parametrize("load", [0.0, -1.0, 600 * MPA, 700 * MPA, math.nan, math.inf])
def test_loads_that_cannot_be_borne_are_refused(load) -> None:
    problem = posed("periodic", np.zeros((9, 9)), UM, 600 * MPA)
    for solve in (iterate, lambda problem, load: solve_loads(problem, [load])):
        with pytest.raises(InputError, match=r"load\.pressure"):
            solve(problem, load)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((0.0, 0.3, UM), "youngs_modulus"),
        ((math.inf, 0.3, UM), "youngs_modulus"),
        ((1e9, 0.5, UM), "poisson_ratio"),
        ((1e9, -1.0, UM), "poisson_ratio"),
        ((1e9, 0.3, 0.0), "thickness"),
    ],
)
def test_layers_out_of_range_are_refused(values, message) -> None:
    with pytest.raises(InputError, match=message):
        ElasticBody(*values)


def test_impossible_stacks_are_refused() -> None:
    k = np.array([1e5])
    finite = ElasticBody(1e9, 0.3, 5 * UM)
    with pytest.raises(InputError, match="infinitely thick"):
        ElasticBody(1e9, 0.3, below=finite)
    with pytest.raises(InputError, match=r"stress\.depth"):
        depth_response(finite, 6 * UM, k)
    with pytest.raises(InputError, match="hardness"):
        posed("periodic", np.zeros((9, 9)), UM, 0.0)
    with pytest.raises(InputError, match="finite numbers"):
        posed("periodic", np.full((9, 9), np.nan), UM)
