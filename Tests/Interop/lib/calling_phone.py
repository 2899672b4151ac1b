"""SIP phones with IMS-AKA that register at a P-CSCF over UDP or TCP, call each other and answer: for checks that take the
core apart while they do. One thread reads for each phone; requests are sent again as RFC 3261 §17.1 says."""

import base64
import queue
import re
import secrets
import socket
import threading
import time

from sip_phone import header, md5

T1, T2 = 0.5, 4


def uri(value):
    """Of a name-addr."""
    found = re.search(r"<([^>]*)>", value)
    return found[1] if found else value.split(";")[0].strip()


class Dialog:
    """A call as its caller or its callee sees it."""

    def __init__(self, call, local, remote, target, routes, sequence):
        self.call, self.local, self.remote, self.target, self.routes = call, local, remote, target, routes
        self.sequence = sequence


class CallingPhone:
    def __init__(self, sim, imsi, domain, proxy, transport="udp", address="127.0.0.1", description=None):
        """`description`: of a session, which an INVITE and its answer carry."""
        self.address, self.description = address, description
        #: The last one of the other side.
        self.heard = None
        self.sim, self.domain, self.proxy, self.transport = sim, domain, proxy, transport
        self.impi, self.impu = f"{imsi}@{domain}", f"sip:{imsi}@{domain}"
        self.call = secrets.token_hex(8)
        self.sequence = 0
        self.answers = {}
        self.service_route = []
        #: Calls that came in and stand, by Call-ID.
        self.dialogs = {}
        self.socket = None
        self.open()

    def open(self):
        """A socket, or a new connection."""
        if self.transport == "udp":
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind((self.address, 0))
            self.socket.connect(self.proxy)
        else:
            self.socket = socket.create_connection(self.proxy, 5)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._read, args=(self.socket,), daemon=True).start()

    # What comes

    def _messages(self, source):
        if self.transport == "udp":
            while True:
                try:
                    yield source.recv(65535).decode()
                except ConnectionRefusedError:
                    continue  # the P-CSCF is away
        buffer = b""
        while True:
            while b"\r\n\r\n" in buffer:
                head, _, rest = buffer.partition(b"\r\n\r\n")
                length = int((header(head.decode(), "Content-Length") or ["0"])[0])
                if len(rest) < length:
                    break
                yield (head + b"\r\n\r\n" + rest[:length]).decode()
                buffer = rest[length:]
            octets = source.recv(65535)
            if not octets:
                return
            buffer = (buffer + octets).lstrip(b"\r\n")

    def _read(self, source):
        try:
            for message in self._messages(source):
                if message.startswith("SIP/2.0"):
                    branch = re.search(r"branch=([^;\s,]+)", header(message, "Via")[0])[1]
                    if branch in self.answers:
                        self.answers[branch].put(message)
                else:
                    self._answer(message)
        except OSError:
            return

    def _answer(self, request):
        method = request.split(" ", 1)[0]
        call = header(request, "Call-ID")[0]
        if method == "ACK":
            return
        to = header(request, "To")[0]
        if "tag=" not in to:
            to += f";tag={md5(call + self.impu)[:8]}"
        lines = ["SIP/2.0 200 OK"]
        for name in ("Via", "Record-Route"):
            lines += [f"{name}: {value}" for value in header(request, name)]
        lines += [f"From: {header(request, 'From')[0]}", f"To: {to}", f"Call-ID: {call}",
                  f"CSeq: {header(request, 'CSeq')[0]}"]
        if method == "INVITE":
            lines.append(f"Contact: <sip:{self.impi.split('@')[0]}@{self.address}:{self.port};transport={self.transport}>")
            if call not in self.dialogs:
                routes = ", ".join(header(request, "Record-Route"))
                self.dialogs[call] = Dialog(
                    call, to, header(request, "From")[0], uri(header(request, "Contact")[0]),
                    re.findall(r"<[^>]*>[^,]*", routes), 0)
        if method == "BYE":
            self.dialogs.pop(call, None)
        self._send("\r\n".join(lines + self._body(method == "INVITE" and self._hear(request))))

    def _hear(self, message):
        """Whether there is something to say to that; notes the description in it."""
        body = message.partition("\r\n\r\n")[2]
        if body:
            self.heard = body
        return True

    def _body(self, speaks):
        if not speaks or not self.description:
            return ["Content-Length: 0", "", ""]
        return ["Content-Type: application/sdp", f"Content-Length: {len(self.description)}", "", self.description]

    # What goes

    def _send(self, text):
        try:
            self.socket.sendall(text.encode()) if self.transport != "udp" else self.socket.send(text.encode())
        except OSError:
            pass  # nobody is there: sent again later

    def request(self, method, target, fields, seconds=32):
        """The final answer, None without one."""
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        self.answers[branch] = answers = queue.Queue()
        lines = [f"{method} {target} SIP/2.0",
                 f"Via: SIP/2.0/{self.transport.upper()} {self.address}:{self.port};branch={branch}", "Max-Forwards: 70"]
        text = "\r\n".join(lines + [field for field in fields if field] + self._body(method == "INVITE"))
        end, pause, heard = time.monotonic() + seconds, T1, False
        self._send(text)
        while time.monotonic() < end:
            try:
                answer = answers.get(timeout=min(pause, max(0.01, end - time.monotonic())))
            except queue.Empty:
                if self.transport == "udp" and not (heard and method == "INVITE"):
                    self._send(text)
                    pause = min(pause * 2, T2)
                continue
            heard = True
            if not answer.startswith("SIP/2.0 1"):
                self._hear(answer)
                del self.answers[branch]
                return answer
        del self.answers[branch]
        return None

    def _register(self, authorization, expires, seconds):
        self.sequence += 1
        user = self.impi.split("@")[0]
        return self.request("REGISTER", f"sip:{self.domain}", [
            f"From: <{self.impu}>;tag={self.call}", f"To: <{self.impu}>", f"Call-ID: {self.call}@phone",
            f"CSeq: {self.sequence} REGISTER",
            f"Contact: <sip:{user}@{self.address}:{self.port};transport={self.transport}>;expires={expires}",
            "Supported: path", authorization], seconds)

    def _authorization(self, nonce="", response=""):
        return (f'Authorization: Digest username="{self.impi}",realm="{self.domain}",nonce="{nonce}",'
                f'uri="sip:{self.domain}",response="{response}"' + (",algorithm=AKAv1-MD5" if nonce else ""))

    def register(self, expires=600, seconds=32):
        """The status of the last answer; 0 without one."""
        answer = self._register(self._authorization(), expires, seconds)
        if answer and answer.startswith("SIP/2.0 401"):
            nonce = re.search(r'nonce="([^"]+)"', answer)[1]
            first = md5(f"{self.impi}:{self.domain}:".encode() + self.sim.res(base64.b64decode(nonce)[:16]))
            second = md5(f"REGISTER:sip:{self.domain}")
            authorization = (
                self._authorization(nonce, md5(f"{first}:{nonce}:00000001:abcdef:auth:{second}"))
                + ',qop=auth,nc=00000001,cnonce="abcdef"')
            answer = self._register(authorization, expires, seconds)
        if not answer:
            return 0
        if answer.startswith("SIP/2.0 200"):
            self.service_route = header(answer, "Service-Route")
        return int(answer[8:11])

    def invite(self, impu, seconds=32):
        """(status, dialog): a call, acknowledged when it is answered."""
        call = secrets.token_hex(8)
        local = f"<{self.impu}>;tag={secrets.token_hex(4)}"
        user = self.impi.split("@")[0]
        answer = self.request("INVITE", impu, [
            *(f"Route: {route}" for route in self.service_route), f"From: {local}", f"To: <{impu}>",
            f"Call-ID: {call}", "CSeq: 1 INVITE",
            f"Contact: <sip:{user}@{self.address}:{self.port};transport={self.transport}>"], seconds)
        if not answer:
            return 0, None
        status = int(answer[8:11])
        if status >= 300:
            return status, None
        routes = re.findall(r"<[^>]*>[^,]*", ", ".join(header(answer, "Record-Route")))
        dialog = Dialog(
            call, local, header(answer, "To")[0], uri(header(answer, "Contact")[0]), routes[::-1], 1)
        self._send("\r\n".join(
            [f"ACK {dialog.target} SIP/2.0",
             f"Via: SIP/2.0/{self.transport.upper()} {self.address}:{self.port};branch=z9hG4bK{secrets.token_hex(8)}",
             "Max-Forwards: 70", *(f"Route: {route}" for route in dialog.routes), f"From: {dialog.local}",
             f"To: {dialog.remote}", f"Call-ID: {call}", "CSeq: 1 ACK", "Content-Length: 0", "", ""]))
        return status, dialog

    def within(self, dialog, method, seconds=32):
        """A request inside a call; the status of its answer, 0 without one."""
        dialog.sequence += 1
        answer = self.request(method, dialog.target, [
            *(f"Route: {route}" for route in dialog.routes), f"From: {dialog.local}", f"To: {dialog.remote}",
            f"Call-ID: {dialog.call}", f"CSeq: {dialog.sequence} {method}"], seconds)
        return int(answer[8:11]) if answer else 0
