# SPDX-License-Identifier: BSD-3-Clause
"""Descriptors of segmented volumes against exact values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage
from volume_examples import blobs

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import InputError
from interfacefem.units import UM
from interfacefem.volumes.chords import chord_lengths
from interfacefem.volumes.description import (
    describe_volume,
    description_result,
    flux_tortuosity_factors,
)
from interfacefem.volumes.distance_transform import squared_distance
from interfacefem.volumes.interface_areas import (
    REACH,
    interface_areas,
    surface_area,
    triple_line_shares,
)
from interfacefem.volumes.local_thickness import local_thickness
from interfacefem.volumes.random_walk import random_walk
from interfacefem.volumes.representative_volume import representative_volume

UNIT = (1.0, 1.0, 1.0)


def ball(radius: float, centre: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Voxels whose centres lie in a ball."""
    places = np.moveaxis(np.indices(shape) + 0.5, 0, -1)
    return ((places - centre) ** 2).sum(axis=-1) < radius**2


@pytest.mark.parametrize("radius", [10.0, 11.3, 14.0, 20.0, 30.0])
def test_area_of_a_sphere_within_one_percent(radius) -> None:
    shape = (int(2 * radius) + 12,) * 3
    for seed in range(3):
        centre = np.array(shape) / 2 + np.random.default_rng(seed).uniform(-0.5, 0.5, 3)
        area = surface_area(ball(radius, centre, shape), UNIT)
        assert area == pytest.approx(4 * np.pi * radius**2, rel=0.01)


def test_area_with_voxels_of_unequal_edges() -> None:
    z, y, x = np.indices((100, 50, 60)) + 0.5
    inside = ((0.5 * (z - 50)) ** 2 + (y - 25) ** 2 + (0.9 * (x - 30)) ** 2) < 18.0**2
    area = surface_area(inside, (0.5, 1.0, 0.9))
    assert area == pytest.approx(4 * np.pi * 18**2, rel=0.01)


def test_outer_faces_do_not_count_and_planes_are_exact() -> None:
    inside = np.zeros((70, 20, 30), dtype=bool)
    inside[33:] = True
    assert surface_area(inside, (2.0, 0.5, 3.0)) == pytest.approx(20 * 0.5 * 30 * 3, rel=1e-4)


def test_interfaces_of_a_ball_that_two_phases_share() -> None:
    radius, shape = 20.0, (60, 60, 60)
    labels = np.zeros(shape, dtype=np.uint8)
    inside = ball(radius, np.array([30.0, 30.0, 30.0]), shape)
    labels[inside] = 3
    labels[:30][inside[:30]] = 5
    areas = interface_areas(labels, (0, 3, 5), UNIT)
    # flat between the halves, half a sphere each toward the outside; edges where three phases meet
    # are rounded, which costs a strip narrower than a voxel along them
    rim = 2 * np.pi * radius
    assert areas.interface[3, 5] == pytest.approx(np.pi * radius**2, abs=rim)
    for half in ((0, 3), (0, 5)):
        assert areas.interface[half] == pytest.approx(2 * np.pi * radius**2, rel=0.02)
    assert areas.surface[3] == pytest.approx(areas.interface[0, 3] + areas.interface[3, 5])


def test_triple_lines_are_counted_where_a_ball_lies_in_a_plane() -> None:
    radius, n = 14, 40
    place = np.indices((n, n, n)) - (n - 1) / 2
    labels = np.where(place[0] > 0, 2, 1).astype(np.uint8)
    labels[np.linalg.norm(place, axis=0) < radius] = 3
    shares = triple_line_shares(labels, (1, 2, 3))
    # a cap of height REACH or so beside the equator has that share of the hemisphere's area
    assert shares[1, 3] == pytest.approx(REACH / radius, abs=1.5 / radius)
    assert shares[1, 3] == shares[2, 3]
    # of the plane, a ring of that width about the ball
    ring = 2 * math.pi * radius * (REACH + 0.5) / (n**2 - math.pi * radius**2)
    assert shares[1, 2] == pytest.approx(ring, rel=0.2)
    assert set(triple_line_shares((labels > 2).astype(np.uint8), (0, 1)).values()) == {0.0}
    areas = interface_areas(labels, (1, 2, 3), UNIT)
    # away from triple lines areas are right: what is missing is no more than lies beside them
    missing = 1 - areas.interface[1, 3] / (2 * math.pi * radius**2)
    assert -0.01 < missing < shares[1, 3]


def test_few_voxels_to_a_feature_and_biased_walks_are_said() -> None:
    volume = SegmentedVolume(blobs((24, 24, 24), 0.5), UNIT)
    description = describe_volume(volume, (1,), flux_tortuosity=flux_tortuosity_factors)
    result = description_result(description)
    count = result["phases"]["1"]["voxels_per_feature"]
    assert count == pytest.approx(min(result["phases"]["1"]["mean_chord_um"]) * 1e-6 / UNIT[0])
    assert count < 10
    assert any("voxels to a feature" in note for note in result["notes"])
    walk = result["phases"]["1"]["random_walk_tortuosity_factor"]
    flux = result["phases"]["1"]["flux_tortuosity_factor"]
    bias = result["phases"]["1"]["random_walk_bias"]
    np.testing.assert_allclose(bias, np.divide(walk, flux) - 1)
    without = description_result(describe_volume(volume, (1,)))
    assert any("random walks" in note for note in without["notes"])


@pytest.mark.slow
@pytest.mark.parametrize(("fraction", "said"), [(0.2, 0.3), (0.4, 0.15), (0.8, 0.15)])
def test_the_bias_of_walks_is_within_what_is_said(fraction, said) -> None:
    volume = SegmentedVolume(blobs((48, 48, 48), fraction), UNIT)
    walk = random_walk(volume.labels == 1, UNIT)
    flux = flux_tortuosity_factors(volume, (1,))
    for walked, error, exact in zip(walk.tortuosity_factor, walk.standard_error, flux, strict=True):
        assert abs(walked / exact - 1) < said + 3 * error / exact


def test_interfaces_of_four_layers() -> None:
    labels = np.repeat(np.arange(4), 10)[:, None, None] * np.ones((1, 12, 15), dtype=int)
    areas = interface_areas(labels, (0, 1, 2, 3), UNIT)
    for pair, area in areas.interface.items():
        touching = pair[1] - pair[0] == 1
        assert area == pytest.approx(12 * 15 if touching else 0, abs=0.02)


def test_chords_of_layers_and_of_a_ball() -> None:
    labels = np.zeros((30, 7, 5), dtype=np.uint8)
    labels[4:10] = labels[15:19] = labels[25:] = 1
    along, across, _ = (
        chord_lengths(SegmentedVolume(labels, (0.5 * UM, UM, UM)), axis)[1] for axis in range(3)
    )
    assert along.number == 2 * 35
    assert along.left_out == 35  # the last layer touches the border
    assert along.mean == pytest.approx(2.5 * UM)
    assert along.length_weighted_mean == pytest.approx((3**2 + 2**2) / 5 * UM)
    assert across.number == 0
    assert np.isnan(across.mean)

    radius = 40.0
    labels = ball(radius, np.array([45.2, 45.1, 44.7]), (90, 90, 90)).astype(np.uint8)
    for axis in range(3):
        chord = chord_lengths(SegmentedVolume(labels, UNIT), axis)[1]
        # Cauchy: four times volume over surface
        assert chord.mean == pytest.approx(4 * radius / 3, rel=0.005)


@pytest.mark.parametrize("spacing", [UNIT, (1.0, 2.0, 0.7)])
def test_distances_equal_those_of_scipy(spacing) -> None:
    inside = ndimage.gaussian_filter(np.random.default_rng(2).standard_normal((40, 30, 35)), 2) > 0
    exact = ndimage.distance_transform_edt(inside, sampling=spacing)
    np.testing.assert_allclose(np.sqrt(squared_distance(inside, spacing)), exact, atol=1e-5)
    assert np.isinf(squared_distance(np.ones((3, 3, 3), dtype=bool), spacing)).all()


def test_local_thickness_of_slabs_a_cylinder_and_balls() -> None:
    inside = np.zeros((60, 40, 40), dtype=bool)
    inside[5:12] = inside[20:41] = True
    thickness = local_thickness(inside, (0.5, 0.5, 0.5))
    np.testing.assert_allclose(thickness[5:12], 3.5, rtol=1e-6)
    np.testing.assert_allclose(thickness[20:41], 10.5, rtol=1e-6)
    assert (thickness[~inside] == 0).all()

    y, x = np.indices((50, 50)) + 0.5
    rod = np.repeat(((y - 25.5) ** 2 + (x - 25.5) ** 2 < 15.0**2)[None], 20, axis=0)
    assert np.median(local_thickness(rod, UNIT)[rod]) == pytest.approx(30, abs=2.0)
    # a ball keeps its own diameter beside a larger one
    shape = (50, 50, 90)
    small, large = (
        ball(radius, np.array([25.5, 25.5, place]), shape)
        for radius, place in ((8.0, 12.5), (20.0, 60.5))
    )
    thickness = local_thickness(small | large, UNIT)
    assert np.median(thickness[small]) == pytest.approx(16, abs=2.0)
    assert np.median(thickness[large]) == pytest.approx(40, abs=2.0)


def test_local_thickness_against_all_balls() -> None:
    field = ndimage.gaussian_filter(np.random.default_rng(4).standard_normal((32, 32, 32)), 2)
    inside = field > 0
    radius = ndimage.distance_transform_edt(inside)
    largest = radius.copy()
    places = np.argwhere(inside).astype(float)
    of_place = radius[inside]
    for index, place in enumerate(places):
        covers = ((places - place) ** 2).sum(axis=1) < of_place**2 - 1e-6
        largest[tuple(places[index].astype(int))] = max(of_place[index], of_place[covers].max())
    found = local_thickness(inside, UNIT)[inside]
    exact = 2 * largest[inside] - 1
    assert (found <= exact + 1e-4).all()
    assert found.mean() == pytest.approx(exact.mean(), rel=0.01)


def test_representative_volume_of_independent_voxels() -> None:
    share = 0.3
    inside = np.random.default_rng(6).random((96, 96, 96)) < share
    curve = representative_volume(inside, (0.1, 0.1, 0.1))
    assert curve is not None
    # the integral range is one voxel, and Var = f (1 - f)/n
    assert curve.integral_range == pytest.approx(0.1**3, rel=0.2)
    expected = np.sqrt(share * (1 - share) / (curve.edge / 0.1) ** 3)
    np.testing.assert_allclose(curve.sd[:8], expected[:8], rtol=0.15)
    np.testing.assert_allclose(curve.mean, share, atol=0.01)
    assert curve.fraction_sd == pytest.approx(np.sqrt(share * (1 - share) / 96**3), rel=0.1)
    held = 0.1 * (0.7 / 0.3 * (1.96 / 0.05) ** 2) ** (1 / 3)
    assert curve.representative_edge == pytest.approx(held, rel=0.1)
    assert (curve.low <= curve.mean).all()
    assert (curve.high >= curve.mean).all()
    assert representative_volume(inside[:8], UNIT) is None


def test_random_walk_in_free_space_and_in_layers() -> None:
    free = random_walk(np.ones((9, 12, 7), dtype=bool), (1.0, 1.3, 0.8))
    for factor, error in zip(free.tortuosity_factor, free.standard_error, strict=True):
        assert error < 0.03
        assert abs(factor - 1) < 3 * error
    layers = np.zeros((10, 12, 12), dtype=bool)
    layers[3:6] = True
    walk = random_walk(layers, UNIT)
    assert np.isinf(walk.tortuosity_factor[0])
    for factor, error in zip(walk.tortuosity_factor[1:], walk.standard_error[1:], strict=True):
        assert abs(factor - 1) < 3 * error
    assert walk.square_displacement[-1] / walk.time[-1] == pytest.approx(2 / 3, rel=0.05)


def test_random_walk_agrees_with_conduction() -> None:
    field = ndimage.gaussian_filter(np.random.default_rng(9).standard_normal((48, 48, 48)), 2)
    volume = SegmentedVolume((field > np.quantile(field, 0.5)).astype(np.uint8), UNIT)
    walk = random_walk(volume.labels == 1, UNIT)
    flux = flux_tortuosity_factors(volume, (1,))
    for walked, error, exact in zip(walk.tortuosity_factor, walk.standard_error, flux, strict=True):
        assert exact is not None
        assert abs(walked - exact) < 3.5 * error + 0.03 * exact


def test_description_of_three_phases_with_filled_pores() -> None:
    generator = np.random.default_rng(11)
    solid, kind = (
        ndimage.gaussian_filter(generator.standard_normal((48, 48, 48)), 3) for _ in range(2)
    )
    solids = np.where(kind > 0, 1, 2)
    labels = np.where(solid < np.quantile(solid, 0.25), 0, solids).astype(np.uint8)
    volume = SegmentedVolume(labels, (0.1 * UM, 0.1 * UM, 0.1 * UM))
    description = describe_volume(
        volume, (1,), filled=(0,), flux_tortuosity=flux_tortuosity_factors
    )
    result = description_result(description)
    phase = result["phases"]["1"]
    assert phase["volume_fraction"] == pytest.approx(np.mean(labels == 1))
    # pores that conduct make paths straighter, by walk and by flux
    for filled, bare in (
        ("filled_flux_tortuosity_factor", "flux_tortuosity_factor"),
        ("filled_random_walk_tortuosity_factor", "random_walk_tortuosity_factor"),
    ):
        assert max(phase[filled]) < min(phase[bare])
    surface = result["specific_surface_per_um"]
    interface = result["specific_interface_per_um"]
    assert surface["1"] == pytest.approx(interface["0-1"] + interface["1-2"], rel=1e-9)
    # Cauchy: twice the number of crossings of a straight line, for a phase without direction
    crossings = [np.diff((labels == 1).astype(int), axis=axis) != 0 for axis in range(3)]
    cauchy = 2 * np.mean([crossing.mean() for crossing in crossings]) / 0.1
    assert surface["1"] == pytest.approx(cauchy, rel=0.15)
    with pytest.raises(InputError, match="fill: no phase"):
        describe_volume(SegmentedVolume(np.minimum(labels, 1), UNIT), (1,), filled=(0,))
