"""phones.py DIRECTORY TRANSPORT PORT CA: linphonec and baresip register at a proxy on 127.0.0.1 and call each other.

Each registers with SIP Digest over TRANSPORT, then each calls the other once; the other answers by itself, audio is not
played. Ends with 0 when both calls were established and ended on both sides; says what it waited for otherwise.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

directory, transport, port, authority = sys.argv[1:5]
DOMAIN = "localhost"


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
reg_proxy=<sip:{DOMAIN}:{port};transport={transport}>
reg_identity=sip:linphone@{DOMAIN}
reg_expires=600
reg_sendregister=1
publish=0
[auth_info_0]
username=linphone
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
        modules = next(
            (os.path.join(root) for root in ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")
             if os.path.isdir(root)), "/usr/lib/baresip/modules")
        with open(os.path.join(home, "config"), "w") as file:
            file.write(f"""sip_listen 127.0.0.1:5180
sip_cafile {authority}
audio_player aubridge,nil
audio_source aubridge,nil
audio_alert aubridge,nil
module_path {modules}
module g711.so
module aubridge.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{self.CONTROL}
""")
        with open(os.path.join(home, "accounts"), "w") as file:
            file.write(
                f"<sip:baresip@{DOMAIN};transport={transport}>;auth_user=baresip;auth_pass=baresip-secret"
                f";outbound=\"sip:127.0.0.1:{port};transport={transport}\";regint=600;answermode=auto\n")
        open(os.path.join(home, "contacts"), "w").close()
        super().__init__("baresip", ["baresip", "-4", "-v", "-f", home], home)

    def tell(self, command, parameters=""):
        text = json.dumps({"command": command, "params": parameters})
        with socket.create_connection(("127.0.0.1", self.CONTROL), 5) as control:
            control.sendall(f"{len(text)}:{text},".encode())
            control.recv(4096)


for program in "linphonec", "baresip":
    if not shutil.which(program):
        sys.exit(f"{program} is not installed")
phones = []
try:
    linphone = Linphone()
    phones.append(linphone)
    linphone.reach("registers", "status register", r"registered, identity=")
    baresip = Baresip()
    phones.append(baresip)
    baresip.wait("registers", r"200 OK|registered successfully")
    print(f"over {transport}: linphonec and baresip have registered", flush=True)

    linphone.tell(f"call sip:baresip@{DOMAIN}")
    baresip.wait("answers", r"Call established|established")
    linphone.reach("calls baresip", "status hook", r"Call out|answered|duration")
    linphone.tell("terminate")
    baresip.wait("hears the end", r"terminated|Connection reset|session closed|closed")
    linphone.reach("hangs up", "status hook", r"on-?hook")

    baresip.tell("dial", f"sip:linphone@{DOMAIN}")
    baresip.wait("calls linphonec", r"Call established|established", 20)
    linphone.reach("answers", "status hook", r"Call out|answered|duration")
    baresip.tell("hangup")
    linphone.reach("hears the end", "status hook", r"on-?hook")
    print(f"over {transport}: each has called the other", flush=True)
finally:
    for phone in phones:
        phone.stop()
