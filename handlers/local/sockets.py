"""On which addresses a process listens, told by Linux itself (proc(5), /proc/net/tcp and tcp6)."""

import contextlib
import socket
import struct
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

_LISTEN: Final = "0A"
Endpoint = tuple[IPv4Address | IPv6Address, int]


def listening(pid: int) -> frozenset[Endpoint]:
    """Every (address, port) on which the process accepts TCP connections."""
    inodes = _socket_inodes(pid)
    found = set[Endpoint]()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN and fields[9] in inodes:
                found.add(_endpoint(fields[1]))
    return frozenset(found)


def _socket_inodes(pid: int) -> frozenset[str]:
    inodes = set[str]()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            target = str(link.readlink())
            if target.startswith("socket:["):
                inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    return frozenset(inodes)


def _endpoint(text: str) -> Endpoint:
    """`0100007F:0BB8` is 127.0.0.1:3000: words of 32 bits in the machine's order, the port as a number."""
    address, port = text.split(":")
    words = [int(address[i : i + 8], 16) for i in range(0, len(address), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return ip_address(socket.inet_ntop(family, packed)), int(port, 16)
