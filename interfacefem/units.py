# SPDX-License-Identifier: BSD-3-Clause
"""The boundary between what people write ("3 mA/cm^2") and the SI floats used inside."""

from __future__ import annotations

import functools
import math
import re
from typing import Any

from interfacefem.errors import InputError

UM = 1e-6  # metres in a micrometre
NM = 1e-9  # metres in a nanometre
MA_PER_CM2 = 10.0  # A/m^2 in a mA/cm^2
OHM_CM2 = 1e-4  # ohm m^2 in an ohm cm^2
MS_PER_CM = 0.1  # S/m in a mS/cm

_MICRO_SIGNS = str.maketrans({"µ": "u", "μ": "u", "Ω": "ohm", "²": "^2", "·": "*"})


@functools.cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


def parse_quantity(text: object, *, unit: str, example: str, field: str | None = None) -> float:
    """Read a quantity written with its unit and return its value in ``unit``.

    Args:
        text: What the user wrote, such as ``"55.8 nm"``; ``"inf"`` is allowed without a unit.
        unit: The unit of the value returned, such as ``"m"``.
        example: A valid entry, shown when ``text`` is refused.
        field: Name of the option or key, for the message.

    Raises:
        InputError: ``text`` is a bare number, has a wrong dimension, or cannot be read.

    Rank-local.
    """
    expected = f'a quantity with its unit, such as "{example}"'
    if not isinstance(text, str):
        raise InputError("has no unit", field=field, found=text, expected=expected)
    cleaned = text.strip().translate(_MICRO_SIGNS)
    if cleaned.lower() in {"inf", "+inf", "infinity"}:
        return math.inf
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", cleaned):
        raise InputError("has no unit", field=field, found=f'"{text}"', expected=expected)
    import pint

    try:
        if match := re.fullmatch(r"(.*\S)\s*%", cleaned):
            cleaned = f"{match.group(1)} percent"
        value = float(_registry().Quantity(cleaned).to(unit).magnitude)
    except pint.DimensionalityError as error:
        raise InputError(
            "has the wrong dimension", field=field, found=f'"{text}"', expected=expected
        ) from error
    except Exception as error:
        # pint raises a dozen unrelated exception types on malformed text
        raise InputError(
            "cannot be read as a quantity", field=field, found=f'"{text}"', expected=expected
        ) from error
    if not math.isfinite(value):
        raise InputError("is not a number", field=field, found=f'"{text}"', expected=expected)
    return value
