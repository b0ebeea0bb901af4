# SPDX-License-Identifier: BSD-3-Clause
"""Fixtures that several test files share."""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from interfacefem.errors import SOLVER_MODULES
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM


class _SkipsWhatNeedsTheSolver:
    """In an installation without the solver, the tests that reach for it are skipped."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> None:
        if name.partition(".")[0] in SOLVER_MODULES - {"mpi4py"}:
            pytest.skip(f"the solver is not installed (no {name})", allow_module_level=True)


if importlib.util.find_spec("dolfinx") is None:
    sys.meta_path.insert(0, _SkipsWhatNeedsTheSolver())


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
