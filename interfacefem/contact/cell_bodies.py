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
