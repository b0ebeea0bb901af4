# SPDX-License-Identifier: BSD-3-Clause
"""Particle sizes: shapes, distributions, sections, whole images, and input that is refused."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from particle_fields import touching_balls
from scipy import ndimage

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import ImageError, InputError
from interfacefem.images.micrograph import Micrograph
from interfacefem.images.reading import read_micrograph
from interfacefem.parameters.particles import ParticleSettings
from interfacefem.process.laser_diffraction import density_per_decade, read_laser_diffraction
from interfacefem.process.particle_result import particle_result, particle_rows
from interfacefem.process.particle_shapes import shapes_in_image
from interfacefem.process.particle_summary import summarize_sizes
from interfacefem.process.particles import particle_sizes, particle_sizes_of_volume
from interfacefem.process.size_distribution import Lognormal, SizeDistribution
from interfacefem.process.sphere_sections import saltykov_matrix, unfolded
from interfacefem.units import UM

WIDE = ParticleSettings(border_share=1.0)


def picture(phase: np.ndarray, pixel: float = 1e-7, seed: int = 0) -> Micrograph:
    """A noisy, blurred micrograph of a phase."""
    noise = np.random.default_rng(seed).standard_normal(phase.shape)
    gray = ndimage.gaussian_filter(np.where(phase, 0.75, 0.25), 0.8) + 0.04 * noise
    shape = (0, phase.shape[0], 0, phase.shape[1])
    return Micrograph(np.clip(gray, 0, 1), pixel, f"image{seed}.tif", "test", shape)


def discs(median: float, seed: int = 0, side: int = 500) -> Micrograph:
    return picture(touching_balls(side, 2, median, 0.35, 0.5, seed)[0], seed=seed)


def test_rectangle_disc_and_ellipse_have_their_sizes() -> None:
    labels = np.zeros((320, 320), int)
    labels[5:35, 5:45] = 1
    rows, columns = np.ogrid[:320, :320]
    labels[(rows - 100) ** 2 + (columns - 240) ** 2 <= 60**2] = 2
    labels[((rows - 240) / 50) ** 2 + ((columns - 140) / 100) ** 2 <= 1] = 3
    shapes = shapes_in_image(labels, 1.0)
    assert shapes.feret_max[0] == pytest.approx(50, abs=1e-9)
    assert shapes.feret_min[0] == pytest.approx(30, abs=1e-9)
    assert shapes.solidity[0] == pytest.approx(1)
    assert shapes.circularity[1] == pytest.approx(0.994, abs=0.001)
    assert shapes.diameter[1] == pytest.approx(120, rel=1e-3)
    assert shapes.diameter[2] == pytest.approx(math.sqrt(200 * 100), rel=1e-3)
    assert shapes.aspect_ratio[2] == pytest.approx(2, rel=2e-3)


@pytest.mark.parametrize(
    ("mean", "sd", "number", "volume"),
    [
        (1.6, 0.88, 1.4019, 3.0979),
        (0.9, 0.48, 0.7941, 1.6828),
        (0.7, 0.44, 0.5926, 1.6092),
        (5.0, 4.0, 3.904, 17.22),
    ],
)
def test_lognormals_of_the_published_powders(mean, sd, number, volume) -> None:
    powder = Lognormal.of_mean(mean, sd)
    assert powder.quantile(0.5, 0) == pytest.approx(number, rel=2e-4)
    assert powder.quantile(0.5, 3) == pytest.approx(volume, rel=2e-4)
    # and the quantiles of a sample agree with them
    drawn = powder.median * np.exp(powder.s * np.random.default_rng(0).standard_normal(200_000))
    sample = SizeDistribution(drawn, np.ones(len(drawn)))
    for weight in (0, 2, 3):
        assert sample.quantile(0.5, weight) == pytest.approx(powder.quantile(0.5, weight), rel=0.05)
    assert sample.lognormal_s == pytest.approx(powder.s, rel=0.01)


def test_ends_of_the_volume_distribution_of_the_two_hour_powder() -> None:
    powder = Lognormal.of_mean(1.6, 0.88)
    assert powder.s == pytest.approx(0.5141, abs=1e-4)
    assert powder.quantile(0.1, 3) == pytest.approx(1.603, abs=1e-3)
    assert powder.quantile(0.9, 3) == pytest.approx(5.987, abs=1e-3)


def test_quantile_is_the_smallest_size_that_holds_the_share() -> None:
    sizes = SizeDistribution(np.array([3.0, 1.0, 2.0, 4.0]), np.ones(4))
    assert [sizes.quantile(p, 0) for p in (0.25, 0.26, 0.5, 1.0)] == [1, 2, 2, 4]
    assert sizes.quantile(0.5, 3) == 4  # 64 of 100
    assert sizes.sauter == pytest.approx(100 / 30)


def sections_of(diameters: np.ndarray, random: np.random.Generator) -> SizeDistribution:
    """A plane meets a sphere in proportion to its diameter, anywhere along it."""
    met = random.choice(diameters, len(diameters), p=diameters / diameters.sum())
    seen = met * np.sqrt(1 - random.uniform(0, 1, len(met)) ** 2)
    return SizeDistribution(seen, np.ones(len(seen)))


def test_sections_of_equal_spheres() -> None:
    sections = sections_of(np.full(200_000, 1.0), np.random.default_rng(1))
    assert sections.mean(0) == pytest.approx(math.pi / 4, rel=2e-3)
    assert sections.quantile(0.5, 0) == pytest.approx(math.sqrt(3) / 2, rel=3e-3)
    assert sections.mean(2) == pytest.approx(9 * math.pi / 32, rel=3e-3)
    assert saltykov_matrix(20).sum(axis=0) == pytest.approx(np.arange(1, 21))  # N_A = N_V D
    assert unfolded(sections).quantile(0.5, 3) == pytest.approx(0.9875, abs=0.01)


def test_unfolding_gives_the_spheres_back() -> None:
    ratio, raw = [], []
    for seed in range(8):
        random = np.random.default_rng(seed)
        spheres = 2 * np.exp(0.3 * random.standard_normal(50_000))
        sections = sections_of(spheres, random)
        few = SizeDistribution(sections.diameter[:5000], sections.count[:5000])
        ratio.append(unfolded(few).quantile(0.5, 3) / 2.620)
        raw.append(few.quantile(0.5, 2))
    assert np.mean(raw) == pytest.approx(2.327, rel=0.01)
    assert np.mean(ratio) == pytest.approx(1, abs=0.015)
    assert max(abs(np.array(ratio) - 1)) < 0.04


def test_t_interval_covers_between_images() -> None:
    """Images whose medians scatter by 10 %: the interval covers the powder's in about 95 %."""
    random = np.random.default_rng(4)
    covered = 0
    for _ in range(40):
        images = [
            SizeDistribution(
                2 * math.exp(0.1 * random.standard_normal()) * np.exp(
                    0.3 * random.standard_normal(80)
                ),
                np.ones(80),
            )
            for _ in range(4)
        ]  # fmt: skip
        d50 = summarize_sizes(images)[0].quantiles["d50"]
        assert d50.low < d50.value < d50.high
        covered += d50.low <= 2 <= d50.high
    assert covered >= 35


def test_sizes_from_noisy_images_and_their_sensitivity() -> None:
    phase, diameters = touching_balls(800, 2, 22, 0.35, 0.55, seed=2)
    result = particle_sizes([picture(phase)], ParticleSettings(edge_correction=False))
    true = SizeDistribution(diameters * 1e-7, np.ones(len(diameters)))
    for weight, allowed in ((0, 0.05), (2, 0.03), (3, 0.03)):
        d50 = result.summaries[weight].quantiles["d50"]
        assert d50.value == pytest.approx(true.quantile(0.5, weight), rel=allowed)
        assert d50.low is None
        assert d50.resampled_low < d50.value < d50.resampled_high
        low, high = (result.d50_at_split[split][weight] for split in (0.05, 0.2))
        assert low <= d50.value * 1.02 <= high * 1.04
    printed = particle_result(result)
    assert printed["sizes"]["volume_sem_projection"]["weight"] == 3
    assert printed["count"] == len([row for row in particle_rows(result) if row["weight"] > 0])
    assert any("no weight" in note for note in printed["notes"])


def test_several_images_give_an_interval_and_sections_are_unfolded() -> None:
    settings = ParticleSettings(basis="section", border_share=0.6)
    result = particle_sizes([discs(20, seed, side=360) for seed in range(3)], settings)
    d50 = result.summaries[3].quantiles["d50"]
    assert d50.low < d50.value < d50.high
    assert result.basis == "section"
    names = particle_result(result)["sizes"]
    assert set(names) == {
        f"{weight}_{basis}"
        for weight in ("number", "area", "volume")
        for basis in ("section", "section_unfolded")
    }
    # spheres are larger than their sections seen by area, and by number
    assert result.unfolded[0].quantiles["d50"].value > result.summaries[0].quantiles["d50"].value


def test_label_images_are_taken_as_they_are(tmp_path) -> None:
    labels = np.zeros((120, 160), np.uint16)
    for number in range(60):
        row, column = divmod(number, 10)
        labels[5 + 18 * row : 15 + 18 * row, 5 + 15 * column : 15 + 15 * column] = 7 * number + 300
    labels[20:60, 159] = 5  # one that the border cuts
    file = tmp_path / "labels.tif"
    tifffile.imwrite(file, labels)
    image = read_micrograph(file, pixel_size=1e-7, crop="none")
    result = particle_sizes([image], ParticleSettings(labels=True))
    assert len(result.sizes.diameter) == 60
    assert result.sizes.diameter == pytest.approx(np.full(60, math.sqrt(400 / math.pi) * 1e-7))
    assert not result.d50_at_split
    for wrong, said in (
        ((labels > 0).astype(np.uint8), "one label"),
        ((labels / 3.1).astype(np.float32), "no whole numbers"),
    ):
        tifffile.imwrite(file, wrong)
        image = read_micrograph(file, pixel_size=1e-7, crop="none")
        with pytest.raises(ImageError, match=said):
            particle_sizes([image], ParticleSettings(labels=True))


def test_a_volume_of_particles() -> None:
    phase, diameters = touching_balls(96, 3, 12, 0.3, 0.5, seed=1)
    volume = SegmentedVolume(phase.astype(np.uint8) * 85, (1e-7, 1e-7, 1e-7))
    result = particle_sizes_of_volume(
        volume, (85,), ParticleSettings(edge_correction=False, border_share=1.0)
    )
    assert result.basis == "volume"
    true = SizeDistribution(diameters * 1e-7, np.ones(len(diameters)))
    d50 = result.summaries[3].quantiles["d50"].value
    assert d50 == pytest.approx(true.quantile(0.5, 3), rel=0.04)
    assert "volume_um3" in particle_rows(result)[0]
    with pytest.raises(InputError, match="does not occur"):
        particle_sizes_of_volume(volume, (3,))


def test_laser_diffraction(tmp_path) -> None:
    """A lognormal by volume, median 17 um: q3 and Q3 agree with Hatch and Choate."""
    powder = Lognormal(17 * UM * math.exp(-3 * 0.7**2), 0.7)
    x = np.geomspace(0.3, 400, 80)
    from scipy import stats

    q3 = stats.lognorm.pdf(x, 0.7, scale=17)
    file = tmp_path / "q3.csv"
    for name, values in (("q3_per_um", q3), ("Q3", stats.lognorm.cdf(x, 0.7, scale=17))):
        rows = "\n".join(f"{a:.6g},{b:.8g}" for a, b in zip(x, values, strict=True))
        file.write_text(f"x_um,{name}\n{rows}\n", encoding="utf-8")
        sizes = read_laser_diffraction(file)
        for share in (0.1, 0.5, 0.9):
            expected = powder.quantile(share, 3)
            assert sizes.quantile(share, 3) == pytest.approx(expected, rel=0.02)
        assert sizes.quantile(0.5, 2) == pytest.approx(powder.quantile(0.5, 2), rel=0.03)
    middle, density = density_per_decade(
        x, stats.lognorm.pdf(np.sqrt(x[1:] * x[:-1]), 0.7, scale=17)
    )
    assert (density * np.diff(np.log10(x))).sum() == pytest.approx(1, abs=1e-3)
    assert middle[density.argmax()] == pytest.approx(17, rel=0.1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x_um,Q3\n1,0.1\n2,0.05\n3,1\n", "row 3: Q3: a cumulative share falls; found 0.05 after"),
        ("x_um,Q3\n1,0.1\n2,0.5\n3,0.8\n", "Q3: does not end at 1; found 0.8"),
        ("x_um,Q3\n1,0.1\n1,0.5\n3,1\n", "row 3: x_um: sizes do not rise; found 1 after 1"),
        ('x_um,Q3\n1,0.1\n2,"0,5"\n3,1\n', 'row 3: Q3: is no number; found "0,5"; expected a '),
        ("x_um,Q3\n1,0.1\n2,50\n3,100\n", "row 3: Q3: is out of range; found 50; expected at "),
        ("x_um,other\n1,2\n2,3\n", "Q3: the column is missing; found x_um, other"),
        ("x_um,q3_per_um\n1,2\n2,3\n3,2\n", "q3_per_um: the density does not add up to 1; found 5"),
    ],
)
def test_bad_tables_of_laser_diffraction(tmp_path, text, said) -> None:
    file = tmp_path / "laser.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_laser_diffraction(file)
    assert str(caught.value).startswith(f"{file}: {said}")
    assert "\n" not in str(caught.value)


def field_with(value: bool, *box: slice) -> Micrograph:
    """One rectangle in an empty or a full frame."""
    phase = np.full((200, 200), not value)
    phase[box] = value
    return picture(phase)


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (
            field_with(False, slice(90, 115), slice(90, 115)),
            "nearly all or nearly nothing.*found 9",
        ),
        (field_with(True, slice(90, 100), slice(90, 100)), "nearly all or nearly nothing.*found 0"),
        (field_with(True, slice(80, 120), slice(80, 120)), "too few particles clear .*; found 1;"),
        (field_with(True, slice(80, 120)), "a particle is as large as the frame"),
    ],
)
def test_what_shows_no_particles_is_refused(image, said) -> None:
    with pytest.raises(ImageError, match=said):
        particle_sizes([image], WIDE)


def test_images_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ImageError, match=r"border_share: too much .* touches the border"):
        particle_sizes([discs(60, side=260)], ParticleSettings())
    with pytest.raises(ImageError, match="look like different powders; found a median size of"):
        particle_sizes([discs(7, side=200), discs(34, 1, side=400)], WIDE)
    with pytest.raises(ImageError, match="phases: no such phase"):
        particle_sizes([discs(12)], ParticleSettings(phases=(4,)))
    for name, value in (("split", 0.0), ("smallest", 0), ("basis", "laser"), ("border_share", 2)):
        with pytest.raises(InputError, match=f"{name}=: "):
            ParticleSettings(**{name: value})


def test_what_is_doubtful_is_said() -> None:
    few = particle_sizes([discs(30, side=220)], WIDE)
    assert any("particles only" in note for note in few.notes)
    coarse = particle_sizes([discs(8, side=200)], WIDE)
    assert any("higher magnification" in note for note in coarse.notes)
    phase = touching_balls(200, 2, 9, 0.2, 0.3, 0)[0]
    phase[30:160, 30:160] = False
    rows, columns = np.ogrid[:200, :200]
    phase |= (rows - 95) ** 2 + (columns - 95) ** 2 <= 58**2
    large = particle_sizes([picture(phase)], WIDE)
    assert any("largest particle spans 5" in note for note in large.notes)


def test_powders_need_neither_mpi_nor_finite_elements() -> None:
    code = (
        "import sys\n"
        "for name in ('mpi4py', 'dolfinx', 'petsc4py', 'gmsh'): sys.modules[name] = None\n"
        "import importlib, pkgutil, interfacefem.process as room\n"
        "for found in pkgutil.iter_modules(room.__path__):\n"
        "    importlib.import_module(f'interfacefem.process.{found.name}')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
