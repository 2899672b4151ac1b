"""relayed_phone.py ADDRESS PROXY DOMAIN K OPC IMSI RELAY [CALLEE-IMSI]: a phone at ADDRESS that sends RTP. With a callee it
calls, for two seconds; without, it answers once and ends. Prints how many packets it has heard, and ends with 0 when there
were enough and all came from RELAY; a RELAY of `none` asks for a call without them."""

import re
import socket
import struct
import sys
import threading
import time

from calling_phone import CallingPhone
from milenage import SIM

address, proxy, domain, k, opc, imsi, relay = sys.argv[1:8]
media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
media.bind((address, 0))
media.settimeout(0.2)
description = "".join(
    line + "\r\n" for line in [
        "v=0", f"o=- 1 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0",
        f"m=audio {media.getsockname()[1]} RTP/AVP 0", "a=sendrecv"])
phone = CallingPhone(SIM(k, opc), imsi, domain, (proxy, 5060), address=address, description=description)
status = phone.register()
if status != 200:
    sys.exit(f"failed: {imsi} does not register: {status}")
print(f"{imsi} is registered", flush=True)

heard = {}
over = threading.Event()


def listen():
    while not over.is_set():
        try:
            packet, source = media.recvfrom(2048)
        except TimeoutError:
            continue
        except OSError:
            return
        if len(packet) == 172 and packet[0] == 0x80:
            heard[source[0]] = heard.get(source[0], 0) + 1


def talk(seconds):
    """G.711 to where the other side's description says."""
    where = (re.search(r"c=IN IP4 (\S+)", phone.heard)[1], int(re.search(r"m=audio (\d+)", phone.heard)[1]))
    for number in range(int(seconds * 50)):
        try:
            media.sendto(struct.pack("!BBHII", 0x80, 0, number, number * 160, 7) + bytes(160), where)
        except OSError:
            pass  # nobody is there
        time.sleep(0.02)


threading.Thread(target=listen, daemon=True).start()
if len(sys.argv) > 8:
    status, dialog = phone.invite(f"sip:{sys.argv[8]}@{domain}")
    if status != 200:
        sys.exit(f"failed: the call gets {status}")
    talk(2)
    time.sleep(0.3)
    ended = phone.within(dialog, "BYE")
    if ended != 200:
        sys.exit(f"failed: the BYE gets {ended}")
else:
    end = time.monotonic() + 30
    while not phone.dialogs and time.monotonic() < end:
        time.sleep(0.01)
    talk(2)
    while phone.dialogs and time.monotonic() < end:
        time.sleep(0.01)
over.set()
print(f"{imsi} has heard {heard}", flush=True)
if relay == "none":
    sys.exit(0)
if set(heard) != {relay} or heard[relay] < 50:
    sys.exit(f"failed: {imsi} has not heard the other by {relay}: {heard}")
