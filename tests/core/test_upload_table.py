"""What becomes of sound tables: separator, header, classes, gaps, ranges, and rows that are pictures."""

import numpy as np
import pytest

from tests.sample_uploads import cleaned, csv, noise

rng = np.random.default_rng(2)


def test_a_table_gives_rows_whose_values_come_back_from_their_ranges() -> None:
    values = rng.normal(size=(50, 4)) * (1, 10, 100, 0.01)
    rows = [[*map(float, row), f"kind {n % 3}"] for n, row in enumerate(values)]
    got = cleaned(csv(["a", "b", "c", "d", "species"], rows))
    preview = got.preview
    assert (preview.kind, preview.shape, preview.columns) == ("numbers", (1, 1, 4), ("a", "b", "c", "d"))
    assert preview.classes == ("kind 0", "kind 1", "kind 2")
    assert preview.labels_from == "species"
    low, high = np.array(preview.low), np.array(preview.high)
    back = low + got.images[:, 0, 0] / 255 * (high - low)
    assert (np.abs(back - values) <= 0.5001 / 255 * (high - low)).all()
    one = cleaned(csv(["a", "b", "c", "d", "species"], rows), scale="all", labels="").preview
    assert len(set(one.low)) == len(set(one.high)) == 1
    assert one.classes == ()


def test_points_of_a_curve_share_their_range_unless_told_otherwise() -> None:
    rows = (np.sin(np.linspace(0, 6, 20) + rng.normal(size=(60, 1)))).round(4).tolist()
    curve = csv([f"t{n}" for n in range(20)], rows)
    assert len(set(cleaned(curve).preview.low)) == 1
    assert len(set(cleaned(curve, scale="each").preview.low)) > 1
    far_apart = csv([f"t{n}" for n in range(20)], [[v * 10**n for n, v in enumerate(row)] for row in rows])
    assert len(set(cleaned(far_apart).preview.low)) > 1


def test_tables_of_other_countries_and_without_header() -> None:
    values = rng.normal(size=(40, 3)).round(3)
    german = "\n".join(";".join(f"{v:.3f}".replace(".", ",") for v in row) for row in values).encode("utf-8-sig")
    tabs = "\n".join("\t".join(map(str, row)) for row in values).encode("utf-16")
    spaces = "\n".join("  ".join(map(str, row)) for row in values).encode()
    plain = cleaned(csv(["x", "y", "z"], values.tolist()))
    for content in (german, tabs, spaces):
        got = cleaned(content)
        np.testing.assert_array_equal(got.images, plain.images)
        assert got.preview.columns == ("column 1", "column 2", "column 3")


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("n,height (cm; mean),w", "{},{},{}"),
        ("n,height\t(cm),w", "{},{},{}"),
        ('name,height,"w"', '"a;b",{1},{2}'),
        ("name,height,w", "a;b|c,{1},{2}"),
        ("name|height|w", "a, b; c|{1}|{2}"),
        ("name;height;w", "a, b;{1};{2}"),
        ("name\theight\tw", "a, b;\t{1}\t{2}"),
    ],
)
def test_the_separator_gives_every_row_the_same_columns(header: str, row: str) -> None:
    values = rng.normal(size=(40, 2)).round(3)
    lines = [header, *(row.format(n, *pair) for n, pair in enumerate(values))]
    got = cleaned("\n".join(lines).encode())
    plain = cleaned(csv(["height", "w"], values.tolist()))
    np.testing.assert_array_equal(got.images[..., -2:], plain.images)
    assert got.preview.columns[-1] == "w"


def test_one_column_may_have_a_name_of_several_words() -> None:
    got = cleaned(csv(["body height (cm; mean)"], [[n] for n in range(40)]))
    assert got.preview.columns == ("body height (cm; mean)",)
    assert got.preview.count == 40


@pytest.mark.parametrize("first", [["label", *range(64)], ["", *range(64)], [*range(64), "class"], [0, 1], range(1, 5)])
def test_columns_that_are_numbered_have_a_header(first: list[object]) -> None:
    values = rng.normal(size=(40, len(first))).round(3).tolist()
    preview = cleaned(csv(first, values), labels="").preview
    assert preview.columns == tuple(str(name) or "column 1" for name in first)
    assert preview.count == 40
    assert preview.warnings == ()


def test_a_first_row_of_other_numbers_is_data() -> None:
    for first in ([0, 2, 1], [2, 3, 4], [0.0, 1.0, 2.0], [1, 1, 1]):
        assert cleaned(csv(first, rng.normal(size=(40, 3)).tolist())).preview.count == 41


def test_rows_with_gaps_are_left_out_and_counted() -> None:
    rows: list[list[object]] = [[n, n * n % 7] for n in range(40)]
    rows[3][1], rows[5][0] = "", "n/a"
    rows[7] = [1, 2, 3]
    preview = cleaned(csv(["a", "b"], rows)).preview
    assert preview.count == 37
    assert "2 rows with a missing value or a word are left out." in preview.warnings
    assert "1 row with another number of columns is left out." in preview.warnings


def test_constant_columns_and_outliers_are_told() -> None:
    rows = [[n % 13, 5, 1e6 if n == 3 else n % 11] for n in range(400)]
    preview = cleaned(csv(["a", "same", "far"], rows)).preview
    assert preview.columns == ("a", "far")
    assert "Left out, since every row has the same value: same." in preview.warnings
    assert any("A few values of far lie far from the rest" in said for said in preview.warnings)


def test_digits_in_a_table_are_pictures() -> None:
    pixels = noise(40, 64)
    rows = [[n % 10, *row] for n, row in enumerate(pixels.tolist())]
    got = cleaned(csv(["label", *(f"pixel{n}" for n in range(64))], rows))
    assert (got.preview.kind, got.preview.shape, len(got.preview.classes)) == ("pictures", (1, 8, 8), 10)
    np.testing.assert_array_equal(got.images.reshape(40, 64), pixels)
    large = cleaned(csv(["label", *(f"pixel{n}" for n in range(64))], rows), side=16, colour="colour")
    assert large.preview.shape == (3, 16, 16)
    assert len(large.preview.classes) == 10
    assert large.preview.done[0] == "They are resized to 16 × 16 pixels."


@pytest.mark.parametrize("kinds", [2, 47, 256])
def test_a_column_of_classes_may_have_as_many_as_an_archive(kinds: int) -> None:
    pixels, classes = noise(2 * kinds + 40, 64), rng.permutation(2 * kinds + 40) % kinds
    rows = [[*row[:9], kind, *row[9:]] for kind, row in zip(classes, pixels.tolist(), strict=True)]
    got = cleaned(csv([*range(9), "Label", *range(9, 64)], rows))
    assert (got.preview.kind, got.preview.shape) == ("pictures", (1, 8, 8))
    assert got.preview.classes == tuple(map(str, range(kinds)))
    assert got.preview.labels_from == "Label"
    assert "Label" in got.preview.label_columns
    np.testing.assert_array_equal(got.labels, classes)
    np.testing.assert_array_equal(got.images.reshape(len(rows), 64), pixels)


@pytest.mark.parametrize("place", [0, 1, 65])
def test_a_column_of_another_name_is_offered_and_pixels_are_not(place: int) -> None:
    rows = [[n, *row] for n, row in enumerate(noise(600, 64).tolist())]
    names = ["id", *(f"p{n}" for n in range(64))]
    for n, row in enumerate(rows):
        row.insert(place, n % 62)
    names.insert(place, "letter")
    content = csv(names, rows)
    offered = cleaned(content).preview.label_columns
    assert "letter" in offered
    assert len(offered) <= 2
    assert len(cleaned(content, labels="letter").preview.classes) == 62


def test_a_target_of_many_values_and_a_coordinate_are_no_classes() -> None:
    price = cleaned(csv(["rooms", "target"], [[n % 5, 1000 + n % 300] for n in range(900)])).preview
    assert (price.columns, price.classes, price.label_columns) == (("rooms", "target"), (), ("rooms",))
    assert cleaned(csv(["x", "y"], [[n % 50, n % 7] for n in range(90)])).preview.columns == ("x", "y")
    halves = cleaned(csv(["w", "y"], [[n, n % 7 / 2] for n in range(90)])).preview
    assert (halves.columns, halves.label_columns) == (("w", "y"), ())


def test_a_row_without_its_class_is_left_out() -> None:
    rows: list[list[object]] = [[n, n % 3] for n in range(60)]
    rows[7][1] = ""
    preview = cleaned(csv(["a", "class"], rows)).preview
    assert (preview.count, preview.classes) == (59, ("0", "1", "2"))
