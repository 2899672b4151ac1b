"""Diameter messages through pycrate's decoder: each must decode to its last octet and encode to the same octets again, and
every AVP must be one that pycrate's dictionaries of IETF and 3GPP know.

Standard input: a line for each TCP segment, in order: name of the stream, payload in hexadecimal. Arguments: the commands
that must be there, as 300r (request) or 300a (answer)."""

import sys
from collections import Counter

from pycrate_diameter.Diameter3GPP import AVP3GPPCodes_dict, Diameter3GPP
from pycrate_diameter.DiameterIETF import AVPCodes_dict

wrong = []
seen, avps = Counter(), set()


def walk(avp, command):
    header = avp["AVPHdr"]
    code = header["Code"].get_val()
    vendor = header["VendorID"].get_val() if header["V"].get_val() else 0
    avps.add((vendor, code))
    if code not in (AVP3GPPCodes_dict if vendor == 10415 else AVPCodes_dict):
        wrong.append(f"{command}: pycrate knows no AVP {code} of vendor {vendor}")
    for data in avp:
        if data.__class__.__name__ == "Grouped":
            for member in data:
                walk(member, command)


streams = {}
for line in sys.stdin:
    stream, payload = line.split()
    streams.setdefault(stream, bytearray()).extend(bytes.fromhex(payload))
for stream, octets in streams.items():
    while octets:
        length = int.from_bytes(octets[1:4], "big")
        if octets[0] != 1 or length < 20 or length > len(octets):
            wrong.append(f"stream {stream}: {len(octets)} octets are left that are no message")
            break
        message, octets = bytes(octets[:length]), octets[length:]
        name = f"{int.from_bytes(message[5:8], 'big')}{'r' if message[4] & 0x80 else 'a'}"
        seen[name] += 1
        try:
            decoded = Diameter3GPP()
            decoded.from_bytes(message)
            if decoded.to_bytes() != message:
                wrong.append(f"{name}: pycrate encodes it otherwise")
            for avp in decoded["AVPs"]:
                walk(avp, name)
        except Exception as error:
            wrong.append(f"{name}: {error!r}")

print("pycrate decoded", ", ".join(f"{count} × {name}" for name, count in sorted(seen.items())), f"with {len(avps)} kinds of AVP")
for sentence in sorted(set(wrong)):
    print("WRONG:", sentence)
missing = sorted(set(sys.argv[1:]) - set(seen))
if missing:
    print("missing:", missing)
sys.exit(bool(wrong or missing))
