# SPDX-License-Identifier: BSD-3-Clause
"""Pixel classifiers as files: arrays and JSON, nothing that could run code when it is read."""

from __future__ import annotations

import dataclasses
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from interfacefem.errors import VolumeError
from interfacefem.files import written_atomically
from interfacefem.parameters.door import Door
from interfacefem.segmentation.forest import Forest
from interfacefem.segmentation.grey_levels import GreyLevels
from interfacefem.segmentation.pixel_classifier import ClassifierSettings, PixelClassifier

KIND = "interfacefem pixel classifier 1"
_FILE = "a file that volume segment --model wrote"
_ARRAYS = tuple(entry.name for entry in dataclasses.fields(Forest))
_WHOLE = {"roots", "left", "right", "feature"}


def write_classifier(classifier: PixelClassifier, path: str | Path) -> None:
    """Write an NPZ file: the forest's arrays and a JSON text with the rest.

    Raises:
        InputError: The folder cannot be written to.

    Rank-local: call on one rank.
    """
    about = {
        "kind": KIND,
        "labels": classifier.labels,
        "class_levels": classifier.class_levels,
        "anchors": classifier.levels.anchors,
        "settings": classifier.settings.model_dump(),
    }
    arrays = {name: getattr(classifier.forest, name) for name in _ARRAYS}
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    with written_atomically(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, about=text, **arrays)


def read_classifier(path: str | Path) -> PixelClassifier:
    """Read what ``write_classifier`` wrote.

    Raises:
        VolumeError: The file is missing, damaged, of another kind, or inconsistent.
    """
    path = Path(path)
    if not path.is_file():
        raise VolumeError("no such file", file=path)
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            about = json.loads(archive["about"].tobytes().decode())
            arrays = {name: archive[name] for name in _ARRAYS}
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
    ):
        # what NumPy says of such files is advice to load them unsafely
        raise VolumeError("is damaged or no pixel classifier", file=path, expected=_FILE) from None
    try:
        if about["kind"] != KIND:
            raise VolumeError("is of another kind", file=path, found=about["kind"], expected=KIND)
        return _classifier(about, arrays)
    except VolumeError as error:
        if error.file is not None:
            raise
        raise VolumeError(f"is no classifier this program can use ({error})", file=path) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:100]
        raise VolumeError(
            f"is damaged or no pixel classifier ({reason})", file=path, expected=_FILE
        ) from None


def _classifier(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> PixelClassifier:
    for name, array in arrays.items():
        if array.dtype != (np.int32 if name in _WHOLE else np.float64):
            raise ValueError(f"{name} holds {array.dtype}")
    settings = ClassifierSettings.model_validate(about["settings"], context=Door.FILE)
    labels = tuple(int(label) for label in about["labels"])
    levels = tuple(float(level) for level in about["class_levels"])
    anchors = tuple(float(anchor) for anchor in about["anchors"])
    forest = Forest(**arrays)
    flaw = forest.flaw(settings.feature_count)
    if flaw is not None:
        raise ValueError(flaw)
    if not len(labels) == len(levels) == forest.classes:
        raise ValueError("labels do not fit the forest")
    if len(anchors) < 2 or not (np.diff(anchors) > 0).all():
        raise ValueError("grey levels do not ascend")
    return PixelClassifier(forest, labels, levels, GreyLevels(anchors), settings)
