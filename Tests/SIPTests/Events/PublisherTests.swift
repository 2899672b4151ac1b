import Octets
import SIP
import Testing

@Suite("RFC 3903 §4: publishers")
struct PublisherTests {
    struct Bench {
        var publisher: Publisher
        var publications = Publications(PublicationsTests.package)
        var entropy = Entropy(number: 1)
        var now = matrixNow
        var last = SIPMessage(.publish, uri: "sip:p@example.com")

        init(expires: Int = 3600) {
            var template = SIPMessage(.publish, uri: "sip:p@example.com")
            template.append(.from, "<sip:p@example.com>;tag=1")
            template.append(.to, "<sip:p@example.com>")
            template.append(.callID, "p1")
            publisher = Publisher(PublicationsTests.package, template: template, expires: expires)
        }

        mutating func names(_ actions: [Publisher.Action]) -> [String] {
            actions.map {
                switch $0 {
                case .send(let request):
                    last = request
                    return "\(request.body.isEmpty ? "-" : request.body.string) \(request.expires ?? -1)"
                        + (request.contains(.sipIfMatch) ? " if" : "")
                case .failed(let response): return "failed \(response?.status?.rawValue ?? 0)"
                }
            }
        }

        /// The compositor of our own answers the last PUBLISH.
        mutating func answer() -> [String] {
            let (response, _) = publications.receive(last, toTag: "t", at: now, entropy: &entropy)
            return names(publisher.receive(response, at: now))
        }

        mutating func answer(_ status: Status, _ headers: [(HeaderName, String)] = []) -> [String] {
            var response = SIPMessage.response(status, to: last, toTag: "t")
            for (name, value) in headers { response.append(name, value) }
            return names(publisher.receive(response, at: now))
        }

        mutating func publish(_ text: String) -> [String] { names(publisher.publish(Array(text.utf8))) }
    }

    @Test("RFC 3903 §4: publish, refresh, modify, remove against a compositor")
    func life() {
        var bench = Bench()
        #expect(bench.publish("<a/>") == ["<a/> 3600"])
        #expect(bench.answer() == [])
        #expect(bench.publisher.nextDeadline == matrixNow + .seconds(3000))
        bench.now += .seconds(3000)
        #expect(bench.names(bench.publisher.fire(at: bench.now)) == ["- 3600 if"])
        #expect(bench.answer() == [])
        #expect(bench.publish("<b/>") == ["<b/> 3600 if"])
        #expect(bench.publish("<c/>") == [], "one at a time")
        #expect(bench.answer() == ["<c/> 3600 if"])
        #expect(bench.answer() == [])
        #expect(bench.publications.publications.values.map(\.body) == [Array("<c/>".utf8)])
        #expect(bench.names(bench.publisher.remove()) == ["- 0 if"])
        #expect(bench.answer() == [])
        #expect(bench.publications.publications.isEmpty)
        #expect(bench.publisher.state == .idle)
        #expect(bench.publisher.nextDeadline == nil)
    }

    @Test("RFC 3903 §4.1: after a 412 the whole state again without the tag")
    func forgotten() {
        var bench = Bench()
        _ = bench.publish("<a/>")
        _ = bench.answer()
        bench.now += .seconds(3000)
        _ = bench.names(bench.publisher.fire(at: bench.now))
        #expect(bench.answer(.conditionalRequestFailed) == ["<a/> 3600"])
        #expect(bench.answer(.conditionalRequestFailed) == ["failed 412"], "without a tag a 412 makes no sense")
    }

    @Test("RFC 3903 §4.1: after a 423 with the interval asked for; once for each value")
    func tooBrief() {
        var bench = Bench(expires: 30)
        #expect(bench.publish("<a/>") == ["<a/> 30"])
        #expect(bench.answer() == ["<a/> 60"])
        #expect(bench.answer(.intervalTooBrief, [(.minExpires, "60")]) == ["failed 423"])
    }

    @Test("Refusals and silence end it; responses to something else do not")
    func failures() {
        var bench = Bench()
        _ = bench.publish("<a/>")
        #expect(bench.answer(.trying) == [])
        #expect(bench.answer(.forbidden) == ["failed 403"])
        #expect(bench.answer(.forbidden) == [])
        #expect(bench.publish("<a/>") == ["<a/> 3600"])
        #expect(bench.names(bench.publisher.failed()) == ["failed 0"])
    }

    @Test("RFC 3903 §4.2: removed while the first PUBLISH is under way")
    func earlyRemoval() {
        var bench = Bench()
        _ = bench.publish("<a/>")
        #expect(bench.names(bench.publisher.remove()) == [])
        #expect(bench.answer() == ["- 0 if"])
        #expect(bench.answer() == [])
        #expect(bench.publications.publications.isEmpty)
    }
}
