# SPDX-License-Identifier: BSD-3-Clause
"""What CI and a contributor's own checks use is the same."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_a_commit_and_ci_use_the_same_ruff() -> None:
    in_ci = re.findall(r"^ruff==(\S+)$", (ROOT / ".ci/requirements.txt").read_text(), re.MULTILINE)
    before_commit = re.findall(r"ruff==([\d.]+)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert len(in_ci) == 1
    assert len(before_commit) == 2
    assert set(before_commit) == set(in_ci)
