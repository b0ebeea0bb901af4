# SPDX-License-Identifier: BSD-3-Clause
import json
import math
from pathlib import Path

import pytest

from interfacefem.current import ButlerVolmer, InSeriesWithFilm
from interfacefem.current.problem import current_problem
from interfacefem.errors import CaseError
from interfacefem.parameters.case_file import Case, read_case

FULL = """\
profile: line.csv
domain:   {height: 25 um}
electrolyte: {conductivity: 1 mS/cm, youngs_modulus: 24 GPa, poisson_ratio: 0.37, hardness: inf}
kinetics:
  model: butler-volmer
  exchange_current_density: 1 mA/cm^2
  alpha_a: 0.5
  alpha_c: 0.4
  temperature: 298 K
  film_resistance: 10 ohm*cm^2
load:     {current_density: 3 mA/cm^2, pressure: 50 MPa, critical_current_density: 1 mA/cm^2}
block:    {youngs_modulus: inf, poisson_ratio: 0.3, rotation: free}
stress:   {depth: 10 um, boundary: mirror, body: half-space}
tolerance: 1 %
"""


def read(tmp_path: Path, text: str) -> Case:
    file = tmp_path / "case.yaml"
    file.write_text(text, encoding="utf-8")
    return read_case(file)


def test_reads_every_key_into_si(tmp_path: Path) -> None:
    case = read(tmp_path, FULL)
    assert case.profile == tmp_path / "line.csv"
    assert case.domain.height == pytest.approx(25e-6)
    problem = current_problem(case)
    assert problem.conductivity == pytest.approx(0.1)
    assert problem.applied_current_density == pytest.approx(30.0)
    assert isinstance(problem.kinetics, InSeriesWithFilm)
    assert problem.kinetics.film_resistance == pytest.approx(1e-3)
    assert problem.kinetics.kinetics == ButlerVolmer(pytest.approx(10.0), 0.5, 0.4, 298.0)
    assert case.electrolyte.hardness == math.inf
    assert case.stress.body == math.inf
    assert case.tolerance == pytest.approx(0.01)


def test_a_film_of_no_resistance_is_no_film(tmp_path: Path) -> None:
    case = read(tmp_path, FULL.replace("10 ohm*cm^2", "0 ohm*cm^2"))
    assert isinstance(current_problem(case).kinetics, ButlerVolmer)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            "1 mS/cm",
            "-1 mS/cm",
            ["line 3", "electrolyte.conductivity", '"-1 mS/cm"', "at least 1e-15"],
        ),
        ("1 mS/cm", "1", ["line 3", "electrolyte.conductivity", "no unit", '"1 mS/cm"']),
        ("1 mS/cm", "1 mS", ["line 3", "wrong dimension"]),
        ("1 mS/cm", "inf", ["line 3", "electrolyte.conductivity", "finite"]),
        ("conductivity", "conductvity", ["line 3", "unknown key", 'expected "conductivity"']),
        ("domain", "domian", ["line 2", "unknown key", 'expected "domain"']),
        ("temperature", "temprature", ["line 9", 'expected "temperature"']),
        ("butler-volmer", "buttler-volmer", ["line 5", "kinetics.model", "buttler-volmer"]),
        ("alpha_c: 0.4", "alpha_c: -0.4", ["line 8", "kinetics.alpha_c", "-0.4"]),
        ("0.37", "0.5", ["electrolyte.poisson_ratio", "0.5"]),
        ("tolerance: 1 %", "tolerance: 100 %", ["line 14", "tolerance", "less than 1"]),
        ("profile: line.csv\n", "", ["profile: line.csv"]),
        ("profile: line.csv", "profile: line.csv\nimage: a.tif", ["image: micrograph.tif"]),
        ("tolerance: 1 %", "tolerance: 1 %\ntolerance: 2 %", ["line 15", "given twice"]),
        ("{height: 25 um}", "[25 um", ["not valid YAML"]),
        ("butler-volmer", "primary", ["film"]),
    ],
)
def test_refuses_with_one_line_that_names_the_place(
    tmp_path: Path, old: str, new: str, parts: list[str]
) -> None:
    assert old in FULL
    with pytest.raises(CaseError) as caught:
        read(tmp_path, FULL.replace(old, new, 1))
    message = str(caught.value)
    assert "\n" not in message
    assert "case.yaml" in message
    for part in parts:
        assert part in message


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n", "\x00"])
def test_refuses_what_is_no_mapping(tmp_path: Path, text: str) -> None:
    with pytest.raises(CaseError, match=r"case\.yaml"):
        read(tmp_path, text)


def test_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no such file"):
        read_case(tmp_path / "none.yaml")


def test_schema_names_units_and_sources_and_is_json() -> None:
    schema = json.loads(json.dumps(Case.model_json_schema(), allow_nan=False))
    conductivity = schema["$defs"]["Electrolyte"]["properties"]["conductivity"]
    assert conductivity["default"] == "1 mS/cm"
    assert "Tran 2025" in conductivity["description"]
    for section in ("Electrolyte", "KineticsSection", "Load", "Block"):
        for name, entry in schema["$defs"][section]["properties"].items():
            if name not in {"model", "file", "rotation"}:
                assert "assumed" in entry["description"] or "Tran" in entry["description"], name
