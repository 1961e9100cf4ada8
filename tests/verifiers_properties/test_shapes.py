"""Annotations are read as the values they describe."""

import typing
from collections.abc import Iterable, Mapping, Sequence

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from proofsmith.python_spec import Call, Example, Outcome, Parameter, PythonSpec, Signature
from proofsmith.verifiers.properties.shapes import (
    Shape,
    UnsupportedAnnotation,
    aliases_of,
    cardinality,
    conforms,
    infer,
    parameter_shapes,
    parse_annotation,
)
from proofsmith.verifiers.properties.strategies import draw, pool_of, strategy

LEAVES = ["int", "bool", "str", "float", "None", "bytes", "complex", "Literal[1, 'a', None]", "Any"]
HASHABLE = ["int", "bool", "str", "None", "Literal['x', 'y']"]


def annotations(leaves: list[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(leaves),
        lambda inner: st.one_of(
            inner.map("list[{}]".format),
            inner.map("typing.List[{}]".format),
            inner.map("Sequence[{}]".format),
            inner.map("Iterable[{}]".format),
            inner.map("Optional[{}]".format),
            inner.map("tuple[{}, ...]".format),
            st.tuples(inner, inner).map(lambda p: f"Tuple[{p[0]}, {p[1]}]"),
            st.tuples(inner, inner).map(lambda p: f"Union[{p[0]}, {p[1]}]"),
            st.tuples(inner, inner).map(lambda p: f"{p[0]} | {p[1]}"),
            st.tuples(st.sampled_from(HASHABLE), inner).map(lambda p: f"dict[{p[0]}, {p[1]}]"),
            st.sampled_from(HASHABLE).map("set[{}]".format),
            st.sampled_from(HASHABLE).map("FrozenSet[{}]".format),
        ),
        max_leaves=4,
    )


def matches(value: object, hint: object) -> bool:
    """What `typing` itself says of the hint: an oracle that shares no code with ours."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is typing.Any:
        return True
    if hint is None or hint is type(None):
        return value is None
    if origin is typing.Literal:
        return any(type(value) is type(a) and value == a for a in args)
    if origin is typing.Union or type(hint).__name__ == "UnionType":
        return any(matches(value, a) for a in args)
    if origin in (list, Sequence, Iterable):
        return type(value) is list and all(matches(v, args[0]) for v in value)
    if origin in (set, frozenset):
        return type(value) is origin and all(matches(v, args[0]) for v in value)
    if origin in (dict, Mapping):
        return type(value) is dict and all(
            matches(k, args[0]) and matches(v, args[1]) for k, v in value.items()
        )
    if origin is tuple and args[-1] is Ellipsis:
        return type(value) is tuple and all(matches(v, args[0]) for v in value)
    if origin is tuple:
        return (
            type(value) is tuple
            and len(value) == len(args)
            and all(matches(v, a) for v, a in zip(value, args, strict=True))
        )
    tower = {float: (int, float), complex: (int, float, complex)}
    return type(value) in tower.get(hint, (hint,))  # type: ignore[call-overload]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.nested_given])
@given(annotations(LEAVES), st.integers(0, 2**32))
def test_generated_values_match_the_annotation_as_typing_reads_it(text: str, seed: int) -> None:
    scope = {**vars(typing), "typing": typing, "Sequence": Sequence, "Iterable": Iterable}
    try:
        hint = eval(text, scope)
    except TypeError:  # None | None, and strings in unions
        assume(False)
    shape = parse_annotation(text)
    for value in draw(strategy(shape, pool_of([[1, "ab", (2, 0.5)]], ["z", 7])), 10, seed):
        assert matches(value, hint), (text, value)
        assert conforms(value, shape)


DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=2), inner, max_size=2)
        | st.tuples(inner, inner)
    ),
    max_leaves=6,
)


@given(st.lists(DATA, min_size=1, max_size=4))
def test_an_inferred_shape_holds_what_it_was_inferred_from(values: list[object]) -> None:
    shape = infer(values)
    assert all(conforms(v, shape) for v in values)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("int", [0, -5], [True, 1.0, "1", None]),
        ("float", [1.5, 2], ["1", True]),
        ("Optional[str]", ["a", None], [1]),
        ("'list[int]'", [[1], []], [[True], (1,)]),
        ("tuple[int, ...]", [(), (1, 2)], [[1], ("a",)]),
        ("tuple[int, str]", [(1, "a")], [(1,), ("a", 1)]),
        ("Mapping[str, list[int]]", [{"a": [1]}, {}], [{1: [1]}, {"a": 1}]),
        ("Literal[1, 'x']", [1, "x"], [True, 2]),
        ("Annotated[int, 'positive']", [3], ["3"]),
    ],
)
def test_conforms(text: str, inside: list[object], outside: list[object]) -> None:
    shape = parse_annotation(text)
    assert all(conforms(v, shape) for v in inside)
    assert not any(conforms(v, shape) for v in outside)


@pytest.mark.parametrize("text", ["Callable[[int], int]", "Foo", "np.ndarray", "int +", "list[", "f(x)", ""])
def test_what_is_no_plain_data_is_said_so(text: str) -> None:
    with pytest.raises(UnsupportedAnnotation):
        parse_annotation(text)


@given(st.text(max_size=30))
def test_any_text_is_a_shape_or_unsupported(text: str) -> None:
    try:
        assert isinstance(parse_annotation(text), Shape)
    except UnsupportedAnnotation:
        pass


def test_aliases_of_the_module_are_followed_but_not_in_circles() -> None:
    aliases = aliases_of(
        "Row = list[int]\nGrid: TypeAlias = 'list[Row]'\nT = TypeVar('T')\n"
        "Id = NewType('Id', int)\nLoop = list['Loop']\n"
    )
    assert parse_annotation("Grid", aliases) == parse_annotation("list[list[int]]")
    assert parse_annotation("dict[Id, T]", aliases) == parse_annotation("dict[int, Any]")
    with pytest.raises(UnsupportedAnnotation):
        parse_annotation("Loop", aliases)


def test_a_missing_annotation_is_read_off_the_examples() -> None:
    shown = Example(Call(([1, 2], {"a": None})), Outcome(1))
    spec = PythonSpec(Signature("f", (Parameter("xs"), Parameter("d", "dict"))), examples=(shown,))
    assert parameter_shapes(spec) == (parse_annotation("list[int]"), parse_annotation("dict[str, None]"))


def test_nothing_to_go_by_is_said_so() -> None:
    with pytest.raises(UnsupportedAnnotation, match="parameter xs has no type hint"):
        parameter_shapes(PythonSpec(Signature("f", (Parameter("xs"),))))


@pytest.mark.parametrize(
    ("text", "count"),
    [("bool", 2), ("tuple[bool, None]", 2), ("Literal[1, 2, 3]", 3), ("int", None), ("bool | None", 3)],
)
def test_cardinality(text: str, count: int | None) -> None:
    assert cardinality(parse_annotation(text)) == count
