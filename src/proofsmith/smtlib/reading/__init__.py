"""Reading SyGuS-IF 2.1, its 1.0 dialect, and answers to a problem."""

from proofsmith.smtlib.reading.answer_reader import parse_answer
from proofsmith.smtlib.reading.problem_reader import parse_problem

__all__ = ["parse_answer", "parse_problem"]
