# SPDX-License-Identifier: BSD-3-Clause
"""The whole tensor: laminates, checkerboards, turned images, both conditions, its bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from volume_examples import CUBES, blobs, solved

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSettings, VolumeSlab
from interfacefem.conduction.tensor import ConductivityTensor, conductivity_tensor

SIDES = pytest.mark.parametrize("sides", ["periodic", "linear"])
TWO = {1: 1.0, 0: 0.1}


def tensor(labels, sigma, sides="periodic", size=CUBES, residual=1e-6) -> ConductivityTensor:
    volume = VolumeSlab.of(SegmentedVolume(labels, size))
    return conductivity_tensor(volume, sigma, sides, settings=ConductionSettings(residual=residual))


@SIDES
def test_one_conductor_is_isotropic(sides) -> None:
    found = tensor(np.ones((5, 6, 7), np.uint8), {1: 2.5}, sides, (2e-6, 1e-6, 3e-6))
    np.testing.assert_allclose(found.tensor, 2.5 * np.eye(3), atol=1e-5)
    assert found.anisotropy < 1e-5


@pytest.mark.parametrize("normal", [0, 1, 2])
def test_layers_conduct_in_series_and_in_parallel(normal) -> None:
    labels = np.zeros((8, 12, 10), np.uint8)
    np.moveaxis(labels, normal, 0)[: labels.shape[normal] // 2] = 1
    found = tensor(labels, TWO, size=(2e-6, 1e-6, 3e-6))
    expected = np.full(3, 0.55)
    expected[normal] = 1 / (0.5 / 1.0 + 0.5 / 0.1)
    np.testing.assert_allclose(found.tensor, np.diag(expected), atol=1e-5)
    assert abs(found.directions[2, normal]) == pytest.approx(1)


def stairs(n: int) -> np.ndarray:
    """Layers at 45 degrees in the first two axes, half a period each of half the box."""
    place = np.add.outer(np.arange(n), np.arange(n))
    return ((place % n) < n // 2).astype(np.uint8)[:, :, None].repeat(2, 2)


def test_a_laminate_at_an_angle_has_its_principal_axes_there() -> None:
    across, along = 1 / (0.5 / 1.0 + 0.5 / 0.1), 0.55
    errors = []
    for n in (12, 24, 48):
        found = tensor(stairs(n), TWO)
        assert found.asymmetry < 1e-5
        # across the stairs no current turns: the harmonic mean to rounding
        np.testing.assert_allclose(found.principal[2], across, rtol=1e-4)
        np.testing.assert_allclose(
            np.abs(found.directions[2]), [math.sqrt(0.5), math.sqrt(0.5), 0], atol=1e-4
        )
        # along the third axis nothing is cut; along the stairs their corners cost the first order
        assert found.tensor[2, 2] == pytest.approx(along, rel=1e-5)
        in_plane = found.tensor[0, 0] - found.tensor[0, 1]
        errors.append(abs(in_plane - along))
        assert found.tensor[0, 1] < 0
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (orders > 0.8).all(), errors


def test_a_checkerboard_is_isotropic_and_the_geometric_mean() -> None:
    # J. B. Keller, J. Math. Phys. 5, 548 (1964)
    errors = []
    for cells in (4, 8, 16):
        squares = np.add.outer(np.arange(2 * cells) // cells, np.arange(2 * cells) // cells) % 2
        found = tensor(squares[:, :, None].astype(np.uint8), {1: 2.0, 0: 1.0})
        assert found.tensor[0, 0] == pytest.approx(found.tensor[1, 1], rel=1e-5)
        assert found.tensor[0, 1] == pytest.approx(0, abs=1e-5)
        errors.append(abs(found.tensor[0, 0] / math.sqrt(2) - 1))
    assert errors[2] < errors[1] < errors[0]
    assert errors[2] < 5e-3


@SIDES
@pytest.mark.parametrize("sigma", [{1: 1.0}, {1: 1.0, 0: 0.05}])
def test_a_turned_image_has_the_turned_tensor(sides, sigma) -> None:
    labels = blobs((14, 16, 18), 0.65)
    whole = tensor(labels, sigma, sides)
    turned = tensor(np.ascontiguousarray(labels.transpose(1, 2, 0)), sigma, sides)
    np.testing.assert_allclose(turned.tensor, whole.tensor[np.ix_([1, 2, 0], [1, 2, 0])], atol=1e-4)
    mirrored = tensor(np.ascontiguousarray(labels[::-1]), sigma, sides)
    signs = np.diag([-1, 1, 1])
    np.testing.assert_allclose(mirrored.tensor, signs @ whole.tensor @ signs, atol=1e-4)
    assert whole.asymmetry < 1e-4


def test_the_principal_values_of_a_body_turn_with_it() -> None:
    # the same layers at two angles that fit the box: principal values agree to their voxels' error
    def layers(a: int, b: int, n: int) -> np.ndarray:
        place = np.add.outer(a * np.arange(n), b * np.arange(n)) % n
        return (place < n // 2).astype(np.uint8)[:, :, None].repeat(2, 2)

    one, two = tensor(layers(1, 2, 60), TWO), tensor(layers(2, 1, 60), TWO)
    np.testing.assert_allclose(one.principal, two.principal, rtol=1e-4)
    across = np.abs(one.directions[2])
    # the normal of layers with i + 2 j constant
    np.testing.assert_allclose(across, np.array([1, 2, 0]) / math.sqrt(5), atol=0.02)
    assert one.principal[2] == pytest.approx(2 / 11, rel=0.05)


def test_linear_sides_lie_above_plates_and_periodic_ones() -> None:
    # each condition restricts the potential more than the one below it
    labels = blobs((20, 20, 20), 0.6)
    sigma = {1: 1.0, 0: 0.02}
    linear, periodic = (tensor(labels, sigma, sides) for sides in ("linear", "periodic"))
    for axis in range(3):
        plates = solved(labels, sigma, axis).sigma_eff
        assert plates < linear.tensor[axis, axis] * (1 + 1e-5)
    assert np.linalg.eigvalsh(linear.tensor - periodic.tensor).min() > -1e-5
    # and above the mean in series of the phases
    assert periodic.principal.min() > 1 / (labels.mean() + (1 - labels.mean()) / 0.02)


def test_what_nothing_crosses_conducts_nothing_that_way() -> None:
    labels = np.ones((8, 9, 10), np.uint8)
    labels[4] = 0
    found = tensor(labels, {1: 1.0})
    np.testing.assert_allclose(found.tensor, np.diag([0, 7 / 8, 7 / 8]), atol=1e-5)


def test_iterations_hardly_grow_with_the_box() -> None:
    for n in (16, 32):
        labels = blobs((n, n, n), 0.6)
        assert max(tensor(labels, {1: 1.0}, "linear", residual=3e-5).iterations) <= 10
        # 46 and 110 where the preconditioner knows nothing of the faces
        assert max(tensor(labels, {1: 1.0}, "periodic", residual=3e-5).iterations) <= 40
