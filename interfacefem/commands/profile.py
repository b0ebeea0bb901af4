# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem profile``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from interfacefem.commands.arguments import FileName, Flag, LeftOut, Output
from interfacefem.errors import naming_file
from interfacefem.files import require_writable_folder
from interfacefem.parameters.sampling import Sampling

if TYPE_CHECKING:
    from interfacefem.assessment.image import ImageProfiles


def profile(
    image: FileName,
    *,
    sampling: Annotated[Sampling, LeftOut(("line",))],
    look: Flag = False,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Take interface profiles from a micrograph; show what was taken; roughness statistics.

    Parameters
    ----------
    image:
        TIFF, PNG or JPEG.
    look:
        Only draw what is seen into trace.png: phases, boundary, crop; and say what the check of the
        line says.
    out:
        Folder for profiles and overlay; default: results/IMAGE_profile.
    json:
        Print one JSON object instead of a table.
    """
    folder = out or Path("results") / f"{image.stem}_profile"
    with naming_file(image):
        (look_at if look else run)(image, sampling, folder, json, output)


def look_at(image: Path, sampling: Sampling, out: Path, json: bool, output: Output) -> None:
    """Draw what is seen in an image and print the measures of its lines; collective."""
    from interfacefem.assessment.image import image_result, take_profiles
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.commands.trace_picture import (
        NAME,
        drawing_failures,
        quality_text,
        write_picture,
    )
    from interfacefem.images import attempt_of
    from interfacefem.mpi import MPI
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging

    configure_logging(quiet=output.quiet, verbose=output.verbose)

    def draw() -> dict[str, Any]:
        require_writable_folder(out)
        with drawing_failures(out):
            taken = take_profiles(image, sampling, keep_refused=True)
        result = image_result(taken)
        attempt = attempt_of(taken.micrograph, taken.extraction)
        write_picture(attempt, quality_text(result["quality"]), out / NAME)
        return {**result, "notes": list(taken.extraction.notes), "picture": str(out / NAME)}

    result = on_first_rank(MPI.COMM_WORLD, draw)
    if result is None:
        return
    if json:
        print_json(result)
        return
    quality = result["quality"]
    names = ("line", "verdict", "edge_free", "separation", "lasting", "moved", "on_depth_limit",
             "data_bar")  # fmt: skip
    print_table(
        f"{image.name}: {quality_text(quality)}",
        names,
        [[row[name] for name in names] for row in quality["lines"]],
    )
    print_line(f"picture: {result['picture']}")


def run(image: Path, sampling: Sampling, out: Path, json: bool, output: Output) -> None:
    """Take profiles from an image, write them with an overlay, print statistics; collective."""
    from interfacefem.api.trace import trace_as
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.commands.trace_picture import drawing_failures
    from interfacefem.mpi import MPI
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)

    def take_and_write() -> dict[str, Any]:
        require_writable_folder(out)
        with progress("profile", 2, quiet=output.quiet) as step:
            step(f"profiles of {image.name}")
            with drawing_failures(out):
                traced = trace_as(image, sampling)
            step("overlay")
            write_profiles(traced.taken, out)
            traced.write(out / "profile.json")
        return traced.to_dict()

    result = on_first_rank(MPI.COMM_WORLD, take_and_write)
    if result is None:
        return
    if json:
        print_json(result)
        return
    names = ("line", "width_um", "Ra_um", "Rq_um", "Rz_um", "Rsk", "Rku", "RSm_um", "Rdq",
             "length_ratio")  # fmt: skip
    print_table(
        f"{image.name}: {result['method']}, pixel {result['pixel_size_nm']:.4g} nm "
        f"({result['pixel_size_source']})" + (", synthetic" if result["synthetic"] else ""),
        names,
        [[line[name] for name in names] for line in result["lines"]],
    )
    for note in result["notes"]:
        print_line(f"  {note}")
    print_line(f"profiles and overlay: {out}")


def write_profiles(taken: ImageProfiles, out: Path) -> None:
    """Write ``profiles/line_N.csv`` and ``overlay.png``."""
    from interfacefem.report import overlay_figure, save_figure
    from interfacefem.surfaces import write_profile_csv

    for number, extracted in enumerate(taken.extraction.profiles, start=1):
        write_profile_csv(extracted.profile, out / "profiles" / f"line_{number}.csv")
    figure = overlay_figure(taken.micrograph, taken.extraction)
    save_figure(figure, out / "overlay.png", synthetic=taken.micrograph.is_synthetic)
