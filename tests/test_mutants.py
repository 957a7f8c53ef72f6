"""The list of mutants fits the product: every text to replace stands just once where the list says."""

from collections import Counter

import pytest

from tests.mutants.__main__ import ROOT, first_failure
from tests.mutants.mutant_list import Mutant, read_list

MUTANTS = read_list()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_one_place_of_its_file(mutant: Mutant) -> None:
    assert mutant.place(ROOT).suffix in (".py", ".js")
    assert mutant.old != mutant.new


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_files_of_its_tests_are_there(mutant: Mutant) -> None:
    named = [word for word in mutant.selection if word.startswith("tests/")]
    assert named
    assert all((ROOT / word.partition("::")[0]).exists() for word in named)


def test_the_list_is_long_has_each_name_once_and_is_half_python_and_half_javascript() -> None:
    assert len(MUTANTS) >= 66
    assert max(Counter(mutant.name for mutant in MUTANTS).values()) == 1
    languages = Counter(mutant.language for mutant in MUTANTS)
    assert languages.keys() == {"py", "js"}
    assert min(languages.values()) >= len(MUTANTS) // 2 - 4


def test_the_first_test_that_failed_is_told() -> None:
    words = "1 failed\nFAILED tests/core/test_a.py::test_b[1 2] - assert 1 == 2\nFAILED tests/core/test_c.py::test_d\n"
    assert first_failure(words) == "FAILED tests/core/test_a.py::test_b[1 2]"
    assert first_failure("") == "no test is named"
