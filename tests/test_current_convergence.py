# SPDX-License-Identifier: BSD-3-Clause
import json
from pathlib import Path

import numpy as np
import pytest

from interfacefem.commands import app
from interfacefem.current.convergence import cells_needed, convergence_study
from interfacefem.errors import MetricError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell, KineticsSection
from interfacefem.surfaces import write_profile_csv
from interfacefem.synthetic.profiles import sinusoid
from interfacefem.units import UM

PROFILE = sinusoid(1 * UM, 10 * UM, points=41)
CELL = Cell(kinetics=KineticsSection(exchange_current_density="100 mA/cm^2"), tolerance="0.5 %")


def test_bounds_fall_below_the_tolerance_and_hold() -> None:
    steps = convergence_study(PROFILE, CELL, MPI.COMM_SELF, lambda text: None)
    assert len(steps) >= 5
    assert (np.diff([one.cells for one in steps]) > 0).all()
    assert steps[-1].i_ratio_error <= CELL.tolerance / 10
    finest = steps[-1].i_ratio - 1
    for one in steps[:-1]:
        difference = abs(one.i_ratio - 1 - finest) / finest
        assert difference <= one.i_ratio_error + steps[-1].i_ratio_error
    needed = cells_needed(steps, CELL.tolerance)
    # the paper's meshes had about 100,000 elements
    assert needed < 10_000
    assert cells_needed(steps, 1e-12) is None


def test_primary_limit_has_no_study() -> None:
    primary = Cell(kinetics=KineticsSection(model="primary"))
    with pytest.raises(MetricError, match="not bounded"):
        convergence_study(PROFILE, primary, MPI.COMM_SELF, lambda text: None)


def test_command_writes_table_and_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_profile_csv(PROFILE, "line.csv")
    Path("case.yaml").write_text("profile: line.csv\n")
    code = app.exit_code(
        ["current", "case.yaml", "--convergence", "--out", "run", "--json", "--quiet"]
    )
    assert code == 0
    result = json.loads(capsys.readouterr().out)
    assert result["cells_needed"] in [row["cells"] for row in result["rows"]]
    assert {file.name for file in Path("run").iterdir()} == {
        "convergence.csv", "convergence.json", "convergence.png"
    }  # fmt: skip
