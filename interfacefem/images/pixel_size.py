# SPDX-License-Identifier: BSD-3-Clause
"""The size of a pixel, as microscopes write it; a dpi tag is for printers and never believed."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree

import tifffile

from interfacefem.errors import InputError, PixelSizeError
from interfacefem.units import NM, parse_quantity

FEI_TAGS = (34680, 34682)
ZEISS_TAG = 34118
TESCAN_TAG = 50431

_PRINTER_UNITS = {"inch", "inches", "in", "dpi", "pixel", "pixels", "px", ""}
_MOST_SIDECAR = 100_000  # bytes of a text beside an image that are read
_SQUARE_TOLERANCE = 0.01
_NUMBER = r"([-+]?[\d.]+(?:[eE][-+]?\d+)?)"

Found: TypeAlias = tuple[float, str]


def pixel_size_from_tiff(tiff: tifffile.TiffFile, path: Path) -> Found | None:
    """The pixel size in m a TIFF file itself declares, and who says so.

    Args:
        tiff: The open file.
        path: Its name, for messages.

    Raises:
        PixelSizeError: The pixels are not square.
    """
    readers: tuple[Callable[[tifffile.TiffFile, Path], Found | None], ...] = (
        from_fei,
        from_zeiss,
        from_tescan_tag,
        from_ome,
        from_imagej,
    )
    return next((found for read in readers if (found := read(tiff, path))), None)


def pixel_size_from_sidecar(path: Path, columns: int) -> Found | None:
    """The pixel size in m from a text file the microscope left beside the image.

    Args:
        path: The image.
        columns: Its width in pixels.

    Raises:
        PixelSizeError: The pixels are not square.
    """
    for name in (f"{path.stem}.txt", f"{path.stem}.TXT", f"{path.stem}.Txt"):
        if text := _sidecar_text(path.with_name(name)):
            found = from_jeol_text(text, columns) or from_hitachi_text(text, columns)
            if found:
                return found
    for name in (f"{path.stem}-{path.suffix[1:]}.hdr", f"{path.stem}.hdr", f"{path.name}.hdr"):
        text = _sidecar_text(path.with_name(name))
        if text and (found := from_tescan_text(text, path)):
            return found[0], f"Tescan header {name}"
    return None


def from_fei(tiff: tifffile.TiffFile, path: Path) -> Found | None:
    """FEI and Thermo Fisher: ``PixelWidth`` in m in tag 34680 (SFEG) or 34682 (Helios)."""
    tags = tiff.pages.first.tags
    for tag in FEI_TAGS:
        sections = tags.valueof(tag)
        if not isinstance(sections, dict):
            continue
        for name in ("Scan", "EScan", "IScan"):
            section = sections.get(name, {})
            if width := _positive(section.get("PixelWidth")):
                _require_square(width, _positive(section.get("PixelHeight")), path)
                return width, f"FEI tag {tag}"
    return None


def from_zeiss(tiff: tifffile.TiffFile, path: Path) -> Found | None:
    """Zeiss: ``AP_IMAGE_PIXEL_SIZE`` in tag 34118 (``AP_PIXEL_SIZE`` is the screen's)."""
    metadata = tiff.pages.first.tags.valueof(ZEISS_TAG)
    entry = metadata.get("ap_image_pixel_size") if isinstance(metadata, dict) else None
    if not entry or len(entry) != 3:
        return None
    length = _length(entry[1], str(entry[2]))
    return (length, f"Zeiss tag {ZEISS_TAG}") if length else None


def from_tescan_tag(tiff: tifffile.TiffFile, path: Path) -> Found | None:
    """Tescan: ``PixelSizeX`` in m in the text of tag 50431."""
    value = tiff.pages.first.tags.valueof(TESCAN_TAG)
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return from_tescan_text(text, path) if isinstance(text, str) else None


def from_tescan_text(text: str, path: Path) -> Found | None:
    """Tescan: ``PixelSizeX=`` and ``PixelSizeY=`` in m in a block of text."""
    width = _positive(_first_group(rf"PixelSizeX\s*=\s*{_NUMBER}", text))
    if not width:
        return None
    _require_square(width, _positive(_first_group(rf"PixelSizeY\s*=\s*{_NUMBER}", text)), path)
    return width, f"Tescan tag {TESCAN_TAG}"


def from_ome(tiff: tifffile.TiffFile, path: Path) -> Found | None:
    """OME-TIFF: ``PhysicalSizeX`` with its unit (um when none is written)."""
    if not tiff.ome_metadata:
        return None
    try:
        root = ElementTree.fromstring(tiff.ome_metadata)
    except ElementTree.ParseError:
        return None
    pixels = next((node for node in root.iter() if node.tag.endswith("}Pixels")), None)
    if pixels is None:
        return None
    width = _length(pixels.get("PhysicalSizeX"), pixels.get("PhysicalSizeXUnit", "um"))
    if not width:
        return None
    height = _length(pixels.get("PhysicalSizeY"), pixels.get("PhysicalSizeYUnit", "um"))
    _require_square(width, height, path)
    return width, "OME metadata"


def from_imagej(tiff: tifffile.TiffFile, path: Path) -> Found | None:
    """ImageJ: pixels per ``unit`` in the resolution tags; a unit of inch is a printer's dpi."""
    unit = str((tiff.imagej_metadata or {}).get("unit", ""))
    if unit.lower() in _PRINTER_UNITS:
        return None
    tags = tiff.pages.first.tags
    sides = []
    for tag in ("XResolution", "YResolution"):
        numerator, denominator = tags.valueof(tag, default=(0, 1))
        sides.append(_length(denominator / numerator, unit) if numerator else None)
    if not sides[0]:
        return None
    _require_square(sides[0], sides[1], path)
    return sides[0], "ImageJ metadata"


def from_jeol_text(text: str, columns: int) -> Found | None:
    """JEOL: a bar of ``$$SM_MICRON_BAR`` pixels is ``$$SM_MICRON_MARKER`` long.

    ``$CM_FULL_SIZE`` gives the width the bar was counted at, in case the image was rescaled.
    """
    bar = _positive(_first_group(rf"^\$\$SM_MICRON_BAR\s+{_NUMBER}", text))
    marker = re.search(rf"^\$\$SM_MICRON_MARKER\s+{_NUMBER}\s*(\S+)", text, re.MULTILINE)
    length = _length(marker.group(1), marker.group(2)) if marker else None
    if not bar or not length:
        return None
    full_width = _positive(_first_group(r"^\$CM_FULL_SIZE\s+(\d+)", text)) or columns
    return length / bar * full_width / columns, "JEOL sidecar text"


def from_hitachi_text(text: str, columns: int) -> Found | None:
    """Hitachi: ``PixelSize=`` in nm under ``[SemImageFile]``, at the width of ``DataSize=``."""
    if "[SemImageFile]" not in text:
        return None
    size = _positive(_first_group(rf"^PixelSize\s*=\s*{_NUMBER}", text))
    if not size:
        return None
    full_width = _positive(_first_group(r"^DataSize\s*=\s*(\d+)", text)) or columns
    return size * NM * full_width / columns, "Hitachi sidecar text"


def _sidecar_text(path: Path) -> str | None:
    try:
        if not path.is_file():  # nobody named it: a device or a pipe is not opened
            return None
        with path.open("rb") as stream:
            data = stream.read(_MOST_SIDECAR)
    except OSError:
        return None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _first_group(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text, re.MULTILINE)
    return match.group(1) if match else None


def _positive(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def _length(value: object, unit: str) -> float | None:
    number = _positive(value)
    if number is None:
        return None
    # ImageJ writes the micro sign as an escape
    unit = unit.replace("\\u00B5", "u").replace("microns", "um").replace("micron", "um")
    try:
        return parse_quantity(f"{number!r} {unit}", unit="m", example="55.8 nm")
    except InputError:
        return None


def _require_square(width: float, height: float | None, path: Path) -> None:
    if height and abs(height - width) > _SQUARE_TOLERANCE * width:
        raise PixelSizeError(
            "the pixels are not square",
            file=path,
            found=f"{width / NM:.4g} x {height / NM:.4g} nm",
            expected="an image resampled to square pixels",
        )
