import NodeIO
import Octets
import Testing

@Suite("Whose audio a media socket takes")
struct MediaSourceTests {
    private let described = Endpoint(.v4(0x0A00_0001), 4_000)

    @Test("the described address alone, and of it the first port")
    func strict() {
        var source = MediaSource(.described, described: described)
        expectRefused(&source, Endpoint(.v4(0x0A00_0002), 4_000))
        expectTaken(&source, Endpoint(.v4(0x0A00_0001), 4_002))
        expectRefused(&source, described)
        expectTaken(&source, Endpoint(.v4(0x0A00_0001), 4_002))
        #expect(source.target == described)
    }

    @Test("latched: whoever is first, and nobody after him; audio goes to him")
    func latched() {
        var source = MediaSource(.latched, described: described)
        #expect(source.target == described)
        let phone = Endpoint(.v4(0x0B00_0001), 999)
        expectTaken(&source, phone)
        expectRefused(&source, described)
        expectTaken(&source, phone)
        #expect(source.target == phone)
    }

    private func expectTaken(_ source: inout MediaSource, _ remote: Endpoint) {
        let isTaken = source.accepts(remote)
        #expect(isTaken, "\(remote)")
    }

    private func expectRefused(_ source: inout MediaSource, _ remote: Endpoint) {
        let isTaken = source.accepts(remote)
        #expect(!isTaken, "\(remote)")
    }

    @Test("ports: the even ones of a range in turn")
    func ports() throws {
        var ports = try #require(MediaPorts("30001-30006"))
        #expect(ports.count == 3)
        let taken = (0..<5).map { _ in ports.take() }
        #expect(taken == [30_002, 30_004, 30_006, 30_002, 30_004])
        #expect(MediaPorts("65534-65535")?.count == 1)
        for text in ["", "30000", "30001-30000", "0-10", "a-b", "1-65536", "5-5"] {
            #expect(MediaPorts(text) == nil, "\(text)")
        }
    }
}
