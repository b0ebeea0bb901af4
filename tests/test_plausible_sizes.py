# SPDX-License-Identifier: BSD-3-Clause
"""Sizes that no microscope sees are refused with the likely mistake, through every door."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from interfacefem.errors import InputError, PixelSizeError, ProfileError
from interfacefem.images import Micrograph, read_micrograph
from interfacefem.surfaces import read_profile_csv
from interfacefem.surfaces.height_map import HeightMapError
from interfacefem.surfaces.height_map_files import read_height_map
from interfacefem.surfaces.profile import profile_from_points
from interfacefem.units import NM, UM

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(("width", "said"), [(1e-9, "metres or millimetres"), (0.5, "nanometres")])
def test_widths_of_profiles(width: float, said: str) -> None:
    x = np.linspace(0, width, 5)
    with pytest.raises(ProfileError, match=said):
        profile_from_points(x, np.zeros(5))


@pytest.mark.parametrize(("width", "said"), [(5e-6, "metres"), (2e5, "nanometres")])
def test_widths_of_profiles_in_files(tmp_path: Path, width: float, said: str) -> None:
    (tmp_path / "line.csv").write_text(f"x_um,z_um\n0,0\n{width / 2:g},0\n{width:g},0\n")
    with pytest.raises(InputError, match=said):
        read_profile_csv(tmp_path / "line.csv")


@pytest.mark.parametrize("pixel", [0.05 * NM, 200 * UM])
def test_pixels_of_micrographs(pixel: float) -> None:
    with pytest.raises(PixelSizeError, match="no micrograph"):
        Micrograph(
            np.random.default_rng(0).random((40, 40)), pixel, "a.tif", "said", (0, 40, 0, 40)
        )


def test_widths_of_height_maps(tmp_path: Path) -> None:
    np.save(tmp_path / "map.npy", np.random.default_rng(0).random((8, 8)))
    with pytest.raises(HeightMapError, match="10 nm to 100 mm"):
        read_height_map(tmp_path / "map.npy", pixel_size=0.1)


def test_complex_heights_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "map.npy", np.ones((8, 8), dtype=complex))
    with pytest.raises(HeightMapError, match="complex128; expected two dimensions of real numbers"):
        read_height_map(tmp_path / "map.npy", pixel_size=1 * UM)


def test_what_this_program_drew_says_so() -> None:
    assert read_micrograph(ROOT / "studies/images/lpscl_4h_400MPa_1.tif").is_synthetic
