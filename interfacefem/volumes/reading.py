# SPDX-License-Identifier: BSD-3-Clause
"""Segmented volumes from files: whole, cropped, resampled, or slab by slab."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import VolumeSlab, deal_slabs
from interfacefem.errors import VolumeError, naming_file
from interfacefem.mpi import MPI
from interfacefem.parameters.volume_reading import VolumeReading
from interfacefem.parameters.voxels import Crop, VoxelSize
from interfacefem.progress import remark
from interfacefem.sizes import require_memory, shape_text
from interfacefem.units import NM
from interfacefem.volumes.formats.opening import open_stored_volume
from interfacefem.volumes.formats.stored import StoredVolume
from interfacefem.volumes.resampling import majority, overlaps
from interfacefem.volumes.voxel_kind import SHOWN_PLANES, require_segmented
from interfacefem.volumes.voxel_size import checked_voxel_size, shape_note

_FEWEST_VOXELS = 4  # along an axis that is resampled: with fewer nothing has a shape (assumed)
_RESAMPLING_BYTES = 21  # of resampling: shares and places beside the labels (measured)

_PART = 2**26  # bytes read at a time
_SECONDS_BETWEEN_REMARKS = 3

_NM_TEXT = '{voxel} such as "25 nm" or "50 nm, 25 nm, 25 nm"'


@dataclass(frozen=True, eq=False)
class VolumeFile:
    """An open file of voxels, the part of it that is wanted, and the voxels to have it on.

    Attributes:
        stored: The file.
        crop: First and one past the last stored voxel along each axis.
        stored_voxel_size: Edges of a stored voxel in m.
        voxel_size: Edges of a voxel as read in m.
        shape: Number of voxels as read.
        notes: What a reader of the result should know of the file.
    """

    stored: StoredVolume
    crop: Crop
    stored_voxel_size: VoxelSize
    voxel_size: VoxelSize
    shape: tuple[int, int, int]
    notes: tuple[str, ...] = ()

    @property
    def resampled(self) -> bool:
        """Whether voxels are read at another size than they are stored at."""
        return self.voxel_size != self.stored_voxel_size

    def labels(
        self,
        start: int = 0,
        stop: int | None = None,
        *,
        work_bytes: float = 0.0,
        processes: int = 1,
    ) -> npt.NDArray[np.integer]:
        """Labels of planes ``start`` to ``stop`` along axis 0, shape (stop - start, n1, n2).

        Args:
            start: First plane.
            stop: One past the last; default: all.
            work_bytes: What the work on them takes for each voxel, beside the labels.
            processes: How many of this machine read as many.

        Raises:
            VolumeError: Voxels are greys or probabilities, cannot be read, or they and the work on
                them do not fit into the memory.
        """
        stop = self.shape[0] if stop is None else stop
        work = max(work_bytes, _RESAMPLING_BYTES if self.resampled else 0)
        require_memory(
            (stop - start, *self.shape[1:]), self.stored.dtype.itemsize + work,
            file=self.stored.path, field="resample" if self.resampled else None,
            kind=VolumeError, processes=processes,
        )  # fmt: skip
        self.require_segmented()
        if not self.resampled:
            return self._labels_in_parts(start, stop)
        counts = [end - begin for begin, end in self.crop]
        ranges = [(start, stop), (0, self.shape[1]), (0, self.shape[2])]
        parts = [
            overlaps(count, size, new_size, *limits)
            for count, size, new_size, limits in zip(
                counts, self.stored_voxel_size, self.voxel_size, ranges, strict=True
            )
        ]
        (_, first, last), along1, along2 = parts
        labels = _as_labels(self._stored_values(first, last), self.stored.path)
        labels = labels[:, along1[1] : along1[2], along2[1] : along2[2]]
        return majority(labels, [matrix for matrix, _, _ in parts], (start, 0, 0))

    def _labels_in_parts(self, start: int, stop: int) -> npt.NDArray[np.integer]:
        """Labels as they are mapped, or else read part by part into the smallest type."""
        path = self.stored.path
        planes = max(1, _PART // (math.prod(self.stored.shape[1:]) * self.stored.dtype.itemsize))
        last = stop if self.stored.packed else min(stop, start + planes)
        part = _as_labels(self.values(start, last), path)
        if last == stop or _is_mapped(part):
            return part if last == stop else _as_labels(self.values(start, stop), path)
        labels = np.empty((stop - start, *part.shape[1:]), np.uint8)
        spoken = time.monotonic()
        while True:
            kind = np.result_type(labels.dtype, _smallest(part))
            if kind != labels.dtype:
                labels = labels.astype(kind)
            labels[last - start - len(part) : last - start] = part
            if last == stop:
                return labels
            if time.monotonic() - spoken > _SECONDS_BETWEEN_REMARKS:
                spoken = time.monotonic()
                remark(f"{path.name}: {last - start} of {stop - start} planes read")
            begin, last = last, min(stop, last + planes)
            part = _as_labels(self.values(begin, last), path)

    def require_segmented(self) -> None:
        """Look at some planes whether they hold labels, before all are read.

        Raises:
            VolumeError: Greys, probabilities, or what cannot be read.
        """
        count = self.crop[0][1] - self.crop[0][0]
        shown = min(count, SHOWN_PLANES)
        looked = np.arange(shown)
        if not self.stored.packed:
            looked = np.unique(np.linspace(0, count - 1, shown).astype(int))
        require_memory(
            (len(looked), *self.stored.shape[1:]), 2 * self.stored.dtype.itemsize + 16,
            file=self.stored.path, kind=VolumeError,
        )  # fmt: skip
        if self.stored.packed:
            planes = self._stored_values(0, shown)
        else:
            planes = np.concatenate(
                [self._stored_values(index, index + 1) for index in looked.tolist()]
            )
        require_segmented(planes, self.shape, self.stored.path)

    def values(self, start: int = 0, stop: int | None = None) -> npt.NDArray[np.generic]:
        """Voxels as stored, such as grey values, of planes ``start`` to ``stop`` of the crop.

        Raises:
            VolumeError: They are to be resampled, which only labels can be, or cannot be read.
        """
        if self.resampled:
            raise VolumeError("only labels can be resampled", file=self.stored.path)
        return self._stored_values(start, self.shape[0] if stop is None else stop)

    def _stored_values(self, start: int, stop: int) -> npt.NDArray[np.generic]:
        (first, _), (row0, row1), (column0, column1) = self.crop
        planes = self.stored.read(first + start, first + stop)
        planes = planes[:, row0:row1, column0:column1]
        return planes.astype(planes.dtype.newbyteorder("="), copy=False)


def open_volume(
    path: str | Path,
    *,
    voxel_size: VoxelSize | None = None,
    resample_to: VoxelSize | None = None,
    crop: Crop | None = None,
    shape: tuple[int, int, int] | None = None,
    voxel_type: str = "uint8",
    dataset: str | None = None,
    axes: str | None = None,
) -> VolumeFile:
    """Open a volume without loading it.

    Args:
        path: TIFF stack, folder of slices, NPY, NPZ, HDF5, Zarr, MRC, NRRD, or raw bytes.
        voxel_size: Edges of a voxel along axes 0, 1, 2 in m; default: what the file declares.
        resample_to: Edges of the voxels to read it on, in m.
        crop: First and one past the last voxel along each axis; default: all.
        shape: Of a raw file.
        voxel_type: Of a raw file, as numpy names it.
        dataset: In an HDF5 or NPZ file that holds several.
        axes: "ZYX" to take a TIFF file's axes as they are stored.

    Raises:
        VolumeError: The file is missing, damaged, truncated, two-dimensional, in colours, of
            unknown order, without voxel size, smaller than the crop, or
            left with too few voxels by the resampling.
    """
    path = Path(path)
    stored = open_stored_volume(
        path, shape=shape, voxel_type=voxel_type, dataset=dataset, axes=axes
    )
    size = voxel_size or stored.voxel_size
    if size is None:
        raise VolumeError("does not say how large a voxel is", file=path, expected=_NM_TEXT)
    with naming_file(path):
        size = checked_voxel_size(
            size, "voxel" if voxel_size is not None else "voxel size in the file"
        )
    limits = checked_crop(crop, stored)
    counts = [stop - start for start, stop in limits]
    new_size = size if resample_to is None else checked_voxel_size(resample_to, "resample")
    new_counts = [
        count if old == new else max(1, math.floor(count * old / new + 0.5))
        for count, old, new in zip(counts, size, new_size, strict=True)
    ]
    # a last voxel that begins beyond the old ones would have nothing to take its label from
    new_counts = [
        min(new_count, math.ceil(count * old / new - 1e-9))
        for new_count, count, old, new in zip(new_counts, counts, size, new_size, strict=True)
    ]
    if any(new < min(old, _FEWEST_VOXELS) for new, old in zip(new_counts, counts, strict=True)):
        raise VolumeError(
            "leaves too few voxels",
            file=path,
            field="resample",
            found=f"{shape_text(new_counts)} of {shape_text(counts)} voxels",
            expected=f"at least {_FEWEST_VOXELS} along each axis",
        )
    n0, n1, n2 = new_counts
    notes = (*stored.notes, *shape_note(size))
    return VolumeFile(stored, limits, size, new_size, (n0, n1, n2), notes)


def open_as(path: str | Path, reading: VolumeReading) -> VolumeFile:
    """Open a volume as a user said, without loading it.

    Raises:
        VolumeError: See ``open_volume``.
    """
    return open_volume(
        path,
        voxel_size=reading.voxel,
        resample_to=reading.resample,
        crop=reading.crop,
        shape=reading.shape,
        voxel_type=reading.voxel_type,
        dataset=reading.dataset,
        axes=reading.axis_order,
    )


def read_volume(path: str | Path, **options: object) -> SegmentedVolume:
    """Read a segmented volume as a whole; the options are those of ``open_volume``.

    Raises:
        VolumeError: See ``open_volume``; voxels that are no whole numbers.
    """
    file = open_volume(path, **options)  # type: ignore[arg-type]
    return SegmentedVolume(file.labels(), file.voxel_size, Path(path))


def voxel_size_text(voxel_size: VoxelSize) -> str:
    """Edges in nm as people read them: one if they are equal."""
    lengths = [f"{size / NM:.4g}" for size in voxel_size]
    return (lengths[0] if len(set(lengths)) == 1 else " x ".join(lengths)) + " nm"


def checked_crop(crop: Crop | None, stored: StoredVolume) -> Crop:
    """A crop that lies within the stored volume, the whole of it by default.

    Raises:
        VolumeError: It does not.
    """
    if crop is None:
        n0, n1, n2 = stored.shape
        return (0, n0), (0, n1), (0, n2)
    if not all(0 <= a < b <= count for (a, b), count in zip(crop, stored.shape, strict=True)):
        raise VolumeError(
            "does not fit into the volume",
            file=stored.path,
            field="crop",
            found=",".join(f"{a}:{b}" for a, b in crop),
            expected="within " + ",".join(f"0:{count}" for count in stored.shape),
        )
    return crop


def _as_labels(values: npt.NDArray[np.generic], path: Path) -> npt.NDArray[np.integer]:
    """Whole numbers in the smallest type that holds them as they were stored."""
    if values.dtype == bool:
        return values.view(np.uint8) if values.flags.c_contiguous else values.astype(np.uint8)
    if np.issubdtype(values.dtype, np.integer):
        return cast(npt.NDArray[np.integer], values)
    if not np.issubdtype(values.dtype, np.floating):
        raise VolumeError("holds no numbers", file=path, found=str(values.dtype))
    invalid = ~np.isfinite(values)
    if invalid.any():
        raise VolumeError(
            "holds values that are not finite numbers",
            file=path,
            found=f"{np.count_nonzero(invalid)} of {values.size} voxels",
            expected="a label for each voxel",
        )
    if any((plane != np.rint(plane)).any() for plane in values):
        require_segmented(values, values.shape, path)
    least, most = float(values.min()), float(values.max())
    kinds = (np.uint8, np.uint16, np.uint32) if least >= 0 else (np.int32,)
    kind = next((one for one in kinds if most <= np.iinfo(one).max), np.int64)
    return values.astype(kind)


def _is_mapped(values: npt.NDArray[np.generic]) -> bool:
    """Whether values lie in a file that is mapped."""
    base: object = values
    while isinstance(base, np.ndarray):
        if isinstance(base, np.memmap):
            return True
        base = base.base
    return False


def _smallest(labels: npt.NDArray[np.integer]) -> np.dtype[np.integer]:
    """The smallest type that holds labels."""
    least, most = np.min_scalar_type(int(labels.min())), np.min_scalar_type(int(labels.max()))
    return cast("np.dtype[np.integer]", np.result_type(least, most))


def read_slab(file: VolumeFile, comm: MPI.Comm, work_bytes: float = 0.0) -> VolumeSlab:
    """Read this rank's planes of a volume.

    Args:
        file: The volume.
        comm: The ranks that share it.
        work_bytes: What the work on it takes for each voxel, beside the labels.

    Raises:
        VolumeError: They cannot be read, do not fit into the memory together with the work, or
            there are fewer planes than ranks.

    Collective.
    """
    slabs = deal_slabs(file.shape, file.voxel_size, comm)
    here = comm.Split_type(MPI.COMM_TYPE_SHARED)
    processes = here.size
    here.Free()
    labels = file.labels(slabs.start, slabs.stop, work_bytes=work_bytes, processes=processes)
    return VolumeSlab(labels, file.shape, file.voxel_size, slabs)
