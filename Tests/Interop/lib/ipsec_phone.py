"""A phone with IPsec and a home network, both written here, round a P-CSCF that requires security agreements.

Usage: ipsec_phone.py [RESTART | --crossed]    as root, in a network of its own, with the P-CSCF at 192.0.2.1 and 2001:db8::1 port 5060,
and the name space "phone" with 192.0.2.2 and 2001:db8::2. The phone's associations are made by ip(8) out of RFC 3329's
headers and the keys alone; what the P-CSCF has installed is read by ip(8) too. With RESTART, a command that kills the
P-CSCF and starts it again, one phone registers and is called before and after. With --crossed the P-CSCF has cross
associations, and the phone sends from its other port and is answered there.
"""
import base64
import ctypes
import os
import re
import select
import socket
import subprocess
import sys
import threading

DOMAIN = "ims.mnc001.mcc001.3gppnetwork.org"
CK, IK = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", "101112131415161718191a1b1c1d1e1f"
PAIRS = ("hmac-sha-1-96/aes-cbc", "hmac-sha-1-96/null", "hmac-md5-96/aes-cbc", "hmac-md5-96/null")
CROSSED = "--crossed" in sys.argv
failures = []


def check(name, holds, detail=""):
    if not holds:
        failures.append(name)
        print(f"FAILED {name} {detail}")


class Space:
    """The phone's name space, for what is opened inside `with`."""

    def __enter__(self):
        self.own = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.enter(os.open("/run/netns/phone", os.O_RDONLY))

    def __exit__(self, *_):
        self.enter(self.own)

    @staticmethod
    def enter(descriptor):
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(descriptor)


def field(message, name):
    found = re.search(rf"^{name}: *(.*?)\r$", message, re.M | re.I)
    return found[1] if found else None


def answer(request, status, more="", tag=";tag=t1"):
    kept = "".join(
        line + (tag if line.lower().startswith("to:") and "tag=" not in line else "") + "\r\n"
        for line in request.split("\r\n\r\n")[0].split("\r\n")[1:]
        if line.split(":")[0].lower() in ("via", "from", "to", "call-id", "cseq", "record-route"))
    return f"SIP/2.0 {status}\r\n{kept}{more}Content-Length: 0\r\n\r\n"


class Home(threading.Thread):
    """I-CSCF and S-CSCF in one: challenges what answers no challenge, and takes everything else."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("192.0.2.1", 5070))
        self.protected, self.path, self.answers = None, None, []

    def run(self):
        while True:
            octets, source = self.socket.recvfrom(65536)
            message = octets.decode()
            if message.startswith("SIP/2.0"):
                self.answers.append(message)
                continue
            authorization = field(message, "Authorization") or ""
            self.protected = re.search(r'integrity-protected="(\w+)"', authorization)[1]
            self.path = field(message, "Path")
            if 'response=""' in authorization:
                nonce = base64.b64encode(bytes(32)).decode()
                challenge = (f'WWW-Authenticate: Digest realm="{DOMAIN}", nonce="{nonce}", algorithm=AKAv1-MD5, '
                             f'ck="{CK}", ik="{IK}"\r\n')
                self.socket.sendto(answer(message, "401 Unauthorized", challenge).encode(), source)
                continue
            expires = field(message, "Expires")
            bound = "" if expires == "0" else f"Contact: {field(message, 'Contact')};expires={expires}\r\n"
            more = bound + f"Service-Route: <sip:orig@192.0.2.1:5070;lr>\r\nP-Associated-URI: {field(message, 'To')}\r\n"
            self.socket.sendto(answer(message, "200 OK", more).encode(), source)

    def send(self, contact, identity, size, number):
        """A MESSAGE to the phone by the Path of its registration."""
        body = "x" * size
        self.answers.clear()
        self.socket.sendto(
            (f"MESSAGE {contact} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKh{number}\r\n"
             f"Route: {self.path}\r\nMax-Forwards: 70\r\nFrom: <sip:b@{DOMAIN}>;tag=b\r\nTo: <{identity}>\r\n"
             f"Call-ID: h{number}\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\n"
             f"Content-Length: {size}\r\n\r\n{body}").encode(), ("192.0.2.1", 5060))


class Phone:
    def __init__(self, number, family, pair):
        self.v6 = family == socket.AF_INET6
        self.address, self.proxy = ("2001:db8::2", "2001:db8::1") if self.v6 else ("192.0.2.2", "192.0.2.1")
        self.number, self.pair, self.sequence = number, pair, 0
        self.server = 6000 + 10 * number
        self.impi = f"00101000000{number:04}@{DOMAIN}"
        self.impu = f"sip:{self.impi}"
        self.contact = f"sip:{number}@{self.host}:{self.server}"
        self.family = family
        with Space():
            self.clear, self.us = self.open(family, 5060), self.open(family, self.server)
            self.listener = socket.socket(family, socket.SOCK_STREAM)
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind((self.address, self.server))
            self.listener.listen()
        self.offer_anew(0)

    def offer_anew(self, step):
        """Another client port and other SPIs; the server port stays."""
        self.client = 6001 + 10 * self.number + step
        self.spi_c, self.spi_s = 1001 + 10 * self.number + 2 * step, 1002 + 10 * self.number + 2 * step
        with Space():
            self.uc = self.open(self.family, self.client)
        alg, ealg = self.pair.split("/")
        self.offer = (f"ipsec-3gpp;alg={alg};ealg={ealg};spi-c={self.spi_c};spi-s={self.spi_s};port-c={self.client};"
                      f"port-s={self.server};prot=esp;mod=trans")

    @property
    def host(self):
        return f"[{self.address}]" if self.v6 else self.address

    def open(self, family, port):
        made = socket.socket(family, socket.SOCK_DGRAM)
        made.bind((self.address, port))
        return made

    def register(self, response, expires=600, verify=None):
        self.sequence += 1
        more = f"Security-Verify: {verify}\r\n" if verify else ""
        port = self.server if verify else 5060
        return (f"REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {self.host}:{port};"
                f"branch=z9hG4bKp{self.number}x{self.sequence}\r\nMax-Forwards: 70\r\nFrom: <{self.impu}>;tag=f\r\n"
                f"To: <{self.impu}>\r\nCall-ID: c{self.number}\r\nCSeq: {self.sequence} REGISTER\r\n"
                f"Contact: <{self.contact}>\r\nExpires: {expires}\r\nRequire: sec-agree\r\nProxy-Require: sec-agree\r\n"
                f'Authorization: Digest username="{self.impi}",realm="{DOMAIN}",uri="sip:{DOMAIN}",nonce="",'
                f'response="{response}"\r\nSecurity-Client: {self.offer}\r\n{more}Content-Length: 0\r\n\r\n').encode()

    def receive(self, source, beginning="SIP/2.0", seconds=10):
        """The next message that begins so; others are retransmissions of what has been there."""
        while select.select([source], [], [], seconds)[0]:
            octets, sender = source.recvfrom(65536)
            if octets.decode().startswith(beginning):
                return octets.decode(), sender
        return "", None

    def install(self, server):
        """The four associations of the phone, by ip(8)."""
        alg, ealg = self.pair.split("/")
        auth = {"hmac-md5-96": ["hmac(md5)", "0x" + IK], "hmac-sha-1-96": ["hmac(sha1)", "0x" + IK + "00000000"]}[alg]
        enc = {"null": ["ecb(cipher_null)", ""], "aes-cbc": ["cbc(aes)", "0x" + CK]}[ealg]
        ps, pc = int(server["port-s"]), int(server["port-c"])
        out, into = (self.address, self.proxy), (self.proxy, self.address)
        lines = []
        for ends, source, target, spi, way, other in [
                (out, self.client, ps, server["spi-s"], "out", self.server), (into, ps, self.client, self.spi_c, "in", pc),
                (into, pc, self.server, self.spi_s, "in", ps), (out, self.server, pc, server["spi-c"], "out", self.client)]:
            lines.append(f"xfrm state add src {ends[0]} dst {ends[1]} proto esp spi {spi} reqid {spi} mode transport "
                         f"replay-window 32 auth-trunc {' '.join(auth)} 96 enc {enc[0]} {enc[1] or chr(34) * 2}")
            # Crossed, an association carries what comes from the sender's other port too.
            for port in (source, other)[:2 if CROSSED else 1]:
                for protocol in ("udp", "tcp"):
                    lines.append(f"xfrm policy add src {ends[0]} dst {ends[1]} proto {protocol} sport {port} dport {target} "
                                 f"dir {way} tmpl src {ends[0]} dst {ends[1]} proto esp reqid {spi} mode transport")
        ip("-batch", "-", text="\n".join(lines))


def ip(*arguments, space=("-n", "phone"), text=None):
    done = subprocess.run(["ip", *space, *arguments], input=text, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"ip {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def states(phone):
    """SPI, source, destination and keys of the P-CSCF's associations with a phone, as ip(8) lists them."""
    found = set()
    for block in re.split(r"^(?=src )", ip("xfrm", "state", space=()), flags=re.M):
        if phone.address not in block:
            continue
        ends = re.search(r"src (\S+) dst (\S+)\s+proto esp spi 0x(\w+)", block)
        auth = re.search(r"auth-trunc (\S+) 0x(\w+) 96", block)
        enc = re.search(r"enc (\S+)(?: 0x(\w+))?", block)
        # A crossed association names no port of its sender.
        ports = re.search(r"(?:sport (\d+) )?dport (\d+)", block)
        if not ports or not CROSSED and not {int(ports[1]), int(ports[2])} & {phone.client, phone.server}:
            continue
        found.add((ends[1], ends[2], int(ends[3], 16), auth[1], auth[2], enc[1], enc[2] or "",
                   int(ports[1] or 0), int(ports[2])))
    return found


def table(phone, server):
    """What RFC 3329's headers say that the P-CSCF's associations are."""
    alg, ealg = phone.pair.split("/")
    ps, pc = int(server["port-s"]), int(server["port-c"])
    auth = ("hmac(md5)", IK) if alg == "hmac-md5-96" else ("hmac(sha1)", IK + "00000000")
    enc = ("cbc(aes)", CK) if ealg == "aes-cbc" else ("ecb(cipher_null)", "")
    us, them = phone.proxy, phone.address
    return {(*ends, int(spi), *auth, *enc, 0 if CROSSED else ports[0], ports[1]) for ends, spi, ports in [
        ((them, us), server["spi-s"], (phone.client, ps)), ((us, them), phone.spi_c, (ps, phone.client)),
        ((us, them), phone.spi_s, (pc, phone.server)), ((them, us), server["spi-c"], (phone.server, pc))]}


def run(home, number, family, pair, restart=None):
    phone = Phone(number, family, pair)
    name = f"{pair} over IPv{'6' if phone.v6 else '4'}"
    response = "00112233445566778899aabbccddeeff"

    def offered(message):
        check(f"{name}: 401", message.startswith("SIP/2.0 401"), message[:80])
        check(f"{name}: no keys for the phone", "ck=" not in message and "ik=" not in message)
        text = field(message, "Security-Server") or ""
        return text, dict(part.split("=") for part in text.split(";")[1:])

    def registered(expires):
        phone.uc.sendto(phone.register(response, expires, text), (phone.proxy, ps))
        message, sender = phone.receive(phone.us)
        check(f"{name}: 200 for {expires}", message.startswith("SIP/2.0 200"), message[:80])
        check(f"{name}: the 200 comes from port_pc", sender and sender[1] == pc, str(sender))
        check(f"{name}: protected", home.protected == "yes")

    def refreshed_over_tcp():
        """From port_uc to port_ps, by a connection inside the associations."""
        with Space():
            connection = socket.socket(family, socket.SOCK_STREAM)
            connection.bind((phone.address, phone.client))
        connection.settimeout(10)
        connection.connect((phone.proxy, ps))
        connection.sendall(phone.register(response, 600, text).replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP"))
        check(f"{name}: 200 over TCP", connection.recv(65536).startswith(b"SIP/2.0 200"))
        check(f"{name}: protected over TCP", home.protected == "yes")
        connection.close()

    def crossed(ps, pc):
        """From the server port to the P-CSCF's, and from the client port to its client port: nothing else carries that."""
        for sockets, source, port in (("port_us to port_ps", phone.us, ps), ("port_uc to port_pc", phone.uc, pc)):
            source.sendto(phone.register(response, 600, text).replace(b";branch", b";rport;branch"), (phone.proxy, port))
            message, sender = phone.receive(source)
            check(f"{name}: 200 for {sockets}", message.startswith("SIP/2.0 200"), message[:80])
            check(f"{name}: from port {port}", sender and sender[1] == port, str(sender))
            check(f"{name}: protected by {sockets}", home.protected == "yes")

    def called(mark):
        home.send(phone.contact, phone.impu, 100, f"{number}{mark}")
        message, sender = phone.receive(phone.us, "MESSAGE")
        check(f"{name}: a request comes from port_pc", sender and sender[1] == pc, str(sender))
        phone.uc.sendto(answer(message, "200 OK").encode(), (phone.proxy, ps))
        check(f"{name}: its answer from port_uc to port_ps",
              eventually(lambda: any("200 OK" in one for one in home.answers)))

    phone.clear.sendto(phone.register(""), (phone.proxy, 5060))
    text, server = offered(phone.receive(phone.clear)[0])
    check(f"{name}: unprotected at first", home.protected == "no")
    ps, pc = int(server["port-s"]), int(server["port-c"])
    first = table(phone, server)
    check(f"{name}: the table of the kernel", states(phone) == first, f"\n{sorted(states(phone))}\n{sorted(first)}")
    phone.install(server)
    registered(600)
    called("a")
    refreshed_over_tcp()
    if CROSSED:
        crossed(ps, pc)
        registered(0)
        return
    if restart:
        before = states(phone)
        subprocess.run(restart, shell=True, check=True)
        check(f"{name}: the restarted P-CSCF leaves the associations", states(phone) == before)
        called("k")
        registered(600)
        return
    # 3 kB.
    home.send(phone.contact, phone.impu, 3000, f"{number}b")
    phone.listener.settimeout(10)
    try:
        connection, sender = phone.listener.accept()
        check(f"{name}: 3 kB by TCP from port_pc", sender[1] == pc, str(sender))
        message = ""
        while len(message) < 3000 or not message.endswith("x"):
            message += connection.recv(65536).decode()
        connection.sendall(answer(message, "200 OK").encode())
        check(f"{name}: answered on the connection",
              eventually(lambda: any("200 OK" in one for one in home.answers)))
        connection.close()
    except TimeoutError:
        check(f"{name}: 3 kB by TCP", False)
    # New associations beside the old: asked for and challenged through those. Once for each family will do.
    if pair == PAIRS[0]:
        old, before = phone.uc, pc
        phone.offer_anew(1)
        old.sendto(phone.register("", 600, text), (phone.proxy, ps))
        message, sender = phone.receive(phone.us)
        check(f"{name}: challenged through the old associations", sender and sender[1] == before, str(sender))
        text, server = offered(message)
        pc = int(server["port-c"])
        check(f"{name}: the same server port, another client port", int(server["port-s"]) == ps and pc != before)
        second = table(phone, server)
        check(f"{name}: both sets", states(phone) >= second and len(states(phone)) >= 6, f"\n{sorted(states(phone))}")
        phone.install(server)
        registered(600)
        called("c")
    registered(0)
    # Past the associations nothing is heard: the phone's kernel lets this one out as it is, ours does not take it.
    phone.clear.close()
    with Space():
        stray = phone.open(family, 7000 + number)
    stray.sendto(phone.register(response, 600, text), (phone.proxy, ps))
    check(f"{name}: nothing but ESP at the protected port", phone.receive(stray, "", 0.3)[0] == "")


def eventually(holds, seconds=10):
    for _ in range(seconds * 20):
        if holds():
            return True
        threading.Event().wait(0.05)
    return False


home = Home()
home.start()
number = 0
if CROSSED:
    for number, family in ((500, socket.AF_INET), (501, socket.AF_INET6)):
        run(home, number, family, PAIRS[0])
    print(f"cross associations: a phone over IPv4 and one over IPv6, {len(failures)} failures")
    sys.exit(1 if failures else 0)
if len(sys.argv) > 1:
    run(home, 900, socket.AF_INET, PAIRS[0], sys.argv[1])
    print(f"called and refreshed through the associations of before kill -9, {len(failures)} failures")
    sys.exit(1 if failures else 0)
for family in (socket.AF_INET, socket.AF_INET6):
    for pair in PAIRS:
        run(home, number, family, pair)
        number += 1
check("64·T1 after the end nothing is left", eventually(lambda: "proto esp" not in ip("xfrm", "state", space=()), 20))
print(f"{number} registrations with IPsec, {len(failures)} failures")
sys.exit(1 if failures else 0)
