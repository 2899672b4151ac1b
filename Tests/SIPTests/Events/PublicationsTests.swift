import Octets
import SIP
import Testing

@Suite("RFC 3903 §6: published event state")
struct PublicationsTests {
    static let package = EventPackage("presence", bodyTypes: ["application/pidf+xml"])

    struct Bench {
        var publications = Publications(PublicationsTests.package, limit: 2)
        var entropy = Entropy(number: 1)
        var now = matrixNow

        mutating func publish(
            match: String? = nil, body: String = "<x/>", expires: Int? = 3600, event: String = "presence",
            type: String = "application/pidf+xml", extra: String = ""
        ) throws -> (status: Int, tag: String?, change: Publications.Change) {
            let request = try SIPMessage(
                parsing: wire(
                    """
                    PUBLISH sip:presentity@example.com SIP/2.0
                    Via: SIP/2.0/UDP pua.example.com;branch=z9hG4bK652hsge
                    To: <sip:presentity@example.com>
                    From: <sip:presentity@example.com>;tag=1234wxyz
                    Call-ID: 81818181@pua.example.com
                    CSeq: 1 PUBLISH
                    Event: \(event)
                    \(match.map { "SIP-If-Match: \($0)\n" } ?? "")\(expires.map { "Expires: \($0)\n" } ?? "")\(body.isEmpty ? "" : "Content-Type: \(type)\n")\(extra)Content-Length: \(body.utf8.count)

                    \(body)
                    """))
            let (response, change) = publications.receive(request, toTag: "t", at: now, entropy: &entropy)
            return (Int(response.status?.rawValue ?? 0), response.firstValue(.sipETag)?.string, change)
        }
    }

    @Test("RFC 3903 §4.1: initial, refresh, modify, remove: a new entity-tag each time, the old one is gone")
    func operations() throws {
        var bench = Bench()
        let first = try bench.publish()
        #expect(first.status == 200 && first.change == .published)
        let second = try bench.publish(match: first.tag, body: "")
        #expect(second.change == .refreshed && second.tag != first.tag)
        #expect(bench.publications.publications.values.map(\.body) == [Array("<x/>".utf8)])
        let third = try bench.publish(match: second.tag, body: "<y/>")
        #expect(third.change == .modified)
        #expect(bench.publications.publications.values.map(\.body) == [Array("<y/>".utf8)])
        #expect(try bench.publish(match: first.tag).status == 412)
        let last = try bench.publish(match: third.tag, body: "", expires: 0)
        #expect(last.change == .removed && last.status == 200)
        #expect(bench.publications.publications.isEmpty)
    }

    @Test("RFC 3903 §6: refusals")
    func refusals() throws {
        var bench = Bench()
        #expect(try bench.publish(event: "reg").status == 489)
        #expect(try bench.publish(match: "unknown").status == 412)
        #expect(try bench.publish(match: "a, b").status == 400)
        #expect(try bench.publish(body: "").status == 400)
        #expect(try bench.publish(expires: 10).status == 423)
        #expect(try bench.publish(type: "text/plain").status == 415)
        #expect(bench.publications.publications.isEmpty)
    }

    @Test("RFC 3903 §6: what is not refreshed runs out; no more than the limit is held")
    func softState() throws {
        var bench = Bench()
        let first = try bench.publish(expires: 60)
        _ = try bench.publish(expires: 600)
        #expect(try bench.publish().status == 503)
        #expect(bench.publications.nextDeadline == matrixNow + .seconds(60))
        bench.now += .seconds(60)
        #expect(try bench.publish(match: first.tag, body: "").status == 412, "run out, though not yet cleared")
        let cleared = bench.publications.fire(at: bench.now)
        #expect(cleared)
        #expect(bench.publications.publications.count == 1)
        #expect(try bench.publish().status == 200)
    }
}
