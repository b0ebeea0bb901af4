# SPDX-License-Identifier: BSD-3-Clause
"""Numbers of 16 or 8 bits in memory and of 32 in arithmetic, for what only steers the iterations.

``HALF`` has 11 bits of precision and ends at 65504: directions, potentials of corrections.
``BRAIN`` is the upper half of a single: 8 bits of precision and its range; conductances of the
finest grid and right-hand sides of coarse ones. ``MINI`` has 4 bits of precision, from 2^-126 to
1.875 * 2^-96, and no sign; conductances of coarse grids. numba knows none of them: arrays hold
bits, and kernels translate them. Processors without instructions for halves (before 2012, or hidden
by a virtual machine) store ``BRAIN`` for ``HALF``, too.
"""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import binding, ir

# by way of this project: it says where compiled code is kept before numba is imported
from interfacefem.compiled import intrinsic, types

HALF = np.uint16
BRAIN = np.int16
MINI = np.uint8
MOST_OF_MINI = 1.875 * 2.0**-96
_LOWEST_OF_MINI = 8  # bits of 2^-126: what conducts never rounds to zero

_X86 = platform.machine().lower() in {"x86_64", "amd64", "i386", "i686"}
HAS_HALVES = not _X86 or bool(binding.get_host_cpu_features().get("f16c"))

_BITS, _WORD, _SINGLE = ir.IntType(16), ir.IntType(32), ir.FloatType()


@intrinsic
def as_number(typing_context: Any, value: Any) -> Any:
    """What a stored value is: halves and their like become singles, others stay as they are."""
    if value == types.uint16 and HAS_HALVES:

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.fpext(builder.bitcast(arguments[0], ir.HalfType()), _SINGLE)

        return types.float32(value), generate
    if value in (types.uint16, types.int16):

        def generate_brain(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            word = builder.shl(builder.zext(arguments[0], _WORD), _WORD(16))
            return builder.bitcast(word, _SINGLE)

        return types.float32(value), generate_brain

    if value == types.uint8:

        def generate_mini(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            word = builder.shl(builder.zext(arguments[0], _WORD), _WORD(20))
            return builder.bitcast(word, _SINGLE)

        return types.float32(value), generate_mini

    def keep(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return arguments[0]

    return value(value), keep


def _rounded_brain(builder: Any, value: Any) -> Any:
    """The upper half of a single, to the nearest, ties to even."""
    word = builder.bitcast(value, _WORD)
    odd = builder.and_(builder.lshr(word, _WORD(16)), _WORD(1))
    rounded = builder.add(word, builder.add(odd, _WORD(0x7FFF)))
    return builder.trunc(builder.lshr(rounded, _WORD(16)), _BITS)


@intrinsic
def to_half(typing_context: Any, value: Any) -> Any:
    """Bits of a single as ``HALF`` stores it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if not HAS_HALVES:
            return _rounded_brain(builder, arguments[0])
        return builder.bitcast(builder.fptrunc(arguments[0], ir.HalfType()), _BITS)

    return types.uint16(types.float32), generate


@intrinsic
def to_brain(typing_context: Any, value: Any) -> Any:
    """Bits of a single as ``BRAIN`` stores it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _rounded_brain(builder, arguments[0])

    return types.int16(types.float32), generate


def numbers(values: npt.NDArray[Any]) -> npt.NDArray[np.floating]:
    """Stored values as numbers: halves and their like as singles, others as they are."""
    if values.dtype == HALF and HAS_HALVES:
        return values.view(np.float16).astype(np.float32)
    if values.dtype in (HALF, BRAIN):
        return (values.astype(np.uint16).astype(np.uint32) << 16).view(np.float32)
    if values.dtype == MINI:
        return (values.astype(np.uint32) << 20).view(np.float32)
    return values


def stored(values: npt.NDArray[Any], kind: type[Any]) -> npt.NDArray[Any]:
    """Numbers as ``HALF``, ``BRAIN`` or ``MINI`` store them; the counterpart of ``numbers``."""
    if kind is HALF and HAS_HALVES:
        return values.astype(np.float16).view(HALF)
    words = np.ascontiguousarray(values, np.float32).view(np.uint32)
    cut = np.uint32(20 if kind is MINI else 16)
    half = np.uint32((1 << (int(cut) - 1)) - 1)
    upper = (words + half + ((words >> cut) & np.uint32(1))) >> cut
    if kind is not MINI:
        return upper.astype(np.uint16).view(kind)
    return np.where(words > 0, np.maximum(upper, _LOWEST_OF_MINI), 0).astype(MINI)
