import Cx
import Diameter
import Octets

/// Two Diameter stacks joined by connections that a program of events makes, spoils and breaks (RFC 6733 §5.6).
///
/// What must hold: each request that is asked ends exactly once, in an answer or a failure.
struct PeerRun {
    private struct Side {
        var stack: DiameterStack
        var asked = 0
        var ended: [AskID: Int] = [:]
        var waiting: [(DiameterMessage, RequestToken)] = []
        var connects: [DiameterIdentity] = []
    }

    private var sides: [Side]
    private var now = Instant.zero
    private var outputs: [DiameterStackOutput] = []
    private var lastAssociation: UInt64 = 0
    /// The association at the other side, by side and association.
    private var ends: [[AssociationID: AssociationID]] = [[:], [:]]
    private var onTheWay: [(to: Int, AssociationID, [UInt8])] = []

    private static let names = ["a.example.org", "b.example.org"].map { DiameterIdentity($0) }
    private static let realm = DiameterIdentity("example.org")
    private static let endpoints = [Endpoint(.loopback, 3868), Endpoint(.loopback, 3869)]

    init() {
        sides = (0..<2).map { index in
            let application = DiameterApplication(
                id: CxDictionary.application, vendor: CxDictionary.vendor3GPP,
                commands: [.userAuthorization, .registrationTermination])
            let peer = PeerConfiguration(
                identity: Self.names[1 - index], realm: Self.realm, remote: Self.endpoints[1 - index], transport: .tcp)
            return Side(
                stack: DiameterStack(
                    local: LocalNode(
                        originHost: Self.names[index], originRealm: Self.realm, applications: [application],
                        originStateID: 1),
                    peers: [peer], entropy: Entropy(number: UInt64(index))))
        }
        for index in sides.indices { perform(index) { $0.start(at: $1, into: &$2) } }
    }

    mutating func step(_ program: inout Program) {
        let side = program.below(2)
        switch program.below(12) {
        case 0: establish(from: side)
        case 1:
            guard !sides[side].connects.isEmpty else { return }
            let peer = sides[side].connects.removeFirst()
            perform(side) { $0.connectFailed(peer, at: $1, into: &$2) }
        case 2, 3, 4: deliver()
        case 5: spoil(&program)
        case 6: breakOne(at: side)
        case 7: pass(.milliseconds(100 << program.below(10)))
        case 8, 9: ask(side)
        case 10: answer(side)
        default:
            if program.below(32) == 0 { perform(side) { $0.disconnect(cause: .rebooting, at: $1, into: &$2) } }
        }
    }

    mutating func end() {
        for _ in 0..<40 { pass(.seconds(10)) }
        for side in sides {
            check(side.ended.count == side.asked, "\(side.asked - side.ended.count) requests never ended")
        }
    }

    // MARK: Steps

    private mutating func perform(
        _ index: Int, _ body: (inout DiameterStack, Instant, inout [DiameterStackOutput]) -> Void
    ) {
        body(&sides[index].stack, now, &outputs)
        let due = outputs
        outputs.removeAll(keepingCapacity: true)
        for output in due {
            switch output {
            case .connect(let peer): sides[index].connects.append(peer.identity)
            case .send(let octets, let association):
                if let other = ends[index][association] { onTheWay.append((1 - index, other, octets)) }
            case .close(let association): forget(association, at: index)
            case .request(let request, let token, _): sides[index].waiting.append((request, token))
            case .answer(_, let ask): count(ask, at: index)
            case .failed(let ask, _): count(ask, at: index)
            case .peerUp, .peerDown, .refused: break
            }
        }
    }

    private mutating func count(_ ask: AskID, at index: Int) {
        sides[index].ended[ask, default: 0] += 1
        check(sides[index].ended[ask] == 1, "a request ends twice")
    }

    /// This side is gone from the connection; the other hears of it.
    private mutating func forget(_ association: AssociationID, at index: Int) {
        guard let other = ends[index].removeValue(forKey: association) else { return }
        ends[1 - index][other] = nil
        perform(1 - index) { $0.closed(other, at: $1, into: &$2) }
    }

    private mutating func establish(from index: Int) {
        guard !sides[index].connects.isEmpty else { return }
        let peer = sides[index].connects.removeFirst()
        let near = AssociationID(rawValue: lastAssociation + 1)
        let far = AssociationID(rawValue: lastAssociation + 2)
        lastAssociation += 2
        ends[index][near] = far
        ends[1 - index][far] = near
        perform(1 - index) { $0.accepted(far, from: Self.endpoints[index], at: $1, into: &$2) }
        guard ends[index][near] != nil else {
            return perform(index) { $0.connectFailed(peer, at: $1, into: &$2) }
        }
        perform(index) { $0.connected(peer, near, at: $1, into: &$2) }
    }

    private mutating func deliver() {
        guard !onTheWay.isEmpty else { return }
        let (side, association, octets) = onTheWay.removeFirst()
        guard ends[side][association] != nil else { return }
        perform(side) { $0.receive(octets: octets, on: association, at: $1, into: &$2) }
    }

    /// One message arrives with an octet changed, or cut, or twice.
    private mutating func spoil(_ program: inout Program) {
        guard !onTheWay.isEmpty else { return }
        let place = Int(program.next())
        switch program.below(3) {
        case 0: if place < onTheWay[0].2.count { onTheWay[0].2[place] ^= program.next() }
        case 1: onTheWay[0].2.removeLast(min(place, onTheWay[0].2.count))
        default: onTheWay.insert(onTheWay[0], at: 0)
        }
        deliver()
    }

    private mutating func breakOne(at index: Int) {
        guard let association = ends[index].keys.min(by: { $0.rawValue < $1.rawValue }) else { return }
        forget(association, at: index)
        perform(index) { $0.closed(association, at: $1, into: &$2) }
    }

    private mutating func pass(_ span: Duration) {
        now += span
        for index in sides.indices {
            guard let deadline = sides[index].stack.nextDeadline, deadline <= now else { continue }
            perform(index) { $0.fire(at: $1, into: &$2) }
        }
    }

    private mutating func ask(_ index: Int) {
        sides[index].asked += 1
        let id = AskID(rawValue: UInt64(sides[index].asked))
        let request = UserAuthorizationRequest(
            userName: "a", publicIdentity: "sip:a@example.org", visitedNetworkIdentifier: OctetSlice("example.org")
        ).message(
            session: "s;\(sides[index].asked)", origin: LocalOrigin(host: Self.names[index], realm: Self.realm),
            destinationRealm: Self.realm, destinationHost: Self.names[1 - index])
        perform(index) { $0.ask(request, as: id, at: $1, into: &$2) }
    }

    private mutating func answer(_ index: Int) {
        guard !sides[index].waiting.isEmpty else { return }
        let (request, token) = sides[index].waiting.removeFirst()
        let answer = request.answer(
            resultCode: .success, origin: DiameterOrigin(host: Self.names[index], realm: Self.realm))
        perform(index) { $0.answer(answer, to: token, at: $1, into: &$2) }
    }
}
