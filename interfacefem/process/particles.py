# SPDX-License-Identifier: BSD-3-Clause
"""Particle sizes of a powder: from images, label images or a segmented volume to d10, d50, d90."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import ImageError, naming_file
from interfacefem.images.micrograph import Micrograph
from interfacefem.parameters.particles import ParticleCounting, ParticleSettings
from interfacefem.process.border_weights import border_weights
from interfacefem.process.particle_phase import (
    numbered,
    particle_mask,
    read_particle_labels,
    require_share,
)
from interfacefem.process.particle_shapes import (
    ParticleShapes,
    shapes_in_image,
    shapes_in_volume,
)
from interfacefem.process.particle_summary import SizeSummary, joined, summarize_sizes
from interfacefem.process.size_distribution import WEIGHT_NAMES, SizeDistribution
from interfacefem.process.sphere_sections import unfolded
from interfacefem.process.splitting import distance_order
from interfacefem.units import UM
from interfacefem.volumes.pores import phase_mask

Array = npt.NDArray[np.floating]
Begin = Callable[[str], None]

FEW, FEWEST = 50, 5  # particles: below the first a note, below the second no sizes
_COARSE = 12  # pixels of the median diameter
_WIDE = 0.5  # of the frame
_APART = 3.0  # times in size: images of one powder do not differ by this


@dataclass(frozen=True, eq=False)
class ParticleField:
    """The particles of one image or volume.

    Attributes:
        name: Of the file.
        labels: As they were told apart, 0 outside, shape of the image or volume.
        gray: Grey values in [0, 1], same shape; None for volumes.
        pixel: Edges of a pixel or voxel in m.
        shapes: Of every particle that is not too small, those at the border included.
        weight: How many particles each stands for, 0 at the border, shape (particles,).
        share_below_smallest: Share of the phase's pixels in particles left out as too small.
        sizes_at_split: By ``split``, sizes if particles were cut with half and twice the one
            asked for; None for label images.
    """

    name: str
    labels: npt.NDArray[np.int32]
    gray: npt.NDArray[np.floating] | None
    pixel: tuple[float, ...]
    shapes: ParticleShapes
    weight: Array
    share_below_smallest: float
    sizes_at_split: Mapping[float, SizeDistribution] | None

    @property
    def sizes(self) -> SizeDistribution:
        """Of the particles clear of the border."""
        inside = self.weight > 0
        return SizeDistribution(self.shapes.diameter[inside], self.weight[inside])


@dataclass(frozen=True, eq=False)
class ParticleSizes:
    """Sizes of one powder.

    Attributes:
        fields: Its images, or one volume.
        settings: How particles were found and told apart.
        basis: ``"sem_projection"``, ``"section"`` or ``"volume"``.
        summaries: As seen, for weights 0, 2, 3.
        unfolded: For sections: of the spheres they were cut from; else None.
        d50_at_split: By ``split``, the median size in m for weights 0, 2, 3.
        notes: What a reader of the numbers must know.
    """

    fields: tuple[ParticleField, ...]
    settings: ParticleCounting
    basis: str
    summaries: Mapping[int, SizeSummary]
    unfolded: Mapping[int, SizeSummary] | None
    d50_at_split: Mapping[float, Mapping[int, float]]
    notes: tuple[str, ...]

    @property
    def sizes(self) -> SizeDistribution:
        """Of all images together, as seen."""
        return joined([field.sizes for field in self.fields])

    @property
    def spheres(self) -> SizeDistribution:
        """Of the spheres whose sections were seen."""
        return unfolded(self.sizes)


def particle_sizes(
    images: Sequence[Micrograph],
    settings: ParticleSettings | None = None,
    *,
    begin: Begin = lambda text: None,
) -> ParticleSizes:
    """Sizes of the particles of one powder from its images.

    Args:
        images: One or more of the same powder.
        settings: How; defaults as in :class:`ParticleSettings`.
        begin: Told what is begun.

    Raises:
        ImageError: Too few particles, particles larger than the frame, too much of the area at the
            border, or images that cannot be of one powder.
    """
    settings = settings or ParticleSettings()
    _refuse_repeated(images)
    fields = []
    for image in images:
        begin(f"particles of {Path(image.source).name}")
        with naming_file(image.source):
            fields.append(_field_of_image(image, settings))
    return _powder(fields, settings, "section" if settings.basis == "section" else "sem_projection")


def _refuse_repeated(images: Sequence[Micrograph]) -> None:
    """The same image twice would say that the powder does not scatter."""
    for place, image in enumerate(images):
        for before in images[:place]:
            if np.array_equal(image.gray, before.gray):
                raise ImageError(
                    "is the same image as another", file=image.source, found=str(before.source),
                    expected="each image once: how they differ says how the powder scatters",
                )  # fmt: skip


def particle_sizes_of_volume(
    volume: SegmentedVolume,
    phases: tuple[int, ...],
    settings: ParticleCounting | None = None,
    *,
    begin: Begin = lambda text: None,
) -> ParticleSizes:
    """Sizes of the particles of a phase of a segmented volume.

    Args:
        volume: Labels of phases, or numbers of particles if ``settings.labels``.
        phases: Labels that are particles; not used of numbers told apart elsewhere.
        settings: How particles are told apart and counted.
        begin: Told what is begun.

    Raises:
        ImageError: As for images.
        InputError: No such phase.
    """
    settings = settings or ParticleCounting()
    begin("particles")
    with naming_file(volume.source):
        if settings.labels:
            labels, at_split = numbered(volume.labels), None
        else:
            mask = phase_mask(volume, phases)
            require_share(mask)
            labels, at_split = _cut(mask, volume.voxel_size, settings)
        begin("sizes and shapes")
        labels, lost = _without_small(labels, settings.smallest)
        shapes = shapes_in_volume(labels, volume.voxel_size)
        name = "volume" if volume.source is None else volume.source.name
        field = _checked_field(
            name, labels, None, volume.voxel_size, shapes, lost, at_split, settings
        )
    return _powder([field], settings, "volume")


def _field_of_image(image: Micrograph, settings: ParticleSettings) -> ParticleField:
    edges = (image.pixel_size, image.pixel_size)
    at_split = None
    if settings.labels:
        labels = read_particle_labels(image.source, image)
    else:
        labels, at_split = _cut(particle_mask(image, settings), edges, settings)
    labels, lost = _without_small(labels, settings.smallest)
    shapes = shapes_in_image(labels, image.pixel_size)
    name = Path(image.source).name
    return _checked_field(name, labels, image.gray, edges, shapes, lost, at_split, settings)


def _cut(
    mask: npt.NDArray[np.bool_], edges: tuple[float, ...], settings: ParticleCounting
) -> tuple[npt.NDArray[np.int32], dict[float, SizeDistribution]]:
    """Labels, and the sizes if necks had to be half or twice as deep to be cut."""
    order = distance_order(mask, edges)
    at_split = {}
    for split in (settings.split / 2, settings.split * 2):
        at_split[split] = _quick_sizes(order.cut(split), edges, settings)
    return order.cut(settings.split), at_split


def _quick_sizes(
    labels: npt.NDArray[np.int32], edges: tuple[float, ...], settings: ParticleCounting
) -> SizeDistribution:
    pixels = np.bincount(labels.ravel())[1:]
    boxes = ndimage.find_objects(labels)
    starts = np.array([[part.start for part in box] for box in boxes])
    stops = np.array([[part.stop for part in box] for box in boxes])
    inside = (starts > 0).all(axis=1) & (stops < np.array(labels.shape)).all(axis=1)
    inside &= pixels >= settings.smallest
    size = pixels[inside] * float(np.prod(edges))
    diameter = np.sqrt(4 * size / np.pi) if labels.ndim == 2 else np.cbrt(6 * size / np.pi)
    weight: Array = np.ones(len(diameter))
    if settings.edge_correction:
        weight = border_weights((stops - starts)[inside], labels.shape)
    return SizeDistribution(diameter, weight)


def _without_small(
    labels: npt.NDArray[np.int32], smallest: int
) -> tuple[npt.NDArray[np.int32], float]:
    """Labels without gaps, and the share of pixels lost."""
    pixels = np.bincount(labels.ravel())
    pixels[0] = 0
    keep = pixels >= smallest
    number = np.zeros(len(pixels), np.int32)
    number[keep] = np.arange(1, np.count_nonzero(keep) + 1)
    total = pixels.sum()
    return number[labels], float(pixels[~keep].sum() / total) if total else 0.0


def _checked_field(
    name: str,
    labels: npt.NDArray[np.int32],
    gray: npt.NDArray[np.floating] | None,
    pixel: tuple[float, ...],
    shapes: ParticleShapes,
    lost: float,
    at_split: Mapping[float, SizeDistribution] | None,
    settings: ParticleCounting,
) -> ParticleField:
    frame = np.array(labels.shape)
    if len(shapes.label) and (shapes.box > frame - 2).any():
        worst = int((shapes.box / frame).max(axis=1).argmax())
        raise ImageError(
            "a particle is as large as the frame: no weight can make up for those the border cuts",
            found=" x ".join(str(n) for n in shapes.box[worst])
            + " of "
            + " x ".join(str(n) for n in frame)
            + " pixels",
            expected="particles well inside the frame, told apart (see the overlay, --threshold, "
            "--split)",
        )
    inside = ~shapes.touches_border
    if np.count_nonzero(inside) < FEWEST:
        raise ImageError(
            "too few particles clear of the border", found=np.count_nonzero(inside),
            expected=f"at least {FEWEST} (at least {FEW} for sizes worth reporting)",
        )  # fmt: skip
    at_border = float(shapes.size[~inside].sum() / shapes.size.sum())
    if at_border > settings.border_share:
        raise ImageError(
            "too much of the particles' area touches the border",
            field="border_share",
            found=f"{100 * at_border:.3g} %",
            expected=f"at most {100 * settings.border_share:g} %: a wider frame, or a larger share "
            "allowed",
        )
    weight = np.where(inside, 1.0, 0.0)
    if settings.edge_correction:
        weight[inside] = border_weights(shapes.box[inside], labels.shape)
    return ParticleField(name, labels, gray, pixel, shapes, weight, lost, at_split)


def _powder(
    fields: Sequence[ParticleField], settings: ParticleCounting, basis: str
) -> ParticleSizes:
    sizes = [field.sizes for field in fields]
    _require_one_powder(fields)
    summaries = summarize_sizes(sizes)
    spheres = None
    if basis == "section":
        spheres = summarize_sizes(sizes, unfolded)
    at_split: dict[float, dict[int, float]] = {}
    if all(field.sizes_at_split is not None for field in fields):
        for split in (settings.split / 2, settings.split * 2):
            together = joined([(field.sizes_at_split or {})[split] for field in fields])
            at_split[split] = {weight: together.quantile(0.5, weight) for weight in WEIGHT_NAMES}
    notes = _notes(fields, settings, basis)
    return ParticleSizes(tuple(fields), settings, basis, summaries, spheres, at_split, notes)


def _require_one_powder(fields: Sequence[ParticleField]) -> None:
    medians = [field.sizes.quantile(0.5, 0) for field in fields]
    low, high = int(np.argmin(medians)), int(np.argmax(medians))
    if medians[high] > _APART * medians[low]:
        raise ImageError(
            "the images look like different powders",
            found=f"a median size of {medians[low] / UM:.3g} um in {fields[low].name}, "
            f"{medians[high] / UM:.3g} um in {fields[high].name}",
            expected="images of one powder in one call",
        )


def _notes(
    fields: Sequence[ParticleField], settings: ParticleCounting, basis: str
) -> tuple[str, ...]:
    notes = []
    count = sum(len(field.sizes.diameter) for field in fields)
    if count < FEW:
        notes.append(f"{count} particles only: sizes worth reporting need at least {FEW}")
    for field in fields:
        median = field.sizes.quantile(0.5, 0) / max(field.pixel)
        if median < _COARSE:
            notes.append(
                f"{field.name}: half of the particles are smaller than {median:.3g} pixels across: "
                f"a higher magnification is needed (at least {_COARSE})"
            )
        share = float((field.shapes.box[field.weight > 0] / np.array(field.labels.shape)).max())
        if share > _WIDE:
            notes.append(
                f"{field.name}: the largest particle spans {100 * share:.0f} % of the frame: "
                "its weight is uncertain"
            )
    if basis == "sem_projection":
        notes.append(
            "an outline of a powder is a projection: particles that hide others are counted, "
            "what they hide makes those look smaller"
        )
    if basis == "section":
        notes.append("unfolded to spheres (Schwartz-Saltykov): spheres are assumed")
    if not settings.edge_correction:
        notes.append("no weight for particles that the border cuts: large ones are too few")
    if len(fields) == 1:
        notes.append(
            "one image or volume: how far the powder scatters from image to image is not known; "
            "resampled particles say what their number alone leaves open"
        )
    return tuple(notes)
