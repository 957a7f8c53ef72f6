"""Limits of the sandbox: little memory and time, no network, no other program, no file.

On Linux the kernel refuses all other calls (seccomp); everywhere an audit hook of Python refuses the worst as well.
"""

import ctypes
import os
import resource
import struct
import sys

from vae_core.readers.limits import CLEANED, READING, SECONDS

MEMORY = READING  # bytes beyond what Python and its packages hold when reading begins
FILE = 3 * CLEANED // 2  # bytes that may be written
NICE = 10

_REFUSED = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "pickle.",
    "ctypes.",
)

# By machine: the kernel's name for it, and the calls that computing and answering need: memory, files that are open
# already, time, signals to oneself, threads that wait. No file can be opened.
_MACHINES = {
    "x86_64": (
        0xC000003E,
        "0 1 3 4 5 6 8 9 10 11 12 13 14 15 17 19 20 21 24 25 28 32 35 39 60 72 79 96 98 99 100 102 186 202 204 217 219 "
        "228 229 230 231 262 269 273 318 324 332 334",
    ),
    "aarch64": (
        0xC00000B7,
        "17 23 25 48 57 61 62 63 64 65 66 67 79 80 93 94 98 99 101 113 114 115 123 124 128 134 135 139 153 165 169 172 "
        "174 178 179 214 215 216 222 226 233 278 283 291 293",
    ),
}
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050001, 0x80000000  # the error is EPERM
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2


def restrict_process() -> None:
    """Restrict this process to what reading a file needs, irrevocably. To be called after all imports."""
    os.nice(NICE)
    _cap(resource.RLIMIT_AS, _address_space() + MEMORY)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _cap(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + SECONDS + 1)
    _cap(resource.RLIMIT_FSIZE, FILE)
    _cap(resource.RLIMIT_CORE, 0)
    _forbid_calls()
    sys.addaudithook(_refuse)


def _cap(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))


def _address_space() -> int:
    """Return the bytes of this process's address space."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    opens = event == "open" and not isinstance(arguments[0], int)  # a number is a file that is open already
    if opens or event.startswith(_REFUSED):
        raise PermissionError(f"a reader of uploads may not do this: {event}")


def _forbid_calls() -> None:
    """Install a seccomp filter that refuses every other call, on machines whose call numbers are known."""
    machine = os.uname().machine if hasattr(os, "uname") else ""
    if not sys.platform.startswith("linux") or machine not in _MACHINES:
        return
    program = _program(*_MACHINES[machine])
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(program, len(program))

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    whole = Filter(len(program) // 8, ctypes.addressof(code))
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(_SECCOMP, _FILTER, ctypes.byref(whole), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel does not take the filter of calls")


def _program(architecture: int, allowed: str) -> bytes:
    """Classic BPF over struct seccomp_data: the number of the call at 0, the architecture at 4."""
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    for number in map(int, allowed.split()):
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    steps.append((_RETURN, 0, 0, _ERROR))
    return b"".join(struct.pack("<HBBI", *step) for step in steps)
