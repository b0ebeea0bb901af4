# SPDX-License-Identifier: BSD-3-Clause
"""The volume that the options of ``interfacefem volume`` describe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from interfacefem.errors import VolumeError
from interfacefem.volumes.reading import VolumeFile, open_volume, parse_crop, parse_shape
from interfacefem.volumes.voxel_size import parse_voxel_size

if TYPE_CHECKING:
    from interfacefem.cli import VolumeOptions


def open_from_options(path: Path, options: VolumeOptions) -> VolumeFile:
    """Open a volume as the options say, without loading it.

    Raises:
        VolumeError: An option or the file cannot be read.
    """
    if options.axes not in {None, "ZYX"}:
        raise VolumeError("is not known", field="--axes", found=f'"{options.axes}"', expected="ZYX")
    return open_volume(
        path,
        voxel_size=None if options.voxel is None else parse_voxel_size(options.voxel),
        resample_to=(
            None if options.resample is None else parse_voxel_size(options.resample, "--resample")
        ),
        crop=None if options.crop is None else parse_crop(options.crop),
        shape=None if options.shape is None else parse_shape(options.shape),
        voxel_type=options.voxel_type,
        dataset=options.dataset,
        axes=options.axes,
    )
