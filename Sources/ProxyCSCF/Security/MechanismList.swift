import IMS
import Octets
import SIP

/// A list of security mechanisms for comparison, RFC 3329 §2.3.1: what was sent must come back. Neither the order nor the
/// case nor blanks say anything.
struct MechanismList: Sendable, Equatable {
    private let entries: [String]

    init(_ mechanisms: [SecurityMechanism], _ verification: HandsetProfile.Verification = .whole) {
        entries = mechanisms.map { mechanism in
            var parameters = mechanism.parameters.all.map { "\($0.name)=\($0.value)".lowercased() }.sorted()
            if verification == .terms {
                parameters.removeAll { $0.hasPrefix("q=") || $0 == "prot=esp" || $0 == "mod=trans" }
            }
            return "\(mechanism.mechanism)".lowercased() + ";" + parameters.joined(separator: ";")
        }.sorted()
    }

    var isEmpty: Bool { entries.isEmpty }
}

extension SIPMessage {
    /// The mechanisms of Security-Client, as the phone lists them.
    func offeredMechanisms() throws(SIPSyntaxError) -> [SecurityMechanism] {
        contains(.securityClient) ? try all(SecurityClient.self).map(\.mechanism) : []
    }

    /// The mechanisms of Security-Verify.
    func verifiedMechanisms() throws(SIPSyntaxError) -> [SecurityMechanism] {
        contains(.securityVerify) ? try all(SecurityVerify.self).map(\.mechanism) : []
    }
}

extension SecurityMechanism {
    /// What the P-CSCF has chosen, TS 33.203 Annex H.
    init(_ terms: SecurityTerms) {
        self.init(q: "0.1", terms.algorithms, terms.mode) { parameters in
            parameters.set("spi-c", "\(terms.proxy.clientSPI.rawValue)")
            parameters.set("spi-s", "\(terms.proxy.serverSPI.rawValue)")
            parameters.set("port-c", "\(terms.proxy.clientPort)")
            parameters.set("port-s", "\(terms.proxy.serverPort)")
        }
    }

    /// What the P-CSCF can do, for 421 and 494: it depends on nothing that a phone says (RFC 3329 §2.3.1), so that it
    /// names neither SPIs nor ports.
    static func capabilities(_ policy: SecurityPolicy) -> [SecurityMechanism] {
        let modes: [SecurityMode] =
            policy.encapsulationPort == nil ? [.transport] : [.transport, .udpEncapsulatedTunnel]
        return modes.flatMap { mode in policy.preference.map { (mode, $0) } }.enumerated().map { place, one in
            // RFC 3329 §2.2: no two are the same.
            SecurityMechanism(q: "0.\(900 - 10 * min(place, 79))", one.1, one.0) { _ in }
        }
    }

    private init(
        q: String, _ algorithms: SecurityAlgorithms, _ mode: SecurityMode, _ more: (inout Parameters) -> Void
    ) {
        self.init("ipsec-3gpp")
        parameters.set("q", q)
        parameters.set("prot", "esp")
        parameters.set("mod", mode.rawValue)
        more(&parameters)
        parameters.set("alg", algorithms.integrity.rawValue)
        parameters.set("ealg", algorithms.encryption.rawValue)
    }
}
