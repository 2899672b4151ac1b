import Octets
import SIP

/// Everything of SIP that reads octets from outside and keeps nothing of them.
let sipTargets: [FuzzTarget] = [
    FuzzTarget("message") { octets in
        checkFixedPoint("SIPMessage", octets) { text in
            guard let message = try? SIPMessage(parsing: text) else {
                _ = SIPMessage.salvage(text)
                return nil
            }
            readEverything(message)
            return message.serialized()
        }
    },
    FuzzTarget("framer") { octets in
        checkFraming(octets, StreamFramer()) { framer, octets, messages in
            framer.append(octets)
            while let frame = try framer.next() {
                if case .message(let message) = frame { messages.append(message) }
            }
        }
    },
    FuzzTarget("uri", seeds: uriSamples.map { Array($0.utf8) }) { octets in
        checkFixedPoint("URI", octets) { text in
            guard let uri = try? URI(parsing: OctetSlice(text)) else { return nil }
            check(uri.matches(uri), "a URI does not equal itself: \(uri)")
            if case .sip(let sip) = uri { checkAddressOfRecord(sip) }
            var writer = OctetWriter(reserving: text.count)
            uri.write(to: &writer)
            return writer.octets
        }
    },
    headerTarget,
    FuzzTarget("multipart", seeds: multipartSamples.map { Array($0.utf8) }) { octets in
        checkFixedPoint("MultipartBody", octets) { text in
            guard let body = try? MultipartBody(parsing: OctetSlice(text), multipartType) else { return nil }
            if let leaves = try? body.leaves() {
                for leaf in leaves { _ = (try? leaf.mediaType(), try? leaf.isRequired()) }
            }
            // Parts that came without headers of their own are written all the same.
            guard let again = try? MultipartBody(body.parts, boundary: body.boundary, subtype: body.subtype) else {
                return nil
            }
            return again.serialized()
        }
    },
    FuzzTarget("stun", seeds: stunSamples) { octets in
        let source = Endpoint(octets.count % 2 == 0 ? .loopback : .v6(0x2001_0DB8 << 32, 1), 5060)
        guard let answer = STUNBinding.answer(to: octets, from: source) else { return }
        check(STUNBinding.isSTUN(octets), "something is answered as STUN that is none")
        check(STUNBinding.isSTUN(answer) && answer.count % 4 == 0, "an answer that is no STUN message")
        check(answer[8..<20] == octets[8..<20], "the answer is to another transaction")
        check(STUNBinding.answer(to: answer, from: source) == nil, "two servers would answer each other for ever")
    },
]

private let uriSamples = [
    "sips:a%20b:c@[2001:db8::1]:5061;transport=tcp;lr;maddr=192.0.2.1?Subject=x&to=y",
    "tel:+1-201-555-0123;phone-context=example.org;isub=1;ext=2", "urn:service:sos.police",
    "sip:+1-201;isub=1@example.org;user=phone", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
]

private let multipartType: MediaType = {
    var type = MediaType("multipart", "mixed")
    type.parameters.set("boundary", "b")
    return type
}()

private let multipartSamples = [
    "preamble\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b  \r\nContent-ID: <a@b>\r\n folded\r\n\r\n--b--\r\nend",
    "--b\r\nContent-Type: multipart/alternative;boundary=\"c d\"\r\n\r\n--c d\r\n\r\nx\r\n--c d--\r\n\r\n--b--\r\n",
]

/// A Binding request, and one with an attribute that must be understood.
private let stunSamples: [[UInt8]] = [
    [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + Array(1...12),
    [0, 1, 0, 8, 0x21, 0x12, 0xA4, 0x42] + Array(1...12) + [0, 6, 0, 3, 0x61, 0x62, 0x63, 0],
]

/// The canonical name of an account is its own canonical name.
private func checkAddressOfRecord(_ uri: SIPURI) {
    let name = uri.addressOfRecord
    guard let again = try? SIPURI(parsing: name) else {
        return check(false, "an address of record that is no URI: \(name) of \(uri)")
    }
    check(again.addressOfRecord == name, "an address of record that is not canonical: \(name) of \(uri)")
}

/// Asks a message for all that it can be asked for; nothing of it may trap.
private func readEverything(_ message: SIPMessage) {
    _ = message.validateRequest(.everyKnownHeader)
    _ = message.validateResponse(.everyKnownHeader)
    _ = try? message.parsedRequestURI()
    _ = message.maxForwards
    _ = message.expires
    _ = try? message.bodyParts()
    readEveryHeader(of: message)
    if message.isRequest,
        let answer = try? SIPMessage(
            parsing: SIPMessage.response(.badRequest, to: message, toTag: "t").serialized())
    {
        check(answer.status == .badRequest, "a response is read as another one")
    }
}
