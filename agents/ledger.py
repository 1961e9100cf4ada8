"""What a run lends to the clients of its models: they charge and record their calls here."""

from __future__ import annotations

from collections.abc import Callable

from proofsmith.agents.models.accounting import billed
from proofsmith.agents.models.types import LimitReached, ModelError, Models
from proofsmith.budget import Meter, Spend
from proofsmith.events import Event, ModelCalled, Remark, Spent


class RunLedger:
    """See `proofsmith.agents.models.accounting.Ledger`.

    Args:
        meter: the run's; charged by the clients.
        emit: records events; called from any thread.

    Attributes:
        at: the node that is being worked on.
        ended_by: why no model can be asked any more, as `RunFinished.reason` says it.
    """

    def __init__(self, meter: Meter, emit: Callable[..., None]) -> None:
        self.meter = meter
        self.at: int | None = None
        self.ended_by: str | None = None
        self._emit: Callable[[Event], None] = emit

    def bill(self, models: Models, stopped: Callable[[], bool]) -> Models:
        """Return `models` with every call charged and recorded here; show what they have to tell."""
        models.attention.notify = lambda text: self._emit(Remark(text, "models"))
        models.attention.stopped = stopped
        return billed(models, self)

    def called(self, event: ModelCalled) -> None:
        """See `Ledger.called`."""
        self._emit(event)

    def wasted(self, spend: Spend) -> None:
        """See `Ledger.wasted`."""
        self._emit(Spent(spend))

    def node(self) -> int | None:
        """See `Ledger.node`."""
        return self.at

    def end(self, error: ModelError) -> None:
        """Note that the run cannot go on without its models: its budget allows no call, or they are gone."""
        self.ended_by = f"budget: {error.limit}" if isinstance(error, LimitReached) else f"failed: {error}"
