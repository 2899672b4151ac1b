"""Malformed SIP and Diameter to a core on 127.0.0.1; checks the answers and that connections end as they must."""

import socket
import struct
import sys

failures = []


def check(name, holds, detail=""):
    print(("ok: " if holds else "WRONG: ") + name + (f" ({detail})" if detail and not holds else ""))
    if not holds:
        failures.append(name)


def sip(message, port=5060, timeout=1.0):
    """Sends a datagram; gives the status of the answer, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.bind(("127.0.0.1", 0))
        channel.settimeout(timeout)
        own = channel.getsockname()[1]
        text = message.replace("PORT", str(own)) if isinstance(message, str) else message
        channel.sendto(text.encode() if isinstance(text, str) else text, ("127.0.0.1", port))
        try:
            answer = channel.recv(65535).decode(errors="replace")
        except socket.timeout:
            return None
        return int(answer.split()[1])


def register(extra="", contact="Contact: <sip:a@127.0.0.1:PORT>\r\n", cseq="1 REGISTER", branch="z9hG4bKbad"):
    return (
        "REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:PORT;branch={branch};rport\r\n"
        "Max-Forwards: 70\r\n"
        "From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=1\r\n"
        "To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>\r\n"
        f"Call-ID: {branch}@test\r\n"
        f"CSeq: {cseq}\r\n{contact}{extra}\r\n"
    )


check("garbage is dropped", sip(b"\x00\x01\x02garbage\r\n\r\n") is None)
check("an empty datagram is dropped", sip(b"") is None)
check("a CSeq of another method is 400", sip(register(cseq="1 INVITE", branch="z9hG4bKm1")) == 400)
check("a CSeq over 2^32 is 400", sip(register(cseq="4294967296 REGISTER", branch="z9hG4bKm2")) == 400)
check("Content-Length beyond the datagram is 400", sip(register("Content-Length: 9999\r\n", branch="z9hG4bKm3")) == 400)
check("Content-Length 2^32+32 is 400", sip(register("Content-Length: 4294967328\r\n", branch="z9hG4bKm4")) == 400)
check("an oversized header is refused or dropped", sip(register("X-Long: " + "a" * 60000 + "\r\n", branch="z9hG4bKm5")) in (None, 400, 401, 413, 513))
check("10,000 parameters in Authorization are survived", sip(register("Authorization: Digest " + ",".join(f"a{i}=b" for i in range(4000)) + "\r\n", branch="z9hG4bKm6")) is not None)
check("SIP/3.0 is 505", sip(register(branch="z9hG4bKm7").replace("SIP/2.0\r\nVia", "SIP/3.0\r\nVia")) == 505)
check("a host-only request URI with an empty user", sip(register(branch="z9hG4bKm8").replace("REGISTER sip:", "REGISTER sip:@", 1)) in (400, 404))
check("an unregistered MESSAGE is 403", sip(register(branch="z9hG4bKm9", cseq="1 MESSAGE").replace("REGISTER sip", "MESSAGE sip")) == 403)


def diameter(octets, timeout=2.0):
    """Opens a connection to the HSS and sends octets; gives what comes back until the connection ends or is quiet."""
    with socket.create_connection(("127.0.0.1", 3868), timeout=timeout) as channel:
        channel.sendall(octets)
        received = b""
        try:
            while True:
                chunk = channel.recv(65535)
                if not chunk:
                    return received, True
                received += chunk
        except socket.timeout:
            return received, False
        except ConnectionError:
            return received, True


for length in (0, 5, 19, 21, 0xFFFFFF):
    header = struct.pack("!I", 1 << 24 | length) + struct.pack("!IIII", 0x80000101, 0, 1, 1)
    _, closed = diameter(header)
    check(f"a Diameter length of {length} ends the connection", closed)

stranger = b"".join(
    struct.pack("!II", code, 0x40 << 24 | 8 + len(value)) + value + b"\0" * (-len(value) % 4)
    for code, value in (
        (264, b"stranger.example"), (296, b"example"), (257, b"\0\x01\x7f\0\0\x01"), (266, struct.pack("!I", 0)),
        (269, b"test"), (258, struct.pack("!I", 16777216)),
    )
)
request = struct.pack("!IIIII", 1 << 24 | 20 + len(stranger), 0x80000101, 0, 7, 7) + stranger
answer, closed = diameter(request)
check("a stranger's CER gets 3010 UNKNOWN_PEER", struct.pack("!I", 3010) in answer)
check("and the connection ends", closed)

sys.exit(1 if failures else 0)
