# SPDX-License-Identifier: BSD-3-Clause
"""What to try where an image gave no line, or a wrong one: only what was tried and passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from interfacefem.images.micrograph import MIN_SIDE, Micrograph
from interfacefem.parameters.sampling import TRAN2025, Sampling
from interfacefem.units import UM

MOST_NAMED = 2
_MOST_PIXELS = 2e7  # of all trials together: a million take about a second
_FEWEST_TRIALS = 2
BY_HAND = "a line drawn by hand (docs/guide.md)"
_VOID_DEPTHS = (0.05, 0.15)  # of the image's height


def hint(
    micrograph: Micrograph,
    settings: Sampling,
    passes: Callable[[Micrograph, Sampling], bool],
    rows: tuple[int, int] | None = None,
) -> str:
    """Settings that lead to lines that pass, with the names of keys in braces.

    Args:
        micrograph: The image.
        settings: Those that failed.
        passes: Whether settings lead to lines that all pass their check.
        rows: Of the file, without what may be a data bar.
    """
    tried = 0
    found: list[str] = []
    first = ""
    if rows is not None and rows[1] - rows[0] >= MIN_SIDE:
        # whatever else is tried, the bar has to go
        micrograph = _cropped(micrograph, rows)
        first = f"{{crop}} {','.join(map(str, micrograph.crop))}"
        tried += 1
        if passes(micrograph, settings):
            return f"{first}, which leads to a line that passes; or {BY_HAND}"
        first += " and "
    for text, changes in _others(micrograph, settings):
        if tried >= max(_FEWEST_TRIALS, _MOST_PIXELS / micrograph.gray.size):
            break
        tried += 1
        if passes(micrograph, settings.model_copy(update=changes)):
            found.append(first + text)
            if len(found) == MOST_NAMED:
                break
    if found:
        return f"{' or '.join(found)}, which leads to a line that passes; or {BY_HAND}"
    return f"{BY_HAND}: none of {tried} other settings that were tried leads to one that passes"


def _cropped(micrograph: Micrograph, rows: tuple[int, int]) -> Micrograph:
    row0, _, column0, column1 = micrograph.crop
    gray = micrograph.gray[rows[0] - row0 : rows[1] - row0]
    return replace(micrograph, gray=gray, crop=(*rows, column0, column1))


def _others(micrograph: Micrograph, settings: Sampling) -> Iterator[tuple[str, dict[str, Any]]]:
    """The likeliest first; the side of the electrolyte is the user's knowledge, not tried."""
    plain = settings.protocol != TRAN2025
    if plain:
        for method in ("sampling-line", "contour"):
            if settings.method != method:
                yield f"{{method}} {method}", {"method": method, "phases": None}
    if settings.void_depth is None and settings.method != "contour":
        for share in _VOID_DEPTHS:
            depth = float(f"{share * micrograph.height / UM:.2g}")
            changes = {"method": "sampling-line", "phases": None, "void_depth": depth * UM}
            method = "" if settings.method == "sampling-line" else "{method} sampling-line and "
            yield f'{method}{{void_depth}} "{depth:g} um"', changes
    if settings.smoothing is None:
        for pixels in (2.0, 4.0):
            yield f"{{smoothing}} {pixels:g}", {"smoothing": pixels}
    if settings.threshold == "otsu" and plain:
        for phases in ((-1,), (1, 2)):
            yield (
                f"{{threshold}} multi-otsu and {{phases}} {','.join(map(str, phases))}",
                {"threshold": "multi-otsu", "phases": phases, "method": "auto"},
            )
        yield "{threshold} local", {"threshold": "local"}
