import Cx
import Diameter
import Octets

/// Three Diameter nodes joined by connections that a program of events makes, spoils and breaks (RFC 6733 §5.6, §6).
///
/// The first asks, the last serves; the one between relays, redirects, or serves too.
/// What must hold: each request that is asked ends exactly once, in an answer or a failure.
struct PeerRun {
    /// What the node between does with requests for the realm.
    enum Between: CaseIterable { case relays, proxies, redirects, serves }

    private struct Side {
        var stack: DiameterStack
        var asked = 0
        var ended: [AskID: Int] = [:]
        var waiting: [(DiameterMessage, RequestToken)] = []
        var connects: [DiameterIdentity] = []
    }

    /// One end of a connection.
    private struct End: Hashable {
        var side: Int
        var association: AssociationID
    }

    private var sides: [Side]
    private var now = Instant.zero
    private var outputs: [DiameterStackOutput] = []
    private var lastAssociation: UInt64 = 0
    private var ends: [End: End] = [:]
    private var onTheWay: [(to: End, octets: [UInt8])] = []

    private static let names = ["a.example.org", "b.example.org", "c.example.org"].map { DiameterIdentity($0) }
    private static let realm = DiameterIdentity("example.org")
    private static let endpoints = (0..<3).map { Endpoint(.loopback, 3868 + UInt16($0)) }

    init(_ program: inout Program) {
        let between = Between.allCases[program.below(Between.allCases.count)]
        sides = (0..<3).map { Side(stack: Self.stack($0, between)) }
        for index in sides.indices { perform(index) { $0.start(at: $1, into: &$2) } }
    }

    private static func stack(_ index: Int, _ between: Between) -> DiameterStack {
        let isAgent = between == .relays || between == .proxies
        let application = DiameterApplication(
            id: CxDictionary.application, vendor: CxDictionary.vendor3GPP,
            commands: [.userAuthorization, .registrationTermination])
        // Behind an agent the first and the last do not know each other.
        let known = (0..<3).filter { $0 != index && !(isAgent && $0 != 1 && index != 1) }
        let peers = known.map {
            PeerConfiguration(
                identity: names[$0], realm: realm, remote: endpoints[$0], transport: .tcp, isAgent: isAgent && $0 == 1)
        }
        var settings = DiameterSettings.standard
        if index == 1 {
            let action: RealmRoutingTable.LocalAction =
                switch between {
                case .relays: .relay([names[2]])
                case .proxies: .proxy([names[2], names[0]])
                case .redirects: .redirect([DiameterURI(host: names[2])])
                case .serves: .local
                }
            settings.routes = RealmRoutingTable([RealmRoutingTable.Entry(realm: realm, action)])
        }
        return DiameterStack(
            local: LocalNode(
                originHost: names[index], originRealm: realm, applications: [application], originStateID: 1),
            peers: peers, settings: settings, entropy: Entropy(number: UInt64(index)))
    }

    mutating func step(_ program: inout Program) {
        let side = program.below(3)
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
        case 8: ask(side, host: nil)
        case 9: ask(0, host: program.below(3))
        case 10: answer(side, &program)
        default:
            if program.below(32) == 0 { perform(side) { $0.disconnect(cause: .rebooting, at: $1, into: &$2) } }
        }
    }

    mutating func end() {
        for _ in 0..<40 { pass(.seconds(10)) }
        for side in sides {
            check(side.ended.count == side.asked, "\(side.asked - side.ended.count) requests never ended")
            check(side.stack.inFlight == 0, "\(side.stack.inFlight) requests stay in flight")
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
                check((try? DiameterMessage(decoding: octets)) != nil, "a node sends what is no message")
                if let other = ends[End(side: index, association: association)], onTheWay.count < 256 {
                    onTheWay.append((other, octets))
                }
            case .close(let association): forget(End(side: index, association: association))
            case .request(let request, let token, _): sides[index].waiting.append((request, token))
            case .answer(_, let ask): count(ask, at: index)
            case .failed(let ask, _): count(ask, at: index)
            case .peerUp, .peerDown, .noticed, .refused: break
            }
        }
    }

    private mutating func count(_ ask: AskID, at index: Int) {
        sides[index].ended[ask, default: 0] += 1
        check(sides[index].ended[ask] == 1, "a request ends twice")
    }

    /// This side is gone from the connection; the other hears of it.
    private mutating func forget(_ end: End) {
        guard let other = ends.removeValue(forKey: end) else { return }
        ends[other] = nil
        perform(other.side) { $0.closed(other.association, at: $1, into: &$2) }
    }

    private mutating func establish(from index: Int) {
        guard !sides[index].connects.isEmpty else { return }
        let peer = sides[index].connects.removeFirst()
        guard let other = Self.names.firstIndex(of: peer) else { return }
        let near = End(side: index, association: AssociationID(rawValue: lastAssociation + 1))
        let far = End(side: other, association: AssociationID(rawValue: lastAssociation + 2))
        lastAssociation += 2
        ends[near] = far
        ends[far] = near
        perform(other) { $0.accepted(far.association, from: Self.endpoints[index], at: $1, into: &$2) }
        guard ends[near] != nil else {
            return perform(index) { $0.connectFailed(peer, at: $1, into: &$2) }
        }
        perform(index) { $0.connected(peer, near.association, at: $1, into: &$2) }
    }

    private mutating func deliver() {
        guard !onTheWay.isEmpty else { return }
        let (end, octets) = onTheWay.removeFirst()
        guard ends[end] != nil else { return }
        perform(end.side) { $0.receive(octets: octets, on: end.association, at: $1, into: &$2) }
    }

    /// One message arrives with an octet changed, or cut, or twice.
    private mutating func spoil(_ program: inout Program) {
        guard !onTheWay.isEmpty else { return }
        let place = Int(program.next())
        switch program.below(3) {
        case 0: if place < onTheWay[0].octets.count { onTheWay[0].octets[place] ^= program.next() }
        case 1: onTheWay[0].octets.removeLast(min(place, onTheWay[0].octets.count))
        default: onTheWay.insert(onTheWay[0], at: 0)
        }
        deliver()
    }

    private mutating func breakOne(at index: Int) {
        let own = ends.keys.filter { $0.side == index }
        guard let end = own.min(by: { $0.association.rawValue < $1.association.rawValue }) else { return }
        forget(end)
        perform(index) { $0.closed(end.association, at: $1, into: &$2) }
    }

    private mutating func pass(_ span: Duration) {
        now += span
        for index in sides.indices {
            guard let deadline = sides[index].stack.nextDeadline, deadline <= now else { continue }
            perform(index) { $0.fire(at: $1, into: &$2) }
        }
    }

    private mutating func ask(_ index: Int, host: Int?) {
        sides[index].asked += 1
        let id = AskID(rawValue: UInt64(sides[index].asked))
        let request = UserAuthorizationRequest(
            userName: "a", publicIdentity: "sip:a@example.org", visitedNetworkIdentifier: OctetSlice("example.org")
        ).message(
            session: "s;\(index);\(sides[index].asked)",
            origin: LocalOrigin(host: Self.names[index], realm: Self.realm),
            destinationRealm: Self.realm, destinationHost: host.map { Self.names[$0] })
        perform(index) { $0.ask(request, as: id, at: $1, into: &$2) }
    }

    private mutating func answer(_ index: Int, _ program: inout Program) {
        guard !sides[index].waiting.isEmpty else { return }
        let (request, token) = sides[index].waiting.removeFirst()
        let results: [ResultCode] = [.success, .success, .tooBusy, .unableToDeliver, .authorizationRejected]
        let answer = request.answer(
            resultCode: results[program.below(results.count)],
            origin: DiameterOrigin(host: Self.names[index], realm: Self.realm))
        perform(index) { $0.answer(answer, to: token, at: $1, into: &$2) }
    }
}
