# SPDX-License-Identifier: BSD-3-Clause
"""The command ``interfacefem``: which commands there are, and the exit codes of docs/results.md."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence

import cyclopts
from cyclopts import App, Parameter

from interfacefem.commands.app_page import app as page
from interfacefem.commands.arguments import with_options
from interfacefem.commands.current import current
from interfacefem.commands.doctor import doctor
from interfacefem.commands.eis import eis
from interfacefem.commands.guide import guide
from interfacefem.commands.impedance import impedance
from interfacefem.commands.interface import interface
from interfacefem.commands.materials import materials
from interfacefem.commands.particles import particles, volume_particles
from interfacefem.commands.process import process
from interfacefem.commands.profile import profile
from interfacefem.commands.report import report
from interfacefem.commands.rerun import rerun
from interfacefem.commands.risk import risk
from interfacefem.commands.schema import schema
from interfacefem.commands.status import status
from interfacefem.commands.stress import stress
from interfacefem.commands.study import study
from interfacefem.commands.verify import verify
from interfacefem.commands.volume_cathode import volume_cathode
from interfacefem.commands.volume_describe import volume_describe
from interfacefem.commands.volume_pores import volume_pores
from interfacefem.commands.volume_segment import volume_segment
from interfacefem.commands.volume_surface import volume_surface
from interfacefem.commands.volume_transport import volume_transport
from interfacefem.errors import InterfaceFemError, MissingSolverError, of_the_solver
from interfacefem.files import STANDARD_OUTPUT, naming_target
from interfacefem.version import __version__

USAGE_ERROR = 2

app = App(
    name="interfacefem",
    help="Current and stress concentration at rough solid-electrolyte interfaces.",
    version=__version__,
    version_flags=["--version"],
    default_parameter=Parameter(negative=()),
    help_format="plaintext",  # anything richer takes 0.15 s of CPU time to import
)
volume = App(
    name="volume", help="Segmented volumes: transport, pores, descriptors (docs/volumes.md)."
)
app.command(volume)


def _register(on: App, *commands: Callable[..., None], prefix: str = "") -> None:
    for command in commands:
        on.command(with_options(command), name=command.__name__.removeprefix(prefix))


_register(app, profile, guide, page, current, stress, interface, impedance, risk)
_register(app, particles, process, eis)
_register(
    volume, volume_transport, volume_pores, volume_describe, volume_segment, volume_surface,
    volume_particles, volume_cathode,
    prefix="volume_",
)  # fmt: skip
_register(app, study, status, report, rerun, verify, doctor, materials, schema)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit code: 0, 1 a bug, 2 bad input, 3 no convergence."""
    sys.exit(exit_code(sys.argv[1:] if arguments is None else arguments))


def exit_code(arguments: Sequence[str]) -> int:
    """Run a command; what it should leave with."""
    try:
        # not app(...), which from cyclopts 4 on ends the process
        command, bound, _ = app.parse_args(arguments, exit_on_error=False, print_error=False)
        command(*bound.args, **bound.kwargs)
        with naming_target(STANDARD_OUTPUT):
            sys.stdout.flush()
    except cyclopts.CycloptsError as error:
        _say(f"interfacefem: {_one_line(error)} See: interfacefem --help")
        return USAGE_ERROR
    except InterfaceFemError as error:
        _say(f"interfacefem: {error}")
        return error.exit_code
    except ImportError as error:
        if not of_the_solver(error):
            return _bug()
        _say(f"interfacefem: {MissingSolverError('this command', error)}")
        return USAGE_ERROR
    except BrokenPipeError:
        # the reader of our output has gone, as in "| head"
        _discard_output()
        return 0
    except OSError as error:
        # such as a full disk; what cannot be opened at all is found before any work
        where = f"{error.filename}: " if error.filename else ""
        _say(f"interfacefem: {where}cannot be read or written ({error.strerror or error})")
        _discard_output()
        _abort_other_ranks(USAGE_ERROR)
        return USAGE_ERROR
    except KeyboardInterrupt:
        _say("interfacefem: interrupted")
        return 128 + signal.SIGINT
    except Exception:
        return _bug()
    return 0


def _bug() -> int:
    traceback.print_exc()
    _say("interfacefem: this is a bug; please report it with the lines above")
    _abort_other_ranks()
    return 1


def _discard_output() -> None:
    """Keep the flush at exit from failing once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith((".", "?", "!")) else text + "."


def _say(text: str) -> None:
    if not _rank_from_mpi():
        print(text, file=sys.stderr)


def _rank_from_mpi() -> int:
    # usage errors are found before MPI is imported; its import is slow
    if "mpi4py.MPI" not in sys.modules:
        return int(os.environ.get("OMPI_COMM_WORLD_RANK", os.environ.get("PMI_RANK", "0")))
    from mpi4py import MPI

    return MPI.COMM_WORLD.rank


def _abort_other_ranks(code: int = 1) -> None:
    """A rank that fails alone would leave the others waiting for it."""
    if "mpi4py.MPI" in sys.modules:
        from mpi4py import MPI

        if MPI.COMM_WORLD.size > 1:
            MPI.COMM_WORLD.Abort(code)
