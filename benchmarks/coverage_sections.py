# SPDX-License-Identifier: BSD-3-Clause
"""Synthetic sections and micrographs for ``coverage_of_intervals.py``, drawn once and kept.

Each is a file of its own, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.errors import InputError
from interfacefem.surfaces import Profile
from interfacefem.synthetic.lpscl import lpscl_imaging, lpscl_section
from interfacefem.synthetic.section import build_section, true_profile
from interfacefem.synthetic.sem import SemImaging, image_of
from interfacefem.units import MPA

FOLDER = Path("results/coverage")
TRUTHS = range(1, 401)  # seeds of the true sections of each condition
# seeds of the sections that micrographs are taken of: none of 1 to 30, on which the constant of
# images/edge_width.py was chosen
IMAGED = range(401, 461)
ON_OTHERS = 8  # of those, the first ones are also taken at other blurs and pixel sizes


@dataclass(frozen=True)
class Condition:
    """A powder after a pressure in Pa."""

    powder: str
    pressure: float

    @property
    def name(self) -> str:
        """As in tables."""
        return f"{self.powder}_{self.pressure / MPA:g}MPa"


CONDITIONS = (
    Condition("4h", 400 * MPA),
    Condition("pristine", 200 * MPA),
    Condition("2h", 200 * MPA),
)


@dataclass(frozen=True, eq=False)
class Section:
    """One section.

    Attributes:
        truth: The true interface.
        images: Grey values with their pixel size in m, by kind of imaging; empty where none was
            asked for.
    """

    truth: Profile
    images: dict[str, tuple[npt.NDArray[np.uint8], float]]


def imagings(powder: str) -> dict[str, SemImaging]:
    """The imaging of a powder as studies take it, and others to try on."""
    usual = lpscl_imaging(powder)
    return {
        "usual": usual,
        "blur x2": replace(usual, blur=2 * usual.blur),
        "sharp": replace(usual, blur=0.3 * usual.blur),
        "pixel x1.5": replace(usual, pixel_size=1.5 * usual.pixel_size),
        "noise x2": replace(usual, noise=2.0),
    }


def section(condition: Condition, seed: int, folder: Path = FOLDER) -> Section | None:
    """Draw a section, or read it where it was drawn before; None where no solid spans it."""
    path = folder / condition.name / f"{seed}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".part.npz")
        np.savez_compressed(temporary, **_drawn(condition, seed))
        temporary.rename(path)
    with np.load(path) as kept:
        if "x" not in kept:
            return None
        images = {
            name: (kept[f"image {name}"], float(kept[f"pixel {name}"]))
            for name in imagings(condition.powder)
            if f"image {name}" in kept and is_imaged(seed, name)
        }
        return Section(Profile(kept["x"], kept["z"], {}), images)


def is_imaged(seed: int, imaging: str) -> bool:
    """Whether a micrograph of this kind is taken of a section."""
    return seed in (IMAGED if imaging == "usual" else IMAGED[:ON_OTHERS])


def _drawn(condition: Condition, seed: int) -> dict[str, npt.NDArray[np.generic]]:
    try:
        geometry = build_section(lpscl_section(condition.powder, condition.pressure, seed))
        truth = true_profile(geometry)
    except InputError as error:
        print(f"{condition.name}, seed {seed}: {error}", file=sys.stderr)
        return {}
    drawn: dict[str, npt.NDArray[np.generic]] = {"x": truth.x, "z": truth.z}
    for name, imaging in imagings(condition.powder).items():
        if is_imaged(seed, name):
            drawn[f"image {name}"] = image_of(geometry, imaging)
            drawn[f"pixel {name}"] = np.array(imaging.pixel_size)
    return drawn
