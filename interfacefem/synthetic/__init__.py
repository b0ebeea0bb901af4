# SPDX-License-Identifier: BSD-3-Clause
"""Surfaces, sections, micrographs and volumes whose truth is known.

In: sizes, seeds, a model of powder and pressing. Out: profiles, height maps, images, labels, and
what is true of them. Called by ``reference``, studies with ``synthetic`` sources, the tests.
"""
