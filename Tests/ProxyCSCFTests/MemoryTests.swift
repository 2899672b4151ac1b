import Glibc
import IMS
import Octets
import SIP
import Testing

@Suite("Memory of the P-CSCF")
struct MemoryTests {
    /// In a process of its own: other tests that run beside it use memory as well.
    @Test("A registered subscriber costs at most 1 kB")
    func perSubscriber() async {
        await #expect(processExitsWith: .success) {
            let each = try Self.octetsPerSubscriber()
            #expect(each <= 1_024)
            #expect(each > 100)
        }
    }

    private static func octetsPerSubscriber() throws -> Int {
        let first: UInt32 = 1_000
        let count: UInt32 = 20_000
        var edge = AccessEdge()
        // The first ones pay for what is there once: pages of the program, tables.
        for number in 0..<first { try register(number, &edge) }
        let before = resident
        for number in first..<first + count { try register(number, &edge) }
        #expect(try edge.registrations() == Int(first + count))
        return (resident - before) / Int(count)
    }

    private static func register(_ number: UInt32, _ edge: inout AccessEdge) throws {
        let imsi = "00101\(1_000_000_000 + number)"
        var request = Request(to: "<sip:\(imsi)@\(AccessEdge.domain)>")
        request.contacts = ["<sip:\(imsi)@10.11.12.13:5060>;+sip.instance=\"<urn:gsma:imei:35-\(number)-0>\""]
        request.authorization =
            "Digest username=\"\(imsi)@\(AccessEdge.domain)\",realm=\"\(AccessEdge.domain)\",nonce=\"\""
        let hop = Hop(.udp, AccessEdge.listener, Endpoint(.v4(0x0A00_0000 + number), 5060))
        let associated =
            "<sip:+1555\(1_000_000 + number)@\(AccessEdge.domain)>, <tel:+1555\(1_000_000 + number)>, "
            + "<sip:\(imsi)@\(AccessEdge.domain)>"
        _ = try edge.answer(
            try edge.send(request, from: hop), .ok,
            [
                (.contact, "<sip:\(imsi)@10.11.12.13:5060>;expires=7200"),
                (.serviceRoute, "<sip:orig@scscf.\(AccessEdge.domain):5080;lr>"), (.pAssociatedURI, associated),
            ])
    }

    /// Resident memory of the process, proc(5); the other tests blur it a little.
    private static var resident: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
            separator: " ")
        return words.count > 1 ? (Int(words[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
    }
}
