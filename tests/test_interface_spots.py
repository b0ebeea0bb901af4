# SPDX-License-Identifier: BSD-3-Clause
"""Current through given spots of contact: exact solutions, bounds, coverage of the error."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from interface_cases import APPLIED, CONDUCTIVITY, disc_cases, given_mask_coverage, strip_cases
from scipy.special import gamma, j0, jn_zeros, jv

from interfacefem.current.kinetics import (
    ButlerVolmer,
    InSeriesWithFilm,
    LinearKinetics,
    TafelKinetics,
)
from interfacefem.current.kinetics_table import KineticsTable
from interfacefem.errors import InputError
from interfacefem.interface.grid import SurfaceGrid
from interfacefem.interface.hot_spot import box_mean, find_hot_spot, window_cells
from interfacefem.interface.law import SpotLaw, spot_law
from interfacefem.interface.mask_error import edge_sensitivity
from interfacefem.interface.safe_current import safe_current_density
from interfacefem.interface.spot_current import SpotProblem, solve_spots, solve_tangent
from interfacefem.parameters.kinetics_points import read_kinetics_points
from interfacefem.reference import disc_contacts, strip_contacts
from interfacefem.reference.interface_checks import disc_grid, primary, strip_grid

BUTLER_VOLMER = ButlerVolmer(10.0, 0.5, 0.5, 298.0)


def rough_contact(samples, share, seed):
    rng = np.random.default_rng(seed)
    q = np.hypot.outer(np.fft.fftfreq(samples), np.fft.rfftfreq(samples)) * samples
    waves = np.fft.rfft2(rng.standard_normal((samples, samples))) * ((q > 1) & (q < samples / 8))
    heights = np.fft.irfft2(waves / np.maximum(q, 1) ** 1.8, s=(samples, samples))
    return heights > np.quantile(heights, 1 - share)


def periodic(samples, width=40e-6):
    return SurfaceGrid((samples,) * 2, (width / samples,) * 2, ("periodic",) * 2)


def test_the_strips_error_is_of_first_order_in_the_step():
    exact = strip_contacts.strip(20e-6, 80e-6, CONDUCTIVITY)
    errors = []
    for samples in (128, 256, 512):
        errors.append(primary(*strip_grid(samples, 0, samples // 4)).resistance / exact - 1)
    assert np.log2(errors[0] / errors[1]) == pytest.approx(1, abs=0.02)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(1, abs=0.02)
    # the effective edge lies 0.19 steps inside the outer faces, at every step
    inside = [e * exact * CONDUCTIVITY * n for e, n in zip(errors, (128, 256, 512), strict=True)]
    edge = np.array(inside) / 40e-6 * math.tan(math.pi / 8)  # dR/d(edge) = W' /(k W) cot
    np.testing.assert_allclose(edge, 0.19, atol=0.01)


def test_a_line_is_a_map_that_does_not_change_along_the_other_axis():
    grid, contact = strip_grid(64, 10, 30)
    step = grid.spacing[0]
    plane = SurfaceGrid((5, 64), (step, step), ("nodes", "cells"))
    law = spot_law(BUTLER_VOLMER, APPLIED, 1e-3)
    line = solve_spots(SpotProblem(grid, contact, CONDUCTIVITY, 1e-4, APPLIED, law))
    both = solve_spots(
        SpotProblem(plane, np.tile(contact, (5, 1)), CONDUCTIVITY, 1e-4, APPLIED, law)
    )
    assert both.resistance == pytest.approx(line.resistance, rel=1e-6)
    np.testing.assert_allclose(both.current[2], line.current, rtol=1e-4, atol=1e-4 * APPLIED)


def test_mirrors_are_copies_of_what_they_mirror():
    rng = np.random.default_rng(3)
    quarter = rng.random((17, 17)) < 0.2
    nodes = SurfaceGrid((17, 17), (1e-6, 1e-6), ("nodes", "nodes"))
    unfolded = np.pad(quarter, ((0, 15), (0, 15)), mode="reflect")
    copies = SurfaceGrid((32, 32), (1e-6, 1e-6), ("periodic", "periodic"))
    law = spot_law(BUTLER_VOLMER, APPLIED)
    found = [
        solve_spots(SpotProblem(grid, mask, CONDUCTIVITY, 2e-5, APPLIED, law)).resistance
        for grid, mask in ((nodes, quarter), (copies, unfolded))
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-6)
    cells = SurfaceGrid((16, 16), (1e-6, 1e-6), ("cells", "cells"))
    part = quarter[:16, :16]
    whole = np.pad(part, ((0, 16), (0, 16)), mode="symmetric")
    found = [
        solve_spots(SpotProblem(grid, mask, CONDUCTIVITY, 2e-5, APPLIED, law)).resistance
        for grid, mask in ((cells, part), (copies, whole))
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_strips_and_discs_agree_with_their_exact_resistances():
    off_centre = strip_contacts.strip_between_walls(
        40e-6 * 200 / 1024, 40e-6 * 300 / 1024, 40e-6, CONDUCTIVITY
    )
    assert primary(*strip_grid(1024, 200, 300)).resistance == pytest.approx(off_centre, rel=3e-3)
    middle = strip_contacts.strip_between_walls(15e-6, 25e-6, 40e-6, CONDUCTIVITY)
    assert middle == pytest.approx(strip_contacts.strip(10e-6, 40e-6, CONDUCTIVITY), rel=1e-12)
    errors = []
    for radius, offset in ((20.2, (0.3, 0.4)), (20.7, (0.1, 0.8)), (21.3, (0.6, 0.2))):
        exact = disc_contacts.disc_in_square(radius / 128 * 40e-6, 40e-6, CONDUCTIVITY)
        errors.append(primary(*disc_grid(128, radius, offset)).resistance / exact - 1)
    assert np.abs(errors).max() < 0.015
    assert 0 < np.mean(errors) < 0.012  # the edge lies inside: 0.75 % at 20 samples


def test_the_series_of_a_disc_on_a_tube_is_that_of_a_ritz_sum():
    zeros = jn_zeros(1, 4000)
    for ratio in (0.2, 0.4):
        # current (1 - (r/a)^2)^(m - 1/2), its waves in closed form; the least energy for its flux
        x = zeros * ratio
        waves = np.array(
            [ratio**2 * 2 ** (m - 0.5) * gamma(m + 0.5) * jv(m + 0.5, x) / x ** (m + 0.5)
             for m in range(4)]
        )  # fmt: skip
        flux = 2 * np.pi * ratio**2 / (2 * np.arange(4) + 1)
        energies = []
        for count in (1000, 4000):
            weights = 4 * np.pi / (j0(zeros[:count]) ** 2 * zeros[:count])
            matrix = (waves[:, :count] * weights) @ waves[:, :count].T
            energies.append(1 / (flux @ np.linalg.solve(matrix, flux)))
        ritz = energies[1] + (energies[1] - energies[0]) / 3  # the tail falls as 1/count
        series = disc_contacts.disc_on_tube(ratio, 1.0, 1.0) / np.pi
        assert series == pytest.approx(ritz, rel=5e-4)


def test_the_parts_are_the_whole_and_the_tangent_is_the_derivative():
    grid, contact = periodic(64), rough_contact(64, 0.15, 1)
    film = 10 ** np.random.default_rng(0).uniform(-6, 0, grid.shape)
    law = ButlerVolmer(10.0, 0.3, 1.2, 298.0)

    def solved(applied):
        problem = SpotProblem(
            grid, contact, CONDUCTIVITY, 1e-4, applied, spot_law(law, applied, film)
        )
        return solve_spots(problem, tolerance=1e-9)

    found = solved(APPLIED)
    assert found.parts.total == pytest.approx(found.resistance, rel=1e-9)
    assert grid.mean(found.current) == pytest.approx(APPLIED, rel=1e-12)
    assert np.all(found.current[~contact] == 0)
    beside = [solved(APPLIED * (1 + d)).level for d in (-1e-3, 1e-3)]
    slope = (beside[1] - beside[0]) / (2e-3 * APPLIED)
    assert solve_tangent(found, tolerance=1e-9).parts.total == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize("kind", ["butler-volmer", "tafel", "unequal"])
def test_newtons_method_takes_few_steps_without_cuts_at_any_current(kind):
    worst = 0
    contact = rough_contact(64, 0.15, 2)
    thermal = BUTLER_VOLMER.thermal_voltage
    for wagner in np.geomspace(1e-4, 1e6, 5):
        i0 = CONDUCTIVITY * thermal / (40e-6 * wagner)
        for quotient in np.geomspace(1e-9, 1e9, 7):
            law = {
                "butler-volmer": ButlerVolmer(i0, 0.5, 0.5, 298.0),
                "unequal": ButlerVolmer(i0, 0.2, 1.5, 298.0),
                "tafel": TafelKinetics(i0, 0.5, 298.0),
            }[kind]
            problem = SpotProblem(
                periodic(64), contact, CONDUCTIVITY, np.inf, quotient * i0,
                spot_law(law, quotient * i0),
            )  # fmt: skip
            found = solve_spots(problem)
            worst = max(worst, found.newton_steps)
            assert found.current.min() >= 0
    assert worst <= 6


def test_films_over_six_decades_need_no_step_cuts():
    rng = np.random.default_rng(5)
    for seed in range(6):
        contact = rough_contact(64, rng.uniform(0.01, 0.6), seed)
        film = 10 ** rng.uniform(-6, 0, contact.shape)
        problem = SpotProblem(
            periodic(64), contact, CONDUCTIVITY, np.inf, APPLIED,
            spot_law(BUTLER_VOLMER, APPLIED, film),
        )  # fmt: skip
        assert solve_spots(problem).newton_steps <= 6


def test_one_sample_or_all_samples_in_contact():
    grid = periodic(16)
    one = np.zeros(grid.shape, dtype=bool)
    one[3, 4] = True
    law = spot_law(BUTLER_VOLMER, APPLIED)
    found = solve_spots(SpotProblem(grid, one, CONDUCTIVITY, np.inf, APPLIED, law))
    assert found.current[3, 4] == pytest.approx(APPLIED * 256)
    whole = solve_spots(SpotProblem(grid, ~(one & False), CONDUCTIVITY, np.inf, APPLIED, law))
    assert whole.level == pytest.approx(float(BUTLER_VOLMER.overpotential(np.array(APPLIED))))
    with pytest.raises(InputError, match="nowhere"):
        SpotProblem(grid, one & False, CONDUCTIVITY, np.inf, APPLIED, law)


def test_a_law_of_ones_own_is_solved_like_those_of_the_program():
    class Own:
        """Linear below, steeper above."""

        def current_density(self, overpotential):
            return overpotential / 2e-3 * (1 + (overpotential / 0.05) ** 2)

    grid, contact = periodic(32), rough_contact(32, 0.3, 4)
    found = solve_spots(
        SpotProblem(grid, contact, CONDUCTIVITY, np.inf, APPLIED, spot_law(Own(), APPLIED))
    )
    eta = found.level - found.potential[contact]
    np.testing.assert_allclose(Own().current_density(eta), found.current[contact], rtol=1e-5)


def test_a_measured_table_of_butler_volmer_is_butler_volmer(tmp_path):
    eta = np.linspace(-0.3, 0.5, 161)
    rows = zip(eta, BUTLER_VOLMER.current_density(eta) / 10, strict=True)
    text = "\n".join(f"{a:.17g},{b:.17g}" for a, b in rows)
    (tmp_path / "iv.csv").write_text(f"overpotential_V,current_density_mA_cm2\n{text}\n")
    grid, contact = periodic(32), rough_contact(32, 0.3, 4)

    def level(law):
        problem = SpotProblem(grid, contact, CONDUCTIVITY, np.inf, APPLIED, spot_law(law, APPLIED))
        return solve_spots(problem).level

    table = KineticsTable(read_kinetics_points(tmp_path / "iv.csv"))
    assert level(table) == pytest.approx(level(BUTLER_VOLMER), rel=1e-4)


def test_tafels_law_is_itself_above_its_floor():
    law = TafelKinetics(10.0, 0.5, 298.0)
    current = np.geomspace(1e-3, 1e3, 7) * APPLIED
    eta, slope = spot_law(law, APPLIED).overpotential(current)
    np.testing.assert_allclose(eta, law.overpotential(current), rtol=1e-12)
    np.testing.assert_allclose(slope, 1 / law.slope(eta), rtol=1e-10)


def test_a_film_in_the_kinetics_is_a_film_beside_them():
    inside = spot_law(InSeriesWithFilm(BUTLER_VOLMER, 1e-3), APPLIED)
    beside = spot_law(BUTLER_VOLMER, APPLIED, 1e-3)
    for law in (inside, beside):
        assert (law.kinetics, law.film_resistance) == (BUTLER_VOLMER, 1e-3)


def test_a_hot_spot_without_resistance_does_not_exist_and_its_mean_converges():
    means = []
    for samples in (256, 1024, 4096):
        spot = find_hot_spot(primary(*strip_grid(samples, 0, samples // 4)), length=40e-6 / 32)
        assert spot.factor is None
        assert "no limit" in spot.note
        assert spot.length == pytest.approx(40e-6 / 32)
        means.append(spot.mean_factor)
    assert abs(means[0] / means[2] - 1) < 0.025  # 8 steps: 1 to 2 % low
    assert abs(means[1] / means[2] - 1) < 0.006


def test_a_hot_spot_with_resistance_is_reported_where_it_is_resolved():
    # kR = W/100 on strips of half their period: 11.7 in the limit, with (linear) R at the edge
    def found(samples):
        grid = SurfaceGrid((samples,), (1.0 / samples,), ("periodic",))
        contact = np.zeros(samples, dtype=bool)
        contact[: samples // 4] = True
        law = SpotLaw(None, 0.01, 0.0)
        return find_hot_spot(solve_spots(SpotProblem(grid, contact, 1.0, np.inf, 1.0, law)))

    coarse, fine, finest = found(512), found(2048), found(8192)
    assert coarse.factor is None
    assert coarse.needed_step == pytest.approx(0.07 * 0.01)
    assert "nm" in coarse.note
    assert finest.factor == pytest.approx(11.7, rel=0.01)
    assert fine.factor == pytest.approx(finest.factor, rel=0.05)


def test_the_mean_over_a_box_keeps_the_current_at_mirrors_and_seams():
    for sides in (("periodic",) * 2, ("cells",) * 2):
        grid = SurfaceGrid((32, 32), (1e-6, 1e-6), sides)
        values = np.random.default_rng(1).random(grid.shape)
        smooth = box_mean(grid, values, window_cells(grid, 9e-6))
        assert grid.mean(smooth) == pytest.approx(grid.mean(values), rel=1e-12)


def test_the_safe_current_brings_the_hot_spot_to_the_critical_one():
    grid, contact = periodic(64), rough_contact(64, 0.2, 7)
    critical = 10.0
    solution = solve_spots(
        SpotProblem(grid, contact, CONDUCTIVITY, np.inf, APPLIED, spot_law(BUTLER_VOLMER, APPLIED))
    )
    safe = safe_current_density(solution, critical)
    at_it = solve_spots(
        SpotProblem(grid, contact, CONDUCTIVITY, np.inf, safe, spot_law(BUTLER_VOLMER, safe))
    )
    assert at_it.current.max() == pytest.approx(critical, rel=2e-3)
    assert safe_current_density(primary(grid, contact), critical) is None


def test_a_film_raises_and_more_contact_lowers_the_resistance():
    grid, contact = periodic(64), rough_contact(64, 0.1, 9)
    more = rough_contact(64, 0.2, 9)
    assert np.all(more[contact])

    def total(mask, film):
        law = spot_law(LinearKinetics(10.0, 0.5, 0.5, 298.0), APPLIED, film)
        return solve_spots(SpotProblem(grid, mask, CONDUCTIVITY, np.inf, APPLIED, law)).resistance

    assert total(more, 0.0) < total(contact, 0.0) < total(contact, 1e-3)
    assert total(contact, 1e-3) - total(contact, 0.0) > 1e-3 / grid.mean(
        contact
    )  # Rayleigh: at least even


def test_the_edge_sensitivity_is_the_change_of_a_strip_that_grows():
    grid, contact = strip_grid(512, 0, 128)
    found = primary(grid, contact)
    wider = primary(*strip_grid(512, 0, 129)).resistance
    narrower = primary(*strip_grid(512, 0, 127)).resistance
    sensitivity = edge_sensitivity(found)
    assert sensitivity.kinetics == 0
    assert sensitivity.total == pytest.approx((narrower - wider) / 2, rel=0.02)


def test_errors_of_given_masks_cover_the_truth():
    cases = disc_cases(range(6)) + strip_cases(range(6))
    covered, ratios = given_mask_coverage(cases)
    assert covered == len(cases)
    assert np.median(ratios) < 7


def test_spots_need_no_finite_elements():
    code = (
        "import sys; import interfacefem.interface.spot_current, interfacefem.interface.impedance,"
        " interfacefem.interface.pressure_curve; sys.exit('dolfinx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
