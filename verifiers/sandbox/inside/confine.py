"""In the child, before the program is loaded: resource limits and a system-call filter.

The filter (seccomp-BPF, `man 2 seccomp`) takes away what no function under test needs: new
processes, other programs, signals to and inspection of others, the network, mounts, System V IPC,
io_uring (which would go around the filter). Threads stay possible. Without bubblewrap around it,
every change to a file system is taken away as well, and Landlock (where the kernel has it) leaves only
the interpreter's own files to read. Numbers are from the kernel's tables for x86-64
and the generic table that AArch64 uses; on other machines there is no filter.
"""

from __future__ import annotations

import ctypes
import math
import os
import platform
import resource
import struct
from typing import Any

_PR_SET_DUMPABLE, _PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 4, 1, 36
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_EPERM, _ENOSYS = 0x00050001, 0x00050026
_CLONE_THREAD = 0x00010000
_WRITE_FLAGS = 0o3 | 0o100 | 0o1000  # access mode, O_CREAT, O_TRUNC

# name : number on x86-64 : number in the generic table; empty where the call does not exist
_DENIED = """
fork:57: vfork:58: execve:59:221 execveat:322:281 ptrace:101:117 socket:41:198
process_vm_readv:310:270 process_vm_writev:311:271 tkill:200:130 rt_sigqueueinfo:129:138
rt_tgsigqueueinfo:297:240 mount:165:40 umount2:166:39 pivot_root:155:41 chroot:161:51 unshare:272:97
setns:308:268 bpf:321:280 perf_event_open:298:241 userfaultfd:323:282 keyctl:250:219 add_key:248:217
request_key:249:218 kexec_load:246:104 kexec_file_load:320:294 init_module:175:105
finit_module:313:273 delete_module:176:106 reboot:169:142 swapon:167:224 swapoff:168:225
open_by_handle_at:304:265 name_to_handle_at:303:264 personality:135:92 shmget:29:194 shmat:30:196
shmctl:31:195 semget:64:190 semop:65:193 semctl:66:191 semtimedop:220:192 msgget:68:186
msgsnd:69:189 msgrcv:70:188 msgctl:71:187 mq_open:240:180 setpriority:141:140 ioprio_set:251:30
migrate_pages:256:238 move_pages:279:239 acct:163:89 settimeofday:164:170 clock_settime:227:112
adjtimex:159:171 clock_adjtime:305:266 sethostname:170:161 setdomainname:171:162 quotactl:179:60
memfd_create:319:279 io_uring_setup:425:425 io_uring_enter:426:426 io_uring_register:427:427
pidfd_send_signal:424:424 pidfd_open:434:434 pidfd_getfd:438:438 open_tree:428:428
move_mount:429:429 fsopen:430:430 fsconfig:431:431 fsmount:432:432 fspick:433:433
process_madvise:440:440 process_mrelease:448:448 mount_setattr:442:442 memfd_secret:447:447
"""
_WRITES = """
creat:85: truncate:76:45 ftruncate:77:46 rename:82: renameat:264:38 renameat2:316:276 link:86:
linkat:265:37 symlink:88: symlinkat:266:36 unlink:87: unlinkat:263:35 mkdir:83: mkdirat:258:34
rmdir:84: mknod:133: mknodat:259:33 chmod:90: fchmod:91:52 fchmodat:268:53 fchmodat2:452:452 chown:92:
fchown:93:55 lchown:94: fchownat:260:54 utime:132: utimes:235: futimesat:261: utimensat:280:88
setxattr:188:5 lsetxattr:189:6 fsetxattr:190:7 removexattr:197:14 lremovexattr:198:15
fremovexattr:199:16 fallocate:285:47 copy_file_range:326:285
"""
_SPECIAL = """
clone:56:220 kill:62:129 tgkill:234:131 prlimit64:302:261 sched_setaffinity:203:122
sched_setscheduler:144:119 sched_setparam:142:118 sched_setattr:314:274 fcntl:72:25 ioctl:16:29
open:2: openat:257:56 clone3:435:435 openat2:437:437
"""

_ARCHITECTURES = {"x86_64": (0xC000003E, 1), "aarch64": (0xC00000B7, 2)}
_LD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
# Landlock (man 7 landlock): access rights by version, and what reading takes.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_LANDLOCK_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
_LANDLOCK_READ, _LANDLOCK_FILE = 0b1101, 0b0111
_libc: Any = ctypes.CDLL(None, use_errno=True)
_prctl = _libc.prctl


def hide() -> None:
    """Make this process and its children impossible to trace or to open through ``/proc``."""
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(signal: int = 9) -> None:
    """Ask the kernel to send this process `signal` when the thread that started it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0)


def _numbers(table: str, column: int) -> dict[str, int]:
    """Return name and number of the calls of a table that exist on a machine."""
    rows = (row.split(":") for row in table.split())
    return {row[0]: int(row[column]) for row in rows if row[column]}


def build_filter(read_only: bool) -> tuple[bytearray, tuple[int, ...]] | None:
    """Return the filter and the offsets where the process's own id goes; ``None`` if there is none.

    With `read_only` every change to a file system is denied too.
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        return None
    arch, column = _ARCHITECTURES[machine]
    denied = [*_numbers(_DENIED, column).values()]
    if read_only:
        denied += _numbers(_WRITES, column).values()
    special = _numbers(_SPECIAL, column)
    code: list[tuple[int, int, str, str]] = [(_LD, 4, "", ""), (_JEQ, arch, "", "kill"), (_LD, 0, "", "")]
    if machine == "x86_64":
        code.append((_JGE, 0x40000000, "kill", ""))  # the x32 numbers
    code += [(_JEQ, number, "deny", "") for number in denied]
    code += [(_JEQ, special[name], "absent", "") for name in ("clone3", "openat2")]  # callers fall back
    code += [(_JEQ, special["clone"], "clone", "")]
    code += [(_JEQ, special[name], "self", "") for name in ("kill", "tgkill")]
    code += [(_JEQ, n, "self0", "") for name, n in special.items() if name[:2] in ("pr", "sc")]
    code += [(_JEQ, special["fcntl"], "fcntl", ""), (_JEQ, special["ioctl"], "ioctl", "")]
    if read_only:
        code += [(_JEQ, special[name], name, "") for name in ("open", "openat") if name in special]
    code += [(_RET, _ALLOW, "", "")]
    labels: dict[str, int] = {}

    def block(label: str, *rows: tuple[int, int, str, str]) -> None:
        labels[label] = len(code)
        code.extend(rows)

    block("clone", (_LD, 16, "", ""), (_JSET, _CLONE_THREAD, "allow", "deny"))
    block("self0", (_LD, 16, "", ""), (_JEQ, 0, "allow", ""), (_JEQ, -1, "allow", "deny"))
    block("self", (_LD, 16, "", ""), (_JEQ, -1, "allow", "deny"))
    # F_SETOWN and F_SETOWN_EX send signals to others; so do FIOSETOWN and SIOCSPGRP; TIOCSTI types.
    block("fcntl", (_LD, 24, "", ""), (_JEQ, 8, "deny", ""), (_JEQ, 15, "deny", "allow"))
    block("ioctl", (_LD, 24, "", ""), *((_JEQ, n, "deny", "") for n in (0x8901, 0x8902, 0x5412)))
    block("allow", (_RET, _ALLOW, "", ""))
    if read_only:
        block("open", (_LD, 24, "", ""), (_JSET, _WRITE_FLAGS, "deny", "allow2"))
        block("openat", (_LD, 32, "", ""), (_JSET, _WRITE_FLAGS, "deny", "allow2"))
        block("allow2", (_RET, _ALLOW, "", ""))
    block("deny", (_RET, _EPERM, "", ""))
    block("absent", (_RET, _ENOSYS, "", ""))
    block("kill", (_RET, _KILL, "", ""))
    packed, own = bytearray(), []
    for at, (op, k, yes, no) in enumerate(code):
        jumps = [labels[label] - at - 1 if label else 0 for label in (yes, no)]
        if k == -1:
            own.append(len(packed) + 4)
            k = 0
        packed += struct.pack("<HBBI", op, *jumps, k)
    return packed, tuple(own)


def build_ruleset(readable: list[str], writable: list[str]) -> int | None:
    """Return a Landlock rule set as a file descriptor: nothing but these paths can be opened.

    ``None`` where the kernel has no Landlock.
    """
    version = int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1)))
    if version < 1:
        return None
    rights = _LANDLOCK_RIGHTS[min(version, 5)]
    attributes = ctypes.c_uint64(rights)
    ruleset = int(
        _libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(8), ctypes.c_uint32(0))
    )
    if ruleset < 0:
        return None
    for path in (*readable, *writable):
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        allowed = rights if path in writable else _LANDLOCK_READ & rights
        if not os.path.isdir(path):
            allowed &= _LANDLOCK_FILE
        rule = ctypes.create_string_buffer(struct.pack("=Qi", allowed, place), 12)
        _libc.syscall(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint32(0))
        os.close(place)
    return ruleset


def apply_ruleset(ruleset: int) -> None:
    """Put the rule set in force for this process, for good.

    Raises:
        OSError: the kernel refused.
    """
    if _prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    if _libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)) != 0:
        raise OSError(ctypes.get_errno(), "landlock")
    os.close(ruleset)


def limit(cpu_seconds: float, memory_bytes: int, file_bytes: int, filtered: bool) -> None:
    """Set this process's resource limits; they cannot be raised again."""
    cpu = max(1, math.ceil(cpu_seconds))
    settings = [
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes, file_bytes),
        (resource.RLIMIT_NOFILE, 64, 64),
        (resource.RLIMIT_CORE, 0, 0),
    ]
    if not filtered:
        settings.append((resource.RLIMIT_NPROC, 1, 1))
    for kind, soft, hard in settings:
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))


class Filter:
    """A built filter, laid out for the kernel ahead of time: a fork must cost little."""

    def __init__(self, program: bytearray, own: tuple[int, ...]) -> None:
        self._buffer = (ctypes.c_char * len(program)).from_buffer(program)
        self._places = [memoryview(program)[at : at + 4] for at in own]
        self._header = ctypes.c_char_p(struct.pack("@HP", len(program) // 8, ctypes.addressof(self._buffer)))

    def apply(self) -> None:
        """Put the filter in force for this process, for good.

        Raises:
            OSError: the kernel refused.
        """
        pid = struct.pack("<I", os.getpid())
        for place in self._places:
            place[:] = pid
        if _prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "no_new_privs")
        if _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, self._header, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "seccomp")
