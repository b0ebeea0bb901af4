# SPDX-License-Identifier: BSD-3-Clause
"""Fixtures that several test files share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of published data beside the repository."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"published data is not there: {folder}")
    return folder


@pytest.fixture(scope="session")
def rough_profile() -> Profile:
    """A random profile, 30 um wide, 0.7 um rms, always the same."""
    return self_affine(0.7 * UM, 30 * UM, points=300, seed=7)


@pytest.fixture(autouse=True)
def fresh_logging() -> Iterator[None]:
    """Undo what a command did to the package's logger."""
    logger = logging.getLogger("interfacefem")
    before = logger.level, list(logger.handlers)
    yield
    logger.setLevel(before[0])
    logger.handlers[:] = before[1]
