import IMS
import Octets
import SIP

/// The profiles there are, and which of them a phone has.
package struct HandsetProfiles: Sendable {
    /// A profile by its place.
    package typealias Index = Int

    /// Which profile a phone has, and why.
    struct Choice: Sendable, Equatable {
        enum Reason: Sendable, Equatable {
            case identity, socket
            case userAgent(pattern: Int)
            /// Nothing names the phone.
            case other
        }

        var index: Index
        var reason: Reason
    }

    /// Longer ones are compared up to here.
    private static let userAgentLimit = 256

    package private(set) var all = HandsetProfile.builtIn
    /// Of phones that nothing names.
    package var standard: Index = 0
    /// Of whatever comes to a socket.
    package var sockets: [ListenerID: Index] = [:]
    /// Of private identities, as phones write them.
    package var identities: [OctetSlice: Index] = [:]

    package init() {}

    package subscript(index: Index) -> HandsetProfile { all.indices.contains(index) ? all[index] : all[standard] }

    package func index(named name: String) -> Index? { all.firstIndex { $0.name == name } }

    /// One more; or another in the place of that with its name.
    package mutating func add(_ profile: HandsetProfile) {
        if let index = index(named: profile.name) { all[index] = profile } else { all.append(profile) }
    }

    /// Takes out of every profile the algorithms that the kernel does not have.
    package mutating func restrict(to algorithms: [SecurityAlgorithms]) {
        for index in all.indices {
            guard let wanted = all[index].algorithms else { continue }
            let usable = wanted.filter(algorithms.contains)
            all[index].algorithms = usable.isEmpty ? nil : usable
        }
    }

    /// A protected socket has the profile of the sockets at its address.
    package mutating func protect(_ protected: [ListenerID: SIPListener], beside open: [ListenerID: SIPListener]) {
        let named = sockets.sorted { $0.key.rawValue < $1.key.rawValue }
        for (id, listener) in protected {
            let address = listener.local.address
            guard let index = named.first(where: { open[$0.key]?.local.address == address })?.value else { continue }
            sockets[id] = index
        }
    }

    /// By the identity first, then by the socket, then by User-Agent: what the operator says goes before what a phone says,
    /// and those that the operator has added before those that are built in.
    func choose(for request: SIPMessage, at listener: ListenerID) -> Choice {
        if !identities.isEmpty, let identity = request.privateIdentity, let index = identities[identity] {
            return Choice(index: index, reason: .identity)
        }
        if let index = sockets[listener] { return Choice(index: index, reason: .socket) }
        if let agent = request.firstValue(.userAgent) {
            let head = agent[agent.start..<agent.start + min(agent.count, Self.userAgentLimit)]
            for index in all.indices.reversed() {
                if let pattern = all[index].userAgents.firstIndex(where: { $0.matches(head) }) {
                    return Choice(index: index, reason: .userAgent(pattern: pattern))
                }
            }
        }
        return Choice(index: standard, reason: .other)
    }

    /// For the log.
    func sentence(_ choice: Choice, _ request: SIPMessage) -> String {
        let profile = self[choice.index]
        let agent = request.firstValue(.userAgent).map { "User-Agent \($0)" } ?? "no User-Agent"
        let why =
            switch choice.reason {
            case .identity: "pcscf.handset-profile-of names its private identity"
            case .socket: "pcscf.handset-profile-at names the socket"
            case .userAgent(let pattern):
                "\(agent) is like \(profile.userAgents.indices.contains(pattern) ? profile.userAgents[pattern].text : "")"
            case .other: "\(agent) is like none of the patterns"
            }
        return "the phone is treated as \(profile.name): \(why)"
    }
}
