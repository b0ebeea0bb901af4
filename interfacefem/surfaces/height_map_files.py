# SPDX-License-Identifier: BSD-3-Clause
"""Height maps from files: grids of numbers, TIFF, and what instruments write."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import tifffile

from interfacefem.errors import DAMAGED, naming_file
from interfacefem.sizes import require_memory
from interfacefem.surfaces.contact_mask import ContactMap, contact_over
from interfacefem.surfaces.height_map import HeightMap, HeightMapError
from interfacefem.surfaces.height_map_samples import fill_missing
from interfacefem.surfaces.plausible import require_plausible_width
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

GRID_SUFFIXES = {".csv", ".npy", ".tif", ".tiff"}
# of the samples along x and y; heights can be flat, distances cannot
_METRES = {"m": 1.0, "mm": 1e-3, "um": 1e-6, "µm": 1e-6, "μm": 1e-6, "nm": 1e-9, "pm": 1e-12}
# of memory for a height, its place among others and copies while it is read and levelled; assumed
_BYTES_OF_A_SAMPLE = 40.0
_PACKAGE = "SurfaceTopography"
_INSTALL = f'install it with: ./ifem shell python3 -m pip install "{_PACKAGE}>=1.27"'


def read_height_map(
    path: str | Path,
    *,
    pixel_size: float | None = None,
    height_unit: float = UM,
    solid: Literal["below", "above"] = "below",
    missing: Literal["fill", "refuse"] = "refuse",
) -> HeightMap:
    """Read a height map; by its suffix a grid (CSV, NPY, TIFF) or an instrument's file.

    Args:
        path: A grid of heights, row 0 at y = 0, or a file that SurfaceTopography reads.
        pixel_size: Distance of the samples in m; needed by grids, refused for instruments' files,
            which know theirs.
        height_unit: Metres in a unit of a grid's numbers; 1e-6 for um. Instruments' files know
            theirs.
        solid: Side of the electrolyte in the file. Instruments look at it from above: it is below,
            and the map is flipped. A map that has the electrolyte above is taken as it is.
        missing: What to do with points without a height: fill each with the nearest one, or refuse.

    Raises:
        HeightMapError: The file is missing, damaged, of another form, or lacks heights; or the
            optional package is not there.
    """
    path = Path(path)
    heights: Array
    if not path.is_file():
        raise HeightMapError("no such file", file=path)
    if path.suffix.lower() in GRID_SUFFIXES and not (
        path.suffix.lower() == ".csv" and _looks_like_an_instrument(path)
    ):
        if pixel_size is None:
            raise HeightMapError(
                "a grid of heights does not say how far apart its samples are",
                file=path,
                field="pixel size",
                expected='such as "0.5 um"',
            )
        heights = _read_grid(path) * height_unit
        sizes = (pixel_size, pixel_size)
    else:
        if pixel_size is not None:
            raise HeightMapError(
                "is not taken for an instrument's file, which knows its own",
                file=path,
                field="pixel size",
            )
        heights, sizes = _read_instrument(path)
    metadata = {"source": path.name}
    without = ~np.isfinite(heights)
    if without.any():
        if missing == "refuse":
            raise HeightMapError(
                "holds points without a height",
                file=path,
                found=f"{np.count_nonzero(without)} of {heights.size}",
                expected='a height everywhere, or "map: {missing: fill}", which takes that of the '
                'nearest point (in Python missing="fill")',
            )
        heights = fill_missing(heights, without)
        metadata["filled_points"] = str(np.count_nonzero(without))
    with naming_file(path):
        height_map = HeightMap(heights, *sizes, metadata)
        for width in (height_map.width_x, height_map.width_y):
            require_plausible_width(width, error=HeightMapError)
    return height_map.flipped() if solid == "below" else height_map


def read_contact_map(path: str | Path, height_map: HeightMap) -> ContactMap:
    """Read where the metal touches a height map: a grid (CSV, NPY, TIFF) of two values.

    Args:
        path: Grid of any resolution with the extent of the map, rows as in the map's file; the
            metal touches where it holds its larger value (1, or 255 in an image), 0 elsewhere.
        height_map: Gives the extent.

    Raises:
        HeightMapError: The file is missing, or not a grid of 0 and one other number.
        ContactError: It has fewer than 2 x 2 samples.
    """
    path = Path(path)
    if not path.is_file():
        raise HeightMapError("no such file", file=path)
    if path.suffix.lower() not in GRID_SUFFIXES:
        raise HeightMapError(
            "is not a grid", file=path, found=f'"{path.suffix}"', expected="CSV, NPY or TIFF"
        )
    values = _read_grid(path)
    found = np.unique(values)
    if not (np.isfinite(found).all() and len(found[found != 0]) <= 1 and found[0] >= 0):
        raise HeightMapError(
            "is not a contact map",
            file=path,
            found=f"{len(found)} values from {found[0]:g} to {found[-1]:g}",
            expected="0 where the metal does not touch and one other number where it does",
        )
    with naming_file(path):
        return contact_over(height_map, values > 0)


def _read_grid(path: Path) -> Array:
    try:
        match path.suffix.lower():
            case ".npy":
                heights = _read_npy(path)
            case ".csv":
                heights = _read_csv(path)
            case _:
                with tifffile.TiffFile(path) as tiff:
                    _require_memory(tiff.series[0].shape, path)
                    heights = tiff.series[0].asarray()
    except HeightMapError:
        raise
    except DAMAGED as error:
        raise HeightMapError(
            f"cannot be read as a grid of heights ({error})",
            file=path,
            expected="one number for each sample, one row of the grid to a line",
        ) from None
    is_real = np.issubdtype(heights.dtype, np.integer) or np.issubdtype(heights.dtype, np.floating)
    if heights.ndim != 2 or not is_real:
        raise HeightMapError(
            "is not a grid of heights",
            file=path,
            found=f"shape {heights.shape}, {heights.dtype}",
            expected="two dimensions of real numbers",
        )
    return np.asarray(heights, dtype=np.float64)


def _require_memory(shape: tuple[int, ...], path: Path) -> None:
    require_memory(
        shape or (1,), _BYTES_OF_A_SAMPLE, file=path, kind=HeightMapError, what="samples"
    )


def _read_npy(path: Path) -> Array:
    with path.open("rb") as stream:
        version = np.lib.format.read_magic(stream)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else None
        shape, _, dtype = (header or np.lib.format.read_array_header_2_0)(stream)
        announced = stream.tell() + math.prod(shape) * dtype.itemsize
    size = path.stat().st_size
    if size < announced:
        raise HeightMapError(
            "is truncated", file=path, found=f"{size} bytes", expected=f"{announced} bytes"
        )
    _require_memory(shape, path)
    return np.asarray(np.load(path, allow_pickle=False))


def _read_csv(path: Path) -> Array:
    # a number takes two bytes of text or more
    _require_memory((path.stat().st_size // 2,), path)
    with warnings.catch_warnings():
        # an empty file is refused as such
        warnings.simplefilter("error")
        try:
            return np.loadtxt(path, delimiter=",", ndmin=2, comments="#", encoding="utf-8")
        except UserWarning:
            raise ValueError("it is empty") from None


def _looks_like_an_instrument(path: Path) -> bool:
    """Whether a CSV begins with words, as profilometers write it."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            text = line.strip()
            if text and not text.startswith("#"):
                return text[0].isalpha() and not text.lower().startswith(("nan", "inf"))
    return False


def _read_instrument(path: Path) -> tuple[Array, tuple[float, float]]:
    """Heights in m, shape ``(ny, nx)``, nan where there are none, and the pixel sizes in m."""
    topography = _open_topography(path)
    if topography.dim != 2:
        raise HeightMapError(
            "holds a profile, not a map",
            file=path,
            found=f"{topography.nb_grid_pts[0]} points along a line",
            expected='a height map (profiles are read as CSV, "x_um,z_um")',
        )
    scale = _METRES.get(str(topography.unit), math.nan)
    if not math.isfinite(scale):
        raise HeightMapError(
            "says no unit of length that is known", file=path, found=f'"{topography.unit}"'
        )
    # that package's first index runs along x
    heights = np.ma.filled(np.ma.asarray(topography.heights()).astype(float), np.nan).T * scale
    sizes = [
        float(extent) * scale / points
        for extent, points in zip(topography.physical_sizes, topography.nb_grid_pts, strict=True)
    ]
    return heights, (sizes[0], sizes[1])


def _open_topography(path: Path) -> Any:
    try:
        from SurfaceTopography.Exceptions import CannotDetectFileFormat
        from SurfaceTopography.IO import open_topography
    except ImportError:
        raise HeightMapError(
            f"instruments' files are read by the optional package {_PACKAGE}; {_INSTALL}",
            file=path,
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return open_topography(str(path)).topography()
    except CannotDetectFileFormat:
        raise HeightMapError(
            f"is of no format that {_PACKAGE} knows",
            file=path,
            found=f'"{path.suffix}"',
            expected="an instrument's height map (such as .opd, .al3d, .sur) or a grid as CSV, NPY "
            "or TIFF",
        ) from None
    except Exception as error:
        # each of its readers raises what it likes on a damaged file
        reason = " ".join(str(error).split())[:200]
        raise HeightMapError(f"cannot be read ({reason})", file=path) from None
