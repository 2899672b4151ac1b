"""policy_calls.py PORT DOMAIN K OPC FIRST-IMSI STEP [KILL]: two phones at the P-CSCF of 127.0.0.1:5060, whose PCRF we are, at
PORT. STEP `deny`: what calls look like over Rx, and how the PCRF ends, refuses and survives them (KILL, a command, kills the
P-CSCF with signal 9 and starts it again). STEP `away`: no PCRF."""

import re
import subprocess
import sys
import time

from calling_phone import CallingPhone
from cx_peer import check, equal, finish, value, values
from milenage import SIM
from sip_phone import header

port, domain, k, opc, first, step = int(sys.argv[1]), *sys.argv[2:5], int(sys.argv[5]), sys.argv[6]


class Phone(CallingPhone):
    """Keeps the BYEs that come, and answers that are not 2xx."""

    def __init__(self, number, media):
        lines = ["v=0", f"o=- 1 1 IN IP4 {media[0]}", "s=-", f"c=IN IP4 {media[0]}", "t=0 0", *media[1:]]
        super().__init__(
            SIM(k, opc), f"{first + number:015d}", domain, ("127.0.0.1", 5060),
            description="".join(line + "\r\n" for line in lines))
        self.byes, self.refusals = [], []

    def _answer(self, request):
        if request.startswith("BYE"):
            self.byes.append(request)
        super()._answer(request)

    def request(self, *arguments, **named):
        answer = super().request(*arguments, **named)
        if answer and not answer.startswith("SIP/2.0 2"):
            self.refusals.append(answer)
        return answer


alice = Phone(0, ["192.0.2.11", "m=audio 40000 RTP/AVP 0 101", "b=AS:64", "a=rtpmap:101 telephone-event/8000"])
bob = Phone(1, ["192.0.2.12", "m=audio 50000 RTP/AVP 0", "b=AS:80"])

if step == "away":
    equal("phones register", [alice.register(), bob.register()], [200, 200])
    begin = time.monotonic()
    status, dialog = alice.invite(bob.impu)
    equal("without a PCRF a call is set up", status, 200)
    check("at once", time.monotonic() - begin < 2, time.monotonic() - begin)
    equal("and ended", alice.within(dialog, "BYE"), 200)
    finish()

from rx_pcrf import PCRF, flows  # its threads would keep the other step alive

pcrf = PCRF(port)
pcrf.app.wait_for_ready(20)
time.sleep(0.5)  # ready when its CEA is written; the P-CSCF has yet to read it


def side(imsi):
    """The Session-Id of the call of one phone, and its AARs."""
    for session, requests in pcrf.requests.items():
        if imsi in [data for one in requests for data in values(one, (443, 0), (444, 0))]:
            return session, requests
    return None, []


def both_ended():
    return len(pcrf.requests) == 2 and set(pcrf.ends) == set(pcrf.requests)


equal("phones register", [alice.register(), bob.register()], [200, 200])

# AAR: flows, codecs, who and what.
status, dialog = alice.invite(bob.impu)
equal("a call", status, 200)
equal("two sessions", len(pcrf.requests), 2)
caller, of_caller = side(alice.impi.split("@")[0])
callee, of_callee = side(bob.impi.split("@")[0])
equal("offer and answer of each", [len(of_caller), len(of_callee)], [2, 2])
equal("preliminary, then final", [value(one, 527) for one in of_caller + of_callee], [1, 0, 1, 0])
equal("initial, then update", [value(one, 533) for one in of_caller + of_callee], [0, 1, 0, 1])
equal("flows of the caller", flows(of_caller[-1]), [
    "permit in 17 from 192.0.2.11 to 192.0.2.12 50000", "permit out 17 from 192.0.2.12 to 192.0.2.11 40000",
    "permit in 17 from 192.0.2.11 to 192.0.2.12 50001", "permit out 17 from 192.0.2.12 to 192.0.2.11 40001"])
equal("flows of the callee", flows(of_callee[-1]), [
    "permit in 17 from 192.0.2.12 to 192.0.2.11 40000", "permit out 17 from 192.0.2.11 to 192.0.2.12 50000",
    "permit in 17 from 192.0.2.12 to 192.0.2.11 40001", "permit out 17 from 192.0.2.11 to 192.0.2.12 50001"])
equal("bandwidth down and up", [value(of_caller[-1], 517, code) for code in (515, 516)], [64000, 80000])
equal("Media-Type audio, Flow-Status enabled", [value(of_caller[-1], 517, code) for code in (520, 511)], [0, 2])
equal("Flow-Usage of reports", values(of_caller[-1], 517, 519, 512), [1])
equal("Codec-Data", values(of_caller[-1], 517, 524), [
    "uplink\noffer\nm=audio 40000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/8000\n",
    "downlink\nanswer\nm=audio 50000 RTP/AVP 0\n"])
check("the same ICID", value(of_caller[0], 505) == value(of_callee[0], 505) is not None)
check("bearer events asked for", {2, 4} <= set(values(of_caller[0], 513)), values(of_caller[0], 513))
equal("Framed-IP-Address", bytes(value(of_caller[0], (8, 0))), bytes([127, 0, 0, 1]))
equal("the end", alice.within(dialog, "BYE"), 200)
check("two STRs", pcrf.wait(both_ended), pcrf.ends.keys())
equal("Termination-Cause LOGOUT", [value(one[0], (295, 0)) for one in pcrf.ends.values()], [1, 1])


def ended(what, act, reason):
    """A call that the PCRF ends: a BYE for each side, and the STRs."""
    pcrf.clear()
    del alice.byes[:], bob.byes[:]
    status, _ = alice.invite(bob.impu)
    equal(f"{what}: a call", status, 200)
    time.sleep(0.3)  # its ACK
    session, _ = side(alice.impi.split("@")[0])
    equal(f"{what}: answered", act(session), (2001, None))
    check(f"{what}: two STRs", pcrf.wait(both_ended), pcrf.ends.keys())
    time.sleep(0.3)
    equal(f"{what}: a BYE for each", [len(alice.byes), len(bob.byes)], [1, 1])
    equal(f"{what}: with the reason", [header(bye, "Reason") for bye in alice.byes + bob.byes], [[reason], [reason]])


gone = 'SIP;cause=503;text="the bearer is released"'
ended("ASR", pcrf.abort, gone)
ended("RAR", pcrf.lose, gone)
equal("ASR of a session that is over", pcrf.abort("pcscf;0;0"), (5002, None))
equal("RAR of one", pcrf.lose("pcscf;0;0"), (5002, None))

# What rx-failure: deny does.
pcrf.refuse = 5063
status, _ = alice.invite(bob.impu)
equal("refused: 403", status, 403)
equal("with a Warning", [bool(re.search("399 .*5063 REQUESTED_SERVICE_NOT_AUTHORIZED", text))
                        for text in header(alice.refusals[-1], "Warning")], [True])
pcrf.refuse, pcrf.silent = None, True
status, _ = alice.invite(bob.impu)
equal("silent: 503", status, 503)
pcrf.silent = False
time.sleep(2)  # it answers what nobody waits for any more

# kill -9: the session is still ended.
pcrf.clear()
status, dialog = alice.invite(bob.impu)
equal("a call before kill -9", status, 200)
subprocess.run(sys.argv[7], shell=True, check=True, stdout=subprocess.DEVNULL)
time.sleep(3)  # the P-CSCF calls its PCRF again
equal("its end after it", alice.within(dialog, "BYE"), 200)
check("two STRs after kill -9", pcrf.wait(both_ended, 10), pcrf.ends.keys())
finish()
