"""The modes of p(z|x) by the server: each is a top of log p(x, z), and q is near the one that is said to be known."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from starlette.applications import Starlette

from tests.app.asgi import Answer, get
from tests.app.runs import make_run
from ui.pages.latent_map.component import data as map_data
from ui.pages.latent_map.posterior_modes import posterior_modes
from ui.pages.latent_map.url import View
from ui.runs import assets, catalogue
from ui.runs.catalogue import Entry, read_entry
from ui.runs.loaded_model import model_of
from ui.server.routes import ROUTES
from vae_core.runs.run import FOLDER_VARIABLE

APP = Starlette(routes=ROUTES)
pytestmark = pytest.mark.slow


@pytest.fixture
def shipped() -> Entry:
    return catalogue.catalogue().runs["shapes-8d"]


def asked(entry: Entry, picture: bytes) -> Answer:
    return get(APP, map_data(entry, View())["model"]["modes"], accept="identity", method="POST", body=picture)


def test_every_mode_is_a_top_and_the_shares_are_of_one_posterior(shipped: Entry) -> None:
    picture = assets.test_images(shipped)[9]
    found = json.loads(asked(shipped, picture.tobytes()).body)
    model, modes = model_of(shipped), found["modes"]
    z = torch.tensor([mode["z"] for mode in modes], requires_grad=True)
    x = torch.from_numpy(picture.astype(np.float32) / np.float32(255))[None]
    log_joint = model.decode(z).log_prob(x.expand(len(z), *x.shape[1:])) + model.prior().log_prob(z)
    (slope,) = torch.autograd.grad(log_joint.sum(), z)
    with torch.no_grad():
        near = z + 0.02 * torch.randn(200, *z.shape, generator=torch.Generator().manual_seed(0))
        around = model.decode(near).log_prob(x) + model.prior().log_prob(near)
        q = model.encode(x).diagonal().mu[0]
    assert len(modes) > 1
    assert slope.norm(dim=1).max() < 2, "an end of a search gains no more than 0.001 nats, in which z moves by 0.001"
    assert (around - log_joint.detach()).max() < 0.01, "a search ends where it expects to gain 0.001 nats"
    shares = [mode["share"] for mode in modes]
    assert shares == sorted(shares, reverse=True)
    assert 0.97 < sum(shares) <= 1.0001
    known = [k for k, mode in enumerate(modes) if mode["knows"]]
    assert known in ([], [int((z.detach() - q).norm(dim=1).argmin())])


def test_the_same_picture_has_the_same_modes_and_is_searched_once(shipped: Entry) -> None:
    picture = assets.test_images(shipped)[9].tobytes()
    assert posterior_modes(shipped, picture) is posterior_modes(shipped, picture)


def test_what_the_likelihood_does_not_know_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    entry = read_entry(make_run(tmp_path / "runs" / "black or white", "bernoulli"))
    answer = asked(entry, bytes([128] * 64))
    assert answer.status == 400
    assert answer.body.startswith(b"The modes of this x cannot be found: ")
    assert asked(entry, bytes(63)).status == 400
    assert get(APP, "/lab/modes/gone/0000", method="POST", body=bytes(64)).status == 404
