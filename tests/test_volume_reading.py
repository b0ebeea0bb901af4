# SPDX-License-Identifier: BSD-3-Clause
"""Volumes from files: every format gives the same labels; bad ones give one line."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image
from scipy.ndimage import gaussian_filter

from interfacefem.errors import InputError, VolumeError
from interfacefem.parameters.section import from_options
from interfacefem.parameters.volume_reading import VolumeReading
from interfacefem.units import NM
from interfacefem.volumes.reading import open_volume, read_volume

VOXEL = (50 * NM, 25 * NM, 20 * NM)


def labels(shape: tuple[int, int, int] = (7, 9, 11)) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(3).integers(0, 3, shape, dtype=np.uint8)


def write(folder: Path, kind: str, voxels: npt.NDArray[np.uint8]) -> tuple[Path, dict]:
    """A file of each format, and the options that reading it takes."""
    path = folder / kind
    options: dict = {}
    match kind:
        case "one.tif":
            tifffile.imwrite(path, voxels)
        case "deflated.tif":
            tifffile.imwrite(path, voxels, compression="zlib")
        case "sixteen.tif":
            tifffile.imwrite(path, voxels.astype(np.uint16))
        case "big_endian.tif":
            tifffile.imwrite(path, voxels.astype(np.uint16), byteorder=">")
        case "float.tif":
            tifffile.imwrite(path, voxels.astype(np.float32))
        case "imagej.tif":
            tifffile.imwrite(path, voxels, imagej=True, metadata={"axes": "ZYX"})
        case "time.tif":
            tifffile.imwrite(path, voxels, imagej=True, metadata={"axes": "TYX"})
            options = {"axes": "ZYX"}
        case "array.npy":
            np.save(path, voxels)
        case "array.npz":
            np.savez_compressed(path, labels=voxels)
        case "several.npz":
            np.savez(path, labels=voxels, other=voxels[::-1])
            options = {"dataset": "labels"}
        case "array.h5":
            with h5py.File(path, "w") as file:
                file.create_dataset("volume/labels", data=voxels[None], chunks=True)
        case "raw.bin":
            voxels.astype(">u2").tofile(path)
            options = {"shape": voxels.shape, "voxel_type": ">u2"}
        case "tiff_slices" | "png_slices":
            path.mkdir()
            # 2 comes before 10
            for index, plane in enumerate(voxels, start=4):
                if kind == "tiff_slices":
                    tifffile.imwrite(path / f"s{index}.tif", plane)
                else:
                    Image.fromarray(plane).save(path / f"s{index}.png")
    return path, options


KINDS = [
    "one.tif", "deflated.tif", "sixteen.tif", "big_endian.tif", "float.tif", "imagej.tif",
    "time.tif", "array.npy", "array.npz", "several.npz", "array.h5", "raw.bin", "tiff_slices",
    "png_slices",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_gives_the_same_labels_whole_and_by_planes(tmp_path: Path, kind: str) -> None:
    voxels = labels()
    path, options = write(tmp_path, kind, voxels)
    volume = read_volume(path, voxel_size=VOXEL, **options)
    np.testing.assert_array_equal(volume.labels, voxels)
    assert volume.labels.dtype.isnative
    assert volume.voxel_size == VOXEL
    assert volume.phases == (0, 1, 2)
    file = open_volume(path, voxel_size=VOXEL, crop=((1, 6), (2, 9), (0, 5)), **options)
    assert file.shape == (5, 7, 5)
    np.testing.assert_array_equal(file.labels(2, 4), voxels[3:5, 2:9, 0:5])


def test_one_bit_stacks_are_read(tmp_path: Path) -> None:
    voxels = labels() > 0
    tifffile.imwrite(tmp_path / "bits.tif", voxels)
    np.testing.assert_array_equal(
        read_volume(tmp_path / "bits.tif", voxel_size=VOXEL).labels, voxels
    )
    with tifffile.TiffFile(tmp_path / "bits.tif") as tiff:
        assert tiff.pages.first.bitspersample == 1


def test_files_larger_than_memory_are_mapped(tmp_path: Path) -> None:
    # 2 TB that were never written: reading planes of it must not read the rest
    path = tmp_path / "sparse.raw"
    shape = (2_000_000, 1000, 1000)
    with path.open("wb") as stream:
        stream.truncate(shape[0] * shape[1] * shape[2])
        stream.seek(1_999_999 * 1_000_000)
        stream.write(bytes([7]) * 1000)
    file = open_volume(path, voxel_size=VOXEL, shape=shape)
    planes = file.labels(1_999_998, 2_000_000)
    assert planes.shape == (2, 1000, 1000)
    assert planes.sum() == 7000


def test_imagej_declares_its_voxels(tmp_path: Path) -> None:
    path = tmp_path / "imagej.tif"
    tifffile.imwrite(
        path, labels(), imagej=True, resolution=(40.0, 20.0),
        metadata={"spacing": 0.1, "unit": "micron", "axes": "ZYX"},
    )  # fmt: skip
    assert read_volume(path).voxel_size == pytest.approx((100 * NM, 50 * NM, 25 * NM))
    # what is given is used
    assert read_volume(path, voxel_size=VOXEL).voxel_size == VOXEL


def test_ome_and_ilastik_declare_their_voxels(tmp_path: Path) -> None:
    sizes = {f"PhysicalSize{axis}": size for axis, size in zip("ZYX", (50, 25, 20), strict=True)}
    units = {f"PhysicalSize{axis}Unit": "nm" for axis in "ZYX"}
    tifffile.imwrite(tmp_path / "a.ome.tif", labels(), metadata={"axes": "ZYX", **sizes, **units})
    assert read_volume(tmp_path / "a.ome.tif").voxel_size == pytest.approx(VOXEL)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("labels", data=labels()).attrs["element_size_um"] = (0.05, 0.025, 0.02)
    assert read_volume(tmp_path / "a.h5").voxel_size == pytest.approx(VOXEL)


def test_resampling_to_half_the_voxels_repeats_each(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", labels())
    fine = tuple(size / 2 for size in VOXEL)
    volume = read_volume(tmp_path / "a.npy", voxel_size=VOXEL, resample_to=fine)
    expected = labels().repeat(2, 0).repeat(2, 1).repeat(2, 2)
    np.testing.assert_array_equal(volume.labels, expected)
    assert volume.voxel_size == fine


def test_resampling_takes_the_majority_and_keeps_volume_fractions(tmp_path: Path) -> None:
    ball = np.linalg.norm(np.indices((60, 60, 60)) - 29.5, axis=0) < 20
    np.save(tmp_path / "ball.npy", ball)
    file = open_volume(tmp_path / "ball.npy", voxel_size=(10 * NM,) * 3, resample_to=(25 * NM,) * 3)
    coarse = file.labels()
    assert coarse.shape == (24, 24, 24)
    assert coarse.mean() == pytest.approx(ball.mean(), rel=0.02)
    expected = np.linalg.norm(np.indices((24, 24, 24)) - 11.5, axis=0) < 8
    assert np.mean(coarse != expected) < 0.01
    # by planes as a whole
    np.testing.assert_array_equal(
        np.concatenate([file.labels(0, 7), file.labels(7, 8), file.labels(8, 24)]), coarse
    )


def test_resampling_by_two_favours_neither_phase(tmp_path: Path) -> None:
    first = gaussian_filter(np.random.default_rng(0).standard_normal((48, 48, 48)), 2) > 0
    np.save(tmp_path / "a.npy", first)
    file = open_volume(tmp_path / "a.npy", voxel_size=(10 * NM,) * 3, resample_to=(20 * NM,) * 3)
    # ties by the smaller label alone would take a tenth away
    assert file.labels().mean() == pytest.approx(first.mean(), rel=0.01)
    parts = [file.labels(0, 5), file.labels(5, 24)]
    np.testing.assert_array_equal(np.concatenate(parts), file.labels())


def bad_file(folder: Path, kind: str) -> tuple[Path, dict, str]:
    """A bad file, the options it is read with, and what the message says."""
    path = folder / kind
    options: dict = {"voxel_size": VOXEL}
    match kind:
        case "missing.tif":
            return path, options, "no such file"
        case "empty.tif":
            path.touch()
            return path, options, "is an empty file"
        case "text.tif":
            path.write_text("this is no image")
            return path, options, "is damaged or no TIFF stack"
        case "flat.tif":
            tifffile.imwrite(path, labels()[0])
            return path, options, "is a two-dimensional image"
        case "flat.npy":
            np.save(path, labels()[0])
            return path, options, "is a two-dimensional image"
        case "colour.tif":
            tifffile.imwrite(path, np.zeros((5, 20, 20, 3), np.uint8), photometric="rgb")
            return path, options, "holds colours"
        case "colour.npy":
            np.save(path, np.zeros((5, 20, 20, 3), np.uint8))
            return path, options, "holds colours"
        case "time.tif":
            tifffile.imwrite(path, labels(), imagej=True, metadata={"axes": "TYX"})
            return path, options, "the order of the axes is unknown"
        case "four.npy":
            np.save(path, np.zeros((5, 6, 7, 8), np.uint8))
            return path, options, "has axes of unknown order"
        case "truncated.tif" | "truncated_imagej.tif":
            big = labels((20, 64, 64))
            tifffile.imwrite(path, big, imagej="imagej" in kind)
            path.write_bytes(path.read_bytes()[: big.nbytes // 2])
            return path, options, "is truncated"
        case "truncated_between_slices.tif":
            first, *others = [Image.fromarray(plane) for plane in labels((20, 64, 64))]
            first.save(path, save_all=True, append_images=others)
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
            return path, options, "is truncated"
        case "truncated.npy":
            np.save(path, labels())
            path.write_bytes(path.read_bytes()[:-100])
            return path, options, "is truncated"
        case "short.raw":
            path.write_bytes(bytes(100))
            return path, {**options, "shape": (5, 5, 5)}, "is truncated"
        case "long.raw":
            path.write_bytes(bytes(200))
            return path, {**options, "shape": (5, 5, 5)}, "does not have the size of its shape"
        case "shapeless.raw":
            path.write_bytes(bytes(125))
            return path, options, "raw bytes do not say their shape"
        case "nan.npy":
            values = labels().astype(np.float32)
            values[3, 4, 5] = np.nan
            np.save(path, values)
            return path, options, "holds values that are not finite numbers"
        case "grey.npy":
            np.save(path, labels() / 1.5)
            return path, options, "holds fractions"
        case "probabilities.npy":
            np.save(path, labels() / 7)
            return path, options, "holds probabilities"
        case "words.npy":
            np.save(path, np.full((4, 5, 6), "a"))
            return path, options, "holds no numbers"
        case "none.npy":
            np.save(path, np.zeros((4, 0, 6), np.uint8))
            return path, options, "holds no voxels"
        case "objects.npy":
            np.save(path, np.array([None, 1], dtype=object), allow_pickle=True)
            return path, options, "no array of numbers"
        case "several.npz":
            np.savez(path, first=labels(), second=labels())
            return path, options, "does not hold one data set"
        case "damaged.h5":
            path.write_bytes(b"\x89HDF\r\n" + bytes(50))
            return path, options, "is damaged or no HDF5 file"
        case "unequal":
            path.mkdir()
            tifffile.imwrite(path / "1.tif", labels()[0])
            tifffile.imwrite(path / "2.tif", labels()[0][:-1])
            return path, options, "differs from the first slice"
        case "one_slice":
            path.mkdir()
            tifffile.imwrite(path / "1.tif", labels()[0])
            return path, options, "is a folder without a stack"
        case "no_size.npy":
            np.save(path, labels())
            return path, {}, "does not say how large a voxel is"
        case "negative.npy":
            np.save(path, labels())
            return path, {"voxel_size": (-1e-9,) * 3}, "is not positive"
        case "crop.npy":
            np.save(path, labels())
            return path, {**options, "crop": ((0, 5), (3, 3), (0, 4))}, "does not fit"
        case _:
            path.write_bytes(bytes(10))
            return path, options, "is not a volume this program reads"


BAD = [
    "missing.tif", "empty.tif", "text.tif", "flat.tif", "flat.npy", "colour.tif", "colour.npy",
    "time.tif", "four.npy", "truncated.tif", "truncated_imagej.tif",
    "truncated_between_slices.tif", "truncated.npy", "short.raw",
    "long.raw", "shapeless.raw", "nan.npy", "grey.npy", "probabilities.npy",
    "words.npy", "none.npy", "objects.npy",
    "several.npz", "damaged.h5", "unequal", "one_slice", "no_size.npy", "negative.npy", "crop.npy",
    "volume.xyz",
]  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_end_in_one_line(tmp_path: Path, kind: str) -> None:
    path, options, message = bad_file(tmp_path, kind)
    with pytest.raises(VolumeError, match=message) as caught:
        read_volume(path, **options)
    assert "\n" not in str(caught.value)
    if kind != "negative.npy":
        assert path.name in str(caught.value)


def test_voxel_sizes_are_read_as_people_write_them() -> None:
    assert VolumeReading(voxel="25 nm").voxel == pytest.approx((25 * NM,) * 3)
    assert VolumeReading(voxel="0.05 um, 25 nm,20 nm").voxel == pytest.approx(VOXEL)
    for text in ("25", "25 nm, 25 nm", "-25 nm", "0 nm", "inf", "25 kg", ""):
        with pytest.raises(InputError, match=r"^--voxel: "):
            from_options(VolumeReading, {"voxel": text})


def test_crops_and_shapes_are_read_as_people_write_them() -> None:
    read = from_options(VolumeReading, {"crop": "0:100,0:256,20:200", "shape": "7, 8,9"})
    assert read.crop == ((0, 100), (0, 256), (20, 200))
    assert read.shape == (7, 8, 9)
    for bad in ("0:1,0:2", "a:b,0:1,0:2", "1,2,3"):
        with pytest.raises(InputError, match=r"^--crop: "):
            from_options(VolumeReading, {"crop": bad})
    for bad in ("7,8", "7,8,0", "x"):
        with pytest.raises(InputError, match=r"^--shape: "):
            from_options(VolumeReading, {"shape": bad})
