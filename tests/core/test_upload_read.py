"""What becomes of sound uploads: counts, sizes, channels, classes, ranges, what is left out, the pixels themselves."""

import numpy as np
import pytest
from PIL import Image

from tests.sample_uploads import cleaned, encoded, noise, npy, npz, zipped
from vae_core.readers.schema import Choices


def test_small_pictures_of_one_size_are_kept_pixel_by_pixel() -> None:
    pixels = noise(40, 12, 16, 3)
    names = [f"set/{'ab'[n % 2]}/{n:02d}.png" for n in range(40)]
    got = cleaned(zipped({name: encoded(each) for name, each in zip(names, pixels, strict=True)}))
    order = sorted(range(40), key=lambda n: names[n])
    np.testing.assert_array_equal(got.images, pixels[order].transpose(0, 3, 1, 2))
    assert got.preview.classes == ("a", "b")
    assert got.preview.per_class == (20, 20)
    assert got.labels.tolist() == [0] * 20 + [1] * 20
    assert got.preview.warnings == ()
    assert "40 pictures, 16 × 12 pixels." in got.preview.found


def test_large_pictures_of_all_sizes_are_cropped_and_brought_to_one_size() -> None:
    got = cleaned(zipped({f"{n}.jpg": encoded(noise(1, 90, 60 + n, 3)[0], "JPEG") for n in range(40)}))
    assert got.images.shape == (40, 3, 32, 32)
    assert got.labels is None
    assert got.preview.done[0] == "Each is cropped to its middle."
    small = cleaned(zipped({f"{n}.png": encoded(noise(1, 90, 80, 3)[0]) for n in range(32)}), side=16)
    assert small.preview.shape == (3, 16, 16)


def test_the_middle_is_what_is_cut_out_and_padding_keeps_the_whole() -> None:
    wide = np.zeros((64, 192, 3), np.uint8)
    wide[:, 64:128], wide[:, :64] = (255, 0, 0), (0, 0, 255)
    archive = zipped({f"{n}.png": encoded(wide) for n in range(32)})
    crop = cleaned(archive, side=16, fit="crop", colour="colour")
    assert (crop.images[0, :, 8, 8] == (255, 0, 0)).all()
    assert crop.images[0, 0].min() > 200
    pad = cleaned(archive, side=16, fit="pad")
    np.testing.assert_allclose(pad.images[0, :, 8, 2], (0, 0, 255), atol=9)  # the filter overshoots a little
    np.testing.assert_allclose(pad.images[0, :, 8, 8], (255, 0, 0), atol=9)
    assert pad.images[0, 0, :, 8].tolist().count(255) < 8


def test_grey_is_found_chosen_and_refused_to_nobody() -> None:
    grey = noise(40, 8, 8)
    as_jpeg = zipped({f"{n}.png": encoded(np.repeat(each[..., None], 3, 2)) for n, each in enumerate(grey)})
    assert cleaned(as_jpeg).images.shape == (40, 1, 8, 8)
    assert cleaned(as_jpeg, colour="colour").images.shape == (40, 3, 8, 8)
    colours = noise(40, 8, 8, 3)
    made = cleaned(zipped({f"{n:02d}.png": encoded(each) for n, each in enumerate(colours)}), colour="grey")
    luma = np.stack([np.asarray(Image.fromarray(each).convert("L")) for each in colours])
    assert np.abs(made.images[:, 0].astype(int) - luma).max() <= 1


def test_transparency_is_laid_on_white() -> None:
    clear = np.zeros((8, 8, 4), np.uint8)
    clear[:4] = (10, 20, 30, 255)
    got = cleaned(zipped({f"{n}.png": encoded(clear) for n in range(32)}), colour="colour")
    assert got.images[0, :, 0, 0].tolist() == [10, 20, 30]
    assert got.images[0, :, 7, 7].tolist() == [255, 255, 255]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_turns_pictures_upright(kind: str) -> None:
    lying = np.zeros((40, 80, 3), np.uint8)
    lying[:, 50:] = 255  # bright at the right: after a quarter turn to the right it is bright at the bottom
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = zipped({f"{n}.{kind.lower()}": encoded(lying, kind, exif=exif) for n in range(32)})
    got = cleaned(turned, side=16, fit="pad")
    assert "32 pictures, 40 × 80 pixels." in got.preview.found
    upright = got.images[0, 0]
    assert upright[15, 8] > 200
    assert upright[2, 8] < 50


def test_files_that_are_no_pictures_are_left_out_and_named() -> None:
    good = {f"{n}.png": encoded(each) for n, each in enumerate(noise(40, 8, 8, 3))}
    got = cleaned(zipped(good | {"bad.png": b"?", "notes.txt": b"hello", ".hidden.png": b"?"}))
    assert got.preview.count == 40
    assert got.preview.warnings == (
        "1 file is left out that is no picture: texts.",
        "1 file is left out: 'bad.png'; it cannot be read as PNG, JPEG or WebP, nor as BMP, GIF, TIFF or PGM.",
    )


def test_pictures_beside_folders_are_a_class_of_their_own() -> None:
    names = [f"{'cat/' * (n % 2)}{n}.png" for n in range(40)]
    got = cleaned(zipped({name: encoded(each) for name, each in zip(names, noise(40, 8, 8, 3), strict=True)}))
    assert got.preview.classes == ("(no folder)", "cat")


def test_repeats_are_told() -> None:
    one = encoded(noise(1, 8, 8, 3)[0])
    got = cleaned(zipped({f"{n}.png": one for n in range(40)}))
    assert "39 of 40 are copies of others" in got.preview.warnings[0]


@pytest.mark.parametrize(
    ("array", "shape", "low", "high"),
    [
        (noise(40, 9, 7), (1, 9, 7), 0, 255),
        (noise(40, 9, 7, 3), (3, 9, 7), 0, 255),
        (noise(40, 3, 9, 7), (3, 9, 7), 0, 255),
        (np.asfortranarray(noise(40, 9, 7)), (1, 9, 7), 0, 255),
        (noise(40, 9, 7).astype(">i4"), (1, 9, 7), 0, 255),
        (noise(40, 9, 7) / 255, (1, 9, 7), 0, 1),
        (noise(40, 9, 7) / 127.5 - 1, (1, 9, 7), -1, 1),
        (noise(40, 9, 7) > 99, (1, 9, 7), 0, 1),
        (noise(40, 9, 7) * 3.0 + 5, (1, 9, 7), None, None),
    ],
)
def test_arrays_of_every_layout_and_range(
    array: np.ndarray, shape: tuple[int, ...], low: float | None, high: float | None
) -> None:
    got = cleaned(npy(array), colour="auto")
    assert got.images.shape == (40, *shape)
    first = array if array.ndim == 3 else array if array.shape[1] == 3 else array.transpose(0, 3, 1, 2)
    values = np.asarray(first, np.float64).reshape(40, *shape)
    low, high = (values.min(), values.max()) if low is None else (low, high)
    np.testing.assert_allclose(got.images, 255 * (values - low) / (high - low), atol=0.5 + 1e-6)
    assert any("neither 0 to 1 nor 0 to 255" in said for said in got.preview.warnings) == (array.max() > 255)


@pytest.mark.parametrize("axes", [(0, 1, 2, 3), (0, 3, 1, 2)])
def test_arrays_with_a_channel_of_opacity_are_laid_on_white_as_pictures_are(axes: tuple[int, ...]) -> None:
    pixels = noise(40, 9, 7, 4)
    pixels[:, 0, :, 3], pixels[:, 1, :, 3] = 0, 255
    got = cleaned(npy(pixels.transpose(axes)), colour="colour")
    as_files = cleaned(zipped({f"{n:02d}.png": encoded(each) for n, each in enumerate(pixels)}), colour="colour")
    assert np.abs(got.images.astype(int) - as_files.images).max() <= 1
    assert (got.images[:, :, 0] == 255).all()
    np.testing.assert_array_equal(got.images[:, :, 1], pixels[:, 1, :, :3].transpose(0, 2, 1))
    assert any("laid on white" in said for said in got.preview.done)


def test_large_arrays_are_made_smaller() -> None:
    flat = np.repeat(noise(32, 1, 1), 96, 1).repeat(96, 2)
    got = cleaned(npy(flat))
    assert got.images.shape == (32, 1, 32, 32)
    np.testing.assert_array_equal(got.images, flat[:, None, :32, :32])


def test_labels_of_an_archive_become_classes() -> None:
    assert cleaned(npz(images=noise(40, 8, 8), labels=np.arange(40) % 4 * 5)).preview.classes == ("0", "5", "10", "15")
    assert cleaned(npz(images=noise(40, 8, 8), y=np.array(["x", "y"] * 20))).preview.classes == ("x", "y")
    assert cleaned(npz(images=noise(40, 8, 8), y=np.array([b"x", b"y"] * 20))).preview.classes == ("x", "y")
    assert cleaned(npz(images=noise(40, 8, 8), y=np.arange(40) % 2 / 1.0)).preview.classes == ("0", "1")
    many = cleaned(npz(images=noise(300, 4, 4), y=np.arange(300)))
    assert many.labels is None
    assert "300 classes" in many.preview.warnings[-1]


def test_a_flat_array_is_pictures_or_rows_as_chosen() -> None:
    flat = noise(40, 64)
    got = cleaned(npy(flat))
    assert got.preview.square
    np.testing.assert_array_equal(got.images.reshape(40, 64), flat)
    assert got.preview.shape == (1, 8, 8)
    rows = cleaned(npy(flat), rows="numbers")
    assert rows.preview.kind == "numbers"
    assert rows.preview.shape == (1, 1, 64)
    assert rows.preview.square


def test_too_many_bytes_are_refused_with_the_number() -> None:
    with pytest.raises(ValueError, match=r"3 × 64 × 64 are 74 MB, expected at most 67 MB"):
        cleaned(npy(np.broadcast_to(noise(1, 1, 64, 3), (6000, 1, 64, 3)).copy()), side=64)
    grey = npy(noise(6000, 64, 64))
    with pytest.raises(ValueError, match=r"3 × 64 × 64 are 74 MB, expected at most 67 MB"):
        cleaned(grey, side=64, colour="colour")
    assert cleaned(grey, side=64).preview.shape == (1, 64, 64)


def test_grey_arrays_can_be_stored_in_colour() -> None:
    got = cleaned(npy(noise(40, 8, 8)), colour="colour")
    assert got.images.shape == (40, 3, 8, 8)
    assert "They are stored in colour." in got.preview.done


@pytest.mark.parametrize("wrong", [{"side": 33}, {"fit": "x"}, {"colour": 1}, {"rows": ""}, {"labels": 3}])
def test_choices_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Choices(**wrong)
