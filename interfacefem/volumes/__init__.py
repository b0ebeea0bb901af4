# SPDX-License-Identifier: BSD-3-Clause
"""Segmented volumes: files, pores, descriptors, their outer surface, the cathode in them.

In: stacks of labels of many formats. Out: what is in the pores and between the phases; profiles and
height maps of an outer face. Called by the front door, the ``volume`` commands and studies.
"""
