# SPDX-License-Identifier: BSD-3-Clause
"""Current at the electrode's plane: exact cases, what the figures draw, fields for ParaView."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from volume_examples import CUBES, blobs

from interfacefem.conduction.electrode_plane import plane_current
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSettings, ConductionSolver, VolumeSlab
from interfacefem.errors import VolumeError
from interfacefem.report.volume_transport_figures import plane_figure
from interfacefem.volumes.image_data import write_potential

AXES = pytest.mark.parametrize("axis", [0, 1, 2])
TIGHT = ConductionSettings(residual=1e-9, flux_spread=1e-7)


def solve(labels: np.ndarray, sigma: dict[int, float], axis: int = 0, size=CUBES):
    volume = VolumeSlab.of(SegmentedVolume(labels, size))
    return ConductionSolver(volume, sigma).solve(axis, TIGHT), volume


@AXES
@pytest.mark.parametrize("end", [0, 1])
def test_insulating_hemisphere_on_the_plate(axis, end) -> None:
    # i / i0 = 1 + a^3 / (2 r^3): a dipole, its image in the plate included; a quarter of the
    # hemisphere stands in the corner, the insulated sides are its planes of symmetry
    radius, count = 10, 60
    places = np.arange(count) + 0.5
    distance = np.sqrt(places[:, None, None] ** 2 + places[:, None] ** 2 + places**2)
    labels = (distance > radius).astype(np.uint8)
    if end == 1:
        labels = np.flip(labels, axis)
    conduction, volume = solve(labels, {1: 3.0}, axis)
    plane = plane_current(conduction, volume, end=end)
    assert plane is not None
    r = np.hypot(places[:, None], places)
    np.testing.assert_array_equal(plane.contact, r > radius - 1e-9 + 0.02 * (r < radius))
    near = (r > 1.3 * radius) & (r < 3 * radius)
    slope, i0 = np.polyfit(r[near] ** -3.0, plane.relative[near], 1)
    assert slope / i0 == pytest.approx(radius**3 / 2, rel=0.06)
    fitted = i0 * (1 + radius**3 / 2 * r[near] ** -3.0)
    np.testing.assert_allclose(plane.relative[near], fitted, rtol=0.02)


@AXES
@pytest.mark.parametrize("end", [0, 1])
def test_columns_share_the_current_by_their_conductivities(axis, end) -> None:
    labels = np.zeros((12, 12, 12), np.uint8)
    block = [slice(None)] * 3
    block[(axis + 1) % 3] = slice(0, 6)
    labels[tuple(block)] = 1
    block[(axis + 1) % 3] = slice(6, 9)
    labels[tuple(block)] = 2
    conduction, volume = solve(labels, {1: 1.0, 2: 4.0}, axis)
    for planes in (0, 5, 11):
        plane = plane_current(conduction, volume, planes=planes, end=end)
        assert plane is not None
        assert plane.depth == pytest.approx(planes * 1e-6)
        assert plane.contact_share == 0.75
        # mean 0.5 * 1 + 0.25 * 4 = 1.5; a third of the contact carries 4 / 1.5
        assert plane.hot_spot_factor == pytest.approx(4 / 1.5, rel=1e-6)
        assert plane.quantile(0.5) == pytest.approx(1 / 1.5, rel=1e-6)
        assert plane.share_above(2.0) == pytest.approx(1 / 3)
        assert plane.safe_current_density(10.0, 0.99) == pytest.approx(10 * 1.5 / 4, rel=1e-6)
        assert plane.safe_current_density(10.0, 0.5) == pytest.approx(10 * 1.5, rel=1e-6)


def test_mean_over_every_plane_is_the_applied_current() -> None:
    conduction, volume = solve(blobs((24, 20, 22), 0.5), {1: 1.0})
    for planes in range(24):
        plane = plane_current(conduction, volume, planes=planes)
        assert plane is not None
        assert plane.relative.mean() == pytest.approx(1, rel=1e-12)
        # what flows back counts less than the rest
        assert plane.relative.min() < plane.quantile(0.5) < plane.hot_spot_factor


def test_no_plane_without_current_and_none_outside() -> None:
    labels = np.zeros((8, 8, 8), np.uint8)
    labels[:4] = 1
    conduction, volume = solve(labels, {1: 1.0})
    assert plane_current(conduction, volume) is None
    with pytest.raises(VolumeError, match="lies outside the volume"):
        plane_current(conduction, volume, planes=8)


def test_the_figure_draws_the_numbers() -> None:
    conduction, volume = solve(blobs((20, 24, 28), 0.6), {1: 1.0})
    planes = [plane_current(conduction, volume, planes=k) for k in (0, 3, 9)]
    plane = planes[0]
    assert plane is not None
    figure = plane_figure(plane, planes, (1e-6, 2e-6, 3e-6), 0, relative_critical=1.5)
    left, middle, right = figure.axes[:3]
    drawn = left.images[0].get_array()
    np.testing.assert_allclose(drawn.compressed(), plane.relative[plane.contact])
    np.testing.assert_array_equal(~drawn.mask, plane.contact)
    np.testing.assert_allclose(left.images[0].get_extent(), (0, 28 * 3, 0, 24 * 2))
    shares = [bar.get_height() for bar in middle.patches]
    assert sum(shares) == pytest.approx(100)
    lines = sorted(float(line.get_xdata()[0]) for line in middle.lines)
    assert lines == pytest.approx(sorted([plane.quantile(0.99), 1.5]))
    drawn_at = {line.get_label(): line.get_xydata() for line in right.lines}
    np.testing.assert_allclose(drawn_at["largest"][:, 0], (0, 3, 9))
    np.testing.assert_allclose(
        drawn_at["99 % quantile"][:, 1], [one.quantile(0.99) for one in planes]
    )
    np.testing.assert_allclose(drawn_at["largest"][:, 1], [one.hot_spot_factor for one in planes])


def read_image_data(path: Path) -> tuple[str, dict[str, np.ndarray]]:
    """A VTI file's head and its arrays, as the VTK file format describes them."""
    data = path.read_bytes()
    marker = b'<AppendedData encoding="raw">\n_'
    begin = data.index(marker) + len(marker)
    head = data[: begin - len(marker)].decode()
    arrays = {}
    for kind, name, offset in re.findall(
        r'type="(\w+)" Name="(\w+)" format="appended" offset="(\d+)"', head
    ):
        start = begin + int(offset)
        size = int(np.frombuffer(data, "<u8", 1, start)[0])
        dtype = {"UInt8": "<u1", "Float32": "<f4"}[kind]
        count = size // np.dtype(dtype).itemsize
        arrays[name] = np.frombuffer(data, dtype, count, start + 8)
    return head, arrays


def test_fields_for_paraview(tmp_path) -> None:
    labels = blobs((10, 12, 14), 0.6)
    conduction, volume = solve(labels, {1: 1.0}, size=(3e-6, 2e-6, 1e-6))
    write_potential(tmp_path / "potential.vti", conduction, volume)
    head, arrays = read_image_data(tmp_path / "potential.vti")
    # x runs fastest: axis 2
    assert 'WholeExtent="0 14 0 12 0 10"' in head
    assert 'Spacing="1e-06 2e-06 3e-06"' in head
    np.testing.assert_array_equal(arrays["label"], labels.ravel())
    np.testing.assert_allclose(arrays["potential"], conduction.potential.ravel(), rtol=1e-6)
