import Octets
import SIP
import Testing

/// Every header's values, damaged: an error or a fixed point, never a trap.
@Suite("Damaged header values")
struct HeaderDamageTests {
    static let rows =
        CoreHeaderTests.rows + ReliabilityHeaderTests.rows + TransferHeaderTests.rows + SessionTimerHeaderTests.rows
        + ResourcePriorityTests.rows + EventDataHeaderTests.rows + LocationHeaderTests.rows + FlowHeaderTests.rows
        + PrivateHeaderTests.rows + NetworkHeaderTests.rows + FeatureHeaderTests.rows + others

    /// Those whose tables stand elsewhere.
    private static let others = [
        HeaderRow(Via.self, accepts: ["SIP/2.0/UDP h:5060;ttl=16;branch=z9hG4bK1;rport"]),
        HeaderRow(From.self, accepts: ["\"A \\\" B\" <sip:a@h;x=y?b=c>;tag=1"]),
        HeaderRow(To.self, accepts: ["<tel:+1;ext=2>;tag=1"]),
        HeaderRow(Contact.self, accepts: ["<sip:a@h>;q=0.5;expires=60;+sip.instance=\"<urn:uuid:1>\";reg-id=1", "*"]),
        HeaderRow(CSeq.self, accepts: ["1 INVITE"]), HeaderRow(Expires.self, accepts: ["60"]),
        HeaderRow(Event.self, accepts: ["reg;id=1"]), HeaderRow(SubscriptionState.self, accepts: ["active;expires=60"]),
        HeaderRow(Reason.self, accepts: ["Q.850;cause=16;text=\"Terminated\""]),
        HeaderRow(DateHeader.self, accepts: ["Sat, 13 Nov 2010 23:29:00 GMT"]),
        HeaderRow(SecurityClient.self, accepts: ["ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1;port-s=5060"]),
        HeaderRow(Authorization.self, accepts: ["Digest username=\"a\",realm=\"b\",nc=00000001"]),
        HeaderRow(WWWAuthenticate.self, accepts: ["Digest realm=\"a\",qop=\"auth,auth-int\",stale=true"]),
        HeaderRow(AuthenticationInfo.self, accepts: ["nextnonce=\"a\",qop=auth"]),
        HeaderRow(Privacy.self, accepts: ["id;critical"]),
        HeaderRow(
            SessionID.self, accepts: ["ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2"]),
        HeaderRow(HistoryInfo.self, accepts: ["<sip:a@h?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1"]),
        HeaderRow(MinExpires.self, accepts: ["60"]), HeaderRow(MaxForwardsValue.self, accepts: ["70"]),
        HeaderRow(Route.self, accepts: ["<sip:p1.example.com;lr>"]),
        HeaderRow(RecordRoute.self, accepts: ["<sip:p1.example.com;lr>;x=y"]),
        HeaderRow(SecurityServer.self, accepts: ["tls;q=0.2"]), HeaderRow(SecurityVerify.self, accepts: ["tls;q=0.2"]),
        HeaderRow(ProxyAuthorization.self, accepts: ["Digest username=\"a\""]),
        HeaderRow(ProxyAuthenticate.self, accepts: ["Digest realm=\"a\""]),
    ]

    @Test("Every header we know by name has a type, but for those whose RFC is not among ours")
    func complete() {
        let typed = Set(Self.rows.map { $0.type.name.token })
        #expect(
            Set(HeaderName.Token.allCases).subtracting(typed) == [
                .other, .answerMode, .diversion, .encryption, .pAnswerState, .pMediaAuthorization,
                .pPrivateNetworkIndication, .pProfileKey, .pUserDatabase, .permissionMissing, .targetDialog,
            ])
    }

    @Test("Random damage", arguments: rows)
    func damage(_ row: HeaderRow) throws {
        var entropy = Entropy(number: UInt64(row.type.name.text.utf8.count))
        let structural = Array("\"\\<>;,=:@%?[]()*#!. \t\r\n\0/".utf8) + [0x80, 0xFF]
        func read(_ octets: [UInt8]) throws(SIPSyntaxError) -> any SIPHeader {
            // Inside a longer array, as in a message: nothing beyond the slice may be looked at.
            let inset = [0x2C] + octets + [0x22]
            return try row.type.init(parsing: OctetSlice(inset, 1..<inset.count - 1))
        }
        for (value, _) in row.accepted {
            for _ in 0..<300 {
                var octets = Array(value.utf8)
                for _ in 0...entropy.next32() % 3 where !octets.isEmpty {
                    let position = Int(entropy.next32()) % octets.count
                    switch entropy.next32() % 5 {
                    case 0: octets[position] = UInt8(truncatingIfNeeded: entropy.next32())
                    case 1: octets.remove(at: position)
                    case 2: octets.insert(contentsOf: octets[position...].prefix(7), at: position)
                    case 3: octets.removeLast(octets.count - position)
                    default: octets.insert(structural[Int(entropy.next32()) % structural.count], at: position)
                    }
                }
                guard let header = try? read(octets) else { continue }
                let written = header.text
                let again = try read(Array(written.utf8))
                #expect(again.text == written, "\(row.type.name): \(String(decoding: octets, as: UTF8.self))")
            }
        }
    }

    @Test("Every truncation", arguments: rows)
    func truncations(_ row: HeaderRow) throws {
        for (value, _) in row.accepted {
            let octets = Array(value.utf8)
            for end in octets.indices {
                guard let header = try? row.type.init(parsing: OctetSlice(octets, 0..<end)) else { continue }
                #expect(try row.type.init(parsing: OctetSlice(header.text)).text == header.text)
            }
        }
    }
}
