# SPDX-License-Identifier: BSD-3-Clause
"""Labels and edges as files that other programs read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile

from interfacefem.files import write_text_atomically, written_atomically
from interfacefem.parameters.voxels import VoxelSize
from interfacefem.units import UM


def write_labels(
    labels: npt.NDArray[np.integer], path: str | Path, voxel_size: VoxelSize | None = None
) -> None:
    """Write labels as TIFF (deflate; ImageJ metadata with the voxel size for volumes) or NPY.

    Args:
        labels: Shape ``(rows, columns)`` or ``(slices, rows, columns)``, 8 or 16 bit.
        path: File ending in .tif, .tiff or .npy.
        voxel_size: Edges of a voxel in m; None leaves it out.

    Raises:
        InputError: The folder cannot be written to.

    Rank-local: call on one rank.
    """
    path = Path(path)
    with written_atomically(path) as temporary:
        if path.suffix.lower() == ".npy":
            with temporary.open("wb") as stream:
                np.save(stream, labels)
        elif labels.ndim == 2:
            tifffile.imwrite(temporary, labels, compression="zlib", photometric="minisblack")
        else:
            metadata: dict[str, object] = {"axes": "ZYX"}
            resolution = None
            if voxel_size is not None:
                metadata |= {"spacing": voxel_size[0] / UM, "unit": "um"}
                resolution = (UM / voxel_size[2], UM / voxel_size[1])
            tifffile.imwrite(
                temporary, labels, imagej=True, compression="zlib", resolution=resolution,
                metadata=metadata, photometric="minisblack",
            )  # fmt: skip


def write_edges(edges: npt.NDArray[np.integer], path: str | Path) -> None:
    """Write the first row below the edge for each slice and column, as CSV.

    Args:
        edges: Shape ``(slices, columns)``.
        path: The file.

    Raises:
        InputError: The folder cannot be written to.

    Rank-local: call on one rank.
    """
    lines = ["slice,column,row"]
    for (index, column), row in np.ndenumerate(edges):
        lines.append(f"{index},{column},{row}")
    write_text_atomically(path, "\n".join(lines) + "\n")
