import ApplicationServer
import struct ApplicationServer.StoredRecord
import IMS
import Octets
import RTP
import SIP
import Testing

/// An application server on its own: the test plays the S-CSCF on both sides and the store, and moves the time by hand.
struct SCSCFSide {
    static let domain = "ims.mnc001.mcc001.3gppnetwork.org"
    static let scscf = Hop(.udp, ListenerID(rawValue: 0), Endpoint(.loopback, 5080))
    static let own = "sip:tas.\(domain):5090"
    /// The Route that the S-CSCF puts below the server's, with the original dialog identifier.
    static let returnRoute = "<sip:chain@scscf.\(domain):5080;lr;odi=77>"
    static let bob = "sip:bob@\(domain)"

    var server: ApplicationServer
    var now = Instant.zero
    /// Whether the store does its work.
    var storeWorks = true
    private(set) var records: [StoredRecord] = []
    var files: [String: [UInt8]] = [:]
    /// Whether there are ports for audio.
    var hasPorts = true
    /// The audio of calls; nil before its beginning.
    private(set) var streams: [MediaID: VoiceStream?] = [:]
    /// The last that was opened.
    private(set) var media: MediaID?
    private(set) var mediaRemote: Endpoint?
    private var entropy = Entropy(number: 77)
    private var transactions: UInt64 = 0
    private(set) var lastTransaction = ServerTransactionID(rawValue: 0)

    init(
        records: [StoredRecord] = [], files: [String: [UInt8]] = [:], unreadable expected: Int = 0,
        _ adjust: (inout ApplicationServerConfiguration) -> Void = { _ in }
    ) throws {
        self.files = files
        self.records = records
        let listener = SIPListener(.udp, Endpoint(.loopback, 5090))
        let listeners = [ListenerID(rawValue: 0): listener]
        let uri = try SIPURI(parsing: Self.own)
        var own = OwnNames(listeners: listeners.values)
        own.insert(host: uri.host.string, port: 5090)
        let target = StaticLocator.Target(Endpoint(.loopback, 5080))
        let locator = StaticLocator(
            hosts: ["scscf.\(Self.domain)": target, Self.domain: target], listeners: listeners)
        var configuration = ApplicationServerConfiguration(
            uri: uri, own: own, domain: Self.domain, locator: locator)
        adjust(&configuration)
        var unreadable: [String] = []
        server = ApplicationServer(
            configuration, records: records, entropy: Entropy(number: 1), unreadable: &unreadable)
        #expect(unreadable.count == expected, "\(unreadable)")
    }

    // MARK: Events

    mutating func handle(_ event: RoleEvent<ServiceWorkResult>) -> [Action<ServiceWork>] {
        var actions = server.handle(event, at: now)
        var taken = 0
        while taken < actions.count {
            if case .perform(let work, let id) = actions[taken] {
                let result = perform(work)
                actions += server.handle(.performed(id, result), at: now)
            }
            taken += 1
        }
        return actions
    }

    mutating func send(_ request: SIPMessage, from hop: Hop = scscf) -> [Action<ServiceWork>] {
        transactions += 1
        lastTransaction = ServerTransactionID(rawValue: transactions)
        return handle(.request(request, lastTransaction, from: hop))
    }

    /// Time passes; the server is woken when it wants to be.
    mutating func pass(_ span: Duration) -> [Action<ServiceWork>] {
        let end = now + span
        var actions: [Action<ServiceWork>] = []
        while let next = server.nextDeadline, next <= end {
            now = max(now, next)
            actions += handle(.deadline)
        }
        now = end
        return actions
    }

    mutating func command(_ name: String, _ arguments: [String: String] = [:]) -> Report? {
        handle(.command(Command(name, arguments), CommandID(rawValue: 1))).compactMap { action -> Report? in
            guard case .reply(let report, _) = action else { return nil }
            return report
        }.last
    }

    /// What an operator sets, and that it was taken.
    mutating func set(_ identity: String, _ lines: String...) {
        let report = command("service-set", ["identity": identity, "set": lines.joined(separator: "\n")])
        #expect(report?["error"] == nil)
    }

    private mutating func perform(_ work: ServiceWork) -> ServiceWorkResult {
        guard storeWorks else { return .failed("the disk is full") }
        switch work {
        case .store(.put(let kind, let name, let octets)):
            records.removeAll { $0.kind == kind && $0.name == name }
            records.append(StoredRecord(kind, name: name, octets))
        case .store(.remove(let kind, let name)): records.removeAll { $0.kind == kind && $0.name == name }
        case .store(.keep(let kind, let name, let octets, let file, let content)):
            files[file] = content
            records.append(StoredRecord(kind, name: name, octets))
        case .store(.drop(let kind, let name, let file)):
            files[file] = nil
            records.removeAll { $0.kind == kind && $0.name == name }
        case .store(.load(let file)): return files[file].map { .file($0) } ?? .failed("there is no file \(file)")
        case .media(let order): return perform(order)
        }
        return .done
    }

    private mutating func perform(_ order: MediaOrder) -> ServiceWorkResult {
        switch order {
        case .open(let id):
            guard hasPorts else { return .failed("no port is free") }
            streams[id] = .some(nil)
            media = id
            return .media(.opened(Endpoint(.loopback, 30_000)))
        case .begin(let id, let formats, let remote):
            mediaRemote = remote
            guard case .some(.some) = streams[id] else {
                streams[id] = VoiceStream(formats, entropy: &entropy)
                break
            }
            streams[id]??.take(.use(formats))
        case .tell(let id, let order): streams[id]??.take(order)
        case .close(let id):
            var stream = streams.removeValue(forKey: id) ?? nil
            return .media(.closed(stream?.finish()))
        }
        return .done
    }

    /// 20 ms of the open call's audio: what comes from the server and, in their order, what the server makes of its events.
    ///
    /// - Parameter packet: from the phone.
    mutating func exchange(_ packet: RTPPacket? = nil) -> (packet: RTPPacket?, actions: [Action<ServiceWork>]) {
        guard let id = media, var stream = streams[id] ?? nil else { return (nil, []) }
        now += .milliseconds(20)
        if let packet { stream.receive(packet.octets) }
        let sent = stream.next().flatMap { RTPPacket($0) }
        let events = stream.takeEvents()
        streams[id] = stream
        var actions: [Action<ServiceWork>] = []
        for event in events {
            actions += handle(.performed(WorkID(rawValue: id.rawValue), .media(.told(event))))
        }
        return (sent, actions)
    }

    // MARK: Messages

    /// An INVITE as the S-CSCF sends it over ISC.
    ///
    /// - Parameters:
    ///   - served: the parameters of P-Served-User behind the identity; nil leaves the header out.
    static func invite(
        _ uri: String = bob, served: String? = "<\(bob)>;sescase=term;regstate=reg", extra: [String] = [],
        body: String = ""
    ) throws -> SIPMessage {
        var lines = [
            "INVITE \(uri) SIP/2.0", "Via: SIP/2.0/UDP scscf.\(domain):5080;branch=z9hG4bK1", "Max-Forwards: 68",
            "Route: <\(own);lr>, \(returnRoute)", "Record-Route: <sip:scscf.\(domain):5080;lr>",
            "P-Asserted-Identity: <sip:alice@\(domain)>", "From: <sip:alice@\(domain)>;tag=a1", "To: <\(uri)>",
            "Call-ID: call1@alice", "CSeq: 1 INVITE", "Contact: <sip:alice@192.0.2.1:5060>",
            "Supported: histinfo, 100rel, timer",
        ]
        if let served { lines.append("P-Served-User: \(served)") }
        lines += extra
        if !body.isEmpty { lines.append("Content-Type: application/sdp") }
        lines += ["Content-Length: \(body.utf8.count)", "", body]
        return try SIPMessage(parsing: Array(lines.joined(separator: "\r\n").utf8))
    }

    static let offer = """
        v=0\r
        o=alice 1 1 IN IP4 192.0.2.1\r
        s=-\r
        c=IN IP4 192.0.2.1\r
        t=0 0\r
        m=audio 40000 RTP/AVP 8 0 101\r
        a=rtpmap:101 telephone-event/8000\r
        m=video 40002 RTP/AVP 99\r

        """
}

extension [Action<ServiceWork>] {
    /// Requests that leave, with their transactions.
    var forwarded: [(request: SIPMessage, client: ClientTransactionID)] {
        compactMap { action in
            switch action {
            case .forward(let request, _, let client), .send(let request, _, let client): (request, client)
            default: nil
            }
        }
    }

    var responses: [SIPMessage] {
        compactMap { action in
            guard case .respond(let response, _) = action else { return nil }
            return response
        }
    }

    var cancelled: [ClientTransactionID] {
        compactMap { action in
            guard case .cancel(let client) = action else { return nil }
            return client
        }
    }

    var statuses: [Int] { responses.compactMap { $0.status.map { Int($0.rawValue) } } }
}
