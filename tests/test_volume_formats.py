# SPDX-License-Identifier: BSD-3-Clause
"""Layouts in which programs leave volumes behind: twenty that are read, and kinds that are not."""

from __future__ import annotations

import gzip
import io
import resource
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image
from scipy.ndimage import gaussian_filter

from interfacefem.errors import VolumeError
from interfacefem.units import NM
from interfacefem.volumes.reading import open_volume, read_volume

CASES = Path(__file__).parents[2] / "shared" / "cases"
VOXEL = (50 * NM, 25 * NM, 20 * NM)
SHAPE = (6, 9, 11)


def labels() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(3).integers(0, 3, SHAPE, dtype=np.uint8)


def mrc(voxels: npt.NDArray, mode: int, *, order: str = "<", extended: int = 0, **at: int) -> bytes:
    """An MRC2014 file; ``at`` overrides 32-bit words by byte, as in ``b156=1``."""
    n0, n1, n2 = voxels.shape
    header = bytearray(1024)
    struct.pack_into(f"{order}4i", header, 0, n2, n1, n0, mode)
    struct.pack_into(f"{order}3i", header, 28, n2, n1, n0)
    lengths = (n2 * 200.0, n1 * 250.0, n0 * 500.0)  # Angstrom
    struct.pack_into(f"{order}6f", header, 40, *lengths, 90.0, 90.0, 90.0)
    struct.pack_into(f"{order}3i", header, 64, 1, 2, 3)
    struct.pack_into(f"{order}i", header, 92, extended)
    header[208:212] = b"MAP "
    for name, value in at.items():
        struct.pack_into(f"{order}i", header, int(name[1:]), value)
    return bytes(header) + bytes(extended) + voxels.tobytes()


def nrrd(kind: str, encoding: str, *more: str) -> bytes:
    n0, n1, n2 = SHAPE
    lines = [
        "NRRD0005", "# made by a program", f"type: {kind}", "dimension: 3",
        f"sizes: {n2} {n1} {n0}", f"encoding: {encoding}", *more,
    ]  # fmt: skip
    return ("\n".join(lines) + "\n\n").encode()


IN_NM = 'space units: "nm" "nm" "nm"'


def layout(folder: Path, name: str) -> tuple[Path, dict, tuple[float, ...] | None]:
    """A file as some program writes it, options to read it, the voxels it declares."""
    voxels, path = labels(), folder / name
    options: dict = {}
    size: tuple[float, ...] | None = None
    match name:
        case "bigtiff.tif":
            tifffile.imwrite(path, voxels, bigtiff=True)
        case "appended.tif":  # a script that calls imwrite for each slice
            for plane in voxels:
                tifffile.imwrite(path, plane, append=True)
        case "appended_packed.tif":
            for plane in voxels:
                tifffile.imwrite(path, plane.astype(np.uint16), append=True, compression="zlib")
        case "pillow.tif":
            first, *others = [Image.fromarray(plane) for plane in voxels]
            first.save(path, save_all=True, append_images=others, compression="tiff_lzw")
        case "tiles.tif":
            wide = np.pad(voxels, ((0, 0), (0, 55), (0, 53)))
            tifffile.imwrite(path, wide, tile=(32, 32), photometric="minisblack")
            options = {"crop": ((0, 6), (0, 9), (0, 11))}
        case "strips.tif":
            tifffile.imwrite(path, voxels, rowsperstrip=2, photometric="minisblack")
        case "imagej_units.tif":  # what ImageJ writes where depth is not in the unit of the columns
            tifffile.imwrite(
                path, voxels, imagej=True, resolution=(1 / 0.02, 1 / 25),
                metadata={"axes": "ZYX", "unit": "micron", "yunit": "nm", "zunit": "nm",
                          "spacing": 50},
            )  # fmt: skip
            size = VOXEL
        case "imagej_big_endian.tif":
            tifffile.imwrite(
                path, voxels.astype(">u2"), imagej=True, byteorder=">", resolution=(50.0, 40.0),
                metadata={"axes": "ZYX", "unit": "\\u00B5m", "spacing": 0.05},
            )  # fmt: skip
            size = VOXEL
        case "singleton.ome.tif":
            sizes = {f"PhysicalSize{axis}": 0.05 for axis in "ZYX"}
            tifffile.imwrite(path, voxels[None, :, None], metadata={"axes": "TZCYX", **sizes})
            options, size = {"axes": "ZYX"}, (50 * NM,) * 3
        case "hidden":  # slices with what systems and people leave beside them
            path.mkdir()
            for index, plane in enumerate(voxels):
                tifffile.imwrite(path / f"slice_{index:04d}.tif", plane)
            (path / "._slice_0000.tif").write_bytes(b"Mac OS X resource fork")
            (path / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
            (path / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
            (path / "notes.txt").write_text("25 nm")
            (path / "old.tif").mkdir()
        case "columns.npy":
            np.save(path, np.asfortranarray(voxels))
        case "columns.npz":
            np.savez(path, labels=np.asfortranarray(voxels.astype(np.int32)))
        case "ilastik.h5":  # z y x c, with one channel
            with h5py.File(path, "w") as file:
                data = file.create_dataset(
                    "exported_data", data=voxels[..., None], chunks=(2, 4, 4, 1), compression="gzip"
                )
                data.attrs["axistags"] = "{}"
                data.attrs["element_size_um"] = (0.05, 0.025, 0.02)
            size = VOXEL
        case "two.h5":
            with h5py.File(path, "w") as file:
                file["t0/channel0"] = voxels
                file["t0/raw"] = voxels * 80
                file["scale"] = np.array([1.0, 2.0])
            options = {"dataset": "t0/channel0"}
        case "bytes.mrc":
            path.write_bytes(mrc(voxels, 0))
            size = VOXEL
        case "extended.rec":  # SerialEM and FEI leave an extended header
            path.write_bytes(mrc(voxels.astype("<u2"), 6, extended=1344))
            size = VOXEL
        case "big_endian.mrc":
            path.write_bytes(mrc(voxels.astype(">f4"), 2, order=">"))
            size = VOXEL
        case "raw.nrrd":
            head = nrrd("uchar", "raw", "space directions: (20,0,0) (0,25,0) (0,0,50)", IN_NM)
            path.write_bytes(head + voxels.tobytes())
            size = VOXEL
        case "packed.nrrd":  # 3D Slicer's default
            head = nrrd(
                "short", "gzip", "endian: big", "spacings: 20 25 50", 'units: "nm" "nm" "nm"'
            )
            path.write_bytes(head + gzip.compress(voxels.astype(">i2").tobytes()))
            size = VOXEL
        case "detached.nhdr":
            path.write_bytes(nrrd("uint8_t", "raw", "data file: voxels.raw"))
            (folder / "voxels.raw").write_bytes(voxels.tobytes())
        case "little.raw":
            voxels.astype("<u4").tofile(path)
            options = {"shape": SHAPE, "voxel_type": "<u4"}
        case "bits.raw":
            (voxels > 0).tofile(path)
            options = {"shape": SHAPE, "voxel_type": "bool"}
    return path, options, size


LAYOUTS = [
    "bigtiff.tif", "appended.tif", "appended_packed.tif", "pillow.tif", "tiles.tif", "strips.tif",
    "imagej_units.tif", "imagej_big_endian.tif", "singleton.ome.tif", "hidden", "columns.npy",
    "columns.npz", "ilastik.h5", "two.h5", "bytes.mrc", "extended.rec", "big_endian.mrc",
    "raw.nrrd", "packed.nrrd", "detached.nhdr", "little.raw", "bits.raw",
]  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_of_other_programs_are_read(tmp_path: Path, name: str) -> None:
    path, options, size = layout(tmp_path, name)
    expected = labels() > 0 if name == "bits.raw" else labels()
    if size is not None:
        assert read_volume(path, **options).voxel_size == pytest.approx(size)
    volume = read_volume(path, voxel_size=(10 * NM,) * 3, **options)
    np.testing.assert_array_equal(volume.labels, expected)
    assert volume.labels.dtype.isnative
    file = open_volume(path, voxel_size=(10 * NM,) * 3, **options)
    np.testing.assert_array_equal(file.labels(2, 5), expected[2:5])


def bad(folder: Path, name: str) -> tuple[Path, str]:
    path = folder / name
    match name:
        case "pages_of_two_sizes.tif":
            for plane in (labels()[0], labels()[0], labels()[0, :5]):
                tifffile.imwrite(path, plane, append=True)
            return path, "different sizes"
        case "two_formats":
            path.mkdir()
            tifffile.imwrite(path / "1.tif", labels()[0])
            Image.fromarray(labels()[0]).save(path / "1.png")
            return path, "two formats"
        case "short.mrc":
            path.write_bytes(mrc(labels(), 0)[:-5])
            return path, "is truncated"
        case "header.mrc":
            path.write_bytes(mrc(labels(), 0)[:500])
            return path, "is truncated"
        case "noise.mrc":
            path.write_bytes(np.random.default_rng(0).bytes(3000))
            return path, "no MRC file"
        case "complex.mrc":
            path.write_bytes(mrc(labels(), 4))
            return path, "no plain numbers"
        case "permuted.mrc":
            path.write_bytes(mrc(labels(), 0, b64=3, b68=2, b72=1))
            return path, "axes permuted"
        case "short.nrrd":
            path.write_bytes(nrrd("uchar", "raw") + labels().tobytes()[:-1])
            return path, "is truncated"
        case "packed_short.nrrd":
            path.write_bytes(nrrd("uchar", "gzip") + gzip.compress(labels().tobytes()[:-1]))
            return path, "is truncated or damaged"
        case "packed_noise.nrrd":
            path.write_bytes(nrrd("uchar", "gzip") + b"no gzip")
            return path, "is truncated or damaged"
        case "ascii.nrrd":
            path.write_bytes(nrrd("uchar", "ascii") + b"1 2 3")
            return path, "encoding"
        case "block.nrrd":
            path.write_bytes(nrrd("block", "raw") + labels().tobytes())
            return path, "is no type of number"
        case "elsewhere.nhdr":
            path.write_bytes(nrrd("uchar", "raw", "data file: ../../secret.raw"))
            return path, "keeps its voxels elsewhere"
        case "lost.nhdr":
            path.write_bytes(nrrd("uchar", "raw", "data file: lost.raw"))
            return path, "no such file"
        case "noise.nrrd":
            path.write_bytes(b"noise")
            return path, "no NRRD file"
        case "version.npy":
            path.write_bytes(b"\x93NUMPY\x09\x00" + bytes(200))
            return path, "no array of numbers"
        case _:
            raise AssertionError(name)


@pytest.mark.parametrize(
    "name",
    ["pages_of_two_sizes.tif", "two_formats", "short.mrc", "header.mrc", "noise.mrc", "complex.mrc",
     "permuted.mrc", "short.nrrd", "packed_short.nrrd", "packed_noise.nrrd", "ascii.nrrd",
     "block.nrrd", "elsewhere.nhdr", "lost.nhdr", "noise.nrrd", "version.npy"],
)  # fmt: skip
def test_bad_layouts_end_in_one_line(tmp_path: Path, name: str) -> None:
    path, message = bad(tmp_path, name)
    with pytest.raises(VolumeError, match=message) as caught:
        read_volume(path, voxel_size=VOXEL)
    assert "\n" not in str(caught.value)


def test_missing_slices_are_noted(tmp_path: Path) -> None:
    for number in (10, 20, 40, 50):
        tifffile.imwrite(tmp_path / f"s{number}.tif", labels()[0])
    (note,) = open_volume(tmp_path, voxel_size=VOXEL).notes
    assert "(30)" in note
    tifffile.imwrite(tmp_path / "s30.tif", labels()[0])
    assert open_volume(tmp_path, voxel_size=VOXEL).notes == ()


def test_imagej_with_two_units_is_the_volume_said_in_one() -> None:
    if not CASES.is_dir():
        pytest.skip("needs ../shared/cases")
    for name in ("zunit.tif", "same.tif"):
        file = open_volume(CASES / "imagej_zunit" / name)
        assert file.voxel_size == pytest.approx((25 * NM, 16.5 * NM, 16.5 * NM)), name


def test_voxel_sizes_that_cannot_be_are_refused_and_long_voxels_noted(tmp_path: Path) -> None:
    path = tmp_path / "v.tif"
    tifffile.imwrite(
        path, labels(), imagej=True, resolution=(1 / 25, 1 / 25),
        metadata={"axes": "ZYX", "unit": "mm", "spacing": 25},
    )  # fmt: skip
    with pytest.raises(VolumeError, match=r"v\.tif: voxel size in the file: is no size of a voxel"):
        open_volume(path)
    assert open_volume(path, voxel_size=VOXEL).voxel_size == VOXEL
    with pytest.raises(VolumeError, match="voxel: is no size of a voxel"):
        open_volume(path, voxel_size=(1e-9, 1e-9, 1e-13))
    (note,) = open_volume(path, voxel_size=(25e-9, 16.5e-6, 16.5e-6)).notes
    assert "660 times longer along axis 1 than along axis 0" in note


def kinds() -> dict[str, npt.NDArray]:
    rng = np.random.default_rng(5)
    smooth = gaussian_filter(rng.standard_normal((24, 40, 40)), 3, mode="wrap")
    binary = smooth > 0
    seeds = np.stack(np.unravel_index(rng.choice(24 * 40 * 40, 60, False), (24, 40, 40)), 1)
    places = np.indices((24, 40, 40)).reshape(3, -1).T
    grains = np.argmin(((places[:, None] - seeds[None]) ** 2).sum(-1), 1).reshape(24, 40, 40)
    noisy = np.clip(128 + 60 * binary + 15 * rng.standard_normal(binary.shape), 0, 255)
    edges = gaussian_filter(binary * 255.0, 0.6)
    edges[np.abs(edges - 127.5) > 100] = np.where(edges[np.abs(edges - 127.5) > 100] > 127, 255, 0)
    return {
        "binary": binary, "bytes": binary.astype(np.uint8) * 255, "grains": grains + 1000,
        "noise of labels": rng.integers(0, 8, binary.shape),
        "float labels": binary.astype(np.float32) * 3,
        "grey": noisy.astype(np.uint8),
        "16 bit": (noisy * 200).astype(np.uint16),
        "without noise": (1000 * smooth / np.abs(smooth).max()).astype(np.int16),
        "probabilities": 1 / (1 + np.exp(-8 * smooth)),
        "smoothed": edges.astype(np.uint8),
        "float grey": noisy + 0.5,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["binary", "bytes", "grains", "noise of labels", "float labels"])
def test_labels_of_any_kind_are_read(tmp_path: Path, name: str) -> None:
    values = kinds()[name]
    np.save(tmp_path / "v.npy", values)
    read = read_volume(tmp_path / "v.npy", voxel_size=VOXEL).labels
    np.testing.assert_array_equal(read, values)
    assert read.dtype.itemsize <= values.dtype.itemsize


@pytest.mark.parametrize(
    ("name", "message"),
    [("grey", "looks unsegmented"), ("16 bit", "looks unsegmented"),
     ("without noise", "looks unsegmented"), ("probabilities", "holds probabilities"),
     ("smoothed", "looks unsegmented|borders were smoothed"), ("float grey", "holds fractions")],
)  # fmt: skip
def test_what_is_no_labels_is_refused_with_the_command_that_makes_them(
    tmp_path: Path, name: str, message: str
) -> None:
    np.save(tmp_path / "v.npy", kinds()[name])
    with pytest.raises(VolumeError, match=message) as caught:
        read_volume(tmp_path / "v.npy", voxel_size=VOXEL)
    assert f"interfacefem volume segment {tmp_path / 'v.npy'} --threshold" in str(caught.value)


def test_the_grey_case_is_refused() -> None:
    if not CASES.is_dir():
        pytest.skip("needs ../shared/cases")
    with pytest.raises(VolumeError, match="looks unsegmented"):
        read_volume(CASES / "grey_volume" / "grey.tif", voxel_size=VOXEL)


def npy_header(shape: tuple[int, ...]) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )
    return stream.getvalue()


def announces(folder: Path, name: str) -> tuple[Path, str]:
    """Some kilobytes that announce up to terabytes."""
    path, side = folder / name, 20_000
    match name:
        case "no_data.npz":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("volume.npy", npy_header((6000,) * 3) + bytes(1000))
            return path, "is truncated"
        case "zeros.npz":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
                archive.writestr("volume.npy", npy_header((300,) * 3) + bytes(300**3))
            return path, "is packed by a method that NumPy does not write; found 27 MB once"
        case "no_data.npy":
            path.write_bytes(npy_header((side,) * 3))
            return path, "is truncated"
        case "no_chunk.h5":
            with h5py.File(path, "w") as file:
                file.create_dataset("volume", (side,) * 3, "u1", chunks=(100,) * 3)
            return path, "does not fit into the memory"
        case "zeros.nrrd":
            head = f"NRRD0005\ntype: uchar\ndimension: 3\nsizes: {side} {side} {side}\n"
            path.write_bytes((head + "encoding: gzip\n\n").encode() + gzip.compress(bytes(1000)))
            return path, "does not fit into the memory"
        case "sparse.mrc":
            path.write_bytes(mrc(labels(), 0, b0=side, b4=side, b8=side))
            return path, "is truncated"
        case _:
            raise AssertionError(name)


@pytest.mark.parametrize(
    "name", ["no_data.npz", "zeros.npz", "no_data.npy", "no_chunk.h5", "zeros.nrrd", "sparse.mrc"]
)
def test_announced_sizes_are_refused_without_memory(tmp_path: Path, name: str) -> None:
    path, message = announces(tmp_path, name)
    code = (
        "import resource, sys\n"
        "from interfacefem.errors import VolumeError\n"
        "from interfacefem.volumes.reading import read_volume\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"try: read_volume({str(path)!r}, voxel_size=(1e-8,) * 3)\n"
        "except VolumeError as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    limit = 8 * 2**30
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )  # fmt: skip
    line, grown = done.stdout.splitlines()
    assert message in line
    assert int(grown) < 50_000  # kB
