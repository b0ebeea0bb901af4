# SPDX-License-Identifier: BSD-3-Clause
"""Conduction through segmented volumes: exact cases, bounds, invariances, published numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse
from scipy.ndimage import label as label_parts
from scipy.sparse.linalg import spsolve
from volume_examples import CUBES, EXACT, blobs, solved

from interfacefem.conduction.balanced_flow import lead_to_plates
from interfacefem.conduction.connectivity import connect, connected_to_both
from interfacefem.conduction.gamg import gamg_conduction
from interfacefem.conduction.matrix import ConductionMatrix
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSettings, deal_slabs
from interfacefem.errors import ConvergenceError, VolumeError
from interfacefem.mpi import MPI
from interfacefem.volumes.reading import read_volume

AXES = pytest.mark.parametrize("axis", [0, 1, 2])
MICROMETRES = (1e-6, 1e-6, 1e-6)


def layers(axis: int, thickness: tuple[int, ...], others: int = 7) -> np.ndarray:
    """Layers of labels 1, 2, ... normal to an axis."""
    line = np.repeat(np.arange(1, len(thickness) + 1), thickness).astype(np.uint8)
    shape = [others] * 3
    shape[axis] = len(line)
    return np.moveaxis(np.broadcast_to(line, (others, others, len(line))), 2, axis).copy()


@AXES
@pytest.mark.parametrize("voxel_size", [CUBES, (3e-6, 1e-6, 0.5e-6)])
def test_laminates_in_series_and_in_parallel(axis, voxel_size) -> None:
    thickness, values = (11, 20, 9), {1: 1.0, 2: 0.1, 3: 3.7}
    labels = layers(axis, thickness)
    share = np.array(thickness) / sum(thickness)
    sigma = np.array(list(values.values()))
    series = solved(labels, values, axis, voxel_size)
    assert series.sigma_eff == pytest.approx(1 / np.sum(share / sigma), rel=1e-10)
    assert series.flux_spread < 1e-10
    parallel = solved(labels, values, (axis + 1) % 3, voxel_size)
    assert parallel.sigma_eff == pytest.approx(share @ sigma, rel=1e-10)
    assert parallel.tortuosity_factor == pytest.approx(1, rel=1e-10)


@AXES
def test_straight_tube_conducts_by_its_cross_section(axis) -> None:
    labels = np.zeros((20, 22, 25), np.uint8)
    tube = [slice(5, 9), slice(6, 11), slice(3, 10)]
    tube[axis] = slice(None)
    labels[tuple(tube)] = 3
    found = solved(labels, {3: 2.5}, axis)
    assert found.sigma_eff == pytest.approx(2.5 * np.mean(labels == 3), rel=1e-10)
    assert found.tortuosity_factor == pytest.approx(1, rel=1e-10)
    assert found.connected_fraction == 1
    # the potential is the linear drop, half a voxel from the plates at the ends
    count = labels.shape[axis]
    along = np.nanmean(np.moveaxis(found.potential, axis, 0).reshape(count, -1), axis=1)
    np.testing.assert_allclose(along, 1 - (np.arange(count) + 0.5) / count, atol=1e-10)


def checkerboard(cells: int) -> np.ndarray:
    """One period of squares of 1 and 2, with ``cells`` voxels to a square, seen along axis 0."""
    squares = np.add.outer(np.arange(2 * cells) // cells, np.arange(2 * cells) // cells) % 2 + 1
    return squares[:, :, None].astype(np.uint8)


def test_checkerboard_is_the_geometric_mean_by_the_declared_order() -> None:
    # a corner where conductivities 1 and 4 meet: potential of order r^lambda, so that the energy
    # misses by h^(2 lambda) with lambda = (4/pi) atan(sqrt(s2/s1)) - 1 short of 1; see
    # J. B. Keller, J. Math. Phys. 5, 548 (1964)
    ratio = 2.0
    errors = []
    for cells in (4, 8, 16, 32):
        found = solved(checkerboard(cells), {1: 1.0, 2: ratio}, 0)
        errors.append(abs(found.sigma_eff / math.sqrt(ratio) - 1))
    assert errors[-1] < 2e-3
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (orders > 1).all()


def test_simple_cubic_spheres_against_the_published_series() -> None:
    # D. R. McKenzie, R. C. McPhedran, G. H. Derrick, Proc. R. Soc. A 362, 211 (1978)
    published = {(0.0, 0.1): 0.8571, (0.0, 0.2): 0.7267, (0.0, 0.3): 0.60566, (10.0, 0.3): 1.88774}
    for (ratio, fraction), exact in published.items():
        n = 64
        radius = n * (3 * fraction / (4 * math.pi)) ** (1 / 3)
        centres = np.indices((n, n, n)) - (n - 1) / 2
        labels = (np.linalg.norm(centres, axis=0) > radius).astype(np.uint8)
        # the fraction that the voxels have differs a little
        found = solved(labels, {1: 1.0, 0: ratio}, 0, settings=None)
        assert found.sigma_eff == pytest.approx(exact, rel=0.02), (ratio, fraction)


def direct(labels: np.ndarray, sigma: dict[int, float], axis: int, size) -> float:
    """The same finite volumes, assembled and solved directly."""
    values = np.vectorize(lambda label: sigma.get(int(label), 0.0))(labels)
    values = np.moveaxis(values, axis, 0)
    size = [size[axis], *[size[other] for other in range(3) if other != axis]]
    conducts = values > 0
    parts, _ = label_parts(conducts)
    through = np.intersect1d(parts[0], parts[-1])
    values = np.where(np.isin(parts, through[through > 0]), values, 0)
    numbers = np.full(values.shape, -1)
    numbers[values > 0] = np.arange(np.count_nonzero(values))
    count = numbers.max() + 1
    rows, columns, entries = [], [], []
    weights = [math.prod(size) / one**2 for one in size]
    for along, weight in enumerate(weights):
        a, b = np.moveaxis(numbers, along, 0)[:-1], np.moveaxis(numbers, along, 0)[1:]
        s, t = np.moveaxis(values, along, 0)[:-1], np.moveaxis(values, along, 0)[1:]
        both = (a >= 0) & (b >= 0)
        face = weight * 2 * s[both] * t[both] / (s[both] + t[both])
        for i, j, sign in ((a, a, 1), (b, b, 1), (a, b, -1), (b, a, -1)):
            rows.append(i[both])
            columns.append(j[both])
            entries.append(sign * face)
    plates = np.zeros(count)
    source = np.zeros(count)
    for end in (0, -1):
        there = values[end] > 0
        faces = 2 * weights[0] * values[end][there]
        np.add.at(plates, numbers[end][there], faces)
        if end == 0:
            np.add.at(source, numbers[end][there], faces)
    matrix = sparse.coo_array(
        (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))),
        shape=(count, count),
    ).tocsc() + sparse.diags_array(plates, format="csc")
    x = spsolve(matrix, source)
    current = source.sum() - source @ x
    return current * len(values) / values[0].size / weights[0]


@AXES
@pytest.mark.parametrize("shape", [(13, 16, 19), (8, 9, 31), (1, 24, 25), (40, 3, 12), (5, 5, 5)])
@pytest.mark.parametrize("voxel_size", [CUBES, (4e-6, 1e-6, 1e-6)])
def test_one_phase_against_a_direct_solver(axis, shape, voxel_size) -> None:
    labels = blobs(shape, 0.7)
    found = solved(labels, {1: 3.0}, axis, voxel_size)
    assert found.sigma_eff == pytest.approx(direct(labels, {1: 3.0}, axis, voxel_size), rel=1e-10)


@AXES
@pytest.mark.parametrize("voxel_size", [CUBES, (4e-6, 1e-6, 1e-6)])
def test_many_phases_against_a_direct_solver(axis, voxel_size) -> None:
    labels = np.random.default_rng(5).integers(0, 6, (14, 17, 15)).astype(np.uint8)
    sigma = {1: 1e-3, 2: 0.5, 3: 1.0, 5: 20.0}
    found = solved(labels, sigma, axis, voxel_size)
    assert found.sigma_eff == pytest.approx(direct(labels, sigma, axis, voxel_size), rel=1e-9)


@AXES
@pytest.mark.parametrize("sigma", [{1: 2.0}, {1: 1.0, 0: 0.02}])
def test_gamg_finds_the_same(axis, sigma) -> None:
    labels, size = blobs((30, 28, 33), 0.4), (2e-6, 1e-6, 1e-6)
    found = gamg_conduction(SegmentedVolume(labels, size), sigma, axis)
    assert found.sigma_eff == pytest.approx(solved(labels, sigma, axis, size).sigma_eff, rel=1e-8)


def test_gamg_finds_no_path_where_there_is_none() -> None:
    labels = np.zeros((8, 8, 8), np.uint8)
    labels[:4] = 1
    assert gamg_conduction(SegmentedVolume(labels, CUBES), {1: 1.0}, 0).sigma_eff == 0


@AXES
@pytest.mark.parametrize(
    ("sigma", "voxel_size"),
    [({1: 1.0}, CUBES), ({1: 1.0, 0: 0.03}, CUBES), ({1: 2.0}, (4e-6, 1e-6, 1.5e-6))],
)
def test_bounds_enclose_the_exact_value_at_every_tolerance(axis, sigma, voxel_size) -> None:
    labels = blobs((32, 30, 31), 0.4)
    exact = solved(labels, sigma, axis, voxel_size).sigma_eff
    widths = []
    for residual in (1e-1, 1e-2, 1e-3, 1e-5):
        settings = ConductionSettings(residual=residual, flux_spread=1)
        found = solved(labels, sigma, axis, voxel_size, settings)
        assert 0 < found.sigma_low <= exact * (1 + 1e-12)
        assert exact <= found.sigma_high * (1 + 1e-12)
        widths.append(found.sigma_high / found.sigma_low - 1)
    assert widths[-1] < 1e-5
    assert sorted(widths, reverse=True) == widths


def test_bounds_are_close_where_conductivities_differ_much() -> None:
    # the residual of poor conductors is led through the good one
    labels = blobs((40, 40, 40), 0.4)
    found = solved(labels, {1: 1.0, 0: 1e-3}, settings=None)
    exact = solved(labels, {1: 1.0, 0: 1e-3}).sigma_eff
    assert exact * (1 - 1e-3) < found.sigma_low <= exact


@AXES
def test_all_of_any_residual_is_led_to_the_plates(axis) -> None:
    labels = blobs((17, 14, 19), 0.5)
    slabs = deal_slabs(labels.shape, CUBES, MPI.COMM_SELF)
    runs = connect(labels)
    phases = np.empty_like(labels)
    connected_to_both(runs, axis, slabs, phases)
    matrix = ConductionMatrix(phases, (1.0,), labels.shape, CUBES, axis, slabs)
    r = np.zeros(tuple(count + 2 for count in labels.shape))
    r[1:-1, 1:-1, 1:-1] = np.random.default_rng(0).standard_normal(labels.shape) * phases
    led = lead_to_plates(matrix, r.copy())
    assert led.into_low + led.into_high == pytest.approx(r.sum(), abs=1e-10)
    assert led.dissipation > 0


def test_parts_that_lead_nowhere_change_nothing_but_their_share() -> None:
    labels = np.zeros((24, 24, 24), np.uint8)
    labels[:, 2:8, 2:8] = 1
    alone = solved(labels, {1: 1.0})
    labels[:20, 12:20, 12:20] = 1  # a dead end at one plate
    labels[10:14, 2:6, 12:18] = 1  # an island
    found = solved(labels, {1: 1.0})
    assert found.sigma_eff == pytest.approx(alone.sigma_eff, rel=1e-12)
    assert found.connected_fraction == pytest.approx(24 * 36 / np.count_nonzero(labels))
    # by the whole phase's volume fraction
    mean = np.count_nonzero(labels) / labels.size
    assert found.tortuosity_factor == pytest.approx(mean / alone.sigma_eff, rel=1e-12)
    assert np.isnan(found.potential[15, 15, 15])


def test_voxels_that_touch_at_edges_are_not_connected() -> None:
    labels = np.zeros((8, 8, 8), np.uint8)
    labels[:4, :4, :4] = labels[4:, 4:, 4:] = 1
    found = solved(labels, {1: 1.0})
    assert (found.sigma_eff, found.connected_fraction) == (0, 0)
    assert found.tortuosity_factor is None


def test_mirror_image_and_exchanged_axes_give_the_same() -> None:
    labels = blobs((20, 25, 30), 0.5)
    found = solved(labels, {1: 1.0}, 0)
    assert solved(labels[::-1, :, ::-1].copy(), {1: 1.0}, 0).sigma_eff == pytest.approx(
        found.sigma_eff, rel=1e-11
    )
    turned = np.ascontiguousarray(labels.transpose(1, 2, 0))
    assert solved(turned, {1: 1.0}, 2).sigma_eff == pytest.approx(found.sigma_eff, rel=1e-11)


def test_one_conducting_phase_is_the_same_by_both_ways() -> None:
    # two labels of one conductivity take the way of many phases
    labels = blobs((24, 24, 24), 0.6)
    split = labels * np.random.default_rng(0).integers(1, 3, labels.shape).astype(np.uint8)
    assert solved(split, {1: 7.0, 2: 7.0}).sigma_eff == pytest.approx(
        solved(labels, {1: 7.0}).sigma_eff, rel=1e-11
    )


def test_thin_voxels_need_few_iterations() -> None:
    labels = blobs((64, 64, 64), 0.6)
    flat = solved(labels, {1: 1.0}, 1, (4e-6, 1e-6, 1e-6), settings=None)
    assert flat.iterations <= solved(labels, {1: 1.0}, 1, settings=None).iterations + 4


@pytest.mark.parametrize(
    ("sigma", "message"),
    [
        ({}, "no phase conducts"),
        ({1: 0.0}, "no phase conducts"),
        ({1: -1.0}, "is not a conductivity"),
        ({1: math.nan}, "is not a conductivity"),
        ({9: 1.0}, "does not occur in the volume; found labels 0, 1"),
    ],
)
def test_conductivities_that_make_no_sense(sigma, message) -> None:
    with pytest.raises(VolumeError, match=message):
        solved(blobs((8, 8, 8), 0.5), sigma)


def test_too_few_iterations_are_said() -> None:
    settings = ConductionSettings(residual=1e-12, max_iterations=3)
    with pytest.raises(ConvergenceError, match="after 3 iterations"):
        solved(blobs((32, 32, 32), 0.5), {1: 1.0}, settings=settings)


@pytest.mark.shared_data
@pytest.mark.slow
def test_published_electrode(shared_data) -> None:
    volume = read_volume(
        shared_data / "volumes" / "taufactor_electrode.tiff", voxel_size=MICROMETRES
    )
    exact = (2.0775, 2.0764, 2.2094)
    connected = {}
    for axis, tortuosity in enumerate(exact):
        found = solved(volume.labels, {0: 1.0}, axis, settings=None)
        connected.setdefault(0, found.connected_fraction)
        assert found.tortuosity_factor == pytest.approx(tortuosity, rel=5e-4)
        assert found.volume_fraction == pytest.approx(0.449917, abs=5e-7)
        assert found.flux_spread < 1e-2
        assert found.sigma_high / found.sigma_low - 1 < 1e-4
    for label in (85, 170):
        connected[label] = solved(volume.labels, {label: 1.0}, 0, settings=None).connected_fraction
    assert connected == pytest.approx({0: 0.9989, 85: 0.9611, 170: 0.9740}, abs=6e-5)


@pytest.mark.shared_data
@AXES
def test_published_blobs(shared_data, axis) -> None:
    volume = read_volume(
        shared_data / "volumes" / "openimpala_SampleData_2Phase_stack_3d_1bit.tif",
        voxel_size=MICROMETRES,
    )
    published = {1: (3.166, 3.099, 3.156), 0: (1.7070, 1.7132, 1.7065)}
    for phase, values in published.items():
        found = solved(volume.labels, {phase: 1.0}, axis, settings=None)
        assert found.tortuosity_factor == pytest.approx(values[axis], rel=1e-3)


def test_tight_and_loose_tolerance_agree_to_the_bounds_of_the_loose_one() -> None:
    labels = blobs((48, 48, 48), 0.5)
    loose = solved(labels, {1: 1.0}, 0, settings=None)
    tight = solved(labels, {1: 1.0}, 0, settings=EXACT)
    assert loose.sigma_low <= tight.sigma_eff <= loose.sigma_high
    assert loose.sigma_eff == pytest.approx(tight.sigma_eff, rel=1e-5)


@AXES
def test_single_precision_ends_within_its_own_residual(axis) -> None:
    labels = blobs((48, 40, 44), 0.4)
    single = solved(labels, {1: 1.0}, axis, settings=ConductionSettings(residual=1e-5))
    assert single.potential.dtype == np.float32
    double = solved(labels, {1: 1.0}, axis, settings=ConductionSettings(residual=9e-6))
    assert double.potential.dtype == np.float64
    assert abs(single.iterations - double.iterations) <= 1
    assert single.residual <= 1e-5
    assert single.sigma_eff == pytest.approx(double.sigma_eff, rel=1e-6)
    # energy of the potential that is stored: no rounding takes it below the exact value
    exact = solved(labels, {1: 1.0}, axis).sigma_eff
    assert exact * (1 - 1e-9) <= single.sigma_eff


def test_double_precision_takes_over_where_single_does_not_suffice() -> None:
    # a thin channel between two blocks: little current from the plates, rounding everywhere
    labels = np.ones((60, 40, 40), np.uint8)
    labels[1] = labels[-2] = 0
    labels[1, 20, 20] = labels[-2, 20, 20] = 1
    labels[0] = labels[-1] = 0
    labels[0, 20, 20] = labels[-1, 20, 20] = 1
    settings = ConductionSettings(residual=1e-5)
    found = solved(labels, {1: 1.0}, 0, settings=settings)
    assert found.residual <= 1e-5
    assert found.sigma_eff == pytest.approx(solved(labels, {1: 1.0}).sigma_eff, rel=1e-5)
