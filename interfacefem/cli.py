# SPDX-License-Identifier: BSD-3-Clause
"""The command line: one thin function per command; exit codes in docs/results.md."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import App, Parameter

from interfacefem.errors import InputError, InterfaceFemError, naming_file
from interfacefem.files import STANDARD_OUTPUT, naming_target
from interfacefem.version import __version__

USAGE_ERROR = 2

app = App(
    name="interfacefem",
    help="Current and stress concentration at rough solid-electrolyte interfaces.",
    version=__version__,
    version_flags=["--version"],
    default_parameter=Parameter(negative=()),
)

Flag = Annotated[bool, Parameter(negative=())]


def _file_name(_: object, tokens: Sequence[cyclopts.Token]) -> Path:
    # pathlib would take an empty name, as from an unset variable of the shell, for this folder
    if not tokens[0].value:
        raise InputError(
            "the name is empty",
            field=tokens[0].keyword,
            found='""',
            expected="the name of a file or folder",
        )
    return Path(tokens[0].value)


FileName = Annotated[Path, Parameter(converter=_file_name)]


@Parameter(name="*", negative=())
@dataclass(frozen=True)
class Output:
    """What is shown on the way."""

    quiet: Flag = False
    """No progress and no warnings on standard error."""
    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"], negative=())] = False
    """Say more on standard error."""


# a value may begin with a minus sign: it is refused by what it means, not taken for an option
@Parameter(name="*", allow_leading_hyphen=True)
@dataclass(frozen=True)
class SamplingOptions:
    """How profiles are taken from the image (docs/images.md)."""

    pixel_size: str | None = None
    """Physical size of a pixel, such as "55.8 nm"; default: from the microscope's metadata."""
    crop: str | None = None
    """Rows and columns to keep, "row0,row1,column0,column1", or "none"; default: data bar off."""
    method: str | None = None
    """auto, sampling-line or contour."""
    electrolyte: str | None = None
    """Side of the electrolyte in the image: above or below."""
    threshold: str | None = None
    """otsu, multi-otsu, local, or grey values from 0 to 1 such as "0.3,0.7"."""
    classes: str | None = None
    """Number of phases for multi-otsu."""
    phases: str | None = None
    """Phases that are electrolyte by grey order, 0 the darkest, -1 the brightest: "1,2"."""
    lines: str | None = None
    """Number of profiles, at least 5."""
    positions: str | None = None
    """Heights of the sampling lines as fractions of the image from its top, such as 0.3,0.4."""
    window_width: str | None = None
    """Width of each profile, such as "20 um"."""
    margin: str | None = None
    """Pixels left out along every side of the image."""
    void_depth: str | None = None
    """Voids are followed no deeper than this, such as "5 um"."""
    denoise: str | None = None
    """median, bilateral, nl-means or none."""
    flatten: bool | None = None
    """Take uneven illumination out; default: for sampling lines only."""
    destripe: Flag = False
    """Take curtaining out."""
    smoothing: str | None = None
    """Gaussian standard deviation in pixels before thresholding."""
    rotation: str | None = None
    """Angle in degrees by which the interface rises to the right, or auto."""
    single_valued: Flag = False
    """Hide overhangs, as seen from the metal side."""
    remove_tilt: Flag = False
    """Rotate each profile until its mean line is level."""
    cutoff: str | None = None
    """Low-pass cutoff wavelength, such as "0.5 um"."""


@app.command
def profile(
    image: FileName,
    *,
    sampling: SamplingOptions = SamplingOptions(),
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Take interface profiles from a micrograph; show what was taken; roughness statistics.

    Parameters
    ----------
    image:
        TIFF, PNG or JPEG.
    out:
        Folder for profiles and overlay; default: results/IMAGE_profile.
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.commands.profile import run
    from interfacefem.parameters.catalogue import names_at
    from interfacefem.parameters.door import Door
    from interfacefem.parameters.sampling import Sampling

    with naming_file(image, names_at(Door.OPTION, Sampling)):
        run(image, sampling, out or Path("results") / f"{image.stem}_profile", json, output)


@app.command
def current(
    case: FileName,
    *,
    sweep: tuple[str, ...] = (),
    map: Flag = False,
    convergence: Flag = False,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Current distribution of one case (docs/current.md).

    Parameters
    ----------
    case:
        Case file (YAML); "interfacefem schema" prints what it may say.
    sweep:
        Values of a parameter, solved on one mesh: "i0=0.1:100:7:log" or "i0=1,10,100". May be given
        up to three times. Names: i0, current_density (mA/cm2), conductivity (mS/cm), temperature
        (K), film_resistance (ohm cm2), alpha_a, alpha_c.
    map:
        Solve over Wagner number and applied over exchange current density instead: the two numbers
        that the ratio depends on.
    convergence:
        Solve on ever finer meshes instead and print how the ratio and its bound converge.
    out:
        Folder for figures, fields (ParaView) and mesh; default: none are written.
    json:
        Print one JSON object instead of a table.
    """
    if bool(sweep) + map + convergence > 1:
        raise InputError("--sweep, --map and --convergence cannot be combined")
    with naming_file(case):
        if map:
            from interfacefem.commands.sweep import run_map

            run_map(case, out, json, output)
        elif convergence:
            from interfacefem.commands.convergence import run as run_convergence

            run_convergence(case, out, json, output)
        elif sweep:
            from interfacefem.commands.sweep import run as run_sweep

            run_sweep(case, sweep, out, json, output)
        else:
            from interfacefem.commands.current import run

            run(case, out, json, output)


@app.command
def stress(
    case: FileName,
    *,
    # a value may begin with a minus sign: it is refused by what it means
    pressures: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Contact stress under a flat block: peak-to-valley ratio of one case (docs/contact.md).

    Parameters
    ----------
    case:
        Case file (YAML); "interfacefem schema" prints what it may say.
    pressures:
        Mean pressures in MPa instead of the case's one: "10:500:20:log" or "10,50,300".
    out:
        Folder for results, pressure and gap; default: none are written.
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.commands.stress import run, run_pressures

    with naming_file(case):
        if pressures is None:
            run(case, out, json, output)
        else:
            run_pressures(case, pressures, out, json, output)


@app.command
def risk(
    image: FileName,
    *,
    parameters: FileName | None = None,
    sampling: SamplingOptions = SamplingOptions(),
    contact_limited: Flag = False,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """From one micrograph to current and stress ratio: at least five lines, mean, spread, figures.

    Parameters
    ----------
    image:
        TIFF, PNG or JPEG.
    parameters:
        YAML file with the cell (domain, electrolyte, kinetics, load, block, stress); default: LPSCl
        on lithium.
    contact_limited:
        Also solve for current that passes only where a stack pressure presses the metal on.
    out:
        Folder for results and figures; default: results/IMAGE_risk.
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.commands.risk import run
    from interfacefem.parameters.catalogue import names_at
    from interfacefem.parameters.door import Door
    from interfacefem.parameters.sampling import Sampling

    folder = out or Path("results") / f"{image.stem}_risk"
    with naming_file(image, names_at(Door.OPTION, Sampling)):
        run(image, parameters, sampling, contact_limited, folder, json, output)


volume = App(
    name="volume", help="Segmented volumes: transport, pores, descriptors (docs/volumes.md)."
)
app.command(volume)


@Parameter(name="*", allow_leading_hyphen=True)
@dataclass(frozen=True)
class VolumeOptions:
    """How the volume is read (docs/volumes.md)."""

    voxel: str | None = None
    """Edge of a voxel, "25 nm", or three for axes 0, 1, 2; default: from the file's metadata."""
    resample: str | None = None
    """Read it on voxels of this size instead, such as "25 nm"."""
    crop: str | None = None
    """Part to read, in voxels: "0:100,0:256,20:200"."""
    shape: str | None = None
    """Of raw bytes: "256,256,256"."""
    voxel_type: str = "uint8"
    """Of raw bytes: uint8, uint16, >u2, float32."""
    dataset: str | None = None
    """Name within an HDF5 or NPZ file that holds several."""
    axes: str | None = None
    """ZYX takes a TIFF file's three axes as they are stored, whatever it calls them."""


@Parameter(name="*", allow_leading_hyphen=True)
@dataclass(frozen=True)
class TransportOptions:
    """What conducts, and what is asked of it."""

    phase: int | None = None
    """Label of the only phase that conducts."""
    conductivity: tuple[str, ...] = ()
    """Conductivity of a label, for each that conducts: "0=1 mS/cm"."""
    axis: str = "0,1,2"
    """Axes to solve along."""
    plane: str = "low"
    """End of the axis where the electrode is: low or high."""
    critical_current_density: str | None = None
    """Such as "1 mA/cm^2": gives the largest safe applied current density."""
    current_density: str | None = None
    """Applied: gives the share of the contact above the critical current density."""
    safe_share: float = 0.99
    """Share of the contact that the safe current density keeps below the critical one."""
    residual: float = 3e-5
    """Norm of the residual, over that of the right-hand side, at which to stop."""


@volume.command
def transport(
    file: FileName,
    *,
    reading: VolumeOptions = VolumeOptions(),
    options: TransportOptions = TransportOptions(),
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Effective conductivity, tortuosity factor and current at the electrode's plane.

    Parameters
    ----------
    file:
        TIFF stack, folder of slices, NPY, NPZ, HDF5 or raw bytes.
    out:
        Folder for figures and fields (ParaView); default: none are written.
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.commands.volume_transport import run

    run(file, reading, options, out, json, output)


@volume.command(name="pores")
def volume_pores(
    file: FileName,
    *,
    phase: str = "0",
    axis: int = 0,
    interface_depth: str | None = None,
    particle_sizes: str | None = None,
    options: VolumeOptions = VolumeOptions(),
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Connected pores, paths through them from the top, their sizes, porosity per slice.

    Parameters
    ----------
    file:
        Segmented volume; see docs/volumes.md.
    phase:
        Labels that are pore: "0" or "0,170".
    axis:
        Direction of transport, 0, 1 or 2; the first slice along it is the top.
    interface_depth:
        What counts as near the faces, such as "1 um"; default: a tenth of the thickness.
    particle_sizes:
        Mean, smallest and largest size of the powder, "1.2 um, 0.3 um, 2.5 um", for the density
        that Andersen's relation expects.
    out:
        Folder for figures and tables; default: none are written.
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.commands.volume_pores import PoreOptions, run

    run(file, options, PoreOptions(phase, axis, interface_depth, particle_sizes), out, json, output)


@volume.command(name="describe")
def volume_describe(
    file: FileName,
    *,
    phase: str | None = None,
    fill: str | None = None,
    flux: Annotated[bool, Parameter(negative="--no-flux")] = True,
    options: VolumeOptions = VolumeOptions(),
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Interface areas, chords, local thickness, representative volume, tortuosity of each phase.

    Parameters
    ----------
    file:
        Segmented volume; see docs/volumes.md.
    phase:
        Labels to describe, such as "1,2"; default: all.
    fill:
        Labels, such as the pores', that a variant gives the conductivity of the phase described.
    flux:
        Tortuosity factors by conduction beside those of random walks; most of the time goes there.
    out:
        Folder for the figure and tables; default: none are written.
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.commands.volume_describe import run

    run(file, options, phase, fill, flux, out, json, output)


@Parameter(name="*", allow_leading_hyphen=True)
@dataclass(frozen=True)
class SegmentOptions:
    """How grey values become labels (docs/volume_segmentation.md)."""

    train: FileName | None = None
    """Painted labels of the size of the grey values, 0 where nothing is painted."""
    model: FileName | None = None
    """Classifier: written with --train, read without it (NPZ)."""
    threshold: str | None = None
    """otsu, multi-otsu, or grey values as stored such as "85,160"."""
    classes: int = 3
    """Number of phases for multi-otsu."""
    grey_scale: str = "stored"
    """stored, or peaks: scaled by each histogram's peaks, for images of different contrast."""
    variation: float | None = None
    """Learn from copies this much darker and brighter; default: 0, with peaks 0.08."""
    sigma_min: float = 1.0
    """Smallest scale of the features in pixels."""
    sigma_max: float = 4.0
    """Largest scale of the features in pixels."""
    trees: int = 40
    """Number of trees."""
    seed: int = 0
    """Of the random draws."""
    edge_below: str | None = None
    """Labels above a layer, such as 1: the layer's upper edge is found and written as CSV."""
    align: Flag = False
    """Take the drift between slices out first."""
    flatten: Flag = False
    """Take uneven illumination out first."""
    destripe: Flag = False
    """Take curtaining (stripes along the columns) out first."""
    denoise: str = "median"
    """median or none."""
    crop: str | None = None
    """Part of the grey values, and of the painted labels, in voxels: "0:100,0:256,20:200"."""
    voxel: str | None = None
    """Edge of a voxel to be written into the labels; default: what the volume declares."""
    dataset: str | None = None
    """Name within an HDF5 or NPZ file that holds several."""
    train_dataset: str | None = None
    """The same for the labels."""
    axes: str | None = None
    """ZYX takes a TIFF file's three axes as they are stored, whatever it calls them."""


@volume.command
def segment(
    grey: FileName,
    *,
    out: FileName = Path("labels.tif"),
    options: SegmentOptions = SegmentOptions(),
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Turn grey slices into labels: by painted examples, a stored classifier, or thresholds.

    Parameters
    ----------
    grey:
        Volume, folder of slices, or one image.
    out:
        Labels, TIFF or NPY.
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.commands.volume_segment import run

    run(grey, out, options, json, output)


@Parameter(name="*", allow_leading_hyphen=True)
@dataclass(frozen=True)
class SurfaceOptions:
    """Which face is taken."""

    phase: str
    """Labels that make up the solid, such as 1 or 1,2."""
    axis: int = 0
    """Axis across the face."""
    end: str = "low"
    """End of the axis that the face looks to: low or high."""
    across: int | None = None
    """Axis along which cross sections are taken; default: the first of the others."""
    smoothing: float = 1.0
    """Gaussian standard deviation in voxels that turns the steps of the labels into a slope."""


@volume.command
def surface(
    file: FileName,
    *,
    options: SurfaceOptions,
    reading: VolumeOptions = VolumeOptions(),
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Outer face of a solid as profiles and height map, with case files for the current solver.

    Parameters
    ----------
    file:
        TIFF stack, folder of slices, NPY, NPZ, HDF5 or raw bytes.
    out:
        Folder for profiles, height map and case files; default: results/FILE_surface.
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.commands.volume_surface import run

    run(file, reading, options, out or Path("results") / f"{file.stem}_surface", json, output)


@app.command
def study(
    file: FileName,
    *,
    out: FileName | None = None,
    jobs: Annotated[int | None, Parameter(name=["--jobs", "-j"])] = None,
    engine: str = "auto",
    dry_run: Flag = False,
    retry_failed: Flag = False,
    shard: str | None = None,
    tasks: int | None = None,
    ranks_per_case: int = 1,
    sbatch: Annotated[str, Parameter(allow_leading_hyphen=True)] = "",
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Run a study, or go on with one that was interrupted (docs/studies.md).

    Exit code 3 if cases failed; the others are in the table.

    Parameters
    ----------
    file:
        Study file (YAML).
    out:
        Folder of the study; default: results/NAME.
    jobs:
        Number of processes; default: the number of cores. Under "./ifem mpi N" the ranks.
    engine:
        auto (processes, or MPI ranks under mpirun), processes, mpi, or slurm: a job array.
    dry_run:
        Print the plan: cases, geometries, expected cost.
    retry_failed:
        Try cases again that failed before.
    shard:
        Solve one part of the study only, such as "3/20", and write no table.
    tasks:
        Number of tasks of the job array; default: one per image, at most 100.
    ranks_per_case:
        MPI ranks that solve a case together, for height maps and volumes that need it.
    sbatch:
        Options for sbatch, such as "--partition=long --time=1:00:00".
    json:
        Print one JSON object instead of text.
    """
    from interfacefem.commands.study import StudyOptions, run

    options = StudyOptions(
        engine, jobs, shard, tasks, sbatch, retry_failed, ranks_per_case, dry_run
    )
    run(file, out, options, json, output)


@app.command
def status(folder: Path, *, json: Flag = False) -> None:
    """Say how far the study in a folder is, from any terminal.

    Parameters
    ----------
    folder:
        Of the study.
    json:
        Print one JSON object instead of text.
    """
    from interfacefem.commands.status import run

    run(folder, json)


@app.command
def report(folder: Path, *, out: Path | None = None, output: Output = Output()) -> None:
    """Write the report of a study, finished or not: one HTML file that needs nothing else.

    Parameters
    ----------
    folder:
        Of the study.
    out:
        The file; report.html in the folder unless given.
    """
    from interfacefem.commands.report import run

    run(folder, out, output)


@app.command
def rerun(result: Path, *, json: Flag = False, output: Output = Output()) -> None:
    """Solve the case of a result file of a study again, from the image on, and compare.

    Exit code 3 if the numbers differ.

    Parameters
    ----------
    result:
        FOLDER/cases/current/KEY.json or FOLDER/cases/stress/KEY.json.
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.commands.rerun import run

    run(result, json, output)


@app.command
def verify(*, json: Flag = False, output: Output = Output()) -> None:
    """Solve every reference problem and print value, exact value, error and order.

    Exit code 3 if any differs by more than its tolerance.

    Parameters
    ----------
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.commands.verify import run

    run(json, output)


@app.command
def doctor(*, json: Flag = False) -> None:
    """Say what is in use: environment, versions, cores, MPI, and what is missing.

    Parameters
    ----------
    json:
        Print one JSON object instead of a table.
    """
    from interfacefem.commands.doctor import run

    run(json)


@app.command
def materials(name: str | None = None, *, json: Flag = False) -> None:
    """List the parameter sets of materials, each value with its source (docs/plasticity.md).

    Parameters
    ----------
    name:
        One material, such as LPSCl; default: all.
    json:
        Print one JSON object instead of tables.
    """
    from interfacefem.commands.materials import run

    run(name, json)


@app.command
def schema() -> None:
    """Print the JSON schema of a case file: every key, its unit, default and source."""
    from interfacefem.commands.schema import run

    run()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit code: 0, 1 a bug, 2 bad input, 3 no convergence."""
    sys.exit(_exit_code(sys.argv[1:] if arguments is None else arguments))


def _exit_code(arguments: Sequence[str]) -> int:
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
        traceback.print_exc()
        _say("interfacefem: this is a bug; please report it with the lines above")
        _abort_other_ranks()
        return 1
    return 0


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


if __name__ == "__main__":
    main()
