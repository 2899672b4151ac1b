import IMS
import NodeIO
import Octets
import ProxyCSCF

/// The kernel's part of the security agreement: what it can do is found out before the first phone comes, what an earlier
/// run left is cleared, and what it says by itself reaches the role.
struct SecurityKernel: Sendable {
    private let kernel = KernelSecurity()
    let endpoints: [Endpoint]
    /// Open for as long as the program runs.
    private let encapsulations: [EncapsulationSocket]

    /// Leaves out of the agreement what the kernel cannot do, and says so.
    ///
    /// - Returns: nil when nothing is wanted, or nothing can be had and nobody requires it.
    init?(_ side: inout SecurityAgreementKeys.Side?) throws(StartFailure) {
        guard var found = side else { return nil }
        endpoints = found.endpoints
        var obstacle: String?
        var usable = found.policy.preference
        for isV6 in Set(found.policy.sockets.map(\.address.isV6)) {
            let support = kernel.support(for: found.policy.preference, isV6: isV6)
            usable.removeAll { !support.usable.contains($0) }
            if let sentence = support.sentence, !found.notices.contains(sentence) { found.notices.append(sentence) }
            obstacle = obstacle ?? support.obstacle
        }
        if usable.isEmpty { obstacle = obstacle ?? "this kernel knows none of the algorithms" }
        if let obstacle {
            guard !found.policy.demands.values.contains(.required) else { throw Self.failure(obstacle) }
            found.notices = ["phones register without IPsec: \(obstacle)"]
        }
        found.policy.preference = usable
        var encapsulations: [EncapsulationSocket] = []
        do throws(StartFailure) {
            for end in obstacle == nil ? found.encapsulations : [] {
                encapsulations.append(try EncapsulationSocket(at: end))
            }
        } catch {
            found.policy.encapsulationPort = nil
            found.notices.append("phones behind a NAT are refused: \(error.sentence)")
        }
        self.encapsulations = encapsulations
        side = found
        if obstacle != nil { return nil }
    }

    private static func failure(_ sentence: String) -> StartFailure {
        StartFailure(
            key: "pcscf.security-agreement", sentence: "it is required, and cannot be had: \(sentence)",
            hint: "pcscf needs CAP_NET_ADMIN and a kernel with ESP; optional goes on without")
    }

    /// Joins what the role remembers of the last run with what the kernel still has: of either what the other does not
    /// know goes away.
    func take(over role: inout ProxyCSCF, at now: Instant) throws(StartFailure) {
        role.keepSecurity(at: now) { associations in
            guard let lifetime = associations.first?.lifetime else { return false }
            return kernel.perform(.extend(associations, lifetime: lifetime)) == .done
        }
        let kept = role.securityAssociations(at: now)
        if case .failed(let sentence) = kernel.perform(.clearOrphans(of: endpoints, except: kept)) {
            throw Self.failure(sentence)
        }
    }

    func perform(_ order: SecurityOrder) -> SecurityOutcome { kernel.perform(order) }

    /// Takes everything away at the end of the program.
    func release() { kernel.release(endpoints) }

    /// Hands on which associations the kernel has taken away, and which phones a NAT has given another port.
    @Sendable
    static func watch(_ tell: @escaping @Sendable (Command) -> Void) {
        do throws(StartFailure) {
            try SecurityEvent.watch { event in
                switch event {
                case .expired(let id):
                    tell(
                        Command(
                            "security-association-expired",
                            ["spi": "\(id.spi.rawValue)", "destination": "\(id.destination)"]))
                case .moved(let id, let place):
                    tell(
                        Command(
                            "security-association-moved",
                            [
                                "spi": "\(id.spi.rawValue)", "destination": "\(id.destination)",
                                "address": "\(place.address)", "port": "\(place.port)",
                            ]))
                }
            }
        } catch {
            Console.complain("pcscf: what the kernel says of security associations is not heard: \(error)")
        }
    }
}
