import CXFRM
import Glibc
import IMS
import Octets

/// What is asked of the kernel about security associations and policies: <linux/xfrm.h>, as ip-xfrm(8) asks it.
package enum XFRMRequests {
    static let userAssociationLength = 224
    static let userPolicyLength = 168
    /// Of our policies; a guard counts when none of them does.
    static let policyPriority: UInt32 = 1_000
    static let guardPriority: UInt32 = 2_000
    private static let esp = UInt8(IPPROTO_ESP)
    /// XFRM_INF.
    private static let unlimited = UInt64.max

    // MARK: Associations

    package static func add(_ association: SecurityAssociation) -> NetlinkRequest {
        state(Int32(XFRM_MSG_NEWSA), association, seconds: seconds(association.lifetime))
    }

    /// The kernel counts lifetimes from when an association was added.
    static func update(_ association: SecurityAssociation, seconds: UInt64) -> NetlinkRequest {
        state(Int32(XFRM_MSG_UPDSA), association, seconds: seconds)
    }

    static func delete(_ id: SecurityAssociation.ID) -> NetlinkRequest { one(Int32(XFRM_MSG_DELSA), id) }

    static func look(_ id: SecurityAssociation.ID) -> NetlinkRequest { one(Int32(XFRM_MSG_GETSA), id) }

    /// Whole seconds, at least one: 0 would be for ever.
    package static func seconds(_ span: Duration) -> UInt64 {
        let (seconds, rest) = span.components
        return UInt64(clamping: max(1, seconds &+ (rest > 0 ? 1 : 0)))
    }

    private static func state(_ type: Int32, _ association: SecurityAssociation, seconds: UInt64) -> NetlinkRequest {
        var request = NetlinkRequest(type)
        request.fixed { octets in
            // One that carries what comes from either port of its sender cannot name the port.
            let isCrossed = association.otherSourcePort != nil
            selector(association, proto: 0, from: isCrossed ? 0 : association.source.port).write(to: &octets)
            octets.write(association.hosts.destination)
            octets.write(network: association.spi.rawValue)
            octets.write(esp)
            octets.zeros(3)
            octets.write(association.hosts.source)
            writeLifetime(seconds, to: &octets)
            octets.zeros(32 + 12)  // what has been carried, statistics
            octets.write(UInt32(0))  // sequence
            octets.write(association.requestID)
            octets.write(UInt16(truncatingIfNeeded: association.hosts.destination.family))
            octets.write(mode(association))
            octets.write(UInt8(clamping: association.replayWindow))
            octets.zeros(8)  // no flags
        }
        XFRMAlgorithms.write(association, to: &request)
        if let tunnel = association.tunnel {
            // struct xfrm_encap_tmpl
            request.attribute(XFRMA_ENCAP) { octets in
                octets.write(UInt16(UDP_ENCAP_ESPINUDP))
                octets.write(network: tunnel.source.port)
                octets.write(network: tunnel.destination.port)
                octets.zeros(2 + 16)  // an original address counts in transport mode alone
            }
        }
        return request
    }

    private static func mode(_ association: SecurityAssociation) -> UInt8 {
        UInt8(association.tunnel == nil ? XFRM_MODE_TRANSPORT : XFRM_MODE_TUNNEL)
    }

    private static func writeLifetime(_ seconds: UInt64?, to octets: inout NativeOctets) {
        for _ in 0..<4 { octets.write(unlimited) }  // octets and packets, soft and hard
        octets.write(UInt64(0))
        octets.write(seconds ?? 0)
        octets.zeros(16)  // since the first use
    }

    private static func one(_ type: Int32, _ id: SecurityAssociation.ID) -> NetlinkRequest {
        var request = NetlinkRequest(type)
        request.fixed { octets in
            octets.write(id.destination)
            octets.write(network: id.spi.rawValue)
            octets.write(UInt16(truncatingIfNeeded: id.destination.family))
            octets.write(esp)
            octets.zeros(1)
        }
        return request
    }

    // MARK: Policies

    private static func selector(_ association: SecurityAssociation, proto: UInt8, from port: UInt16) -> XFRMSelector {
        XFRMSelector(
            proto: proto, source: Endpoint(association.source.address, port), destination: association.destination)
    }

    /// UDP and TCP share the association: a policy for each, and for each port that it comes from.
    package static func selectors(of association: SecurityAssociation) -> [XFRMSelector] {
        [association.source.port, association.otherSourcePort].compactMap { $0 }.flatMap { port in
            [XFRMSelector.udp, XFRMSelector.tcp].map { selector(association, proto: $0, from: port) }
        }
    }

    static func direction(_ association: SecurityAssociation) -> UInt8 {
        switch association.direction {
        case .inbound: UInt8(XFRM_POLICY_IN)
        case .outbound: UInt8(XFRM_POLICY_OUT)
        }
    }

    /// Between these ports nothing goes but by this association. Takes the place of a policy with the same selector.
    package static func policies(for association: SecurityAssociation) -> [NetlinkRequest] {
        selectors(of: association).map { selector in
            var request = policy(
                selector, direction(association), priority: policyPriority, action: Int32(XFRM_POLICY_ALLOW))
            request.attribute(XFRMA_TMPL) { octets in
                octets.write(association.hosts.destination)
                octets.write(UInt32(0))  // the request id tells which association
                octets.write(esp)
                octets.zeros(3)
                octets.write(UInt16(truncatingIfNeeded: association.hosts.destination.family))
                octets.zeros(2)
                octets.write(association.hosts.source)
                octets.write(association.requestID)
                octets.write(mode(association))
                octets.zeros(3)  // shared by all, not optional
                for _ in 0..<3 { octets.write(UInt32.max) }  // whatever algorithms it has
            }
            return request
        }
    }

    /// What comes to or leaves a protected port without an association of its own is dropped.
    package static func guards(of endpoint: Endpoint) -> [NetlinkRequest] {
        guardSelectors(of: endpoint).map {
            policy($0.selector, $0.direction, priority: guardPriority, action: Int32(XFRM_POLICY_BLOCK))
        }
    }

    static func guardSelectors(of endpoint: Endpoint) -> [(selector: XFRMSelector, direction: UInt8)] {
        let anywhere = Endpoint(endpoint.address.isV6 ? .v6(0, 0) : .any, 0)
        return [XFRMSelector.udp, XFRMSelector.tcp].flatMap { proto in
            [
                (
                    XFRMSelector(proto: proto, source: anywhere, destination: endpoint), UInt8(XFRM_POLICY_IN)
                ),
                (
                    XFRMSelector(proto: proto, source: endpoint, destination: anywhere), UInt8(XFRM_POLICY_OUT)
                ),
            ]
        }
    }

    package static func deletePolicy(_ selector: XFRMSelector, _ direction: UInt8) -> NetlinkRequest {
        policyID(Int32(XFRM_MSG_DELPOLICY), selector, direction)
    }

    static func lookPolicy(_ selector: XFRMSelector, _ direction: UInt8) -> NetlinkRequest {
        policyID(Int32(XFRM_MSG_GETPOLICY), selector, direction)
    }

    private static func policy(
        _ selector: XFRMSelector, _ direction: UInt8, priority: UInt32, action: Int32
    ) -> NetlinkRequest {
        var request = NetlinkRequest(Int32(XFRM_MSG_UPDPOLICY))
        request.fixed { octets in
            selector.write(to: &octets)
            writeLifetime(nil, to: &octets)
            octets.zeros(32)
            octets.write(priority)
            octets.write(UInt32(0))  // the kernel numbers it
            octets.write(direction)
            octets.write(UInt8(truncatingIfNeeded: action))
            octets.zeros(2 + 4)
        }
        return request
    }

    private static func policyID(_ type: Int32, _ selector: XFRMSelector, _ direction: UInt8) -> NetlinkRequest {
        var request = NetlinkRequest(type)
        request.fixed { octets in
            selector.write(to: &octets)
            octets.write(UInt32(0))
            octets.write(direction)
            octets.zeros(3)
        }
        return request
    }
}

/// The kernel's names for the algorithms, and its attributes with keys.
enum XFRMAlgorithms {
    static func write(_ association: SecurityAssociation, to request: inout NetlinkRequest) {
        let keys = association.keys
        switch (association.algorithms.integrity, association.algorithms.encryption) {
        case (.hmacSHA1, let encryption):
            write(encryption, keys, to: &request)
            write(truncated: "hmac(sha1)", keys.integrity, to: &request)
        case (.hmacMD5, let encryption):
            write(encryption, keys, to: &request)
            write(truncated: "hmac(md5)", keys.integrity, to: &request)
        case (.aesGMAC, _): write(combined: "rfc4543(gcm(aes))", keys.integrity, to: &request)
        case (.null, _): write(combined: "rfc4106(gcm(aes))", keys.encryption, to: &request)
        }
    }

    private static func write(_ encryption: EncryptionAlgorithm, _ keys: SecurityKeys, to request: inout NetlinkRequest)
    {
        switch encryption {
        case .null: write(cipher: "ecb(cipher_null)", [], to: &request)
        case .aesCBC, .aesGCM: write(cipher: "cbc(aes)", keys.encryption, to: &request)
        }
    }

    /// `struct xfrm_algo`.
    private static func write(cipher name: String, _ key: [UInt8], to request: inout NetlinkRequest) {
        request.attribute(XFRMA_ALG_CRYPT) { octets in
            write(name, to: &octets)
            octets.write(UInt32(truncatingIfNeeded: key.count * 8))
            octets.write(key)
        }
    }

    /// `struct xfrm_algo_auth`: RFC 2403 and RFC 2404 keep 96 bits of the digest.
    private static func write(truncated name: String, _ key: [UInt8], to request: inout NetlinkRequest) {
        write(XFRMA_ALG_AUTH_TRUNC, name, key, bits: 96, to: &request)
    }

    /// `struct xfrm_algo_aead`, with the longest tag: 128 bits (RFC 4106 §6, RFC 4543 §3.3).
    private static func write(combined name: String, _ key: [UInt8], to request: inout NetlinkRequest) {
        write(XFRMA_ALG_AEAD, name, key, bits: 128, to: &request)
    }

    private static func write(
        _ attribute: Int, _ name: String, _ key: [UInt8], bits: UInt32, to request: inout NetlinkRequest
    ) {
        request.attribute(attribute) { octets in
            write(name, to: &octets)
            octets.write(UInt32(truncatingIfNeeded: key.count * 8))
            octets.write(bits)
            octets.write(key)
        }
    }

    private static func write(_ name: String, to octets: inout NativeOctets) {
        octets.write(Array(name.utf8))
        octets.zeros(64 - name.utf8.count)
    }
}
