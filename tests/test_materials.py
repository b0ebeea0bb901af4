# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

import json
from pathlib import Path

import pytest

from interfacefem.commands.materials import run
from interfacefem.errors import CaseError, InputError
from interfacefem.materials import material_names, read_material
from interfacefem.materials.parameter_set import PARAMETERS
from interfacefem.parameters.case_file import Case, read_case


def read(tmp_path: Path, text: str) -> Case:
    file = tmp_path / "case.yaml"
    file.write_text(f"profile: line.csv\n{text}\n", encoding="utf-8")
    return read_case(file)


def test_the_six_materials_are_there() -> None:
    assert set(material_names()) == {"LPSCl", "Li3PS4", "Li", "Al", "Si", "NMC"}


@pytest.mark.parametrize("name", material_names())
def test_each_value_is_physical_and_says_where_it_is_from(name: str) -> None:
    material = read_material(name)
    assert material.name == name
    assert {"youngs_modulus", "poisson_ratio"} <= set(material.parameters)
    assert set(material.parameters) <= set(PARAMETERS)
    for parameter in material.parameters.values():
        # a source names its year or says that there is none
        has_year = any(str(year) in parameter.source for year in range(1950, 2027))
        assert parameter.assumed or has_year or "Tables" in parameter.source
    value = {key: parameter.value for key, parameter in material.parameters.items()}
    assert 1e9 < value["youngs_modulus"] < 1e12
    assert -1 < value["poisson_ratio"] < 0.5
    for key in ("yield_stress", "hardness"):
        assert value.get(key, 1.0) < value["youngs_modulus"]
    assert 1e-6 < value.get("conductivity", 1.0) < 10


def test_hardness_and_yield_stress_of_the_electrolytes_belong_together() -> None:
    for name in ("LPSCl", "Li3PS4"):
        parameters = read_material(name).parameters
        ratio = parameters["hardness"].value / parameters["yield_stress"].value
        assert ratio == pytest.approx(2.97, rel=0.02)


def test_a_material_fills_what_is_not_given(tmp_path: Path) -> None:
    case = read(
        tmp_path,
        "electrolyte: {material: Li3PS4, hardness: inf}\nblock: {material: al, rotation: free}",
    )
    assert case.electrolyte.conductivity == pytest.approx(0.03)
    assert case.electrolyte.youngs_modulus == pytest.approx(25e9)
    assert case.electrolyte.poisson_ratio == pytest.approx(0.3)
    assert case.electrolyte.hardness == float("inf")
    assert case.block.youngs_modulus == pytest.approx(70.3e9)
    assert case.block.poisson_ratio == pytest.approx(0.345)
    assert case.block.rotation == "free"


def test_lpscl_is_the_default(tmp_path: Path) -> None:
    named, default = read(tmp_path, "electrolyte: {material: LPSCl}"), read(tmp_path, "")
    assert named.electrolyte.model_dump(exclude={"material"}) == default.electrolyte.model_dump(
        exclude={"material"}
    )


def test_a_metal_serves_as_electrolyte_only_with_a_conductivity(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"electrolyte.*has no conductivity.*LPSCl") as caught:
        read(tmp_path, "electrolyte: {material: Al}")
    assert "\n" not in str(caught.value)
    case = read(tmp_path, "electrolyte: {material: Al, conductivity: 2 mS/cm}")
    assert case.electrolyte.conductivity == pytest.approx(0.2)
    assert case.electrolyte.youngs_modulus == pytest.approx(70.3e9)


@pytest.mark.parametrize("section", ["electrolyte", "block"])
def test_an_unknown_name_is_answered_by_those_that_exist(tmp_path: Path, section: str) -> None:
    with pytest.raises(CaseError) as caught:
        read(tmp_path, f"{section}: {{material: unobtainium}}")
    message = str(caught.value)
    assert "\n" not in message
    for part in ("case.yaml", section, '"unobtainium"', "Al, Li, Li3PS4, LPSCl, NMC, Si"):
        assert part in message


def test_the_command_prints_values_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    run(None, json=True)
    printed = json.loads(capsys.readouterr().out)
    assert set(printed) == set(material_names())
    assert printed["LPSCl"]["youngs_modulus"]["value_SI"] == pytest.approx(24e9)
    assert printed["LPSCl"]["hardness"]["assumed"] is True
    assert printed["Li"]["youngs_modulus"]["assumed"] is False
    run("lpscl", json=False)
    assert "argyrodite" in capsys.readouterr().out


def test_the_command_refuses_an_unknown_name() -> None:
    with pytest.raises(InputError, match="no such material"):
        run("unobtainium", json=True)
