# SPDX-License-Identifier: BSD-3-Clause
"""The current ratio as other programs find it, against ours with its estimate."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from interfacefem.current import CurrentSolver
from interfacefem.current.error_estimate import estimate_error
from interfacefem.meshing import distribute, mesh_profile
from interfacefem.mpi import MPI
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import keyhole_pores, self_affine
from interfacefem.units import MA_PER_CM2, UM

PROGRAMS = {"scikit_fem_p2": "skfem", "ngsolve_p2": "ngsolve"}
PROFILES: dict[str, Callable[[], Profile]] = {
    "self-affine": lambda: self_affine(0.6 * UM, 20 * UM, points=300, seed=5),
    "overhanging": lambda: keyhole_pores(0.9 * UM, 0.8 * UM, 6 * UM, 2),
}
EDGES_ON_SEGMENT = 3  # the other program's mesh is finer than ours


def with_short_segments(profile: Profile) -> Profile:
    """The same curve; the other programs' edges are fractions of the segments beside them."""
    along = profile.arc_length
    pieces = np.ceil(np.diff(along) / np.median(np.diff(along)) - 0.5).clip(1).astype(int)
    parts = [
        np.linspace(start, end, count, endpoint=False)
        for start, end, count in zip(along[:-1], along[1:], pieces, strict=True)
    ]
    nodes = np.append(np.concatenate(parts), along[-1])
    return Profile(np.interp(nodes, along, profile.x), np.interp(nodes, along, profile.z))


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The benchmark's helper modules."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "benchmarks"))
    yield importlib.import_module("peers.cases")
    for name in [name for name in sys.modules if name.split(".")[0] == "peers"]:
        del sys.modules[name]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # warnings of the other program are not ours
@pytest.mark.parametrize("exchange", [1.0, 100.0])
@pytest.mark.parametrize("shape", PROFILES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_another_program_differs_by_less_than_the_estimate(
    benchmarks: Any, program: str, shape: str, exchange: float
) -> None:
    package = PROGRAMS[program]
    pytest.importorskip(package, reason=f"{package} is not installed: pip install its PyPI package")
    peer = importlib.import_module(f"peers.{program}")
    profile = PROFILES[shape]()
    i0 = exchange * MA_PER_CM2
    solver = CurrentSolver(distribute(mesh_profile(profile, benchmarks.HEIGHT), MPI.COMM_SELF))
    solution = solver.solve(benchmarks.current_problem(i0))
    estimate = estimate_error(solver, solution)
    assert estimate is not None
    current = solution.samples.current_density
    ours = float(current.max() / current.min()) - 1

    other = peer.Program(with_short_segments(profile), EDGES_ON_SEGMENT, benchmarks.Laps())
    theirs = other.solve(i0, benchmarks.APPLIED)

    assert theirs.dofs > solver.space.dofmap.index_map.size_global
    difference = abs(ours - theirs.ratio_minus_one) / theirs.ratio_minus_one
    assert difference <= estimate.ratio_minus_one_error
