# SPDX-License-Identifier: BSD-3-Clause
"""Parameters as a case file would say them: every quantity as text with its unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pydantic

from interfacefem.parameters.declaration import Quantity
from interfacefem.parameters.names import Parameter, parameters_of


def as_written(model: pydantic.BaseModel) -> dict[str, Any]:
    """What a file would say of a section, or of a model of sections; JSON can hold it.

    Read again it gives the same section within 12 digits. Keys that a choice leaves without use,
    such as an exchange current density beside a table of measured points, are left out.
    """
    known = parameters_of(type(model))
    unused = {name.rpartition(".")[2] for name in getattr(model, "unused", ())}
    return {
        key: _written(getattr(model, key), known.get(key))
        for key in type(model).model_fields
        if key not in unused
    }


def _written(value: Any, parameter: Parameter | None) -> Any:
    if isinstance(value, pydantic.BaseModel):
        return as_written(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _written(entry, None) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_written(entry, None) for entry in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if math.isinf(value):
        return "inf"
    if parameter is not None and isinstance(parameter.declaration, Quantity):
        if not parameter.unit.text:  # a share
            return f"{100 * value:.12g} %"
        return f"{parameter.in_column_unit(value):.12g} {parameter.unit.text}"
    return value
