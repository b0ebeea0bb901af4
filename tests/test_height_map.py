# SPDX-License-Identifier: BSD-3-Clause
"""Height maps: conventions, filters, areal roughness, reading files."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import tifffile

from interfacefem.errors import InputError
from interfacefem.surfaces import HeightMap, areal_roughness
from interfacefem.surfaces.filters import gaussian_lowpass_map, level
from interfacefem.surfaces.height_map import HeightMapError
from interfacefem.surfaces.height_map_files import read_height_map
from interfacefem.surfaces.height_map_samples import crop, fill_missing, resample
from interfacefem.synthetic.height_maps import egg_box, extruded, self_affine_map
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM


def test_extent_and_heights_between_the_samples() -> None:
    height_map = HeightMap(np.array([[0.0, 1.0, 2.0], [4.0, 5.0, 6.0]]) * UM, 2 * UM, 3 * UM)
    assert height_map.width_x == pytest.approx(4 * UM)
    assert height_map.width_y == pytest.approx(3 * UM)
    # a plane is met exactly between its samples
    x, y = np.array([1.0, 3.5]) * UM, np.array([0.3, 2.9]) * UM
    np.testing.assert_allclose(height_map.at(x, y), x / 2 + 4 * y / 3, rtol=1e-12)
    assert height_map.mean_height == pytest.approx(3 * UM)


@pytest.mark.parametrize(
    ("heights", "size", "match"),
    [
        (np.zeros(5), UM, "grid"),
        (np.zeros((1, 5)), UM, "grid"),
        (np.array([[0.0, np.nan], [0.0, 0.0]]), UM, "1 of 4"),
        (np.zeros((3, 3)), 0.0, "pixel_size_x"),
    ],
)
def test_maps_without_sense_are_refused(heights, size, match) -> None:
    with pytest.raises(HeightMapError, match=match):
        HeightMap(heights, size, UM)


def test_a_flipped_map_has_its_peaks_where_it_had_pits() -> None:
    surface = self_affine_map(0.5 * UM, 20 * UM, samples=65, seed=1)
    flipped = surface.flipped()
    assert areal_roughness(flipped).ssk == pytest.approx(-areal_roughness(surface).ssk)
    assert areal_roughness(flipped).sdr == pytest.approx(areal_roughness(surface).sdr)


def test_level_removes_a_plane_and_nothing_else() -> None:
    box = egg_box(0.3 * UM, 10 * UM, 14 * UM, samples=81)
    plane = 0.2 * UM + 0.05 * np.arange(81)[:, None] * UM - 0.03 * np.arange(81) * UM
    tilted = box.with_heights(box.heights + plane)
    np.testing.assert_allclose(level(tilted).heights, level(box).heights, atol=1e-18)


@pytest.mark.parametrize(("cutoff_um", "transmission"), [(10.0, 0.5), (5.0, 0.5**0.25)])
def test_a_wave_of_the_cutoffs_length_keeps_half_its_amplitude(cutoff_um, transmission) -> None:
    row = np.cos(2 * np.pi * np.arange(401) * 0.1 / 10)
    wave = HeightMap(np.tile(row, (301, 1)) * UM, 0.1 * UM, 0.1 * UM)
    smooth = gaussian_lowpass_map(wave, cutoff_um * UM)
    np.testing.assert_allclose(smooth.heights, transmission * wave.heights, atol=2e-3 * UM)


def test_a_cutoff_longer_than_half_the_map_is_refused() -> None:
    with pytest.raises(HeightMapError, match="low-pass cutoff"):
        gaussian_lowpass_map(egg_box(UM, 10 * UM, 10 * UM), 6 * UM)


def test_resampling_keeps_the_extent_and_a_plane() -> None:
    plane = HeightMap(np.add.outer(np.arange(11.0), 2 * np.arange(21.0)) * UM, UM, 2 * UM)
    finer = resample(plane, (21, 31))
    assert (finer.width_x, finer.width_y) == pytest.approx((plane.width_x, plane.width_y))
    assert finer.heights[-1, -1] == pytest.approx(plane.heights[-1, -1])
    assert finer.heights[10, 15] == pytest.approx((5 + 20) * UM)


def test_resampling_to_fewer_samples_does_not_alias() -> None:
    # five samples a wave; every fifth sample alone would see a constant
    row = np.cos(2 * np.pi * np.arange(201) / 5)
    wave = HeightMap(np.tile(row, (201, 1)) * UM, UM, UM)
    assert np.abs(resample(wave, (41, 41)).heights).max() < 0.1 * UM


def test_cropping_keeps_the_pixel_size() -> None:
    part = crop(egg_box(UM, 10 * UM, 10 * UM, samples=101), slice(0, 51), slice(0, 11))
    assert (part.width_x, part.width_y) == pytest.approx((1 * UM, 5 * UM))


def test_missing_points_take_the_nearest_height() -> None:
    heights = np.array([[1.0, np.nan, 3.0], [1.0, 2.0, 3.0]])
    filled = fill_missing(heights, np.isnan(heights))
    assert filled[0, 1] in (1.0, 2.0, 3.0)
    np.testing.assert_array_equal(filled[1], heights[1])
    with pytest.raises(HeightMapError, match="no height"):
        fill_missing(heights, np.ones_like(heights, dtype=bool))


def test_roughness_of_an_egg_box() -> None:
    found = areal_roughness(egg_box(0.4 * UM, 10 * UM, 10 * UM, samples=801))
    assert found.sq == pytest.approx(0.2 * UM, rel=3e-3)  # amplitude / 2
    assert found.sa == pytest.approx(0.4 * UM * (2 / np.pi) ** 2, rel=3e-3)
    assert found.sz == pytest.approx(0.8 * UM, rel=1e-2)
    assert found.sdq == pytest.approx(2 * np.pi * 0.04 / np.sqrt(2), rel=3e-3)


def test_an_extruded_profile_has_its_length_ratio() -> None:
    profile = self_affine(0.5 * UM, 20 * UM, points=201, seed=3)
    surface = extruded(profile, 5 * UM, samples=(4, 201))
    # levelling tilts the map a little
    expected = profile.length / profile.width - 1
    assert areal_roughness(surface).sdr == pytest.approx(expected, rel=0.05)


def test_a_profile_with_overhangs_is_not_extruded() -> None:
    from interfacefem.synthetic.profiles import keyhole_pores

    with pytest.raises(HeightMapError, match="overhang"):
        extruded(keyhole_pores(UM, UM, 4 * UM, 2), UM, samples=(3, 50))


def test_self_affine_maps_have_the_rms_asked_for_and_flat_ends() -> None:
    surface = self_affine_map(0.7 * UM, 30 * UM, samples=129, seed=5)
    assert surface.heights.std() == pytest.approx(0.7 * UM)
    # the mirror image continues it: no slope across the sides
    across = np.abs(surface.heights[1] - surface.heights[0]).mean()
    assert across < 0.3 * np.abs(np.diff(surface.heights, axis=0)).mean()


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".tif"])
def test_grids_are_read_and_flipped(tmp_path, suffix) -> None:
    heights = np.arange(12, dtype=np.float32).reshape(3, 4)
    path = tmp_path / f"map{suffix}"
    if suffix == ".csv":
        np.savetxt(path, heights, delimiter=",", header="heights in um")
    elif suffix == ".npy":
        np.save(path, heights)
    else:
        tifffile.imwrite(path, heights)
    found = read_height_map(path, pixel_size=0.5 * UM)
    np.testing.assert_allclose(found.heights, -heights * UM)
    assert found.pixel_size_x == found.pixel_size_y == 0.5 * UM
    above = read_height_map(path, pixel_size=0.5 * UM, solid="above", height_unit=1e-9)
    np.testing.assert_allclose(above.heights, heights * 1e-9)


def test_a_grid_needs_a_pixel_size(tmp_path) -> None:
    np.save(tmp_path / "map.npy", np.zeros((3, 3)))
    with pytest.raises(InputError, match="pixel size"):
        read_height_map(tmp_path / "map.npy")


def test_missing_points_are_refused_or_filled(tmp_path) -> None:
    (tmp_path / "map.csv").write_text("1,2,3\n1,nan,3\n")
    with pytest.raises(InputError, match="1 of 6"):
        read_height_map(tmp_path / "map.csv", pixel_size=UM)
    filled = read_height_map(tmp_path / "map.csv", pixel_size=UM, missing="fill")
    assert filled.metadata["filled_points"] == "1"
    assert filled.heights[1, 1] in (-1 * UM, -2 * UM, -3 * UM)


@pytest.mark.parametrize("text", ["", "1,2\n3\n", "1,a\n2,3\n"])
def test_damaged_grids_are_refused_in_one_line(tmp_path, text) -> None:
    (tmp_path / "map.csv").write_text(text)
    with pytest.raises(InputError, match=r"map\.csv") as caught:
        read_height_map(tmp_path / "map.csv", pixel_size=UM)
    assert "\n" not in str(caught.value)


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tmp_path, monkeypatch
) -> None:
    (tmp_path / "map.opd").write_bytes(b"0")
    monkeypatch.setitem(sys.modules, "SurfaceTopography", None)
    monkeypatch.setitem(sys.modules, "SurfaceTopography.IO", None)
    monkeypatch.setitem(sys.modules, "SurfaceTopography.Exceptions", None)
    with pytest.raises(InputError, match="pip install"):
        read_height_map(tmp_path / "map.opd")


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "shape", "size"),
    [
        ("st_opd-1.opd", (480, 640), 0.19673e-6),
        ("st_al3d-1.al3d", (296, 200), 0.43803e-6),
        ("st_sur-2.sur", (484, 563), 3.4840e-6),
    ],
)
def test_instruments_files(shared_data, name, shape, size) -> None:
    pytest.importorskip("SurfaceTopography")
    found = read_height_map(shared_data / "topography" / name, missing="fill")
    assert found.heights.shape == shape
    assert found.pixel_size_x == pytest.approx(size, rel=1e-4)
    assert found.metadata["flipped"] == "yes"


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "match"),
    [("x3ptools_sample-land.x3p", "no format"), ("st_dektak-1.csv", "profile, not a map")],
)
def test_instruments_files_that_hold_no_map(shared_data, name, match) -> None:
    pytest.importorskip("SurfaceTopography")
    with pytest.raises(InputError, match=match):
        read_height_map(shared_data / "topography" / name)


@pytest.mark.shared_data
def test_a_row_of_a_measured_map_is_the_published_profile(shared_data) -> None:
    pytest.importorskip("SurfaceTopography")
    folder = shared_data / "topography"
    # its second half is the mirror image of its first
    x, published = np.loadtxt(folder / "tamaas_opd1_y240_profile_um.csv", delimiter=",")[:512].T
    found = read_height_map(folder / "st_opd-1.opd", missing="fill")
    row = found.at(x * UM, np.full(len(x), 240 * found.pixel_size_y)) / UM
    # the published line is level and has the solid below
    level_row, level_line = (z - np.polyval(np.polyfit(x, z, 1), x) for z in (row, published))
    np.testing.assert_allclose(level_row, -level_line, atol=1e-4)
