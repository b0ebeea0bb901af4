# SPDX-License-Identifier: BSD-3-Clause
"""Particle sizes as people and scripts read them: keys of the JSON, rows of the table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from interfacefem.process.particle_summary import SizeSummary
from interfacefem.process.particles import ParticleField, ParticleSizes
from interfacefem.process.size_distribution import WEIGHT_NAMES, SizeDistribution
from interfacefem.units import UM

UNFOLDED = "section_unfolded"


def particle_result(sizes: ParticleSizes) -> dict[str, Any]:
    """Contract of ``interfacefem particles --json`` (docs/particles.md)."""
    shapes = [field.shapes for field in sizes.fields]
    at_border = sum(int(shape.touches_border.sum()) for shape in shapes)
    phase = [field.labels.size for field in sizes.fields]
    lost = sum(field.share_below_smallest * n for field, n in zip(sizes.fields, phase, strict=True))
    named: dict[str, Any] = summaries_result(sizes.summaries, sizes.basis)
    if sizes.unfolded is not None:
        named |= summaries_result(sizes.unfolded, UNFOLDED)
    return {
        "basis": sizes.basis,
        "images": len(sizes.fields),
        "count": len(sizes.sizes.diameter),
        "count_excluded_border": at_border,
        "share_below_smallest": lost / sum(phase),
        "sizes": named,
        "sauter_um": sizes.sizes.sauter / UM,
        "lognormal_s": sizes.sizes.lognormal_s,
        "split": None if not sizes.d50_at_split else sizes.settings.split,
        "d50_um_at_split": {
            f"{split:g}": {WEIGHT_NAMES[weight]: d50 / UM for weight, d50 in medians.items()}
            for split, medians in sizes.d50_at_split.items()
        },
        "notes": list(sizes.notes),
    }


def summaries_result(summaries: Mapping[int, SizeSummary], basis: str) -> dict[str, Any]:
    """By ``WEIGHT_BASIS``, such as ``volume_section``: d10, d50, d90 with their intervals."""
    return {
        f"{WEIGHT_NAMES[weight]}_{basis}": _summary_result(summary, basis)
        for weight, summary in summaries.items()
    }


def _summary_result(summary: SizeSummary, basis: str) -> dict[str, Any]:
    result: dict[str, Any] = {"weight": summary.weight, "basis": basis}
    for name, one in summary.quantiles.items():
        result |= {
            f"{name}_um": one.value / UM,
            f"{name}_um_low": None if one.low is None else one.low / UM,
            f"{name}_um_high": None if one.high is None else one.high / UM,
            f"{name}_um_resampled_low": one.resampled_low / UM,
            f"{name}_um_resampled_high": one.resampled_high / UM,
        }
    return result | {"mean_um": summary.mean / UM, "sd_um": summary.sd / UM, "span": summary.span}


def distribution_result(sizes: SizeDistribution, basis: str) -> dict[str, Any]:
    """The same for a distribution that comes without particles, such as of a laser."""
    named: dict[str, Any] = {}
    for weight, name in WEIGHT_NAMES.items():
        one: dict[str, Any] = {"weight": weight, "basis": basis}
        for quantile, share in (("d10", 0.1), ("d50", 0.5), ("d90", 0.9)):
            one[f"{quantile}_um"] = sizes.quantile(share, weight) / UM
        one |= {"mean_um": sizes.mean(weight) / UM, "sd_um": sizes.sd(weight) / UM}
        one["span"] = (one["d90_um"] - one["d10_um"]) / one["d50_um"]
        named[f"{name}_{basis}"] = one
    return {"basis": basis, "sizes": named, "sauter_um": sizes.sauter / UM}


def particle_rows(sizes: ParticleSizes) -> list[dict[str, Any]]:
    """One row a particle, those at the border included; columns that do not exist left out."""
    return [row for field in sizes.fields for row in _rows_of_field(field)]


def _rows_of_field(field: ParticleField) -> list[dict[str, Any]]:
    shapes = field.shapes
    flat = field.labels.ndim == 2
    size_column, unit = ("area_um2", UM**2) if flat else ("volume_um3", UM**3)
    columns: dict[str, Any] = {
        "ecd_um": shapes.diameter / UM,
        "feret_max_um": shapes.feret_max / UM,
        "feret_min_um": None if shapes.feret_min is None else shapes.feret_min / UM,
        "aspect_ratio": shapes.aspect_ratio,
        size_column: shapes.size / unit,
        "circularity": shapes.circularity,
        "solidity": shapes.solidity,
    }
    present = {name: values for name, values in columns.items() if values is not None}
    return [
        {
            "image": field.name,
            "label": int(label),
            **{name: _finite(float(values[index])) for name, values in present.items()},
            "touches_border": bool(shapes.touches_border[index]),
            "weight": float(field.weight[index]),
        }
        for index, label in enumerate(shapes.label)
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
