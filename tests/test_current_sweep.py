# SPDX-License-Identifier: BSD-3-Clause
import json
from pathlib import Path

import numpy as np
import pytest

from interfacefem.commands import app
from interfacefem.current.run import run_current
from interfacefem.current.sweep import (
    MAP_QUOTIENTS,
    MAP_WAGNER_NUMBERS,
    map_axes,
    run_sweep,
)
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.series import parse_sweep
from interfacefem.surfaces import Profile, write_profile_csv
from interfacefem.synthetic.profiles import sinusoid
from interfacefem.units import UM

PROFILE = sinusoid(1 * UM, 10 * UM, points=101)


def test_each_point_is_the_case_solved_alone() -> None:
    axes = {"i0": np.array([1.0, 100.0]), "conductivity": np.array([0.5, 2.0])}
    swept = run_sweep(PROFILE, Cell(), axes, MPI.COMM_SELF)
    assert swept.points == [(1.0, 0.5), (1.0, 2.0), (100.0, 0.5), (100.0, 2.0)]
    for (i0, conductivity), metrics in zip(swept.points, swept.metrics, strict=True):
        cell = Cell.model_validate(
            {
                "electrolyte": {"conductivity": f"{conductivity} mS/cm"},
                "kinetics": {"exchange_current_density": f"{i0} mA/cm^2"},
            }
        )
        alone = run_current(PROFILE, cell, MPI.COMM_SELF)
        bound = alone.i_ratio_error + swept.i_ratio_error
        assert metrics.i_ratio - 1 == pytest.approx(alone.metrics.i_ratio - 1, rel=bound)
        assert metrics.area_specific_resistance == pytest.approx(
            alone.metrics.area_specific_resistance, rel=1e-4
        )


def test_ratio_depends_on_quotients_alone() -> None:
    axes = {
        "i0": np.array([2.0, 4.0]),
        "current_density": np.array([3.0, 6.0]),
        "conductivity": np.array([1.0, 2.0]),
    }
    ratios = dict(
        zip(
            *(lambda s: (s.points, [m.i_ratio for m in s.metrics]))(
                run_sweep(PROFILE, Cell(), axes, MPI.COMM_SELF)
            ),
            strict=True,
        )
    )
    # on one mesh, each solved until its start does not show
    same = ratios[(4.0, 6.0, 2.0)] - 1
    assert ratios[(2.0, 3.0, 1.0)] - 1 == pytest.approx(same, rel=1e-8, abs=1e-12)
    assert ratios[(2.0, 3.0, 1.0)] != pytest.approx(ratios[(4.0, 3.0, 1.0)], rel=1e-4)


def test_every_point_has_an_error_of_its_own() -> None:
    axes = {"i0": np.array([0.1, 10.0, 1000.0])}
    swept = run_sweep(PROFILE, Cell(tolerance="0.3 %"), axes, MPI.COMM_SELF)
    assert len(set(swept.errors)) == 3
    assert swept.i_ratio_error == max(swept.errors) <= 0.003


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("i0=0.1:100:4:log", "i0", [0.1, 1, 10, 100]),
        ("conductivity=1:3:3", "conductivity", [1, 2, 3]),
        ("temperature=298,323", "temperature", [298, 323]),
        ("film_resistance=0,10", "film_resistance", [0, 10]),
    ],
)
def test_reads_ranges_and_lists(text: str, name: str, values: list[float]) -> None:
    found, numbers = parse_sweep(text)
    assert found == name
    np.testing.assert_allclose(numbers, values)


@pytest.mark.parametrize(
    "text",
    ["i0", "i0=", "i0=a,b", "i0=1:2", "i0=1:2:3:cubic", "i0=0:1:3:log", "i0=-1,1", "i0=1:2:0",
     "pressure=1,2", "i0=1,inf", "=1"],
)  # fmt: skip
def test_refuses_what_is_no_sweep(text: str) -> None:
    with pytest.raises(InputError, match="--sweep"):
        parse_sweep(text)


def test_command_prints_rows_and_writes_a_table_and_a_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_profile_csv(PROFILE, "line.csv")
    Path("case.yaml").write_text("profile: line.csv\n")
    arguments = ["current", "case.yaml", "--sweep", "i0=1,10,100", "--sweep", "conductivity=1,2"]
    assert app.exit_code([*arguments, "--out", "run", "--json", "--quiet"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [(row["i0_mA_cm2"], row["conductivity_mS_cm"]) for row in result["rows"]] == [
        (i0, k) for i0 in (1, 10, 100) for k in (1, 2)
    ]
    # slower kinetics evens the current out, better conduction too
    ratios = np.array([row["i_ratio"] for row in result["rows"]]).reshape(3, 2)
    assert (np.diff(ratios, axis=0) > 0).all()
    assert (np.diff(ratios, axis=1) < 0).all()
    assert {file.name for file in Path("run").iterdir()} == {
        "sweep.csv", "sweep.json", "sweep.png"
    }  # fmt: skip
    assert len(Path("run/sweep.csv").read_text().splitlines()) == 7
    assert app.exit_code([*arguments, "--sweep", "i0=1,2", "--quiet"]) == 2


def test_map_covers_wagner_number_and_quotient() -> None:
    axes = map_axes(PROFILE, Cell())
    corners = {name: values[[0, -1]] for name, values in axes.items()}
    swept = run_sweep(PROFILE, Cell(), corners, MPI.COMM_SELF)
    wagner = sorted({round(metrics.wagner_number, 6) for metrics in swept.metrics})
    assert wagner == pytest.approx(MAP_WAGNER_NUMBERS[[0, -1]])
    assert axes["current_density"] == pytest.approx(MAP_QUOTIENTS * 1.0)
    with pytest.raises(InputError, match="rough interface"):
        map_axes(Profile(np.array([0.0, 1e-5]), np.zeros(2)), Cell())
