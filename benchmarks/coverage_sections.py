# SPDX-License-Identifier: BSD-3-Clause
"""Synthetic sections and micrographs for ``coverage.py``, drawn once and kept.

    nice ./ifem shell python3 benchmarks/coverage_sections.py [FOLDER]

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
IMAGES = 60  # micrographs of each condition
TRUTHS = 400  # sections of each condition, those of the micrographs among them
ON_OTHERS = 8  # micrographs of each condition that are also taken at other blurs and pixel sizes


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
            if f"image {name}" in kept and seed <= _kept_of(name)
        }
        return Section(Profile(kept["x"], kept["z"], {}), images)


def _kept_of(imaging: str) -> int:
    """Number of sections that are imaged so."""
    return IMAGES if imaging == "usual" else ON_OTHERS


def _drawn(condition: Condition, seed: int) -> dict[str, npt.NDArray[np.generic]]:
    try:
        geometry = build_section(lpscl_section(condition.powder, condition.pressure, seed))
        truth = true_profile(geometry)
    except InputError as error:
        print(f"{condition.name}, seed {seed}: {error}", file=sys.stderr)
        return {}
    drawn: dict[str, npt.NDArray[np.generic]] = {"x": truth.x, "z": truth.z}
    for name, imaging in imagings(condition.powder).items():
        if seed <= _kept_of(name):
            drawn[f"image {name}"] = image_of(geometry, imaging)
            drawn[f"pixel {name}"] = np.array(imaging.pixel_size)
    return drawn


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for seeds in (range(1, IMAGES + 1), range(IMAGES + 1, TRUTHS + 1)):
        for seed in seeds:
            for condition in CONDITIONS:
                section(condition, seed, folder)
            print(f"{seed} of {TRUTHS} sections of each condition", flush=True)


if __name__ == "__main__":
    main()
