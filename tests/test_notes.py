# SPDX-License-Identifier: BSD-3-Clause
from interfacefem.report.notes import kinds_of_notes


def test_notes_that_differ_in_numbers_are_told_once() -> None:
    found = kinds_of_notes([["slope 0.5", "flat"], ["slope 1.2e-3", "slope 7"], ["flat"], []])
    assert found == [(2, "slope 0.5 (or alike)"), (2, "flat")]
