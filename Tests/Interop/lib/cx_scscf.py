"""python-diameter as the I- and S-CSCF of our HSS: UAR, MAR, SAR and LIR through a subscriber's life, values checked."""

import sys
import xml.etree.ElementTree as xml

from diameter.message import Message, constants as c
from diameter.message.commands import (
    LocationInfoRequest, MultimediaAuthRequest, ServerAssignmentRequest, UserAuthorizationRequest)

from cx_peer import CX, REALM, TGPP, CxPeer, avp, check, equal, finish, result, value
from milenage import SIM

port = int(sys.argv[1])
IMPI = f"001010000000001@{REALM}"
IMPU = f"sip:+15550001@{REALM}"
BARRED = f"sip:001010000000001@{REALM}"
SCSCF = f"sip:scscf.{REALM}:5080"
OTHER = f"sip:other.{REALM}:5080"
sim = SIM("465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf")

scscf = CxPeer("scscf", "hss", address=("127.0.0.1", port))
scscf.wait()
check("CER and CEA: the peer is ready", True)


def uar(user=IMPI, identity=IMPU, kind=0, network=REALM):
    m = scscf.prepare(UserAuthorizationRequest())
    m.user_name = user
    m.public_identity = identity
    m.visited_network_identifier = network.encode()
    m.user_authorization_type = kind
    return scscf.ask(m)


def mar(user=IMPI, identity=IMPU, scheme="Digest-AKAv1-MD5", authorization=None, name=SCSCF, items=1):
    m = scscf.prepare(MultimediaAuthRequest())
    m.user_name = user
    m.public_identity = identity
    m.server_name = name
    m.append_avp(avp(607, items))
    members = [avp(608, scheme)]
    if authorization:
        members.append(avp(610, authorization))
    m.append_avp(avp(612, members))
    return scscf.ask(m)


def sar(kind, user=IMPI, identity=IMPU, name=SCSCF, has_data=0):
    m = scscf.prepare(ServerAssignmentRequest())
    if user:
        m.user_name = user
    if identity:
        m.public_identity = identity
    m.server_name = name
    m.server_assignment_type = kind
    m.user_data_already_available = has_data
    return scscf.ask(m)


def lir(identity=IMPU):
    m = scscf.prepare(LocationInfoRequest())
    m.public_identity = identity
    return scscf.ask(m)


def common(name, request_code, answer):
    equal(f"{name}: command, flags and application", (
        answer.header.command_code, answer.header.is_request, answer.header.is_proxyable,
        answer.header.application_id), (request_code, False, True, CX))
    equal(f"{name}: Origin-Host and Origin-Realm", (
        value(answer, (c.AVP_ORIGIN_HOST, 0)), value(answer, (c.AVP_ORIGIN_REALM, 0))),
        (f"hss.{REALM}".encode(), REALM.encode()))
    equal(f"{name}: Auth-Session-State is NO_STATE_MAINTAINED", value(answer, (c.AVP_AUTH_SESSION_STATE, 0)), 1)
    equal(f"{name}: Vendor-Specific-Application-Id", (
        value(answer, (c.AVP_VENDOR_SPECIFIC_APPLICATION_ID, 0), (c.AVP_VENDOR_ID, 0)),
        value(answer, (c.AVP_VENDOR_SPECIFIC_APPLICATION_ID, 0), (c.AVP_AUTH_APPLICATION_ID, 0))), (TGPP, CX))
    check(f"{name}: Session-Id", (value(answer, (c.AVP_SESSION_ID, 0)) or "").startswith(scscf.host))


# TS 29.228 §6.1.1
equal("UAR of an unknown user", result(uar(user=f"nobody@{REALM}")), (None, 5001))
equal("UAR of an unknown IMPU", result(uar(identity=f"sip:nobody@{REALM}")), (None, 5001))
equal("UAR of an IMPU of somebody else", result(uar(identity=f"sip:+15550002@{REALM}")), (None, 5002))
answer = uar()
common("UAR", 300, answer)
equal("UAR of a new user: FIRST_REGISTRATION", result(answer), (None, 2001))
check("UAR of a new user: no Server-Name", value(answer, 602) is None)
equal("UAR de-registration of a user who is not registered", result(uar(kind=1)), (None, 5003))

# TS 29.228 §6.1.4
answer = lir()
common("LIR", 302, answer)
equal("LIR of a user who is not registered", result(answer), (None, 5003))
equal("LIR of an unknown user", result(lir(f"sip:nobody@{REALM}")), (None, 5001))

# TS 29.228 §6.3
answer = mar()
common("MAR", 303, answer)
equal("MAR", result(answer), (2001, None))
equal("MAA: User-Name, Public-Identity, number of items", (
    value(answer, (c.AVP_USER_NAME, 0)), value(answer, 601), value(answer, 607)), (IMPI, IMPU, 1))
equal("MAA: scheme", value(answer, 612, 608), "Digest-AKAv1-MD5")
challenge = value(answer, 612, 609)
equal("MAA: RAND and AUTN have 32 octets", len(challenge), 32)
rand, autn = challenge[:16], challenge[16:]
try:
    sqn = sim.sqn(rand, autn)
except AssertionError as error:
    check(f"MAA: AUTN ({error})", False)
    finish()
equal("MAA: AMF", autn[6:8].hex(), "8000")
equal("MAA: XRES", value(answer, 612, 610), sim.res(rand))
equal("MAA: CK and IK", (value(answer, 612, 625), value(answer, 612, 626)), (sim.ck(rand), sim.ik(rand)))
second = value(mar(), 612, 609)
check("MAA: the next SQN is larger", sim.sqn(second[:16], second[16:]) > sqn)
# The SIM is far ahead: TS 33.102 §6.3.5.
ahead = (int.from_bytes(sqn, "big") + (1 << 20)).to_bytes(6, "big")
answer = mar(authorization=second[:16] + sim.auts(second[:16], ahead))
equal("MAR with AUTS", result(answer), (2001, None))
third = value(answer, 612, 609)
check("MAR with AUTS: SQN goes on from the SIM's", sim.sqn(third[:16], third[16:]) > ahead)
mar(authorization=third[:16] + bytes(14))
after = value(mar(), 612, 609)
step = int.from_bytes(sim.sqn(after[:16], after[16:]), "big") - int.from_bytes(sim.sqn(third[:16], third[16:]), "big")
check("a forged AUTS does not move SQN", 0 < step <= 64, f"by {step}")
equal("MAR with an unknown scheme", result(mar(scheme="Early-IMS-Security-X")), (None, 5006))

# TS 29.228 §6.1.2
answer = sar(1)
common("SAR", 301, answer)
equal("SAR REGISTRATION", result(answer), (2001, None))
equal("SAA: User-Name", value(answer, (c.AVP_USER_NAME, 0)), IMPI)
profile = xml.fromstring(value(answer, 606))
equal("SAA: user data", profile.tag, "IMSSubscription")
equal("SAA: PrivateID", profile.findtext("PrivateID"), IMPI)
identities = [i.findtext("Identity").strip() for i in profile.iter("PublicIdentity")]
equal("SAA: the implicit registration set", sorted(identities), sorted([IMPU, "tel:+15550001", BARRED]))
barred = [i.findtext("Identity").strip() for i in profile.iter("PublicIdentity")
          if (i.findtext("BarringIndication") or "0").strip() in ("1", "true")]
equal("SAA: the barred identity", barred, [BARRED])

answer = lir()
equal("LIR of a registered user", (result(answer), value(answer, 602)), ((2001, None), SCSCF))
answer = lir("tel:+15550001")
equal("LIR of his tel URI: the set is registered as one", (result(answer), value(answer, 602)), ((2001, None), SCSCF))
answer = uar()
equal("UAR of a registered user: SUBSEQUENT_REGISTRATION", (result(answer), value(answer, 602)), ((None, 2002), SCSCF))
answer = uar(kind=1)
equal("UAR de-registration of a registered user", (result(answer), value(answer, 602)), ((2001, None), SCSCF))
answer = uar(kind=2)
equal("UAR REGISTRATION_AND_CAPABILITIES", (result(answer), value(answer, 602)), ((2001, None), None))
answer = sar(2, has_data=1)
equal("SAR RE_REGISTRATION with the data at hand", (result(answer), value(answer, 606)), ((2001, None), None))
equal("SAR by another S-CSCF", result(sar(1, name=OTHER)), (None, 5005))
equal("SAR NO_ASSIGNMENT gives the data", value(sar(0), 606) is not None, True)
equal("SAR of an unknown user", result(sar(1, user=f"nobody@{REALM}")), (None, 5001))

# RFC 6733 §7.1.5: what is missing is named.
m = scscf.prepare(ServerAssignmentRequest())
m.user_name = IMPI
m.public_identity = IMPU
m.server_name = SCSCF
m.user_data_already_available = 0
answer = scscf.ask(m)
equal("SAR without Server-Assignment-Type: MISSING_AVP", result(answer), (5005, None))
missing = [(a.code, a.vendor_id) for f in Message.from_bytes(answer.as_bytes()).find_avps((c.AVP_FAILED_AVP, 0))
           for a in f.value]
equal("SAR without Server-Assignment-Type: Failed-AVP", missing, [(614, TGPP)])

# The end of a registration, and what stays of it.
answer = sar(7)
check("SAR USER_DEREGISTRATION_STORE_SERVER_NAME", result(answer) in ((2001, None), (None, 2004)), f"{result(answer)}")
equal("SAR REGISTRATION again", result(sar(1)), (2001, None))
equal("SAR USER_DEREGISTRATION without an IMPU", result(sar(5, identity=None)), (2001, None))
equal("LIR afterwards", result(lir()), (None, 5003))
answer = uar()
equal("UAR afterwards: FIRST_REGISTRATION again", (result(answer), value(answer, 602)), ((None, 2001), None))

# Who is not known is not spoken to, RFC 6733 §5.3.
stranger = CxPeer("stranger", "hss", address=("127.0.0.1", port))
try:
    stranger.wait(4)
    check("a stranger is refused", False)
except Exception:
    check("a stranger is refused", True)

scscf.node.stop(wait_timeout=3)
finish()
