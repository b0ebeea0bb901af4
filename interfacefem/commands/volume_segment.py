# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem volume segment``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.errors import VolumeError, naming_file
from interfacefem.files import require_not_an_input, require_writable_folder
from interfacefem.parameters.segmentation import ClassifierSettings, Segmenting

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Planes = npt.NDArray[np.float32]
    from interfacefem.progress import Step
    from interfacefem.segmentation.classifier_training import HeldOut
    from interfacefem.segmentation.pixel_classifier import PixelClassifier
    from interfacefem.volumes.grey_slices import GreySlices

_VARIATION = 0.08  # of the grey scale, where images of different contrast are to be segmented


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
    from interfacefem.commands.printing import print_json
    from interfacefem.progress import configure_logging, progress
    from interfacefem.volumes.grey_slices import open_grey

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    _check_options(options)
    inputs = [grey] if options.train is None else [grey, options.train]
    if options.model is not None:
        if options.train is not None:
            require_writable_folder(options.model.parent)
            require_not_an_input(options.model, inputs, "--model")
        inputs.append(options.model)
    require_writable_folder(out.parent)
    require_not_an_input(out, inputs, "--out")
    if out.suffix.lower() not in {".tif", ".tiff", ".npy"}:
        raise VolumeError("is no TIFF and no NPY file", field="--out", found=f'"{out.name}"')
    with progress("segment", 5, quiet=output.quiet) as step:
        step(f"reading {grey}")
        slices = open_grey(grey, dataset=options.dataset, axes=options.axis_order)
        result = _segment(slices, out, options, step)
    if json:
        print_json(result)
        return
    _print(grey, out, result)


def _segment(whole: GreySlices, out: Path, options: Segmenting, step: Step) -> dict[str, Any]:
    import numpy as np

    from interfacefem.segmentation.classifier_file import read_classifier, write_classifier
    from interfacefem.segmentation.classifier_training import train_classifier
    from interfacefem.segmentation.drift import common_part, measure_drift
    from interfacefem.segmentation.pixel_classifier import prepared
    from interfacefem.segmentation.slice_thresholds import find_thresholds, labels_by_threshold
    from interfacefem.volumes.label_files import write_edges, write_labels

    settings = _settings(options)
    slices = whole if options.crop is None else whole.cropped(options.crop)
    classifier = None
    voxel_size = slices.voxel_size if options.voxel is None else options.voxel
    if options.train is None and options.model is not None:
        classifier = read_classifier(options.model)
        settings = classifier.settings
    drift: npt.NDArray[np.floating] = np.zeros((slices.shape[0], 2))
    step("cleaning")
    if options.align and not slices.is_image:
        drift = measure_drift(slices)
    with naming_file(slices.path):
        part = common_part(drift, slices.shape[1:])
        planes = [
            prepared(_aligned(slice_values, drift[index], part), settings)
            for index, slice_values in enumerate(slices)
        ]
    result: dict[str, Any] = {"shape": [len(planes), *planes[0].shape]}
    if options.align:
        result["drift_pixels"] = drift.tolist()
    edges = None
    labels: list[npt.NDArray[np.integer]]
    if options.threshold is not None:
        step("thresholds")
        with naming_file(slices.path):
            levels = find_thresholds(planes, options.threshold, options.classes)
        result["thresholds"] = list(levels)
        labels = [labels_by_threshold(plane, levels) for plane in planes]
    else:
        if classifier is None:
            step("learning")
            assert options.train is not None
            painted = _painted(options, whole, drift, part)
            with naming_file(options.train):
                classifier, held_out = train_classifier(planes, painted, settings)
            result |= _held_out_result(held_out)
        step("classifying")
        with naming_file(slices.path):
            labels, edges = _classified(classifier, planes, options.edge_below)
    step("writing")
    if classifier is not None and options.train is not None and options.model is not None:
        write_classifier(classifier, options.model)
    if edges is not None:
        file = out.with_name(f"{out.stem}_edge.csv")
        write_edges(edges, file)
        result["edge_file"] = str(file)
    stack = np.stack(labels)
    write_labels(stack[0] if slices.is_image else stack, out, voxel_size)
    values, counts = np.unique(stack, return_counts=True)
    result["fractions"] = {
        str(value): float(count / stack.size) for value, count in zip(values, counts, strict=True)
    }
    return result


def _classified(
    classifier: PixelClassifier, planes: list[Planes], edge_below: tuple[int, ...] | None
) -> tuple[list[npt.NDArray[np.integer]], npt.NDArray[np.integer] | None]:
    import numpy as np

    from interfacefem.segmentation.layer_edge import grey_step, layer_edge

    above = None if edge_below is None else list(edge_below)
    below = [label for label in classifier.labels if above is None or label not in above]
    levels = classifier.levels_for(planes)
    labels, edges = [], []
    for plane in planes:
        scaled = levels.scaled(plane)
        probabilities = classifier.probabilities(scaled)
        labels.append(classifier.labelled(probabilities))
        if above is not None:
            share = classifier.probability_of(above, probabilities)
            step = grey_step(scaled, classifier.level_of(above), classifier.level_of(below))
            edges.append(layer_edge(share, step))
    return labels, np.array(edges) if above is not None else None


def _painted(
    options: Segmenting,
    whole: GreySlices,
    drift: npt.NDArray[np.floating],
    part: tuple[slice, slice],
) -> list[npt.NDArray[np.integer]]:
    """Painted labels, moved with the slices they were painted on."""
    import numpy as np

    from interfacefem.volumes.grey_slices import open_labels, whole_labels

    assert options.train is not None
    labels = open_labels(
        options.train, whole, dataset=options.train_dataset, axes=options.axis_order
    )
    if options.crop is not None:
        labels = labels.cropped(options.crop)
    result = []
    for painted, (rows, columns) in zip(labels, np.rint(drift).astype(int), strict=True):
        numbers = whole_labels(painted, options.train)
        result.append(np.roll(numbers, (-rows, -columns), axis=(0, 1))[part])
    return result


def _aligned(
    values: npt.NDArray[np.generic],
    position: npt.NDArray[np.floating],
    part: tuple[slice, slice],
) -> npt.NDArray[np.generic]:
    from interfacefem.segmentation.drift import shifted_back

    return shifted_back(values, position, part) if position.any() else values[part]


def _settings(options: Segmenting) -> ClassifierSettings:
    variation = options.variation
    if variation is None:
        variation = _VARIATION if options.grey_scale == "peaks" else 0.0
    settings = {key: getattr(options, key) for key in ClassifierSettings.model_fields}
    return ClassifierSettings(**settings | {"variation": variation})


def _check_options(options: Segmenting) -> None:
    ways = [options.train is not None or options.model is not None, options.threshold is not None]
    if sum(ways) != 1:
        raise VolumeError(
            "says how to segment", field="--train, --model or --threshold",
            found="both learning and a threshold" if all(ways) else "none",
            expected="painted labels to learn from, a model learnt before, or a threshold",
        )  # fmt: skip
    if options.edge_below is not None and options.threshold is not None:
        raise VolumeError("needs a classifier", field="--edge-below", found="--threshold")


def _held_out_result(held_out: HeldOut | None) -> dict[str, Any]:
    if held_out is None:
        return {"held_out_accuracy": None}
    names = [str(label) for label in held_out.labels]
    return {
        "held_out_accuracy": held_out.accuracy,
        "held_out_recall": _by_name(names, held_out.recall),
        "held_out_precision": _by_name(names, held_out.precision),
        "held_out": f"three parts of {held_out.blocks} {held_out.kind}",
    }


def _by_name(names: list[str], shares: npt.NDArray[np.floating]) -> dict[str, float]:
    return {name: float(share) for name, share in zip(names, shares, strict=True)}


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
