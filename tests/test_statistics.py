# SPDX-License-Identifier: BSD-3-Clause
import numpy as np
import pytest

from interfacefem.statistics import summarize


def test_interval_is_students() -> None:
    summary = summarize([1.0, 2.0, 3.0, 4.0, 5.0])
    assert summary is not None
    assert summary.mean == 3.0
    assert summary.sd == pytest.approx(np.sqrt(2.5))
    # t(0.975, 4) = 2.776445 (tables)
    assert summary.ci95_high - 3.0 == pytest.approx(2.776445 * np.sqrt(2.5 / 5), rel=1e-6)


def test_covers_the_mean_in_95_of_100_cases() -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for sample in rng.normal(10.0, 3.0, size=(2000, 5)):
        summary = summarize(sample)
        inside += summary.ci95_low <= 10.0 <= summary.ci95_high
    assert inside / 2000 == pytest.approx(0.95, abs=0.015)


def test_lines_without_a_number_do_not_count() -> None:
    summary = summarize([None, 2.0, None, 4.0])
    assert (summary.mean, summary.n) == (3.0, 2)
    assert summarize([None, None]) is None
    assert summarize([7.0]).sd is None
