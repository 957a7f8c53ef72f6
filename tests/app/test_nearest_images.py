"""The nearest test pictures by the server: brute force one by one, and what is refused."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette

from tests.app.asgi import Answer, get
from tests.app.runs import make_run
from ui.pages.latent_map.component import data as map_data
from ui.pages.latent_map.url import View
from ui.runs import assets, catalogue, nearest_pictures
from ui.runs.catalogue import Entry, read_entry
from ui.server.routes import ROUTES
from vae_core.runs.run import FOLDER_VARIABLE

APP = Starlette(routes=ROUTES)


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    return read_entry(make_run(tmp_path / "runs" / "my run"))


def asked(entry: Entry, picture: bytes) -> Answer:
    return get(APP, map_data(entry, View())["model"]["near"], accept="identity", method="POST", body=picture)


def test_the_nearest_are_those_of_a_search_one_by_one(entry: Entry) -> None:
    pictures = assets.test_images(entry).reshape(entry.count, -1)
    picture = np.random.default_rng(0).integers(0, 256, 64, np.uint8)
    found = json.loads(asked(entry, picture.tobytes()).body)
    each = [math.dist(known.tolist(), picture.tolist()) / 255 / 8 for known in pictures]
    expected = sorted(range(entry.count), key=lambda n: (each[n], n))[: nearest_pictures.NEAREST]
    assert [one["index"] for one in found] == expected
    assert [one["distance"] for one in found] == pytest.approx([each[n] for n in expected], rel=1e-6)
    in_parts = nearest_pictures.ranked(pictures, picture.astype(np.float32), chunk=7)
    assert [{"index": index, "distance": distance} for index, distance in in_parts] == found


def test_a_test_picture_is_nearest_to_itself(entry: Entry) -> None:
    found = json.loads(asked(entry, assets.test_images(entry)[17].tobytes()).body)
    assert found[0] == {"index": 17, "distance": 0}


@pytest.mark.parametrize("size", [0, 63, 65, 1_000_000])
def test_what_is_no_picture_is_refused_in_a_sentence(entry: Entry, size: int) -> None:
    answer = asked(entry, bytes(size))
    assert answer.status == 400
    assert b"64 bytes" in answer.body


def test_a_run_that_is_gone_is_a_sentence(entry: Entry) -> None:
    answer = get(APP, "/lab/near/gone/0000", method="POST", body=bytes(64))
    assert answer.status == 404
    assert answer.body.endswith(b".")
