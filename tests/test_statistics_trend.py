# SPDX-License-Identifier: BSD-3-Clause
"""Trends and shares of variance against closed forms, and by how often they cry wolf."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from interfacefem.assessment.classes import risk_class, worst_class
from interfacefem.statistics.trend import effects, trend


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
    assert found.p_falls < 1e-6
    assert found.p_any == pytest.approx(2 * found.p_falls)
    assert found.change == pytest.approx(math.expm1(-0.5), abs=0.03)
    assert found.change_low < math.expm1(-0.5) < found.change_high
    mirrored = trend(1 / means, levels, strata)
    assert mirrored.concordance == -found.concordance
    assert mirrored.p_falls == pytest.approx(1.0)


def test_differences_between_strata_do_not_look_like_a_trend() -> None:
    noise, levels, strata = design()
    shift = np.where(np.array(strata) == "a", 0.0, 10.0)
    alone = trend(20 + noise, levels, strata)
    assert trend(20 + noise + shift, levels, strata).concordance == alone.concordance
    assert alone.p_any > 0.05


def test_the_trend_of_two_levels_is_welchs_test() -> None:
    rng = np.random.default_rng(9)
    low, high = rng.lognormal(size=5), 2 * rng.lognormal(sigma=0.2, size=6)
    found = trend([*low, *high], [0.0] * 5 + [200.0] * 6, ["a"] * 11)
    welch = stats.ttest_ind(np.log(high), np.log(low), equal_var=False)
    assert found.p_any == pytest.approx(welch.pvalue)
    assert found.p_falls == pytest.approx(stats.t.cdf(welch.statistic, welch.df))


def test_single_images_tell_no_chance() -> None:
    found = trend([3.0, 2.0, 1.0], [0.0, 1.0, 2.0], ["a"] * 3)
    assert found.concordance == -1.0
    assert (found.p_falls, found.p_any) == (None, None)


@pytest.mark.parametrize("spread", [(1, 1, 1, 1), (0.3, 0.3, 1, 1), (3, 1, 1, 1)])
def test_no_trend_is_claimed_more_often_than_chance_allows(spread: tuple[float, ...]) -> None:
    rng = np.random.default_rng(11)
    levels = np.repeat([0.0, 1.0, 2.0, 3.0], 4)
    scale = np.repeat(spread, 4)
    trials = 1500
    claimed = sum(
        trend(np.exp(scale * rng.standard_normal(16)), levels, ["a"] * 16).p_any < 0.05
        for _ in range(trials)
    )
    assert claimed / trials < 0.06 + 0.006


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
