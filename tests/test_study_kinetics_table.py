# SPDX-License-Identifier: BSD-3-Clause
"""A study whose kinetics are a table: numbers, keys, reproducing, report."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from small_study import case_files, records_of

import interfacefem
from interfacefem.commands import app
from interfacefem.current.run import run_current
from interfacefem.mpi import MPI
from interfacefem.parameters.case_file import read_cell
from interfacefem.study.rerun import rerun
from interfacefem.surfaces import read_profile_csv, write_profile_csv
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM

STUDY = """\
name: tabulated
profiles: [{files: line.csv}]
cell: {tolerance: 5 %, kinetics: {model: table, file: laws/iv.csv}}
parameters:
  - grid: {kinetics.film_resistance: [0 ohm*cm^2, 5 ohm*cm^2]}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    write_profile_csv(self_affine(0.3 * UM, 10 * UM, points=60, seed=1), tmp_path / "line.csv")
    (tmp_path / "laws").mkdir()
    write_table(tmp_path, 0.8)
    (tmp_path / "study.yaml").write_text(STUDY)
    return tmp_path / "study.yaml"


def write_table(folder: Path, current: float) -> None:
    rows = f"-0.01,{-current}\n0,0\n0.01,{current}\n0.05,{6 * current}\n"
    (folder / "laws" / "iv.csv").write_text("overpotential_V,current_density_mA_cm2\n" + rows)


def run(study: Path) -> int:
    out = study.parent / "out"
    return app.exit_code(["study", str(study), "--out", str(out), "--jobs", "1", "--quiet"])


def test_a_study_of_a_table(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = study.parent / "out"
    assert run(study) == 0
    frame = interfacefem.load_study(out)
    assert list(frame["film_resistance_ohm_cm2"]) == [0, 5]
    # what a single case gives
    cell = study.parent / "cell.yaml"
    cell.write_text("tolerance: 5 %\nkinetics: {model: table, file: laws/iv.csv}\n")
    alone = run_current(read_profile_csv(study.parent / "line.csv"), read_cell(cell), MPI.COMM_SELF)
    assert frame["i_ratio"][0] == pytest.approx(alone.metrics.i_ratio, rel=1e-12)
    # from its result alone
    key = records_of(out)[0]["key"]
    assert rerun(out, key).largest_difference == 0
    assert rerun(out, key).differences == ()
    # the report says what the law is, and no exchange current density that nothing uses
    assert app.exit_code(["report", str(out), "--quiet"]) == 0
    html = (out / "report.html").read_text()
    assert "a table of measured points" in html
    assert "kinetics.file" in html
    assert "kinetics.exchange_current_density" not in html
    # the same table elsewhere has the same keys; another one is solved anew
    before = case_files(out)
    assert run(study) == 0
    assert case_files(out) == before
    other = study.parent / "elsewhere"
    shutil.copytree(study.parent / "laws", other / "laws")
    for name in ("line.csv", "study.yaml"):
        shutil.copy(study.parent / name, other / name)
    assert run(other / "study.yaml") == 0
    assert set(case_files(other / "out")) == set(before)
    write_table(study.parent, 0.9)
    assert rerun(out, key).differences == ("the table iv.csv has changed since",)
    assert run(study) == 0
    assert len(case_files(out)) == 2 * len(before)
    capsys.readouterr()
    (study.parent / "laws" / "iv.csv").unlink()
    assert run(study) == 2
    assert "iv.csv: no such file" in capsys.readouterr().err
