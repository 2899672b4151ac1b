"""A phone in a browser, as a proxy sees it: SIP over a WebSocket (RFC 7118). Any surprise is an error.

web_phone.py call URL CA ANSWERS    registers web@localhost with SIP Digest, calls sip:udp@localhost, who is a phone on UDP,
                                    and hangs up; then answers as many calls as it is told. Prints what it has done.
web_phone.py options URL CA NAME    asks with OPTIONS, as text and as binary message, pings, and is refused without the
                                    subprotocol. Over wss the server's certificate must be of the root CA and for NAME.
"""

import asyncio
import hashlib
import random
import re
import ssl
import sys

import websockets

order, url, authority = sys.argv[1:4]
VIA = "WSS" if url.startswith("wss") else "WS"
HOST = f"{random.getrandbits(48):x}.invalid"
CONTACT = f"<sip:web@{HOST};transport=ws>"
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 7000 RTP/AVP 0\r\n"


def token():
    return f"{random.getrandbits(64):x}"


class Message:
    def __init__(self, text):
        head, _, self.body = text.partition("\r\n\r\n")
        self.start, *lines = head.split("\r\n")
        self.fields = [line.split(":", 1) for line in lines]
        if int(self.get("Content-Length")) != len(self.body):
            sys.exit(f"failed: Content-Length does not fit\n{text}")

    def all(self, name):
        return [value.strip() for field, value in self.fields if field.lower() == name.lower()]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else None

    @property
    def status(self):
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else None

    @property
    def method(self):
        return self.start.split()[0]


class Phone:
    def __init__(self, socket):
        self.socket = socket
        self.call, self.tag = token(), token()

    async def receive(self, expected):
        """The next message that is no 100; it must be a response of this status or a request of this method."""
        while True:
            text = await asyncio.wait_for(self.socket.recv(), 10)
            message = Message(text if isinstance(text, str) else text.decode())
            if message.status == 100:
                continue
            if expected not in (message.status, message.method):
                sys.exit(f"failed: expected {expected}, got\n{text}")
            return message

    async def request(self, method, uri, number, to, routes=(), extra=(), body=""):
        lines = [
            f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/{VIA} {HOST};branch=z9hG4bK{token()}", "Max-Forwards: 70",
            *(f"Route: {route}" for route in routes), f"From: <sip:web@localhost>;tag={self.tag}", f"To: {to}",
            f"Call-ID: {self.call}", f"CSeq: {number} {method}", *extra]
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        await self.socket.send("\r\n".join(lines) + "\r\n\r\n" + body)

    async def respond(self, request, status, reason, body=""):
        lines = [f"SIP/2.0 {status} {reason}"]
        for name, value in request.fields:
            if name.lower() in ("via", "from", "call-id", "cseq", "record-route"):
                lines.append(f"{name}: {value.strip()}")
        to = request.get("To")
        lines.append(f"To: {to}" if ";tag=" in to else f"To: {to};tag={self.tag}")
        if request.method == "INVITE":
            lines.append(f"Contact: {CONTACT}")
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        await self.socket.send("\r\n".join(lines) + "\r\n\r\n" + body)

    async def register(self):
        contact = f"Contact: {CONTACT};expires=600"
        await self.request("REGISTER", "sip:localhost", 1, "<sip:web@localhost>", extra=[contact])
        challenge = (await self.receive(401)).get("WWW-Authenticate")
        values = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge.partition(" ")[2]))
        if values["algorithm"] != "SHA-256":
            sys.exit(f"failed: the preferred challenge is {values['algorithm']}")

        def hashed(text):
            return hashlib.sha256(text.encode()).hexdigest()

        cnonce = token()
        secret, what = hashed(f"web:{values['realm']}:web-secret"), hashed("REGISTER:sip:localhost")
        response = hashed(f"{secret}:{values['nonce']}:00000001:{cnonce}:auth:{what}")
        credentials = (
            f'Authorization: Digest username="web", realm="{values["realm"]}", nonce="{values["nonce"]}", '
            f'uri="sip:localhost", response="{response}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="{cnonce}"')
        await self.request("REGISTER", "sip:localhost", 2, "<sip:web@localhost>", extra=[contact, credentials])
        if HOST not in (await self.receive(200)).get("Contact"):
            sys.exit("failed: the 200 does not name our contact")

    async def place_call(self):
        self.call, self.tag = token(), token()
        await self.request(
            "INVITE", "sip:udp@localhost", 1, "<sip:udp@localhost>", extra=[f"Contact: {CONTACT}"], body=SDP)
        await self.receive(180)
        answer = await self.receive(200)
        # Two entries, for the transport changes; the first that we take is the last that was written.
        routes = [route for value in answer.all("Record-Route") for route in value.split(", ")][::-1]
        if len(routes) != 2 or "transport=ws" not in routes[0]:
            sys.exit(f"failed: Record-Route is {routes}")
        remote = re.search(r"<([^>]*)>", answer.get("Contact")).group(1)
        await self.request("ACK", remote, 1, answer.get("To"), routes)
        await self.request("BYE", remote, 2, answer.get("To"), routes)
        await self.receive(200)

    async def answer_call(self):
        self.tag = token()
        invite = await self.receive("INVITE")
        await self.respond(invite, 180, "Ringing")
        await self.respond(invite, 200, "OK", SDP)
        await self.receive("ACK")
        await self.respond(await self.receive("BYE"), 200, "OK")


async def call(socket, answers):
    phone = Phone(socket)
    # RFC 5626 §4.4.1 over a WebSocket, and the WebSocket's own ping.
    await socket.send("\r\n\r\n")
    if await asyncio.wait_for(socket.recv(), 5) not in ("\r\n", b"\r\n"):
        sys.exit("failed: no pong")
    await asyncio.wait_for(await socket.ping(), 5)
    await phone.register()
    await phone.place_call()
    print("registered and called", flush=True)
    for _ in range(answers):
        await phone.answer_call()
    print(f"answered {answers} calls", flush=True)


async def options(socket):
    for encode in (str, str.encode):
        phone, branch = Phone(socket), token()
        lines = [
            "OPTIONS sip:127.0.0.1 SIP/2.0", f"Via: SIP/2.0/{VIA} {HOST};branch=z9hG4bK{branch}", "Max-Forwards: 70",
            "From: <sip:a@example.org>;tag=1", "To: <sip:127.0.0.1>", f"Call-ID: {phone.call}", "CSeq: 1 OPTIONS"]
        # No Content-Length: RFC 7118 §5.2 leaves it out.
        await socket.send(encode("\r\n".join(lines) + "\r\n\r\n"))
        answer = await asyncio.wait_for(socket.recv(), 5)
        if not answer.startswith("SIP/2.0 ") or f"Via: SIP/2.0/{VIA} {HOST};branch=z9hG4bK{branch}\r\n" not in answer:
            sys.exit(f"failed: the answer is\n{answer}")
    await asyncio.wait_for(await socket.ping(), 5)
    print(f"{url}: answered, {answer.splitlines()[0]}")


async def refused(security):
    try:
        async with websockets.connect(url, **security):
            sys.exit("failed: a handshake without the subprotocol sip was accepted")
    except websockets.exceptions.InvalidHandshake as error:  # older versions have the status in it, newer a response
        response = getattr(error, "response", None)
        status = response.status_code if response else error.status_code
        if status != 400:
            sys.exit(f"failed: a handshake without the subprotocol sip is answered with {status}")
    print(f"{url}: refused without the subprotocol sip")


async def main():
    security = {}
    if url.startswith("wss"):
        security["ssl"] = ssl.create_default_context(cafile=authority)
        if order == "options":
            security["server_hostname"] = sys.argv[4]
    async with websockets.connect(url, subprotocols=["sip"], **security) as socket:
        if socket.subprotocol != "sip":
            sys.exit(f"failed: the subprotocol is {socket.subprotocol}")
        if order == "call":
            await call(socket, int(sys.argv[4]))
        else:
            await options(socket)
    if order == "options":
        await refused(security)


asyncio.run(main())
