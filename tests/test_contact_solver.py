# SPDX-License-Identifier: BSD-3-Clause
"""Contact: exact solutions, invariances, agreement with boundary elements, every surface solved."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from scipy.optimize import minimize

from interfacefem.contact.box import BoxContact, solve_states
from interfacefem.contact.complementarity import LARGEST_ERROR, solve_box_contact
from interfacefem.contact.compliance import surface_compliance
from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.contact.interior_point import guess_states
from interfacefem.contact.metrics import stress_metrics
from interfacefem.contact.peaks import find_peaks_and_valleys
from interfacefem.contact.polonsky_keer import iterate
from interfacefem.contact.problem import ContactProblem, contact_problem
from interfacefem.contact.solver import contact_mask, solve_loads
from interfacefem.contact.stress_below import normal_stress, stress_field
from interfacefem.contact.surface import RoughSurface, sample_surface
from interfacefem.contact.wave_response import wave_compliance
from interfacefem.errors import InputError
from interfacefem.reference import bonded_layer, contact_checks, hertz, layer_stack
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import keyhole_pores, self_affine, sinusoid
from interfacefem.units import UM

LPSCL = ElasticBody(24e9, 0.37)
MPA = 1e6
GPA = 1e9
CHECKS = [
    contact_checks.check_westergaard,
    contact_checks.check_hertz,
    contact_checks.check_flat_punch,
    contact_checks.check_bonded_layer,
    contact_checks.check_tape_on_foil,
    contact_checks.check_tilt,
]


def random_surface(seed: int, nodes: int) -> tuple[RoughSurface, str]:
    """Random spectrum, rms from 0.015 to 5 um; every fourth has isolated spikes."""
    rng = np.random.default_rng(seed)
    boundary = ("periodic", "mirror", "finite")[seed % 3]
    modes = np.arange(1, nodes // 8 + 1)
    amplitude = modes ** -(0.5 + rng.uniform(0.3, 1.0))
    x = (np.arange(nodes) + 0.5) / nodes
    phases = rng.uniform(0, 2 * math.pi, len(modes))
    z = np.cos(2 * math.pi * np.outer(x, modes) + phases) @ amplitude
    z *= math.exp(rng.uniform(math.log(0.015), math.log(5))) * UM / z.std()
    if seed % 4 == 0:
        z[rng.integers(nodes, size=3)] -= rng.uniform(3, 15) * z.std()
    rotation = "fixed" if boundary == "periodic" or seed % 2 else "free"
    return RoughSurface.of_line(x * 100 * UM, z, boundary), rotation


def rough_problem(boundary: str, rotation: str, hardness: float = 0.6 * GPA) -> ContactProblem:
    profile = self_affine(0.2 * UM, 60 * UM, points=385, seed=3, shortest=3 * UM)
    surface = sample_surface(profile, boundary)
    return contact_problem(surface, LPSCL, hardness=hardness, rotation=rotation)


@pytest.mark.parametrize("check", CHECKS)
def test_closed_forms(check) -> None:
    from interfacefem.mpi import MPI

    failed = [row for row in check(MPI.COMM_SELF) if not row.passed]
    assert failed == []


@pytest.mark.parametrize("nu", [-0.5, 0.0, 0.3, 0.49])
def test_half_space_and_layer_answer_waves_as_the_closed_forms_do(nu) -> None:
    k = 2 * math.pi / (100 * UM) * np.array([1, 2, 5, 20, 100, 256])
    half_space = wave_compliance(ElasticBody(24e9, nu), k)
    np.testing.assert_allclose(half_space, 2 * (1 - nu**2) / 24e9 / k, rtol=1e-5)
    layer = wave_compliance(ElasticBody(24e9, nu, 10 * UM), k)
    exact = bonded_layer.wave_compliance(k, 10 * UM, 24e9, nu)
    np.testing.assert_allclose(layer, exact, rtol=1e-5)
    assert np.all(layer <= half_space * (1 + 1e-4 if nu > 0.2 else np.inf))


def test_the_exact_answers_of_one_layer_and_of_a_stack_agree() -> None:
    k = np.array([0.1, 1, 5]) / (20 * UM)
    stack = ElasticBody(24e9, 0.37, 8 * UM, ElasticBody(24e9, 0.37, 12 * UM))
    np.testing.assert_allclose(
        [layer_stack.wave_compliance(one, stack) for one in k],
        bonded_layer.wave_compliance(k, 20 * UM, 24e9, 0.37),
        rtol=1e-12,
    )


@pytest.mark.parametrize("soft", [1e-7, 1e-8])
def test_layers_that_rounding_errors_would_decide_are_refused(soft) -> None:
    # as stiff as a film of 1 nm is, it bends: what it bears is lost in its stretching stiffness
    k = 2 * math.pi / (100 * UM) * np.array([1, 32])
    film = ElasticBody(24e9, 0.37, 1e-9, ElasticBody(24e9 * soft, 0.3, 50 * UM))
    with pytest.raises(InputError, match="differ too much"):
        wave_compliance(film, k)


def test_a_finite_surface_on_a_thick_layer_is_one_on_a_half_space() -> None:
    x = (np.arange(128) + 0.5) * 0.1 * UM
    surface = RoughSurface.of_line(x, np.zeros(128), "finite")
    half_plane = surface_compliance(surface, LPSCL).matrix
    thick = surface_compliance(surface, ElasticBody(24e9, 0.37, 2000 * UM)).matrix
    # displacements are known up to a constant
    relative = thick - half_plane
    assert np.ptp(relative) < 1e-4 * np.ptp(half_plane)


@pytest.mark.parametrize("boundary", ["periodic", "mirror", "finite"])
@pytest.mark.parametrize("body", [LPSCL, ElasticBody(24e9, 0.37, 5 * UM)])
def test_compliance_is_symmetric_and_positive(boundary, body) -> None:
    surface, _ = random_surface(0, 64)
    surface = RoughSurface.of_line(surface.x, surface.z, boundary)
    compliance = surface_compliance(surface, body, ElasticBody(70e9, 0.3))
    matrix = compliance.matrix
    pressure = np.random.default_rng(0).normal(size=64)
    product = matrix @ pressure
    np.testing.assert_allclose(
        compliance.apply(pressure), product, rtol=0, atol=1e-13 * np.abs(product).max()
    )
    np.testing.assert_allclose(matrix, matrix.T, rtol=0, atol=1e-12 * matrix.max())
    assert np.linalg.eigvalsh(matrix).min() > 0


def test_mirrored_surface_is_half_of_a_periodic_one() -> None:
    half, _ = random_surface(1, 128)
    # peaks are sought on the level surface; a mirrored inclination is none in the whole
    half = RoughSurface.of_line(half.x, half.levelled(), "mirror")
    whole = RoughSurface(np.append(half.z, half.z[::-1]), half.spacing, "periodic")
    mirror = RoughSurface.of_line(half.x, half.z, "mirror")
    one = solve_loads(contact_problem(mirror, LPSCL, rotation="fixed"), [50 * MPA])[0]
    two = solve_loads(contact_problem(whole, LPSCL), [50 * MPA])[0]
    np.testing.assert_allclose(two.pressure[:128], one.pressure, atol=1e-9 * one.pressure.max())
    np.testing.assert_allclose(two.pressure[128:][::-1], one.pressure, atol=1e-9 * GPA)
    np.testing.assert_allclose(
        normal_stress(two, 2 * UM)[:128], normal_stress(one, 2 * UM), rtol=1e-9
    )
    assert stress_metrics(two, 2 * UM).stress_ratio == pytest.approx(
        stress_metrics(one, 2 * UM).stress_ratio, rel=1e-9
    )


def test_elastic_block_is_a_rigid_one_on_a_softer_surface() -> None:
    surface, _ = random_surface(1, 128)
    block = ElasticBody(70e9, 0.2)
    modulus = 1 / (1 / LPSCL.plane_strain_modulus + 1 / block.plane_strain_modulus)
    both = contact_problem(surface, LPSCL, block, rotation="fixed")
    composite = contact_problem(surface, ElasticBody(modulus, 0.0), rotation="fixed")
    one, other = (solve_loads(problem, [20 * MPA])[0] for problem in (both, composite))
    np.testing.assert_allclose(one.pressure, other.pressure, atol=1e-4 * one.pressure.max())


def test_only_roughness_over_pressure_matters() -> None:
    surface, _ = random_surface(1, 128)
    rougher = RoughSurface.of_line(surface.x, 3 * surface.z, surface.boundary)
    one = solve_loads(contact_problem(surface, LPSCL, rotation="fixed"), [20 * MPA])[0]
    other = solve_loads(contact_problem(rougher, LPSCL, rotation="fixed"), [60 * MPA])[0]
    np.testing.assert_allclose(other.pressure, 3 * one.pressure, atol=1e-9 * GPA)


@pytest.mark.parametrize("boundary", ["mirror", "finite"])
def test_mirror_image_of_a_surface(boundary) -> None:
    surface, _ = random_surface(4, 128)
    left = RoughSurface.of_line(surface.x, surface.z, boundary)
    right = RoughSurface.of_line(surface.x, surface.z[::-1], boundary)
    one, other = (
        solve_loads(contact_problem(entry, LPSCL, hardness=GPA, rotation="free"), [50 * MPA])[0]
        for entry in (left, right)
    )
    np.testing.assert_allclose(other.pressure[::-1], one.pressure, atol=1e-9 * GPA)
    assert other.tilt == pytest.approx([-one.tilt[0]], rel=1e-9)


@pytest.mark.parametrize(("boundary", "rotation"), [
    ("mirror", "fixed"), ("mirror", "free"), ("finite", "free"), ("finite", "fixed"),
])  # fmt: skip
def test_load_moment_and_contact_conditions(boundary, rotation) -> None:
    problem = rough_problem(boundary, rotation)
    lever = problem.surface.lever
    for mean, solution in zip(
        (5 * MPA, 300 * MPA, 50 * MPA),
        solve_loads(problem, [5 * MPA, 300 * MPA, 50 * MPA]),
        strict=True,
    ):
        pressure, gap = solution.pressure, solution.gap
        assert pressure.mean() == pytest.approx(mean, rel=1e-12)
        moment = abs(pressure @ lever) / (pressure @ np.abs(lever))
        assert (moment < 1e-12) == (rotation == "free")
        assert pressure.min() == 0
        assert pressure.max() <= 0.6 * GPA
        assert gap[pressure < 0.6 * GPA].min() >= -1e-18
        assert np.all(pressure[gap > 1e-15] == 0)
        assert np.all(pressure[gap < -1e-15] == 0.6 * GPA)
        assert solution.complementarity_error < LARGEST_ERROR
        metrics = stress_metrics(solution, 3 * UM)
        assert metrics.load_left + metrics.load_right == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("boundary", ["mirror", "finite"])
def test_pressure_grows_everywhere_under_a_block_that_does_not_turn(boundary) -> None:
    # J. R. Barber, J. Appl. Mech. 41, 1974: each further load adds the pressure of a flat punch
    # on the contact, and that is positive
    problem = rough_problem(boundary, "fixed", math.inf)
    solutions = solve_loads(problem, list(np.geomspace(1, 2000, 12) * MPA))
    for light, heavy in itertools.pairwise(solutions):
        assert np.all(heavy.touches[light.touches])
        more = heavy.pressure - light.pressure
        assert more.min() > -1e-9 * heavy.mean_pressure
        assert more.mean() == pytest.approx(heavy.mean_pressure - light.mean_pressure, rel=1e-9)
    assert solutions[0].touches.mean() < 0.2


@pytest.mark.parametrize("rotation", ["fixed", "free"])
def test_beyond_full_contact_load_adds_an_even_pressure(rotation) -> None:
    problem = rough_problem("mirror", rotation, math.inf)
    light, heavy = solve_loads(problem, [4000 * MPA, 8000 * MPA])
    assert light.touches.all()
    np.testing.assert_allclose(heavy.pressure - light.pressure, 4000 * MPA, rtol=1e-8)
    one, other = (stress_metrics(solution, 3 * UM) for solution in (light, heavy))
    # an even pressure is the same at every depth: the ratio falls as (p + above)/(p - below)
    above, below = np.linalg.solve(
        [[1, one.stress_ratio], [1, other.stress_ratio]],
        [(one.stress_ratio - 1) * 4000, (other.stress_ratio - 1) * 8000],
    )
    stress = normal_stress(light, 3 * UM) / MPA
    peaks, valleys = one.places.peaks.average(stress), one.places.valleys.average(stress)
    assert peaks - 4000 == pytest.approx(above, rel=1e-6)
    assert 4000 - valleys == pytest.approx(below, rel=1e-6)
    assert one.stress_ratio > other.stress_ratio > 1


def test_a_sweep_gives_what_single_loads_give() -> None:
    problem = rough_problem("finite", "free")
    pressures = [200 * MPA, 2 * MPA, 20 * MPA]
    swept = solve_loads(problem, pressures)
    for pressure, solution in zip(pressures, swept, strict=True):
        alone = solve_loads(problem, [pressure])[0]
        np.testing.assert_allclose(alone.pressure, solution.pressure, atol=1e-9 * GPA)


def test_an_independent_optimiser_finds_the_same_pressure() -> None:
    surface, _ = random_surface(1, 64)
    problem = contact_problem(surface, LPSCL, hardness=0.6 * GPA, rotation="fixed")
    solution = solve_loads(problem, [100 * MPA])[0]
    matrix = problem.compliance.matrix * (100 * MPA)
    gap, scale = surface.z - surface.z.min(), np.abs(matrix).sum(axis=1).max()
    found = minimize(
        lambda p: (p @ (matrix @ p) / 2 + gap @ p) / scale,
        np.ones(64),
        jac=lambda p: (matrix @ p + gap) / scale,
        bounds=[(0, 6.0)] * 64,
        constraints={"type": "eq", "fun": lambda p: p.mean() - 1, "jac": lambda p: p * 0 + 1 / 64},
        method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-14},
    )
    np.testing.assert_allclose(found.x * 100 * MPA, solution.pressure, atol=0.02 * GPA)


def check_random_surface(seed: int, nodes: int) -> None:
    surface, rotation = random_surface(seed, nodes)
    for hardness in (math.inf, 0.6 * GPA):
        problem = contact_problem(surface, LPSCL, hardness=hardness, rotation=rotation)
        for solution in solve_loads(problem, [1 * MPA, 20 * MPA, 500 * MPA]):
            assert solution.complementarity_error < LARGEST_ERROR
            assert solution.pressure.mean() == pytest.approx(solution.mean_pressure, rel=1e-10)
            assert solution.gap[~solution.capped].min() > -1e-15
            assert solution.pressure.max() <= hardness


@pytest.mark.parametrize("seed", range(24))
def test_random_surfaces_converge(seed) -> None:
    check_random_surface(seed, 96)


def test_the_load_may_balance_on_nodes_at_the_cap() -> None:
    # 10 of 128 nodes at twelve times the mean and one at eight: the block's rotation is not unique
    surface, rotation = random_surface(40, 128)
    problem = contact_problem(surface, LPSCL, hardness=0.6 * GPA, rotation=rotation)
    assert solve_loads(problem, [50 * MPA])[0].complementarity_error < LARGEST_ERROR


@pytest.mark.parametrize("seed", [2, 16, 22, 164])
def test_a_load_that_is_light_beside_the_heights_is_balanced(seed) -> None:
    # 10 Pa displace the surface by 1e-10 of its height: six digits are left of the difference
    surface, rotation = random_surface(seed, 256)
    for pressure in (10.0, 1e3):
        (solution,) = solve_loads(contact_problem(surface, LPSCL, rotation=rotation), [pressure])
        lever = surface.lever / surface.width
        assert solution.pressure.mean() == pytest.approx(pressure, rel=1e-12)
        assert abs(lever @ solution.pressure) < 1e-10 * solution.pressure.sum()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(228))
def test_all_random_surfaces_converge(seed) -> None:
    check_random_surface(seed, 256)


def in_numbers(seed: int, hardness: float) -> BoxContact:
    surface, _ = random_surface(seed, 96)
    return BoxContact(
        surface_compliance(surface, LPSCL),
        surface.z - surface.z.min(),
        np.ones((96, 1)),
        np.array([96 * 50 * MPA]),
        hardness,
    )


# no whole number of nodes at these pressures carries 96 times 50 MPa
@pytest.mark.parametrize("hardness", [0.53 * GPA, 0.7 * GPA, math.inf])
@pytest.mark.parametrize("seed", range(6))
def test_interior_point_and_pivoting_agree(seed, hardness) -> None:
    problem = in_numbers(seed, hardness)
    solved = solve_box_contact(problem)
    states, motion, _ = guess_states(problem)
    answer = solve_states(problem, states, motion)
    np.testing.assert_allclose(answer.pressure, solved.pressure, atol=1e-6 * GPA)
    assert motion == pytest.approx(solved.motion, rel=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nodes_at_the_cap_that_carry_all_leave_the_approach_open_within_a_range(seed) -> None:
    problem = in_numbers(seed, 0.6 * GPA)
    solved = solve_box_contact(problem)
    # eight of 96 nodes at twelve times the mean
    full = np.isclose(solved.pressure, 0.6 * GPA, rtol=1e-9)
    assert full.sum() == 8
    np.testing.assert_allclose(solved.pressure[~full], 0, atol=1e-9 * GPA)
    _, motion, _ = guess_states(problem)
    for share in (0.0, 0.5, 1.0):
        between = solved.motion + share * (motion - solved.motion)
        gap = problem.compliance.apply(solved.pressure) + problem.gap - between
        size = 1e-9 * np.ptp(problem.gap)
        assert gap[full].max() <= size
        assert gap[~full].min() >= -size


def test_boundary_elements_find_the_same_contact_on_a_measured_line(shared_data) -> None:
    folder = shared_data / "topography"
    published = json.loads((folder / "tamaas_opd1_y240_contact.json").read_text())["opd-1_y240"]
    x, height = np.loadtxt(folder / "tamaas_opd1_y240_profile_um.csv", delimiter=",").T * UM
    # the file has the solid below
    surface = RoughSurface.of_line(x, -height, "periodic")
    problem = contact_problem(surface, ElasticBody(0.91 * GPA, 0.3))
    assert problem.body.plane_strain_modulus == pytest.approx(GPA)
    rows = published["results"]
    solutions = solve_loads(problem, [row["p_over_Estar"] * GPA for row in rows])
    for row, solution in zip(rows, solutions, strict=True):
        nodes = row["contact_fraction"] * published["N"]
        assert abs(np.count_nonzero(solution.touches) - nodes) <= 1
        assert solution.pressure.max() / GPA == pytest.approx(row["p_max"], rel=1e-4)


@pytest.mark.parametrize("seed", [11, 12, 13, 14])
@pytest.mark.parametrize("hardness", [0.6 * GPA, math.inf])
def test_the_ratio_converges(seed, hardness) -> None:
    # eight nodes in the shortest wave on the coarsest grid
    profile = self_affine(0.2 * UM, 80 * UM, points=2049, seed=seed, shortest=2.5 * UM)
    ratios = []
    for nodes in (256, 512, 1024):
        surface = sample_surface(profile, "mirror", nodes)
        problem = contact_problem(surface, LPSCL, hardness=hardness, rotation="free")
        metrics = stress_metrics(solve_loads(problem, [50 * MPA])[0], 5 * UM)
        assert not any("shortest wavelength" in note for note in metrics.notes)
        ratios.append(metrics.stress_ratio)
    assert ratios == pytest.approx([ratios[-1]] * 3, rel=5e-3)


def test_von_mises_below_a_line_contact() -> None:
    # K. L. Johnson, Contact Mechanics, section 4.4: with nu = 0.3 0.558 p0 at 0.70 a
    half, radius, width = 1 * UM, 100 * UM, 4 * UM
    body = ElasticBody(24e9, 0.3)
    load = math.pi * body.plane_strain_modulus * half**2 / (4 * radius)
    x = (np.arange(512) + 0.5) * width / 512 - width / 2
    surface = RoughSurface.of_line(x, x**2 / (2 * radius), "finite")
    solution = solve_loads(contact_problem(surface, body), [load / width])[0]
    field = stress_field(solution, np.linspace(0.3, 1.2, 91) * half)
    row, column = np.unravel_index(np.argmax(field.von_mises), field.von_mises.shape)
    p0 = hertz.largest_pressure(load, radius, body.plane_strain_modulus)
    assert field.von_mises.max() / p0 == pytest.approx(0.558, abs=2e-3)
    assert field.depth[row] / half == pytest.approx(0.70, abs=0.02)
    assert abs(x[column]) < 0.02 * half


def test_stresses_are_in_equilibrium() -> None:
    solution = solve_loads(rough_problem("mirror", "fixed"), [50 * MPA])[0]
    depth = np.linspace(4, 5, 101) * UM
    field = stress_field(solution, depth)
    spacing = solution.problem.surface.spacing[0]
    # d(sigma_xx)/dx + d(tau)/dz = 0 and d(tau)/dx + d(sigma_zz)/dz = 0
    along = np.gradient(field.sigma_xx, spacing, axis=1) + np.gradient(field.tau_xz, depth, axis=0)
    down = np.gradient(field.tau_xz, spacing, axis=1) + np.gradient(field.sigma_zz, depth, axis=0)
    inside = (slice(2, -2), slice(4, -4))
    size = np.abs(np.gradient(field.sigma_zz, depth, axis=0)).max()
    assert np.abs(along[inside]).max() < 5e-3 * size
    assert np.abs(down[inside]).max() < 5e-3 * size


def test_the_block_sees_the_lower_envelope_of_an_overhanging_profile() -> None:
    profile = keyhole_pores(2 * UM, 1 * UM, 10 * UM, 3)
    surface = sample_surface(profile, "mirror", 600)
    assert profile.has_overhangs
    # from below only the necks are open; the pores behind them are hidden
    assert (surface.z > 1e-12).mean() == pytest.approx(0.1, abs=0.01)


def test_contact_goes_to_the_current_solver() -> None:
    profile = sinusoid(0.05 * UM, 10 * UM, periods=2, points=513)
    problem = contact_problem(sample_surface(profile, "periodic"), LPSCL)
    solution = solve_loads(problem, [30 * MPA])[0]
    mask = contact_mask(solution, profile)
    touched = np.diff(mask.intervals, axis=1).sum() / profile.length
    assert touched == pytest.approx(solution.touches.mean(), rel=1e-3)
    assert len(mask.intervals) == 2
    # peaks toward the block are minima of z
    assert mask.touches(np.array([5, 15]) * UM).all()
    assert not mask.touches(np.array([0.1, 10, 19.9]) * UM).any()


def test_heights_between_points_follow_the_curve() -> None:
    coarse = sinusoid(1 * UM, 50 * UM, periods=2, points=65)
    surface = sample_surface(coarse, "periodic", 512)
    exact = np.cos(2 * math.pi * surface.x / (50 * UM)) * UM
    np.testing.assert_allclose(surface.z, exact, atol=1e-4 * UM)


def test_a_profile_with_even_points_keeps_them() -> None:
    x = np.linspace(0, 50 * UM, 301)
    z = np.random.default_rng(0).normal(0, 0.1 * UM, 301)
    z[-1] = z[0]
    surface = sample_surface(Profile(x, z), "periodic")
    np.testing.assert_allclose(surface.z, z[:-1], atol=1e-15)


def test_rounding_makes_no_peaks_on_flat_ground() -> None:
    # four flats between three pores, the outer two cut in half by the mirrors
    surface = sample_surface(keyhole_pores(2 * UM, 1 * UM, 10 * UM, 3), "mirror")
    places = find_peaks_and_valleys(surface, 2 * UM)
    np.testing.assert_allclose(
        places.peaks.x, np.array([0, 10, 20, 30]) * UM, atol=surface.spacing[0]
    )
    np.testing.assert_array_equal(places.peaks.weights, [1, 2, 2, 1])
    np.testing.assert_allclose(
        places.valleys.x, np.array([5, 15, 25]) * UM, atol=surface.spacing[0]
    )


@pytest.mark.parametrize("boundary", ["periodic", "mirror", "finite"])
@pytest.mark.parametrize("hardness", [0.6 * GPA, math.inf])
def test_pivoting_and_conjugate_gradients_find_the_same_pressure(boundary, hardness) -> None:
    surface, _ = random_surface(7, 128)
    surface = RoughSurface.of_line(surface.x, surface.z, boundary)
    rotation = "fixed" if boundary == "periodic" else "free"
    problem = contact_problem(surface, LPSCL, hardness=hardness, rotation=rotation)
    (pivoted,) = solve_loads(problem, [50 * MPA])
    iterated = iterate(problem, 50 * MPA)
    np.testing.assert_allclose(
        iterated.pressure, pivoted.pressure, atol=1e-6 * pivoted.pressure.max()
    )
    assert iterated.tilt == pytest.approx(pivoted.tilt, rel=1e-6, abs=1e-15)
    assert iterated.approach == pytest.approx(pivoted.approach, rel=1e-8)
