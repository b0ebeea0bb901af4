# SPDX-License-Identifier: BSD-3-Clause
"""Which traced lines the check on their own image passes, warns about and refuses.

Settings of images with a known interface, or without any: noise, weak contrast, blur, shading,
pores, tilted and textured bodies, tapes, and cracks, rims, data bars, blank frames. Whether a line
is right is measured on the truth, not declared: of its wall, the share that lies more than 3 px
off. Up to 5 % is right, above 25 % (or where there is no interface) wrong.

    ./ifem shell python3 benchmarks/line_check.py [--every N] [--seeds N]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.draw import polygon2mask

import interfacefem.images.extraction as extraction
from interfacefem.images import Micrograph, NoLineError, extract_profiles, read_micrograph
from interfacefem.parameters.sampling import Sampling
from interfacefem.synthetic.lpscl import lpscl_micrograph

Array = npt.NDArray[np.floating]

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "sem"
ROWS, COLUMNS, PIXEL = 220, 320, 5e-8
OFF = 3.0  # pixels
RIGHT, WRONG = 0.05, 0.25  # shares of the wall
ROW, COLUMN = np.mgrid[:ROWS, :COLUMNS].astype(float)


_first_seed = [0]


def _random(seed: int) -> np.random.Generator:
    """Numbers of a setting; ``--seeds`` makes others of the same kinds."""
    return np.random.default_rng([_first_seed[0], seed] if _first_seed[0] else seed)


@dataclass(frozen=True, eq=False)
class Setting:
    """An image and how it is traced.

    Attributes:
        name: Kind and parameters.
        image: Grey values in [0, 1] and the true solid; None where there is no interface.
        sampling: As of ``Sampling``.
        is_gap: Whether the void is a thin gap in one body, which is no interface of a contour.
    """

    name: str
    image: Callable[[], tuple[Array, npt.NDArray[np.bool_] | None]]
    sampling: dict[str, Any] = field(default_factory=dict)
    is_gap: bool = False


@dataclass(frozen=True)
class Outcome:
    """What was said of a setting, and what is true.

    Attributes:
        name: Of the setting.
        said: ``pass``, ``warn``, ``refuse`` or ``no line``.
        off: Largest share of the wall of a line that is off; None without a line.
        reasons: What was said.
        cpu_s: Of tracing and checking.
        is_gap: Whether sampling lines follow a gap that is a few pixels thin: neither right nor
            wrong, since it is void, and not resolved.
    """

    name: str
    said: str
    off: float | None
    reasons: tuple[str, ...]
    cpu_s: float
    is_gap: bool = False

    @property
    def truth(self) -> str:
        """``right``, ``between``, ``wrong``, ``gap`` of a thin one, or ``none`` without a line."""
        if self.off is None:
            return "none"
        if self.is_gap:
            return "gap"
        return "right" if self.off <= RIGHT else "wrong" if self.off > WRONG else "between"


def wave(steep: float = 1.0, column: Array = COLUMN) -> Array:
    """Rows of an edge."""
    return ROWS / 2 + 16 * np.sin(column / 19) * steep + 6 * np.sin(column / 5.3 + 1) * steep


def drawn(solid: npt.NDArray[np.bool_], contrast: float, noise: float, blur: float, seed: int,
          mean: float = 0.5) -> Array:  # fmt: skip
    """Solid and void with blur and noise."""
    step = mean + contrast * (solid - 0.5)
    grain = _random(seed).normal(0, noise, solid.shape)
    return np.clip(ndimage.gaussian_filter(step, blur) + grain, 0, 1)


def pores(count: int, radius: float, seed: int) -> npt.NDArray[np.bool_]:
    """A solid with round pores."""
    rng = _random(seed)
    solid = np.ones((ROWS, COLUMNS), dtype=bool)
    for row, column in zip(rng.uniform(8, ROWS - 8, count), rng.uniform(8, COLUMNS - 8, count),
                           strict=True):  # fmt: skip
        solid &= np.hypot(ROW - row, COLUMN - column) > radius * rng.uniform(0.6, 1.4)
    return solid


def with_bar(gray: Array, grey: float, *, top: bool = False, through: float = 0.0, height: int = 22,
             seed: int = 0) -> Array:  # fmt: skip
    """A data bar with writing; ``through`` is how much of the specimen is seen through it."""
    result = gray.copy() if not top else gray[::-1].copy()
    bar = result[-height:]
    bar[:] = through * bar + (1 - through) * grey
    rng = _random(seed)
    ink = 1.0 if grey < 0.5 else 0.0
    for first in rng.integers(8, COLUMNS - 14, 14):
        bar[6:16, first : first + 7 : 2] = ink
    return result[::-1] if top else result


def grain(scale: float, seed: int) -> Array:
    """Correlated noise of unit standard deviation."""
    field_ = ndimage.gaussian_filter(_random(seed).normal(size=(ROWS, COLUMNS)), scale)
    return np.asarray(field_ / field_.std())


def edges() -> Iterator[Setting]:
    """Two bodies, from clear to hardly seen; bright or dark above, steep, tilted, shaded."""
    for contrast, noises in ((0.6, (0.0, 0.03, 0.1, 0.2)), (0.25, (0.01, 0.05, 0.1, 0.16)),
                             (0.1, (0.01, 0.03, 0.06, 0.1))):  # fmt: skip
        for noise in noises:
            for blur, method in ((1.0, "auto"), (2.5, "contour"), (1.0, "sampling-line")):
                solid = wave() > ROW
                yield Setting(
                    f"edge contrast {contrast:g} noise {noise:g} blur {blur:g} {method}",
                    lambda s=solid, c=contrast, n=noise, b=blur: (drawn(s, c, n, b, 1), s),
                    {"method": method},
                )
    for noise in (0.03, 0.1):
        for steep in (0.2, 2.5):
            solid = wave(steep) > ROW
            yield Setting(f"edge steepness {steep:g} noise {noise:g}",
                          lambda s=solid, n=noise: (drawn(s, 0.5, n, 1.2, 2), s))  # fmt: skip
        solid = wave() > ROW
        yield Setting(f"edge dark above noise {noise:g}",
                      lambda s=solid, n=noise: (drawn(s, -0.5, n, 1.2, 2), s))  # fmt: skip
        tilted = 0.25 * COLUMN + 60 + 8 * np.sin(COLUMN / 12) > ROW
        yield Setting(f"edge tilted noise {noise:g}",
                      lambda s=tilted, n=noise: (drawn(s, 0.5, n, 1.2, 3), s))  # fmt: skip
        shade = 0.15 * (COLUMN / COLUMNS - 0.5)
        yield Setting(
            f"edge shaded noise {noise:g}",
            lambda s=solid, n=noise, h=shade: (drawn(s, 0.5, n, 1.2, 4) + h, s),
        )
    for smoothing in (2.0, 4.0, 8.0):
        for noise in (0.1, 0.25):
            solid = wave(0.5) > ROW
            yield Setting(f"edge noise {noise:g} smoothing {smoothing:g}",
                          lambda s=solid, n=noise: (drawn(s, 0.25, n, 1.2, 5), s),
                          {"method": "contour", "smoothing": smoothing})  # fmt: skip
    flat = ROW < 110
    for noise in (0.0, 0.05):
        yield Setting(f"edge flat noise {noise:g}",
                      lambda n=noise: (drawn(flat, 0.4, n, 1.0, 6), flat))  # fmt: skip
    low = ROWS - 25 + 3 * np.sin(COLUMN / 15) > ROW
    for noise in (0.01, 0.05):
        yield Setting(f"edge low in the frame noise {noise:g}",
                      lambda n=noise: (drawn(low, 0.4, n, 1.0, 6), low))  # fmt: skip


def porous() -> Iterator[Setting]:
    """Sampling lines through pores."""
    for count, radius in ((25, 9), (60, 6), (14, 16)):
        for noise in (0.0, 0.03, 0.08, 0.15):
            solid = pores(count, radius, count)
            yield Setting(
                f"pores {count} of {radius} px noise {noise:g}",
                lambda s=solid, n=noise: (drawn(s, 0.5, n, 1.2, 7), s),
                {"method": "sampling-line", "void_depth": 40 * PIXEL},
            )
    solid = pores(40, 8, 3)
    yield Setting("pores weak contrast", lambda: (drawn(solid, 0.12, 0.06, 1.2, 8), solid),
                  {"method": "sampling-line", "void_depth": 40 * PIXEL})  # fmt: skip
    labels = pores(30, 8, 4)
    yield Setting("pores of a segmented image", lambda: (0.004 * labels, labels),
                  {"method": "sampling-line", "void_depth": 40 * PIXEL})  # fmt: skip


def textures() -> Iterator[Setting]:
    """A textured body on a smooth one, and texture everywhere."""
    solid = wave(0.6) > ROW
    for seed in range(3):
        for strength in (0.15, 0.06):
            for scale in (1.0, 2.0):
                texture = grain(scale, seed)
                yield Setting(
                    f"texture {strength:g} of {scale:g} px on a smooth body seed {seed}",
                    lambda t=texture, s=strength, n=seed: (
                        np.clip(0.5 + np.where(solid, s, 0.012) * t
                                + _random(n).normal(0, 0.01, t.shape), 0, 1),
                        solid,
                    ),
                )  # fmt: skip
    for seed in range(4):
        for scale in (1.5, 4.0, 10.0):
            for method in ("auto", "sampling-line"):
                texture = grain(scale, 10 + seed)
                yield Setting(
                    f"texture everywhere of {scale:g} px {method} seed {seed}",
                    lambda t=texture: (np.clip(0.5 + 0.12 * t, 0, 1), None),
                    {"method": method, "void_depth": 30 * PIXEL},
                )


def noises() -> Iterator[Setting]:
    """One peak in the histogram: nothing to see."""
    for seed in range(3):
        for spread in (0.02, 0.1):
            white = _random(20 + seed).normal(0.5, spread, (ROWS, COLUMNS))
            white = np.clip(white, 0, 1)
            for threshold in (0.4, 0.45):
                cut = 0.5 - (0.5 - threshold) * spread / 0.1 * 0.5
                yield Setting(
                    f"noise {spread:g} threshold {cut:.3g} seed {seed}",
                    lambda w=white: (w, None),
                    {"method": "sampling-line", "threshold": (cut,), "void_depth": 30 * PIXEL},
                )
            ramp = white + 0.1 * spread * (0.5 - ROW / ROWS)
            for smoothing in (2.0, 6.0):
                yield Setting(
                    f"noise {spread:g} with a faint ramp smoothing {smoothing:g} seed {seed}",
                    lambda r=ramp: (np.clip(r, 0, 1), None),
                    {"smoothing": smoothing, "phases": (1,)},
                )
    for slope in (0.05, 0.3):
        blank = 0.5 + slope * (0.5 - ROW / ROWS)
        blank = blank + _random(0).normal(0, 0.02, blank.shape)
        yield Setting(f"blank with a ramp of {slope:g}", lambda b=blank: (np.clip(b, 0, 1), None),
                      {"phases": (1,)})  # fmt: skip


def thin_things() -> Iterator[Setting]:
    """Cracks and bright rims with one body on both sides."""
    distance = np.abs(ROW - wave(0.6))
    for seed in range(3):
        rng = _random(30 + seed)
        for width in (1.5, 3.0):
            for depth in (0.25, 0.4):
                crack = 0.6 - depth * np.exp(-((distance / width) ** 2))
                crack = np.clip(crack + rng.normal(0, 0.02, crack.shape), 0, 1)
                for how in ({}, {"method": "sampling-line"}, {"smoothing": 3.0}):
                    yield Setting(
                        f"crack {width:g} px {depth:g} deep {how} seed {seed}",
                        lambda c=crack, w=width: (c, distance > 0.83 * w),
                        {"void_depth": 30 * PIXEL, **how},
                        is_gap=True,
                    )
            rim = 0.4 + 0.4 * np.exp(-((distance / width) ** 2))
            rim = np.clip(rim + rng.normal(0, 0.03, rim.shape), 0, 1)
            yield Setting(f"rim {width:g} px seed {seed}", lambda r=rim: (r, None),
                          {"phases": (1,)})  # fmt: skip


def bars() -> Iterator[Setting]:
    """Images whose data bar was left in, on specimen that shows no boundary otherwise."""
    for grey in (0.0, 47 / 255, 0.75, 1.0):
        for top in (False, True):
            for body in ("noise", "texture", "pores"):
                if body == "pores":
                    specimen = drawn(pores(30, 7, 2), 0.4, 0.02, 1.0, 9, mean=0.4)
                elif body == "texture":
                    specimen = np.clip(0.45 + 0.06 * grain(3.0, 5), 0, 1)
                else:
                    specimen = np.clip(0.45 + 0.05 * grain(0.6, 6), 0, 1)
                gray = with_bar(specimen, grey, top=top)
                bright_bar = grey > 0.45
                above = "below" if top != bright_bar else "above"
                yield Setting(
                    f"bar grey {grey:.2f} {'top' if top else 'bottom'} on {body}",
                    lambda g=gray: (g, None),
                    {"method": "contour", "electrolyte": above},
                )
    for through in (0.3, 0.5):
        specimen = np.clip(0.6 + 0.04 * grain(2.0, 7), 0, 1)
        gray = with_bar(specimen, 0.0, through=through)
        yield Setting(f"bar transparent {through:g}", lambda g=gray: (g, None),
                      {"method": "contour"})  # fmt: skip
    for grey in (0.0, 0.3, 1.0):
        blank = with_bar(np.full((ROWS, COLUMNS), grey), grey)
        for method in ("auto", "sampling-line"):
            yield Setting(f"blank frame with a bar of its grey {grey:g} {method}",
                          lambda b=blank: (b, None),
                          {"method": method, "void_depth": 10 * PIXEL})  # fmt: skip


def wrong_bodies() -> Iterator[Setting]:
    """Edges of another body: a third one of nearly the threshold's grey, or a layer between."""
    for layer in (0.35, 0.45, 0.55, 0.65):
        for noise in (0.02, 0.06):
            upper, lower = wave(0.5) - 30 > ROW, wave(0.4, COLUMN + 40) + 25 > ROW
            gray = ndimage.gaussian_filter(np.where(upper, 0.8, np.where(lower, layer, 0.2)), 1.2)
            gray = gray + _random(5).normal(0, noise, gray.shape)
            # the threshold takes the layer to the nearer side; the other interface is meant
            meant = upper if layer > 0.5 else lower
            yield Setting(f"layer of grey {layer:g} noise {noise:g}, the other interface meant",
                          lambda g=gray, m=meant: (np.clip(g, 0, 1), m))  # fmt: skip
    upper, lower = wave(0.5) - 40 > ROW, wave(0.5) + 30 > ROW
    patchy = grain(6.0, 3) > 0
    for level in (0.45, 0.5, 0.55):
        gray = np.where(
            upper, 0.8, np.where(lower, np.where(patchy, level + 0.04, level - 0.04), 0.2)
        )
        gray = ndimage.gaussian_filter(gray, 1.2)
        gray = gray + _random(4).normal(0, 0.02, gray.shape)
        yield Setting(f"third body of grey {level:g}, threshold through it",
                      lambda g=gray: (np.clip(g, 0, 1), upper),
                      {"method": "contour", "threshold": (level,)})  # fmt: skip


def tapes() -> Iterator[Setting]:
    """Synthetic sections of tapes with their noise."""
    for powder, pressure in (("4h", 400e6), ("pristine", 200e6), ("2h", 200e6)):
        for seed in (11, 12):
            yield Setting(
                f"tape {powder} {pressure / 1e6:.0f} MPa seed {seed}",
                lambda p=powder, q=pressure, s=seed: _tape(p, q, s),
                {"method": "contour"},
            )


def _tape(powder: str, pressure: float, seed: int) -> tuple[Array, npt.NDArray[np.bool_]]:
    made = lpscl_micrograph(powder, pressure, seed)
    gray = made.image[: made.frame_rows] / 255
    row, column = made.rows_and_columns(made.truth)
    corners = np.array([[-1.0, column[-1]], [-1.0, column[0]]])
    outline = np.vstack([np.column_stack([row, column]), corners])
    return gray, np.asarray(polygon2mask(gray.shape, outline))


def settings() -> list[Setting]:
    """All that are made here."""
    kinds = (edges, porous, textures, noises, thin_things, bars, wrong_bodies)
    return [one for kind in kinds for one in kind()]


def judged(setting: Setting) -> Outcome:
    """Trace an image and compare what is said of its lines with the truth."""
    gray, solid = setting.image()
    rows, columns = gray.shape
    image = Micrograph(gray, PIXEL, setting.name, "drawn", (0, rows, 0, columns))
    started = time.process_time()
    sampling = Sampling(**setting.sampling)
    try:
        found = extract_profiles(image, sampling, keep_refused=True)
    except NoLineError as error:
        spent = time.process_time() - started
        return Outcome(setting.name, "no line", None, (str(error.args[0]),), spent)
    spent = time.process_time() - started
    order = ("pass", "warn", "refuse")
    said = max((one.verdict for one in found.qualities), key=order.index)
    reasons = tuple(dict.fromkeys(text for one in found.qualities for text in one.messages))
    nothing = solid is None or (setting.is_gap and found.method == "contour")
    off = 1.0 if nothing else max(_share_off(one, solid) for one in found.profiles)
    is_gap = setting.is_gap and found.method == "sampling-line"
    return Outcome(setting.name, said, off, reasons, spent, is_gap)


def _share_off(section: extraction.ExtractedProfile, solid: npt.NDArray[np.bool_]) -> float:
    """Of the wall of a line: what is more than 3 px from an edge of the true solid."""
    edge = ndimage.binary_dilation(solid) & ~ndimage.binary_erosion(solid, border_value=1)
    distance = ndimage.distance_transform_edt(~edge)
    row, column = section.pixel_rows, section.pixel_columns
    arc = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(row), np.diff(column)))])
    places = np.arange(0, arc[-1])
    row, column = np.interp(places, arc, row), np.interp(places, arc, column)
    wall = np.ones(len(row), dtype=bool)
    if "sampling_line_row" in section.profile.metadata:
        wall = np.abs(row - float(section.profile.metadata["sampling_line_row"])) > 1
    if wall.sum() < 30:
        return 0.0
    at_line = ndimage.map_coordinates(distance, [row, column], order=1, mode="nearest")
    return float(np.mean(at_line[wall] > OFF))


def real() -> list[Outcome]:
    """Real micrographs, where they are there, against their masks.

    The masks are of the oxide; a contour follows the bright body, which is another interface where
    pores lie between them. They are listed, and counted apart.
    """
    if not SHARED.is_dir():
        return []
    found = []
    glass = SHARED / "glass_bubbles.jpg"
    whole = read_micrograph(glass, pixel_size=PIXEL, crop="none").gray if glass.exists() else None
    if whole is not None:
        found.append(judged(Setting("real: glass with its bar, contour",
                                    lambda: (whole, None),
                                    {"method": "contour", "electrolyte": "below"})))  # fmt: skip
    for path in sorted(SHARED.glob("coating_*_mask.tif")):
        image = path.with_name(path.name.replace("_mask", ""))
        gray = read_micrograph(image, pixel_size=PIXEL, crop="none").gray
        mask = np.round(read_micrograph(path, pixel_size=PIXEL, crop="none").gray * 255)
        above = np.cumsum(mask > 0, axis=0) == 0
        for how in ({}, {"threshold": "multi-otsu", "phases": (-1,)},
                    {"threshold": "multi-otsu", "phases": (1, 2)},
                    {"method": "sampling-line", "void_depth": 50 * PIXEL}):  # fmt: skip
            name = f"real: {image.stem} {how}"
            found.append(judged(Setting(name, lambda g=gray, a=above: (g, a), how)))
    return found


def print_counts(outcomes: list[Outcome]) -> int:
    """The counts, and each setting that is judged otherwise than it should be; how many pass
    wrongly."""
    counts = Counter((one.truth, one.said) for one in outcomes)
    print(f"{'line is':10} {'passed':>8} {'warned':>8} {'refused':>8}")
    for truth in ("right", "between", "gap", "wrong"):
        print(f"{truth:10} " + " ".join(f"{counts[truth, said]:8d}" for said in
                                        ("pass", "warn", "refuse")))  # fmt: skip
    print(f"no line {counts['none', 'no line']:12d} of {len(outcomes)} settings")
    wrongly = [one for one in outcomes if (one.truth, one.said) in
               {("right", "refuse"), ("wrong", "pass"), ("between", "pass")}]  # fmt: skip
    for one in wrongly:
        print(f"  {one.truth}, {one.said}: {one.name} ({one.off:.2f} off) {one.reasons[:1]}")
    times = sorted(one.cpu_s for one in outcomes)
    print(f"CPU for a setting: median {times[len(times) // 2]:.2f} s, sum {sum(times):.0f} s")
    return sum(one.truth == "wrong" and one.said == "pass" for one in outcomes)


def main() -> int:
    """Judge all settings and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every Nth setting")
    parser.add_argument("--list", action="store_true", help="print each outcome")
    parser.add_argument("--seeds", type=int, default=0, help="settings with other numbers")
    arguments = parser.parse_args()
    _first_seed[0] = arguments.seeds
    extraction.hint = lambda *_: ""  # what to try instead costs nine more traces
    outcomes = [judged(one) for one in settings()[:: arguments.every]]
    outcomes += [judged(one) for one in tapes()] if arguments.every == 1 else []
    if arguments.list:
        for one in outcomes:
            print(one.truth, one.said, one.off, one.name, one.reasons[:1])
    wrongly = print_counts(outcomes)
    for one in real() if arguments.every == 1 else []:
        off = "no line" if one.off is None else f"{one.off:.2f} off its mask"
        print(f"{one.said}, {off}: {one.name} {one.reasons[:1]}")
    return min(wrongly, 1)


if __name__ == "__main__":
    sys.exit(main())
