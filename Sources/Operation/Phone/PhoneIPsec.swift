import IMS
import NodeIO
import Octets
import SIP
import UserEquipment

/// The protected ports of the virtual phones of one test, and whether this host can protect them.
package enum PhoneIPsec {
    /// What phones do about a security agreement.
    package enum Use: Sendable {
        case none
        case direct
        /// They offer ESP in UDP as well, RFC 3948.
        case throughNAT
    }

    /// What the phones of one test have: each a server port and client ports for the sets of associations that follow each
    /// other.
    struct Ground {
        var sockets: ProtectedSockets
        /// nil when they know nothing of NATs.
        var encapsulation: EncapsulationSocket?
    }

    private static let clients = 4

    /// - Parameter phones: how many phones have a security agreement at once.
    static func ports(_ phones: Int) -> Int { phones * (1 + clients) }

    /// Adds the sockets to the settings, and has the kernel drop what is not protected.
    static func prepare(
        _ use: Use, _ settings: inout NodeSettings, at address: IPAddress, _ ports: [UInt16], timers: TransactionTimers
    ) throws(OperationFailure) -> Ground {
        guard !address.isLoopback else {
            throw OperationFailure(
                .usage,
                "IPsec protects nothing that stays on one host: let the P-CSCF listen on an address of a network, and "
                    + "name a network namespace for the phones with --netns")
        }
        let groups = (0..<ports.count / (1 + clients)).map { number in
            let own = ports.dropFirst(number * (1 + clients)).prefix(1 + clients)
            return (server: own.first ?? 0, clients: Array(own.dropFirst()))
        }
        var (sockets, listeners) = ProtectedSockets.make(at: address, ports: groups, timers: timers, from: 1)
        settings.listeners.merge(listeners) { mine, _ in mine }
        for (id, listener) in listeners where listener.transport == .tcp {
            var options = SIPSocketOptions()
            options.callsFromPort = true
            settings.listenerOptions[id] = options
        }
        var encapsulation: EncapsulationSocket?
        if use == .throughNAT {
            do throws(StartFailure) {
                encapsulation = try EncapsulationSocket(at: Endpoint(address, UDPEncapsulation.port))
                sockets.encapsulationPort = UDPEncapsulation.port
            } catch {
                throw OperationFailure(.unavailable, "the virtual phone cannot pass a NAT: \(error.sentence)")
            }
        }
        if case .failed(let sentence) = KernelSecurity().perform(.clearOrphans(of: sockets.endpoints, except: [])) {
            throw OperationFailure(.unavailable, "the virtual phone cannot have IPsec: \(sentence)")
        }
        return Ground(sockets: sockets, encapsulation: encapsulation)
    }
}

extension IPAddress {
    fileprivate var isLoopback: Bool {
        switch self {
        case .v4(let number): number >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }
}

/// The pairs of algorithms that a virtual phone offers.
package enum OfferedAlgorithms {
    /// Those with these names that the kernel knows.
    ///
    /// - Parameters:
    ///   - integrity: nil for all, as is `encryption`.
    package static func choose(
        integrity: String?, encryption: String?, isV6: Bool
    ) throws(OperationFailure) -> [SecurityAlgorithms] {
        let wanted = SecurityAlgorithms.all.filter { pair in
            (integrity ?? pair.integrity.rawValue) == pair.integrity.rawValue
                && (encryption ?? pair.encryption.rawValue) == pair.encryption.rawValue
        }
        guard !wanted.isEmpty else {
            let known = SecurityAlgorithms.all.map(\.description).joined(separator: ", ")
            throw OperationFailure(.usage, "no pair of algorithms has these names; there are \(known)")
        }
        let support = KernelSecurity().support(for: wanted, isV6: isV6)
        guard !support.usable.isEmpty else {
            throw OperationFailure(
                .unavailable, "the virtual phone cannot have IPsec: \(support.sentence ?? "nothing is known of it")")
        }
        return support.usable
    }
}
