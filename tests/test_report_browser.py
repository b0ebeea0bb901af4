# SPDX-License-Identifier: BSD-3-Clause
"""The report in a real browser; where there is none, tests/browser/check_report.py runs outside."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from made_up_study import write_made_up_study

from interfacefem.report.study_report import write_report

sys.path.insert(0, str(Path(__file__).parent / "browser"))
from check_report import check
from chromium import find_chromium


@pytest.mark.skipif(find_chromium() is None, reason="no Chromium here ($CHROMIUM, PATH)")
def test_report_opens_sorts_filters_and_shows_every_figure(tmp_path: Path) -> None:
    out, _ = write_made_up_study(tmp_path)
    write_report(out, out / "report.html")
    said = check(out / "report.html")
    assert len(said) == 10
