"""phones.py DIRECTORY TRANSPORT PORT CA [DOMAIN]: linphonec and baresip register at 127.0.0.1 and call each other.

Each registers with SIP Digest over TRANSPORT, then each calls the other once; the other answers by itself. Without DOMAIN
the other side is a proxy for localhost and no audio is played. With it, it is the P-CSCF of the home network DOMAIN, user
names are private identities, and each plays a tone of its own that the other must have heard at the end of each call.
Ends with 0 when both calls were established and ended on both sides; says what it waited for otherwise.
"""

import json
import math
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
import wave

directory, transport, port, authority = sys.argv[1:5]
DOMAIN = sys.argv[5] if len(sys.argv) > 5 else "localhost"
HAS_AUDIO = len(sys.argv) > 5
TONES = {"linphone": 700, "baresip": 1100}  # Hz
RATE = 8000


def username(name):
    """RFC 7616 §3.4: TS 24.229 has the private identity there."""
    return f"{name}@{DOMAIN}" if HAS_AUDIO else name


def write_tone(path, frequency, seconds=20):
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(
            struct.pack("<h", round(8000 * math.sin(2 * math.pi * frequency * n / RATE))) for n in range(RATE * seconds)))


def loudest(path):
    """The seconds of sound in a recording, and which of the two tones most of it is; None for neither."""
    try:
        with wave.open(path) as file:
            octets = file.readframes(file.getnframes())
            rate, channels = file.getframerate(), file.getnchannels()
    except (OSError, EOFError, wave.Error):
        return 0, None
    samples = [sample for (sample,) in struct.iter_unpack("<h", octets[: len(octets) // 2 * 2])][::channels]
    block = rate // 10
    heard = {}
    for start in range(0, len(samples) - block, block):
        part = samples[start : start + block]
        energy = sum(sample * sample for sample in part)
        if energy < block * 200 * 200:
            continue  # silence
        for name, frequency in TONES.items():
            step = 2 * math.pi * frequency / rate
            power = abs(sum(sample * complex(math.cos(step * n), math.sin(step * n)) for n, sample in enumerate(part))) ** 2
            if power * 2 / block > energy * 0.6:
                heard[name] = heard.get(name, 0) + 0.1
    best = max(heard, key=heard.get, default=None)
    return round(heard.get(best, 0), 1), best


class Phone:
    """A program whose output is read from a file and which is told what to do."""

    def __init__(self, name, command, home):
        self.name = name
        self.seen = 0
        self.path = os.path.join(directory, f"{name}-{transport}.out")
        self.output = open(self.path, "wb")
        environment = dict(os.environ, HOME=home, TERM="dumb")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=self.output, stderr=subprocess.STDOUT, env=environment, cwd=home)

    def text(self):
        with open(self.path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(self, what, pattern, seconds=15):
        """Waits for something new in the output."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.text()
            found = re.compile(pattern).search(text, self.seen)
            if found:
                self.seen = found.end()
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        print(self.text()[-2500:])
        sys.exit(f"failed: over {transport}: {self.name} {what}: no {pattern!r} in its output")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Linphone(Phone):
    def __init__(self):
        home = os.path.join(directory, f"linphone-{transport}")
        os.makedirs(os.path.join(home, ".local/share/linphone"))
        self.home = home
        write_tone(os.path.join(home, "tone.wav"), TONES["linphone"])
        with open(os.path.join(home, "rc"), "w") as file:
            file.write(f"""[sip]
sip_port={5170 if transport == "udp" else 0}
sip_tcp_port={5170 if transport == "tcp" else 0}
sip_tls_port={5171 if transport == "tls" else 0}
root_ca={authority}
verify_server_certs=1
verify_server_cn=1
default_proxy=0
publish_presence=0
[net]
mtu=1300
[sound]
playback_dev_id=
[proxy_0]
reg_proxy=<sip:localhost:{port};transport={transport}>
reg_route=<sip:localhost:{port};transport={transport};lr>
reg_identity=sip:linphone@{DOMAIN}
reg_expires=600
reg_sendregister=1
publish=0
[auth_info_0]
username=linphone
userid={username("linphone")}
passwd=linphone-secret
domain={DOMAIN}
realm={DOMAIN}
""")
        super().__init__("linphonec", ["stdbuf", "-o0", "linphonec", "-c", "rc", "-a", "-d", "0"], home)

    def tell(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def reach(self, what, command, pattern, seconds=15):
        """Asks for its state until that is as expected; it does not say everything of its own accord."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            seen = len(self.text())
            self.tell(command)
            time.sleep(0.3)
            if re.search(pattern, self.text()[seen:]):
                return
        print(self.text()[-2500:])
        sys.exit(f"failed: over {transport}: linphonec {what}: {command} does not show {pattern!r}")


class Baresip(Phone):
    CONTROL = 4444

    def __init__(self):
        home = os.path.join(directory, f"baresip-{transport}")
        os.makedirs(home)
        self.home = home
        write_tone(os.path.join(home, "tone.wav"), TONES["baresip"])
        modules = next(
            (os.path.join(root) for root in ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")
             if os.path.isdir(root)), "/usr/lib/baresip/modules")
        with open(os.path.join(home, "config"), "w") as file:
            source = f"aufile,{home}/tone.wav" if HAS_AUDIO else "aubridge,nil"
            file.write(f"""sip_listen 127.0.0.1:5180
sip_cafile {authority}
audio_player aubridge,nil
audio_source {source}
audio_alert aubridge,nil
module_path {modules}
module g711.so
module aubridge.so
{f"module aufile.so{chr(10)}module sndfile.so{chr(10)}snd_path {home}" if HAS_AUDIO else ""}
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{self.CONTROL}
""")
        with open(os.path.join(home, "accounts"), "w") as file:
            file.write(
                f"<sip:baresip@{DOMAIN};transport={transport}>;auth_user={username('baresip')};auth_pass=baresip-secret"
                f";outbound=\"sip:127.0.0.1:{port};transport={transport}\";regint=600;answermode=auto\n")
        open(os.path.join(home, "contacts"), "w").close()
        super().__init__("baresip", ["baresip", "-4", "-v", "-f", home], home)

    def tell(self, command, parameters=""):
        text = json.dumps({"command": command, "params": parameters})
        with socket.create_connection(("127.0.0.1", self.CONTROL), 5) as control:
            control.sendall(f"{len(text)}:{text},".encode())
            control.recv(4096)


    def recordings(self):
        """What it has decoded of the calls so far."""
        return sorted(
            os.path.join(self.home, name) for name in os.listdir(self.home) if re.match(r"dump-.*-dec.*\.wav$", name))


def converse(linphone, baresip):
    """The call is up: lets both talk for a while."""
    if not HAS_AUDIO:
        return
    linphone.tell(f"record {linphone.home}/heard.wav")
    linphone.tell(f"play {linphone.home}/tone.wav")
    time.sleep(4)


def compare(linphone, baresip):
    """The call is over: each must have heard a second of the other at least."""
    if not HAS_AUDIO:
        return
    time.sleep(0.5)
    for phone, path, other in (
        ("linphonec", f"{linphone.home}/heard.wav", "baresip"), ("baresip", baresip.recordings()[-1], "linphone"),
    ):
        seconds, heard = loudest(path)
        if heard != other or seconds < 1:
            sys.exit(f"failed: over {transport}: {phone} has heard {seconds} s of {heard}, not of {other}")
        print(f"over {transport}: {phone} has heard {seconds} s of {other}'s tone", flush=True)
    os.remove(f"{linphone.home}/heard.wav")


for program in "linphonec", "baresip":
    if not shutil.which(program):
        sys.exit(f"{program} is not installed")
phones = []
try:
    linphone = Linphone()
    phones.append(linphone)
    linphone.reach("registers", "status register", r"registered, identity=")
    if HAS_AUDIO:
        linphone.tell("soundcard use files")
    baresip = Baresip()
    phones.append(baresip)
    baresip.wait("registers", r"200 OK|registered successfully")
    print(f"over {transport}: linphonec and baresip have registered", flush=True)

    linphone.tell(f"call sip:baresip@{DOMAIN}")
    baresip.wait("answers", r"Call established|established")
    linphone.reach("calls baresip", "status hook", r"Call out|answered|duration")
    converse(linphone, baresip)
    linphone.tell("terminate")
    baresip.wait("hears the end", r"terminated|Connection reset|session closed|closed")
    linphone.reach("hangs up", "status hook", r"on-?hook")
    compare(linphone, baresip)

    baresip.tell("dial", f"sip:linphone@{DOMAIN}")
    baresip.wait("calls linphonec", r"Call established|established", 20)
    linphone.reach("answers", "status hook", r"Call out|answered|duration")
    converse(linphone, baresip)
    baresip.tell("hangup")
    linphone.reach("hears the end", "status hook", r"on-?hook")
    compare(linphone, baresip)
    print(f"over {transport}: each has called the other", flush=True)
finally:
    for phone in phones:
        phone.stop()
