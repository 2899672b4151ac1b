"""A SIP phone with IMS-AKA that speaks to an S-CSCF as a P-CSCF would pass it on. For checks; UDP, one user."""

import base64
import hashlib
import re
import secrets
import socket


def md5(text):
    return hashlib.md5(text if isinstance(text, bytes) else text.encode()).hexdigest()


class Phone:
    def __init__(self, sim, impi, impu, realm, server):
        self.sim, self.impi, self.impu, self.realm, self.server = sim, impi, impu, realm, server
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.port = self.socket.getsockname()[1]
        self.call = secrets.token_hex(8)
        self.sequence = 0

    def _register(self, expires, authorization):
        self.sequence += 1
        lines = [
            f"REGISTER sip:{self.realm} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(8)}",
            "Max-Forwards: 69",
            f"From: <{self.impu}>;tag={self.call}",
            f"To: <{self.impu}>",
            f"Call-ID: {self.call}@phone",
            f"CSeq: {self.sequence} REGISTER",
            f"Contact: <sip:phone@127.0.0.1:{self.port}>;expires={expires}",
            f"Path: <sip:phone@127.0.0.1:{self.port};lr>",
            "Require: path",
            "Supported: path",
            f'P-Visited-Network-ID: "{self.realm}"',
            f"P-Charging-Vector: icid-value={self.call}",
            authorization,
            "Content-Length: 0",
        ]
        self.socket.sendto(("\r\n".join(line for line in lines if line) + "\r\n\r\n").encode(), self.server)
        while True:
            answer = self.socket.recv(65535).decode()
            status = re.match(r"SIP/2.0 (\d+)", answer)
            if status and status[1] != "100" and f"CSeq: {self.sequence} REGISTER" in answer:
                return int(status[1]), answer

    def _authorization(self, nonce="", response=""):
        # The P-CSCF's word that it is a phone with AKA and without a security association.
        return (f'Authorization: Digest username="{self.impi}",realm="{self.realm}",nonce="{nonce}",'
                f'uri="sip:{self.realm}",response="{response}",integrity-protected="no"' + (",algorithm=AKAv1-MD5" if nonce else ""))

    def register(self, expires=600):
        """(statuses, last answer, challenge): REGISTER, and when it is challenged again with the response."""
        status, answer = self._register(expires, self._authorization())
        if status != 401:
            return [status], answer, None
        nonce = re.search(r'nonce="([^"]+)"', answer)[1]
        challenge = base64.b64decode(nonce)
        rand = challenge[:16]
        self.sim.sqn(rand, challenge[16:32])
        # RFC 3310 §3.3: RES is the password.
        first = md5(f"{self.impi}:{self.realm}:".encode() + self.sim.res(rand))
        second = md5(f"REGISTER:sip:{self.realm}")
        qop = re.search(r'qop="?auth', answer)
        if qop:
            response = md5(f"{first}:{nonce}:00000001:abcdef:auth:{second}")
            authorization = self._authorization(nonce, response) + ',qop=auth,nc=00000001,cnonce="abcdef"'
        else:
            authorization = self._authorization(nonce, md5(f"{first}:{nonce}:{second}"))
        status, answer = self._register(expires, authorization)
        return [401, status], answer, challenge


def header(message, name):
    """All values of a header, in order."""
    return re.findall(rf"^{name}:\s*(.*?)\r?$", message, re.MULTILINE | re.IGNORECASE)
