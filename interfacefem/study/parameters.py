# SPDX-License-Identifier: BSD-3-Clause
"""Parameters that a study may vary: any key of a case, and its column in the table."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Any

import pydantic

from interfacefem.errors import InputError
from interfacefem.parameters.names import Parameter, parameters_of
from interfacefem.parameters.sampling import Sampling
from interfacefem.study.file import StudyCell

SAMPLING = "sampling"

# which of the profiles a single case takes has no place where all are taken
VARIED: Mapping[str, Parameter] = {
    **parameters_of(StudyCell),
    **{
        f"{SAMPLING}.{name}": dataclasses.replace(parameter, section=SAMPLING)
        for name, parameter in parameters_of(Sampling).items()
        if name != "line"
    },
}


def known_parameters() -> list[str]:
    """Every key of a case that may be varied, as ``section.key``."""
    return list(VARIED)


def require_known(name: str) -> None:
    """Refuse what is no key of a case.

    Raises:
        InputError: There is no such key; the nearest one is named.
    """
    known = known_parameters()
    if name not in known:
        section, _, key = name.partition(".")
        # names of one section are alike by their beginning: their ends are compared
        keys = [entry.partition(".")[2] for entry in known if entry.startswith(f"{section}.")]
        if keys:
            near = [f"{section}.{end}" for end in difflib.get_close_matches(key, keys, n=1)]
            others = "one of " + ", ".join(f"{section}.{end}" for end in keys)
        else:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            others = 'a key of a case such as "load.current_density"'
        hint = f'"{near[0]}"' if near else others
        raise InputError("no such parameter", found=f'"{name}"', expected=hint)


def with_parameters(base: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a case file's sections with some keys replaced."""
    changed = {
        key: dict(entry) if isinstance(entry, dict) else entry for key, entry in base.items()
    }
    for name, value in values.items():
        section, _, key = name.partition(".")
        if key:
            changed[section] = {**(changed.get(section) or {}), key: value}
        else:
            changed[section] = value
    return changed


def column_of(name: str) -> str:
    """Column of a parameter in the table, ending with its unit."""
    return VARIED[name].column


def column_value(name: str, model: pydantic.BaseModel, written: object) -> float | str | None:
    """Value of a parameter in the unit of its column.

    Args:
        name: The parameter.
        model: The cell, or the sampling, that holds it in SI.
        written: What the study file says, shown where the parameter is not a number.
    """
    section, _, key = name.partition(".")
    value: Any = model if section == SAMPLING else getattr(model, section)
    if key:
        value = getattr(value, key)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return VARIED[name].in_column_unit(value)
    return str(written)
