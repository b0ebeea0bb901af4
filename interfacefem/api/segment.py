# SPDX-License-Identifier: BSD-3-Clause
"""Grey values of a volume or an image as labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from interfacefem.api.arguments import require_path
from interfacefem.api.result import Result, share
from interfacefem.errors import VolumeError, naming_fields, naming_file
from interfacefem.files import require_not_an_input, require_writable_folder
from interfacefem.parameters.door import Door
from interfacefem.parameters.names import names_at
from interfacefem.parameters.segmentation import ClassifierSettings, Segmenting
from interfacefem.progress import Step
from interfacefem.segmentation.classifier_training import HeldOut
from interfacefem.segmentation.pixel_classifier import PixelClassifier
from interfacefem.volumes.grey_slices import GreySlices, open_grey

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Planes = npt.NDArray[np.float32]
_VARIATION = 0.08  # of the grey scale, where images of different contrast are to be segmented


@dataclass(frozen=True, eq=False, repr=False)
class SegmentResult(Result):
    """Labels of grey values.

    Attributes:
        labels: Shape (slices, rows, columns), of an image (rows, columns).
        voxel_size: Edges in m, shape (3,); None where nobody said.
        edges: Row of the layer's upper edge, shape (slices, columns); None unless asked for.
        classifier: That was learnt or read; None by thresholds.
        found: Contract of ``interfacefem volume segment --json``.
    """

    labels: npt.NDArray[np.integer]
    voxel_size: Any
    edges: npt.NDArray[np.integer] | None
    classifier: PixelClassifier | None
    found: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem volume segment --json`` prints, without the files it wrote."""
        return dict(self.found)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each label."""
        return [
            {
                "label": int(label),
                "share": fraction,
                "held_out_recall": self.found.get("held_out_recall", {}).get(label),
                "held_out_precision": self.found.get("held_out_precision", {}).get(label),
            }
            for label, fraction in self.found["fractions"].items()
        ]

    def headline(self) -> list[tuple[str, str]]:
        """Share of each label."""
        named = [(f"label {name}", share(value)) for name, value in self.found["fractions"].items()]
        accuracy = self.found.get("held_out_accuracy")
        return named + ([] if accuracy is None else [("held-out accuracy", f"{accuracy:.4f}")])

    def _figure(self) -> Figure:
        from interfacefem.report.labels_figure import labels_figure

        return labels_figure(self.labels)

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.labels_figure import draw_labels

        draw_labels(axes, self.labels)

    def _field_writers(self) -> dict[str, Callable[[Path], None]]:
        return dict.fromkeys((".tif", ".tiff", ".npy"), self._write_labels)

    def _write_labels(self, path: Path) -> None:
        from interfacefem.volumes.label_files import write_labels

        write_labels(self.labels, path, self.voxel_size)


def segment(grey: str | Path, **options: Any) -> SegmentResult:
    """Labels by painted examples, a stored classifier, or thresholds (docs/volume_segmentation.md).

    ``result.write("labels.tif")`` writes them with the size of the voxels. One process alone.

    Args:
        grey: Name of a volume, a folder of slices, or one image.
        **options: Parameters of ``Segmenting``: ``train="painted.tif"``, ``model="forest.npz"``,
            ``threshold="otsu"`` or grey values as stored, ``classes=3``, ``edge_below``,
            ``crop``, ``voxel``, ``align``, and those of the classifier.

    Raises:
        InputError: An argument is not what it should be.
        VolumeError: The file is none, or neither or both of learning and a threshold are asked for.
    """
    path, asked = require_path(grey, "grey"), Segmenting(**options)
    with naming_fields(names_at(Door.ARGUMENT, Segmenting)):
        checked_inputs(path, asked)
        slices = open_grey(path, dataset=asked.dataset, axes=asked.axis_order)
        found = labels_of(slices, asked)
        keep_classifier(found, asked)
    return found


def checked_inputs(grey: Path, options: Segmenting) -> list[Path]:
    """The files that are read, before any of them is.

    Raises:
        VolumeError: It is said twice, or not at all, how to segment.
        InputError: The model that is learnt cannot be written, or would be over what is read.
    """
    ways = [options.train is not None or options.model is not None, options.threshold is not None]
    if sum(ways) != 1:
        raise VolumeError(
            "one way to segment is needed",
            found="both learning and a threshold" if all(ways) else "none",
            expected="{train} (painted labels), {model} (learnt before) or {threshold}",
        )
    if options.edge_below is not None and options.threshold is not None:
        raise VolumeError("needs a classifier", field="edge_below", found="thresholds")
    inputs = [grey] if options.train is None else [grey, options.train]
    if options.model is not None:
        if options.train is not None:
            require_writable_folder(options.model.parent)
            require_not_an_input(options.model, inputs, "model")
        inputs.append(options.model)
    return inputs


def keep_classifier(found: SegmentResult, options: Segmenting) -> None:
    """Write a classifier that was learnt, where a file for it was named."""
    if found.classifier is not None and options.train is not None and options.model is not None:
        from interfacefem.segmentation.classifier_file import write_classifier

        write_classifier(found.classifier, options.model)


def labels_of(
    whole: GreySlices, options: Segmenting, step: Step = lambda text: None
) -> SegmentResult:
    """The same with parameters that are checked; writes nothing."""
    from interfacefem.segmentation.classifier_file import read_classifier
    from interfacefem.segmentation.classifier_training import train_classifier
    from interfacefem.segmentation.drift import common_part, measure_drift
    from interfacefem.segmentation.pixel_classifier import prepared
    from interfacefem.segmentation.slice_thresholds import find_thresholds, labels_by_threshold

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
    stack = np.stack(labels)
    values, counts = np.unique(stack, return_counts=True)
    result["fractions"] = {
        str(value): float(count / stack.size) for value, count in zip(values, counts, strict=True)
    }
    return SegmentResult(
        stack[0] if slices.is_image else stack, voxel_size, edges, classifier, result
    )


def _classified(
    classifier: PixelClassifier, planes: list[Planes], edge_below: tuple[int, ...] | None
) -> tuple[list[npt.NDArray[np.integer]], npt.NDArray[np.integer] | None]:
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
