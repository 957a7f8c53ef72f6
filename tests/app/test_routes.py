"""The addresses under /lab: right bytes, kept for ever, packed once; anything else is one sentence and 404."""

import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.app.asgi import get
from tests.app.runs import COUNT, change_tensors, make_run
from ui.components import web_files
from ui.export import artifacts
from ui.pages.latent_map.component import data as map_data
from ui.pages.latent_map.url import View
from ui.runs import assets, catalogue, loaded_model
from ui.runs.catalogue import Entry, read_entry
from ui.server import streamlit_private
from ui.server.responses import HEADERS, PackedStatic, SafeHeaders, WithoutScript, first_static_files
from ui.server.routes import ROUTES
from vae_core import data
from vae_core.models.architectures import layers
from vae_core.runs.run import FOLDER_VARIABLE

APP = Starlette(routes=ROUTES, middleware=[Middleware(SafeHeaders), Middleware(PackedStatic)])


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    return read_entry(make_run(tmp_path / "runs" / "my run", "bernoulli"))


@pytest.mark.parametrize("part", ["decoder", "encoder"])
def test_a_part_of_the_model_comes_with_its_layers(entry: Entry, part: str) -> None:
    answer = get(APP, map_data(entry, View())["model"][part])
    assert answer.status == 200
    raw = gzip.decompress(answer.body)
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    assert json.loads(header["__metadata__"]["program"]) == layers(entry.run.config.model, part)
    assert load(raw)[f"{part}.{'0' if part == 'decoder' else '1'}.weight"].shape[0] == 16


def test_codes_come_as_they_stand_in_the_run(entry: Entry) -> None:
    answer = get(APP, map_data(entry, View())["model"]["codes"])
    assert gzip.decompress(answer.body) == (entry.run.path / "codes.safetensors").read_bytes()


def test_images_come_in_blocks_as_the_model_takes_them(entry: Entry) -> None:
    address = map_data(entry, View())["model"]["images"]
    pixels = np.frombuffer(gzip.decompress(get(APP, address.format(block=0)).body), np.uint8).reshape(-1, 1, 8, 8)
    test = data.load("digits", "test").images[:COUNT]
    assert np.array_equal(pixels, data.binarize(test, "threshold", 0))
    assert set(np.unique(pixels)) == {0, 255}


def test_the_answer_may_be_kept_for_ever_and_is_packed(entry: Entry) -> None:
    headers = get(APP, map_data(entry, View())["model"]["decoder"]).headers
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept-Encoding"


def test_a_client_without_gzip_gets_plain_bytes(entry: Entry) -> None:
    address = map_data(entry, View())["model"]["codes"]
    answer = get(APP, address, accept="identity")
    assert "content-encoding" not in answer.headers
    assert answer.body == gzip.decompress(get(APP, address).body)


def test_bytes_are_packed_once(entry: Entry) -> None:
    assets.packed_tensors.cache_clear()
    for _ in range(3):
        get(APP, map_data(entry, View())["model"]["decoder"])
    assert assets.packed_tensors.cache_info().misses == 1


def test_packed_bytes_stay_within_their_budget(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("decoder", "encoder", "codes")
    assets.packed_tensors.cache_clear()  # of a model of the same name
    sizes = [len(assets.packed_tensors(entry, name)) for name in names]
    assets.packed_tensors.cache_clear()
    assert assets._packed.maxsize == assets.MOST_PACKED
    most = sum(sizes) - 200
    monkeypatch.setattr(assets._packed, "_Cache__maxsize", most)
    for name in names:
        assets.packed_tensors(entry, name)
    assert 0 < assets.packed_bytes() <= most
    assert [key[-1] for key in assets._packed] == ["encoder", "codes"], "what was asked for first has gone"
    assets.packed_tensors.cache_clear()


def test_models_in_memory_stay_within_their_budget(
    entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = read_entry(make_run(tmp_path / "runs" / "other", "gaussian"))
    loaded_model.model_of.cache_clear()
    sizes = [sum(part.nbytes for part in loaded_model.model_of(each).state_dict().values()) for each in (other, entry)]
    assert loaded_model.bytes_held() == sum(sizes)
    assert loaded_model._loaded.maxsize == loaded_model.MOST_BYTES
    loaded_model.model_of.cache_clear()
    monkeypatch.setattr(loaded_model._loaded, "_Cache__maxsize", sum(sizes) - 1)
    for each in (entry, other):
        loaded_model.model_of(each)
    assert loaded_model.bytes_held() == sizes[0], "the model that was used first has gone"
    loaded_model.model_of.cache_clear()


def test_exports_that_are_kept_stay_within_their_budget(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    artifacts.make.cache_clear()
    assert artifacts._made.maxsize == artifacts.MOST_BYTES
    codes, run = (len(artifacts.make(entry, what).content) for what in ("codes", "run"))
    assert artifacts.bytes_held() == codes + run
    monkeypatch.setattr(artifacts._made, "_Cache__maxsize", codes + run - 1)
    artifacts.make(entry, "notebook")
    assert artifacts.bytes_held() < codes + run
    artifacts.make.cache_clear()


def test_every_module_of_the_pad_is_served_with_its_type() -> None:
    for path in web_files.WEB.rglob("*.js"):
        answer = get(APP, web_files.asset_base() + path.relative_to(web_files.WEB).as_posix())
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/javascript")
        assert gzip.decompress(answer.body) == path.read_bytes()


@pytest.mark.parametrize(
    "tail",
    [
        "/lab/web/{assets}/../__init__.py",
        "/lab/web/{assets}/%2e%2e/__init__.py",
        "/lab/web/{assets}/..%2f__init__.py",
        "/lab/web/{assets}//etc/passwd",
        "/lab/web/{assets}/nothing.js",
        "/lab/web/{assets}/",
        "/lab/web/0000000000000000/pad.js",
        "/lab/runs/my%20run/{digest}/weights.safetensors",
        "/lab/runs/my%20run/0000000000000000/decoder.safetensors",
        "/lab/runs/..%2fmy%20run/{digest}/decoder.safetensors",
        "/lab/runs/nothing/{digest}/decoder.safetensors",
        "/lab/images/my%20run/{digest}/1",
        "/lab/images/my%20run/{digest}/99999999999999999999",
        *(
            pytest.param(path.replace("N", "9" * 5000), id=f"5,000 digits, {path}")
            for path in (
                "/lab/images/my%20run/{digest}/N",
                "/lab/umap/my%20run/{digest}/N",
                "/lab/live/my%20run/0/images/N",
                "/lab/moments/my%20run/N/0/facts.json",
                "/lab/moments/my%20run/N/0/decoder.safetensors",
            )
        ),
        "/lab/images/my%20run/{digest}/-1",
    ],
)
def test_anything_else_is_not_found(entry: Entry, tail: str) -> None:
    answer = get(APP, tail.format(assets=web_files.assets_digest(), digest=entry.digest))
    assert answer.status == 404
    assert len(answer.body.decode().splitlines()) == 1
    assert "immutable" not in answer.headers.get("cache-control", "")


def test_an_address_of_changed_weights_is_gone(entry: Entry) -> None:
    address = map_data(entry, View())["model"]["decoder"]
    change_tensors(entry.run.path / "weights.safetensors", decoder__0__bias=np.ones(16, np.float32))
    assert get(APP, address).status == 404


def test_images_that_cannot_be_read_are_one_sentence(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(name: str) -> None:
        raise ValueError("the file is gone")

    assets.packed_images.cache_clear()
    assets._images.cache_clear()
    monkeypatch.setattr(assets, "test_set", unreadable)
    answer = get(APP, f"/lab/images/my%20run/{entry.digest}/0")
    assert answer.status == 404
    assert "the file is gone" in answer.body.decode()
    assert "the file is gone" in assets.images_problem(entry)


def test_a_data_set_of_another_shape_is_refused(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    assets.packed_images.cache_clear()
    monkeypatch.setattr(assets, "_images", lambda *_: np.zeros((COUNT, 1, 4, 4), np.uint8))
    assert "expected 40 of shape [1, 8, 8]" in assets.images_problem(entry)
    assets.packed_images.cache_clear()


def test_a_data_set_that_cannot_be_read_is_not_tried_at_every_rerun(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def load(name: str, split: str) -> None:
        tries.append(name)
        raise ValueError("oops")

    monkeypatch.setattr(assets, "_failed", {})
    monkeypatch.setattr(assets.data, "load", load)
    for _ in range(3):
        with pytest.raises(ValueError, match="oops"):
            assets.test_set("nowhere")
    assert tries == ["nowhere"]


def test_streamlits_own_files_are_packed(entry: Entry) -> None:
    name = next(name for name in first_static_files() if name.endswith(".js"))
    answer = get(APP, f"/static/{name}")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < len(gzip.decompress(answer.body)) / 2
    assert get(APP, f"/static/{name}", accept="").status == 404  # left to Streamlit, which is not here
    assert get(APP, "/static/js/../../index.html").status == 404


@pytest.mark.parametrize("accept", ["gzip", "identity"])
def test_without_javascript_the_page_says_so_and_speaks_of_nothing_else(accept: str) -> None:
    page = (streamlit_private.static_folder() / "index.html").read_text(encoding="utf-8")
    route = Route("/", lambda _: HTMLResponse(page))
    app = Starlette(routes=[route], middleware=[Middleware(WithoutScript), Middleware(GZipMiddleware)])
    answer = get(app, "/", accept=accept)
    [said] = re.findall("<noscript>(.*?)</noscript>", answer.body.decode(), re.DOTALL)
    assert "JavaScript is switched off" in said
    assert "agent" not in said
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert answer.body.decode().partition("<noscript>")[0] == page.partition("<noscript>")[0]


@pytest.mark.parametrize("accept", ["gzip", "identity"])
def test_a_page_of_ours_is_answered_as_it_is(accept: str) -> None:
    page = "<main><noscript>An exported page says this itself.</noscript></main>" * 40
    app = Starlette(
        routes=[Route("/", lambda _: HTMLResponse(page))],
        middleware=[Middleware(WithoutScript), Middleware(GZipMiddleware)],
    )
    answer = get(app, "/", accept=accept)
    assert answer.headers.get("content-encoding", "identity") == accept
    assert (gzip.decompress(answer.body) if accept == "gzip" else answer.body).decode() == page
    assert int(answer.headers["content-length"]) == len(answer.body)


def test_every_answer_carries_the_headers() -> None:
    headers = get(APP, "/nowhere").headers
    assert HEADERS.items() <= {name: headers.get(name.lower()) for name in HEADERS}.items()


@pytest.mark.parametrize("accept", ["gzip", "identity"])
@pytest.mark.parametrize("said", ["public", "Public, immutable, max-age=9", "no-cache"])
def test_no_answer_is_kept_by_a_shared_cache(said: str, accept: str) -> None:
    route = Route("/a", lambda _: Response("", headers={"Cache-Control": said}))
    found = get(Starlette(routes=[route], middleware=APP.user_middleware), "/a", accept=accept)
    assert found.headers["cache-control"] == said.replace("Public", "private").replace("public", "private")
