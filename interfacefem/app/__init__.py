# SPDX-License-Identifier: BSD-3-Clause
"""The local page on which a line is guided: images come in, guide files go out.

``editing`` and ``answers`` are the page without a browser: guide -> line -> number. ``page`` draws
them with Bokeh, ``server`` guards the door. ``interfacefem app`` calls it.
"""
