# SPDX-License-Identifier: BSD-3-Clause
"""Milling energies against printed values, laws recovered, tables refused."""

from __future__ import annotations

import numpy as np
import pytest

from interfacefem.errors import InputError
from interfacefem.process.discrete_elements import read_discrete_elements
from interfacefem.process.energy_fits import (
    best_fit,
    fit_exponential,
    fit_optimum,
    fit_power,
    parabola_vertex,
)
from interfacefem.process.milling import (
    StressDistribution,
    energy_from_power,
    milling_from_stress,
    relative_energy,
    relative_stress,
    scaled_milling,
)
from interfacefem.process.powder_table import column_against_energy, read_powder_table

CAPACITIES = (np.array([10.0, 500.0, 4700.0]), np.array([110.0, 165.0, 90.0]))


@pytest.mark.parametrize(
    ("rpm", "minutes", "scaled", "printed", "within"),
    [
        (200, 5, 10.87, 10, 1),
        (200, 20, 43.46, 45, 2.5),
        (400, 30, 490, 500, 100),
        (600, 10, 531, 500, 100),
        (1000, 20, 4700, 4700, 0.1),
        (800, 20, 2455, None, None),
        (200, 60, 130, None, None),
        (200, 300, 652, None, None),
    ],
)
def test_scaled_energies_meet_the_printed_ones(rpm, minutes, scaled, printed, within) -> None:
    """Frankenberg 2025, with 1000 rpm for 20 min as anchor and the exponent 2.91."""
    energy = scaled_milling(rpm, minutes * 60, 5e-3, 0.5, "dry").energy / 1e3
    assert energy == pytest.approx(scaled, rel=3e-3)
    if printed is not None:
        assert energy == pytest.approx(printed, abs=within)


def test_stress_energy_and_frequency_over_speed_and_beads() -> None:
    energy, frequency = relative_stress(5.0, 1.0, 0.5)
    assert energy == pytest.approx(67.8, rel=1e-3)
    assert frequency == pytest.approx(1.595, rel=1e-3)
    # the text's "factor about 4 (3.8)" is the exponent: 5 to 3 mm gives 7.8 times the collisions
    assert relative_stress(1.0, 3 / 5, 0.5)[1] == pytest.approx(7.8, rel=1e-3)
    for filling, power, beads in ((0.1, 3.02, -0.49), (0.3, 3.01, -0.35), (0.5, 2.91, -0.21)):
        double = np.prod(relative_stress(2.0, 1.0, filling))
        assert np.log2(double) == pytest.approx(power)
        assert np.log2(np.prod(relative_stress(1.0, 2.0, filling))) == pytest.approx(beads)


def test_mean_stress_energy_times_frequency_is_the_power() -> None:
    found = StressDistribution(np.array([1e-6, 1e-5, 1e-4]), np.array([1e6, 1e5, 1e3]))
    assert found.mean_energy == pytest.approx(1.9074e-6, rel=1e-4)
    assert found.total_frequency == pytest.approx(1.101e6)
    assert found.mean_energy * found.total_frequency == found.power
    milled = milling_from_stress(found.mean_energy, found.total_frequency, 600, 17.5e-3)
    assert milled.energy / 1e3 == pytest.approx(72.0)
    assert milled.stress_number == pytest.approx(600 * 1.101e6)
    ends, counts = found.binned()
    assert counts.sum() == pytest.approx(1.101e6)
    assert len(ends) == len(counts) + 1 == 22
    assert counts[[0, 10, 20]].tolist() == [1e6, 1e5, 1e3]


def dem_text(twice: bool = False, steps: int = 20) -> str:
    """Two beads, 0.5 ms intervals, 10 and 4 collisions of 2e-6 and 5e-6 J in each."""
    rows = ["bead,time_s,power_W,collisions"]
    for step in range(1, steps + 1):
        for bead, count, energy in ((1, 10, 2e-6), (2, 4, 5e-6)):
            count *= 2 if twice else 1
            rows.append(f"{bead},{step * 5e-4:.6g},{count * energy / 5e-4:.8g},{count}")
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("twice", [False, True])
def test_discrete_elements(tmp_path, twice) -> None:
    file = tmp_path / "dem.csv"
    file.write_text(dem_text(twice), encoding="utf-8")
    found = read_discrete_elements(file, counted_twice=twice)
    assert found.total_frequency == pytest.approx(14 / 5e-4)
    assert found.mean_energy == pytest.approx((10 * 2e-6 + 4 * 5e-6) / 14)
    assert found.power == pytest.approx(4e-5 / 5e-4)
    later = read_discrete_elements(file, counted_twice=twice, settling=4e-3)
    assert later.power == pytest.approx(found.power)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("0.005,", "0.0052,"), "time_s: steps are uneven; found"),
        (lambda text: dem_text(steps=8), "time_s: too few steps after settling; found 8"),
        (lambda text: text.replace(",10\n", ",0\n", 1), "row 2: collisions: power without"),
        (
            lambda text: text + text.splitlines()[1] + "\n",
            "row {last}: time_s: a bead has two rows",
        ),
        (lambda text: text.replace("power_W", "power"), "power_W: the column is missing"),
    ],
)
def test_bad_discrete_elements(tmp_path, change, said) -> None:
    file = tmp_path / "dem.csv"
    file.write_text(change(dem_text()), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_discrete_elements(file, counted_twice=False)
    last = len(file.read_text(encoding="utf-8").splitlines())
    assert str(caught.value).startswith(f"{file}: {said.format(last=last)}")


def test_energy_from_the_power_of_the_mill() -> None:
    time = np.linspace(0, 1200, 50)
    milled = energy_from_power(time, np.full(50, 168.5), 100.0, 17.5e-3)
    assert milled.energy / 1e3 == pytest.approx(68.5 * 1200 / 17.5)
    assert milled.energy / 1e3 == pytest.approx(4700, rel=1e-3)  # 68.5 W on 17.5 g


def test_exponential_law_comes_back() -> None:
    energy = np.geomspace(45, 4700, 8)
    fit = fit_exponential(energy, 10 + 34 * np.exp(-energy / 600))
    assert fit.values == pytest.approx({"limit": 10, "first": 44, "scale": 600}, rel=1e-6)
    rising = fit_exponential(
        np.concatenate(([10.0], energy)), np.concatenate(([20.0], 10 + 34 * np.exp(-energy / 600)))
    )
    assert rising.points == 8  # from the first maximum on
    assert rising.values["scale"] == pytest.approx(600, rel=1e-6)


def test_power_law_and_optimum_have_intervals_that_cover() -> None:
    random = np.random.default_rng(1)
    energy = np.geomspace(45, 4700, 10)
    covered = {"exponent": 0, "vertex": 0}
    for _ in range(8):
        noise = random.standard_normal(10)
        power = fit_power(energy, 300 * energy**-0.4 * (1 + 0.03 * noise))
        covered["exponent"] += power.low["exponent"] < 0.4 < power.high["exponent"]
        optimum = fit_optimum(energy, 165 - 8 * np.log(energy / 400) ** 2 + 2 * noise)
        covered["vertex"] += optimum.low["vertex"] < 400 < optimum.high["vertex"]
    assert min(covered.values()) >= 5
    y = 300 * energy**-0.4
    assert best_fit([fit_power(energy, y), fit_exponential(energy, y)]).law == "power"


def test_three_points_place_no_optimum() -> None:
    assert parabola_vertex(*CAPACITIES) == pytest.approx(175.7, abs=0.1)
    for fit in (fit_optimum, fit_power, fit_exponential):
        assert fit(*CAPACITIES) is None
    # a fourth point on the same parabola: a vertex, and no interval worth the name
    energy = np.append(CAPACITIES[0], 100.0)
    y = np.append(CAPACITIES[1], 150.0)
    assert fit_optimum(energy, y).low["vertex"] is None


def test_energies_relative_within_one_bowl() -> None:
    """Tran 2025: 2, 4, 10 h of the same milling are 1 : 2 : 5."""
    assert [relative_energy(1, hours / 2, 1) for hours in (2, 4, 10)] == [1, 2, 5]
    assert relative_energy(3, 1, 1) == pytest.approx(3**2.91)


HEADER = "powder,mode,rpm,milling_time_min,duty,bead_diameter_mm,filling,mass_g,bead_mass_g,medium"
TRAN = """\
2h,,200,240,0.5,1,0.68,1.5,30,wet
4h,,200,480,0.5,1,0.68,1.5,30,wet
10h,,200,1200,0.5,1,0.68,1.5,30,wet
dry,,600,1200,0.5,1,0.68,1.5,30,dry
"""


def test_table_of_powders(tmp_path) -> None:
    file = tmp_path / "powders.csv"
    file.write_text(f"{HEADER}\na,scaled,200,20,1,5,0.5,17.5,,dry\n{TRAN}", encoding="utf-8")
    scaled, *tran = read_powder_table(file)
    assert scaled.milling.source == "scaled"
    assert scaled.milling.energy / 1e3 == pytest.approx(43.46, rel=1e-3)
    # no printed energy, and none is guessed; never across dry and wet
    assert [row.milling.energy for row in tran] == [None] * 4
    assert [row.relative_energy for row in tran] == pytest.approx([1, 2, 5, 1])
    file.write_text(
        "powder,mode,E_m_J_per_g,d50_um\na,given,45,44\nb,given,500,25\nc,given,,\n".replace(
            "c,given,,\n", "c,given,4700,10\n"
        ),
        encoding="utf-8",
    )
    energy, d50 = column_against_energy(read_powder_table(file), "d50_um", file)
    assert energy.tolist() == [45, 500, 4700]
    assert d50.tolist() == [44, 25, 10]


def test_table_with_files_beside_it(tmp_path) -> None:
    (tmp_path / "dem.csv").write_text(dem_text(), encoding="utf-8")
    power = "\n".join(f"{t},168.5" for t in range(0, 1201, 100))
    (tmp_path / "power.csv").write_text(f"time_s,power_W\n{power}\n", encoding="utf-8")
    file = tmp_path / "powders.csv"
    file.write_text(
        "powder,mode,file,counted_twice,milling_time_min,duty,mass_g,idle_power_W\n"
        "a,dem,dem.csv,no,10,1,17.5,\nb,power,power.csv,,,,17.5,100\n",
        encoding="utf-8",
    )
    a, b = read_powder_table(file)
    assert a.milling.energy / 1e3 == pytest.approx(4e-5 / 5e-4 * 600 / 17.5)
    assert a.distribution.power == pytest.approx(0.08)
    assert b.milling.energy / 1e3 == pytest.approx(68.5 * 1200 / 17.5)
    assert "upper bound" in b.notes[0]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,scaled,200,0,1,5,0.5,17.5,,dry", "milling_time_min: the mill does not run; found 0"),
        ("a,scaled,200,20,,5,0.5,17.5,,dry", "duty: the value is missing"),
        ("a,scaled,200,20,1,5,0.5,17.5,,", "medium: is not known; found nothing"),
        ("a,scaled,150,20,1,5,0.5,17.5,,dry", "rpm: lies outside what energies can be scaled in"),
        ("a,scaled,200,20,1,1,0.5,17.5,,dry", "bead_diameter_mm: lies outside what energies"),
        ("a,scaled,200,20,1,5,0.3,17.5,,dry", "filling: lies outside what energies can be"),
        ("a,scaled,200,20,1,5,0.5,17.5,,wet", "medium: lies outside what energies can be"),
        ("a,guessed,200,20,1,5,0.5,17.5,,dry", 'mode: is not known; found "guessed"'),
        ("a,stress,200,20,1,5,0.5,17.5,,dry", "stress_energy_J: the value is missing"),
        ("a,scaled,200,20,1,5,0.9,17.5,,dry", "filling: beads fill the bowl; found 0.90"),
        ('a,scaled,200,"2,5",1,5,0.5,17.5,,dry', 'milling_time_min: is no number; found "2,5"'),
        ("a,scaled,200,٢٠,1,5,0.5,17.5,,dry", "milling_time_min: is no number"),
        (",scaled,200,20,1,5,0.5,17.5,,dry", "powder: the value is missing"),
        ("a,,200,20,1,5,0.5,0,30,wet", "mass_g: is out of range; found 0; expected above 0"),
    ],
)
def test_rows_that_cannot_be(tmp_path, row, said) -> None:
    file = tmp_path / "powders.csv"
    file.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_powder_table(file)
    assert str(caught.value).startswith(f"{file}: row 2: {said}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("powder,mode,E_m_J_per_g", "a,given,-5", "E_m_J_per_g: is out of range; found -5"),
        (
            "powder,mode,stress_energy_J,stress_frequency_per_s,milling_time_min,duty,mass_g",
            "a,stress,1e-5,1e5,10,1,0",
            "mass_g: is out of range; found 0; expected above 0",
        ),
        ("powder,mode,counted_twice,file", "a,dem,,dem.csv", "counted_twice: is not known; found"),
        ("powder,mode,counted_twice,file", "a,dem,no,", "file: the value is missing"),
        (
            "powder,rpm,milling_time_min,duty,bowl_volume_mL,bead_mass_g",
            "a,600,10,1,12,40",
            "filling: beads fill the bowl; found 0.91",
        ),
    ],
)
def test_other_rows_that_cannot_be(tmp_path, header, row, said) -> None:
    file = tmp_path / "powders.csv"
    file.write_text(f"{header}\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_powder_table(file)
    assert str(caught.value).startswith(f"{file}: row 2: {said}")


def test_hours_given_as_minutes_are_noticed(tmp_path) -> None:
    file = tmp_path / "powders.csv"
    file.write_text("powder,mode,E_m_J_per_g\na,given,282000\n", encoding="utf-8")
    assert "is a time in h given as min?" in read_powder_table(file)[0].notes[0]
