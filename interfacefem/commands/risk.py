# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem risk``."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import cyclopts

from interfacefem.commands.arguments import FileName, Flag, LeftOut, Output
from interfacefem.errors import InputError, naming_file
from interfacefem.files import require_writable_folder
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import Sampling

if TYPE_CHECKING:
    from interfacefem.assessment.assess import AssessedImage
    from interfacefem.assessment.image import ImageProfiles


def risk(
    images: list[FileName],
    *,
    group: list[str] | None = None,
    parameters: FileName | None = None,
    sampling: Annotated[Sampling, LeftOut(("line",))],
    contact_limited: Flag = False,
    budget: Annotated[bool, cyclopts.Parameter(negative="--no-budget")] = True,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """From micrographs to current and stress ratio: values, groups, what moves them, figures.

    Parameters
    ----------
    images:
        TIFF, PNG or JPEG; several form groups by their folders.
    group:
        NAME=PATTERN: the images whose name or path fits the pattern; repeatable.
    parameters:
        YAML file with the cell (domain, electrolyte, kinetics, load, block, stress); default: LPSCl
        on lithium.
    contact_limited:
        Also solve for current that passes only where a stack pressure presses the metal on.
    budget:
        Find out what moves the number besides the surface: threshold, smoothing, method, ends, ...
    out:
        Folder for results and figures; default: results/IMAGE_risk, results/risk for several.
    json:
        Print one JSON object instead of a table.
    """
    one = len(images) == 1 and not group
    folder = out or Path("results") / (f"{images[0].stem}_risk" if one else "risk")
    with naming_file(images[0] if one else None):
        run(
            images, group or [], parameters, sampling, contact_limited, budget, folder, json, output
        )


def run(
    images: Sequence[Path],
    groups: Sequence[str],
    parameters: Path | None,
    sampling: Sampling,
    contact_limited: bool,
    with_budget: bool,
    out: Path,
    json: bool,
    output: Output,
) -> None:
    """Sections, both physics, values and figures of images, groups of them; collective."""
    from interfacefem.assessment.assess import assess_image, steps_of
    from interfacefem.assessment.image import take_profiles
    from interfacefem.assessment.one_length import require_one_length_of
    from interfacefem.commands.printing import print_json
    from interfacefem.commands.risk_output import (
        print_groups,
        print_image,
        write_groups,
        write_image,
    )
    from interfacefem.commands.trace_picture import drawing_failures
    from interfacefem.mpi import MPI
    from interfacefem.parallel import on_first_rank
    from interfacefem.parameters.case_file import read_cell
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    several = len(images) > 1 or bool(groups)
    named = groups_of(images, groups) if several else {}

    def take(image: Path) -> ImageProfiles:
        with drawing_failures(out / image.stem if several else out):
            return take_profiles(image, sampling)

    def read() -> tuple[Cell, list[ImageProfiles]]:
        cell = Cell() if parameters is None else read_cell(parameters)
        require_writable_folder(out)
        taken = [take(image) for image in images]
        require_one_length_of(taken, "--reference-length")
        return cell, taken

    cell, taken = comm.bcast(on_first_rank(comm, read), root=0)
    choices = {"with_budget": with_budget, "contact_limited": contact_limited}
    steps = sum(steps_of(one, **choices) for one in taken) + len(taken) + 1
    assessed: list[AssessedImage] = []
    with progress("risk", steps, quiet=output.quiet) as step:
        for image, one in zip(images, taken, strict=True):
            assessed.append(assess_image(one, cell, comm=comm, step=step, **choices))
            step(f"figures of {image.name}")
            folder = out / image.stem if several else out
            write_image(assessed[-1], folder, comm)
        if not several:
            result = assessed[0].found
        else:
            result = several_result(named, images, assessed)
            step("groups")
            on_first_rank(comm, lambda: write_groups(result, out))
    if json:
        print_json(result)
    elif several:
        print_groups(result, out)
    else:
        print_image(images[0].name, result, out)


def several_result(
    named: Mapping[str, Sequence[Path]], images: Sequence[Path], assessed: Sequence[AssessedImage]
) -> dict[str, Any]:
    """Contract of ``interfacefem risk IMAGES... --json`` (docs/results.md)."""
    from interfacefem.api.risk import risks_result

    found = {image: one.found for image, one in zip(images, assessed, strict=True)}
    return risks_result(
        [(name, found[image]) for name, chosen in named.items() for image in chosen]
    )


def groups_of(images: Sequence[Path], patterns: Sequence[str]) -> dict[str, list[Path]]:
    """Images by group: by their folder, or by patterns of their names.

    Args:
        images: Their files.
        patterns: ``NAME=PATTERN``, as a shell's: matched with the whole path and with the name.

    Raises:
        InputError: A pattern is none or matches nothing, an image fits none or several of them, or
            two images have one name.
    """
    if len({image.stem for image in images}) < len(images):
        repeated = next(one for one in images if sum(o.stem == one.stem for o in images) > 1)
        if len({image.resolve() for image in images}) < len(images):
            raise InputError("is given twice", file=repeated)
        raise InputError("has the name of another image", file=repeated, expected="distinct names")
    named: dict[str, list[Path]] = {}
    if not patterns:
        for image in images:
            named.setdefault(image.resolve().parent.name, []).append(image)
        return named
    rules = []
    for text in patterns:
        name, separator, pattern = text.partition("=")
        if not (separator and name and pattern):
            raise InputError(
                "is no group", field="--group", found=f'"{text}"', expected='such as "4h=tapes/4h*"'
            )
        rules.append((name, pattern))
        named.setdefault(name, [])
    for image in images:
        fitting = {
            name
            for name, pattern in rules
            if fnmatch.fnmatch(str(image), pattern) or fnmatch.fnmatch(image.name, pattern)
        }
        if len(fitting) != 1:
            raise InputError(
                "fits " + (" and ".join(sorted(fitting)) if fitting else "no group"),
                file=image,
                field="--group",
                expected="one group for each image",
            )
        named[fitting.pop()].append(image)
    empty = [name for name, chosen in named.items() if not chosen]
    if empty:
        raise InputError("matches no image", field="--group", found=f'"{empty[0]}"')
    return named
