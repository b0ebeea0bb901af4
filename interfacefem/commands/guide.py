# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem guide``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from interfacefem.commands.arguments import Count, FileName, Flag, Output
from interfacefem.errors import InputError


def guide(
    image: FileName,
    drawn: FileName,
    *,
    labels: tuple[Count, ...] = (),
    electrolyte: Literal["above", "below"] | None = None,
    out: FileName | None = None,
    replace: Flag = False,
    output: Output = Output(),
) -> None:
    """Make the guide of an image from what was drawn in another program (docs/guide.md).

    Parameters
    ----------
    image:
        TIFF, PNG or JPEG.
    drawn:
        Label mask (TIFF, PNG, NPY), ilastik's HDF5, ImageJ's .roi or .zip, napari's shapes (CSV),
        or a CSV with the columns x_px,y_px.
    labels:
        Labels of a mask that are electrolyte; ilastik's count from 1; repeatable.
    electrolyte:
        Side of the electrolyte in the image; default: above.
    out:
        Where the guide is written; default: NAME.EXT.guide.yaml beside the image.
    replace:
        Write over a guide that is there.
    """
    run(image, drawn, labels, electrolyte, out, replace, output)


def run(
    image: Path,
    drawn: Path,
    labels: tuple[int, ...],
    electrolyte: Literal["above", "below"] | None,
    out: Path | None,
    replace: bool,
    output: Output,
) -> None:
    """Read what was drawn, check it against the image, write the guide; collective."""
    from interfacefem.commands.printing import print_line
    from interfacefem.images.drawn_files import (
        FIELDS,
        line_of_field,
        read_drawn_field,
        read_drawn_line,
    )
    from interfacefem.images.guide import (
        DECIMALS,
        Guidance,
        Guide,
        guide_beside,
        require_fitting,
        write_guide,
    )
    from interfacefem.images.reading import read_grey_values
    from interfacefem.mpi import MPI
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    target = out or guide_beside(image)

    def make() -> Guide:
        if target.exists() and not replace:
            raise InputError(
                "is there already", file=target, expected="--replace, or another --out"
            )
        rows, columns = read_grey_values(image).shape
        shape = (rows, columns)
        if drawn.suffix.lower() in FIELDS:
            field = read_drawn_field(drawn, labels or None, shape)
            lines = [line_of_field(field, electrolyte=electrolyte or "above")]
        elif labels:
            raise InputError("belongs to a mask", field="--labels", found=drawn.name)
        else:
            lines = read_drawn_line(drawn, shape)
        pieces: Any = [{"points": line.round(DECIMALS).tolist()} for line in lines]
        said: dict[str, Any] = {} if electrolyte is None else {"electrolyte": electrolyte}
        try:
            found = Guide(**said, boundary=pieces)
        except InputError as error:
            error.file = str(drawn)
            raise
        require_fitting(Guidance(found, drawn), shape)
        write_guide(found, image, target)
        return found

    found = on_first_rank(MPI.COMM_WORLD, make)
    if found is None:
        return
    points = sum(len(piece.points) for piece in found.boundary)
    print_line(f"{len(found.boundary)} drawn pieces of {points} points: {target}")
    print_line(f"look at it: ./ifem profile {image}")
