# SPDX-License-Identifier: BSD-3-Clause
"""Groups of images: their values, and whether they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from interfacefem.assessment.budget import group_budget
from interfacefem.statistics.comparisons import compare_groups
from interfacefem.statistics.groups import group_value
from interfacefem.statistics.one_length import require_one_length
from interfacefem.units import UM

METRICS = ("excess", "stress_ratio")


def group_results(groups: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """One row for each group of images: geometric means with t intervals on the logarithm.

    Args:
        groups: Objects of single images by name of the group, with ``excess``,
            ``excess_is_upper_limit``, ``stress_ratio`` and ``reference_length_um``.

    Raises:
        InputError: Images were read over different lengths.
    """
    require_one_length(
        [
            (one["image"], one["reference_length_um"] * UM)
            for images in groups.values()
            for one in images
        ],
        "sampling.reference_length",
    )
    rows = []
    for name, images in groups.items():
        excess = group_value(
            [one["excess"] for one in images], [one["excess_is_upper_limit"] for one in images]
        )
        stress = group_value([one["stress_ratio"] for one in images])
        notes = []
        if excess is not None and excess.upper_limits:
            notes.append(
                f"{excess.upper_limits} of {excess.images} images give upper limits, counted at "
                "them: the group's value is an upper limit"
            )
        missing = sum(one["excess"] is None for one in images)
        if missing:
            notes.append(f"{missing} of {len(images)} images have no excess and are left out")
        rows.append(
            {
                "group": name,
                "images": len(images),
                "reference_length_um": images[0]["reference_length_um"],
                "i_ratio": None if excess is None else 1 + excess.mean,
                "excess": None if excess is None else excess.mean,
                "excess_low": None if excess is None else excess.low,
                "excess_high": None if excess is None else excess.high,
                "excess_is_upper_limit": excess is not None and excess.upper_limits > 0,
                "sd_ln": None if excess is None else excess.sd_ln,
                "images_for_20_percent": None if excess is None else excess.images_for_20_percent,
                "stress_ratio": None if stress is None else stress.mean,
                "stress_ratio_low": None if stress is None else stress.low,
                "stress_ratio_high": None if stress is None else stress.high,
                "stress_ratio_sd_ln": None if stress is None else stress.sd_ln,
                "synthetic": any(one["synthetic"] for one in images),
                "budget": group_budget([one["budget"] for one in images], excess),
                "notes": notes,
            }
        )
    return rows


def comparison_results(
    groups: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, dict[str, Any] | None]:
    """By metric, the tests between groups; None where there are not two groups with values."""
    found: dict[str, dict[str, Any] | None] = {}
    for metric in METRICS:
        compared = compare_groups(
            {
                name: [one[metric] for one in images if one[metric] is not None]
                for name, images in groups.items()
            }
        )
        found[metric] = None if compared is None else asdict(compared)
    return found
