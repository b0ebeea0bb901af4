# SPDX-License-Identifier: BSD-3-Clause
import math

import pytest

from interfacefem.errors import InputError
from interfacefem.units import parse_quantity


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("55.8 nm", "m", 55.8e-9),
        ("543pm", "m", 543e-12),
        ("0.2 µm", "m", 0.2e-6),
        ("0.2 μm", "m", 0.2e-6),
        ("1 mS/cm", "S/m", 0.1),
        ("3 mA/cm^2", "A/m^2", 30.0),
        ("3 mA/cm²", "A/m^2", 30.0),
        ("10 ohm*cm^2", "ohm*m^2", 1e-3),
        ("10 Ω·cm²", "ohm*m^2", 1e-3),
        ("25 degC", "K", 298.15),
        ("24 GPa", "Pa", 24e9),
        ("1 %", "", 0.01),
        ("1e-3 S/cm", "S/m", 0.1),
        ("inf", "Pa", math.inf),
        ("3 mA/cm2", "A/m^2", 30.0),
        ("3 mA cm-2", "A/m^2", 30.0),
        ("3 mA·cm⁻²", "A/m^2", 30.0),
        ("10 ohm cm2", "ohm*m^2", 1e-3),
        ("10 ohm*cm**2", "ohm*m^2", 1e-3),
        ("50 N/mm2", "Pa", 50e6),
        ("0.1 S m^-1", "S/m", 0.1),
        ("−5 um", "m", -5e-6),
        ("2um", "m", 2e-6),
    ],
)
def test_reads_what_people_write(text: str, unit: str, value: float) -> None:
    assert parse_quantity(text, unit=unit, example="1 m") == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (55.8, "has no unit"),
        ("55.8", "has no unit"),
        ("1e-3", "has no unit"),
        (True, "has no unit"),
        ("5 kg", "wrong dimension"),
        ("5 parsnips", "cannot be read"),
        ("", "cannot be read"),
        ("nan nm", "cannot be read"),
        ("55,8 nm", "decimal point"),
        ("2 nm 3", "wrong dimension"),
        ("1 nm + 2 nm", "cannot be read"),
        ("nm", "cannot be read"),
        ("9**9**9**9 nm", "cannot be read"),
        ("1 nm**9**9", "wrong dimension"),
        ("1e400 nm", "not a number"),
        ("__import__('os')", "cannot be read"),
    ],
)
def test_refuses_what_is_no_length_and_shows_an_example(text: object, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        parse_quantity(text, unit="m", example="55.8 nm", field="pixel_size")
    assert "pixel_size" in str(caught.value)
    assert "55.8 nm" in str(caught.value)
