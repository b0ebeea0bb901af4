# SPDX-License-Identifier: BSD-3-Clause
"""Segmentation by painted examples: forest, features, grey scale, drift, the edge of a layer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.ndimage import gaussian_filter, shift

from interfacefem.errors import InputError, VolumeError
from interfacefem.segmentation.classifier_file import read_classifier, write_classifier
from interfacefem.segmentation.classifier_training import train_classifier
from interfacefem.segmentation.drift import common_part, measure_drift, shifted_back
from interfacefem.segmentation.forest import forest_of
from interfacefem.segmentation.grey_levels import levels_of_peaks, levels_of_range
from interfacefem.segmentation.layer_edge import EdgeSettings, grey_step, layer_edge
from interfacefem.segmentation.pixel_classifier import (
    ClassifierSettings,
    PixelClassifier,
    features,
    prepared,
)

QUICK = ClassifierSettings(trees=8, sigma_max=2.0)
Image = npt.NDArray[np.floating]


def textures(seed: int = 0) -> tuple[Image, npt.NDArray[np.integer]]:
    """Two textures of the same mean grey value, coarse at the left and fine at the right."""
    rng = np.random.default_rng(seed)
    coarse, fine = (gaussian_filter(rng.standard_normal((96, 192)), sigma) for sigma in (4, 0.7))
    right = np.broadcast_to(np.arange(192) >= 96, (96, 192))
    image = np.where(right, fine / fine.std(), coarse / coarse.std())
    return 100 + 20 * image, right + 1


def strokes(truth: npt.NDArray[np.integer], columns: range) -> npt.NDArray[np.integer]:
    painted = np.zeros(truth.shape, np.int64)
    for column in columns:
        painted[:, column : column + 4] = truth[:, column : column + 4]
    return painted


@pytest.fixture(scope="module")
def trained() -> PixelClassifier:
    image, truth = textures()
    painted = strokes(truth, range(8, 190, 24))
    return train_classifier([prepared(image, QUICK)], [painted], QUICK)[0]


def test_forest_predicts_what_the_library_predicts() -> None:
    from sklearn.ensemble import RandomForestClassifier

    rng = np.random.default_rng(1)
    samples = rng.standard_normal((3000, 7)).astype(np.float32)
    classes = np.digitize(samples[:, 0] * samples[:, 1] + 0.3 * samples[:, 2], (-0.3, 0.4))
    library = RandomForestClassifier(12, class_weight="balanced", random_state=0)
    library.fit(samples[:1500], classes[:1500])
    forest = forest_of(library)
    assert forest.flaw(7) is None
    found = forest.probabilities(samples)
    np.testing.assert_allclose(found, library.predict_proba(samples), atol=1e-12)
    np.testing.assert_array_equal(found.argmax(axis=1), library.predict(samples))
    # a threshold itself goes to the left
    on_edge = np.repeat(forest.threshold[:1].astype(np.float32), 7)[None]
    np.testing.assert_allclose(
        forest.probabilities(on_edge), library.predict_proba(on_edge), atol=1e-12
    )


def test_textures_of_equal_grey_value_are_told_apart(trained: PixelClassifier) -> None:
    image, truth = textures(seed=9)
    scaled = trained.levels.scaled(prepared(image, QUICK))
    labels = trained.labelled(trained.probabilities(scaled))
    assert labels.dtype == np.uint8
    assert np.mean(labels == truth) > 0.85
    # no threshold can: half of each side lies above it
    assert np.mean((image > 100) + 1 == truth) < 0.55


def test_features_do_not_know_the_place(trained: PixelClassifier) -> None:
    image, _ = textures(seed=2)
    settings = ClassifierSettings(sigma_max=2.0)
    whole = features(image.astype(np.float32), settings)
    part = features(image[20:80, 30:130].astype(np.float32), settings)
    assert whole.shape == (*image.shape, settings.feature_count)
    np.testing.assert_allclose(part[16:-16, 16:-16], whole[36:64, 46:114], rtol=1e-3, atol=1e-3)


def test_held_out_accuracy_is_that_of_new_images_not_of_neighbours() -> None:
    rng = np.random.default_rng(4)
    # the label of a block is chance and each block has a grey value of its own: a forest that has
    # seen neighbours of a pixel is always right, one that has not cannot be
    blocks = rng.random((8, 8))
    image = np.kron(blocks, np.ones((64, 64))) * 100 + rng.normal(0, 0.05, (512, 512))
    truth = np.kron(rng.permutation(np.arange(64) % 2).reshape(8, 8), np.ones((64, 64), int)) + 1
    settings = ClassifierSettings(trees=8, sigma_max=1.0, samples=8000)
    classifier, held_out = train_classifier([prepared(image, settings)], [truth], settings)
    assert held_out is not None
    assert held_out.kind == "blocks"
    assert held_out.accuracy < 0.7
    scaled = classifier.levels.scaled(prepared(image, settings))
    assert np.mean(classifier.labelled(classifier.probabilities(scaled)) == truth) > 0.94
    assert held_out.confusion.sum() == pytest.approx(8000, rel=0.05)


def test_slices_are_held_out_where_there_are_enough() -> None:
    pairs = [textures(seed=seed) for seed in range(6)]
    images = [prepared(image, QUICK) for image, _ in pairs]
    _, held_out = train_classifier(images, [truth for _, truth in pairs], QUICK)
    assert held_out is not None
    assert (held_out.kind, held_out.blocks) == ("slices", 6)
    assert held_out.accuracy > 0.85
    rows = held_out.confusion.sum(axis=1)
    assert held_out.accuracy == pytest.approx(held_out.recall @ rows / rows.sum())


def test_too_few_blocks_give_no_accuracy() -> None:
    image, truth = textures()
    painted = np.zeros(truth.shape, np.int64)
    painted[:60, 70:120] = truth[:60, 70:120]
    assert train_classifier([prepared(image, QUICK)], [painted], QUICK)[1] is None


def test_the_same_seed_gives_the_same_forest(trained: PixelClassifier) -> None:
    image, truth = textures()
    painted = strokes(truth, range(8, 190, 24))
    again, _ = train_classifier([prepared(image, QUICK)], [painted], QUICK)
    np.testing.assert_array_equal(again.forest.threshold, trained.forest.threshold)
    np.testing.assert_array_equal(again.forest.shares, trained.forest.shares)


def test_files_hold_data_alone_and_give_the_classifier_back(
    tmp_path: Path, trained: PixelClassifier
) -> None:
    path = tmp_path / "model.npz"
    write_classifier(trained, path)
    with np.load(path, allow_pickle=False) as archive:
        assert all(archive[name].dtype.kind in "iuf" for name in archive.files)
    back = read_classifier(path)
    assert (back.labels, back.levels, back.settings, back.class_levels) == (
        trained.labels, trained.levels, trained.settings, trained.class_levels
    )  # fmt: skip
    image, _ = textures(seed=3)
    scaled = back.levels.scaled(prepared(image, QUICK))
    np.testing.assert_array_equal(back.probabilities(scaled), trained.probabilities(scaled))


def _spoilt(path: Path, trained: PixelClassifier, how: str) -> None:
    write_classifier(trained, path)
    with np.load(path, allow_pickle=False) as archive:
        content = {name: archive[name] for name in archive.files}
    about = json.loads(content["about"].tobytes())
    match how:
        case "truncated":
            path.write_bytes(path.read_bytes()[:-200])
            return
        case "text":
            path.write_text("trees")
            return
        case "loop":
            content["left"][0] = 0
        case "beyond":
            content["right"][0] = len(content["left"]) + 5
        case "feature":
            content["feature"][0] = 99
        case "nan":
            content["threshold"][0] = np.nan
        case "missing":
            del content["threshold"]
        case "objects":
            content["roots"] = np.array([{}], dtype=object)
        case "kind":
            about["kind"] = "another program's forest"
        case "setting":
            about["settings"]["sigma_max"] = -1
        case "unknown setting":
            about["settings"]["command"] = "rm"
        case "labels":
            about["labels"] = [1]
        case "anchors":
            about["anchors"] = [2, 1]
    content["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    np.savez(path, **content)


@pytest.mark.parametrize(
    "how",
    ["truncated", "text", "loop", "beyond", "feature", "nan", "missing", "objects", "kind",
     "setting", "unknown setting", "labels", "anchors"],
)  # fmt: skip
def test_spoilt_files_are_refused_in_one_line(
    tmp_path: Path, trained: PixelClassifier, how: str
) -> None:
    path = tmp_path / "model.npz"
    _spoilt(path, trained, how)
    with pytest.raises(VolumeError, match=r"model\.npz") as error:
        read_classifier(path)
    assert "\n" not in str(error.value)


def test_peaks_put_images_of_another_contrast_on_one_scale() -> None:
    rng = np.random.default_rng(0)
    phases = rng.choice(3, p=(0.2, 0.5, 0.3), size=60_000)
    first = np.array([20.0, 60.0, 220.0])[phases] + rng.normal(0, 3, phases.size)
    # darker, and the middle phase much closer to the bright one
    second = np.array([100.0, 150.0, 222.0])[phases] + rng.normal(0, 3, phases.size)
    levels = levels_of_peaks(first)
    assert levels.anchors == pytest.approx((20, 60, 220), abs=2)
    other = levels_of_peaks(second, 3)
    for phase, place in enumerate((0.0, 0.5, 1.0)):
        for values, scale in ((first, levels), (second, other)):
            assert scale.scaled(values)[phases == phase].mean() == pytest.approx(place, abs=0.03)
    # straight lines through the anchors, continued beyond them
    np.testing.assert_allclose(levels.scaled(np.array(levels.anchors)), (0, 0.5, 1), atol=1e-6)
    steps = np.diff(levels.scaled(np.array([0.0, 10.0, 300.0, 310.0])))
    assert steps[0] == pytest.approx(5 / np.diff(levels.anchors)[0], rel=1e-5)
    assert steps[2] == pytest.approx(5 / np.diff(levels.anchors)[1], rel=1e-5)


def test_a_histogram_without_the_peaks_is_refused() -> None:
    one_peak = np.random.default_rng(0).normal(100, 5, 10_000)
    for call in (
        lambda: levels_of_peaks(one_peak),
        lambda: levels_of_peaks(np.concatenate([one_peak, one_peak + 80]), 3),
        lambda: levels_of_peaks(np.full(100, 3.0)),
        lambda: levels_of_range(np.full(100, 3.0)),
    ):
        with pytest.raises(VolumeError, match=r"peaks|shows nothing"):
            call()


def test_the_edge_is_the_cheapest_of_all_curves() -> None:
    rng = np.random.default_rng(6)
    above = rng.random((5, 6))
    settings = EdgeSettings(slope_cost=0.4, max_slope=1)
    found = layer_edge(above, None, settings)
    gain = np.log(np.clip(above, 0.2, 0.8)) - np.log(1 - np.clip(above, 0.2, 0.8))
    cost = np.vstack([np.zeros(6), -np.cumsum(gain, axis=0)])

    def total(path: npt.NDArray[np.integer]) -> float:
        return float(cost[path, np.arange(6)].sum() + 0.4 * np.abs(np.diff(path)).sum())

    paths = np.stack(np.meshgrid(*[np.arange(6)] * 6, indexing="ij"), axis=-1).reshape(-1, 6)
    allowed = paths[(np.abs(np.diff(paths, axis=1)) <= 1).all(axis=1)]
    assert total(found) == pytest.approx(min(total(path) for path in allowed))


def test_the_edge_passes_over_pores_and_keeps_to_the_step() -> None:
    rows, columns = np.mgrid[0:120, 0:200]
    true = np.rint(60 + 10 * np.sin(columns[0] / 25)).astype(int)
    above = np.where(rows < true, 0.9, 0.1)
    above[80:95, 60:80] = 0.95
    above[20:30, 120:150] = 0.05
    np.testing.assert_array_equal(layer_edge(above, None, EdgeSettings(slope_cost=0.5)), true)
    # the cost of the slope rounds crests over 2 * 10 / log 4 columns, and the free ends over half
    error = np.abs(layer_edge(above) - true)
    assert error[8:-8].max() <= 1
    assert error.max() <= 3
    # probabilities that are 4 rows off: the step of the grey value pulls the edge back
    shifted = np.where(rows < true + 4, 0.6, 0.4)
    gray = np.where(rows < true, 200.0, 60.0)
    assert np.abs(layer_edge(shifted, None, EdgeSettings(slope_cost=0.5)) - true - 4).max() <= 1
    step = grey_step(gray, 200.0, 60.0)
    assert step.max() == pytest.approx(1, abs=0.05)
    assert np.abs(layer_edge(shifted, step, EdgeSettings(slope_cost=0.5)) - true).max() <= 1
    assert not grey_step(gray, 60.0, 200.0).any()


def test_drift_is_measured_under_shading_and_stripes() -> None:
    rng = np.random.default_rng(8)
    scene = gaussian_filter(rng.standard_normal((160, 180)), 2)
    drift = np.array([[0, 0], [1.5, -2.0], [3.0, -1.0], [2.0, 3.5]])
    stripes = 1 + 0.2 * rng.standard_normal(180) * 0.2
    shading = np.linspace(0.8, 1.2, 160)[:, None]
    slices = [
        (100 + 400 * shift(scene, position, order=3, mode="nearest")) * shading * stripes
        + rng.normal(0, 2, scene.shape)
        for position in drift
    ]
    found = measure_drift(slices)
    np.testing.assert_allclose(found, drift, atol=0.3)
    part = common_part(drift, scene.shape)
    assert (part[0].start, part[0].stop, part[1].start, part[1].stop) == (0, 157, 2, 176)
    back = [shifted_back(plane / shading / stripes, p, part) for plane, p in
            zip(slices, drift, strict=True)]  # fmt: skip
    for plane in back[1:]:
        assert np.corrcoef(plane.ravel(), back[0].ravel())[0, 1] > 0.97
    with pytest.raises(VolumeError, match="drift out"):
        common_part(np.array([[0.0, 0.0], [200.0, 0.0]]), scene.shape)


def test_settings_and_labels_out_of_range_are_refused() -> None:
    image, truth = textures()
    plane = prepared(image, QUICK)
    for call, text in (
        (lambda: ClassifierSettings(sigma_min=0), "sigma_min"),
        (lambda: ClassifierSettings(sigma_max=0.5), "sigma_max"),
        (lambda: ClassifierSettings(trees=0), "trees"),
        (lambda: ClassifierSettings(variation=-1), "variation"),
        (lambda: ClassifierSettings(grey_scale="none"), "grey_scale"),  # type: ignore[arg-type]
        (lambda: EdgeSettings(least_probability=0.6), "least_probability"),
        (lambda: prepared(np.full((64, 64), np.nan), QUICK), "not finite"),
        (lambda: prepared(np.ones((64, 3)), QUICK), "too small"),
        (lambda: train_classifier([plane], [truth * 0], QUICK), "no label but 0"),
        (lambda: train_classifier([plane], [truth // truth], QUICK), "nothing to tell apart"),
        (lambda: train_classifier([plane], [truth[:50]], QUICK), "size of the image"),
        (lambda: train_classifier([plane], [truth, truth], QUICK), "do not fit the slices"),
    ):
        with pytest.raises(InputError, match=text) as error:
            call()
        assert "\n" not in str(error.value)
