"""Guessing invariants: places in the text, algebra on observed states, what real runs refute."""

import random
import time
from dataclasses import replace

from proofsmith.agents.policies.dafny.apart import apart
from proofsmith.agents.policies.dafny.candidates import carried_into, guesses, sift
from proofsmith.agents.policies.dafny.context import methods_of
from proofsmith.agents.policies.dafny.families.elements import compared, ranges
from proofsmith.agents.policies.dafny.formula import formula, negated, words
from proofsmith.agents.policies.dafny.houdini import shrink
from proofsmith.agents.policies.dafny.minimise import minimise
from proofsmith.agents.policies.dafny.prover import Answer, Prover
from proofsmith.agents.policies.dafny.relations import equalities
from proofsmith.agents.policies.dafny.setting import Setting
from proofsmith.agents.policies.dafny.states import observe
from proofsmith.agents.policies.dafny.termination import measures
from proofsmith.agents.policies.dafny.weave import Addition, weave
from proofsmith.agents.policies.dafny.work import Work
from proofsmith.dafny.interpret import Machine
from proofsmith.dafny.parser import parse


def setting(text: str, loop: int = 0) -> Setting:
    program, rng = parse(text), random.Random(0)
    machine = Machine(program, rng)
    method = next(m for m in methods_of(program) if m.loops)
    states = observe(machine, method, 5.0, rng)
    chosen = method.loops[loop]
    return Setting(machine, method, chosen, states[chosen.key])


def sifted(text: str, loop: int = 0) -> list[tuple[str, ...]]:
    found = sift(setting(text, loop), {}, time.monotonic() + 60)
    return [words(c.guess.text) for c in found]


def test_additions_stand_on_lines_of_their_own_and_are_found_again() -> None:
    text = "method M(n: nat)\n{\n  var i := 0;\n  while i < n // up\n  {\n    i := i + 1;\n  }\n}\n"
    offset = text.index("{\n    i := i")
    low = Addition(offset, "invariant 0 <= i", "bounds", "M")
    high = Addition(offset, "invariant i <= n", "bounds", "M", rank=1)
    hint = Addition(text.index("i := i + 1"), "assert i < n;", "hint", "M")
    woven = weave(text, [high, hint, low])
    lines = woven.text.split("\n")
    assert lines[4:8] == ["    invariant 0 <= i", "    invariant i <= n", "  {", "    assert i < n;"]
    assert woven.lines == {5: low, 6: high, 8: hint}
    assert [woven.origin(n) for n in (4, 7, 9)] == [4, 5, 6]
    assert weave(text, []).text == text


def test_polynomial_equalities_come_from_states() -> None:
    rows = [(n, i, i * (i + 1) // 2, 2 * i + 1) for n in range(6) for i in range(n + 1)]
    found = equalities(["n", "i", "s", "x"], rows, 2)
    assert found == ["x == 1 + 2 * i", "i * i + i == 2 * s"]


def test_equalities_of_products_with_a_common_factor_are_left_out() -> None:
    rows = [(x, y, y if x else 7 - y) for x in range(3) for y in range(3)]
    assert equalities(["x", "y", "m"], rows, 1) == []
    assert not any("x * m == x * y" in text for text in equalities(["x", "y", "m"], rows, 2))


def test_too_few_states_prove_nothing() -> None:
    assert equalities(["i", "s"], [(1, 5), (2, 7)], 1) == []


def test_negation_and_substitution_keep_meaning() -> None:
    assert negated("a < b") == "a >= b"
    assert negated("x in s") == "x !in s"
    found = formula("forall k :: 0 <= k < n ==> a[k] != 2 * e")
    assert found is not None
    changed = found.substituted({"n": "i", "e": "e + 1"})
    assert changed is not None
    assert words(changed.text) == words("forall k :: 0 <= k < i ==> a[k] != 2 * (e + 1)")
    assert found.substituted({"n": "k"}) is None  # the quantifier would capture it
    assert found.apart({"k"}).bound == {"k0"}


LARGEST = """
method Largest(a: array<int>) returns (top: int)
  requires a.Length > 0
  ensures forall i :: 0 <= i < a.Length ==> a[i] <= top
  ensures exists i :: 0 <= i < a.Length && a[i] == top
{
  top := a[0];
  var i := 1;
  while i < a.Length
  {
    if a[i] > top { top := a[i]; }
    i := i + 1;
  }
}
"""


def test_postconditions_are_generalised_to_the_index_even_where_names_clash() -> None:
    found = sifted(LARGEST)
    assert words("forall i0 :: 0 <= i0 < i ==> a[i0] <= top") in found
    assert words("i <= a.Length") in found
    assert words("exists i0 :: 0 <= i0 < i && a[i0] == top") in found


def test_what_runs_refute_or_leave_empty_is_no_guess() -> None:
    found = sifted(LARGEST)
    assert words("i < a.Length") not in found
    assert words("forall i0 :: 0 <= i0 < a.Length ==> a[i0] <= top") not in found
    for text in (" ".join(w) for w in found):
        assert "a . Length <= k < i" not in text  # there is no such k


SWAPS = """
method Mirror(a: array<int>)
  modifies a
  ensures forall k :: 0 <= k < a.Length ==> a[k] == old(a[a.Length - 1 - k])
{
  var i := 0;
  while i < a.Length - 1 - i
  {
    a[i], a[a.Length - 1 - i] := a[a.Length - 1 - i], a[i];
    i := i + 1;
  }
}
"""


def test_what_is_not_reached_yet_is_unchanged() -> None:
    found = sifted(SWAPS)
    assert words("forall k :: 0 <= k < i ==> a[k] == old(a[a.Length - 1 - k])") in found
    assert words("forall k :: i <= k < a.Length - i ==> a[k] == old(a[k])") in found


def test_a_list_that_a_loop_walks_down_is_a_measure() -> None:
    text = """
datatype List = Nil | Cons(head: int, tail: List)
method Add(l: List) returns (s: int)
{
  var rest := l;
  s := 0;
  while rest != Nil
  {
    s := s + rest.head;
    rest := rest.tail;
  }
}
"""
    assert "decreases rest" in [a.text for a in measures(setting(text))]


def test_measures_are_those_that_fall_on_real_runs() -> None:
    text = """
method Walk(n: nat)
{
  var i, up := 0, true;
  while i < n || up
  {
    if up { up := false; } else { i := i + 1; up := i % 2 == 0 && i < n; }
  }
}
"""
    found = [a.text for a in measures(setting(text))]
    assert found
    assert "decreases i" not in found
    assert any(text.startswith("decreases n - i, if up then 1 else 0") for text in found)


FIND = """
predicate Ordered(a: array<int>) reads a
{
  forall i, j :: 0 <= i < j < a.Length ==> a[i] <= a[j]
}
method Find(a: array<int>, wanted: int) returns (at: int)
  requires Ordered(a)
  ensures 0 <= at ==> at < a.Length && a[at] == wanted
  ensures at == -1 ==> forall k :: 0 <= k < a.Length ==> a[k] != wanted
{
  var from, last, half := 0, a.Length - 1, 0;
  while from <= last
  {
    half := (from + last) / 2;
    if a[half] < wanted { from := half + 1; }
    else if wanted < a[half] { last := half - 1; }
    else { return half; }
  }
  return -1;
}
"""


def test_what_nobody_reads_any_more_is_not_guessed_about() -> None:
    loop = setting(FIND).loop
    assert "half" not in loop.scope
    assert {"from", "last"} <= set(loop.assigned)


def test_ghost_variables_are_guessed_about_though_nobody_reads_them() -> None:
    text = FIND.replace("var from,", "ghost var seen := 0; var from,").replace(
        "half :=", "seen := from; half :="
    )
    assert "seen" in setting(text).loop.scope
    assert "seen" not in setting(text.replace("ghost ", "")).loop.scope


def test_a_premise_that_the_return_value_settles_is_left_out() -> None:
    found = sifted(FIND)
    assert words("forall k :: 0 <= k < from ==> a[k] != wanted") in found[:10]
    assert words("forall k :: last + 1 <= k < a.Length ==> a[k] != wanted") in found[:10]
    assert words("-1 <= last") in found[:10]
    assert not any(" ".join(w).startswith("( - 1 ) ==") for w in found)


LIVE = """
method M(n: nat) returns (r: int)
{
  var i, t, u, w := 0, 0, 0, 0;
  while i < n
  {
    if i > 3 { t := 1; }
    u := i;
    var j := 0;
    while j < i
    {
      w := j;
      r := r + w + t + u;
      j := j + 1;
    }
    i := i + 1;
  }
  r := r + w;
}
"""


def test_a_variable_is_dead_only_where_every_way_writes_it_first() -> None:
    method = next(m for m in methods_of(parse(LIVE)) if m.loops)
    outer, inner = method.loops
    assert {"i", "t", "w", "r"} <= set(outer.scope)
    assert "u" not in outer.scope
    assert {"t", "u", "w"} <= set(inner.scope)


def test_minimising_is_quick_where_little_is_needed() -> None:
    kept = [Addition(0, f"// {k}\n", "f", "M", promise=k) for k in range(64)]
    asked = []

    def verify(text: str, seconds: float) -> Answer:
        asked.append(text)
        proved = "// 63" in text and "// 20" in text
        return Answer((), True, proved, failed=frozenset() if proved else frozenset({"M"}))

    needed, minimal = minimise("method M() {}", kept, Prover(verify), lambda: False)
    assert minimal
    assert {a.text for a in needed} == {"// 63\n", "// 20\n"}
    assert len(asked) < 40


TWINS = """
method Twins(s: seq<int>, far: int) returns (found: bool)
  ensures !found ==> forall i, j :: 0 <= j < i < |s| ==> s[i] - s[j] != far
{
  found := false;
  var i := 0;
  while i < |s| && !found
  {
    var j := 0;
    while j < i && !found
    {
      var distance := s[i] - s[j];
      if distance == far { found := true; return; }
      j := j + 1;
    }
    i := i + 1;
  }
}
"""


def test_conditions_on_local_variables_are_said_of_what_they_stand_for() -> None:
    found = sifted(TWINS, loop=1)
    assert words("forall k :: 0 <= k < j ==> ((s[i] - s[k]) != far)") in found


def test_what_a_flag_never_becomes_is_said_once() -> None:
    found = [" ".join(w) for w in sifted(TWINS)]
    assert "! found " in found
    assert not any(text.startswith("found ==>") for text in found)


def test_few_hard_and_unlikely_guesses_are_tried_at_a_time() -> None:
    queue = [Addition(0, f"n <= {k} * n", "f", "M", promise=0.1) for k in range(9)]
    work = Work(methods_of(parse(LARGEST))[0], [queue])
    assert work.advance(8)
    assert len(work.kept) == 2


def test_easy_guesses_do_not_keep_hard_ones_waiting() -> None:
    names = ["a[i] == 0", *(f"i <= n{k}" for k in range(9)), "forall k :: a[k] == 0"]
    queue = [Addition(0, text, "f", "M", promise=20 - k) for k, text in enumerate(names)]
    work = Work(methods_of(parse(LARGEST))[0], [queue])
    assert work.advance(2)
    texts = [a.text for a in work.kept]
    assert {"a[i] == 0", "forall k :: a[k] == 0"} <= set(texts)
    assert len(texts) == 2 + 2 + 4
    assert work.advance(2)
    assert len(work.kept) == len(names)


INSERTION = """
method Settle(a: array<int>)
  modifies a
  ensures forall k, l :: 0 <= k < l < a.Length ==> a[k] <= a[l]
{
  var done := 0;
  while done < a.Length
  {
    var at := done;
    while at > 0 && a[at] < a[at - 1]
    {
      a[at - 1], a[at] := a[at], a[at - 1];
      at := at - 1;
    }
    done := done + 1;
  }
}
"""


def test_all_but_the_element_that_finds_its_place_are_in_order() -> None:
    found = sifted(INSERTION, loop=1)
    assert words("forall p, q :: 0 <= p < q < done + 1 && q != at ==> a[p] <= a[q]") in found[:20]


def test_easy_additions_stay_while_a_proof_takes_too_long() -> None:
    text = "method M() {}"
    easy = [Addition(0, f"invariant {k} <= i", "bounds", "M", promise=0.1) for k in range(3)]
    hard = [Addition(0, f"invariant forall k :: f(k) > {k}", "goal", "M", promise=9) for k in range(4)]
    asked = []

    def verify(text: str, seconds: float) -> Answer:
        asked.append(text)
        late = "forall" in text
        return Answer((), True, not late, timed_out=frozenset({"M"}) if late else frozenset())

    standing = shrink(text, [*hard, *easy], Prover(verify), lambda: False)
    assert set(standing.kept) == set(easy)
    assert set(standing.deferred) == set(hard)
    assert len(asked) == 4


JOIN = """
method Join(a: array<int>, b: array<int>) returns (c: array<int>)
  ensures c.Length == a.Length + b.Length
  ensures forall k :: 0 <= k < b.Length ==> c[a.Length + k] == b[k]
{
  c := new int[a.Length + b.Length];
  var at := a.Length;
  while at < c.Length
  {
    c[at] := b[at - a.Length];
    at := at + 1;
  }
}
"""


def test_limits_are_generalised_to_where_the_loop_reads() -> None:
    assert words("forall k :: 0 <= k < at - a.Length ==> c[a.Length + k] == b[k]") in sifted(JOIN)[:10]


def test_a_counter_is_what_the_goal_counts() -> None:
    text = """
method Single(s: seq<int>, x: int) returns (once: bool)
  ensures once <==> multiset(s)[x] == 1
{
  var n, i := 0, 0;
  once := false;
  while i < |s|
  {
    if s[i] == x { n := n + 1; once := n == 1; }
    i := i + 1;
  }
}
"""
    assert words("n == multiset(s[..i])[x]") in sifted(text)[:12]


def test_bit_vectors_are_run_and_guessed_about() -> None:
    text = """
method Mask(s: seq<bv8>, m: bv8) returns (r: seq<bv8>)
  ensures |r| == |s| && forall k :: 0 <= k < |s| ==> r[k] == s[k] & m
{
  r := [];
  var i := 0;
  while i < |s|
  {
    r := r + [s[i] & m];
    i := i + 1;
  }
}
"""
    found = sifted(text)
    assert words("forall k :: 0 <= k < i ==> r[k] == s[k] & m") in found[:10]
    assert not any(" < m " in " ".join(w) for w in found)


def test_the_newest_element_of_a_built_sequence_is_known() -> None:
    text = """
method Distinct(s: seq<int>) returns (r: seq<int>)
  requires |s| > 0 && forall i, j :: 0 <= i < j < |s| ==> s[i] <= s[j]
  ensures forall i, j :: 0 <= i < j < |r| ==> r[i] < r[j]
{
  var last, i := s[0], 1;
  r := [s[0]];
  while i < |s|
  {
    if s[i] != last { last := s[i]; r := r + [last]; }
    i := i + 1;
  }
}
"""
    found = sifted(text)
    assert words("last == r[|r| - 1]") in found[:12]
    assert words("0 < |r|") in found[:12]


def test_a_map_knows_where_its_keys_were_found() -> None:
    text = """
method Partner(s: seq<int>, gap: int) returns (i: int, j: int)
  ensures i == -1 <==> forall p, q :: 0 <= p < q < |s| ==> s[q] - s[p] != gap
{
  var wanted: map<int, int> := map[];
  var at := 0;
  while at < |s|
  {
    if s[at] in wanted { return wanted[s[at]], at; }
    var key := s[at] + gap;
    wanted := wanted[key := at];
    at := at + 1;
  }
  return -1, -1;
}
"""
    found = sifted(text)
    assert words("forall x :: x in wanted ==> 0 <= wanted[x] < at && (s[wanted[x]] + gap) == x") in found[:12]
    assert words("forall k :: 0 <= k < at ==> (s[k] + gap) in wanted") in found[:12]
    assert (
        words("forall p0, q0 :: 0 <= p0 < q0 < at ==> s[q0] - s[p0] != gap") in found[:12]
        or words("forall p, q :: 0 <= p < q < at ==> s[q] - s[p] != gap") in found[:12]
    )


def test_a_set_holds_what_was_put_in() -> None:
    text = """
method Squares(s: seq<int>) returns (all: set<int>)
  ensures forall x :: x in all ==> exists k :: 0 <= k < |s| && s[k] * s[k] == x
{
  all := {};
  var at := |s|;
  while at > 0
  {
    at := at - 1;
    all := all + {s[at] * s[at]};
  }
}
"""
    found = sifted(text)
    assert any("all" in w and "exists" in w and "at" in w for w in found[:12])


def test_loops_that_leap_say_nothing_of_what_lies_behind_the_end() -> None:
    text = """
method Hop(s: seq<nat>) returns (at: nat)
  requires forall k :: 0 < k < |s| ==> s[k - 1] <= s[k] + 1
  ensures at < |s| ==> s[at] == 0
  ensures at >= |s| ==> forall k :: 0 <= k < |s| ==> s[k] != 0
{
  at := 0;
  while at < |s|
  {
    if s[at] == 0 { return; }
    at := at + s[at];
  }
}
"""
    assert words("forall k :: 0 <= k < at && k < |s| ==> (s[k] != 0)") in sifted(text)[:12]


def test_elements_are_compared_with_constructors() -> None:
    text = """
datatype Light = Off | Mid | On
predicate IsOff(l: Light) { !l.Mid? && !l.On? }
method Sort(a: array<Light>)
  modifies a
{
  var low, high := 0, a.Length;
  while low < high
  {
    if IsOff(a[low]) { low := low + 1; }
    else { high := high - 1; a[low], a[high] := a[high], a[low]; }
  }
}
"""
    found = compared(setting(text))
    assert "forall k0 :: 0 <= k0 < low ==> a[k0] == Off" in [g.text for g in found]


def test_the_stronger_of_two_guesses_that_promise_the_same_is_tried_first() -> None:
    found = sifted(INSERTION, loop=1)
    wide = words("forall p, q :: 0 <= p < q < done + 1 && q != at ==> a[p] <= a[q]")
    narrow = words("forall p, q :: 0 <= p < q < done && q != at ==> a[p] <= a[q]")
    assert narrow not in found or found.index(wide) < found.index(narrow)


def test_ranges_begin_where_a_loop_begins_only_if_that_is_an_index() -> None:
    text = """
method Best(s: seq<int>, from: nat) returns (top: int)
  requires from < |s|
  ensures forall k :: from <= k < |s| ==> s[k] <= top
{
  top := if s[from] < 0 then -s[from] else s[from];
  var at := from + 1;
  while at < |s|
  {
    if s[at] > top { top := s[at]; }
    at := at + 1;
  }
}
"""
    found = ranges(setting(text), "|s|")
    assert ("from + 1", "at") in found
    assert not any("if" in end for pair in found for end in pair)


def test_a_counter_is_not_a_truth_value() -> None:
    text = """
predicate Positive(s: seq<int>) { forall k :: 0 <= k < |s| ==> s[k] > 0 }
method All(s: seq<int>) returns (good: bool)
  ensures good <==> Positive(s)
{
  var at := 0;
  good := true;
  while at < |s| && good
  {
    good := s[at] > 0;
    at := at + 1;
  }
}
"""
    found = [g.text for g in guesses(setting(text))]
    assert any(text.startswith("good <==> Positive(s[..at") for text in found)
    assert not any(text.startswith("at == Positive") for text in found)


def test_what_takes_too_long_twice_goes_at_once() -> None:
    text = "method M() {}"
    firm = [Addition(0, f"invariant {k} <= i", "bounds", "M") for k in range(3)]
    hard = [Addition(0, f"invariant f(i) > {k}", "goal", "M", promise=k) for k in range(32)]
    easy = [Addition(0, f"invariant i < {k}", "bounds", "M") for k in range(9)]

    def verify(text: str, seconds: float) -> Answer:
        late = "f(i)" in text or "i < 3" in text
        return Answer((), True, not late, timed_out=frozenset({"M"}) if late else frozenset())

    prover = Prover(verify)
    standing = shrink(text, [*firm, *hard, *easy], prover, lambda: False, set(firm))
    assert set(standing.kept) == set(firm)
    assert prover.calls == 4


def test_a_guess_that_takes_too_long_beside_others_stands_without_them() -> None:
    text = "method M() {}"
    product = Addition(0, "invariant r * F(e) == F(n)", "joined", "M", promise=1.4)
    endless = Addition(0, "invariant G(e) == G(n)", "joined", "M", promise=2.0)
    bounds = [Addition(0, f"invariant e <= n + {k}", "bounds", "M", promise=1.0 / (1 + k)) for k in range(4)]

    def verify(text: str, seconds: float) -> Answer:
        late = "G(" in text or ("F(" in text and "n + 3" in text)
        proved = "F(" in text and "n + 0" in text and not late
        return Answer((), True, proved, timed_out=frozenset({"M"}) if late else frozenset())

    ends = time.monotonic() + 60
    reached = list(apart(text, [product, endless], bounds, [], Prover(verify), ends))
    assert reached[-1].proved
    assert {product, bounds[0]} <= set(reached[-1].kept)
    assert endless not in reached[-1].kept
    assert list(apart(text, [endless], bounds, [], Prover(verify), ends)) == []


def test_formulas_that_differ_in_bound_names_only_have_one_shape() -> None:
    first, second, third = (
        formula(f"forall {k} :: 0 <= {k} < {n} ==> a[{k}] <= a[{n}]")
        for k, n in (("k", "i"), ("j0", "i"), ("k", "m"))
    )
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.shape == second.shape
    assert first.shape != third.shape


def test_what_is_tried_at_one_loop_is_tried_at_the_others_too() -> None:
    around = Addition(1, "invariant forall j :: i < j < n ==> a[i] <= a[j]", "f", "M", promise=2)
    inside = Addition(9, "invariant forall j0 :: i < j0 < n ==> a[i] <= a[j0]", "f", "M", promise=0.5)
    others = [Addition(9, f"invariant a[i] != {k}", "f", "M", promise=1) for k in range(20)]
    work = Work(methods_of(parse(LARGEST))[0], [[around], [*others, inside]])
    assert work.advance(2)
    assert {around, inside} <= set(work.kept)
    assert len(work.kept) == 4


SELECTION = """
method Arrange(a: array<int>)
  modifies a
  ensures forall k, l :: 0 <= k < l < a.Length ==> a[k] <= a[l]
{
  var top := a.Length;
  while top > 1
  {
    top := top - 1;
    var j := 0;
    while j < top
    {
      if a[top] < a[j] { a[j], a[top] := a[top], a[j]; }
      j := j + 1;
    }
  }
}
"""


def test_what_holds_around_a_loop_is_guessed_inside_though_others_say_the_same() -> None:
    outer, inner = setting(SELECTION), setting(SELECTION, 1)
    about = [c for c in sift(outer, {}, time.monotonic() + 60) if "forall" in c.guess.text]
    around = carried_into(inner, about)
    twice = [*around, *(replace(g, text=f"({g.text})") for g in around)]
    found = {c.guess.text for c in sift(inner, {}, time.monotonic() + 60, twice)}
    assert any({g.text, f"({g.text})"} <= found for g in around)


SIGNED = """
method Scaled(a: int, b: int) returns (r: int)
  ensures r == a * b
{
  var left, step := a, b;
  if a < 0 { left, step := -a, -b; }
  r := 0;
  while left > 0
  {
    r := r + step;
    left := left - 1;
  }
}
"""


def test_inputs_with_long_runs_do_not_crowd_out_the_others() -> None:
    program = parse(SIGNED)
    method = methods_of(program)[0]
    loop = method.loops[0]
    for seed in range(6):
        rng = random.Random(seed)
        states = observe(Machine(program, rng), method, 5.0, rng)[loop.key]
        below = {f.vars["a"] for f in states.seen if f.vars["a"] < 0}
        assert len(below) >= 3
        rows = [tuple(f.vars[n] for n in ("b", "a", "step", "left", "r")) for f in states.seen]
        found = [words(text) for text in equalities(["b", "a", "step", "left", "r"], rows, 2)]
        assert words("step * left + r == b * a") in found
