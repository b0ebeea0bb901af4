# SPDX-License-Identifier: BSD-3-Clause
"""Bad input by the dozen: exit code 2, one line, nothing on standard output, nothing written."""

import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from interfacefem.commands import app
from interfacefem.files import written_atomically

WAVE = "x_um,z_um\n" + "".join(f"{x},{0.1 * (x % 3)}\n" for x in range(11))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a profile and an image that are fine."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "line.csv").write_text(WAVE)
    Image.fromarray(section_image()).save(tmp_path / "wave.png")
    return tmp_path


def section_image() -> np.ndarray:
    """A bright solid above a wavy lower surface, 8 bit, 200 x 240 pixels."""
    rows, columns = np.mgrid[0:200, 0:240]
    surface = 110 + 6 * np.sin(2 * np.pi * columns / 24)
    edge = np.clip(surface - rows + 0.5, 0, 1)
    return (40 + 160 * edge).astype(np.uint8)


def assert_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    """Exit code 2, one line that holds ``expected``, and no file more than before."""
    before = sorted(folder.rglob("*"))
    assert app.exit_code([*arguments, "--quiet"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert len(output.err.splitlines()) == 1, output.err
    assert expected in output.err
    assert sorted(folder.rglob("*")) == before


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes whose header promises ``width`` x ``height`` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def tiff(pixels: np.ndarray) -> Callable[[Path], None]:
    return lambda file: tifffile.imwrite(file, pixels)


def start_of(suffix: str, share: float) -> Callable[[Path], None]:
    """The first part of a good image."""

    def write(file: Path) -> None:
        Image.fromarray(section_image()).save(file, format=suffix)
        data = file.read_bytes()
        file.write_bytes(data[: int(share * len(data))])

    return write


def holding(data: bytes) -> Callable[[Path], None]:
    return lambda file: file.write_bytes(data)


def one_pixel(value: float) -> Callable[[Path], None]:
    pixels = section_image().astype(np.float32)
    pixels[3, 4] = value
    return tiff(pixels)


BAD_IMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (Path.mkdir, "is a folder"),
    "a loop of links": (lambda file: file.symlink_to(file), "cannot be opened"),
    "a file that claims 1e10 pixels": (holding(png_that_claims(100_000, 100_000)), "pixels"),
    "a file that claims 0 pixels": (holding(png_that_claims(0, 0)), "cannot be decoded"),
    "a file that claims 8e7 pixels": (holding(png_that_claims(9000, 9000)), "truncated"),
    "a quarter of a PNG": (start_of("PNG", 0.25), "cannot be decoded"),
    "half a PNG": (start_of("PNG", 0.5), "cannot be decoded"),
    "half a JPEG": (start_of("JPEG", 0.5), "truncated"),
    "half a TIFF": (start_of("TIFF", 0.5), "bytes"),
    "the magic number of TIFF": (holding(b"II*\0"), "TIFF"),
    "HTML": (holding(b"<html>"), "is not an image this program reads"),
    "a GIF": (start_of("GIF", 1), "expected a TIFF, PNG or JPEG image"),
    "a BMP": (start_of("BMP", 1), "expected a TIFF, PNG or JPEG image"),
    "all white": (tiff(np.full((200, 240), 255, np.uint8)), "one grey value"),
    "all grey, 16 bit": (tiff(np.full((200, 240), 1000, np.uint16)), "are of one grey value"),
    "all grey, float": (tiff(np.full((200, 240), 0.5, np.float32)), "nothing to see"),
    "10 x 10 pixels": (tiff(section_image()[105:115, :10]), "is too small"),
    "one row": (tiff(section_image()[110:111]), "is too small"),
    "one column": (tiff(section_image()[:, :1]), "is too small"),
    "a NaN": (one_pixel(np.nan), "not finite numbers; found 1 of 48000"),
    "an infinity": (one_pixel(np.inf), "not finite numbers; found 1 of 48000"),
    "complex numbers": (tiff(section_image().astype(np.complex64)), "complex64"),
}


WITHOUT_A_LINE: dict[str, tuple[Callable[[Path], object], str]] = {
    "noise": (
        tiff(np.random.default_rng(1).integers(0, 255, (200, 240)).astype(np.uint8)),
        "sampling-line method, chosen because no phase boundary spans the image",
    ),
    "a void open to the top": (
        tiff(np.where((np.arange(240) % 120 < 40), 20, 200) + np.zeros((200, 1), np.uint8)),
        "expected a line drawn by hand (docs/guide.md): none of",
    ),
}


@pytest.mark.parametrize("name", WITHOUT_A_LINE)
def test_images_without_a_line_leave_a_picture_and_nothing_else(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    write, expected = WITHOUT_A_LINE[name]
    write(folder / "image.tif")
    arguments = ["profile", "image.tif", "--pixel-size", "0.1 um", "--out", "out", "--quiet"]
    assert app.exit_code(arguments) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert expected in error
    assert f"drawn in {Path('out') / 'trace.png'}" in error
    assert [path.name for path in (folder / "out").iterdir()] == ["trace.png"]


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_images_that_are_none(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    write, expected = BAD_IMAGES[name]
    write(folder / "image.tif")
    assert_refused(folder, capsys, ["profile", "image.tif", "--pixel-size", "0.1 um"], expected)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--lines", "4"], "--lines"),
        (["--lines", "201", "--method", "sampling-line"], "wave.png: --lines: more sampling"),
        (["--rotation", "nan"], "interfacefem: --rotation: "),
        (["--positions", "3,4"], "interfacefem: --positions: "),
        (["--cutoff", "1 m"], "expected at most half a section"),
        (["--cutoff", "0 um"], "--cutoff"),
        (["--crop", "0,500,0,100"], "within rows 0:200, columns 0:240"),
        (["--crop", "10,5,0,100"], "within rows 0:200, columns 0:240"),
        (["--crop", "0,10,0,10"], "is too small"),
        (["--phases", "7"], "0 (darkest) to 1 (brightest)"),
        (["--phases", "0,1"], "leaves no boundary"),
        (["--threshold", "2"], "grey values from 0 to 1"),
        (["--threshold", "nan"], "grey values from 0 to 1"),
        (["--threshold", "Otsu"], "--threshold: "),
        (["--classes", "1"], "--classes"),
        (["--rotation", "95"], "less than 90 degrees"),
        (["--window-width", "20 um"], "expected reference_length (--reference-length)"),
        (["--protocol", "tran2025"], "at least 25 um"),
        (["--margin", "100000"], "leaves nothing of the image"),
        (["--void-depth", "0 um"], "--void-depth"),
        (["--denoise", "gauss"], "'median'"),
        (["--smoothing", "0"], "--smoothing"),
        (["--smoothing", "inf"], "smoothing"),
    ],
)
def test_options_out_of_range(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], expected: str
) -> None:
    arguments = ["profile", "wave.png", "--pixel-size", "0.1 um", *options]
    assert_refused(folder, capsys, arguments, expected)


@pytest.mark.parametrize("size", ["0 nm", "5 s", "nan nm", "inf", "5 umm", ""])
def test_pixel_sizes_that_are_none(
    folder: Path, capsys: pytest.CaptureFixture[str], size: str
) -> None:
    assert_refused(folder, capsys, ["profile", "wave.png", "--pixel-size", size], "--pixel-size")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "does not hold keys and values"),
        (b"- profile: line.csv\n", "does not hold keys and values"),
        (bytes(range(128, 256)), "case.yaml: "),
        ("profile: line.csv\n".encode("utf-16"), "case.yaml: "),
        (b"profile: line.csv\nload:\n\tpressure: 1 MPa\n", "line 3"),
        (b"profile: [line.csv\n", "not valid YAML"),
        (b"profile: line.csv\n---\nprofile: line.csv\n", "not valid YAML"),
        (b"profile: line.csv\nprofile: line.csv\n", "line 2: profile: the key is given twice"),
        (b"profile: line.csv\nload: {pressure: 1 Pa, pressure: 2 Pa}\n", "the key is given twice"),
        (b"profile: line.csv\n5: 6\n", "line 2"),
        (b"profile: line.csv\n? [a, b]\n: 6\n", "line 2"),
        (b"profile: line.csv\nload: *b\n", "expected the values themselves, written out"),
        (b"profile: 5\n", "case.yaml: line 1: profile: is no name of a file; found 5"),
        (b"profile: line.csv\nheight_map: a.npy\n", 'found "profile" and "height_map"'),
        (b"profile: line.csv\ndomain: {height: 0.1 um}\n", "case.yaml: domain.height: the top"),
        (b"profile: line.csv\ndomain: {height: 1 m}\n", "case.yaml: the domain is too tall"),
        (b"height_map: one.csv\nmap: {pixel_size: 1 um}\n", "one.csv: is not a grid of heights"),
        (b"height_map: gap.csv\nmap: {pixel_size: 1 um}\n", '"map: {missing: fill}"'),
        (b'profile: line.csv\nload: !!python/object/apply:os.system ["touch x"]\n', "line 2"),
        (b"profile: line.csv\nload: !load {pressure: 1 Pa}\n", "line 2"),
        (b"load: {pressure: 1 MPa}\n", 'expected "profile: line.csv"'),
        (b"profile: line.csv\nimage: wave.png\n", "needs one source"),
        (b"profile: line.csv\nsampling: {line: 1}\n", '"sampling" belongs to "image"'),
        (b"profile: no.csv\n", "no.csv: no such file"),
        (b"profile: .\n", "is no file"),
        (b"profile: [line.csv]\n", "line 1: profile"),
        (b"image: wave.png\n", "needs a sampling block"),
        (b"image: wave.png\nsampling: {line: 1}\n", "has no pixel size"),
        (b"image: wave.png\nsampling: {pixel_size: 1 um, line: 6}\n", "expected 1 to 1"),
        (b"image: wave.png\nsampling: {pixel_size: 1 um, line: 0}\n", "line 2: sampling.line"),
        (b"image: wave.png\nsampling: {pixel_size: 1 um, lins: 5}\n", '"lines"'),
        (b"image: wave.png\nsampling: {pixel_size: 1 um, positions: [0.3]}\n", "positions"),
    ],
)
def test_case_files_that_are_none(
    folder: Path, capsys: pytest.CaptureFixture[str], text: bytes, expected: str
) -> None:
    (folder / "case.yaml").write_bytes(text)
    (folder / "one.csv").write_text("1\n")
    (folder / "gap.csv").write_text("1,2,3\n1,nan,3\n")
    assert_refused(folder, capsys, ["current", "case.yaml", "--out", "run"], expected)


@pytest.mark.parametrize(
    ("section", "key", "values"),
    [
        ("domain", "height", ["25", "0 um", "-1 um", "1 s", "inf", "nan um", "true", "[1 um]"]),
        ("electrolyte", "conductivity", ["1", "0 mS/cm", "inf", "1 mS", "1e-400 S/m", ""]),
        ("electrolyte", "youngs_modulus", ["24", "-1 GPa", "24 K"]),
        ("electrolyte", "poisson_ratio", ["0.5", "-1", ".nan", "true", "high"]),
        ("electrolyte", "hardness", ["0 Pa", "1"]),
        ("kinetics", "model", ["butler", "5", "[tafel]"]),
        ("kinetics", "exchange_current_density", ["0 mA/cm^2", "1", "1 A"]),
        ("kinetics", "alpha_a", ["0", "3", "x", ".nan"]),
        ("kinetics", "temperature", ["0 K", "298", "-300 degC"]),
        ("kinetics", "film_resistance", ["-1 ohm*cm^2", "1 ohm", "inf"]),
        ("load", "current_density", ["0 mA/cm^2", "-3 mA/cm^2", "3", "inf"]),
        ("load", "critical_current_density", ["0 A/m^2", "1 A"]),
        ("load", "pressure", ["-1 Pa", "1"]),
        ("block", "rotation", ["yes", "loose"]),
        ("block", "poisson_ratio", ["0.6"]),
        ("stress", "body", ["quarter-space", "1"]),
        ("stress", "boundary", ["open"]),
        ("stress", "depth", ["1", "-1 um"]),
    ],
)
def test_every_value_is_checked_and_named(
    folder: Path, capsys: pytest.CaptureFixture[str], section: str, key: str, values: list[str]
) -> None:
    for value in values:
        text = f"profile: line.csv\n{section}:\n  {key}: {value}\n"
        (folder / "case.yaml").write_text(text)
        expected = f"case.yaml: line 3: {section}.{key}: "
        assert_refused(folder, capsys, ["current", "case.yaml"], expected)


@pytest.mark.parametrize("value", ["1", "0.01", "0 %", "100 %", "-1 %", "inf", "1 mm", "[1 %]"])
def test_a_tolerance_is_a_percentage(
    folder: Path, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    (folder / "case.yaml").write_text(f"profile: line.csv\ntolerance: {value}\n")
    assert_refused(folder, capsys, ["current", "case.yaml"], "case.yaml: line 2: tolerance: ")


@pytest.mark.parametrize(
    "section", ["domain", "electrolyte", "kinetics", "load", "block", "stress"]
)
def test_unknown_keys_are_refused_in_every_section(
    folder: Path, capsys: pytest.CaptureFixture[str], section: str
) -> None:
    (folder / "case.yaml").write_text(f"profile: line.csv\n{section}: {{bogus: 1}}\n")
    assert_refused(folder, capsys, ["current", "case.yaml"], f"line 2: {section}.bogus")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"x_um;z_um\n0;0\n1;1\n", 'expected "x_um,z_um"'),
        (b"x_um\tz_um\n0\t0\n1\t1\n", 'expected "x_um,z_um"'),
        (b"z_um,x_um\n0,0\n1,1\n", 'expected "x_um,z_um"'),
        (b"x_nm,z_nm\n0,0\n1,1\n", 'expected "x_um,z_um"'),
        (b"0,0\n1,1\n", 'expected "x_um,z_um"'),
        (b"x_um,z_um,t\n0,0,0\n1,1,1\n", 'expected "x_um,z_um"'),
        (b"x_um,z_um\n0,0,1,5\n1,0,1,5\n", "line 2: wrong number of columns"),  # decimal commas
        (b"x_um,z_um\n0,0\n1,inf\n2,0\n", "line 3: not a number"),
        (b"x_um,z_um\n0,0\na,b\n2,0\n", "line 3: not a number"),
        (b"x_um,z_um\n0,0\n1\0,1\n2,0\n", "line 3: not a number"),
        (b"x_um,z_um\n0,0\n", "too few points"),
        (b"x_um,z_um\n", "no points"),
        (b"# source: nothing\n", "is empty"),
        (b"x_um,z_um\n0,0\n0,5\n", "line.csv: "),
        (b"x_um,z_um\n0,0\n0,0\n", "line.csv: "),
        (b"x_um,z_um\n0,0\n5,1\n5,3\n5,2\n10,0\n", "crosses or touches itself"),
        (b"x_um,z_um\n0,0\n7,0\n3,0\n10,0\n", "crosses or touches itself"),
        (b"x_um,z_um\n0,0\n5,5\n10,0\n5,-5\n0,0\n", "does not run from left to right"),
        (b"x_um,z_um\n0,0\n12,1\n10,0\n", "touches or leaves the sides"),
        (b"x_um,z_um\n0,0\n1e300,1\n2e300,0\n", "is wider or higher than any microscope sees"),
        (b"x_um,z_um\n-1.7e308,0\n0,1\n1.7e308,0\n", "is wider or higher than any microscope sees"),
        (WAVE.encode("utf-16"), "line.csv: "),
        (b"# pixel_size_um: small\n" + WAVE.encode(), "pixel_size_um"),
        (b"# pixel_size_um: 5\n" + WAVE.encode(), "at least 10 pixels"),
        # a needle a tenth of a picometre wide
        (b"x_um,z_um\n0,0\n4.9999999,0\n5,-8\n5.0000001,0\n10,0\n", "badly shaped triangles"),
    ],
)
def test_profiles_that_are_none(
    folder: Path, capsys: pytest.CaptureFixture[str], text: bytes, expected: str
) -> None:
    (folder / "line.csv").write_bytes(text)
    (folder / "case.yaml").write_text("profile: line.csv\n")
    assert_refused(folder, capsys, ["current", "case.yaml"], expected)


@pytest.mark.parametrize("kind", ["byte order mark", "CRLF", "repeated", "reversed"])
def test_what_spreadsheets_do_to_a_profile_is_understood(
    folder: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    header, *points = WAVE.splitlines()
    match kind:
        case "byte order mark":
            text = "\ufeff" + WAVE
        case "CRLF":
            text = WAVE.replace("\n", "\r\n")
        case "repeated":
            text = "\n".join([header, *(point for point in points for _ in range(2))])
        case _:
            text = "\n".join([header, *reversed(points)])
    (folder / "case.yaml").write_text("profile: line.csv\n")
    results = []
    for content in (WAVE, text):
        (folder / "line.csv").write_bytes(content.encode())
        assert app.exit_code(["current", "case.yaml", "--json", "--quiet"]) == 0
        output = capsys.readouterr()
        assert output.err == ""
        results.append(json.loads(output.out)["i_ratio"])
    assert results[1] == pytest.approx(results[0], rel=1e-9)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs Linux")
@pytest.mark.parametrize("place", ["/proc/ifem", "line.csv", "line.csv/run"])
def test_places_where_nothing_can_be_written(
    folder: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    (folder / "case.yaml").write_text("profile: line.csv\n")
    for arguments in (["current", "case.yaml"], ["risk", "wave.png", "--pixel-size", "0.1 um"]):
        assert_refused(folder, capsys, [*arguments, "--out", place], "cannot be written to")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["stress", "case.yaml", "--pressures", "-1:500:20"], "--pressures: out of range"),
        (["stress", "case.yaml", "--pressures", "0:500:20:log"], "a logarithmic scale has"),
        (["stress", "case.yaml", "--pressures", "1:500:1000000000"], "the count is out of range"),
        (["stress", "case.yaml", "--pressures", "1:500:0"], "the count is out of range"),
        (["stress", "case.yaml", "--pressures", "1:x:5"], "--pressures: cannot be read"),
        (["current", "case.yaml", "--sweep", "i0=1:10:100000000:log"], "the count is out of"),
        (["current", "case.yaml", "--sweep", "i0=1:10:0"], "the count is out of range"),
        (["current", "case.yaml", "--sweep", "i0=1e300"], "--sweep i0: out of range"),
        (
            ["current", "case.yaml", "--sweep", "i0=1:9:200", "--sweep", "alpha_a=0.1:0.9:200"],
            "found 40000; expected at most 10000",
        ),
        (
            ["current", "case.yaml", "--sweep", "film_resistance=-1"],
            "at least 0 and at most 1e+15 ohm*cm^2",
        ),
        (["current", "case.yaml", "--out", "line.csv"], "found a file of the name line.csv"),
        (["current", "case.yaml", "--out", ""], "--out: the name is empty"),
        (["current", ""], "the name is empty"),
        (["risk", ""], "the name is empty"),
        (["rerun", "case.yaml"], "expected rerun FOLDER KEY"),
        (["rerun", "case.yaml", "00"], "expected rerun FOLDER KEY"),
        (["rerun", "nowhere", "00"], "nowhere: is no folder of a study"),
        (["study", "empty.yaml"], "lines such as 'images: "),
        (
            ["study", "study.yaml"],
            "expected one of kinetics.model, kinetics.file, kinetics.exchange",
        ),
    ],
)
def test_arguments_that_are_none(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    (folder / "case.yaml").write_text("profile: line.csv\n")
    (folder / "empty.yaml").write_text("")
    (folder / "study.yaml").write_text(
        "name: s\nprofiles: [{files: line.csv}]\nparameters: [{grid: {kinetics.i0: [1]}}]\n"
    )
    assert_refused(folder, capsys, arguments, expected)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux")
def test_the_file_a_full_disk_refused_is_named_and_no_part_stays(folder: Path) -> None:
    def write(kind: type[BaseException]) -> None:
        with written_atomically("a.csv") as temporary, Path("/dev/full").open("w") as full:
            temporary.write_text("half")
            if kind is OSError:
                full.write("1")
                full.flush()
            raise kind

    with pytest.raises(OSError, match=r"No space left on device: 'a\.csv'"):
        write(OSError)
    with pytest.raises(KeyboardInterrupt):
        write(KeyboardInterrupt)
    assert {file.name for file in folder.iterdir()} == {"line.csv", "wave.png"}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux")
def test_standard_output_that_is_full_is_named() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "interfacefem", "materials"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("interfacefem: standard output: ")
    assert len(done.stderr.splitlines()) == 1
