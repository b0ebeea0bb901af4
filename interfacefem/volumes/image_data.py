# SPDX-License-Identifier: BSD-3-Clause
"""Fields on voxels for ParaView: VTK image data (VTI)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.solver import Conduction, VolumeSlab
from interfacefem.files import written_atomically
from interfacefem.parallel import on_first_rank

_TYPES = {
    "uint8": "UInt8", "int8": "Int8", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32",
    "int32": "Int32", "uint64": "UInt64", "int64": "Int64", "float32": "Float32",
    "float64": "Float64",
}  # fmt: skip


def write_image_data(
    path: Path, fields: dict[str, npt.NDArray[np.generic]], voxel_size: tuple[float, float, float]
) -> None:
    """Write fields as cell data; axis 0 of the arrays becomes z in ParaView, axis 2 becomes x.

    Args:
        path: File ending in .vti.
        fields: By name, all of the same shape (n0, n1, n2).
        voxel_size: Edges along axes 0, 1, 2 in m.

    Raises:
        InputError: The folder cannot be written to.

    Rank-local: call on one rank.
    """
    n0, n1, n2 = next(iter(fields.values())).shape
    extent = f"0 {n2} 0 {n1} 0 {n0}"
    spacing = " ".join(f"{size:.9g}" for size in reversed(voxel_size))
    arrays, offset = [], 0
    for name, values in fields.items():
        kind = _TYPES[values.dtype.name]
        arrays.append(
            f'<DataArray type="{kind}" Name="{name}" format="appended" offset="{offset}"/>'
        )
        offset += 8 + values.nbytes
    head = (
        '<?xml version="1.0"?>\n<VTKFile type="ImageData" version="1.0" byte_order="LittleEndian" '
        f'header_type="UInt64">\n<ImageData WholeExtent="{extent}" Origin="0 0 0" '
        f'Spacing="{spacing}">\n<Piece Extent="{extent}">\n<CellData>\n'
        + "\n".join(arrays)
        + '\n</CellData>\n</Piece>\n</ImageData>\n<AppendedData encoding="raw">\n_'
    )
    with written_atomically(path) as temporary, temporary.open("wb") as stream:
        stream.write(head.encode())
        for values in fields.values():
            stream.write(np.array(values.nbytes, "<u8").tobytes())
            little = values.dtype.newbyteorder("<")
            for plane in values:
                stream.write(np.ascontiguousarray(plane, dtype=little).tobytes())
        stream.write(b"\n</AppendedData>\n</VTKFile>\n")


def write_potential(path: Path, conduction: Conduction, volume: VolumeSlab) -> None:
    """Write labels and potential (nan where no current can flow) of all ranks; collective."""
    comm = volume.slabs.comm
    # one field at a time and in single precision: it has to fit on one rank
    potential = _whole(conduction.potential.astype(np.float32), volume)
    labels = _whole(np.ascontiguousarray(volume.labels), volume)

    def write() -> None:
        assert potential is not None
        assert labels is not None
        fields = {"label": labels, "potential": potential}
        write_image_data(path, fields, volume.voxel_size)

    on_first_rank(comm, write)


def _whole(values: npt.NDArray[np.generic], volume: VolumeSlab) -> npt.NDArray[np.generic] | None:
    parts = volume.slabs.comm.gather(values, root=0)
    return None if parts is None else np.concatenate(parts)
