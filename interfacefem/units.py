# SPDX-License-Identifier: BSD-3-Clause
"""The boundary between what people write ("3 mA/cm^2") and the SI floats used inside."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import Any

from interfacefem.errors import InputError

UM = 1e-6  # metres in a micrometre
NM = 1e-9  # metres in a nanometre
MA_PER_CM2 = 10.0  # A/m^2 in a mA/cm^2
OHM_CM2 = 1e-4  # ohm m^2 in an ohm cm^2
MS_PER_CM = 0.1  # S/m in a mS/cm
MPA = 1e6  # pascals in a MPa
GPA = 1e9  # pascals in a GPa


@dataclass(frozen=True)
class Unit:
    """A unit that people read and write.

    Attributes:
        text: As in a case file; empty for a pure number.
        si: The unit of the value inside.
        factor: Value in SI of one unit.
        ending: What names of columns end with.
        shown: As in figures.
    """

    text: str
    si: str
    factor: float
    ending: str
    shown: str


MICROMETRE = Unit("um", "m", UM, "_um", "µm")
GRAM_PER_CM3 = Unit("g/cm^3", "kg/m^3", 1e3, "_g_cm3", "g/cm³")
NANOMETRE = Unit("nm", "m", NM, "_nm", "nm")
MILLIAMPERE_PER_CM2 = Unit("mA/cm^2", "A/m^2", MA_PER_CM2, "_mA_cm2", "mA/cm²")
MILLISIEMENS_PER_CM = Unit("mS/cm", "S/m", MS_PER_CM, "_mS_cm", "mS/cm")
OHM_CENTIMETRE2 = Unit("ohm*cm^2", "ohm*m^2", OHM_CM2, "_ohm_cm2", "Ω cm²")
MEGAPASCAL = Unit("MPa", "Pa", MPA, "_MPa", "MPa")
GIGAPASCAL = Unit("GPa", "Pa", GPA, "_GPa", "GPa")
KELVIN = Unit("K", "K", 1.0, "_K", "K")
HERTZ = Unit("Hz", "Hz", 1.0, "_Hz", "Hz")
OHM = Unit("ohm", "ohm", 1.0, "_ohm", "Ω")
VOLT = Unit("V", "V", 1.0, "_V", "V")
MICROFARAD_PER_CM2 = Unit("uF/cm^2", "F/m^2", 1e-2, "_uF_cm2", "µF/cm²")
HOUR = Unit("h", "s", 3600.0, "_h", "h")
JOULE_PER_GRAM = Unit("J/g", "J/kg", 1e3, "_J_per_g", "J/g")
DEGREE = Unit("deg", "rad", math.pi / 180, "_deg", "°")
PURE_NUMBER = Unit("", "", 1.0, "", "")

UNITS = (
    OHM_CENTIMETRE2, MILLIAMPERE_PER_CM2, MILLISIEMENS_PER_CM, MEGAPASCAL, GIGAPASCAL, MICROMETRE,
    NANOMETRE, DEGREE, KELVIN, VOLT, HOUR, MICROFARAD_PER_CM2, GRAM_PER_CM3,
    JOULE_PER_GRAM,
)  # fmt: skip


def unit_of_column(column: str) -> Unit:
    """The unit that a column's name ends with; a pure number where it has none."""
    return next((unit for unit in UNITS if column.endswith(unit.ending)), PURE_NUMBER)


_AS_TYPED = str.maketrans(
    {
        "µ": "u", "μ": "u", "\u03a9": "ohm", "\u2126": "ohm", "·": "*", "−": "-",
        "⁻": "-", "¹": "1", "²": "2", "³": "3",
    }
)  # fmt: skip
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_UNIT = r"[A-Za-z°%][\w\s°%*/^.()\-]{0,40}"
_EXPONENT = re.compile(r"(?<=[A-Za-z])\s*(?:\^|\*\*)?\s*(-?[1-4])(?![\d.])")


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
    """
    expected = f'a quantity with its unit, such as "{example}"'
    if text is None:
        raise InputError("is empty", field=field, expected=expected)
    if not isinstance(text, str):
        raise InputError("has no unit", field=field, found=text, expected=expected)
    cleaned = text.strip().translate(_AS_TYPED)
    if cleaned.lower() in {"inf", "+inf", "infinity"}:
        return math.inf
    found = f'"{text}"'
    if re.fullmatch(_NUMBER, cleaned):
        raise InputError("has no unit", field=field, found=found, expected=expected)
    # pint would calculate with what it is given and skip commas: it sees the unit alone
    match = re.fullmatch(rf"({_NUMBER})\s*({_UNIT})", cleaned)
    if match is None:
        hint = " with a decimal point" if "," in cleaned else ""
        raise InputError(
            "cannot be read as a quantity", field=field, found=found, expected=expected + hint
        )
    import pint

    unit_text = _EXPONENT.sub(r"**\1", match.group(2)).replace("%", "percent")
    try:
        value = float(_registry().Quantity(float(match.group(1)), unit_text).to(unit).magnitude)
    except pint.DimensionalityError as error:
        raise InputError(
            "has the wrong dimension", field=field, found=found, expected=expected
        ) from error
    except Exception as error:
        # pint raises a dozen unrelated exception types on malformed text
        raise InputError(
            "cannot be read as a quantity", field=field, found=found, expected=expected
        ) from error
    if not math.isfinite(value):
        raise InputError("is not a number", field=field, found=f'"{text}"', expected=expected)
    return value
