# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem volume segment``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.errors import VolumeError
from interfacefem.files import require_not_an_input, require_writable_folder
from interfacefem.parameters.segmentation import Segmenting


def volume_segment(
    grey: FileName,
    *,
    out: FileName = Path("labels.tif"),
    asked: Segmenting,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Turn grey slices into labels: by painted examples, a stored classifier, or thresholds.

    Parameters
    ----------
    grey:
        Volume, folder of slices, or one image.
    out:
        Labels, TIFF or NPY.
    json:
        Print one JSON object instead of a table.
    """
    run(grey, out, asked, json, output)


def run(
    grey: Path,
    out: Path,
    options: Segmenting,
    json: bool,
    output: Output,
) -> None:
    """Segment one volume or image, print what was done, write the labels."""
    from interfacefem.api.segment import checked_inputs, keep_classifier, labels_of
    from interfacefem.commands.printing import print_json
    from interfacefem.progress import configure_logging, progress
    from interfacefem.volumes.grey_slices import open_grey
    from interfacefem.volumes.label_files import write_edges

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    inputs = checked_inputs(grey, options)
    require_writable_folder(out.parent)
    require_not_an_input(out, inputs, "--out")
    if out.suffix.lower() not in {".tif", ".tiff", ".npy"}:
        raise VolumeError("is no TIFF and no NPY file", field="--out", found=f'"{out.name}"')
    with progress("segment", 5, quiet=output.quiet) as step:
        step(f"reading {grey}")
        slices = open_grey(grey, dataset=options.dataset, axes=options.axis_order)
        found = labels_of(slices, options, step)
        step("writing")
        result = found.to_dict()
        keep_classifier(found, options)
        if found.edges is not None:
            file = out.with_name(f"{out.stem}_edge.csv")
            write_edges(found.edges, file)
            result["edge_file"] = str(file)
        found.write(out)
    if json:
        print_json(result)
        return
    _print(grey, out, result)


def _print(grey: Path, out: Path, result: dict[str, Any]) -> None:
    from interfacefem.commands.printing import print_line, print_table

    count, rows, columns = result["shape"]
    title = f"{grey}: {count} slices of {rows} x {columns} pixels"
    columns = {"share": result["fractions"]} | {
        column: result[key]
        for column, key in (
            ("held-out recall", "held_out_recall"), ("held-out precision", "held_out_precision"),
        )
        if key in result
    }  # fmt: skip
    print_table(
        title,
        ("label", *columns),
        [
            (name, *(column.get(name) for column in columns.values()))
            for name in result["fractions"]
        ],
    )
    if result.get("held_out_accuracy") is not None:
        print_line(f"held-out accuracy {result['held_out_accuracy']:.4f} ({result['held_out']})")
    elif "held_out_accuracy" in result:
        print_line("no held-out accuracy: labels lie in fewer than three blocks of 64 pixels")
    if "thresholds" in result:
        print_line("thresholds: " + ", ".join(f"{level:.5g}" for level in result["thresholds"]))
    if "edge_file" in result:
        print_line(f"edge of each slice: {result['edge_file']}")
    print_line(f"labels: {out}")
