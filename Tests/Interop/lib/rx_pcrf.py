"""policy_calls.py's PCRF: python-diameter at the server's end of Rx (TS 29.214), with its base protocol and its dictionary."""

import threading
import time

from diameter.message.commands import AaRequest, AbortSessionRequest, ReAuthRequest
from diameter.node import Node
from diameter.node.application import SimpleThreadingApplication

from cx_peer import REALM, TGPP, avp, result, value, values

RX = 16777236
COMPONENT, SUB, FLOW = 517, 519, 507

# Its typed Media-Component-Description leaves out what it has no attribute for (Flow-Status, Codec-Data); untyped all stays.
AaRequest.avp_def = tuple(part for part in AaRequest.avp_def if part.avp_code != COMPONENT)


class PCRF:
    """Agrees to everything until `refuse` is the code of an Experimental-Result, or `silent` is true."""

    def __init__(self, port):
        self.host = f"pcrf.{REALM}"
        self.refuse, self.silent = None, False
        #: The AARs and STRs of each session, in order, as python-diameter has decoded them.
        self.requests, self.ends = {}, {}
        self.news = threading.Condition()
        self.node = Node(self.host, REALM, ip_addresses=["127.0.0.1"], tcp_port=port, vendor_ids=[TGPP])
        self.node.wakeup_interval = 1
        # Its AAR is that of RFC 7155, which wants a Request-Type.
        self.node.validate_received_request_avps = False
        peer = self.node.add_peer(f"aaa://pcscf.{REALM}:3868;transport=tcp", REALM)
        # It counts by Result-Code, which an answer with Experimental-Result has not.
        peer.statistics.add_sent_result_code = lambda code: None
        self.app = SimpleThreadingApplication(RX, is_auth_application=True, request_handler=self._serve)
        self.node.add_application(self.app, [peer])
        self.node.start()

    def _serve(self, app, request):
        session = value(request, (263, 0))
        kept = self.requests if request.header.command_code == 265 else self.ends
        with self.news:
            kept.setdefault(session, []).append(request)
            self.news.notify_all()
        if self.silent:
            time.sleep(2)
        answer = app.generate_answer(request)
        answer.session_id = session
        answer.auth_application_id = RX
        if self.refuse and request.header.command_code == 265:
            answer.append_avp(avp(297, [avp(266, TGPP, 0), avp(298, self.refuse, 0)], 0))
        else:
            answer.result_code = 2001
        return answer

    def clear(self):
        with self.news:
            self.requests, self.ends = {}, {}

    def wait(self, holds, seconds=5):
        """Whether something holds of what has come, soon enough."""
        with self.news:
            return self.news.wait_for(holds, seconds)

    def _ask(self, message, session, avps):
        message.session_id = session
        message.header.application_id = RX
        message.header.is_proxyable = True
        message.auth_application_id = RX
        message.origin_host, message.origin_realm = self.host.encode(), REALM.encode()
        message.destination_realm, message.destination_host = REALM.encode(), f"pcscf.{REALM}".encode()
        for one in avps:
            message.append_avp(one)
        return result(self.app.send_request(message, timeout=5))

    def abort(self, session):
        """ASR, BEARER_RELEASED; its result."""
        return self._ask(AbortSessionRequest(), session, [avp(500, 0)])

    def lose(self, session, component=None):
        """RAR, INDICATION_OF_RELEASE_OF_BEARER, of all flows or of one component; its result."""
        flows = [avp(510, [avp(518, component)])] if component else []
        message = ReAuthRequest()
        message.re_auth_request_type = 0  # RFC 6733 §8.12 has it, Rx does not
        return self._ask(message, session, [avp(513, 4)] + flows)


def flows(request):
    """The Flow-Descriptions of an AAR, in order."""
    return [rule.decode() if isinstance(rule, bytes) else rule for rule in values(request, COMPONENT, SUB, FLOW)]
