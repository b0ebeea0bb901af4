# SPDX-License-Identifier: BSD-3-Clause
"""Error of extracted profiles against known truth: synthetic micrographs and hand-drawn masks.

    ./ifem shell python3 benchmarks/extraction.py            # everything, a few minutes
    ./ifem shell python3 benchmarks/extraction.py --quick    # one seed of each section

All distances are in pixels and symmetric: from the extracted curve to the true one and back.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.errors import InterfaceFemError
from interfacefem.images import Micrograph, extract_profiles, read_micrograph
from interfacefem.parameters.sampling import Sampling
from interfacefem.synthetic.extraction_error import curve_distances, extraction_error
from interfacefem.synthetic.micrograph import SyntheticMicrograph, synthetic_micrograph
from interfacefem.synthetic.powder import MPA, POWDERS
from interfacefem.synthetic.sem import SemImaging, image_of
from interfacefem.synthetic.tape import TapeSection
from interfacefem.units import UM

SECTIONS = [
    ("2h", 200),
    ("2h", 600),
    ("4h", 0),
    ("4h", 200),
    ("4h", 400),
    ("4h", 600),
    ("10h", 400),
]
NOISE = (1.0, 2.0, 4.0)
METHODS: dict[str, Sampling] = {
    "contour": Sampling(phases=(-1,), method="contour"),
    "sampling-line": Sampling(method="sampling-line", positions=(0.3, 0.4, 0.5, 0.55, 0.6)),
}
MASKED = ("coating_010417_4_S2480023", "coating_050317_3_S0440016", "coating_070516_3_S2470003")
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "sem"
ASSUMED_PIXEL = 1 * UM  # the coating images do not say; distances are in pixels anyway


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one seed of each section")
    parser.add_argument("--seeds", type=int, default=2, help="seeds of each section")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    print_synthetic(1 if arguments.quick else arguments.seeds)
    print_masks()


def print_synthetic(seeds: int) -> None:
    print("Synthetic micrographs, default imaging, distances in pixels (56 nm)\n")
    print("| powder | MPa | seed | noise | method | profiles | rms | median | 95 % | length |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for powder, pressure in SECTIONS:
        for seed in range(1, seeds + 1):
            section = TapeSection(POWDERS[powder], pressure * MPA, seed=seed)
            made = synthetic_micrograph(section, data_bar=False)
            for noise in NOISE:
                noisy = with_noise(made, noise)
                for method, settings in METHODS.items():
                    row = f"| {powder} | {pressure} | {seed} | x{noise:g} | {method} |"
                    print(row, row_of_errors(noisy, settings), flush=True)


def with_noise(made: SyntheticMicrograph, noise: float) -> SyntheticMicrograph:
    imaging = SemImaging(noise=noise)
    return replace(made, image=image_of(made.geometry, imaging), imaging=imaging)


def row_of_errors(made: SyntheticMicrograph, settings: Sampling) -> str:
    micrograph = Micrograph(
        gray=(made.image / 255).astype(np.float32),
        pixel_size=made.imaging.pixel_size,
        source="synthetic",
        pixel_size_source="known",
        crop=(0, made.image.shape[0], 0, made.image.shape[1]),
    )
    try:
        extraction = extract_profiles(micrograph, settings)
        error = extraction_error(extraction, made)
    except InterfaceFemError as problem:
        return f"none: {problem} |"
    return (
        f"{len(extraction.profiles)} | {error.rms:.2f} | {error.median:.2f} | "
        f"{error.percentile_95:.2f} | {error.length_ratio:.3f} |"
    )


def print_masks() -> None:
    print("\nCoating on oxide against hand-drawn masks, distances in pixels\n")
    if not all((DATA / f"{name}_mask.tif").is_file() for name in MASKED):
        print(f"skipped: the images are not in {DATA}")
        return
    print("| image | settings | profiles | rms | median | 95 % |")
    print("|---|---|---|---|---|---|")
    settings = {
        "automatic": Sampling(),
        "multi-Otsu, brightest": Sampling(method="contour", threshold="multi-otsu", phases=(-1,)),
        "multi-Otsu of 4, all but the oxide's grey": Sampling(
            method="contour", threshold="multi-otsu", classes=4, phases=(0, 2, 3)
        ),
    }
    for name in MASKED:
        edge = upper_edge(DATA / f"{name}_mask.tif")
        for label, choice in settings.items():
            print(f"| {name} | {label} |", row_against_mask(DATA / f"{name}.tif", edge, choice))


def upper_edge(path: Path) -> npt.NDArray[np.float64]:
    """Column and row of the upper edge of oxide layer and cracks, shape ``(n, 2)``."""
    import tifffile

    mask = tifffile.imread(path)
    layer = (mask if mask.ndim == 2 else mask[..., 0]) > 0
    columns = np.flatnonzero(layer.any(axis=0))
    # between the last background pixel and the first of the layer
    return np.column_stack([columns, np.argmax(layer, axis=0)[columns] - 0.5])


def row_against_mask(path: Path, edge: npt.NDArray[np.float64], settings: Sampling) -> str:
    try:
        micrograph = read_micrograph(path, pixel_size=ASSUMED_PIXEL)
        extraction = extract_profiles(micrograph, settings)
    except InterfaceFemError as problem:
        return f"none: {problem} |"
    if extraction.method != "contour":
        return "none: no boundary was found, sampling lines cross the coating |"
    distances = []
    for extracted in extraction.profiles:
        found = np.column_stack([extracted.pixel_columns, extracted.pixel_rows])
        seen = (edge[:, 0] >= found[0, 0]) & (edge[:, 0] <= found[-1, 0])
        distances.append(curve_distances(found, edge[seen]))
    together = np.concatenate(distances)
    rms = np.sqrt(np.mean(together**2))
    return (
        f"{len(extraction.profiles)} | {rms:.1f} | {np.median(together):.1f} | "
        f"{np.percentile(together, 95):.1f} |"
    )


if __name__ == "__main__":
    main()
