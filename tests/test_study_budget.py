# SPDX-License-Identifier: BSD-3-Clause
"""What moves the excess of a study's images: one image of each condition, found once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_risk_surface import drawn

from interfacefem.commands.app import exit_code
from interfacefem.report.study_budgets import budget_table
from interfacefem.report.study_data import read_study_data
from interfacefem.study.file import read_study
from interfacefem.study.plan import build_plan

STUDY = """\
name: s
images:
  - {files: "a*.png", factors: {powder: a, sample: one}}
sampling: {pixel_size: 0.1 um, reference_length: 20 um}
cell: {tolerance: 20 %}
report: {}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two images of one condition, and the study of them."""
    folder = tmp_path_factory.mktemp("budget")
    for name, start in (("a1", 3.0), ("a2", 5.0)):
        gray = np.clip(drawn(30.0, start).gray, 0, 1)
        Image.fromarray((255 * gray).astype(np.uint8)).save(folder / f"{name}.png")
    (folder / "s.yaml").write_text(STUDY)
    return folder


def test_one_image_of_each_condition_is_told_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["study", str(folder / "s.yaml"), "--out", str(folder / "out"), "-j", "1", "--quiet"]
    assert exit_code(command) == 0
    records = list((folder / "out" / "records").iterdir())
    before = [path.read_bytes() for path in records]
    assert exit_code(command) == 0
    assert [path.read_bytes() for path in records] == before
    capsys.readouterr()
    table = budget_table(read_study_data(folder / "out"))
    ((factors, image, excess, cells),) = table.rows
    assert (factors, image) == (("a",), "a1.png")
    # the same image by itself
    risk = ["risk", str(folder / "a1.png"), "--pixel-size", "0.1 um", "--reference-length", "20 um"]
    (folder / "cell.yaml").write_text("tolerance: 20 %\n")
    more = ["--parameters", str(folder / "cell.yaml"), "--out", str(folder / "risk")]
    assert exit_code([*risk, *more, "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert excess == pytest.approx(found["excess"])
    rows = {row["meaning"]: row for row in found["budget"]}
    assert set(table.meanings) == set(rows)
    ends = cells[table.meanings.index("ends: flat run-outs, not mirrors")]
    low, high = map(float, re.findall(r"[\d.e-]+", ends))
    assert (low, high) == pytest.approx(
        (rows["ends: flat run-outs, not mirrors"]["factor_low"],
         rows["ends: flat run-outs, not mirrors"]["factor_high"]), rel=5e-3
    )  # fmt: skip
    # a line through the solid alone is no other way to trace this interface
    method = rows["method: the other one"]
    assert method["factor_low"] is None
    assert "flat" in method["reason"]


@pytest.mark.parametrize(("images", "told"), [(0, 0), (1, 1), (2, 2), (5, 2)])
def test_the_study_says_of_how_many_images(folder: Path, images: int, told: int) -> None:
    study = folder / "t.yaml"
    study.write_text(STUDY + f"budget: {images}\n")
    assert len(build_plan(read_study(study)).budgets) == told
