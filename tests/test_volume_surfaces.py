# SPDX-License-Identifier: BSD-3-Clause
"""Surfaces out of volumes: the rough face a volume was made from comes back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from interfacefem.commands import app
from interfacefem.commands.case import read_map
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.current.map_run import run_current_map
from interfacefem.errors import VolumeError
from interfacefem.meshing.height_map_domain import MapMeshSettings
from interfacefem.mpi import MPI
from interfacefem.parameters.case_file import read_case
from interfacefem.surfaces.height_map_files import read_height_map
from interfacefem.surfaces.profile import Profile, read_profile_csv, write_profile_csv
from interfacefem.surfaces.roughness import areal_roughness
from interfacefem.synthetic.height_maps import self_affine_map
from interfacefem.units import NM, UM
from interfacefem.volumes.outer_surface import OuterSurface, outer_surface
from interfacefem.volumes.surface_files import square_pixels, write_outer_surface

VOXEL = (80 * NM, 100 * NM, 100 * NM)
SHAPE = (60, 40, 64)
SOLID = 3


def rough_heights() -> npt.NDArray[np.floating]:
    """Heights in m over the outer plane, shape (40, 64), features several voxels wide."""
    surface = self_affine_map(0.5 * UM, 6.3 * UM, shortest=1.2 * UM, samples=64, seed=5)
    return 2.2 * UM + surface.heights[: SHAPE[1]]


def volume_above(heights: npt.NDArray[np.floating]) -> SegmentedVolume:
    """Solid above the heights, with a loose grain outside and closed pores inside."""
    centres = (np.arange(SHAPE[0]) + 0.5) * VOXEL[0]
    labels = np.where(centres[:, None, None] >= heights, SOLID, 0).astype(np.uint8)
    labels[50:54, 10:14, 20:26] = 0
    labels[2:4, 30:33, 5:8] = SOLID
    return SegmentedVolume(labels, VOXEL)


def turned(volume: SegmentedVolume, axis: int, end: int) -> SegmentedVolume:
    """The same body with its face across another axis, looking to one of its ends."""
    labels = np.moveaxis(volume.labels, 0, axis)
    sizes = list(volume.voxel_size[1:])
    sizes.insert(axis, volume.voxel_size[0])
    if end:
        labels = np.flip(labels, axis)
    return SegmentedVolume(labels, (sizes[0], sizes[1], sizes[2]))


@pytest.fixture(scope="module")
def heights() -> npt.NDArray[np.floating]:
    return rough_heights()


@pytest.fixture(scope="module")
def surface(heights: npt.NDArray[np.floating]) -> OuterSurface:
    return outer_surface(volume_above(heights), [SOLID])


def test_height_map_gives_the_surface_back(
    heights: npt.NDArray[np.floating], surface: OuterSurface
) -> None:
    error = surface.height_map.heights - heights
    assert np.sqrt(np.mean(error**2)) < 0.25 * VOXEL[0]
    assert abs(error.mean()) < 0.05 * VOXEL[0]
    assert surface.missing == 0
    assert surface.height_map.pixel_size_x == VOXEL[2]
    assert surface.height_map.pixel_size_y == VOXEL[1]


def test_every_slice_is_a_profile_of_the_surface(
    heights: npt.NDArray[np.floating], surface: OuterSurface
) -> None:
    assert surface.slices == tuple(range(SHAPE[1]))
    x = np.arange(SHAPE[2]) * VOXEL[2]
    errors = [
        np.interp(x, profile.x, profile.z) - heights[index]
        for index, profile in zip(surface.slices, surface.profiles, strict=True)
        if not profile.has_overhangs
    ]
    assert len(errors) == SHAPE[1]
    assert np.sqrt(np.mean(np.square(errors))) < 0.25 * VOXEL[0]
    assert surface.profiles[0].width == pytest.approx((SHAPE[2] - 1) * VOXEL[2])


def test_smoothing_resolves_less_than_a_voxel() -> None:
    # a plane that rises by 7 voxels over 64: labels alone are steps of one voxel
    rise = 1.5 * UM + np.linspace(0, 7 * VOXEL[0], SHAPE[2])[None, :] + np.zeros((SHAPE[1], 1))
    volume = volume_above(rise)
    smooth, rough = (
        outer_surface(volume, [SOLID], smoothing=sigma).height_map.heights - rise
        for sigma in (2.0, 0.0)
    )
    inner = slice(8, -8)
    assert np.std(rough[:, inner]) == pytest.approx(VOXEL[0] / np.sqrt(12), rel=0.1)
    assert np.std(smooth[:, inner]) < 0.5 * np.std(rough[:, inner])


@pytest.mark.parametrize(("axis", "end"), [(0, 1), (1, 0), (1, 1), (2, 0), (2, 1)])
def test_axis_and_end_only_turn_the_surface(
    heights: npt.NDArray[np.floating], surface: OuterSurface, axis: int, end: int
) -> None:
    found = outer_surface(turned(volume_above(heights), axis, end), [SOLID], axis=axis, end=end)
    np.testing.assert_allclose(found.height_map.heights, surface.height_map.heights, atol=1e-3 * NM)


def test_cross_sections_along_the_other_axis_are_those_of_the_transposed_volume(
    heights: npt.NDArray[np.floating],
) -> None:
    volume = volume_above(heights)
    along2 = outer_surface(volume, [SOLID], across=2)
    swapped = SegmentedVolume(volume.labels.transpose(0, 2, 1), VOXEL)
    along1 = outer_surface(swapped, [SOLID], across=1)
    assert along2.slices == along1.slices
    for one, other in zip(along2.profiles, along1.profiles, strict=True):
        np.testing.assert_allclose(one.z, other.z, atol=1e-3 * NM)


def test_overhangs_stay_in_profiles_and_are_hidden_in_the_map() -> None:
    labels = np.zeros((40, 12, 60), np.uint8)
    labels[20:] = 1
    labels[10:20, :, 28:32] = 1
    labels[10:14, :, 20:40] = 1
    found = outer_surface(SegmentedVolume(labels, (1e-7,) * 3), [1])
    assert all(profile.has_overhangs for profile in found.profiles)
    below_the_head = found.height_map.heights[6, 24:36]
    np.testing.assert_allclose(below_the_head, 10e-7, atol=0.3e-7)
    np.testing.assert_allclose(found.height_map.heights[6, :14], 20e-7, atol=0.1e-7)


def test_anisotropic_maps_are_written_on_square_pixels(
    tmp_path: Path, heights: npt.NDArray[np.floating]
) -> None:
    volume = SegmentedVolume(volume_above(heights).labels, (80 * NM, 50 * NM, 100 * NM))
    surface = outer_surface(volume, [SOLID])
    square = square_pixels(surface.height_map)
    assert square.pixel_size_x == square.pixel_size_y == pytest.approx(50 * NM)
    assert square.heights.shape == (SHAPE[1], 2 * SHAPE[2] - 1)
    np.testing.assert_allclose(square.heights[:, ::2], surface.height_map.heights, atol=1e-12)
    files = write_outer_surface(surface, tmp_path)
    back = read_height_map(files[2], pixel_size=50 * NM, solid="above")
    np.testing.assert_allclose(back.heights, square.heights, atol=1e-12)


def test_current_runs_on_what_the_command_writes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    heights: npt.NDArray[np.floating],
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("tape.npy", volume_above(heights).labels)
    arguments = ("--voxel", "80 nm, 100 nm, 100 nm", "--out", "face", "--json", "--quiet")
    assert app.exit_code(("volume", "surface", "tape.npy", "--phase", "3", *arguments)) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["profiles"] == SHAPE[1]
    assert result["Sq_um"] == pytest.approx(np.std(heights) / UM, rel=0.15)
    assert len(list(Path("face").glob("profile_*.csv"))) == SHAPE[1]
    assert app.exit_code(("current", "face/case_profile.yaml", "--json", "--quiet")) == 0
    current = json.loads(capsys.readouterr().out)
    found = read_profile_csv("face/profile_0020.csv")
    assert current["roughness_factor"] == pytest.approx(found.length / found.width, rel=1e-3)
    # the profile that the volume was made from
    true = Profile(np.arange(SHAPE[2]) * VOXEL[2], heights[20])
    assert found.length == pytest.approx(true.length, rel=0.02)
    write_profile_csv(true, "true.csv")
    Path("true.yaml").write_text("profile: true.csv\n")
    assert app.exit_code(("current", "true.yaml", "--json", "--quiet")) == 0
    expected = json.loads(capsys.readouterr().out)
    assert expected["i_ratio"] > 1.005
    assert current["i_ratio"] - 1 == pytest.approx(expected["i_ratio"] - 1, rel=0.15)
    case = read_case("face/case_map.yaml")
    surface, _ = read_map(case, MPI.COMM_SELF)
    assert areal_roughness(surface).sq / UM == pytest.approx(result["Sq_um"], rel=1e-6)
    coarse = MapMeshSettings(lateral_cells=24)
    run = run_current_map(surface, case, MPI.COMM_SELF, settings=coarse)
    assert run.metrics.roughness_factor == pytest.approx(1 + areal_roughness(surface).sdr, rel=0.05)


def test_refusals_name_the_problem(heights: npt.NDArray[np.floating]) -> None:
    volume = volume_above(heights)
    full = SegmentedVolume(np.full(SHAPE, SOLID, np.uint8), VOXEL)
    thin = SegmentedVolume(volume.labels[:, :1], VOXEL)
    for bad, arguments, text in (
        (volume, {"phases": [7]}, "no such label"),
        (volume, {"phases": []}, "no such label"),
        (full, {"phases": [SOLID]}, "nothing but solid"),
        (thin, {"phases": [SOLID]}, "too thin"),
        (volume, {"phases": [SOLID], "end": 1}, "cut by the end"),
        (volume, {"phases": [SOLID], "axis": 3}, "axis: is out of range"),
        (volume, {"phases": [SOLID], "across": 0}, "across: is out of range"),
        (volume, {"phases": [SOLID], "smoothing": -1.0}, "smoothing: is out of range"),
        (volume, {"phases": [SOLID], "axis": 1}, "cut by the end"),
    ):
        with pytest.raises(VolumeError, match=text) as error:
            outer_surface(bad, **arguments)  # type: ignore[arg-type]
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--phase", "solid"), "--phase"),
        (("--phase", "3", "--end", "top"), "--end"),
        (("--phase", "3", "--axis", "5"), '--axis: out of range; found "5"'),
        (("--phase", "3", "--across", "0"), "found --across and --axis 0"),
        (("--phase", "3", "--smoothing", "50"), '--smoothing: out of range; found "50"'),
        (("--phase", "9"), "tape.npy: --phase: no such label"),
    ],
)
def test_the_command_refuses_in_one_line_and_writes_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    heights: npt.NDArray[np.floating],
    arguments: tuple[str, ...],
    text: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("tape.npy", volume_above(heights).labels)
    code = app.exit_code(
        ("volume", "surface", "tape.npy", "--voxel", "80 nm", *arguments, "--quiet")
    )
    assert code == 2
    error = capsys.readouterr().err
    assert len(error.strip().splitlines()) == 1
    assert text in error
    assert [entry.name for entry in tmp_path.iterdir()] == ["tape.npy"]
