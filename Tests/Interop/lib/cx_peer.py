"""A Cx node made of python-diameter: its base protocol, its dictionary, its typed commands.

python-diameter's MAR and its Deregistration- and SIP-Auth-Data structures name RFC 4740's AVPs (codes 368 to 399) where
Cx has 3GPP's, and its UAR has no Session-Id; what is missing is added here from the same library's dictionary.
"""

import itertools
import os
import sys
import time

from diameter.message import Message, constants as c
from diameter.message.avp import Avp
from diameter.message.avp.grouped import VendorSpecificApplicationId
from diameter.node import Node
from diameter.node.application import SimpleThreadingApplication

REALM = "ims.mnc001.mcc001.3gppnetwork.org"
CX = 16777216
TGPP = 10415

_sessions = itertools.count(1)
_failures = []


def check(name, holds, detail=""):
    print(("ok: " if holds else "WRONG: ") + name + (f" ({detail})" if detail and not holds else ""), flush=True)
    if not holds:
        _failures.append(name)


def equal(name, found, expected):
    check(name, found == expected, f"{found!r} instead of {expected!r}")


def finish():
    print(f"{len(_failures)} wrong")
    sys.stdout.flush()
    # python-diameter's threads may outlive a stop; nothing of them is wanted any more.
    os._exit(1 if _failures else 0)


def _excepthook(*error):
    sys.__excepthook__(*error)
    check("the script ended", False)
    finish()


sys.excepthook = _excepthook


def avp(code, value, vendor=TGPP):
    return Avp.new(code, vendor, value=value)


class CxPeer:
    def __init__(self, name, peer, address=None, listen=None, handler=None):
        """Connects to `address`, an (IP, port), or waits at `listen` for the peer to call."""
        self.host = f"{name}.{REALM}"
        self.peer_host = f"{peer}.{REALM}"
        if listen:
            self.node = Node(self.host, REALM, ip_addresses=[listen[0]], tcp_port=listen[1], vendor_ids=[TGPP])
        else:
            self.node = Node(self.host, REALM, ip_addresses=["127.0.0.1"], vendor_ids=[TGPP])
            self.node.tcp_port = None
        self.node.wakeup_interval = 1
        # Its own table would refuse every MAR for want of RFC 4740's SIP-Auth-Data-Item.
        self.node.validate_received_request_avps = False
        port = address[1] if address else 3868
        self.peer = self.node.add_peer(
            f"aaa://{self.peer_host}:{port};transport=tcp", REALM, ip_addresses=[address[0]] if address else [],
            is_persistent=bool(address))
        self.app = SimpleThreadingApplication(CX, is_auth_application=True, request_handler=handler)
        self.node.add_application(self.app, [self.peer])
        self.node.start()

    def wait(self, seconds=15):
        self.app.wait_for_ready(seconds)
        time.sleep(0.5)  # ready when its CEA is written; the peer has yet to read it

    def prepare(self, message, host=None):
        """What every Cx request begins with."""
        message.session_id = f"{self.host};{next(_sessions)};1"
        if message.header.command_code == 300:
            message.append_avp(avp(c.AVP_SESSION_ID, message.session_id, 0))
        message.vendor_specific_application_id = VendorSpecificApplicationId(vendor_id=TGPP, auth_application_id=CX)
        message.auth_session_state = 1
        message.origin_host = self.host.encode()
        message.origin_realm = REALM.encode()
        message.destination_realm = REALM.encode()
        if host:
            message.destination_host = host.encode()
        message.header.application_id = CX
        message.header.is_proxyable = True
        return message

    def ask(self, message, timeout=10):
        return self.app.send_request(message, timeout=timeout)

    def answer(self, request, result=None, experimental=None):
        answer = self.app.generate_answer(request)
        answer.vendor_specific_application_id = VendorSpecificApplicationId(vendor_id=TGPP, auth_application_id=CX)
        answer.auth_session_state = 1
        if result:
            answer.result_code = result
        if experimental:
            answer.append_avp(
                avp(c.AVP_EXPERIMENTAL_RESULT,
                    [avp(c.AVP_VENDOR_ID, TGPP, 0), avp(c.AVP_EXPERIMENTAL_RESULT_CODE, experimental, 0)], 0))
        return answer


def values(message, *path):
    """The values at the end of a path of 3GPP AVP codes (or (code, vendor))."""
    path = [step if isinstance(step, tuple) else (step, TGPP) for step in path]
    return [found.value for found in Message.from_bytes(message.as_bytes()).find_avps(*path)]


def value(message, *path):
    found = values(message, *path)
    return found[0] if len(found) == 1 else (None if not found else found)


def result(message):
    """(Result-Code, Experimental-Result-Code): one of them is None in a right answer."""
    return (
        value(message, (c.AVP_RESULT_CODE, 0)),
        value(message, (c.AVP_EXPERIMENTAL_RESULT, 0), (c.AVP_EXPERIMENTAL_RESULT_CODE, 0)),
    )
