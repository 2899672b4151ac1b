"""python-diameter as the HSS of our S-CSCF: it answers MAR and SAR, and sends PPR and RTR. A phone registers meanwhile."""

import secrets
import sys
import threading

from diameter.message import constants as c
from diameter.message.avp import Avp
from diameter.message.commands import PushProfileRequest, RegistrationTerminationRequest

from cx_peer import CX, REALM, TGPP, CxPeer, avp, check, equal, finish, result, value
from milenage import SIM
from sip_phone import Phone, header

diameter_port, sip_port = int(sys.argv[1]), int(sys.argv[2])
IMPI = f"001010000000001@{REALM}"
IMPU = f"sip:+15550001@{REALM}"
SECOND = f"sip:second@{REALM}"
SCSCF = f"sip:scscf.{REALM}:5080"
CCF = f"aaa://ccf.{REALM}"
sim = SIM("465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf")

asked = []
lock = threading.Lock()
sqn = 32


def profile(*identities):
    return ("<?xml version=\"1.0\"?><IMSSubscription><PrivateID>" + IMPI + "</PrivateID><ServiceProfile>"
            + "".join(f"<PublicIdentity><Identity>{i}</Identity></PublicIdentity>" for i in identities)
            + "</ServiceProfile></IMSSubscription>").encode()


def serve(app, request):
    global sqn
    with lock:
        asked.append(request)
    if request.header.command_code == 303:
        sqn += 32
        rand = secrets.token_bytes(16)
        answer = peer.answer(request, result=2001)
        answer.user_name = IMPI
        answer.public_identity = value(request, 601)
        answer.append_avp(avp(607, 1))
        answer.append_avp(avp(612, [
            avp(613, 1), avp(608, "Digest-AKAv1-MD5"),
            avp(609, rand + sim.autn(rand, sqn.to_bytes(6, "big"), bytes.fromhex("8000"))),
            avp(610, sim.res(rand)), avp(625, sim.ck(rand)), avp(626, sim.ik(rand))]))
        return answer
    if request.header.command_code == 301:
        answer = peer.answer(request, result=2001)
        answer.user_name = IMPI
        if request.server_assignment_type in (0, 1, 2, 3):
            answer.user_data = profile(IMPU, "tel:+15550001")
            answer.append_avp(Avp.new(618, TGPP, value=[avp(621, CCF)]))
        return answer
    return peer.answer(request, result=3001)


def taken():
    with lock:
        got, asked[:] = list(asked), []
    return got


def common(name, request):
    equal(f"{name}: flags and application", (
        request.header.is_request, request.header.is_proxyable, request.header.is_error,
        request.header.application_id), (True, True, False, CX))
    equal(f"{name}: origin and destination", (
        value(request, (c.AVP_ORIGIN_HOST, 0)), value(request, (c.AVP_ORIGIN_REALM, 0)),
        value(request, (c.AVP_DESTINATION_REALM, 0))), (f"scscf.{REALM}".encode(), REALM.encode(), REALM.encode()))
    equal(f"{name}: Auth-Session-State", value(request, (c.AVP_AUTH_SESSION_STATE, 0)), 1)
    equal(f"{name}: user", (value(request, (c.AVP_USER_NAME, 0)), value(request, 601)), (IMPI, IMPU))
    equal(f"{name}: Server-Name", value(request, 602), SCSCF)


peer = CxPeer("hss", "scscf", listen=("127.0.0.1", diameter_port), handler=serve)
peer.wait(30)
check("the S-CSCF has called and its capabilities fit", True)
phone = Phone(sim, IMPI, IMPU, REALM, ("127.0.0.1", sip_port))

# TS 29.228 §6.3 and §6.1.2, seen from the HSS.
statuses, answer, _ = phone.register()
equal("initial registration", statuses, [401, 200])
requests = taken()
equal("the HSS was asked MAR, then SAR", [r.header.command_code for r in requests], [303, 301])
mar, sar = requests
common("MAR", mar)
equal("MAR: items and scheme", (value(mar, 607), value(mar, 612, 608)), (1, "Digest-AKAv1-MD5"))
common("SAR", sar)
equal("SAR: REGISTRATION, no data at hand", (value(sar, 614), value(sar, 624)), (1, 0))
associated = ", ".join(header(answer, "P-Associated-URI"))
check("200: P-Associated-URI has the set of the SAA", IMPU in associated and "tel:+15550001" in associated, associated)
check("200: Service-Route", bool(header(answer, "Service-Route")))

# PPR, TS 29.228 §6.2.2.
def ppr(user=IMPI, data=None, charging=None):
    m = peer.prepare(PushProfileRequest(), host=f"scscf.{REALM}")
    m.user_name = user
    if data:
        m.user_data = data
    if charging:
        m.append_avp(Avp.new(618, TGPP, value=[avp(621, charging)]))
    return peer.ask(m)


answer = ppr(data=profile(IMPU, SECOND))
equal("PPR with a new profile", result(answer), (2001, None))
equal("PPA: application and state", (answer.header.application_id, value(answer, (c.AVP_AUTH_SESSION_STATE, 0))), (CX, 1))
equal("PPR of a user who is not here", result(ppr(user=f"nobody@{REALM}", data=profile(IMPU)))[1], 5001)
equal("PPR with charging addresses alone", result(ppr(charging=f"aaa://ccf2.{REALM}")), (2001, None))
refused = result(ppr(data=b"<IMSSubscription><PrivateID>"))
check("PPR with a profile that is cut off is refused", refused[0] != 2001 and refused != (None, None), f"{refused}")
taken()
statuses, answer, _ = phone.register()
check("re-registration", statuses[-1] == 200, f"{statuses}")
associated = ", ".join(header(answer, "P-Associated-URI"))
kinds = [(r.header.command_code, value(r, 614)) for r in taken()]
check("re-registration: the pushed profile counts", SECOND in associated or (301, 2) in kinds, f"{associated} {kinds}")
if (301, 2) not in kinds:
    check("re-registration: the identity that the PPR took away is gone", "tel:+15550001" not in associated, associated)

# RTR, TS 29.228 §6.1.3.
def rtr(user=IMPI, identities=(), reason=0, text=None):
    m = peer.prepare(RegistrationTerminationRequest(), host=f"scscf.{REALM}")
    m.user_name = user
    for identity in identities:
        m.append_avp(avp(601, identity))
    members = [avp(616, reason)] + ([avp(617, text)] if text else [])
    m.append_avp(Avp.new(615, TGPP, value=members))
    return peer.ask(m)


answer = rtr(identities=[IMPU], reason=0, text="subscription ended")
equal("RTR PERMANENT_TERMINATION", result(answer), (2001, None))
taken()
statuses, _, _ = phone.register()
equal("after RTR the phone registers anew", statuses, [401, 200])
kinds = [(r.header.command_code, value(r, 614)) for r in taken()]
equal("after RTR: MAR, and SAR REGISTRATION", kinds, [(303, None), (301, 1)])
equal("RTR SERVER_CHANGE of everything", result(rtr(reason=2)), (2001, None))

# RFC 6733 §7.1.5 from our S-CSCF: what is missing is named.
m = peer.prepare(RegistrationTerminationRequest(), host=f"scscf.{REALM}")
m.user_name = IMPI
answer = peer.ask(m)
equal("RTR without Deregistration-Reason: MISSING_AVP", result(answer), (5005, None))

# A de-registration of the phone reaches the HSS.
phone.register()
taken()
statuses, _, _ = phone.register(expires=0)
equal("de-registration", statuses[-1], 200)
kinds = [(r.header.command_code, value(r, 614)) for r in taken()]
check("SAR USER_DEREGISTRATION", any(k == 301 and t in (5, 7) for k, t in kinds), f"{kinds}")

peer.node.stop(wait_timeout=3)
finish()
