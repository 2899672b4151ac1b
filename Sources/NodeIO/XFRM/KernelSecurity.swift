import CXFRM
import Glibc
import IMS
import Octets

/// The kernel's ESP security associations and policies (XFRM), as a role orders them. Blocks: to be called off the loop.
///
/// It holds nothing: what is there is in the kernel, which keeps it when we die. Associations come before the policies
/// that ask for them, and go after them, so that nothing leaves unprotected in between.
package struct KernelSecurity: Sendable {
    package init() {}

    package func perform(_ order: SecurityOrder) -> SecurityOutcome {
        do throws(XFRMFailure) {
            var kernel = try Kernel()
            switch order {
            case .install(let associations): try kernel.install(associations)
            case .remove(let associations): try kernel.remove(associations)
            case .extend(let associations, let lifetime): try kernel.extend(associations, lifetime)
            case .clearOrphans(let endpoints, let kept):
                try kernel.clear(Set(endpoints), except: kept)
                try kernel.protect(endpoints)
            }
            return .done
        } catch {
            return .failed("\(error)")
        }
    }

    /// Takes away everything at these endpoints, what guards them too: for a program that is about to end for good.
    package func release(_ endpoints: [Endpoint]) {
        do throws(XFRMFailure) {
            var kernel = try Kernel()
            try kernel.clear(Set(endpoints), except: [])
            try kernel.unprotect(endpoints)
        } catch {
            return  // whoever could not install anything has nothing to take away
        }
    }

    /// What the kernel lacks, by installing associations between addresses of nobody (RFC 5737, RFC 3849) and taking
    /// them away again.
    package func support(for algorithms: [SecurityAlgorithms], isV6: Bool) -> SecuritySupport {
        var support = SecuritySupport()
        do throws(XFRMFailure) {
            var kernel = try Kernel()
            for pair in algorithms {
                switch kernel.tries(pair, isV6: isV6) {
                case nil: support.usable.append(pair)
                case .noAlgorithm?: support.missing.append(pair)
                case let failure?: throw failure
                }
            }
        } catch {
            support.usable = []
            support.obstacle = "\(error)"
        }
        return support
    }
}

/// What a kernel can do for security associations.
package struct SecuritySupport: Sendable, Equatable {
    package var usable: [SecurityAlgorithms] = []
    package var missing: [SecurityAlgorithms] = []
    /// Why there are none at all.
    package var obstacle: String?

    /// What is missing, in one sentence; nil when nothing is.
    package var sentence: String? {
        if let obstacle { return obstacle }
        guard !missing.isEmpty else { return nil }
        return "this kernel does not know \(missing.map(\.description).joined(separator: ", "))"
    }
}

/// One conversation with the kernel.
private struct Kernel: ~Copyable {
    private var socket: NetlinkSocket

    init() throws(XFRMFailure) {
        do throws(NetlinkSocket.Failure) { socket = try NetlinkSocket() } catch { throw XFRMFailure(error) }
    }

    private mutating func ask(_ requests: [NetlinkRequest]) throws(XFRMFailure) -> [NetlinkSocket.Reply] {
        do throws(NetlinkSocket.Failure) { return try socket.exchange(requests) } catch { throw XFRMFailure(error) }
    }

    mutating func install(_ associations: [SecurityAssociation]) throws(XFRMFailure) {
        let added = try ask(associations.map(XFRMRequests.add))
        var failure: XFRMFailure?
        var installed: [SecurityAssociation] = []
        for (association, reply) in zip(associations, added) {
            if reply.code == 0 {
                installed.append(association)
            } else {
                failure = failure ?? XFRMFailure(reply, adding: association)
            }
        }
        if failure == nil {
            let policies = try ask(associations.flatMap(XFRMRequests.policies))
            failure = policies.first { $0.code != 0 }.map { XFRMFailure($0, "adding a policy") }
        }
        guard let failure else { return }
        // Nothing of it stays. What the removal itself says adds nothing to why it is needed.
        do throws(XFRMFailure) { try remove(installed) } catch { throw failure }
        throw failure
    }

    mutating func remove(_ associations: [SecurityAssociation]) throws(XFRMFailure) {
        let places = associations.flatMap { association in
            XFRMRequests.selectors(of: association).map {
                (selector: $0, direction: XFRMRequests.direction(association), requestID: association.requestID)
            }
        }
        // A newer association may have taken the policy's place: then it is not ours to remove.
        let found = try ask(places.map { XFRMRequests.lookPolicy($0.selector, $0.direction) })
        var requests: [NetlinkRequest] = []
        for (place, reply) in zip(places, found)
        where reply.messages.first.flatMap(XFRMPolicy.init)?.requestID == place.requestID {
            requests.append(XFRMRequests.deletePolicy(place.selector, place.direction))
        }
        try delete(requests + associations.map { XFRMRequests.delete($0.id) })
    }

    /// What is not there is no failure.
    private mutating func delete(_ requests: [NetlinkRequest]) throws(XFRMFailure) {
        let failed = try ask(requests).first { $0.code != 0 && $0.code != ESRCH && $0.code != ENOENT }
        if let failed { throw XFRMFailure(failed, "removing a security association") }
    }

    mutating func extend(_ associations: [SecurityAssociation], _ lifetime: Duration) throws(XFRMFailure) {
        let now = UInt64(clamping: time(nil))
        var updates: [NetlinkRequest] = []
        for (association, reply) in zip(associations, try ask(associations.map { XFRMRequests.look($0.id) })) {
            guard let state = reply.messages.first.flatMap({ XFRMState($0.payload) }) else {
                throw .other(
                    "the security association \(association.id) is not there any more", reply.code, said: reply.sentence
                )
            }
            let age = now > state.added ? now - state.added : 0
            updates.append(XFRMRequests.update(association, seconds: age + XFRMRequests.seconds(lifetime)))
        }
        if let failed = try ask(updates).first(where: { $0.code != 0 }) {
            throw XFRMFailure(failed, "extending a security association")
        }
    }

    /// Removes what ends at one of these endpoints, guards apart.
    mutating func clear(_ endpoints: Set<Endpoint>, except kept: [SecurityAssociation]) throws(XFRMFailure) {
        let requestIDs = Set(kept.map(\.requestID))
        let ids = Set(kept.map(\.id))
        let ours = try dump(Int32(XFRM_MSG_GETPOLICY)).compactMap(XFRMPolicy.init)
            .filter { $0.requestID != nil && $0.selector.touches(endpoints) }
        let policies = ours.filter { !requestIDs.contains($0.requestID ?? 0) }
        // A crossed association names no port of its sender: its policies do.
        let asked = Set(ours.compactMap(\.requestID))
        let states = try dump(Int32(XFRM_MSG_GETSA)).compactMap { XFRMState($0.payload) }.filter { state in
            state.isESP && !ids.contains(state.id)
                && (asked.contains(state.requestID) || state.selector?.touches(endpoints) == true)
        }
        try delete(
            policies.map { XFRMRequests.deletePolicy($0.selector, $0.direction) }
                + states.map { XFRMRequests.delete($0.id) })
    }

    private mutating func dump(_ type: Int32) throws(XFRMFailure) -> [NetlinkMessage] {
        let reply = try ask([.dump(type)]).first
        guard let reply, reply.code == 0 else {
            throw reply.map { XFRMFailure($0, "listing security associations") } ?? .silent
        }
        return reply.messages
    }

    mutating func protect(_ endpoints: [Endpoint]) throws(XFRMFailure) {
        if let failed = try ask(endpoints.flatMap(XFRMRequests.guards)).first(where: { $0.code != 0 }) {
            throw XFRMFailure(failed, "guarding the protected ports")
        }
    }

    mutating func unprotect(_ endpoints: [Endpoint]) throws(XFRMFailure) {
        try delete(
            endpoints.flatMap(XFRMRequests.guardSelectors).map { XFRMRequests.deletePolicy($0.selector, $0.direction) })
    }

    /// nil when it works.
    mutating func tries(_ algorithms: SecurityAlgorithms, isV6: Bool) -> XFRMFailure? {
        let zeros = [UInt8](repeating: 0, count: 16)
        guard let keys = SecurityKeys(algorithms, integrityKey: zeros, cipherKey: zeros) else { return nil }
        func nobody(_ last: UInt8) -> IPAddress {
            isV6 ? .v6(0x2001_0DB8_0000_0000, UInt64(last)) : .v4(0xC000_0200 | UInt32(last))
        }
        let association = SecurityAssociation(
            .outbound, from: Endpoint(nobody(1), 9), to: Endpoint(nobody(2), 9),
            spi: SecurityParametersIndex(rawValue: .random(in: 0x8000_0000 ... .max)), algorithms, keys, requestID: 0,
            lifetime: .seconds(10))
        do throws(XFRMFailure) {
            guard let reply = try ask([XFRMRequests.add(association)]).first else { return .silent }
            guard reply.code == 0 else { return XFRMFailure(reply, adding: association) }
            try delete([XFRMRequests.delete(association.id)])
            return nil
        } catch {
            return error
        }
    }
}
