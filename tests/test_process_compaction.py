# SPDX-License-Identifier: BSD-3-Clause
"""Packing and densification against tabulated, exact and printed values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from interfacefem.errors import InputError
from interfacefem.process.compaction import fit_heckel, fit_kawakita, plateau_pressure
from interfacefem.process.densities import (
    Component,
    geometric_porosity,
    parse_components,
    solid_density,
    thickness_porosity,
)
from interfacefem.process.packing import (
    andersen_density,
    andersen_shares,
    fit_dinger_funk,
    random_close_packing,
)
from interfacefem.process.powder_table import read_powder_table
from interfacefem.process.size_distribution import Lognormal, SizeDistribution

MPA = 1e6


def test_equal_spheres_pack_at_random() -> None:
    equal = SizeDistribution(np.full(5, 2e-6), np.ones(5))
    assert random_close_packing(equal) == pytest.approx(0.6435, abs=1e-4)


@pytest.mark.parametrize(
    ("mean", "sd", "expected", "published"),
    [
        (1.6, 0.88, 0.7092, 0.7100),
        (0.9, 0.48, 0.7067, 0.7073),
        (0.7, 0.44, 0.7209, 0.7222),
        (2.6, 0.53, 0.6570, 0.6572),
    ],
)
def test_lognormal_spheres_pack_as_published(mean, sd, expected, published) -> None:
    """Farr 2013's fit to simulated packings, and what the rods gave elsewhere."""
    powder = Lognormal.of_mean(mean * 1e-6, sd * 1e-6)
    assert random_close_packing(powder) == pytest.approx(published, abs=1.5e-3)
    assert random_close_packing(powder) == pytest.approx(expected, abs=1.5e-3)
    # particles drawn from it pack alike, and at any scale
    drawn = powder.median * np.exp(powder.s * np.random.default_rng(0).standard_normal(20_000))
    sample = SizeDistribution(drawn, np.ones(len(drawn)))
    assert random_close_packing(sample) == pytest.approx(expected, abs=5e-3)
    larger = SizeDistribution(1e3 * drawn, np.ones(len(drawn)))
    assert random_close_packing(larger) == pytest.approx(random_close_packing(sample), abs=1e-9)


def test_two_sizes_pack_denser_than_one() -> None:
    """Large spheres ten times the small ones, 73 % of the volume: near the best of two sizes."""
    two = SizeDistribution(np.array([1.0, 0.1]), np.array([1.0, 370.0]))
    assert 0.75 < random_close_packing(two) < 0.85


def test_dinger_funk_comes_back() -> None:
    n, smallest, largest = 0.37, 0.3e-6, 12e-6
    share = (np.arange(4000) + 0.5) / 4000
    d = (share * (largest**n - smallest**n) + smallest**n) ** (1 / n)
    fit = fit_dinger_funk(SizeDistribution(d, d**-3.0))
    assert fit.n == pytest.approx(n, rel=0.01)
    assert fit.smallest == pytest.approx(smallest, rel=0.01)
    assert fit.largest == pytest.approx(largest, rel=0.01)
    assert fit.rms < 1e-3


def test_the_printed_relation_hangs_on_its_ends() -> None:
    """f of the published powders: about 0.37 with ends at 5 and 95 %, 0.28 at 1 and 99 %."""
    for mean, sd in ((1.6, 0.88), (0.9, 0.48)):
        shares = andersen_shares(Lognormal.of_mean(mean, sd))
        assert shares["5_95"] == pytest.approx(0.37, abs=0.01)
        assert shares["1_99"] == pytest.approx(0.28, abs=0.01)
    with pytest.raises(InputError, match=r"^particle_sizes: particle sizes do not follow"):
        andersen_density(3e-6, 1e-6, 2e-6)


def test_heckel_through_the_published_points() -> None:
    """Perrenot 2024, Table 1: 10 min 10.5 and 3.5 %, 15 h 10.0 and 2.4 % at 255 and 510 MPa."""
    pressure = np.array([255, 510]) * MPA
    short = fit_heckel(pressure, np.array([0.105, 0.035]))
    assert short.slope * MPA == pytest.approx(4.308e-3, rel=1e-3)
    assert short.yield_pressure / MPA == pytest.approx(232.1, abs=0.05)
    assert short.porosity_at_zero == pytest.approx(0.315)
    assert short.slope_low is None
    assert short.yield_interval == (None, None)
    long = fit_heckel(pressure, np.array([0.100, 0.024]))
    assert long.yield_pressure / MPA == pytest.approx(178.7, abs=0.05)
    assert long.porosity_at_zero == pytest.approx(0.4167, abs=1e-4)


def test_heckel_interval_covers() -> None:
    random = np.random.default_rng(0)
    pressure = np.array([100, 200, 300, 400]) * MPA
    covered = 0
    for _ in range(100):
        noise = 0.05 * random.standard_normal(4)
        fit = fit_heckel(pressure, np.exp(-(pressure / (200 * MPA) + 0.8 + noise)))
        low, high = fit.yield_interval
        covered += low < 200 * MPA and (high is None or high > 200 * MPA)
    assert covered >= 90


def test_a_porosity_that_is_badly_known_weighs_little_in_heckels_law() -> None:
    pressure = np.array([100, 200, 300, 400]) * MPA
    porosity = np.exp(-(pressure / (200 * MPA) + 0.8))
    porosity[3] = 0.3
    sd = np.array([1e-4, 1e-4, 1e-4, 0.5])
    assert fit_heckel(pressure, porosity, sd).yield_pressure == pytest.approx(200 * MPA, rel=1e-3)
    assert fit_heckel(pressure, porosity).yield_pressure > 400 * MPA


def test_kawakita_comes_back_and_is_told_from_heckel() -> None:
    pressure = np.geomspace(10, 600, 9) * MPA
    green, a, b = 0.45, 0.40, 0.02 / MPA
    lost = a * b * pressure / (1 + b * pressure)
    porosity = 1 - (1 - green) / (1 - lost)
    fit = fit_kawakita(pressure, porosity, green)
    assert fit.a == pytest.approx(a, rel=1e-4)
    assert fit.b == pytest.approx(b, rel=1e-4)
    assert fit.aicc < fit_heckel(pressure, porosity).aicc
    straight = np.exp(-(pressure / (300 * MPA) + 0.8))
    assert fit_heckel(pressure, straight).aicc < fit_kawakita(pressure, straight, 0.46).aicc


@pytest.mark.parametrize(
    ("pressure", "porosity", "said"),
    [
        ([0, 100], [0.3, 0.2], "pressure_MPa: only pressures above 0 can be fitted; found 0"),
        ([50, 100], [0.3, 0.0], "porosity: is no porosity that can be fitted; found 0"),
        ([50, 100], [1.0, 0.2], "porosity: is no porosity that can be fitted; found 1"),
        ([50, 50], [0.3, 0.2], "pressure_MPa: one pressure makes no curve; found 50"),
    ],
)
def test_curves_that_cannot_be_fitted(pressure, porosity, said) -> None:
    with pytest.raises(InputError) as caught:
        fit_heckel(np.array(pressure) * MPA, np.array(porosity, dtype=float))
    assert str(caught.value).startswith(said)


def test_plateau_of_the_conductivity() -> None:
    pressure = np.array([400, 50, 100, 200]) * MPA
    sigma = np.array([1.0, 0.2, 0.6, 0.9])
    exact = 200 * 2 ** ((0.95 - 0.9) / 0.1)
    assert plateau_pressure(pressure, sigma) / MPA == pytest.approx(exact)
    assert plateau_pressure(pressure, np.ones(4)) is None


def test_densities_of_the_published_mixtures() -> None:
    mixture = parse_components("NCM:0.70:4.75; LPSCl:0.30:1.87")
    assert solid_density(mixture) / 1e3 == pytest.approx(3.2489, abs=1e-4)  # Frankenberg: 3.25
    with_binder = [
        *(Component(one.name, 0.97 * one.share, one.density) for one in mixture),
        Component("PTFE", 0.03, 2200),
    ]
    assert solid_density(with_binder) / 1e3 == pytest.approx(3.2031, abs=1e-4)  # 3.20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NCM:0.70:4.75; LPSCl:0.20:1.87", "shares of mass do not add up to 1; found 0.9"),
        ("NCM:0.70", 'cannot be read; found "NCM:0.70"'),
        ("NCM:70:4.75", 'cannot be read; found "NCM:70:4.75"'),
    ],
)
def test_components_that_cannot_be(text, said) -> None:
    with pytest.raises(InputError, match="^components: " + said):
        parse_components(text)


def test_porosity_from_mass_and_from_thickness() -> None:
    volume = math.pi * 5e-3**2 * 500e-6
    assert geometric_porosity(0.7 * 1870 * volume, 10e-3, 500e-6, 1870) == pytest.approx(0.3)
    assert thickness_porosity(0.40, 1.0, 0.745) == pytest.approx(0.1946, abs=1e-4)
    assert thickness_porosity(0.40, 1.0, 0.68) == pytest.approx(0.1176, abs=1e-4)
    with pytest.raises(InputError, match=r"more solid than room; found a solid share of 1.875"):
        thickness_porosity(0.40, 1.0, 0.32)


HEADER = (
    "powder,pressure_MPa,thickness_um,thickness_green_um,mass_mg,diameter_mm,porosity_green,"
    "components,state"
)


def test_rows_of_pressed_tapes(tmp_path) -> None:
    file = tmp_path / "tapes.csv"
    mass = 0.7 * 1.87e-3 * math.pi * 25 * 0.15 * 1e3  # mg at 30 % porosity, 150 um
    file.write_text(
        f"{HEADER}\nx,100,150,200,{mass:.6g},10,0.40,LPSCl:1:1.87,released\n", encoding="utf-8"
    )
    (row,) = read_powder_table(file)
    assert row.porosity_geometric == pytest.approx(0.30, abs=1e-4)
    assert row.porosity_from_thickness == pytest.approx(0.20)
    assert "porosity 30.0 % by mass, 20.0 % by thickness" in row.notes[0]
    assert row.state == "released"
    assert row.pressure == 100 * MPA


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("x,100,210,200,,,0.4,,", "thickness_um: is thicker than before pressing; found 210 after"),
        ("x,100,64,200,,,0.4,,", "thickness_um: more solid than room; found a solid share of 1.87"),
        ("x,100,150,200,0.0154,10,0.4,LPSCl:1:1.87,", "mass_mg: the body is next to nothing; f"),
        ("x,100,150,200,15400,10,0.4,LPSCl:1:1.87,", "mass_mg: the body is denser than its solid"),
        ("x,100,150,200,15.4,10,0.4,LPSCl:0.9:1.87,", "components: shares of mass do not add up"),
        ("x,100,150,200,,,1.4,,", "porosity_green: is no porosity; found 1.4"),
        ("x,-1,150,200,,,0.4,,", "pressure_MPa: is out of range; found -1; expected at least 0"),
        ("x,100,150,200,,,0.4,,later", 'state: is not known; found "later"; expected in-die or'),
    ],
)
def test_tapes_that_cannot_be(tmp_path, row, said) -> None:
    file = tmp_path / "tapes.csv"
    file.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_powder_table(file)
    assert str(caught.value).startswith(f"{file}: row 2: {said}")
