# SPDX-License-Identifier: BSD-3-Clause
"""Reading micrographs: TIFF, PNG and JPEG to grey values with a physical pixel size."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image
from skimage.color import rgb2gray

from interfacefem.errors import ImageError, PixelSizeError
from interfacefem.images.announced_rows import announced_rows
from interfacefem.images.data_bar import specimen_rows
from interfacefem.images.micrograph import DRAWN_BY, Micrograph
from interfacefem.images.microscope_files import is_microscope_file, read_microscope_file
from interfacefem.images.pixel_size import (
    Found,
    Unusable,
    pixel_size_from_sidecar,
    pixel_size_from_tiff,
)
from interfacefem.sizes import require_memory
from interfacefem.units import NM

_log = logging.getLogger(__name__)

# what tifffile gives as grey or red, green, blue; Pillow converts the others
_PHOTOMETRIC = {
    tifffile.PHOTOMETRIC.MINISBLACK,
    tifffile.PHOTOMETRIC.MINISWHITE,
    tifffile.PHOTOMETRIC.RGB,
    tifffile.PHOTOMETRIC.PALETTE,
}
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PNG_START = b"\x89PNG\r\n\x1a\n"
_JPEG_START = b"\xff\xd8\xff"
_FORMATS = "a TIFF, PNG or JPEG image"
_PIXEL_SIZE_AGREEMENT = 0.02

# of memory at the worst moment of taking profiles: 106 and 109 were measured on grey images of 11
# and 3 million pixels
_BYTES_OF_A_PIXEL = 110.0
_BYTES_OF_A_CHANNEL = 9.0

Crop: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True)
class _Raw:
    """Pixels as stored, turned to one channel; ``eight_bit`` grey values already lie in [0, 1].

    ``unusable`` is what the file says of its pixels that is no length; ``rows`` are those of the
    specimen from the top, where the file says so.
    """

    gray: npt.NDArray[np.floating]
    eight_bit: bool
    pixel_size: Found | None
    metadata: dict[str, str] = field(default_factory=dict)
    unusable: tuple[str, ...] = ()
    rows: int | None = None


def read_micrograph(
    path: str | Path,
    *,
    pixel_size: float | None = None,
    crop: Crop | Literal["none"] | None = None,
) -> Micrograph:
    """Read an image file, its pixel size, and leave a data bar at the bottom or top out.

    Eight-bit grey values are divided by 255; all others are stretched from their smallest to their
    largest value inside the crop. Of several pages the first is taken.

    Args:
        path: TIFF (8, 16 bit, float, RGB, palette, 1 bit), PNG or JPEG; with the extra
            ``microscopes`` DM3, DM4, EMD, SER and others.
        pixel_size: Side of a pixel in m; it overrides what the file says.
        crop: ``(row0, row1, column0, column1)`` to keep, ends excluded; ``"none"`` keeps
            everything; None leaves out a data bar if one is found.

    Raises:
        ImageError: The file is missing, empty, damaged, of another format, or shows nothing.
        PixelSizeError: Neither the file nor the caller gives a pixel size.
    """
    path = Path(path)
    raw = _read_raw(path)
    bad = int(np.count_nonzero(~np.isfinite(raw.gray)))
    if bad:
        raise ImageError(
            "holds pixels that are not finite numbers", file=path, found=f"{bad} of {raw.gray.size}"
        )
    scaled = raw.gray if raw.eight_bit else _stretched(raw.gray)
    box = _crop_box(scaled, crop, path, raw.rows)
    gray = scaled[box[0] : box[1], box[2] : box[3]]
    if not raw.eight_bit and gray.size:
        gray = _stretched(gray)
    size, said_by = _choose_pixel_size(path, raw, pixel_size)
    shape = (raw.gray.shape[0], raw.gray.shape[1])
    return Micrograph(gray.astype(np.float32), size, path, said_by, box, raw.metadata, shape)


def read_grey_values(path: str | Path) -> npt.NDArray[np.floating]:
    """Grey values of an image as they are stored, data bar included, shape ``(rows, columns)``.

    Raises:
        ImageError: The file is missing, empty, damaged or of another format.
    """
    raw = _read_raw(Path(path))
    return raw.gray * 255 if raw.eight_bit else raw.gray


def _read_raw(path: Path) -> _Raw:
    try:
        if path.is_dir():
            raise ImageError("is a folder", file=path, expected=_FORMATS)
        if path.exists() and not path.is_file():
            raise ImageError("is no file", file=path, expected=_FORMATS)
        with path.open("rb") as stream:
            start = stream.read(8)
    except FileNotFoundError:
        raise ImageError("no such file", file=path) from None
    except (OSError, ValueError) as error:
        # a name that holds a null byte is a ValueError
        raise ImageError(f"cannot be opened ({error})", file=path) from None
    if not start:
        raise ImageError("is an empty file", file=path, expected=_FORMATS)
    if start.startswith(_TIFF_STARTS):
        return _read_tiff(path)
    if start.startswith((_PNG_START, _JPEG_START)):
        return _read_with_pillow(path, None, {})
    if is_microscope_file(path):
        unusable: Unusable = []
        pixels, found, metadata = read_microscope_file(path, unusable)
        _require_memory(pixels.shape, path)
        return replace(_to_gray(pixels, path, found, metadata), unusable=tuple(unusable))
    raise ImageError(
        "is not an image this program reads", file=path, found=f"{start!r}...", expected=_FORMATS
    )


def _read_tiff(path: Path) -> _Raw:
    try:
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages.first
            _require_whole(page, path)
            if len(tiff.pages) > 1:
                _log.warning("%s: has %d pages; the first is taken", path, len(tiff.pages))
            _require_memory(page.shape, path)
            unusable: Unusable = []
            found = pixel_size_from_tiff(tiff, path, unusable)
            said: dict[str, Any] = {"unusable": tuple(unusable), "rows": announced_rows(tiff, path)}
            metadata = {"format": "TIFF", "bits": str(page.bitspersample)}
            if DRAWN_BY in f"{page.software} {page.description}":
                metadata["synthetic"] = DRAWN_BY
            if page.photometric not in _PHOTOMETRIC:
                return replace(_read_with_pillow(path, found, metadata), **said)
            try:
                pixels = page.asarray()
            except (ValueError, ImportError, KeyError) as error:
                # compressions that need the optional imagecodecs package
                _log.debug("%s: tifffile: %s; trying Pillow", path, error)
                return replace(_read_with_pillow(path, found, metadata), **said)
            channels = _tiff_channels(page, pixels, path)
            return replace(_to_gray(channels, path, found, metadata), **said)
    except ImageError:
        raise
    except MemoryError:
        raise ImageError("does not fit into the memory", file=path) from None
    except Exception as error:
        # damaged files make tifffile raise whatever the first impossible number leads to
        raise ImageError(
            f"is damaged or no TIFF image ({error})", file=path, expected=_FORMATS
        ) from None


def _require_memory(shape: Sequence[int], path: Path) -> None:
    """Refuse an image that is announced too large, before anything of it is decoded."""
    channels = shape[2:] if len(shape) == 3 and shape[2] <= 4 else ()
    rows, columns = shape[:2]
    each = _BYTES_OF_A_PIXEL + _BYTES_OF_A_CHANNEL * math.prod(channels or (0,))
    require_memory((rows, columns), each, file=path, kind=ImageError, what="pixels")


def _require_whole(page: tifffile.TiffPage, path: Path) -> None:
    pieces = zip(page.dataoffsets, page.databytecounts, strict=False)
    end = max((offset + count for offset, count in pieces), default=0)
    size = path.stat().st_size
    if end == 0:
        raise ImageError("holds no pixels", file=path)
    if end > size:
        raise ImageError(
            "is truncated", file=path, found=f"{size} bytes", expected=f"at least {end} bytes"
        )


def _tiff_channels(
    page: tifffile.TiffPage, pixels: npt.NDArray[Any], path: Path
) -> npt.NDArray[np.generic]:
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE and page.colormap is not None:
        # tables are 16 bit; 8-bit images repeat the byte
        table = (page.colormap >> 8).astype(np.uint8).T
        return table[pixels]
    if page.axes == "SYX":
        pixels = np.moveaxis(pixels, 0, -1)
    elif page.axes not in {"YX", "YXS"}:
        raise ImageError("the first page is not one image", file=path, found=f"axes {page.axes}")
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        largest = np.iinfo(pixels.dtype).max if pixels.dtype.kind in "iu" else pixels.max()
        return ~pixels if pixels.dtype == bool else largest - pixels
    return pixels


def _read_with_pillow(path: Path, found: Found | None, metadata: dict[str, str]) -> _Raw:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                _require_memory((*image.size[::-1], len(image.getbands())), path)
                metadata = {"format": str(image.format), **metadata}
                if image.mode == "P":
                    image = image.convert("RGBA" if "transparency" in image.info else "RGB")
                elif image.mode in {"CMYK", "YCbCr", "LAB", "HSV"}:
                    image = image.convert("RGB")
                pixels = np.asarray(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        most = (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        raise ImageError(
            "is too large", file=path, expected=f"at most {most} million pixels, or a TIFF image"
        ) from None
    except (OSError, SyntaxError, ValueError, Warning) as error:
        raise ImageError(f"is damaged or cannot be decoded ({error})", file=path) from None
    return _to_gray(pixels, path, found, metadata)


def _to_gray(
    pixels: npt.NDArray[np.generic], path: Path, found: Found | None, metadata: dict[str, str]
) -> _Raw:
    if np.iscomplexobj(pixels) or pixels.ndim not in {2, 3}:
        raise ImageError(
            "is not a grey or colour image", file=path, found=f"{pixels.dtype} {pixels.shape}"
        )
    eight_bit = pixels.dtype in (np.dtype(np.uint8), np.dtype(bool))
    values = pixels.astype(np.float64)
    if pixels.dtype == np.uint8:
        values /= 255
    if values.ndim == 3:
        channels = values.shape[2]
        if channels in {2, 4}:
            if values[..., -1].min() < values[..., -1].max():
                _log.warning("%s: transparency is ignored; stored colours are taken", path)
            values = values[..., :-1]
        elif channels not in {1, 3}:
            raise ImageError("is no grey or colour image", file=path, found=f"{channels} channels")
        values = rgb2gray(values) if values.shape[2] == 3 else values[..., 0]
    return _Raw(values, eight_bit, found, metadata)


def _stretched(gray: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    low, high = gray.min(), gray.max()
    return (gray - low) / (high - low) if high > low else np.zeros_like(gray)


def _crop_box(
    gray: npt.NDArray[np.floating],
    crop: Crop | Literal["none"] | None,
    path: Path,
    announced: int | None,
) -> Crop:
    rows, columns = gray.shape
    if crop == "none":
        return 0, rows, 0, columns
    if crop is None:
        first, last = specimen_rows(gray[:announced])
        if (first, last) != (0, rows):
            _log.info("%s: rows %d to %d kept: data bar off (a crop overrides)", path, first, last)
        return first, last, 0, columns
    row0, row1, column0, column1 = crop
    if not (0 <= row0 < row1 <= rows and 0 <= column0 < column1 <= columns):
        raise ImageError(
            "does not fit into the image",
            file=path,
            field="crop",
            found=f"rows {row0}:{row1}, columns {column0}:{column1}",
            expected=f"within rows 0:{rows}, columns 0:{columns}",
        )
    return row0, row1, column0, column1


def _choose_pixel_size(path: Path, raw: _Raw, given: float | None) -> Found:
    unusable = list(raw.unusable)
    found = raw.pixel_size or pixel_size_from_sidecar(path, raw.gray.shape[1], unusable)
    if given is not None:
        if found and abs(found[0] - given) > _PIXEL_SIZE_AGREEMENT * found[0]:
            _log.warning(
                "%s: the pixel size given, %.4g nm, is used; the %s says %.4g nm",
                path,
                given / NM,
                found[1],
                found[0] / NM,
            )
        return given, "given by the user"
    if found is None and unusable:
        raise PixelSizeError(
            "has a pixel size in it that cannot be used",
            file=path,
            found="; ".join(unusable),
            expected='a length; or its size, such as {pixel_size} "55.8 nm"',
        )
    if found is None:
        raise PixelSizeError(
            "has no pixel size in it that a microscope wrote (a dpi tag is not one)",
            file=path,
            expected='its size, such as {pixel_size} "55.8 nm"',
        )
    return found
