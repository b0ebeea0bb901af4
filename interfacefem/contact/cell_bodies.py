# SPDX-License-Identifier: BSD-3-Clause
"""The elastic bodies that a cell describes, for profiles and for height maps."""

from __future__ import annotations

import math

from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.parameters.cell import Cell


def body_of_cell(cell: Cell) -> ElasticBody:
    """The electrolyte and the layers it sticks to."""
    below = None
    for layer in reversed(cell.stress.layers):
        below = ElasticBody(layer.youngs_modulus, layer.poisson_ratio, layer.thickness, below)
    electrolyte = cell.electrolyte
    return ElasticBody(
        electrolyte.youngs_modulus, electrolyte.poisson_ratio, cell.stress.body, below
    )


def block_of_cell(cell: Cell) -> ElasticBody | None:
    """The block as a half-space; None if it is rigid."""
    if math.isinf(cell.block.youngs_modulus):
        return None
    return ElasticBody(cell.block.youngs_modulus, cell.block.poisson_ratio)


def with_free_block(cell: Cell) -> Cell:
    """The cell, its block free to turn unless it says that it is held or repeats.

    A line out of an image is never quite level, and a block that lies on it is not held.
    """
    if cell.block.rotation is not None or cell.stress.boundary == "periodic":
        return cell
    return cell.model_copy(update={"block": cell.block.model_copy(update={"rotation": "free"})})
