"""Downloading from a real HTTP server: whole, resumed, corrupt, cut short, gone."""

import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from tests.core.test_data_files import idx, pictures
from vae_core import data
from vae_core.__main__ import main
from vae_core.data import registry
from vae_core.data.download import download, part_of

PAYLOAD = idx(pictures(500, 8, 8))
SHA256 = hashlib.sha256(PAYLOAD).hexdigest()
PACKED = gzip.compress(PAYLOAD, mtime=0)


class Mirror(BaseHTTPRequestHandler):
    """Serves `files`; /cut/ breaks off after 10,000 bytes of each answer, /plain/ ignores ranges."""

    def do_GET(self):
        self.server.requests.append((self.path, self.headers.get("Range")))
        place, name = self.path.strip("/").split("/", 1)
        body = self.server.files.get((place, name))
        if body is None:
            self.send_error(404)
            return
        start = 0
        if (asked := self.headers.get("Range")) and place != "plain":
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                self.send_error(416)
                return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start : start + 10_000] if place == "cut" else body[start:])

    def log_message(self, *args):
        pass


@pytest.fixture
def mirror(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    server.files, server.requests = {}, []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_arrives_whole(mirror, tmp_path):
    mirror.files["a", "x.gz"] = PACKED
    download([f"{mirror.url}/a/x.gz"], SHA256, tmp_path / "deep" / "x.gz")
    assert (tmp_path / "deep" / "x.gz").read_bytes() == PACKED
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["x.gz"]


def test_another_gzip_wrapper_of_the_same_payload_is_the_same_file(mirror, tmp_path):
    other = gzip.compress(PAYLOAD, compresslevel=1, mtime=12345)
    assert other != PACKED
    mirror.files["a", "x.gz"] = other
    download([f"{mirror.url}/a/x.gz"], SHA256, tmp_path / "x.gz")


def test_a_broken_download_goes_on_where_it_stopped(mirror, tmp_path):
    mirror.files["a", "x.gz"] = PACKED
    part_of(tmp_path / "x.gz", f"{mirror.url}/a/x.gz").write_bytes(PACKED[:7000])
    download([f"{mirror.url}/a/x.gz"], SHA256, tmp_path / "x.gz")
    assert mirror.requests == [("/a/x.gz", "bytes=7000-")]
    assert (tmp_path / "x.gz").read_bytes() == PACKED


def test_a_part_of_a_file_that_has_changed_since_is_dropped(mirror, tmp_path):
    mirror.files["a", "x.gz"] = PACKED
    part_of(tmp_path / "x.gz", f"{mirror.url}/a/x.gz").write_bytes(bytes(7000))
    download([f"{mirror.url}/a/x.gz"], SHA256, tmp_path / "x.gz")
    assert [asked for _, asked in mirror.requests] == ["bytes=7000-", None]
    assert [path.name for path in tmp_path.iterdir()] == ["x.gz"]


def test_a_part_as_long_as_the_file_is_checked_and_put_in_place(mirror, tmp_path):
    mirror.files["a", "x.gz"] = PACKED
    part_of(tmp_path / "x.gz", f"{mirror.url}/a/x.gz").write_bytes(PACKED)
    download([f"{mirror.url}/a/x.gz"], SHA256, tmp_path / "x.gz")
    assert (tmp_path / "x.gz").read_bytes() == PACKED


def test_half_a_file_of_one_mirror_is_not_joined_to_another_mirrors_half(mirror, tmp_path):
    other = gzip.compress(bytes(100_000) + PAYLOAD * 9, compresslevel=1)
    assert len(other) > 3 * 10_000 + 1  # so that it stays cut short after three requests
    mirror.files["cut", "x.gz"] = other
    mirror.files["a", "x.gz"] = PACKED
    download([f"{mirror.url}/{place}/x.gz" for place in ("cut", "a")], SHA256, tmp_path / "x.gz")
    assert mirror.requests[-1] == ("/a/x.gz", None)
    assert [path.name for path in tmp_path.iterdir()] == ["x.gz"]


def test_what_arrived_before_every_mirror_failed_is_kept_for_the_next_try(mirror, tmp_path):
    mirror.files["cut", "x.gz"] = PACKED + bytes(20_000)
    with pytest.raises(ValueError, match="the file ends too early"):
        download([f"{mirror.url}/cut/x.gz"], SHA256, tmp_path / "x.gz")
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [30_000]


def test_two_downloads_of_one_file_at_once_fetch_it_once(mirror, tmp_path):
    mirror.files["a", "x.gz"] = PACKED
    url = f"{mirror.url}/a/x.gz"
    threads = [threading.Thread(target=download, args=([url], SHA256, tmp_path / "x.gz")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "x.gz").read_bytes() == PACKED
    assert len(mirror.requests) == 1


def test_the_time_left_is_told_on_standard_error(mirror, tmp_path, capsys):
    mirror.files["a", "x.gz"] = PACKED
    download([f"{mirror.url}/a/x.gz"], SHA256, tmp_path / "x.gz")
    assert capsys.readouterr().err == "downloading x.gz 100% · 0 s left\n"


def test_a_folder_that_cannot_be_written_is_one_sentence(mirror, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ValueError, match=r"x\.gz could not be downloaded \(.*file: (File exists|Not a directory)"):
        download([f"{mirror.url}/a/x.gz"], SHA256, tmp_path / "file" / "x.gz")


def test_a_server_without_ranges_is_read_from_the_start(mirror, tmp_path):
    mirror.files["plain", "x.gz"] = PACKED
    part_of(tmp_path / "x.gz", f"{mirror.url}/plain/x.gz").write_bytes(PACKED[:7000])
    download([f"{mirror.url}/plain/x.gz"], SHA256, tmp_path / "x.gz")
    assert (tmp_path / "x.gz").read_bytes() == PACKED
    assert mirror.requests == [("/plain/x.gz", "bytes=7000-")]


def test_a_connection_that_breaks_is_asked_again_for_the_rest(mirror, tmp_path):
    assert 20_000 < len(PACKED) < 40_000
    mirror.files["cut", "x.gz"] = PACKED[:25_000]
    with pytest.raises(ValueError, match="wrong checksum"):  # three parts arrive; only the checksum can tell
        download([f"{mirror.url}/cut/x.gz"], SHA256, tmp_path / "x.gz")
    assert [asked for _, asked in mirror.requests] == [None, "bytes=10000-", "bytes=20000-"]
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_file_is_dropped_and_the_next_mirror_asked(mirror, tmp_path):
    mirror.files["a", "x.gz"] = gzip.compress(b"another file")
    mirror.files["b", "x.gz"] = PACKED
    download([f"{mirror.url}/{place}/x.gz" for place in ("gone", "a", "b")], SHA256, tmp_path / "x.gz")
    assert (tmp_path / "x.gz").read_bytes() == PACKED
    assert [path for path, _ in mirror.requests] == ["/gone/x.gz", "/a/x.gz", "/b/x.gz"]
    assert mirror.requests[-1][1] is None  # nothing of the wrong file was continued


def test_when_every_mirror_fails_the_sentence_names_each(mirror, tmp_path):
    mirror.files["a", "x.gz"] = b"not even gzip"
    urls = [f"{mirror.url}/gone/x.gz", f"{mirror.url}/a/x.gz", "http://127.0.0.1:9/x.gz"]
    with pytest.raises(ValueError, match=r"x\.gz could not be downloaded \(.*Not Found; .*checksum; .*refused"):
        download(urls, SHA256, tmp_path / "x.gz")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_set(mirror, tmp_path, monkeypatch):
    """A named set of two files on the mirror, with every offline place empty."""
    files = {f"{p}-{k}-ubyte": a for p in ("train", "t10k") for k, a in arrays(40 if p == "train" else 30).items()}
    known = {
        "mirrors": (f"{mirror.url}/a/",),
        "sha256": {stem: hashlib.sha256(idx(array)).hexdigest() for stem, array in files.items()},
        "classes": ("0", "1"),
        "source": "a test",
        "licence": "none",
    }
    for stem, array in files.items():
        mirror.files["a", f"{stem}.gz"] = gzip.compress(idx(array))
    monkeypatch.setitem(registry._IDX_SETS, "small", known)
    monkeypatch.setitem(registry.LOADERS, "small", registry._load_idx)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return files


def arrays(n: int) -> dict[str, np.ndarray]:
    return {"images-idx3": pictures(n, 4, 4), "labels-idx1": pictures(n) % 2}


def test_a_named_set_is_downloaded_once_and_then_read_from_the_cache(mirror, small_set):
    train = data.load("small", "train", download=True)
    assert (train.images[:, 0] == small_set["train-images-idx3-ubyte"]).all()
    asked = len(mirror.requests)
    assert (data.load("small", "train", download=True).labels == train.labels).all()
    assert len(mirror.requests) == asked == 2


def test_a_folder_named_by_the_environment_comes_first(mirror, small_set, tmp_path, monkeypatch):
    (tmp_path / "mine" / "small").mkdir(parents=True)
    for stem, array in small_set.items():
        (tmp_path / "mine" / "small" / stem).write_bytes(idx(array))
    monkeypatch.setenv("VAE_LAB_DATA", str(tmp_path / "mine"))
    assert len(data.load("small", "test", download=True)) == 30
    assert mirror.requests == []


def test_a_set_is_looked_for_in_three_places(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    expected = [tmp_path / "small", tmp_path / "cache" / "vae-lab" / "small", registry.ROOT / "data" / "small"]
    assert registry.places("small") == expected


def test_a_folder_in_the_environment_that_is_not_there_is_named(small_set, monkeypatch):
    monkeypatch.setenv("VAE_LAB_DATA", "/nowhere/at/all")
    with pytest.raises(ValueError, match="VAE_LAB_DATA is '/nowhere/at/all', expected a folder"):
        data.load("small", "test", download=True)


def test_a_local_file_with_another_checksum_is_refused(small_set, tmp_path):
    folder = tmp_path / "cache" / "vae-lab" / "small"
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(pictures(40, 5, 5))))
    with pytest.raises(ValueError, match="does not have the checksum of small"):
        data.load("small", "train", download=True)


def test_offline_the_sentence_says_where_to_put_the_files(mirror, small_set):
    mirror.files.clear()
    with pytest.raises(
        ValueError, match=r"a folder named by VAE_LAB_DATA that holds small/train-images-idx3-ubyte\.gz"
    ):
        data.load("small", "train", download=True)


def test_nothing_is_fetched_unasked(mirror, small_set):
    with pytest.raises(
        ValueError, match="the app downloads nothing by itself: fetch it with `python -m vae_core download"
    ):
        data.load("small", "train")
    assert mirror.requests == []


def test_a_set_is_fetched_by_a_command(mirror, small_set, capsys):
    assert main(["download", "small", "--json"]) == 0
    assert len(mirror.requests) == 4
    assert len(data.load("small", "test")) == 30
    assert main(["download", "nothing"]) == 2
    assert "there is no data set 'nothing'" in capsys.readouterr().err
