"""What the guards answer when they refuse a candidate."""

from __future__ import annotations

from dataclasses import dataclass

SYNTAX, CHANGED, FORBIDDEN = "syntax", "changed", "forbidden"


@dataclass(frozen=True)
class Complaint:
    """Why a candidate is refused, and where.

    Attributes:
        kind: ``syntax`` (it does not parse), ``changed`` (something of the task is missing, moved or
            different), or ``forbidden`` (an addition that may not be made).
        message: in words.
        line: in the candidate, counted from one.
        column: counted from one.
    """

    kind: str
    message: str
    line: int
    column: int
