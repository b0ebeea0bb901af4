# SPDX-License-Identifier: BSD-3-Clause
"""Pressed interfaces: what touches, parts and errors of the resistance, impedance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from interface_cases import (
    CONDUCTIVITY,
    PRESSURES,
    pressed_cell,
    pressed_ratios,
    rough_pressing,
    wave_ratio,
)

from interfacefem.current import CurrentProblem
from interfacefem.current.kinetics import ButlerVolmer
from interfacefem.current.problem import current_problem
from interfacefem.current.run import run_current
from interfacefem.errors import InputError
from interfacefem.interface.exponent import local_exponents
from interfacefem.interface.grid import SurfaceGrid
from interfacefem.interface.hot_spot import find_hot_spot
from interfacefem.interface.hot_spot_zoom import refined_hot_spot
from interfacefem.interface.impedance import (
    VACUUM_PERMITTIVITY,
    InterfaceCapacitances,
    solve_impedance,
)
from interfacefem.interface.law import SpotLaw
from interfacefem.interface.of_cell import SurfaceUnderBlock
from interfacefem.interface.pressed import PressedSurface
from interfacefem.interface.pressure_curve import CurveSettings, solve_curve, spot_problem
from interfacefem.interface.spot_current import SpotProblem, solve_spots, solve_tangent
from interfacefem.mpi import MPI
from interfacefem.reference import interface_checks, westergaard
from interfacefem.reference.interface_checks import composite_modulus, wave_profile
from interfacefem.surfaces import Profile
from interfacefem.surfaces.contact_mask import ContactMask
from interfacefem.synthetic.height_maps import self_affine_map
from interfacefem.units import OHM_CM2

PRIMARY = CurrentProblem(CONDUCTIVITY, 30.0, None)
REACTION = CurrentProblem(CONDUCTIVITY, 30.0, ButlerVolmer(10.0, 0.5, 0.5, 298.0))
SMALL = 11  # a seed whose map has 48 cells
STORE = InterfaceCapacitances(double_layer=0.1, relative_permittivity=10.0)


@pytest.mark.parametrize(
    "check",
    [
        interface_checks.check_spots,
        interface_checks.check_pressed,
        interface_checks.check_spot_kinetics,
        interface_checks.check_interface_impedance,
    ],
)
def test_the_references_are_met(check):
    from interfacefem.mpi import MPI

    rows = list(check(MPI.COMM_SELF))
    assert rows
    assert [row for row in rows if not row.passed] == []


def test_errors_of_pressed_waves_cover_the_exact_resistance():
    ratios = [wave_ratio(seed, PRIMARY) for seed in range(12)]
    assert np.sum(np.array(ratios) >= 1) >= 11
    assert np.median(ratios) < 10


@pytest.mark.parametrize("hardness", ["inf", "0.6 GPa"])
def test_errors_of_rough_contacts_cover_a_finer_grid(hardness):
    fine = rough_pressing(SMALL, hardness, finer=4)
    ratios = []
    for problem in (PRIMARY, REACTION):
        ratios += pressed_ratios(rough_pressing(SMALL, hardness), fine, problem, PRESSURES[1:])
    assert len(ratios) == 6
    assert sum(ratio >= 1 for ratio in ratios) >= 5
    assert np.median(ratios) < (4 if hardness == "inf" else 8)


def test_the_parts_add_up_and_the_resistance_falls_with_pressure():
    surface = self_affine_map(0.3e-6, 40e-6, samples=65, shortest=10e-6, seed=3)
    pressing = SurfaceUnderBlock(surface, pressed_cell("0.6 GPa"))
    curve = solve_curve(pressing, REACTION, PRESSURES, 10.0)
    resistances = [row.resistance for row in curve.rows]
    assert resistances == sorted(resistances, reverse=True)
    for row, exponent in zip(curve.rows, curve.exponents, strict=True):
        parts = row.parts
        assert row.resistance == pytest.approx(
            row.bulk + parts.constriction + parts.charge_transfer + parts.film
            + row.slope_correction, rel=1e-12,
        )  # fmt: skip
        assert row.differential_resistance < row.resistance  # the law is concave
        assert row.error.total == row.error.mask + row.error.kinetics + row.error.slope
        assert row.barber is None  # a sample yields
        assert exponent.low <= exponent.value <= exponent.high < 0


def test_barbers_identity_stands_beside_elastic_half_spaces_alone():
    surface = self_affine_map(0.3e-6, 40e-6, samples=65, shortest=10e-6, seed=3)

    def barber(**cell):
        pressing = SurfaceUnderBlock(surface, pressed_cell("inf", **cell))
        (row,) = solve_curve(pressing, PRIMARY, [10e6], 10.0).rows
        return row

    row = barber()
    assert row.barber == pytest.approx(row.parts.constriction, rel=0.05)
    assert barber(stress={"body": "30 um"}).barber is None
    soft = barber(block={"rotation": "fixed", "youngs_modulus": "30 GPa", "poisson_ratio": 0.3})
    assert soft.barber == pytest.approx(soft.parts.constriction, rel=0.05)


def test_the_half_grids_of_a_map_are_every_other_sample_of_it():
    surface = self_affine_map(0.1e-6, 40e-6, samples=33, shortest=20e-6, seed=2)
    for boundary in ("mirror", "finite"):
        pressing = SurfaceUnderBlock(surface, pressed_cell("inf", stress={"boundary": boundary}))
        (whole,) = pressing.at([50e6])
        halves = [half[0] for half in pressing.on_half_grids([50e6])]
        assert len(halves) == 4
        fractions = [half.counted_fraction for half in halves]
        assert np.mean(fractions) == pytest.approx(whole.counted_fraction, rel=0.15)
        assert whole.contact_fraction < whole.counted_fraction
        for half in halves:
            assert half.grid.mean(half.pressure) == pytest.approx(50e6, rel=1e-9)


def test_the_corrected_area_is_that_of_a_disc():
    rng = np.random.default_rng(0)
    counted, corrected = [], []
    for _ in range(40):
        radius, offset = rng.uniform(5, 9), rng.random(2)
        y, x = (np.arange(32) - 16 + shift for shift in offset)
        distance = np.hypot(y[:, None], x)
        # what a contact solver counts: half a cell of each face too much, on average
        grid = SurfaceGrid((32, 32), (1.0, 1.0), ("periodic", "periodic"))
        contact = distance < radius + 0.15
        pressure = np.where(contact, 1.0, 0.0)
        pressed = PressedSurface(
            grid, 1.0, contact, pressure, ~contact * 1.0, np.zeros_like(contact)
        )
        exact = math.pi * radius**2 / 32**2
        counted.append(pressed.counted_fraction / exact - 1)
        corrected.append(pressed.contact_fraction / exact - 1)
    assert abs(np.mean(corrected)) < 0.3 * np.mean(counted)


def test_the_corrected_length_of_a_pressed_wave_is_nearer_than_the_counted():
    cell = pressed_cell("inf", stress={"nodes": 96})
    full = westergaard.full_contact_pressure(
        composite_modulus(cell), interface_checks.AMPLITUDE, interface_checks.WAVE
    )
    ratios = np.linspace(0.05, 0.5, 20)
    exact = np.array([westergaard.contact_fraction(ratio) for ratio in ratios])
    found = SurfaceUnderBlock(wave_profile(), cell).at([ratio * full for ratio in ratios])
    counted = np.array([pressed.counted_fraction for pressed in found]) - exact
    corrected = np.array([pressed.contact_fraction for pressed in found]) - exact
    assert np.sqrt(np.mean(corrected**2)) < 0.5 * np.sqrt(np.mean(counted**2))


def cavities(straight):
    """A flat line with two pockets, straight or wider inside than at their mouth."""
    depth, mouth = 3e-6, 2e-6
    x, z = [0.0], [0.0]
    for middle in (10e-6, 27e-6):
        side = mouth / 2 if straight else 2.4 * mouth
        x += [middle - mouth / 2, middle - side, middle + side, middle + mouth / 2]
        z += [0.0, depth, depth, 0.0]
    return Profile(np.array([*x, 40e-6]), np.array([*z, 0.0]))


def test_walls_of_cavities_are_no_contact():
    cell = pressed_cell("0.6 GPa", stress={"nodes": 1024})
    curves = {}
    for straight in (True, False):
        pressing = SurfaceUnderBlock(cavities(straight), cell)
        curves[straight] = solve_curve(pressing, REACTION, [50e6], 10.0)
    plain, undercut = (curves[straight].rows[0] for straight in (True, False))
    assert undercut.resistance == pytest.approx(
        plain.resistance, abs=plain.error.total + undercut.error.total
    )
    assert undercut.pressed.counted_fraction == pytest.approx(0.9, abs=0.003)
    # all of a pocket but the part of its floor that is seen through the mouth
    for straight, curve in curves.items():
        hidden = 1 - 40e-6 / cavities(straight).length
        assert curve.hidden_share == pytest.approx(hidden, abs=0.01)
    assert plain.undercut_share == 0
    assert plain.undercut_bound is None
    assert undercut.undercut_share > 0.1
    assert any("cavity" in note for note in undercut.notes)


@pytest.mark.parametrize("model", ["primary", "butler-volmer"])
def test_finite_elements_lie_in_the_bracket_under_cavities(model):
    """Flat model below, Thomson's principle above; the top of all is the same plane."""
    cell = pressed_cell("0.6 GPa", stress={"nodes": 1024}, kinetics={"model": model})
    line = cavities(False)
    (row,) = solve_curve(SurfaceUnderBlock(line, cell), current_problem(cell), [50e6], 10.0).rows
    on = np.flatnonzero((line.z[1:] == 0) & (line.z[:-1] == 0))
    touching = ContactMask(np.column_stack([line.arc_length[on], line.arc_length[on + 1]]))
    found = run_current(line, cell, MPI.COMM_SELF, touching, reference_length=40e-6)
    exact = found.metrics.area_specific_resistance
    assert row.resistance - row.slope_correction < exact < row.undercut_bound
    assert row.undercut_bound < 1.4 * exact
    assert any(f"{row.undercut_bound / OHM_CM2:.4g} ohm cm2" in note for note in row.notes)


def test_next_to_no_load_is_borne_by_the_highest_sample():
    surface = self_affine_map(0.1e-6, 40e-6, samples=49, shortest=8e-6, seed=1)
    pressing = SurfaceUnderBlock(surface, pressed_cell("0.6 GPa"))
    for load in (1e-9, 1e-3):
        (pressed,) = pressing.at([load])
        assert np.argwhere(pressed.contact).tolist() == [
            list(np.unravel_index(surface.heights.argmin(), surface.heights.shape))
        ]
        assert pressed.grid.mean(pressed.pressure) == pytest.approx(load, rel=1e-9)


def test_a_high_gap_is_said_to_break_the_flat_model():
    x = np.linspace(0.0, 5e-6, 257)
    steep = Profile(x, -1e-6 * np.cos(2 * np.pi * x / 10e-6))
    flat = Profile(x, -1e-8 * np.cos(2 * np.pi * x / 10e-6))
    notes = []
    for profile, share in ((steep, 0.2), (flat, 0.2)):
        cell = pressed_cell("inf", stress={"nodes": 1024})
        full = westergaard.full_contact_pressure(
            composite_modulus(cell), np.ptp(profile.z) / 2, 10e-6
        )
        pressure = full * math.sin(math.pi / 2 * share) ** 2
        (row,) = solve_curve(SurfaceUnderBlock(profile, cell), PRIMARY, [pressure], 10.0).rows
        notes.append(any("flat model is wrong" in note for note in row.notes))
        if profile is steep:
            # finite elements on the pressed shape: the flat model misses 12.9 %, 3.7 % with it
            assert row.slope_correction / row.parts.total == pytest.approx(0.105, abs=0.02)
    assert notes == [True, False]


def test_exponents_are_those_of_a_power_law():
    pressures = np.geomspace(1e6, 1e8, 9)
    for found in local_exponents(pressures[::-1], 3.0 * pressures[::-1] ** -0.7):
        assert found.value == pytest.approx(-0.7)
        assert found.high - found.low < 1e-6
    rng = np.random.default_rng(0)
    noisy = pressures**-0.7 * np.exp(0.02 * rng.standard_normal((200, 9)))
    covered = [
        found.low <= -0.7 <= found.high
        for row in noisy
        for found in local_exponents(pressures, row)
    ]
    assert 0.6 < np.mean(covered) < 0.99  # two degrees of freedom
    assert local_exponents([1e6], [1.0]) == [None]
    assert local_exponents([1e6, 2e6], [1.0, 0.5])[0].value == pytest.approx(-1)


def impedance_case():
    surface = self_affine_map(0.3e-6, 40e-6, samples=65, shortest=10e-6, seed=3)
    pressing = SurfaceUnderBlock(surface, pressed_cell("0.6 GPa"))
    (pressed,) = pressing.at([20e6])
    problem = spot_problem(pressed, REACTION, pressing.height, CurveSettings())
    return pressed, solve_spots(problem, tolerance=1e-8)


def test_the_impedance_falls_from_the_differential_resistance_to_a_capacitance():
    pressed, solution = impedance_case()
    found = solve_impedance(pressed, solution, np.geomspace(1e-2, 1e10, 25), STORE)
    direct = solve_tangent(solution, tolerance=1e-8).parts.total
    assert found.interface[0].real == pytest.approx(direct, rel=1e-6)
    assert found.interface[0].imag == pytest.approx(0, abs=1e-4 * direct)
    assert np.all(np.diff(found.impedance.real) < 0)
    assert np.all(found.impedance.imag <= 0)
    # to a capacitance of gap and electrolyte in series; parallel plates are an upper bound
    slowest = solve_impedance(pressed, solution, [1e7], STORE).interface[0]
    assert slowest.real < direct


def test_the_impedance_is_wrong_in_the_second_order_of_the_tolerance():
    pressed, solution = impedance_case()
    frequencies = np.geomspace(1e-2, 1e7, 12)
    exact = solve_impedance(pressed, solution, frequencies, STORE, tolerance=1e-7).impedance
    loose = solve_impedance(pressed, solution, frequencies, STORE, tolerance=1e-2).impedance
    usual = solve_impedance(pressed, solution, frequencies, STORE).impedance
    assert np.abs(loose / exact - 1).max() < 1e-3
    assert np.abs(usual / exact - 1).max() < 1e-5
    again = solve_impedance(pressed, solution, frequencies[::-1], STORE).impedance[::-1]
    np.testing.assert_allclose(again, usual, rtol=1e-12)


def test_bad_frequencies_and_capacitances_are_refused():
    pressed, solution = impedance_case()
    with pytest.raises(InputError, match="frequencies"):
        solve_impedance(pressed, solution, [0.0], STORE)
    with pytest.raises(InputError, match="double_layer"):
        InterfaceCapacitances(-1.0, 10.0)


def test_a_hot_spot_is_refined_where_it_is_to_what_a_fine_grid_shows():
    # on a line the fine grid can be had: 8192 nodes of half a wave, k R of 10 nm
    full = westergaard.full_contact_pressure(
        composite_modulus(pressed_cell("inf")), interface_checks.AMPLITUDE, interface_checks.WAVE
    )

    def found(nodes):
        cell = pressed_cell("inf", stress={"nodes": nodes})
        pressing = SurfaceUnderBlock(wave_profile(), cell)
        (pressed,) = pressing.at([0.05 * full])
        law = SpotLaw(None, 1e-7, 0.0)
        problem = SpotProblem(pressed.grid, pressed.contact, CONDUCTIVITY, np.inf, 30.0, law)
        solution = solve_spots(problem)
        spot = find_hot_spot(solution)
        return spot, refined_hot_spot(pressing, pressed, solution, spot)

    coarse, refined = found(256)
    fine, same = found(8192)
    assert coarse.factor is None
    assert same == fine
    assert refined.factor == pytest.approx(fine.factor, rel=0.02)


def test_a_refined_hot_spot_of_a_map_is_near_that_of_four_times_the_samples():
    factors = {}
    for samples in (65, 257):
        surface = self_affine_map(0.3e-6, 40e-6, samples=samples, shortest=5e-6, seed=3)
        pressing = SurfaceUnderBlock(surface, pressed_cell("0.6 GPa"))
        settings = CurveSettings(errors=False)
        (row,) = solve_curve(pressing, REACTION, [20e6], 10.0, settings).rows
        assert row.hot_spot.factor is not None
        factors[samples] = row.hot_spot.factor
    assert factors[65] == pytest.approx(factors[257], rel=0.1)


def test_the_geometric_capacitance_converges_where_parallel_plates_do_not():
    found, plates = [], []
    for samples in (65, 129, 257):
        surface = self_affine_map(0.3e-6, 40e-6, samples=samples, shortest=10e-6, seed=3)
        pressing = SurfaceUnderBlock(surface, pressed_cell("inf"))
        (pressed,) = pressing.at([50e6])
        problem = spot_problem(pressed, REACTION, pressing.height, CurveSettings())
        solution = solve_spots(problem)
        hertz = 1e12  # far above all relaxations: everything is a capacitor
        z = solve_impedance(pressed, solution, [hertz], STORE, tolerance=1e-4).interface[0]
        assert abs(z.real) < 1e-3 * abs(z.imag)
        found.append(-1 / (2 * np.pi * hertz * z.imag))
        gap = np.maximum(pressed.gap[~pressed.contact], 1e-9)
        share = pressed.grid.weights[~pressed.contact]
        plates.append(float(np.sum(share * VACUUM_PERMITTIVITY / gap)))
        # between plates at the mean gap, in series, and plates side by side with the contacts
        assert found[-1] > VACUUM_PERMITTIVITY / pressed.grid.mean(pressed.gap)
    changes = [abs(values[2] / values[1] - 1) for values in (found, plates)]
    assert changes[0] < 0.03
    assert changes[1] > 2 * changes[0]
