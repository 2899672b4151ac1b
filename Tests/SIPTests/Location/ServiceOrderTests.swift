import Octets
import SIP
import Testing

@Suite("RFC 2782: the order of SRV records")
struct ServiceOrderTests {
    private static func record(_ priority: UInt16, _ weight: UInt16, _ port: UInt16) -> SRVRecord {
        SRVRecord(priority: priority, weight: weight, port: port, target: DNSName("a.example"))
    }

    @Test("priorities are never mixed, and no record gets lost")
    func priorities() {
        var entropy = Entropy(number: 3)
        let records = [Self.record(2, 9, 1), Self.record(1, 1, 2), Self.record(2, 0, 3), Self.record(1, 65_535, 4)]
        for _ in 0..<100 {
            let ordered = SRVRecord.ordered(records, entropy: &entropy)
            #expect(ordered.map(\.priority) == [1, 1, 2, 2])
            #expect(Set(ordered.map(\.port)) == [1, 2, 3, 4])
        }
    }

    @Test("the first is drawn in proportion to its weight; one of weight 0 seldom, but it is")
    func weights() {
        var entropy = Entropy(number: 4)
        let records = [Self.record(0, 0, 1), Self.record(0, 25, 2), Self.record(0, 75, 3)]
        var first: [UInt16: Int] = [:]
        for _ in 0..<10_100 { first[SRVRecord.ordered(records, entropy: &entropy)[0].port, default: 0] += 1 }
        // One number of 0...100 leads to weight 0, 25 to the second, 75 to the third: 100, 2,500 and 7,500 expected.
        #expect((50...150).contains(first[1] ?? 0), "\(first)")
        #expect((2_300...2_700).contains(first[2] ?? 0), "\(first)")
        #expect((7_300...7_700).contains(first[3] ?? 0), "\(first)")
    }
}
