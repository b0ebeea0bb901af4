# SPDX-License-Identifier: BSD-3-Clause
"""Study files: what is wrong is said in one line before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_study import STUDY, write_small_study

from interfacefem.commands import app
from interfacefem.errors import InputError
from interfacefem.study.file import read_study
from interfacefem.study.plan import build_plan

GRID = "  - grid: {load.current_density: [1 mA/cm^2, 3 mA/cm^2, 10 mA/cm^2]}\n"
CELL = "  tolerance: 5 %\n"
FIRST = "  - {files: line1.csv, factors: {powder: coarse, pressure_MPa: 0}}\n"
TABLE = "      rows: [[0, 0.1 mS/cm], [200, 1 mS/cm]]\n"

# name: (text replaced, replacement, what the line must say)
WRONG = {
    "not YAML": (STUDY, "name: [small\n", ["not valid YAML", "line"]),
    "no mapping": (STUDY, "- small\n", ["does not hold keys and values"]),
    "no interfaces": (STUDY, "name: small\n", ["has no interfaces", "images"]),
    "no name": ("name: small\n", "", ["name", "missing"]),
    "name with a slash": ("name: small", "name: ../small", ["line 1", "name"]),
    "unknown key": ("parameters:", "parameter:", ["unknown key", '"parameters"']),
    "unknown physics": ("cell:", "physics: [heat]\ncell:", ["physics", "heat", "current"]),
    "physics twice": ("cell:", "physics: [current, current]\ncell:", ["named twice"]),
    "image missing": ("line1.csv", "line9.csv", ["no such file", "line9.csv", "line 3"]),
    "pattern without match": ("line[23].csv", "surface*.csv", ["no such file", "surface*.csv"]),
    "file named twice": ("line[23].csv", "line[123].csv", ["named twice", "line1.csv"]),
    "factors differ": ("powder: coarse, ", "", ["factors differ", "powder"]),
    "factor like a column": ("pressure_MPa", "line", ["name of another column", "line"]),
    "factor yes": ("powder: coarse", "powder: yes", ["factors", "true", "quotes"]),
    "factor with a blank": ("powder: coarse", '"my powder": coarse', ["factors"]),
    "unknown parameter": (
        GRID, "  - grid: {load.current: [1 mA/cm^2]}\n",
        ["line 13", "no such parameter", '"load.current_density"'],
    ),
    "value without unit": (
        GRID, "  - grid: {load.current_density: [1, 3]}\n", ["has no unit", "load.current_density"]
    ),
    "wrong dimension": (
        GRID, "  - grid: {load.current_density: [1 mA]}\n",
        ["wrong dimension", "load.current_density"],
    ),
    "value out of range": (
        GRID, "  - grid: {kinetics.alpha_a: [0.5, 3]}\n", ["kinetics.alpha_a", "at most 2"]
    ),
    "empty grid": (GRID, "  - grid: {load.current_density: []}\n", ["line 13", "at least 1"]),
    "zip of unequal lists": (
        GRID, "  - zip: {kinetics.alpha_a: [0.4, 0.5], kinetics.alpha_c: [0.5]}\n",
        ["differ in length", "alpha_a 2", "alpha_c 1"],
    ),
    "parameter varies twice": (
        GRID, "  - grid: {electrolyte.conductivity: [1 mS/cm]}\n",
        ["varies twice", "electrolyte.conductivity"],
    ),
    "grid and zip": (
        GRID, "  - {grid: {kinetics.alpha_a: [0.5]}, zip: {kinetics.alpha_c: [0.5]}}\n",
        ["needs one of"],
    ),
    "row too short": (TABLE, "      rows: [[0, 0.1 mS/cm], [200]]\n", ["row 2", "found 1"]),
    "no row for a factor": (TABLE, "      rows: [[0, 0.1 mS/cm]]\n", ["no row", "200.0"]),
    "table is no file": (
        GRID, "  - table: values.csv\n", ["no such file", "values.csv"]
    ),
    "bad base case": (CELL, "  tolerance: 5\n", ["cell.tolerance", "no unit", "line 8"]),
    "unknown key in the base case": (
        CELL, "  tolerence: 5 %\n", ["unknown key", '"tolerance"', "line 8"]
    ),
    "film without kinetics": (
        GRID, "  - zip: {kinetics.model: [primary], kinetics.film_resistance: [1 ohm*cm^2]}\n",
        ["film", "primary"],
    ),
    "too few lines": ("cell:", "sampling: {lines: 2}\ncell:", ["sampling.lines", "5"]),
    "a single line": ("cell:", "sampling: {line: 2}\ncell:", ["sampling.line", "every line"]),
    "unknown powder": (
        "profiles:", "images:\n  - synthetic: {powders: [6h], pressures: [0 MPa]}\nprofiles:",
        ["no such powder", "6h", "4h"],
    ),
    "factors table without column": (
        FIRST, "  - {table: factors.csv}\n", ["factors.csv", "profile", "column is missing"]
    ),
    "pressure twice": (
        GRID, "  - grid: {load.pressure: [1 MPa]}\n  - grid: {load.pressure: [2 MPa]}\n",
        ["line 14", "varies twice"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_study_file_ends_in_one_line(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    study = write_small_study(tmp_path)
    (tmp_path / "factors.csv").write_text("image,powder,pressure_MPa\nline1.csv,coarse,0\n")
    before, after, expected = WRONG[name]
    assert before in STUDY
    study.write_text(STUDY.replace(before, after))
    assert app.exit_code(["study", "small.yaml"]) == 2
    output = capsys.readouterr()
    (line,) = output.err.strip().splitlines()
    assert "small.yaml" in line or ".csv" in line
    for part in expected:
        assert part in line
    assert output.out == ""
    assert not (tmp_path / "results").exists()


def test_grids_zips_and_tables_multiply(tmp_path: Path) -> None:
    study = write_small_study(tmp_path)
    pair = "  - zip: {kinetics.alpha_a: [0.4, 0.6], kinetics.alpha_c: [0.6, 0.4]}\n"
    study.write_text(STUDY + pair)
    rows = build_plan(read_study(study)).rows
    assert len(rows) == 3 * 3 * 2
    found = {tuple(row.identification.values()) for row in rows}
    for source, powder, pressure, conductivity in (
        ("line1.csv", "coarse", 0.0, 0.1),
        ("line2.csv", "fine", 200.0, 1.0),
        ("line3.csv", "fine", 200.0, 1.0),
    ):
        for current in (1.0, 3.0, 10.0):
            for alpha in (0.4, 0.6):
                row = (source, powder, pressure, 1, conductivity, current, alpha, 1 - alpha)
                assert row in found


def test_factors_and_parameters_may_come_from_tables(tmp_path: Path) -> None:
    study = write_small_study(tmp_path)
    (tmp_path / "lines.csv").write_text(
        "# by hand\nprofile,powder,pressure_MPa\nline2.csv,4h,0\nline1.csv,10h,200\n"
    )
    (tmp_path / "values.csv").write_text(
        "electrolyte.conductivity,pressure_MPa\n2 mS/cm,200\n1 mS/cm,0.0\n"
    )
    study.write_text(
        "name: tables\nprofiles: [{table: lines.csv}]\nparameters: [{table: values.csv}]\n"
    )
    rows = [dict(row.identification) for row in build_plan(read_study(study)).rows]
    assert rows == [
        {"image": "line2.csv", "powder": "4h", "pressure_MPa": 0.0, "line": 1,
         "conductivity_mS_cm": 1.0},
        {"image": "line1.csv", "powder": "10h", "pressure_MPa": 200.0, "line": 1,
         "conductivity_mS_cm": 2.0},
    ]  # fmt: skip


def keys(study: Path) -> list[str]:
    return [case.key for _, case in build_plan(read_study(study)).cases]


def test_a_case_is_known_by_what_decides_its_numbers(tmp_path: Path) -> None:
    study = write_small_study(tmp_path)
    before = keys(study)
    # the same in other words: units, defaults, factors, names
    for old, new in (
        ("3 mA/cm^2", "30 A/m^2"),
        ("tolerance: 5 %", "tolerance: 5 %\n  electrolyte: {youngs_modulus: 20 GPa}"),
        ("coarse", "large"),
        ("name: small", "name: other"),
    ):
        study.write_text(STUDY.replace(old, new))
        assert keys(study) == before
    for old, new in (("5 %", "4 %"), ("12 um", "13 um"), ("5 mA/cm^2", "6 mA/cm^2")):
        study.write_text(STUDY.replace(old, new))
        assert not set(keys(study)) & set(before)
    study.write_text(STUDY)
    line = tmp_path / "line3.csv"
    line.write_text(line.read_text() + "\n")
    assert keys(study)[:6] == before[:6]
    assert not set(keys(study)[6:]) & set(before)


def test_stress_is_solved_once_for_all_that_only_the_current_depends_on(tmp_path: Path) -> None:
    study = write_small_study(tmp_path)
    study.write_text(STUDY.replace("cell:", "physics: [current, stress]\ncell:", 1))
    plan = build_plan(read_study(study))
    physics = [case.physics for _, case in plan.cases]
    assert physics.count("current") == 9
    assert physics.count("stress") == 3
    assert len(plan.rows) == 9


def test_the_shipped_study_has_what_the_paper_has() -> None:
    file = read_study(Path(__file__).parents[1] / "studies" / "lpscl_tapes.yaml")
    plan = build_plan(file)
    assert len(plan.interfaces) == 4 * 4 * 3
    assert len(plan.groups) == 240
    assert len(plan.rows) == 240 * 5
    conductivity = {
        row.identification["pressure_MPa"]: row.identification["conductivity_mS_cm"]
        for row in plan.rows
    }
    # Tran 2025, section 2.2.1: 1.44e-6 S/cm before densification, 0.93e-3 S/cm on the plateau
    assert conductivity[0.0] == pytest.approx(1.44e-3)
    assert conductivity[600.0] == conductivity[400.0] == pytest.approx(0.93)


def test_a_missing_study_file_is_said() -> None:
    with pytest.raises(InputError, match="no such file"):
        read_study("nowhere.yaml")
