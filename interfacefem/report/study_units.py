# SPDX-License-Identifier: BSD-3-Clause
"""From sections to the units of a study's statistics: images, or samples with several images."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from interfacefem.parameters.sampling import TRAN2025
from interfacefem.study.axes import SAMPLE

Row = Mapping[str, Any]
_PROTOCOL = "sampling_protocol"  # column, where the study varies it


def is_tran2025(row: Row, protocol: str) -> bool:
    """Whether the lines of an image are models of the paper's own recipe.

    Args:
        row: Of the table.
        protocol: Of the study.
    """
    return bool(row.get(_PROTOCOL, protocol) == TRAN2025)


def unit_values(
    sections: Iterable[tuple[Row, float]], *, geometric: bool, arithmetic_sections: bool = False
) -> dict[str, float]:
    """One value for each unit: over the sections of each image, then over the images of a sample.

    Args:
        sections: Row and value of each section.
        geometric: Whether means are geometric.
        arithmetic_sections: Whether the sections of an image are averaged as they are all the same.
    """
    over: Callable[[Sequence[float]], float] = (
        statistics.geometric_mean if geometric else statistics.fmean
    )
    of_image = statistics.fmean if arithmetic_sections else over
    units: dict[str, dict[str, list[float]]] = {}
    for row, value in sections:
        image = str(row["image"])
        sample = row.get(SAMPLE)
        unit = image if sample is None else str(sample)
        units.setdefault(unit, {}).setdefault(image, []).append(value)
    return {unit: over([of_image(own) for own in images.values()])
            for unit, images in units.items()}  # fmt: skip


def all_positive(values: Iterable[float]) -> bool:
    """Whether logarithms can be formed."""
    return all(value > 0 and math.isfinite(value) for value in values)
