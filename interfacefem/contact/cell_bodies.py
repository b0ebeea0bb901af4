# SPDX-License-Identifier: BSD-3-Clause
"""The elastic bodies that a cell describes, for profiles and for height maps."""

from __future__ import annotations

import math

from interfacefem.config import Cell
from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.errors import InputError
from interfacefem.units import UM


def body_of_cell(cell: Cell) -> ElasticBody:
    """The electrolyte and the layers it sticks to.

    Raises:
        InputError: The stress is to be read below the electrolyte.

    Rank-local.
    """
    if cell.stress.depth >= cell.stress.body:
        raise InputError(
            "lies below the electrolyte",
            field="stress.depth",
            found=f"{cell.stress.depth / UM:g} um",
            expected=f"less than stress.body, {cell.stress.body / UM:g} um",
        )
    below = None
    for layer in reversed(cell.stress.layers):
        below = ElasticBody(layer.youngs_modulus, layer.poisson_ratio, layer.thickness, below)
    electrolyte = cell.electrolyte
    return ElasticBody(
        electrolyte.youngs_modulus, electrolyte.poisson_ratio, cell.stress.body, below
    )


def block_of_cell(cell: Cell) -> ElasticBody | None:
    """The block as a half-space; None if it is rigid. Rank-local."""
    if math.isinf(cell.block.youngs_modulus):
        return None
    return ElasticBody(cell.block.youngs_modulus, cell.block.poisson_ratio)
