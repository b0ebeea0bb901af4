# SPDX-License-Identifier: BSD-3-Clause
"""Cases on which errors of pressed interfaces are tested; the benchmark runs all of them."""

from __future__ import annotations

import math

import numpy as np

from interfacefem.interface.grid import SurfaceGrid
from interfacefem.interface.mask_error import given_mask_error
from interfacefem.interface.of_cell import SurfaceUnderBlock
from interfacefem.interface.pressure_curve import CurveSettings, solve_curve
from interfacefem.parameters.cell import Cell
from interfacefem.reference import disc_contacts, strip_contacts, westergaard
from interfacefem.reference.interface_checks import (
    AMPLITUDE,
    WAVE,
    composite_modulus,
    disc_grid,
    primary,
    strip_grid,
    wave_profile,
)
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.synthetic.height_maps import self_affine_map

CONDUCTIVITY = 0.1  # S/m, that of the reference's masks
APPLIED = 30.0  # A/m^2
WIDTH = 40e-6


def disc_cases(seeds):
    """Masks of discs with their exact resistance."""
    cases = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        radius = rng.uniform(4.5, 22.0)
        grid, contact = disc_grid(96, radius, tuple(rng.random(2)))
        exact = disc_contacts.disc_in_square(radius * WIDTH / 96, WIDTH, CONDUCTIVITY)
        cases.append((grid, contact, exact))
    return cases


def strip_cases(seeds):
    """Strips between walls whose edges fall anywhere in a cell."""
    cases = []
    for seed in seeds:
        rng = np.random.default_rng(100 + seed)
        samples, width = 256, rng.uniform(6.0, 80.0)
        first = rng.uniform(0.0, samples - width)
        middles = np.arange(samples) + 0.5
        contact = (middles > first) & (middles < first + width)
        step = WIDTH / samples
        exact = strip_contacts.strip_between_walls(
            first * step, (first + width) * step, WIDTH, CONDUCTIVITY
        )
        cases.append((strip_grid(samples, 0, 0)[0], contact, exact))
    return cases


def threshold_cases(seeds):
    """Thresholded smooth surfaces, sampled; the truth from four times as many samples."""
    cases = []
    for seed in seeds:
        rng = np.random.default_rng(200 + seed)
        coarse, factor = 64, 4
        waves = int(rng.integers(4, 9))
        place = np.arange(coarse * factor) / (coarse * factor)
        modes = np.arange(-waves, waves + 1)
        amplitude = rng.standard_normal((2 * waves + 1,) * 2) / (
            1 + np.hypot.outer(modes, modes) ** 1.8
        )
        phase = rng.uniform(0, 2 * np.pi, amplitude.shape)
        columns = np.exp(2j * np.pi * np.outer(modes, place))
        heights = np.real(columns.T @ (amplitude * np.exp(1j * phase)) @ columns)
        fine = heights > np.quantile(heights, 1 - rng.uniform(0.03, 0.4))
        size = coarse * factor
        fine_grid = SurfaceGrid((size,) * 2, (WIDTH / size,) * 2, ("periodic",) * 2)
        grid = SurfaceGrid((coarse,) * 2, (WIDTH / coarse,) * 2, ("periodic",) * 2)
        exact = primary(fine_grid, fine).resistance
        cases.append((grid, fine[::factor, ::factor], exact))
    return cases


def given_mask_coverage(cases):
    """How many of the cases' errors contain the truth, and error over true error of each."""
    covered, ratios = 0, []
    for grid, contact, exact in cases:
        solution = primary(grid, contact)
        error = given_mask_error(solution)
        wrong = abs(solution.resistance - exact)
        covered += error >= wrong
        ratios.append(error / max(wrong, 1e-12 * exact))
    assert all(math.isfinite(ratio) for ratio in ratios)
    return covered, ratios


PRESSURES = (3e6, 10e6, 30e6, 100e6)


def rough_pressing(seed, hardness, *, finer=1):
    """A rough map under a block, on 48 to 80 cells or so many times finer; the same surface."""
    rng = np.random.default_rng(seed)
    samples = int(rng.choice([48, 64, 80]))
    shortest = WIDTH / int(rng.choice([4, 6, 8]))
    rms = float(rng.choice([0.1e-6, 0.3e-6]))
    surface = self_affine_map(
        rms, WIDTH, samples=finer * samples + 1, shortest=shortest, longest=WIDTH / 2, seed=seed
    )
    return SurfaceUnderBlock(surface, pressed_cell(hardness))


def sphere_pressing(seed, *, finer=1):
    """A sphere at the corner of mirrors, a few to ten cells of contact."""
    rng = np.random.default_rng(300 + seed)
    samples, radius = 48 * finer, rng.uniform(60e-6, 400e-6)
    place = np.arange(samples + 1) * (WIDTH / 2 / samples)
    heights = (place[:, None] ** 2 + place**2) / (2 * radius)
    size = WIDTH / 2 / samples
    return SurfaceUnderBlock(HeightMap(heights, size, size), pressed_cell("inf"))


def pressed_cell(hardness, **more):
    """A cell with this hardness and a block that does not turn."""
    return Cell.model_validate(
        {"electrolyte": {"hardness": hardness}, "block": {"rotation": "fixed"}, **more}
    )


def wave_pressing(seed):
    """Half a wave on nodes that fall anywhere; the ratio p/p* comes with it."""
    rng = np.random.default_rng(400 + seed)
    nodes = int(rng.integers(134, 300))
    cell = pressed_cell("inf", stress={"nodes": nodes})
    return SurfaceUnderBlock(wave_profile(), cell), float(rng.uniform(0.02, 0.6))


def row_against(row, truth):
    """Mask and kinetics error over the true error of the interface's resistance."""
    wrong = abs(row.parts.total - truth)
    return (row.error.mask + row.error.kinetics) / max(wrong, 1e-12 * truth)


def pressed_ratios(pressing, fine, problem, pressures=PRESSURES):
    """Error over true error at each pressure, the truth from the finer grid."""
    curve = solve_curve(pressing, problem, pressures, 10.0)
    exact = solve_curve(fine, problem, pressures, 10.0, CurveSettings(errors=False))
    return [
        row_against(row, true.parts.total)
        for row, true in zip(curve.rows, exact.rows, strict=True)
        if row.pressed.contact.sum() >= 4
    ]


def wave_ratio(seed, problem):
    """Error over true error of one pressed wave in the primary limit, whose truth is known."""
    pressing, ratio = wave_pressing(seed)
    modulus = composite_modulus(pressed_cell("inf"))
    full = westergaard.full_contact_pressure(modulus, AMPLITUDE, WAVE)
    (row,) = solve_curve(pressing, problem, [ratio * full], 10.0).rows
    return row_against(row, strip_contacts.pressed_wave(ratio, WAVE, CONDUCTIVITY))
