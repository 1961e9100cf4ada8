"""A run with the same seed is the same run, whatever the order of sets of names (Python's hash seed)."""

import os
import subprocess
import sys

SCRIPT = '''
import random, time
from proofsmith.agents.policies.dafny.candidates import sift
from proofsmith.agents.policies.dafny.context import methods_of
from proofsmith.agents.policies.dafny.setting import Setting
from proofsmith.agents.policies.dafny.states import observe
from proofsmith.dafny.interpret import Machine
from proofsmith.dafny.parser import parse

program, rng = parse("""
method Count(upto: nat) returns (odd: nat, even: nat)
{
  var at := 0;
  odd, even := 0, 0;
  while at < upto
  {
    if at % 2 == 1 { odd := odd + 1; } else { even := even + 1; }
    at := at + 1;
  }
}
"""), random.Random(0)
machine = Machine(program, rng)
(method,) = methods_of(program)
(loop,) = method.loops
states = observe(machine, method, 600.0, rng)[loop.key]
for frame in (*states.seen, *states.probes):
    print(frame.vars)
for found in sift(Setting(machine, method, loop, states), {}, time.monotonic() + 600):
    print(found.guess.text, found.guess.promise)
'''


def test_guesses_are_the_same_whatever_the_order_of_sets() -> None:
    said = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    ]
    assert said[0].count("\n") > 20
    assert len(set(said)) == 1
