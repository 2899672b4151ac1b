import Octets
import SIP
import Testing

@Suite("RFC 5031: service URNs")
struct ServiceURNTests {
    @Test(
        "§4.4: the registered services are read and written",
        arguments: [
            "counseling", "counseling.children", "counseling.mental-health", "counseling.suicide", "sos",
            "sos.ambulance", "sos.animal-control", "sos.fire", "sos.gas", "sos.marine", "sos.mountain", "sos.physician",
            "sos.poison", "sos.police",
        ])
    func registered(_ service: String) throws {
        let urn = try ServiceURN(parsing: OctetSlice("urn:service:\(service)"))
        #expect(urn.text == "urn:service:\(service)")
        #expect(urn.isEmergency == service.hasPrefix("sos"))
        #expect(try URI(parsing: "URN:Service:\(service.uppercased())").serviceURN == urn)
    }

    @Test("§3: a service is found by cutting labels off at the right")
    func parents() throws {
        let fire = try ServiceURN(parsing: "urn:service:sos.fire.forest")
        #expect(fire.parent?.text == "urn:service:sos.fire")
        #expect(fire.parent?.parent == .emergency)
        #expect(fire.parent?.parent?.parent == nil)
        #expect(fire.isKind(of: try ServiceURN(parsing: "urn:service:SOS.fire")))
        #expect(!ServiceURN.emergency.isKind(of: fire))
        #expect(try !ServiceURN(parsing: "urn:service:sosnot").isEmergency)
    }

    @Test(
        "Refused",
        arguments: [
            "", "urn:service:", "urn:service", "urn:servicex:sos", "sos", "urn:service:sos.", "urn:service:.sos",
            "urn:service:sos..fire", "urn:service:-sos", "urn:service:sos-", "urn:service:s_s", "urn:service:sos fire",
            "urn:service:abcdefghijklmnopqrstuvwxyzab",
        ])
    func refused(_ text: String) {
        #expect(throws: SIPSyntaxError.self) { try ServiceURN(parsing: OctetSlice(text)) }
    }

    @Test("Other URIs are none")
    func others() throws {
        #expect(try URI(parsing: "sip:sos@example.com").serviceURN == nil)
        #expect(try URI(parsing: "urn:urn-7:sos").serviceURN == nil)
    }
}
