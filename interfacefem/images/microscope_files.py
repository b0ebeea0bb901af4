# SPDX-License-Identifier: BSD-3-Clause
"""Files that only a microscope's own software reads otherwise: DM3, DM4, EMD, SER and others.

RosettaSciIO (the extra ``microscopes``) reads them, with their calibrated axes; it is imported
only when such a file is given.
"""

from __future__ import annotations

import importlib
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.errors import ImageError
from interfacefem.images.pixel_size import Found, Unusable, length_of, require_square

_log = logging.getLogger(__name__)

SUFFIXES = frozenset(
    f".{name}" for name in (
        "dm3", "dm4", "emd", "de5", "ser", "emi", "mrc", "ali", "mrcz", "hspy", "elid",
        "bcf", "unf", "rpl", "nxs", "tvips", "blo", "asw",
    )
)  # fmt: skip
_INSTALL = 'the extra microscopes: ./ifem shell python3 -m pip install "rosettasciio>=0.9"'


def is_microscope_file(path: Path) -> bool:
    """Whether the name is that of a format that RosettaSciIO reads."""
    return path.suffix.lower() in SUFFIXES


def read_microscope_file(
    path: Path, unusable: Unusable
) -> tuple[npt.NDArray[Any], Found | None, dict[str, str]]:
    """The first image in a file, with its pixel size.

    Args:
        path: The file.
        unusable: Takes what its axes say that is no length.

    Returns:
        Values, shape ``(rows, columns)``, the side of a pixel in m if an axis says it, facts.

    Raises:
        ImageError: RosettaSciIO is not installed, or there is no image in the file.
        PixelSizeError: The pixels are not square.
    """
    name = path.suffix[1:].lower()
    try:
        from rsciio import IO_PLUGINS
    except ImportError:
        raise ImageError(
            f"is a {name.upper()} file, for which RosettaSciIO is not installed",
            file=path,
            expected=_INSTALL,
        ) from None
    plugins = [one for one in IO_PLUGINS if name in {e.lower() for e in one["file_extensions"]}]
    failures = []
    signals: list[dict[str, Any]] = []
    for plugin in plugins:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what other programs wrote
                signals = importlib.import_module(plugin["api"]).file_reader(str(path))
            break
        except MemoryError:
            raise ImageError("does not fit into the memory", file=path) from None
        except Exception as error:  # whatever the first impossible number leads to
            failures.append(f"{plugin['name']}: {type(error).__name__}: {error}")
    images = [one for one in signals if _sides(one) is not None]
    if not images:
        reason = f" ({'; '.join(failures)})" if failures and not signals else ""
        raise ImageError(
            f"holds no image that can be read{reason}",
            file=path,
            found=f"{len(signals)} data sets",
            expected="an image in two dimensions",
        )
    if len(images) > 1:
        _log.warning("%s: holds %d images; the first is taken", path, len(images))
    signal = images[0]
    sides = _sides(signal)
    assert sides is not None
    pixels = np.squeeze(np.asarray(signal["data"]))
    sizes = []
    for axis in sides:
        unit = str(axis.get("units") or "")
        length = length_of(axis.get("scale"), unit) if unit else None
        if length is None and unit:
            unusable.append(f"axis {axis.get('name')}: {axis.get('scale')} {unit}")
        sizes.append(length)
    height, width = sizes
    found: Found | None = None
    if width is not None:
        require_square(width, height, path)
        found = width, f"{name.upper()} axes"
    return pixels, found, {"format": name.upper()}


def _sides(signal: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The axes of rows and columns, None where the data are no image."""
    data = signal["data"]
    if data.dtype.names is not None or np.iscomplexobj(data):
        return None
    axes = [axis for axis in signal["axes"] if axis.get("size", 1) > 1]
    return axes if len(axes) == 2 and sum(side > 1 for side in data.shape) == 2 else None
