"""Who may append to a run: one process at a time, and a dead one's claim lapses by itself."""

from __future__ import annotations

import os
import secrets
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from proofsmith.errors import StoreError
from proofsmith.store.schema import leases


@dataclass(frozen=True)
class Holder:
    """A process that appends to a run.

    Attributes:
        host: machine, boot and pid namespace, within which `pid` means something.
        pid: its process id.
        born: when the process started, in the kernel's ticks; empty where that is not known.
        token: tells apart several recorders of one process.
    """

    host: str
    pid: int
    born: str
    token: str = ""

    @classmethod
    def here(cls) -> Holder:
        """Return a new holder in this process."""
        stat = _stat(os.getpid())
        return cls(_host(), os.getpid(), stat[1] if stat else "", secrets.token_hex(8))

    def is_gone(self) -> bool:
        """Say whether the process has surely ended. Of another machine's process nothing is known."""
        if self.host != _host():
            return _rebooted_since(self.host)
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        stat = _stat(self.pid)
        return stat is not None and (stat[0] in "ZX" or stat[1] != self.born)


def take(connection: Connection, key: int, run_id: str, *, force: bool = False) -> Holder:
    """Claim the run numbered `key` for this process, in the open transaction.

    Raises:
        StoreError: a process that may still be alive holds it, and not `force`.
    """
    row = connection.execute(select(leases).where(leases.c.run == key)).mappings().first()
    if row is not None:
        holder = Holder(row["host"], row["pid"], row["born"], row["token"])
        if not force and not holder.is_gone():
            machine = holder.host.split("/")[0]
            raise StoreError(
                f"run {run_id} is in use by process {holder.pid} on {machine}; wait for it or end it first"
            )
        connection.execute(delete(leases).where(leases.c.run == key))
    mine = Holder.here()
    columns = {"host": mine.host, "pid": mine.pid, "born": mine.born, "token": mine.token}
    try:
        connection.execute(insert(leases).values(run=key, taken=time.time(), **columns))
    except IntegrityError:
        raise StoreError(f"run {run_id} was claimed by another process at the same moment") from None
    return mine


def release(connection: Connection, key: int, holder: Holder) -> bool:
    """Give up the claim; say whether it was still held, and not taken over by another process."""
    mine = (leases.c.run == key) & (leases.c.token == holder.token)
    return connection.execute(delete(leases).where(mine)).rowcount == 1


def _host() -> str:
    """Name the machine, its boot and the pid namespace (containers share the others)."""
    try:
        machine = Path("/etc/machine-id").read_text(encoding="ascii").strip()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = os.readlink("/proc/self/ns/pid")
    except (OSError, UnicodeDecodeError):
        machine = boot = namespace = ""
    return "/".join((socket.gethostname(), machine, boot, namespace))


def _rebooted_since(host: str) -> bool:
    """Say whether `host` is this very machine before a reboot."""
    then, now = host.split("/"), _host().split("/")
    return bool(now[1]) and then[:2] == now[:2] and then[2] != now[2]


def _stat(pid: int) -> tuple[str, str] | None:
    """Return a process's state letter and its start in clock ticks since boot, where that is known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return fields[0], fields[19]
