# SPDX-License-Identifier: BSD-3-Clause
"""Parameters that a study may vary: any key of a case, and its column in the table."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import pydantic

from interfacefem.current.sweep import SWEEP_PARAMETERS
from interfacefem.errors import InputError
from interfacefem.parameters.case_file import Sampling
from interfacefem.study.file import StudyCell
from interfacefem.units import MA_PER_CM2, UM

_GPA, _MPA = 1e9, 1e6
SAMPLING = "sampling"

# column, and value in SI of one unit of it
_COLUMNS: dict[str, tuple[str, float]] = {
    **{f"{entry.section}.{entry.key}": (entry.column, entry.si)
       for entry in SWEEP_PARAMETERS.values()},
    "load.critical_current_density": ("critical_current_density_mA_cm2", MA_PER_CM2),
    "load.pressure": ("load_pressure_MPa", _MPA),
    "domain.height": ("domain_height_um", UM),
    "electrolyte.youngs_modulus": ("youngs_modulus_GPa", _GPA),
    "electrolyte.poisson_ratio": ("poisson_ratio", 1.0),
    "electrolyte.hardness": ("hardness_GPa", _GPA),
    "block.youngs_modulus": ("block_youngs_modulus_GPa", _GPA),
    "stress.depth": ("depth_um", UM),
    "stress.body": ("body_um", UM),
    "map.pixel_size": ("map_pixel_size_um", UM),
    "sampling.pixel_size": ("sampling_pixel_size_um", UM),
    "sampling.window_width": ("window_width_um", UM),
    "sampling.void_depth": ("void_depth_um", UM),
    "sampling.cutoff": ("cutoff_um", UM),
}  # fmt: skip


def known_parameters() -> list[str]:
    """Every key of a case that may be varied, as ``section.key``."""
    names = []
    for section, field in StudyCell.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
            names += [f"{section}.{key}" for key in annotation.model_fields]
        else:
            names.append(section)
    # which of the profiles a single case takes has no place where all are taken
    return names + [f"{SAMPLING}.{key}" for key in Sampling.model_fields if key != "line"]


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
    return _COLUMNS[name][0] if name in _COLUMNS else name.replace(".", "_")


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
        # 0.093 S/m over 0.1 is not quite 0.93 mS/cm in binary
        return float(f"{value / _COLUMNS.get(name, ('', 1.0))[1]:.12g}")
    return str(written)
