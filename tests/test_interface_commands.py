# SPDX-License-Identifier: BSD-3-Clause
"""``interface`` and ``impedance``: numbers of Python and command line, files, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ranks import numbers_on_ranks

import interfacefem as ifem
from interfacefem.commands.app import exit_code
from interfacefem.errors import InputError
from interfacefem.interface.equivalent_circuit import fit_elements
from interfacefem.synthetic.height_maps import self_affine_map
from interfacefem.units import UM

PRESSURES = [5e6, 20e6, 80e6]


@pytest.fixture(scope="module")
def surface():
    return self_affine_map(0.3e-6, 40e-6, samples=49, shortest=10e-6, seed=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, surface):
    folder = tmp_path_factory.mktemp("interface")
    np.save(folder / "map.npy", surface.heights / UM)
    pixel = surface.pixel_size_x / UM
    (folder / "case.yaml").write_text(
        f"height_map: map.npy\nmap: {{pixel_size: {pixel!r} um, solid: above, level: false}}\n"
    )
    return folder


def called(capsys, *arguments):
    code = exit_code([str(one) for one in arguments])
    return code, *capsys.readouterr()


def without_time(result):
    return {key: value for key, value in result.items() if not key.endswith("cpu_s")}


def test_the_command_prints_what_python_gives(folder, surface, capsys):
    code, printed, _ = called(
        capsys, "interface", folder / "case.yaml", "--pressures", "5,20,80", "--json"
    )
    assert code == 0
    found = json.loads(printed)
    expected = ifem.solve_interface(surface, pressures=PRESSURES)
    assert without_time(found) == pytest.approx(
        json.loads(json.dumps(without_time(expected.to_dict()))), rel=1e-5, nan_ok=False
    ) or _near(found["rows"], expected.rows())
    row = found["rows"][1]
    parts = ("bulk", "constriction", "charge_transfer", "film", "slope_correction")
    assert sum(row[f"asr_{part}_ohm_cm2"] for part in parts) == pytest.approx(
        row["area_specific_resistance_ohm_cm2"]
    )
    assert row["barber_constriction_ohm_cm2"] is None
    assert row["pressure_exponent"] < 0


def _near(rows, others):
    for row, other in zip(rows, others, strict=True):
        for key, value in row.items():
            if isinstance(value, float):
                assert value == pytest.approx(other[key], rel=1e-4), key
            elif key != "notes":
                assert value == other[key], key
    return True


def test_results_are_written_as_tables_figures_and_for_impedance_programs(
    folder, surface, tmp_path, capsys
):
    code, _, _ = called(
        capsys, "impedance", folder / "case.yaml", "--pressure", "20 MPa",
        "--frequencies", "10mHz:10MHz:20:log", "--out", tmp_path,
    )  # fmt: skip
    assert code == 0
    spectrum = np.loadtxt(tmp_path / "impedance.z", delimiter=",")
    assert spectrum[0, 0] == pytest.approx(1e7)
    table = pd.read_csv(tmp_path / "impedance.csv")
    np.testing.assert_allclose(table["z_real_ohm_cm2"][::-1], spectrum[:, 1], rtol=1e-6)
    assert (tmp_path / "impedance.png").stat().st_size > 10_000
    result = json.loads((tmp_path / "impedance.json").read_text())
    assert spectrum[-1, 1] == pytest.approx(result["asr_direct_current_limit_ohm_cm2"], rel=1e-6)
    curve = ifem.solve_interface(surface, pressures=["20 MPa"], errors=False)
    (row,) = curve.rows()
    assert row["asr_error_ohm_cm2"] is None
    assert row["asr_differential_ohm_cm2"] == pytest.approx(
        result["asr_direct_current_limit_ohm_cm2"] + result["asr_slope_correction_ohm_cm2"],
        rel=1e-5,
    )
    for part in ("constriction", "charge_transfer"):
        name = f"asr_differential_{part}_ohm_cm2"
        assert result[name] == pytest.approx(row[name], rel=1e-5)
    assert len(repr(curve)) < 300
    curve.write(tmp_path / "curve.png")


def test_elements_of_a_circuit_are_found_and_its_ladder_has_the_same_impedance():
    frequencies = np.geomspace(1e-2, 1e7, 60)
    s = 2j * np.pi * frequencies
    exact = 1e-3 / (1 + s * 1e-3 * 2e-5) + 3e-3 / (1 + s * 3e-3 * 4e-3)
    found = fit_elements(frequencies, exact)
    assert found.misfit < 1e-6
    assert found.one_pair_misfit > 0.05
    np.testing.assert_allclose(found.series.resistances, (1e-3, 3e-3), rtol=1e-4)
    np.testing.assert_allclose(found.series.capacitances, (2e-5, 4e-3), rtol=1e-4)
    (ra, rb), (ca, cb) = found.ladder.resistances, found.ladder.capacitances
    ladder = 1 / (s * ca + 1 / (ra + rb / (1 + s * cb * rb)))
    np.testing.assert_allclose(ladder, exact, rtol=1e-4)
    assert fit_elements(frequencies[:5], exact[:5]) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("interface", "case.yaml", "--pressures", "0:1:3"), "--pressures: out of range"),
        (("interface", "case.yaml", "--pressures", "5,700"), "0.6 GPa|600 MPa"),
        (("interface", "case.yaml", "--pixel-size", "1 um"), "--pixel-size"),
        (("impedance", "case.yaml", "--frequencies", "1:2"), "--frequencies"),
        (("impedance", "case.yaml", "--frequencies", "1 m"), "--frequencies"),
        (("impedance", "case.yaml", "--pressure", "5"), "--pressure: has no unit"),
        (("impedance", "case.yaml", "--pressure", "0 MPa"), "--pressure: out of range"),
        (("interface", "case.yaml", "--hot-spot-length", "-1 um"), "--hot-spot-length: out of"),
        # options that would be ignored
        (("interface", "case.yaml", "--solid", "below"), "--solid: is said by the case file"),
        (("interface", "map.npy", "--line", "2"), "--line: belongs to a micrograph"),
        (("interface", "map.npy", "--pixel-size", "-1 um"), "--pixel-size: out of range"),
        (("interface", "map.npy", "--pixel-size", "1 um", "--solid", "up"), "--solid: input"),
    ],
)
def test_bad_options_end_in_one_line(folder, capsys, arguments, said):
    command, case, *rest = arguments
    code, printed, error = called(capsys, command, folder / case, *rest, "--quiet")
    assert code == 2
    assert printed == ""
    assert any(part in error for part in said.split("|"))
    assert len(error.strip().splitlines()) == 1


def test_bad_arguments_are_refused(surface):
    with pytest.raises(InputError, match="pressures="):
        ifem.solve_interface(surface, pressures=[])
    with pytest.raises(InputError, match="pressure=: is one pressure"):
        ifem.impedance(surface, pressure=["5 MPa", "10 MPa"])
    with pytest.raises(InputError, match="frequencies="):
        ifem.impedance(surface, frequencies=[-1.0])
    with pytest.raises(InputError, match="interface="):
        ifem.impedance("map.npy")


def test_a_study_solves_pressed_interfaces(folder, surface, tmp_path):
    pixel = surface.pixel_size_x / UM
    (folder / "study.yaml").write_text(
        f"""name: pressed
physics: [interface]
height_maps:
  - {{files: map.npy}}
cell:
  map: {{pixel_size: {pixel!r} um, solid: above, level: false}}
parameters:
  - {{grid: {{load.pressure: [5 MPa, 80 MPa]}}}}
"""
    )
    found = ifem.run_study(folder / "study.yaml", out=tmp_path / "study")
    table = found.table()
    expected = ifem.solve_interface(surface, pressures=[5e6, 80e6]).table()
    name = "area_specific_resistance_ohm_cm2"
    np.testing.assert_allclose(table[f"interface_{name}"], expected[name], rtol=1e-5)
    np.testing.assert_allclose(
        table["asr_constriction_ohm_cm2"], expected["asr_constriction_ohm_cm2"], rtol=1e-4
    )
    assert list(table["status"]) == ["done", "done"]
    found.write_report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for text in ("resistance of the pressed interface (Ω cm²)", "asr constriction (Ω cm²)"):
        assert text in page
    assert "independently of each other" not in page  # of current and stress, not solved here


@pytest.mark.mpi
@pytest.mark.slow
def test_numbers_do_not_depend_on_the_ranks():
    script = Path(__file__).with_name("mpi_interface_numbers.py")
    one, two, three = (numbers_on_ranks(script, ranks) for ranks in (1, 2, 3))
    assert one["refused_on"] == 1
    for several in (two, three):
        assert several.pop("same_on_all_ranks")
        for name, value in several.items():
            assert value == pytest.approx(one[name], rel=1e-12), name
