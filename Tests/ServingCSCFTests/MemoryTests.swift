import Glibc
import Octets
import ServingCSCF
import Testing

@Suite("Memory")
struct MemoryTests {
    /// In a process of its own: other tests that run beside it use memory as well.
    @Test("A registered subscriber costs at most 3,000 octets")
    func perSubscriber() async {
        await #expect(processExitsWith: .success) {
            let each = try Self.octetsPerSubscriber()
            #expect(each <= 3_000)
            #expect(each > 100)
        }
    }

    private static func octetsPerSubscriber() throws -> Int {
        let first = 1_000
        let count = 5_000
        var laboratory = Laboratory()
        var before = 0
        for number in 1...first + count {
            // The first ones pay for what is there once: pages of the program, tables, the profile.
            if number == first + 1 { before = resident }
            let user = "sip:00101\(1_000_000_000 + number)@\(Laboratory.domain)"
            var message = Message()
            message.to = "<\(user)>"
            message.callID = "a84b4c76e66710\(number)@10.11.12.13"
            message.contacts = [
                "<sip:00101\(1_000_000_000 + number)@10.11.12.13:5060;transport=udp>;q=0.5;"
                    + "+sip.instance=\"<urn:gsma:imei:35345610-\(number)-0>\";+g.3gpp.smsip;video;"
                    + "+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\""
            ]
            try laboratory.register(
                message,
                profile: Profile.profile(
                    [
                        (user, true), ("sip:+1555\(1_000_000 + number)@\(Laboratory.domain)", false),
                        ("tel:+1555\(1_000_000 + number)", false),
                    ],
                    services: """
                        <InitialFilterCriteria><Priority>1</Priority><TriggerPoint><ConditionTypeCNF>0</ConditionTypeCNF>\
                        <SPT><ConditionNegated>0</ConditionNegated><Group>0</Group><Method>INVITE</Method></SPT>\
                        </TriggerPoint><ApplicationServer><ServerName>sip:tas.example:5090</ServerName>\
                        <DefaultHandling>0</DefaultHandling></ApplicationServer></InitialFilterCriteria>
                        """))
        }
        #expect(try laboratory.stat("registrations") == first + count)
        #expect(try laboratory.stat("profiles") == 1)
        return (resident - before) / count
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
