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
PHENOM_TAG = 34683
ZEISS_TAG = 34118
TESCAN_TAG = 50431

_PRINTER_UNITS = {"inch", "inches", "in", "dpi", "pixel", "pixels", "px", ""}
_MOST_SIDECAR = 100_000  # bytes of a text beside an image that are read
_SQUARE_TOLERANCE = 0.01
_NUMBER = r"([-+]?[\d.]+(?:[eE][-+]?\d+)?)"

Found: TypeAlias = tuple[float, str]
Unusable: TypeAlias = list[str]  # what a file says of its pixels that is no length


def pixel_size_from_tiff(tiff: tifffile.TiffFile, path: Path, unusable: Unusable) -> Found | None:
    """The pixel size in m a TIFF file itself declares, and who says so.

    Args:
        tiff: The open file.
        path: Its name, for messages.
        unusable: Takes what is said and cannot be used, so that nobody denies it.

    Raises:
        PixelSizeError: The pixels are not square.
    """
    readers: tuple[Callable[[tifffile.TiffFile, Path, Unusable], Found | None], ...] = (
        from_fei,
        from_phenom,
        from_zeiss,
        from_tescan_tag,
        from_ome,
        from_imagej,
    )
    return next((found for read in readers if (found := read(tiff, path, unusable))), None)


def pixel_size_from_sidecar(path: Path, columns: int, unusable: Unusable) -> Found | None:
    """The pixel size in m from a text file the microscope left beside the image.

    Args:
        path: The image.
        columns: Its width in pixels.
        unusable: Takes what is said and cannot be used.

    Raises:
        PixelSizeError: The pixels are not square.
    """
    for name in (f"{path.stem}.txt", f"{path.stem}.TXT", f"{path.stem}.Txt"):
        if text := sidecar_text(path.with_name(name)):
            found = from_jeol_text(text, columns) or from_hitachi_text(text, columns, unusable)
            if found:
                return found
    for name in (f"{path.stem}-{path.suffix[1:]}.hdr", f"{path.stem}.hdr", f"{path.name}.hdr"):
        text = sidecar_text(path.with_name(name))
        if text and (found := from_tescan_text(text, path, unusable)):
            return found[0], f"Tescan header {name}"
    return None


def from_fei(tiff: tifffile.TiffFile, path: Path, unusable: Unusable) -> Found | None:
    """FEI and Thermo Fisher: ``PixelWidth`` in m in tag 34680 (SFEG) or 34682 (Helios)."""
    tags = tiff.pages.first.tags
    for tag in FEI_TAGS:
        sections = tags.valueof(tag)
        if not isinstance(sections, dict):
            continue
        for name in ("Scan", "EScan", "IScan"):
            section = sections.get(name, {})
            if width := _positive(section.get("PixelWidth")):
                require_square(width, _positive(section.get("PixelHeight")), path)
                return width, f"FEI tag {tag}"
            if "PixelWidth" in section:
                unusable.append(f"FEI tag {tag}: PixelWidth={section['PixelWidth']}")
    return None


def from_phenom(tiff: tifffile.TiffFile, path: Path, unusable: Unusable) -> Found | None:
    """Phenom: ``<pixelWidth unit="nm">`` in the XML of tag 34683."""
    value = tiff.pages.first.tags.valueof(PHENOM_TAG)
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        return None
    sides = []
    for name in ("pixelWidth", "pixelHeight"):
        match = re.search(rf'<{name}\s+unit="([^"]*)"\s*>\s*([^<\s]*)\s*<', text)
        sides.append(length_of(match[2], match[1]) if match else None)
        if match and sides[-1] is None:
            unusable.append(f"Phenom tag {PHENOM_TAG}: {name} {match[2]} {match[1]}")
    if not sides[0]:
        return None
    require_square(sides[0], sides[1], path)
    return sides[0], f"Phenom tag {PHENOM_TAG}"


def from_zeiss(tiff: tifffile.TiffFile, path: Path, unusable: Unusable) -> Found | None:
    """Zeiss, tag 34118: ``AP_IMAGE_PIXEL_SIZE``, else ``AP_WIDTH`` over the columns.

    ``AP_PIXEL_SIZE`` is that of the screen.
    """
    page = tiff.pages.first
    metadata = page.tags.valueof(ZEISS_TAG)
    if not isinstance(metadata, dict):
        return None
    for key, parts in (("ap_image_pixel_size", 1), ("ap_width", page.imagewidth)):
        entry = metadata.get(key)
        if not entry:
            continue
        length = length_of(entry[1], str(entry[2])) if len(entry) == 3 else None
        if length:
            return length / parts, f"Zeiss tag {ZEISS_TAG}" + (
                "" if parts == 1 else ": AP_WIDTH over the columns"
            )
        said = " ".join(str(part) for part in entry[1:])
        unusable.append(f"Zeiss tag {ZEISS_TAG}: {key.upper()} = {said}")
    return None


def from_tescan_tag(tiff: tifffile.TiffFile, path: Path, unusable: Unusable) -> Found | None:
    """Tescan: ``PixelSizeX`` in m in the text of tag 50431."""
    value = tiff.pages.first.tags.valueof(TESCAN_TAG)
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return from_tescan_text(text, path, unusable) if isinstance(text, str) else None


def from_tescan_text(text: str, path: Path, unusable: Unusable) -> Found | None:
    """Tescan: ``PixelSizeX=`` and ``PixelSizeY=`` in m in a block of text."""
    width = _positive(_first_group(rf"PixelSizeX\s*=\s*{_NUMBER}", text))
    if not width:
        if said := _first_group(r"PixelSizeX\s*=\s*(\S*)", text):
            unusable.append(f"Tescan: PixelSizeX={said}")
        return None
    require_square(width, _positive(_first_group(rf"PixelSizeY\s*=\s*{_NUMBER}", text)), path)
    return width, f"Tescan tag {TESCAN_TAG}"


def from_ome(tiff: tifffile.TiffFile, path: Path, unusable: Unusable) -> Found | None:
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
    width = length_of(pixels.get("PhysicalSizeX"), pixels.get("PhysicalSizeXUnit", "um"))
    if not width:
        if "PhysicalSizeX" in pixels.attrib:
            unit = pixels.get("PhysicalSizeXUnit", "")
            unusable.append(f"OME metadata: PhysicalSizeX {pixels.get('PhysicalSizeX')} {unit}")
        return None
    height = length_of(pixels.get("PhysicalSizeY"), pixels.get("PhysicalSizeYUnit", "um"))
    require_square(width, height, path)
    return width, "OME metadata"


def from_imagej(tiff: tifffile.TiffFile, path: Path, unusable: Unusable) -> Found | None:
    """ImageJ: pixels per ``unit`` in the resolution tags; a unit of inch is a printer's dpi."""
    unit = str((tiff.imagej_metadata or {}).get("unit", ""))
    if unit.lower() in _PRINTER_UNITS:
        return None
    tags = tiff.pages.first.tags
    sides = []
    for tag in ("XResolution", "YResolution"):
        numerator, denominator = tags.valueof(tag, default=(0, 1))
        sides.append(length_of(denominator / numerator, unit) if numerator else None)
    if not sides[0]:
        unusable.append(f"ImageJ metadata: a unit of {unit!r}")
        return None
    require_square(sides[0], sides[1], path)
    return sides[0], "ImageJ metadata"


def from_jeol_text(text: str, columns: int) -> Found | None:
    """JEOL: a bar of ``$$SM_MICRON_BAR`` pixels is ``$$SM_MICRON_MARKER`` long.

    ``$CM_FULL_SIZE`` gives the width the bar was counted at, in case the image was rescaled.
    """
    bar = _positive(_first_group(rf"^\$\$SM_MICRON_BAR\s+{_NUMBER}", text))
    marker = re.search(rf"^\$\$SM_MICRON_MARKER\s+{_NUMBER}\s*(\S+)", text, re.MULTILINE)
    length = length_of(marker.group(1), marker.group(2)) if marker else None
    if not bar or not length:
        return None
    full_width = _positive(_first_group(r"^\$CM_FULL_SIZE\s+(\d+)", text)) or columns
    return length / bar * full_width / columns, "JEOL sidecar text"


def from_hitachi_text(text: str, columns: int, unusable: Unusable) -> Found | None:
    """Hitachi: ``PixelSize=`` in nm, at the width of ``DataSize=``.

    Field-emission microscopes write it under ``[SemImageFile]``, tabletop ones without a header.
    """
    said = _first_group(r"^PixelSize\s*=\s*(\S+)", text)
    if said is None or not (
        "[SemImageFile]" in text or re.search(r"^InstructName\s*=", text, re.M)
    ):
        return None
    size = _positive(said)
    if not size:
        unusable.append(f"Hitachi sidecar text: PixelSize={said}")
        return None
    full_width = _positive(_first_group(r"^DataSize\s*=\s*(\d+)", text)) or columns
    return size * NM * full_width / columns, "Hitachi sidecar text"


def sidecar_text(path: Path) -> str | None:
    """The beginning of a text beside an image; None where there is no such plain file."""
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


def length_of(value: object, unit: str) -> float | None:
    """A length in m, None for what is none."""
    number = _positive(value)
    # "px" would be understood, as a 96th of an inch
    if number is None or unit.strip().lower() in _PRINTER_UNITS:
        return None
    # ImageJ writes the micro sign as an escape
    unit = unit.replace("\\u00B5", "u").replace("microns", "um").replace("micron", "um")
    try:
        return parse_quantity(f"{number!r} {unit}", unit="m", example="55.8 nm")
    except InputError:
        return None


def require_square(width: float, height: float | None, path: Path) -> None:
    """Raise where the two sides of a pixel in m differ by more than 1 %."""
    if height and abs(height - width) > _SQUARE_TOLERANCE * width:
        raise PixelSizeError(
            "the pixels are not square",
            file=path,
            found=f"{width / NM:.4g} x {height / NM:.4g} nm",
            expected="an image resampled to square pixels",
        )
