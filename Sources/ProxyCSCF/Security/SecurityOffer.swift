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

    /// Where a phone is, for its associations.
    enum Place: Equatable {
        case direct(IPAddress)
        /// Behind a NAT.
        ///
        /// - own: what the phone takes to be its address; packets inside the tunnel have it.
        /// - outer: address and port of the NAT that the phone's ESP comes from, as far as it is known.
        case translated(own: IPAddress, outer: Endpoint)
    }

    let phone: SecurityEnd
    /// Of the NAT; nil without one.
    let outer: Endpoint?
    let algorithms: SecurityAlgorithms
    /// As it was sent, to be compared with what comes back.
    let list: MechanismList

    /// Where ESP for the phone is sent.
    var host: IPAddress { outer?.address ?? phone.address }

    init(
        _ mechanisms: [SecurityMechanism], at place: Place, _ policy: SecurityPolicy, preference: [SecurityAlgorithms]
    ) throws(Fault) {
        let own: IPAddress
        let mode: SecurityMode
        switch place {
        case .direct(let address):
            (own, outer, mode) = (address, nil, .transport)
        case .translated(let inner, let nat):
            guard policy.encapsulationPort != nil, inner.isV6 == nat.address.isV6, inner.isOfOneHost,
                !policy.sockets.contains(where: { $0.address == inner }),
                mechanisms.contains(where: { $0.securityMode == .udpEncapsulatedTunnel })
            else { throw .behindNAT(own: "\(inner)") }
            (own, outer, mode) = (inner, nat, .udpEncapsulatedTunnel)
        }
        let usable = mechanisms.filter { $0.securityMode == mode }.compactMap { mechanism in
            mechanism.end(at: own).flatMap { end in mechanism.algorithms.map { (end, $0) } }
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

extension IPAddress {
    /// Neither this host, nor many, nor any.
    fileprivate var isOfOneHost: Bool {
        switch self {
        case .v4(let number): number >> 24 != 127 && number >> 28 != 0xE && number >> 24 != 0 && number != .max
        case .v6(let high, let low): high >> 56 != 0xFF && !(high == 0 && low <= 1)
        }
    }
}

extension SecurityMechanism {
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
            "the phone takes its address to be \(own), which it is not: IPsec in transport mode does not pass such a NAT, "
                + "and the phone offers no mod=UDP-enc-tun that this P-CSCF could take"
        case .noSockets: "there are no protected sockets at the address that the phone talks to"
        }
    }
}
