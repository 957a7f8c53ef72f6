"""Files to try the Library with, for a visitor who has none at hand: pictures of a shipped data set."""

import io
import zipfile

from PIL import Image

from vae_core import data

COUNT = 300
NAME = "faces.zip"


def zip_of_faces() -> bytes:
    """Pack the first COUNT pixel faces as PNG files, in one folder for each class. The bytes are always the same."""
    faces = data.load("pixel-faces", "train")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for n, (image, label) in enumerate(zip(faces.images[:COUNT], faces.labels, strict=False)):
            picture = io.BytesIO()
            Image.fromarray(image.transpose(1, 2, 0)).save(picture, "PNG")
            archive.writestr(zipfile.ZipInfo(f"{faces.classes[label]}/{n:03d}.png"), picture.getvalue())
    return packed.getvalue()
