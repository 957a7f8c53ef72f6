"""A kept plane: what is written is read back, and what is not of these codes is not taken."""

import json

import numpy as np
import pytest
import torch

from tests.app.runs import COUNT, make_run
from vae_core.__main__ import main
from vae_core.latent import projection
from vae_core.runs.run import CODES, open_run, read_codes, sha256
from vae_core.runs.umap_file import UMAP, StoredPlane, centred, read_plane, write_plane
from vae_core.tasks import umap

PLANE = StoredPlane(np.random.default_rng(0).uniform(-3, 3, (COUNT, 2)).astype(np.float32), 7, 0.875, 0.75)


def test_a_plane_is_read_back_to_half_precision(tmp_path):
    write_plane(tmp_path / UMAP, PLANE, "of these")
    found = read_plane(tmp_path / UMAP, "of these", COUNT)
    assert np.array_equal(found.places, PLANE.places.astype(np.float16).astype(np.float32))
    assert (found.seed, found.trustworthiness, found.pca_trustworthiness) == (7, 0.875, 0.75)


def test_a_plane_of_other_codes_or_another_number_of_them_is_none(tmp_path):
    write_plane(tmp_path / UMAP, PLANE, "of these")
    assert read_plane(tmp_path / UMAP, "of others", COUNT) is None
    assert read_plane(tmp_path / UMAP, "of these", COUNT + 1) is None
    assert read_plane(tmp_path / "nothing", "of these", COUNT) is None
    (tmp_path / "rubbish").write_bytes(b"rubbish")
    assert read_plane(tmp_path / "rubbish", "of these", COUNT) is None


def test_a_centred_plane_keeps_its_shape_and_fills_the_map():
    places = np.random.default_rng(1).normal(5, [4, 1], (200, 2))
    found = centred(places)
    assert np.abs(found).max() == pytest.approx(3, rel=1e-6)
    assert found.max(0) == pytest.approx(-found.min(0), abs=1e-5)
    scale = np.diff(found, axis=0) / np.diff(places, axis=0)
    assert scale == pytest.approx(scale[0, 0], rel=1e-2)
    assert np.array_equal(centred(np.ones((5, 2))), np.zeros((5, 2), np.float32))
    with pytest.raises(ValueError, match="not finite"):
        centred(np.full((3, 2), np.nan))


def test_the_command_keeps_the_plane_of_a_run(tmp_path, capsys, monkeypatch):
    run = make_run(tmp_path / "five", latent_dim=5)
    mu = torch.from_numpy(read_codes(open_run(run)).mu).float()
    laid = projection.pca(mu).to_plane

    def flat(codes, seed, neighbours, tell):
        assert neighbours == projection.neighbours_of(COUNT)
        tell(0.5)
        return laid(codes) * seed

    monkeypatch.setattr(projection, "umap", flat)
    assert main(["umap", str(run), "--seed", "2", "--shares", "--json"]) == 0
    share, told = capsys.readouterr().out.strip().split("\n")
    told = json.loads(told)
    assert (share, told["n"], told["seed"]) == ("0.500", COUNT, 2)
    assert told["trustworthiness"] == pytest.approx(told["pca_trustworthiness"])
    found = read_plane(run / UMAP, sha256(run / CODES), COUNT)
    assert found.places == pytest.approx(centred(laid(mu).numpy()), abs=2e-3)


def test_what_has_no_use_for_a_plane_is_refused(tmp_path, capsys, monkeypatch):
    flat, deep = make_run(tmp_path / "flat"), make_run(tmp_path / "deep", latent_dim=3)
    assert main(["umap", str(flat)]) == 2
    assert "2 latent dimensions" in capsys.readouterr().err
    assert main(["umap", str(deep), "--out", str(tmp_path / "no" / "plane")]) == 2
    assert "not a folder" in capsys.readouterr().err
    monkeypatch.setattr(umap, "MOST_CODES", 10)
    assert main(["umap", str(deep)]) == 2
    assert "expected at most 10" in capsys.readouterr().err
