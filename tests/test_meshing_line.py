# SPDX-License-Identifier: BSD-3-Clause
"""Which points of a profile become nodes, and what the chords keep of the others."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.spatial import cKDTree

from interfacefem.current import ButlerVolmer, CurrentProblem, CurrentSolver
from interfacefem.meshing import distribute, mesh_line
from interfacefem.meshing.outline import FEWEST_POINTS, Thinning, kept_points
from interfacefem.meshing.refine import refine
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import self_affine, sinusoid
from interfacefem.units import UM

ROUGH = self_affine(0.3 * UM, 30 * UM, points=600, seed=5)
WAVE = sinusoid(1 * UM, 10 * UM, periods=2, points=601)


def test_a_profile_of_few_points_keeps_all() -> None:
    profile = sinusoid(1 * UM, 10 * UM, points=FEWEST_POINTS)
    assert kept_points(profile, Thinning()).all()
    assert not mesh_line(profile, 10 * UM).outline.is_thinned


@pytest.mark.parametrize("angle", [10.0, 30.0])
def test_chords_turn_no_further_than_asked(angle: float) -> None:
    kept = np.flatnonzero(kept_points(WAVE, Thinning(angle, 1)))
    heading = np.degrees(np.unwrap(np.arctan2(np.diff(WAVE.z), np.diff(WAVE.x))))
    # the curve between two kept points; a step of the curve may be cut in two
    turns = [np.abs(np.diff(heading[a:b])).sum() for a, b in itertools.pairwise(kept)]
    assert max(turns) <= angle + np.abs(np.diff(heading)).max()
    assert len(kept) == pytest.approx(1 + np.abs(np.diff(heading)).sum() / angle, abs=4)


def test_both_ends_and_every_corner_are_kept() -> None:
    x = np.linspace(0, 40, 801) * UM
    z = np.where(np.floor(x / (5 * UM)) % 2 == 0, x % (5 * UM), 5 * UM - x % (5 * UM))
    profile = Profile(x, z)
    kept = kept_points(profile, Thinning(angle=90.0, chords=10))
    heading = np.arctan2(np.diff(z), np.diff(x))
    corners = 1 + np.flatnonzero(np.abs(np.diff(heading)) > np.radians(25))
    assert len(corners) >= 7
    assert kept[corners].all()
    assert kept[0]
    assert kept[-1]
    assert kept.sum() < 60


def test_the_true_length_is_kept_through_refinement() -> None:
    mesh = mesh_line(ROUGH, 30 * UM)
    assert mesh.outline.is_thinned
    chords = np.hypot(*np.diff(mesh.points[mesh.interface_nodes], axis=0).T).sum()
    assert chords < 0.999 * ROUGH.length
    finer, _ = refine(mesh, np.arange(len(mesh.triangles)) % 3 == 0)
    for one in (mesh, finer):
        domain = distribute(one)
        assert domain.interface_length == pytest.approx(ROUGH.length, rel=1e-12)
        assert CurrentSolver(domain).contact_size == pytest.approx(ROUGH.length, rel=1e-12)
        assert np.all(np.diff(one.interface_arc_length) > 0)
    # nodes of the first mesh have the arc length of their point
    at = np.column_stack(mesh.outline.at(mesh.interface_arc_length))
    apart = np.hypot(*(at - mesh.points[mesh.interface_nodes]).T)
    on_profile = np.isin(mesh.interface_arc_length.round(15), ROUGH.arc_length.round(15))
    assert on_profile.sum() >= 100
    assert apart[on_profile].max() < 1e-12


def test_the_current_is_known_at_every_point_of_the_profile() -> None:
    solver = CurrentSolver(distribute(mesh_line(WAVE, 20 * UM)))
    law = ButlerVolmer(100.0, 0.5, 0.5, 298.0)
    samples = solver.solve(CurrentProblem(0.1, 30.0, law)).samples
    assert np.all(np.diff(samples.arc_length) >= 0)
    apart, _ = cKDTree(np.column_stack([samples.x, samples.z])).query(
        np.column_stack([WAVE.x, WAVE.z])
    )
    assert apart.max() < 1e-12
    # also between nodes: the wave is even, and so is the current along it
    mirrored = np.interp(WAVE.length - samples.arc_length, samples.arc_length, samples.potential)
    spread = samples.potential.max() - samples.potential.min()
    assert np.abs(mirrored - samples.potential).max() < 0.003 * spread


def test_chords_that_would_cross_are_not_taken() -> None:
    # two wavy walls side by side: points are dropped at other places of one than of the other
    t = np.linspace(0, 10, 400)
    wave = np.sin(0.8 * np.pi * t)
    left, right = np.array([[9.9], [10.1]]) + wave
    x = np.concatenate([[0.0], left, right[::-1], [20.0]])
    z = np.concatenate([[0.0], -t, -t[::-1], [0.0]])
    mesh = mesh_line(Profile(x * UM, z * UM), 30 * UM, Thinning(90.0, 3))
    assert not mesh.outline.is_thinned
    assert mesh.quality.inverted == 0
    assert len(mesh.interface_nodes) >= len(x)
