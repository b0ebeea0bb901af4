# SPDX-License-Identifier: BSD-3-Clause
"""Means, intervals, trends and shares of variance where lines come from images."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from interfacefem.assessment.classes import risk_class, worst_class
from interfacefem.statistics.trend import effects, trend
from interfacefem.statistics.two_levels import interval_of_image_means, summarize_two_levels

IMAGES = [f"image{number}" for number in range(3) for _ in range(5)]


def coverage(between: float, within: float, *, skewed: bool = False, trials: int = 600) -> float:
    """Share of intervals of 3 images x 5 lines that hold the true mean."""
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(trials):
        lines = between * rng.standard_normal((3, 1)) + within * rng.standard_normal((3, 5))
        truth = 0.0
        if skewed:
            lines, truth = np.exp(lines), math.exp((between**2 + within**2) / 2)
        low, high = interval_of_image_means(lines.mean(axis=1))
        inside += low <= truth <= high
    return inside / trials


@pytest.mark.parametrize(("between", "within"), [(1.0, 1.0), (0.3, 1.0), (0.0, 1.0), (1.0, 0.3)])
def test_the_interval_of_three_images_of_five_lines_covers_the_mean(
    between: float, within: float
) -> None:
    # 600 trials: one standard deviation is 0.9 %
    assert coverage(between, within) == pytest.approx(0.95, abs=0.03)


def test_the_interval_of_skewed_lines_covers_nearly_as_often() -> None:
    assert coverage(0.3, 0.3, skewed=True) == pytest.approx(0.94, abs=0.03)


def test_the_interval_of_many_images_is_that_of_students_t() -> None:
    means = np.random.default_rng(0).normal(2.0, 0.5, size=60)
    half = stats.t.ppf(0.975, 59) * means.std(ddof=1) / math.sqrt(60)
    low, high = interval_of_image_means(means)
    assert high - means.mean() == pytest.approx(half, rel=0.05)
    assert means.mean() - low == pytest.approx(half, rel=0.05)


def test_summary_of_a_balanced_sample() -> None:
    values = [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]
    summary = summarize_two_levels(values, ["a", "a", "b", "b", "c", "c"])
    assert summary is not None
    assert (summary.mean, summary.images, summary.lines) == (6.0, 3, 6)
    assert summary.sd_images == 4.0
    assert summary.sd_lines == pytest.approx(math.sqrt(2))
    # analysis of variance: mean squares 32 between and 2 within, (32 - 2)/2 = 15
    assert summary.share_of_images == pytest.approx(15 / 17)


def test_every_image_counts_the_same_however_many_lines_it_gave() -> None:
    summary = summarize_two_levels([1.0, 1.0, 1.0, 5.0], ["a", "a", "a", "b"])
    assert summary is not None
    assert summary.mean == 3.0


def test_more_lines_of_the_same_images_do_not_narrow_the_interval() -> None:
    few = summarize_two_levels([1.0, 2.0, 3.0], ["a", "b", "c"])
    many = summarize_two_levels([1.0] * 50 + [2.0] * 50 + [3.0] * 50, ["a"] * 50 + ["b"] * 50
                                + ["c"] * 50)  # fmt: skip
    assert few is not None
    assert many is not None
    assert (many.low, many.high) == (few.low, few.high)
    assert many.share_of_images == 1.0


def test_one_image_says_nothing_of_other_images() -> None:
    summary = summarize_two_levels([1.0, 2.0, None, math.nan], ["a", "a", "a", "b"])
    assert summary is not None
    assert (summary.mean, summary.low, summary.high, summary.sd_images) == (1.5, None, None, None)
    assert (summary.images, summary.lines) == (1, 2)
    assert summarize_two_levels([None], ["a"]) is None


def test_the_interval_of_a_ratio_stays_above_one() -> None:
    summary = summarize_two_levels([1.0, 1.4, 1.1], ["a", "b", "c"], bounds=(1.0, math.inf))
    assert summary is not None
    assert summary.low == 1.0


def design(images: int = 3) -> tuple[np.ndarray, list[float], list[str]]:
    """Levels 0, 200, 400, 600 and two powders, each with some images."""
    levels = [float(level) for level in (0, 200, 400, 600) for _ in range(2 * images)]
    strata = ["a", "b"] * (4 * images)
    noise = np.random.default_rng(5).standard_normal(len(levels))
    return noise, levels, strata


def test_a_falling_metric_falls_and_its_change_is_found() -> None:
    noise, levels, strata = design()
    means = np.exp(-0.5 * np.array(levels) / 600 + 0.02 * noise)
    found = trend(means, levels, strata)
    assert found is not None
    assert found.concordance < -0.9
    assert found.p_falls == pytest.approx(1e-4)
    assert found.p_any == pytest.approx(1e-4)
    assert found.change == pytest.approx(math.expm1(-0.5), abs=0.03)
    assert found.change_low < math.expm1(-0.5) < found.change_high
    mirrored = trend(1 / means, levels, strata)
    assert mirrored.concordance == -found.concordance
    assert mirrored.p_falls == 1.0


def test_differences_between_strata_do_not_look_like_a_trend() -> None:
    noise, levels, strata = design()
    shift = np.where(np.array(strata) == "a", 0.0, 10.0)
    alone = trend(20 + noise, levels, strata)
    assert trend(20 + noise + shift, levels, strata).concordance == alone.concordance
    assert alone.p_any > 0.05


def test_the_probability_is_exact_where_it_can_be_counted() -> None:
    # 3 images at 3 levels: one arrangement of six falls throughout
    found = trend([3.0, 2.0, 1.0], [0.0, 1.0, 2.0], ["a"] * 3)
    assert found.concordance == -1.0
    assert found.p_falls == pytest.approx(1 / 6, abs=0.02)
    assert found.p_any == pytest.approx(2 / 6, abs=0.02)


def test_no_trend_is_claimed_more_often_than_chance_allows() -> None:
    rng = np.random.default_rng(11)
    levels = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0]
    claimed = sum(
        trend(rng.lognormal(size=9), levels, ["a"] * 9).p_falls < 0.05 for _ in range(200)
    )
    assert claimed / 200 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)


def test_one_level_is_no_trend() -> None:
    assert trend([1.0, 2.0], [5.0, 5.0], ["a", "a"]) is None


def test_shares_of_variance_are_those_of_the_analysis_of_variance() -> None:
    groups = [np.array([1.0, 1.1, 1.2]), np.array([1.5, 1.6, 1.8]), np.array([2.0, 2.3, 2.1])]
    found = effects(np.concatenate(groups), {"pressure": [0] * 3 + [1] * 3 + [2] * 3})["pressure"]
    reference = stats.f_oneway(*map(np.log, groups))
    assert found.p_value == pytest.approx(reference.pvalue)
    ratio = reference.statistic
    assert found.share == pytest.approx(2 * (ratio - 1) / (2 * (ratio - 1) + 9))
    # the ends are where the noncentral F distribution has 97.5 and 2.5 % below the value
    for end, level in ((found.low, 0.975), (found.high, 0.025)):
        noncentrality = 9 * end / (1 - end)
        assert stats.ncf.cdf(ratio, 2, 6, noncentrality) == pytest.approx(level, abs=1e-6)


def test_the_factor_that_acts_takes_the_share() -> None:
    noise, levels, strata = design()
    found = effects(10 - 0.005 * np.array(levels) + 0.2 * noise, {"p": levels, "powder": strata})
    assert list(found) == ["p", "powder", "interplay"]
    assert found["p"].low > 0.8
    assert found["powder"].low == 0.0
    assert found["interplay"].low == 0.0


def test_without_repeated_images_no_share_is_claimed() -> None:
    assert effects([1.0, 2.0, 3.0], {"p": [0, 1, 2]}) == {}
    assert effects([1.0, 1.0, 1.0, 1.0], {"p": [0, 0, 1, 1]}) == {}


def test_risk_classes() -> None:
    assert [risk_class(value, (1.1, 1.5)) for value in (1.0, 1.1, 1.49, 1.5)] == [
        "low", "moderate", "moderate", "high"
    ]  # fmt: skip
    thresholds = {"i_ratio": (1.1, 1.5), "stress_ratio": (2.0, 3.0)}
    assert worst_class({"i_ratio": 1.0, "stress_ratio": 2.5}, thresholds) == "moderate"
    assert worst_class({"i_ratio": None, "Rq_um": 9.0}, thresholds) is None
