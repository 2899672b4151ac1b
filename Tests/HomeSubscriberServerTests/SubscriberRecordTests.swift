import AKA
import HomeSubscriberServer
import Octets
import Testing

@Suite("Subscribers as an operator gives them, TS 23.003 §13")
struct SubscriberRecordTests {
    @Test("IMPI and IMPUs with an MSISDN: the numbers first, the temporary one last and barred")
    func identities() throws {
        let record = try SubscriberRecord(
            imsi: Home.imsi, domain: "IMS.mnc001.mcc001.3gppnetwork.org", msisdn: "+491700000001", key: Home.key,
            opc: Home.opc)
        #expect(record.privateIdentity.text == Home.user)
        #expect(record.publicIdentities.map(\.identity.text) == [Home.identity, Home.tel, Home.temporary])
        #expect(record.publicIdentities.map(\.isBarred) == [false, false, true])
        #expect(record.warnings.isEmpty)
    }

    @Test("Without MSISDN the identity from the IMSI is the default and not barred")
    func withoutNumber() throws {
        let record = try Home.record(msisdn: nil)
        #expect(record.publicIdentities.map(\.identity.text) == [Home.temporary])
        #expect(record.publicIdentities.map(\.isBarred) == [false])
    }

    @Test("OP gives the OPc of TS 35.208 set 1, and a warning")
    func op() throws {
        let record = try SubscriberRecord(
            imsi: Home.imsi, domain: Home.domain, key: Home.key, op: "cdc202d5123e20f62b6d676ac72cb318")
        #expect(record.secrets.revealedOctets == Hex.decode(Home.key + Home.opc))
        #expect(record.warnings == ["OPc is derived from the OP given; OP itself is not kept."])
    }

    @Test("TOP gives the TOPc of TS 35.233 set 1; a key of TUAK has 32 or 64 digits")
    func tuak() throws {
        let key = String(repeating: "ab", count: 16)
        let topc = "bd04d9530e87513c5d837ac2ad954623a8e2330c115305a73eb45d1f40cccbff"
        let top = String(repeating: "55", count: 32)
        func record(
            key: String = key, topc: String? = nil, top: String? = nil, algorithm: String = "TUAK"
        ) throws(ProvisioningError) -> SubscriberRecord {
            try SubscriberRecord(
                imsi: Home.imsi, domain: Home.domain, algorithm: algorithm, key: key, opc: topc, op: top)
        }
        let derived = try record(top: top)
        #expect(derived.secrets.algorithm == .tuak)
        #expect(derived.secrets.revealedOctets == Hex.decode(key + topc))
        #expect(derived.warnings == ["TOPc is derived from the TOP given; TOP itself is not kept."])
        #expect(try record(topc: topc, top: top).secrets == derived.secrets)
        #expect(try record(key: key + key, topc: topc).secrets.revealedOctets.count == 64)
        for (mistake, field) in [
            (#expect(throws: ProvisioningError.self) { try record(key: Home.key + "00", topc: topc) }, "k"),
            (#expect(throws: ProvisioningError.self) { try record(topc: Home.opc) }, "topc"),
            (#expect(throws: ProvisioningError.self) { try record(topc: top, top: top) }, "topc"),
            (#expect(throws: ProvisioningError.self) { try record() }, "topc"),
            (#expect(throws: ProvisioningError.self) { try record(topc: topc, algorithm: "comp128") }, "algorithm"),
        ] { #expect(mistake?.field == field) }
    }

    @Test("Warnings: OPc equal to K, OP given as OPc, zeros")
    func warnings() throws {
        func warnings(key: String = Home.key, opc: String) throws -> String {
            try SubscriberRecord(imsi: Home.imsi, domain: Home.domain, key: key, opc: opc).warnings.joined()
        }
        #expect(try warnings(opc: Home.key).contains("OPc equals the key"))
        #expect(try warnings(opc: "cdc202d5123e20f62b6d676ac72cb318").contains("should it be given as OP"))
        let zeros = String(repeating: "0", count: 32)
        #expect(try warnings(key: zeros, opc: zeros).contains("K is all zeros"))
    }

    /// Field, and what makes it wrong.
    @Test("Every mistake names its field and its value, but never a key")
    func mistakes() throws {
        func error(
            imsi: String = Home.imsi, domain: String = Home.domain, msisdn: String? = nil, key: String = Home.key,
            opc: String? = Home.opc, op: String? = nil, amf: String = "8000", sqn: String = "000000000000"
        ) -> ProvisioningError? {
            do {
                _ = try SubscriberRecord(
                    imsi: imsi, domain: domain, msisdn: msisdn, key: key, opc: opc, op: op, amf: amf, sqn: sqn)
                return nil
            } catch {
                return error
            }
        }
        #expect(error() == nil)
        for (mistake, field, value) in [
            (error(imsi: "00101"), "imsi", "00101"), (error(imsi: "00101000000000x"), "imsi", "00101000000000x"),
            (error(domain: "ims..org"), "domain", "ims..org"), (error(domain: "a b"), "domain", "a b"),
            (error(msisdn: "12a45"), "msisdn", "12a45"), (error(msisdn: "+1234"), "msisdn", "+1234"),
            (error(amf: "80"), "amf", "80"), (error(sqn: "1"), "sqn", "1"),
        ] {
            #expect(mistake?.field == field)
            #expect(mistake?.value == value)
            #expect(mistake?.sentence.contains(value) == true)
        }
        let short = String(Home.key.dropLast())
        let shortened = try #require(error(key: short))
        #expect(shortened.field == "k" && shortened.sentence.contains("31") && !shortened.sentence.contains(short))
        let wrong = try #require(error(opc: "x" + Home.opc.dropFirst()))
        #expect(wrong.field == "opc" && wrong.sentence.contains("character 1"))
        #expect(error(opc: nil)?.field == "opc")
        #expect(error(op: Home.key)?.sentence.contains("not the OPc") == true)
    }

    @Test("Ranges count IMSI and MSISDN and keep their lengths")
    func range() throws {
        let first = try Home.record(imsi: "001010000000099", msisdn: "491700000999")
        let next = try first.advanced(by: 1)
        #expect(next.imsi.digits == "001010000000100")
        #expect(next.msisdn == "491700001000")
        #expect(throws: ProvisioningError.self) { try Home.record(imsi: "001019999999999").advanced(by: 1) }
        #expect(throws: ProvisioningError.self) { try Home.record(msisdn: "99999").advanced(by: 1) }
        #expect(throws: ProvisioningError.self) { try first.advanced(by: .max) }
    }
}
