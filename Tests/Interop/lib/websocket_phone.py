"""OPTIONS over WebSocket, plain and over TLS, by Python's websockets: the subprotocol, one message each way, a ping."""

import asyncio
import ssl
import sys

import websockets

REQUEST = (
    "OPTIONS sip:127.0.0.1 SIP/2.0\r\n"
    "Via: SIP/2.0/{} df7jal23ls0d.invalid;branch=z9hG4bK{}\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:a@example.org>;tag=1\r\n"
    "To: <sip:127.0.0.1>\r\n"
    "Call-ID: {}@df7jal23ls0d.invalid\r\n"
    "CSeq: 1 OPTIONS\r\n\r\n"
)


async def ask(url, token, context):
    options = {"ssl": context, "server_hostname": "p.home.example"} if context else {}
    async with websockets.connect(url, subprotocols=["sip"], **options) as socket:
        assert socket.subprotocol == "sip", f"subprotocol {socket.subprotocol}"
        for number, encode in enumerate([str, str.encode]):
            branch = f"{token}{number}"
            await socket.send(encode(REQUEST.format(token, branch, branch)))
            answer = await asyncio.wait_for(socket.recv(), 5)
            assert answer.startswith("SIP/2.0 "), answer
            assert f"Via: SIP/2.0/{token} df7jal23ls0d.invalid;branch=z9hG4bK{branch}\r\n" in answer, answer
        await asyncio.wait_for(await socket.ping(), 5)
    print(f"{url}: answered, {answer.splitlines()[0]}")


async def refused(url):
    try:
        async with websockets.connect(url):
            raise AssertionError("a handshake without the subprotocol sip was accepted")
    except websockets.exceptions.InvalidHandshake as error:  # older versions have the status in it, newer a response
        response = getattr(error, "response", None)
        assert (response.status_code if response else error.status_code) == 400, error
    print(f"{url}: refused without the subprotocol sip")


async def main():
    await ask("ws://127.0.0.1:8060/", "WS", None)
    await ask("wss://127.0.0.1:8061/", "WSS", ssl.create_default_context(cafile=sys.argv[1]))
    await refused("ws://127.0.0.1:8060/")


asyncio.run(main())
