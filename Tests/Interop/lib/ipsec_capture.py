"""What a link between phones and a P-CSCF carried, against what the two kernels had installed.

Of each challenge that came with a Security-Server the four security associations of TS 33.203 §7.1 are made here, with CK
and IK out of MILENAGE, and looked for at both kernels: SPI, ports, algorithms, keys, replay window. Then the capture is
decrypted with these keys.
"""

import base64
import hashlib
import hmac
import os
import re
import subprocess
import sys

from milenage import SIM, xor

OUT = sys.argv[1]
CAPTURE = os.path.join(OUT, "link.pcapng")
# The SIMs of profiles/lab/subscribers.yaml: K and OPc, the second one's out of its OP (TS 35.206 §4.1).
SECOND, OP = "0396eb317b6d1c36f19c1c84cd6ffd16", "ff53bade17df5d4e793073ce9d7579fa"
SIMS = {
    "001010000000001": SIM("465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf"),
    "001010000000002": SIM(SECOND, xor(SIM(SECOND, "00" * 16)._encrypt(bytes.fromhex(OP)), bytes.fromhex(OP)).hex()),
}
PROTECTED = range(5100, 5105)
ALGORITHMS = {
    # What the kernel calls it, and what tshark does.
    "hmac-sha-1-96": ("hmac(sha1)", "HMAC-SHA-1-96 [RFC2404]"),
    "hmac-md5-96": ("hmac(md5)", "HMAC-MD5-96 [RFC2403]"),
    "aes-cbc": ("cbc(aes)", "AES-CBC [RFC3602]"),
    "aes-gcm": ("rfc4106(gcm(aes))", "AES-GCM with 16 octet ICV [RFC4106]"),
    "aes-gmac": ("rfc4543(gcm(aes))", None),
}


def fail(sentence):
    print(sentence)
    sys.exit(1)


def installed(name):
    """The associations that `ip xfrm monitor` saw come."""
    found = []
    state = None
    for line in open(os.path.join(OUT, name)):
        head = re.match(r"(Updated |Deleted |Expired )?src (\S+) dst (\S+)", line)
        if head and not line.startswith(("\t", " ")):
            state = None if head[1] in ("Deleted ", "Expired ") else {"src": head[2], "dst": head[3], "algorithms": {}}
            continue
        if state is None:
            continue
        words = line.split()
        if words[:2] == ["proto", "esp"]:
            state["spi"] = int(words[3].split("(")[0], 16)
            found.append(state)
        elif words[:1] == ["replay-window"]:
            state["replay"] = int(words[1])
        elif words[:3] == ["encap", "type", "espinudp"]:
            state["encapsulated"] = True
        elif words[:1] in (["auth-trunc"], ["enc"], ["aead"]):
            state["algorithms"][words[1]] = words[2][2:] if len(words) > 2 and words[2].startswith("0x") else ""
        elif words[:1] == ["sel"]:
            state["ports"] = tuple(int(words[words.index(w) + 1]) for w in ("sport", "dport"))
    return found


def tshark(*arguments, keys=None):
    environment = dict(os.environ)
    if keys:
        environment["WIRESHARK_CONFIG_DIR"] = keys
    decode = []
    for port in PROTECTED:
        decode += ["-d", f"udp.port=={port},sip", "-d", f"tcp.port=={port},sip"]
    return subprocess.run(
        ["tshark", "-r", CAPTURE, *decode, *arguments], env=environment, capture_output=True, text=True
    ).stdout.splitlines()


def write_keys(directory, states):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "preferences"), "w") as file:
        file.write("esp.enable_encryption_decode: TRUE\n")
    with open(os.path.join(directory, "esp_sa"), "w") as file:
        for state in states:
            encryption, authentication, cipher, integrity = "NULL", "NULL", "", ""
            for name, key in state["algorithms"].items():
                of = next((words for words in ALGORITHMS.values() if words[0] == name), None)
                if name.startswith("hmac"):
                    authentication, integrity = of[1], "0x" + key
                elif of and of[1]:
                    encryption, cipher = of[1], "0x" + key
                elif of:
                    authentication = None  # GMAC: tshark knows it not
            if authentication is None:
                continue
            family = "IPv6" if ":" in state["dst"] else "IPv4"
            row = [family, state["src"], state["dst"], f"0x{state['spi']:08x}", encryption, cipher, authentication, integrity]
            file.write(",".join(f'"{word}"' for word in row) + "\n")


def parameters(text):
    pairs = [part.strip().partition("=") for part in text.split(";")]
    return {name.lower(): value.strip('"') for name, _, value in pairs}


def salt(function, name, ck, ik):
    """TS 33.203 Annex I, by the key derivation function of TS 33.220 Annex B: the last 32 bits."""
    text = bytes([function]) + name + len(name).to_bytes(2, "big")
    return hmac.new(ck + ik, text, hashlib.sha256).digest()[-4:].hex()


core, phones = installed("core.sa"), installed("phones.sa")
keys = os.path.join(OUT, "wireshark")
write_keys(keys, core + phones)

# ---- what was agreed on ----------------------------------------------------------------------------------------------

offers, users, challenges = {}, {}, []
for line in tshark("-Y", "sip.Method == REGISTER || sip.Status-Code == 401", "-T", "fields", "-E", "separator=|",
                   "-e", "sip.Call-ID", "-e", "sip.CSeq.seq", "-e", "sip.Status-Code", "-e", "sip.msg_hdr", keys=keys):
    call, sequence, status, header = line.split("|", 3)
    fields = [field.partition(": ") for field in header.split("\\r\\n")]

    def values(name):
        return [value for key, _, value in fields if key == name]

    if status != "401":
        offers[call, sequence] = values("Security-Client")
        users[call] = re.search(r'username="(\d+)@', values("Authorization")[0])[1]
    elif values("Security-Server"):
        challenges.append((call, sequence, values("Security-Server")[0], values("WWW-Authenticate")[0]))
if not challenges:
    fail("no challenge with a Security-Server is to be seen")

seen, pairs = set(), set()
for call, sequence, server, challenge in challenges:
    proxy = parameters(server)
    offer = [parameters(text) for text in offers.get((call, sequence), [])]
    phone = next((o for o in offer if o["alg"] == proxy["alg"] and o["ealg"] == proxy["ealg"]), None)
    if phone is None:
        fail(f"the P-CSCF has chosen what the phone did not offer: {server}")
    rand = base64.b64decode(re.search(r'nonce="([^"]*)"', challenge)[1])[:16]
    sim = SIMS[users[call]]
    ck, ik = sim.ck(rand).hex(), sim.ik(rand).hex()
    gmac, gcm = (salt(code, name, sim.ck(rand), sim.ik(rand)) for code, name in ((0x58, b"AES_GMAC_SALT"), (0x59, b"AES_GCM_SALT")))
    expected = {
        "hmac-sha-1-96": {"hmac(sha1)": ik + "00000000"}, "hmac-md5-96": {"hmac(md5)": ik},
        "aes-gmac": {"rfc4543(gcm(aes))": ik + gmac}, "null": {},
    }[proxy["alg"]] | {
        "aes-cbc": {"cbc(aes)": ck}, "aes-gcm": {"rfc4106(gcm(aes))": ck + gcm},
        "null": {"ecb(cipher_null)": ""} if proxy["alg"].startswith("hmac") else {},
    }[proxy["ealg"]]
    # handset.md's table: who sends, from which port to which, by whose SPI.
    table = [
        (phone["port-c"], proxy["port-s"], proxy["spi-s"]), (proxy["port-s"], phone["port-c"], phone["spi-c"]),
        (proxy["port-c"], phone["port-s"], phone["spi-s"]), (phone["port-s"], proxy["port-c"], proxy["spi-c"]),
    ]
    for source, destination, spi in table:
        for name, states in (("P-CSCF", core), ("phone", phones)):
            # A phone that could not answer a challenge offers the same SPIs again: there are other keys then.
            got = [(s["ports"], s["algorithms"], s["replay"]) for s in states if s["spi"] == int(spi)]
            want = ((int(source), int(destination)), expected, 32)
            # A phone that does not believe the network, or finds its SQN used, installs nothing.
            if want not in got and name == "phone":
                continue
            if want not in got:
                fail(f"the {name} has {got} with SPI {spi}; expected, by {server}: {want}")
            if name == "phone":
                seen.add(spi)
                pairs.add((proxy["alg"], proxy["ealg"]))
if len(pairs) != 6:
    fail(f"only these pairs of algorithms were agreed on: {sorted(pairs)}")
print(f"{len(challenges)} agreements, {len(pairs)} pairs of algorithms: {len(seen)} associations are the same at both ends, "
      "with the SPIs, ports and keys that were agreed on")

# ---- what was on the link --------------------------------------------------------------------------------------------

ports = " || ".join(f"udp.port == {port} || tcp.port == {port}" for port in PROTECTED)
# A connection that is still open when the phone takes its associations away ends with an empty FIN.
naked = tshark("-Y", f"({ports}) && !esp && (udp || tcp.len > 0)", "-T", "fields", "-e", "frame.number", keys=keys)
if naked:
    fail(f"{len(naked)} frames of the protected ports are not in ESP: {naked[:5]}")
frames = tshark("-Y", "esp", "-T", "fields", "-e", "frame.number")
inside = tshark("-Y", "esp && sip", "-T", "fields", "-e", "sip.Method", "-e", "sip.Status-Code", keys=keys)
# What tshark has no key for, GMAC's, it takes for anything; it has but one key for an SPI.
uses = {}
for state in core + phones:
    uses.setdefault((state["dst"], state["spi"]), set()).add(tuple(sorted(state["algorithms"].items())))
unknown = " || ".join(
    f"esp.spi == {spi:#x}" for (_, spi), keysets in uses.items()
    if len(keysets) > 1 or any(name == "rfc4543(gcm(aes))" for keyset in keysets for name, _ in keyset))
wrong = tshark("-Y", f"(sip || sdp || esp) && !({unknown}) && (_ws.malformed || _ws.expert.severity >= 8388608)", "-T", "fields",
               "-e", "frame.number", "-e", "_ws.col.Protocol", "-e", "_ws.expert.message", keys=keys)
if wrong:
    fail("tshark finds these wrong:\n" + "\n".join(wrong[:20]))
methods = sorted({line.split("\t")[0] for line in inside} - {""})
for method in ("REGISTER", "INVITE", "ACK", "BYE", "MESSAGE", "PRACK"):
    if method not in methods:
        fail(f"no {method} is inside ESP, only {methods}")
print(f"{len(frames)} frames of ESP, none of the protected ports without; {len(inside)} SIP messages inside "
      f"({', '.join(methods)}), none malformed")

# ---- through the NAT -------------------------------------------------------------------------------------------------

CAPTURE = os.path.join(OUT, "wan.pcapng")
clear = set(tshark("-Y", "sip && !esp", "-T", "fields", "-e", "sip.CSeq.method"))
if clear - {"REGISTER"}:
    fail(f"the NAT's other side saw these unprotected: {sorted(clear)}")
naked = tshark("-Y", f"({ports}) && !esp && (udp || tcp.len > 0)", "-T", "fields", "-e", "frame.number")
if naked:
    fail(f"{len(naked)} frames of the protected ports are not in ESP behind the NAT: {naked[:5]}")
frames = tshark("-Y", "esp && !icmp", "-T", "fields", "-e", "ip.src", "-e", "udp.srcport", "-e", "udp.dstport")
ends = {tuple(line.split("\t")) for line in frames}
# Until something protected has come the P-CSCF takes the NAT to keep port 4500.
mapped = {source for host, source, _ in ends if host == "198.51.100.7"}
if not all(20000 <= int(port) <= 20999 for port in mapped) or not any(end[2] in mapped for end in ends):
    fail(f"ESP in UDP goes between {sorted(ends)}; the NAT gives ports from 20000 to 20999")
if not any(state.get("encapsulated") for state in core):
    fail("no association of the P-CSCF is in UDP")
print(f"through the NAT: {len(frames)} frames of ESP in UDP, from port {', '.join(sorted(mapped))} to 4500 and back")
