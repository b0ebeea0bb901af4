# SPDX-License-Identifier: BSD-3-Clause
"""Training a pixel classifier, and its accuracy on blocks it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.errors import VolumeError
from interfacefem.segmentation.forest import Forest, forest_of
from interfacefem.segmentation.pixel_classifier import (
    ClassifierSettings,
    PixelClassifier,
    features,
    training_levels,
)

UNLABELLED = 0
MAX_LABELS = 50
_FOLDS = 3
_SLICES_TO_HOLD_OUT = 6
_MOST_TILES = 1 << 32
_BLOCK = 64  # pixels: neighbours share their features and must not be on both sides
_COPIES = (0.0, -1.0, 1.0)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """How well pixels in blocks are classified by forests that have not seen the block.

    Attributes:
        labels: Label of each class, shape (classes,).
        confusion: Pixels of the class of the row that were given the class of the column, shape
            (classes, classes).
        blocks: Number of blocks (or slices) that were held out, in three parts.
        kind: ``"slices"`` or ``"blocks"``.
    """

    labels: tuple[int, ...]
    confusion: npt.NDArray[np.integer]
    blocks: int
    kind: str

    @property
    def accuracy(self) -> float:
        """Share of the pixels that were given their label."""
        return float(np.trace(self.confusion) / self.confusion.sum())

    @property
    def recall(self) -> npt.NDArray[np.floating]:
        """Share of each class's pixels that were given its label, shape (classes,)."""
        return np.diag(self.confusion) / np.maximum(self.confusion.sum(axis=1), 1)

    @property
    def precision(self) -> npt.NDArray[np.floating]:
        """Share of the pixels given a label that have it, shape (classes,)."""
        return np.diag(self.confusion) / np.maximum(self.confusion.sum(axis=0), 1)


@dataclass(frozen=True, eq=False)
class _Samples:
    """Labelled pixels: features of each copy, class, and the block they lie in."""

    copies: list[npt.NDArray[np.float32]]
    classes: npt.NDArray[np.integer]
    blocks: npt.NDArray[np.integer]

    def fit(self, chosen: npt.NDArray[np.bool_], settings: ClassifierSettings) -> Any:
        # each copy takes its share of the pixels, so that copies do not make training longer
        turn = np.flatnonzero(chosen)
        parts = [turn[start :: len(self.copies)] for start in range(len(self.copies))]
        return _untrained(settings).fit(
            np.concatenate([copy[part] for copy, part in zip(self.copies, parts, strict=True)]),
            self.classes[np.concatenate(parts)],
        )


def _untrained(settings: ClassifierSettings) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        settings.trees,
        min_samples_leaf=settings.least_leaf,
        max_features="sqrt",
        class_weight="balanced",
        random_state=settings.seed,
    )


def fit_forest(
    seen: npt.NDArray[np.float32], labels: npt.NDArray[np.integer], settings: ClassifierSettings
) -> Forest:
    """The forest alone, from features that are known: what a stroke on one image needs.

    Args:
        seen: Features (``pixel_classifier.features``), shape ``(rows, columns, features)``.
        labels: Label of each pixel, 0 where none was painted, shape ``(rows, columns)``.
        settings: Each label gives an equal share of ``samples`` at most.

    Returns:
        A forest whose classes are the labels in ascending order.

    Raises:
        VolumeError: There are fewer than two labels.
    """
    names = np.unique(labels)
    names = names[names != UNLABELLED]
    if len(names) < 2:
        raise VolumeError("there is nothing to tell apart", field="labels", found=f"{len(names)}")
    rng = np.random.default_rng(settings.seed)
    chosen = []
    for name in names:
        places = np.flatnonzero(labels == name)
        most = settings.samples // len(names)
        chosen.append(places if len(places) <= most else rng.choice(places, most, replace=False))
    classes = np.repeat(np.arange(len(names)), [len(places) for places in chosen])
    pixels = seen.reshape(-1, seen.shape[-1])[np.concatenate(chosen)]
    return forest_of(_untrained(settings).fit(pixels, classes))


def train_classifier(
    images: Sequence[npt.NDArray[np.floating]],
    labels: Sequence[npt.NDArray[np.integer]],
    settings: ClassifierSettings | None = None,
) -> tuple[PixelClassifier, HeldOut | None]:
    """Learn from labelled pixels.

    The accuracy is that of three forests, each trained without a third of the slices, or, with
    fewer than six labelled slices, of the square blocks of 64 pixels.

    Args:
        images: Prepared slices (``pixel_classifier.prepared``), each shape ``(rows, columns)``.
        labels: Label of each pixel, 0 where none was painted; same shapes.
        settings: How features are formed and the forest grows.

    Returns:
        The classifier, and its accuracy on what was held out; None if all labels lie in fewer than
        three blocks.

    Raises:
        VolumeError: Labels do not fit the images, are all 0, negative, or of one class.
    """
    settings = settings or ClassifierSettings()
    names = _checked_labels(images, labels)
    levels = training_levels(images, settings)
    scaled = [levels.scaled(image) for image in images]
    samples, kind = _samples(scaled, labels, names, settings)
    forest = forest_of(samples.fit(np.ones(len(samples.classes), bool), settings))
    medians = [
        float(np.median(np.concatenate(
            [image[painted == name] for image, painted in zip(scaled, labels, strict=True)]
        )))
        for name in names
    ]  # fmt: skip
    classifier = PixelClassifier(forest, names, tuple(medians), levels, settings)
    return classifier, _held_out(samples, names, kind, settings)


def _held_out(
    samples: _Samples, names: tuple[int, ...], kind: str, settings: ClassifierSettings
) -> HeldOut | None:
    blocks = np.unique(samples.blocks)
    if len(blocks) < _FOLDS:
        return None
    rng = np.random.default_rng(settings.seed)
    fold_of = rng.permutation(np.arange(len(blocks)) % _FOLDS)
    fold = fold_of[np.searchsorted(blocks, samples.blocks)]
    confusion = np.zeros((len(names), len(names)), np.int64)
    for index in range(_FOLDS):
        seen = fold != index
        if len(np.unique(samples.classes[seen])) < 2:
            return None
        found = samples.fit(seen, settings).predict(samples.copies[0][~seen])
        np.add.at(confusion, (samples.classes[~seen], found), 1)
    return HeldOut(names, confusion, len(blocks), kind)


def _samples(
    scaled: Sequence[npt.NDArray[np.float32]],
    labels: Sequence[npt.NDArray[np.integer]],
    names: tuple[int, ...],
    settings: ClassifierSettings,
) -> tuple[_Samples, str]:
    """Labelled pixels, thinned to the number asked for, and what is held out of them."""
    rng = np.random.default_rng(settings.seed)
    painted = [index for index, slice_labels in enumerate(labels) if slice_labels.any()]
    total = sum(int(np.count_nonzero(labels[index])) for index in painted)
    share = min(1.0, settings.samples / total)
    by_slice = len(painted) >= _SLICES_TO_HOLD_OUT
    offsets = _COPIES if settings.variation else _COPIES[:1]
    copies: list[list[npt.NDArray[np.float32]]] = [[] for _ in offsets]
    classes, blocks = [], []
    for index in painted:
        rows, columns = np.nonzero(labels[index])
        keep = rng.random(len(rows)) < share
        rows, columns = rows[keep], columns[keep]
        for copy, offset in zip(copies, offsets, strict=True):
            image = scaled[index] + np.float32(offset * settings.variation)
            copy.append(features(image, settings)[rows, columns])
        classes.append(np.searchsorted(names, labels[index][rows, columns]))
        tiles_across = -(-labels[index].shape[1] // _BLOCK)
        tiles = (rows // _BLOCK) * tiles_across + columns // _BLOCK
        blocks.append(np.full(len(rows), index) if by_slice else index * _MOST_TILES + tiles)
    joined = [np.concatenate(copy) for copy in copies]
    samples = _Samples(joined, np.concatenate(classes), np.concatenate(blocks))
    if len(np.unique(samples.classes)) < len(names):
        raise VolumeError(
            "some labels cover too few pixels", field="train",
            expected="as many pixels of the rarest label as of a stroke",
        )  # fmt: skip
    return samples, "slices" if by_slice else "blocks"


def _checked_labels(
    images: Sequence[npt.NDArray[np.floating]], labels: Sequence[npt.NDArray[np.integer]]
) -> tuple[int, ...]:
    if len(images) != len(labels):
        raise VolumeError(
            "the labels do not fit the slices", found=f"{len(labels)} slices",
            expected=f"{len(images)}",
        )  # fmt: skip
    found: set[int] = set()
    for image, painted in zip(images, labels, strict=True):
        if image.shape != painted.shape:
            raise VolumeError(
                "the labels do not have the size of the image", found=f"{painted.shape}",
                expected=f"{image.shape}",
            )  # fmt: skip
        found |= {int(label) for label in np.unique(painted)}
    names = tuple(sorted(found - {UNLABELLED}))
    if len(names) < 2 or names[0] < 0 or len(names) > MAX_LABELS:
        raise VolumeError(
            "there is nothing to tell apart",
            field="labels",
            found="no label but 0 (unlabelled)" if not names else ", ".join(map(str, names[:5])),
            expected=f"2 to {MAX_LABELS} labels from 1 up, 0 where nothing is painted",
        )
    return names
