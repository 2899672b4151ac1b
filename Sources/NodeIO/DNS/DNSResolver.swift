import CCARES
import Glibc
import NIOCore
import Octets
import SIP

/// Asks name servers, by c-ares on the node's event loop: its sockets stand in a `ReadinessPoll`, its timers in one task
/// of the loop. No thread, no busy loop; replies too long for a datagram are fetched over TCP by c-ares itself.
///
/// Only transport, retries and the choice of server are c-ares'; the octets of a reply are read by `DNSReply`.
/// Used on its loop only.
package final class DNSResolver {
    /// The class IN of a query.
    private static let internet: Int32 = 1

    private let loop: any EventLoop
    private let deliver: (DNSQuery, DNSAnswer) -> Void
    private var channel: ares_channel?
    private var poll: ReadinessPoll?
    private var descriptors: Set<Int32> = []
    private var timer: Scheduled<Void>?
    /// Queries that c-ares has not answered.
    package private(set) var open = 0
    /// c-ares calls back while it is being called; what it says then is delivered when it has returned.
    private var answers: [(DNSQuery, DNSAnswer)] = []
    private var isInside = false

    /// - Parameter deliver: called once for each query, on the loop, never inside `ask`.
    package init(
        on loop: any EventLoop, settings: DNSSettings, deliver: @escaping (DNSQuery, DNSAnswer) -> Void
    ) throws(DNSResolverFailure) {
        loop.preconditionInEventLoop()
        self.loop = loop
        self.deliver = deliver
        do throws(ReadinessPoll.Failure) {
            poll = try ReadinessPoll(on: loop) { [unowned self] token, isReadable, isWritable in
                self.ready(Int32(truncatingIfNeeded: token), isReadable, isWritable)
            }
        } catch {
            throw DNSResolverFailure(sentence: "no poll for the sockets of DNS: \(error.call): \(error.code)")
        }
        do throws(DNSResolverFailure) {
            try start(settings)
        } catch {
            poll?.close()
            throw error
        }
    }

    package func ask(_ query: DNSQuery) {
        guard let channel else { return deliverLater(query, .failed(.server)) }
        open += 1
        let question = Unmanaged.passRetained(Question(query, self))
        enter {
            // c-ares calls back exactly once for each query, `ares_destroy` included: that is where the box is released.
            ares_query(
                channel, query.name.description, Self.internet, Int32(query.kind.rawValue),
                { argument, status, _, octets, length in
                    guard let argument else { return }
                    let question = Unmanaged<Question>.fromOpaque(argument).takeRetainedValue()
                    // The octets are c-ares' and end with the call; they are copied here.
                    let reply = octets.map { Array(UnsafeBufferPointer(start: $0, count: Int(max(0, length)))) }
                    question.answered(status, reply ?? [])
                }, question.toOpaque())
        }
    }

    /// Open queries fail; nothing is delivered any more.
    package func shutDown() {
        guard let channel else { return }
        self.channel = nil
        timer?.cancel()
        isInside = true
        ares_destroy(channel)
        answers.removeAll()
        poll?.close()
        poll = nil
    }

    private func start(_ settings: DNSSettings) throws(DNSResolverFailure) {
        let ready = ares_library_init(ARES_LIB_INIT_ALL)
        guard ready == ARES_SUCCESS else { throw DNSResolverFailure(code: ready, "c-ares does not start") }
        var options = ares_options()
        options.timeout = Int32(clamping: settings.timeout.wholeNanoseconds / 1_000_000)
        options.tries = Int32(clamping: settings.tries)
        options.flags = Int32(ARES_FLAG_EDNS)
        options.ednspsz = 1232
        // Not retained: `shutDown` destroys the channel before this object can go, and at the latest in deinit.
        options.sock_state_cb_data = Unmanaged.passUnretained(self).toOpaque()
        options.sock_state_cb = { argument, descriptor, readable, writable in
            guard let argument else { return }
            Unmanaged<DNSResolver>.fromOpaque(argument).takeUnretainedValue()
                .watch(descriptor, isRead: readable != 0, isWritten: writable != 0)
        }
        let mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB
        var channel: ares_channel?
        let made = ares_init_options(&channel, &options, Int32(mask))
        guard made == ARES_SUCCESS, let channel else { throw DNSResolverFailure(code: made, "c-ares does not start") }
        if !settings.servers.isEmpty {
            let servers = settings.servers.joined(separator: ",")
            let set = ares_set_servers_ports_csv(channel, servers)
            guard set == ARES_SUCCESS else {
                ares_destroy(channel)
                throw DNSResolverFailure(code: set, "dns.servers \(servers)")
            }
        }
        self.channel = channel
    }

    deinit { shutDown() }

    /// What c-ares wants to know about a socket; nothing when it closes it.
    private func watch(_ descriptor: Int32, isRead: Bool, isWritten: Bool) {
        var interest: ReadinessPoll.Interest = []
        if isRead { interest.insert(.read) }
        if isWritten { interest.insert(.write) }
        let token = UInt64(UInt32(bitPattern: descriptor))
        if interest.isEmpty {
            if descriptors.remove(descriptor) != nil { poll?.remove(descriptor) }
        } else if descriptors.insert(descriptor).inserted {
            // Refused, the query ends by its timer.
            if poll?.add(descriptor, token: token, interest) != true { descriptors.remove(descriptor) }
        } else {
            poll?.change(descriptor, token: token, interest)
        }
    }

    private func ready(_ descriptor: Int32, _ isReadable: Bool, _ isWritable: Bool) {
        guard let channel, descriptors.contains(descriptor) else { return }
        enter { ares_process_fd(channel, isReadable ? descriptor : -1, isWritable ? descriptor : -1) }
    }

    /// Runs a call into c-ares, then hands on what came out of it and sets the timer anew.
    private func enter(_ call: () -> Void) {
        isInside = true
        call()
        isInside = false
        armTimer()
        guard !answers.isEmpty else { return }
        let ready = answers
        answers.removeAll()
        for (query, answer) in ready { deliverLater(query, answer) }
    }

    private func deliverLater(_ query: DNSQuery, _ answer: DNSAnswer) {
        loop.assumeIsolated().execute {
            guard self.channel != nil || answer == .failed(.server) else { return }
            self.deliver(query, answer)
        }
    }

    private func armTimer() {
        timer?.cancel()
        timer = nil
        guard let channel, open > 0 else { return }
        var next = timeval()
        guard ares_timeout(channel, nil, &next) != nil else { return }
        // c-ares looks at its own clock in whole milliseconds: a little late is in time.
        let wait = TimeAmount.microseconds(Int64(next.tv_sec) * 1_000_000 + Int64(next.tv_usec) + 1_000)
        timer = loop.assumeIsolated().scheduleTask(in: wait) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        guard let channel else { return }
        enter { ares_process_fd(channel, -1, -1) }
    }

    /// What c-ares keeps for a query and gives back with its answer.
    private final class Question {
        let query: DNSQuery
        let resolver: DNSResolver

        init(_ query: DNSQuery, _ resolver: DNSResolver) {
            self.query = query
            self.resolver = resolver
        }

        func answered(_ status: Int32, _ reply: [UInt8]) {
            resolver.open -= 1
            resolver.answers.append((query, answer(status, reply)))
        }

        private func answer(_ status: Int32, _ reply: [UInt8]) -> DNSAnswer {
            switch status {
            case ARES_SUCCESS, ARES_ENODATA, ARES_ENOTFOUND:
                reply.isEmpty ? .absent(ttl: nil) : DNSReply.read(reply, to: query)
            case ARES_ETIMEOUT: .failed(.timeout)
            case ARES_EFORMERR, ARES_EBADRESP: .failed(.malformed)
            default: .failed(.server)
            }
        }
    }
}

/// Why there is no resolver.
package struct DNSResolverFailure: Error, CustomStringConvertible {
    let sentence: String

    init(sentence: String) { self.sentence = sentence }

    init(code: Int32, _ what: String) {
        sentence = "\(what): \(ares_strerror(code).map { String(cString: $0) } ?? "c-ares error \(code)")"
    }

    package var description: String { sentence }
}
