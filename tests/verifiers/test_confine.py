"""The system-call filter, by its numbers and by what it decides."""

import platform
import re
import struct
from pathlib import Path

import pytest

from proofsmith.verifiers.sandbox.inside import confine

ALLOW, EPERM, ENOSYS, KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
PID = 4242
X86 = 0xC000003E


def decide(program: bytes, number: int, *args: int, arch: int = X86) -> int:
    """Interpret the filter as the kernel would."""
    data = struct.pack("<IIQ6Q", number, arch, 0, *args, *[0] * (6 - len(args)))
    at, register = 0, 0
    while True:
        op, yes, no, k = struct.unpack_from("<HBBI", program, at * 8)
        at += 1
        if op == 0x20:
            register = struct.unpack_from("<I", data, k)[0]
        elif op == 0x06:
            return int(k)
        else:
            met = {0x15: register == k, 0x35: register >= k, 0x45: bool(register & k)}[op]
            at += yes if met else no


def build(monkeypatch: pytest.MonkeyPatch, read_only: bool, machine: str = "x86_64") -> bytes:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    built = confine.build_filter(read_only)
    assert built is not None
    program, own = built
    for offset in own:
        struct.pack_into("<I", program, offset, PID)
    return bytes(program)


@pytest.mark.parametrize(
    ("number", "args", "decision"),
    [
        (0, (), ALLOW),  # read
        (57, (), EPERM),  # fork
        (59, (), EPERM),  # execve
        (41, (), EPERM),  # socket
        (53, (), ALLOW),  # socketpair, which asyncio needs
        (56, (0x11,), EPERM),  # clone of a process
        (56, (0x10F00,), ALLOW),  # clone of a thread
        (435, (), ENOSYS),  # clone3
        (62, (PID,), ALLOW),  # kill oneself
        (62, (1,), EPERM),
        (62, (2**64 - 1,), EPERM),
        (234, (PID, PID), ALLOW),  # tgkill
        (302, (0,), ALLOW),  # prlimit64 of oneself
        (302, (1,), EPERM),
        (72, (3, 8), EPERM),  # fcntl F_SETOWN
        (72, (3, 2), ALLOW),
        (16, (0, 0x5412), EPERM),  # ioctl TIOCSTI
        (425, (), EPERM),  # io_uring_setup
        (0x40000000, (), KILL),  # x32
        (257, (0, 0, 0o101), ALLOW),  # openat for writing
    ],
)
def test_decisions(
    monkeypatch: pytest.MonkeyPatch, number: int, args: tuple[int, ...], decision: int
) -> None:
    assert decide(build(monkeypatch, read_only=False), number, *args) == decision


@pytest.mark.parametrize(
    ("number", "args", "decision"),
    [
        (257, (0, 0, 0), ALLOW),
        (257, (0, 0, 1), EPERM),
        (257, (0, 0, 0o2), EPERM),
        (257, (0, 0, 0o100), EPERM),
        (257, (0, 0, 0o1000), EPERM),
        (257, (0, 0, 0o2000000), ALLOW),
        (2, (0, 1), EPERM),
        (2, (0, 0), ALLOW),
        (87, (), EPERM),  # unlink
        (437, (), ENOSYS),  # openat2
    ],
)
def test_read_only_decisions(
    monkeypatch: pytest.MonkeyPatch, number: int, args: tuple[int, ...], decision: int
) -> None:
    assert decide(build(monkeypatch, read_only=True), number, *args) == decision


def test_another_architecture_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert decide(build(monkeypatch, read_only=False), 0, arch=0x40000003) == KILL


def test_aarch64(monkeypatch: pytest.MonkeyPatch) -> None:
    program = build(monkeypatch, read_only=True, machine="aarch64")
    arch = 0xC00000B7
    assert decide(program, 221, arch=arch) == EPERM  # execve
    assert decide(program, 56, 0, 0, 1, arch=arch) == EPERM  # openat
    assert decide(program, 63, arch=arch) == ALLOW  # read
    assert decide(program, 220, 0x11, arch=arch) == EPERM  # clone


def test_other_machines_have_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert confine.build_filter(False) is None


@pytest.mark.parametrize(
    ("column", "header"),
    [(1, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), (2, "/usr/include/asm-generic/unistd.h")],
)
def test_the_numbers_are_the_kernels(column: int, header: str) -> None:
    if not Path(header).is_file():
        pytest.skip(f"{header} is not installed: apt install linux-libc-dev")
    known = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text()))
    table = confine._numbers(f"{confine._DENIED} {confine._WRITES} {confine._SPECIAL}", column)
    wrong = {name: number for name, number in table.items() if name in known and int(known[name]) != number}
    assert not wrong
    assert len(table.keys() - known.keys()) <= 2  # calls newer than the headers
