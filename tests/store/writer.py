"""Events for tests, and a process that writes a run: ``python writer.py STORE EVENTS [RUN]``.

Prints the run's id, then ``N`` after event N is recorded. With RUN it continues that run.
"""

import sys

from proofsmith.budget import Budget
from proofsmith.events import BackedUp, NodeAdded, NodeJudged, RunResumed, RunStarted, Update
from proofsmith.python_spec import Call, Example, Outcome, Parameter, PythonSpec, Signature
from proofsmith.store.store import Store
from proofsmith.types import (
    Assurance,
    Candidate,
    Counterexample,
    Diagnostic,
    Proposal,
    Status,
    Task,
    Tool,
    Verdict,
)


def task(name="double", language="python"):
    """A task; its set of strings has another order in every process."""
    examples = (
        Example(Call((1,)), Outcome(2)),
        Example(Call((2,)), Outcome({"some", "set", "of", "texts"})),
    )
    signature = Signature("f", (Parameter("x", "int"),))
    return Task(name, "Double x.", language, PythonSpec(signature, examples=examples), ("unit-tests",))


def started(name="double", seed=0):
    return RunStarted(task(name), "mcts", "symbolic", seed, Budget(seconds=60.0), "0.1.0")


def candidate(node):
    return Candidate(f"def f(x):\n    return x + {node}\n")


def added(node, parent=0, program=None):
    program = program or candidate(node)
    return NodeAdded(
        node, parent, Proposal(program, operator="enumerate", policy="symbolic", thought="add"), 0.25
    )


def failed(node, score=0.5):
    verdict = Verdict(
        Status.FAIL,
        "unit-tests",
        score=score,
        diagnostics=(Diagnostic("f(1) gives 2, not 3"),),
        counterexample=Counterexample((("x", "1"),), "2", "3"),
        seconds=0.01,
        tool=Tool("cpython", "3.11.7", "python -I worker.py"),
        behaviour="ab" * 32,
    )
    return NodeJudged(node, verdict, (verdict,), "f(1) gives 2, not 3")


def passed(node, assurance=Assurance.TESTED):
    verdict = Verdict(Status.PASS, "unit-tests", assurance, score=1.0)
    return NodeJudged(node, verdict, (verdict,))


def step(node):
    """The three events of one typical step."""
    return [added(node), failed(node), BackedUp(node, 0.5, (Update(node, 1, 0.5), Update(0, node, 0.5)))]


def main(path, count, run_id=None):
    with Store.open(path) as store:
        if run_id is None:
            recorder = store.start_run(started())
            node = 0
        else:
            recorder = store.continue_run(run_id)
            recorder.record(RunResumed(Budget(seconds=60.0)))
            node = len(store.tree(run_id)) - 1
        print(recorder.run_id, flush=True)
        while recorder.events < count:
            node += 1
            for event in step(node):
                recorder.record(event)
                print(recorder.events, flush=True)
        recorder.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
