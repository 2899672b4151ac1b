"""A soft phone without a SIM: registers with SIP Digest (RFC 7616) at a P-CSCF over UDP, as any SIP client would.

    digest_phone.py PROXY:PORT IMPI IMPU PASSWORD register|deregister [CONTACT-PORT]

Prints the statuses that it got, such as "401 200". Ends with 0 when the last one is 200."""

import hashlib
import re
import secrets
import socket
import sys


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Phone:
    def __init__(self, proxy, impi, impu, password, port=0):
        host, number = proxy.rsplit(":", 1)
        self.server = (host, int(number))
        self.impi, self.impu, self.password = impi, impu, password
        self.realm = impi.split("@", 1)[1]
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.socket.settimeout(5)
        self.port = self.socket.getsockname()[1]
        self.call = secrets.token_hex(8)
        self.sequence = 0

    def _send(self, expires, authorization):
        self.sequence += 1
        lines = [
            f"REGISTER sip:{self.realm} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(8)};rport",
            "Max-Forwards: 70",
            f"From: <{self.impu}>;tag={self.call}",
            f"To: <{self.impu}>",
            f"Call-ID: {self.call}@soft-phone",
            f"CSeq: {self.sequence} REGISTER",
            f"Contact: <sip:soft@127.0.0.1:{self.port}>;expires={expires}",
            "Supported: path",
            authorization,
            "Content-Length: 0",
        ]
        self.socket.sendto(("\r\n".join(line for line in lines if line) + "\r\n\r\n").encode(), self.server)
        while True:
            answer = self.socket.recv(65535).decode()
            status = re.match(r"SIP/2.0 (\d+)", answer)
            if status and status[1] != "100" and f"CSeq: {self.sequence} REGISTER" in answer:
                return int(status[1]), answer

    def register(self, expires=600):
        uri = f"sip:{self.realm}"
        # Who has no SIM says in the first REGISTER who he is; from the public identity alone the HSS does not know it.
        status, answer = self._send(
            expires, f'Authorization: Digest username="{self.impi}",realm="{self.realm}",nonce="",uri="{uri}",response=""')
        if status != 401:
            return [status]
        challenge = re.search(r"^WWW-Authenticate:\s*Digest\s+(.*?)\r?$", answer, re.MULTILINE | re.IGNORECASE)[1]
        value = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge))
        first = md5(f"{self.impi}:{value['realm']}:{self.password}")
        response = md5(f"{first}:{value['nonce']}:00000001:0a4f113b:auth:{md5('REGISTER:' + uri)}")
        status, _ = self._send(
            expires,
            f'Authorization: Digest username="{self.impi}",realm="{value["realm"]}",nonce="{value["nonce"]}",uri="{uri}",'
            f'response="{response}",algorithm=MD5,qop=auth,nc=00000001,cnonce="0a4f113b"')
        return [401, status]


if __name__ == "__main__":
    proxy, impi, impu, password, order = sys.argv[1:6]
    phone = Phone(proxy, impi, impu, password, int(sys.argv[6]) if len(sys.argv) > 6 else 0)
    statuses = phone.register(600 if order == "register" else 0)
    print(*statuses)
    sys.exit(statuses[-1] != 200)
