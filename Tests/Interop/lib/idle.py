"""idle.py PORT COUNT: holds COUNT TCP connections to 127.0.0.1:PORT open, from addresses 127.0.2.x, until standard input
ends. Prints `N open` when all are there, and at the end how many still are."""

import resource
import select
import socket
import sys

port, count = int(sys.argv[1]), int(sys.argv[2])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
if hard < count + 64:
    sys.exit(f"only {hard} files may be open")
held = []
for number in range(count):
    connection = socket.socket()
    connection.bind((f"127.0.2.{1 + number % 200}", 0))
    connection.connect(("127.0.0.1", port))
    # One that has never said anything is closed after ten seconds; a phone that is there stays.
    local = "%s:%d" % connection.getsockname()
    connection.sendall((
        f"OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/TCP {local};branch=z9hG4bK{number}\r\nMax-Forwards: 0\r\n"
        f"From: <sip:idle@127.0.0.1>;tag={number}\r\nTo: <sip:127.0.0.1:{port}>\r\nCall-ID: {number}@idle\r\n"
        "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n").encode())
    if b" 200 " not in connection.recv(2048):
        sys.exit("no answer over an idle connection")
    held.append(connection)
print(f"{len(held)} open", flush=True)
sys.stdin.read()
poll = select.poll()
for connection in held:
    poll.register(connection, select.POLLIN | select.POLLHUP)
print(f"{count - len(poll.poll(0))} still open", flush=True)
