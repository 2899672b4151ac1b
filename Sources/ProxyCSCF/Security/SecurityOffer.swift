import IMS
import Octets
import SIP

/// What we take out of the Security-Client of a REGISTER, TS 33.203 §7.2: the best that both can do, by our preference.
struct SecurityOffer: Sendable {
    /// Why nothing can be agreed on with a phone.
    enum Fault: Error, Equatable {
        case malformed(SIPSyntaxError)
        case nothingInCommon
        /// The phone has another address than it knows: its packets' checks would fail in transport mode.
        case behindNAT(own: String)
        /// No protected sockets at the address that the phone talks to.
        case noSockets
    }

    let phone: SecurityEnd
    let algorithms: SecurityAlgorithms
    /// As it was sent, to be compared with what comes back.
    let list: MechanismList

    /// - Parameters:
    ///   - remote: where the phone is.
    ///   - via: its own, for what it takes to be its address.
    init(
        _ mechanisms: [SecurityMechanism], from remote: IPAddress, via: Via?, preference: [SecurityAlgorithms]
    ) throws(Fault) {
        if let own = via.flatMap({ IPAddress($0.host) }), own != remote {
            throw .behindNAT(own: "\(own)")
        }
        let usable = mechanisms.compactMap { mechanism in
            mechanism.end(at: remote).flatMap { end in mechanism.algorithms.map { (end, $0) } }
        }
        for algorithms in preference {
            guard let (end, _) = usable.first(where: { $0.1 == algorithms }) else { continue }
            phone = end
            self.algorithms = algorithms
            list = MechanismList(mechanisms)
            return
        }
        throw .nothingInCommon
    }
}

extension SecurityMechanism {
    /// nil where the pair is unknown or the mechanism is another. Without `ealg` nothing is encrypted.
    fileprivate var algorithms: SecurityAlgorithms? {
        guard isIPsec3GPP, ipsecProtocol?.equalsIgnoringCase("esp") ?? true, mode?.equalsIgnoringCase("trans") ?? true,
            let integrity = IntegrityAlgorithm(rawValue: integrityAlgorithm?.string.lowercased() ?? ""),
            let encryption = EncryptionAlgorithm(rawValue: encryptionAlgorithm?.string.lowercased() ?? "null")
        else { return nil }
        return SecurityAlgorithms(integrity, encryption)
    }

    /// nil without whole and lawful SPIs and ports: from 256 (RFC 4303 §2.1), different, and the ports not those of
    /// unprotected SIP (TS 33.203 §7.1).
    fileprivate func end(at address: IPAddress) -> SecurityEnd? {
        guard let clientSPI, let serverSPI, clientSPI >= SecurityParametersIndex.first,
            serverSPI >= SecurityParametersIndex.first, clientSPI != serverSPI, let clientPort, let serverPort,
            ![clientPort, serverPort].contains(where: { [0, 5060, 5061].contains($0) })
        else { return nil }
        return SecurityEnd(
            address, clientPort: clientPort, serverPort: serverPort,
            clientSPI: SecurityParametersIndex(rawValue: clientSPI),
            serverSPI: SecurityParametersIndex(rawValue: serverSPI))
    }
}

extension SecurityOffer.Fault: CustomStringConvertible {
    var description: String {
        switch self {
        case .malformed(let error): "the Security-Client header cannot be read: \(error)"
        case .nothingInCommon: "nothing in the Security-Client list is among what this P-CSCF can do"
        case .behindNAT(let own):
            "the phone takes its address to be \(own), which it is not: IPsec in transport mode does not pass such a NAT"
        case .noSockets: "there are no protected sockets at the address that the phone talks to"
        }
    }
}
