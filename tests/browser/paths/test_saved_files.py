"""The files that a visitor takes home: a film, strips, codes, and a script that makes them again."""

import contextlib
import csv
import io
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence
from playwright.sync_api import Browser, expect

from tests.browser.figure_dialog import FigureDialog, sound_svg, words_of
from tests.browser.paths.paths_driver import RUN, Paths
from tests.promise_cases import few
from tests.server import ROOT
from vae_core.latent import interpolation
from vae_core.runs.run import open_run, read_codes


def test_the_film_opens_with_all_its_frames(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_stops="0,18", paths_frames="10").geodesic()
    with Image.open(there.save("gif")) as film:
        assert film.format == "GIF"
        frames = [np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(film)]
        stays = [frame.info["duration"] for frame in ImageSequence.Iterator(film)]
    assert len(frames) == 10
    assert all(np.abs(a - b).max() > 20 for a, b in itertools.pairwise(frames))
    assert stays[0] == stays[-1] > 3 * stays[1]  # a while at both ends
    assert len(set(stays[1:-1])) == 1


def test_the_codes_are_those_of_the_core_and_the_script_finds_the_same_lengths(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_stops="0,18,1", paths_frames="13").geodesic()
    rows = list(csv.DictReader(there.save("csv").read_text().splitlines()))
    points = torch.from_numpy(read_codes(open_run(ROOT / "models" / RUN)).mu[[0, 18, 1]]).float()
    for kind in ("linear", "spherical"):
        z = np.array([[float(row["z1"]), float(row["z2"])] for row in rows if row["path"] == kind])
        assert z == pytest.approx(interpolation.through(points, 13, kind).numpy(), abs=1e-5)
    assert [row["path"] for row in rows[-13:]] == ["geodesic"] * 13
    script = there.save("py").read_text()
    printed = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for line, kind in zip(printed.splitlines(), ("linear", "spherical", "geodesic"), strict=True):
        mine = [row for row in rows if row["path"] == kind]
        lengths = [sum(float(row[name]) for row in mine) for name in ("step_z", "step_pictures")]
        assert [float(line.split()[k]) for k in (4, 7)] == pytest.approx(lengths, abs=0.01)


def test_the_script_runs_from_anywhere_and_says_what_it_does_not_find(
    paths: Callable[..., Paths], tmp_path: Path
) -> None:
    there = paths().open(paths_model=RUN, paths_do="dimensions")
    expect(there.part("save-precision")).to_contain_text("half precision")
    script = tmp_path / "mine.py"
    script.write_text(there.save("py").read_text())
    assert "half precision" in script.read_text()

    def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, str(script), *arguments], cwd=cwd, capture_output=True, text=True)

    assert "length in z" in run(cwd=ROOT).stdout
    assert "length in z" in run(str(ROOT), cwd=tmp_path).stdout
    lost = run(cwd=tmp_path)
    assert lost.returncode == 1
    assert "is not the folder of VAE Lab: start this script there, or name that folder" in lost.stderr


# A tab: what its link says, how many paths it saves, and of how many frames.
TABS = {
    "hand": ({"paths_hand": "-1500.0.0.1500.1500.0", "paths_frames": "9"}, 4, 9),
    "dimensions": ({"paths_do": "dimensions"}, 2, 25),
    "grid": ({"paths_do": "grid", "paths_stops": "0,18,1,5"}, 2, 81),
    "add": ({"paths_do": "add", "paths_plus": "class.1"}, 1, 25),
}


@pytest.mark.parametrize("tab", few(TABS, list(TABS)[:2]))
def test_every_tab_is_saved_as_film_strip_codes_and_script(
    paths: Callable[..., Paths], tmp_path: Path, tab: str
) -> None:
    link, count, frames = TABS[tab]
    there = paths().open(**{"paths_model": RUN, "paths_stops": "0,18"} | link)
    if tab == "hand":
        there.geodesic()
    expect(there.part("save-csv")).to_be_enabled(timeout=30_000)
    rows = list(csv.DictReader(there.save("csv").read_text().splitlines()))
    names = list(dict.fromkeys(row["path"] for row in rows))
    assert [len(names), len(rows)] == [count, count * frames]
    with Image.open(there.save("gif")) as film:
        assert sum(1 for _ in ImageSequence.Iterator(film)) == (frames if tab == "hand" else 2 * frames - 2)
    words = words_of(
        sound_svg(
            FigureDialog(there.page.get_by_role("button", name="Save the strips")).choose(kind="svg").save(tmp_path)
        )
    )
    assert len(names) <= len(words) <= len(names) + 1  # each row has its name, and some may say that not all are shown
    script = there.save("py").read_text()
    lines = {line.split()[0]: line.split() for line in printed_by(script).splitlines() if "length in z" in line}
    assert list(lines) == names
    for name in names:
        mine = [row for row in rows if row["path"] == name]
        lengths = [sum(float(row[step]) for row in mine) for step in ("step_z", "step_pictures")]
        assert [float(lines[name][k]) for k in (4, 7)] == pytest.approx(lengths, abs=0.02)


def printed_by(script: str) -> str:
    """What a script prints that is run here, where torch is loaded already; as a program it is run above."""
    as_started = mock.patch.object(sys, "argv", ["script.py"])
    with contextlib.chdir(ROOT), as_started, contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(script, "script.py", "exec"), {"__name__": "__main__"})
    return out.getvalue()


def test_the_mp4_has_every_frame_and_a_browser_plays_it(paths: Callable[..., Paths], browser: Browser) -> None:
    there = paths().open(paths_model=RUN, paths_stops="0,18", paths_frames="10", paths_speed="12").geodesic()
    film = there.save("mp4")
    boxes = dict(opened(film.read_bytes()))
    assert boxes["ftyp"].startswith(b"isom")
    sizes = boxes["moov.trak.mdia.minf.stbl.stsz"]
    assert int.from_bytes(sizes[8:12]) == 10
    assert sum(int.from_bytes(sizes[12 + 4 * k : 16 + 4 * k]) for k in range(10)) == len(boxes["mdat"])
    keys = boxes["moov.trak.mdia.minf.stbl.stss"][4:]
    assert [int.from_bytes(keys[at : at + 4]) for at in range(0, len(keys), 4)] == [1, 1]  # one, and it is the first
    elsewhere = browser.new_page()  # the app itself shows no films
    width, height, seconds, middle = elsewhere.evaluate(_PLAYED, list(film.read_bytes()))
    elsewhere.close()
    assert (width, height) == (14 + 3 * (6 * 28 + 14), 30 + 6 * 28 + 14)
    assert seconds == pytest.approx((8 + 2 * 5) / 12, abs=0.02)
    assert middle > 20


def opened(raw: bytes, within: str = "") -> Iterator[tuple[str, bytes]]:
    """The boxes of an MP4 file by their path, those of samples and settings with their content."""
    at = 0
    while at < len(raw):
        size, name = int.from_bytes(raw[at : at + 4]), raw[at + 4 : at + 8].decode()
        content = raw[at + 8 : at + size]
        if name in ("moov", "trak", "mdia", "minf", "stbl"):
            yield from opened(content, f"{within}{name}.")
        else:
            yield within + name, content
        at += size


# The film's sides, its seconds, and by how much the picture at a half differs from the first, of 255.
_PLAYED = """bytes => new Promise((done, failed) => {
  const video = document.createElement("video");
  video.muted = true;
  document.body.append(video); // what is nowhere on a page may wait for ever
  const shown = () => {
    const sides = { width: video.videoWidth, height: video.videoHeight };
    const canvas = Object.assign(document.createElement("canvas"), sides);
    const g = canvas.getContext("2d");
    g.drawImage(video, 0, 0);
    return g.getImageData(0, 0, canvas.width, canvas.height).data;
  };
  const seek = (to) => new Promise((resolve) => { video.onseeked = resolve; video.currentTime = to; });
  const presented = (to) => new Promise((resolve) => { // "seeked" may come before the picture does
    const look = (_, { mediaTime }) => (mediaTime > to - 0.2 ? resolve() : video.requestVideoFrameCallback(look));
    video.requestVideoFrameCallback(look);
    video.currentTime = to;
  });
  video.onerror = () => failed(new Error(video.error.message));
  setTimeout(() => failed(new Error(`no picture after 60 s, state ${video.readyState}`)), 60_000);
  video.onloadeddata = async () => {
    await seek(0.01);
    const first = shown();
    await presented(video.duration / 2);
    const middle = shown().reduce((most, value, k) => Math.max(most, Math.abs(value - first[k])), 0);
    done([video.videoWidth, video.videoHeight, video.duration, middle]);
  };
  video.src = URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type: "video/mp4" }));
})"""


def test_where_the_browser_has_no_encoder_a_sentence_points_to_the_gif(paths: Callable[..., Paths]) -> None:
    there = paths()
    there.page.add_init_script("delete window.VideoEncoder;")
    there.open(paths_model=RUN, paths_do="dimensions")
    there.part("save-mp4").click()
    expect(there.part("save-problem")).to_contain_text("take the GIF instead")
