# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem app``."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated

import cyclopts

from interfacefem.commands.arguments import Count, FileName, LeftOut, Output
from interfacefem.errors import InputError
from interfacefem.parameters.sampling import Sampling

IMAGES = (".tif", ".tiff", ".png", ".jpg", ".jpeg")


def app(
    image: FileName,
    *,
    parameters: FileName | None = None,
    sampling: Annotated[Sampling, LeftOut(("line", "guide", "no_guide"))],
    port: Count | None = None,
    browser: Annotated[bool, cyclopts.Parameter(negative="--no-browser")] = True,
    output: Output = Output(),
) -> None:
    """Guide a line by hand on a local page (docs/guide.md).

    Parameters
    ----------
    image:
        TIFF, PNG or JPEG, or a folder of them.
    parameters:
        YAML file with the cell, as of "interfacefem risk"; default: LPSCl on lithium.
    port:
        Of the page; default: the first free one from 5117 on.
    browser:
        Open the page in a browser, where there is one.
    """
    run(image, parameters, sampling, port, browser, output)


def run(
    image: Path,
    parameters: Path | None,
    sampling: Sampling,
    port: int | None,
    browser: bool,
    output: Output,
) -> None:
    """Serve the page until it is interrupted."""
    import webbrowser

    from interfacefem.app.server import PageServer, free_port, require_bokeh
    from interfacefem.commands.printing import print_line
    from interfacefem.parameters.case_file import read_cell
    from interfacefem.parameters.cell import Cell
    from interfacefem.progress import configure_logging

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    images = images_in(image)
    cell = Cell() if parameters is None else read_cell(parameters)
    require_bokeh()
    chosen = free_port(port)

    from interfacefem.app.page import Page
    from interfacefem.app.session import Session

    with Session(images, sampling, cell) as session:
        server = PageServer(lambda document: Page(session, document), chosen)
        print_line(f"page of {len(images)} image{'s' * (len(images) > 1)}: {server.url}")
        print_line("  the address holds a secret: whoever has it can draw on your images")
        print_line(
            f"  from another machine: ssh -L {chosen}:127.0.0.1:{chosen} {socket.gethostname()}, "
            "then the same address there (the same port on both sides)"
        )
        print_line("  end with Ctrl-C; what was not saved is lost then")
        if browser:
            webbrowser.open(server.url)
        server.run()


def images_in(path: Path) -> list[Path]:
    """The image, or the images of a folder in the order of their names.

    Raises:
        InputError: There are none.
    """
    if not path.is_dir():
        if not path.is_file():
            raise InputError("no such file", file=path)
        return [path.resolve()]
    found = sorted(
        one.resolve() for one in path.iterdir() if one.is_file() and one.suffix.lower() in IMAGES
    )
    if not found:
        raise InputError("holds no images", file=path, expected=", ".join(IMAGES))
    return found
