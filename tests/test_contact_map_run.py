# SPDX-License-Identifier: BSD-3-Clause
"""From a height map to the stress numbers: metrics, places, bad input, ranks."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from ranks import numbers_on_ranks

from interfacefem.contact.peaks import find_peaks_and_valleys
from interfacefem.contact.result import stress_result
from interfacefem.contact.run import run_stress, run_stress_sweep
from interfacefem.contact.surface import RoughSurface, surface_of_map
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Block, Cell, Electrolyte, Load, Stress
from interfacefem.reference import westergaard
from interfacefem.report.pressure_map_figure import pressure_map_figure
from interfacefem.report.style import save_figure
from interfacefem.surfaces import HeightMap
from interfacefem.synthetic.height_maps import egg_box, self_affine_map
from interfacefem.units import UM

SCRIPT = Path(__file__).with_name("mpi_contact_map_numbers.py")
KEYS = {
    "stress_ratio", "stress_depth_um", "p_max_GPa", "p_mean_MPa", "contact_fraction",
    "capped_fraction", "peaks", "valleys", "load_left", "load_right", "complementarity_error",
    "nodes", "cpu_s",
}  # fmt: skip
ELASTIC = Electrolyte(hardness="inf")
MODULUS = ELASTIC.youngs_modulus / (1 - ELASTIC.poisson_ratio**2)


def cell(pressure: str = "50 MPa", *, electrolyte: Electrolyte = ELASTIC, **parts) -> Cell:
    block = parts.pop("block", Block())
    stress = Stress(**{"depth": "2 um", **parts})
    return Cell(electrolyte=electrolyte, load=Load(pressure=pressure), stress=stress, block=block)


def wave(columns: int = 257, periods: int = 4, amplitude: float = 0.05 * UM) -> HeightMap:
    """A wave of 10 um along x, mirrors on its crests."""
    x = np.linspace(0.0, periods, columns)
    heights = np.tile(-amplitude * np.cos(2 * math.pi * x), (33, 1))
    return HeightMap(heights, periods * 10 * UM / (columns - 1), UM)


def counted(surface: RoughSurface, cutoff: float) -> tuple[int, int]:
    places = find_peaks_and_valleys(surface, cutoff)
    return len(places.peaks.weights), len(places.valleys.weights)


@pytest.mark.parametrize("boundary", ["mirror", "periodic"])
def test_one_wave_in_full_contact_has_its_closed_form(boundary) -> None:
    limit = westergaard.full_contact_pressure(MODULUS, 0.05 * UM, 10 * UM)
    run = run_stress(
        wave(), cell(f"{2 * limit} Pa", boundary=boundary, depth="1 um"), MPI.COMM_SELF
    )
    result = stress_result(run)
    assert result.keys() >= KEYS
    assert result["contact_fraction"] == pytest.approx(1.0, abs=1e-12)
    assert result["stress_ratio"] == pytest.approx(westergaard.stress_ratio(2.0, 0.1), rel=1e-9)
    assert result["p_max_GPa"] == pytest.approx(3 * limit / 1e9, rel=1e-9)
    assert result["load_left"] == pytest.approx(0.5, abs=1e-9)


def test_block_and_electrolyte_share_the_compliance() -> None:
    surface = self_affine_map(0.2 * UM, 40 * UM, samples=65, seed=1)
    both = Electrolyte(youngs_modulus="24 GPa", poisson_ratio=0.3, hardness="inf")
    half = Electrolyte(youngs_modulus="12 GPa", poisson_ratio=0.3, hardness="inf")
    elastic_block = Block(youngs_modulus="24 GPa", poisson_ratio=0.3)
    for boundary in ("mirror", "finite"):
        one = run_stress(
            surface, cell(electrolyte=both, block=elastic_block, boundary=boundary), MPI.COMM_SELF
        )
        other = run_stress(surface, cell(electrolyte=half, boundary=boundary), MPI.COMM_SELF)
        assert one.metrics.stress_ratio == pytest.approx(other.metrics.stress_ratio, rel=1e-7)
        assert one.metrics.p_max == pytest.approx(other.metrics.p_max, rel=1e-7)


def test_a_thick_body_is_a_half_space() -> None:
    surface = self_affine_map(0.2 * UM, 40 * UM, samples=65, seed=1)
    thick = run_stress(surface, cell(body="2 mm"), MPI.COMM_SELF)
    infinite = run_stress(surface, cell(), MPI.COMM_SELF)
    assert thick.metrics.stress_ratio == pytest.approx(infinite.metrics.stress_ratio, rel=1e-4)
    foil = {"thickness": "20 um", "youngs_modulus": "24 GPa", "poisson_ratio": 0.37}
    one = run_stress(surface, cell(body="40 um"), MPI.COMM_SELF)
    two = run_stress(surface, cell(body="20 um", layers=[foil]), MPI.COMM_SELF)
    assert two.metrics.stress_ratio == pytest.approx(one.metrics.stress_ratio, rel=1e-4)


def test_more_load_evens_the_stress_and_widens_the_contact() -> None:
    surface = self_affine_map(0.2 * UM, 40 * UM, samples=65, seed=1)
    pressures = [10e6, 50e6, 250e6]
    runs = run_stress_sweep(surface, cell(electrolyte=Electrolyte()), pressures, MPI.COMM_SELF)
    ratios = [run.metrics.stress_ratio for run in runs]
    contacts = [run.metrics.contact_fraction for run in runs]
    assert ratios == sorted(ratios, reverse=True)
    assert contacts == sorted(contacts)
    assert runs[-1].metrics.capped_fraction > 0
    assert any("held at it" in note for note in runs[-1].notes)


def test_the_ratio_settles_with_the_grid() -> None:
    # peaks and valleys are nodes, which moves the ratio by up to a node's share of the depth
    ratios = []
    for samples in (65, 129, 257):
        surface = self_affine_map(0.1 * UM, 40 * UM, samples=samples, seed=1, shortest=8 * UM)
        run = run_stress(surface, cell("300 MPa", depth="4 um"), MPI.COMM_SELF)
        ratios.append(run.metrics.stress_ratio)
    assert ratios[:2] == pytest.approx([ratios[2]] * 2, rel=0.02)


def test_peaks_of_crossed_waves_are_counted_once() -> None:
    surface = egg_box(0.1 * UM, 10 * UM, 10 * UM, samples=65)
    assert counted(surface_of_map(surface, "periodic"), UM) == (2, 2)
    # in the mirrored map of one period: two whole waves along each side
    places = find_peaks_and_valleys(surface_of_map(surface, "mirror"), UM)
    assert places.peaks.weights.sum() == pytest.approx(places.valleys.weights.sum())
    size = surface.pixel_size_x
    rolled = np.roll(surface.heights[:-1, :-1], (13, 40), (0, 1))
    assert counted(RoughSurface(rolled, (size, size), "periodic"), UM)[0] == 2


def test_small_bumps_are_no_peaks() -> None:
    x = np.linspace(0, 2, 201)
    heights = np.tile(-np.cos(2 * math.pi * x) - 0.02 * np.cos(16 * math.pi * x), (20, 1)) * UM
    surface = RoughSurface(heights, (UM, 0.1 * UM), "mirror", nodes_on_sides=True)
    # crests at both mirrors and between them, each a ridge along y
    assert counted(surface, 0.2 * UM) == (3, 2)
    weights = find_peaks_and_valleys(surface, 0.2 * UM).peaks.weights
    np.testing.assert_allclose(np.sort(weights / weights.max()), [0.5, 0.5, 1.0])


def test_a_lopsided_map_loads_one_side() -> None:
    heights = np.array(wave().heights)
    heights[:, 129:] += 0.02 * UM
    run = run_stress(HeightMap(heights, 10 * UM / 64, UM), cell("5 MPa"), MPI.COMM_SELF)
    assert run.metrics.load_left > 0.6
    assert run.metrics.load_left + run.metrics.load_right == pytest.approx(1.0)


def test_free_rotation_makes_a_tilt_harmless() -> None:
    surface = self_affine_map(0.2 * UM, 40 * UM, samples=65, seed=1)
    tilt = np.linspace(0, 3 * UM, 65)
    tilted = surface.with_heights(surface.heights + tilt)
    free = Block(rotation="free")
    with pytest.raises(InputError, match=r"block\.rotation"):
        run_stress(tilted, cell(boundary="finite"), MPI.COMM_SELF)
    one = run_stress(surface, cell(boundary="finite", block=free), MPI.COMM_SELF)
    other = run_stress(tilted, cell(boundary="finite", block=free), MPI.COMM_SELF)
    fixed = run_stress(
        tilted, cell(boundary="finite", block=Block(rotation="fixed")), MPI.COMM_SELF
    )
    assert other.metrics.p_max == pytest.approx(one.metrics.p_max, rel=1e-8)
    assert other.metrics.load_left == pytest.approx(one.metrics.load_left, abs=1e-8)
    assert fixed.metrics.load_left > 0.9


def test_an_unbounded_pressure_is_not_reported() -> None:
    heights = 0.002 * UM * np.cos(np.linspace(0, 6 * math.pi, 65))
    flat = HeightMap(np.tile(heights, (65, 1)) * 1.0, UM / 2, UM / 2)
    run = run_stress(flat, cell(boundary="finite", depth="1 um"), MPI.COMM_SELF)
    assert run.metrics.contact_fraction == pytest.approx(1.0)
    assert run.metrics.p_max is None
    assert any("p_max is not reported" in note for note in run.notes)


@pytest.mark.parametrize(
    ("surface", "made", "message"),
    [
        (wave(), lambda: cell("700 MPa", electrolyte=Electrolyte()), "load.pressure"),
        (wave(), lambda: cell(depth="0.1 um"), "below the grid step"),
        (wave().with_heights(wave().heights + np.linspace(0, 1e-7, 257)),
         lambda: cell(boundary="periodic"), "do not meet"),
        (wave(), lambda: cell(boundary="periodic", block=Block(rotation="free")), "cannot turn"),
        (wave(), lambda: cell(boundary="finite", body="30 um"), "half-space alone"),
        (wave(), lambda: cell(body="1 um"), "stress.depth"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_line(surface, made, message) -> None:
    with pytest.raises(InputError, match=message) as caught:
        run_stress(surface, made(), MPI.COMM_SELF)
    text = str(caught.value)
    assert "\n" not in text
    assert "found" in text
    assert "expected" in text


def test_layers_need_a_body_of_finite_thickness() -> None:
    foil = {"thickness": "15 um", "youngs_modulus": "70 GPa", "poisson_ratio": 0.34}
    with pytest.raises(InputError, match="finite thickness above them"):
        Stress(layers=[foil])
    with pytest.raises(InputError, match="poisson_ratio="):
        Stress(body="30 um", layers=[{**foil, "poisson_ratio": 0.5}])
    with pytest.raises(InputError, match=r"thickness=: has the wrong dimension"):
        Stress(body="30 um", layers=[{**foil, "thickness": "15 kg"}])


def test_steep_and_coarse_maps_are_noted() -> None:
    rough = self_affine_map(2 * UM, 20 * UM, samples=65, seed=1, shortest=2 * 20 * UM / 64)
    run = run_stress(rough, cell(electrolyte=Electrolyte()), MPI.COMM_SELF)
    assert any("steepest slope" in note for note in run.notes)
    assert any("shortest wavelength" in note for note in run.notes)
    smooth = run_stress(wave(), cell("5 MPa"), MPI.COMM_SELF)
    assert smooth.notes == ()


def test_the_figure_shows_pressure_where_there_is_contact(tmp_path) -> None:
    surface = self_affine_map(0.2 * UM, 40 * UM, samples=65, seed=1)
    run = run_stress(surface, cell(), MPI.COMM_SELF)
    figure = pressure_map_figure(run)
    shown = figure.axes[1].images[0].get_array()
    np.testing.assert_array_equal(shown.mask, run.solution.pressure == 0)
    np.testing.assert_allclose(shown.compressed(), run.solution.pressure[~shown.mask] / 1e6)
    save_figure(figure, tmp_path / "map.png")
    assert (tmp_path / "map.png").stat().st_size > 10_000


@pytest.mark.mpi
@pytest.mark.slow
def test_numbers_do_not_depend_on_the_ranks() -> None:
    one, *several = (numbers_on_ranks(SCRIPT, ranks) for ranks in (1, 2, 3))
    assert one["contact_fraction"] > 0
    for found in several:
        assert found.pop("same_on_all_ranks")
        for name, value in found.items():
            assert value == pytest.approx(one[name], rel=1e-12), name
