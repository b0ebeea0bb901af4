# SPDX-License-Identifier: BSD-3-Clause
"""Boundary edges graded along the curve and across gaps, and the cloud of points that follows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from interfacefem.meshing import Triangulation, mesh_profile, profile_domain
from interfacefem.meshing.boundary_nodes import grade_in_space, interface_nodes
from interfacefem.meshing.point_cloud import graded_points
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import keyhole_pores, self_affine
from interfacefem.units import UM

GROWTH = 0.4


def tent(degrees: float) -> Profile:
    """Straight on the left, turning by an angle in the middle; five segments of 1 um each side."""
    angle = np.radians(degrees)
    left = np.column_stack([np.arange(-5.0, 1.0), np.zeros(6)])
    right = np.arange(1.0, 6.0)[:, None] * [np.cos(angle), -np.sin(angle)]
    return Profile(*(np.vstack([left, right]) * UM).T)


@pytest.mark.parametrize(("degrees", "pieces"), [(0, 10), (20, 10), (30, 12), (-30, 12), (70, 12)])
def test_edges_beside_a_corner_are_cut_in_two(degrees: float, pieces: int) -> None:
    nodes = interface_nodes(tent(degrees), 1 * UM, 2.0)
    lengths = np.hypot(*np.diff(nodes, axis=0).T)
    assert len(lengths) == pieces
    corner = np.argmin(np.hypot(*nodes.T))
    expected = (0.5 if pieces > 10 else 1.0) * UM
    np.testing.assert_allclose(lengths[corner - 1 : corner + 1], expected, rtol=1e-9)


def test_a_coarse_side_is_cut_where_a_fine_one_is_near() -> None:
    fine = np.column_stack([np.linspace(0, 10, 501), np.zeros(501)])
    right = np.array([[10.0, 0.0], [10.0, 0.5]])
    top = np.array([[10.0, 0.5], [5.0, 0.5], [0.0, 0.5]])
    left = np.array([[0.0, 0.5], [0.0, 0.0]])
    graded = grade_in_space([fine, right, top, left], GROWTH)
    np.testing.assert_array_equal(graded[0], fine)
    lengths = np.hypot(*np.diff(graded[2], axis=0).T)
    # edges there may be as long as those 0.5 away plus growth times that, and a quarter
    assert lengths.max() <= 1.25 * (0.02 + GROWTH * 0.55)
    assert lengths.sum() == pytest.approx(10)
    for before, after in zip((right, top, left), graded[1:], strict=True):
        np.testing.assert_allclose(after[[0, -1]], before[[0, -1]])


def test_points_follow_the_finest_demand_not_the_nearest_node() -> None:
    # a channel with edges of 0.05 below and of 2 above: at two thirds of its height
    # the upper nodes are the nearest, but the lower ones demand the shorter edges
    below = np.column_stack([np.linspace(0, 10, 201), np.zeros(201)])
    above = np.column_stack([np.linspace(10, 0, 6), np.full(6, 2.0)])
    ring = np.vstack([below, above])
    nodes = cKDTree(np.vstack([ring, graded_points(ring, 5.0, GROWTH)]))
    for height in (1.1, 1.2, 1.3):
        probes = np.column_stack([np.linspace(1, 9, 200), np.full(200, height)])
        # no square may be wider than 1.25 times the edge length wanted at its middle, which is at
        # most half a diagonal away
        wanted = 0.05 + GROWTH * height
        half_diagonal = 1.25 * wanted / np.sqrt(2)
        assert nodes.query(probes)[0].max() <= half_diagonal / (1 - GROWTH * 1.25 / np.sqrt(2))


ROUGH = {
    **{f"1 um, {seed}": self_affine(1 * UM, 30 * UM, points=600, seed=seed) for seed in range(4)},
    **{
        f"steep, {seed}": self_affine(
            1 * UM, 30 * UM, hurst=0.5, shortest=0.3 * UM, points=1000, seed=seed
        )
        for seed in range(4)
    },
    "pores": keyhole_pores(2 * UM, 1.2 * UM, 6 * UM, 2),
    "pores near the sides": keyhole_pores(1 * UM, 0.4 * UM, 2.2 * UM, 3),
}


@pytest.fixture
def no_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("the quick triangulation was not good enough")

    monkeypatch.setattr(profile_domain, "_triangulate", refuse)


@pytest.mark.usefixtures("no_fallback")
@pytest.mark.parametrize("name", ROUGH)
def test_rough_and_overhanging_profiles_need_no_second_triangulation(name: str) -> None:
    mesh: Triangulation = mesh_profile(ROUGH[name], 25 * UM)
    assert mesh.quality.smallest_angle >= 10
    assert mesh.areas.min() > 0
    assert mesh.areas.sum() == pytest.approx(ROUGH[name].width * 25 * UM, rel=1e-9)
