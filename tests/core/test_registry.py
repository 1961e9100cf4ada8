"""Parts are found by name, imported when asked for, and a wrong name says which ones there are."""

import sys

import pytest

from proofsmith.errors import BadInput
from proofsmith.registry import Registry

TABLE = {
    "ordered": "collections:OrderedDict",
    "absent": "no_such_module_here:X",
    "renamed": "collections:NoSuchName",
    "late": "this:s",
}


@pytest.fixture
def registry():
    return Registry("mapping", "proofsmith.test_mappings", TABLE)


def test_names_come_in_the_table_s_order(registry):
    assert registry.names() == list(TABLE)


def test_nothing_is_imported_before_it_is_asked_for(registry):
    assert "this" not in sys.modules


def test_a_name_and_a_dotted_path_both_find_the_part(registry):
    import collections

    assert registry.get("ordered") is collections.OrderedDict
    assert registry.get("collections:Counter") is collections.Counter


def test_an_unknown_name_lists_the_known_ones(registry):
    with pytest.raises(BadInput, match="unknown mapping 'other'") as caught:
        registry.get("other")
    assert "ordered" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["absent", "renamed", "no_such_module_here:X", "collections:", ":x", "a b:c"]
)
def test_what_cannot_be_imported_is_bad_input(registry, name):
    with pytest.raises(BadInput, match="cannot be loaded"):
        registry.get(name)
