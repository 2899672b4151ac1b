import Octets
import SIP
import Testing

/// A subscriber and a notifier over real stacks, with a network that loses, in virtual time.
@Suite("Whole subscriptions: RFC 6665")
struct SubscriptionFlowTests {
    /// Both ends as one struct; index 0 subscribes, 1 notifies.
    struct Line {
        var stacks: [SIPStack]
        var subscriber: Subscriber
        var notifier: Notifier?
        var now = Instant.zero + .seconds(1)
        var loss: UInt32 = 0
        var isCut = false
        var log: [String] = []
        var wire: [UInt8] = []
        /// What the subscriber has been told last, and what is true.
        var told = ""
        var truth = 0
        private var entropy: Entropy
        private var queue: [(at: Instant, to: Int, octets: [UInt8])] = []
        private var lastID: UInt64 = 0
        private var notifies: Set<UInt64> = []

        static let addresses = [Endpoint(.v4(0xC000_0201), 5060), Endpoint(.v4(0xC000_0202), 5060)]

        init(seed: UInt64, expires: Int? = nil) {
            entropy = Entropy(number: seed)
            stacks = (0..<2).map {
                SIPStack(
                    listeners: [ListenerID(rawValue: 0): SIPListener(.udp, Self.addresses[$0])],
                    entropy: Entropy(number: seed * 10 + UInt64($0)))
            }
            var template = SIPMessage(.subscribe, uri: "sip:user@192.0.2.2:5060")
            template.append(.from, "<sip:watcher@example.com>")
            template.append(.to, "<sip:user@example.com>")
            template.append(.contact, "<sip:watcher@192.0.2.1:5060>")
            subscriber = Subscriber(
                .registration, template: template, expires: expires, timing: ReliableProvisionalTests.timing)
        }

        mutating func start() { perform(subscriber.start(at: now, entropy: &entropy), nil) }
        mutating func unsubscribe() { perform(subscriber.unsubscribe(at: now), nil) }

        mutating func change() {
            truth += 1
            if let actions = notifier?.changed(at: now) { perform(actions, nil) }
        }

        mutating func run(_ span: Duration) {
            let end = now + span
            while let next = nextEvent, next <= end {
                now = max(now, next)
                if let first = queue.firstIndex(where: { $0.at <= now }) {
                    let message = queue.remove(at: first)
                    let source = Hop(.udp, ListenerID(rawValue: 0), Self.addresses[1 - message.to])
                    var output: [SIPStackOutput] = []
                    stacks[message.to].receive(datagram: message.octets, from: source, at: now, into: &output)
                    settle(message.to, output)
                    continue
                }
                for index in 0..<2 where stacks[index].nextDeadline.map({ $0 <= now }) ?? false {
                    var output: [SIPStackOutput] = []
                    stacks[index].fire(at: now, into: &output)
                    settle(index, output)
                }
                if subscriber.nextDeadline.map({ $0 <= now }) ?? false {
                    perform(subscriber.fire(at: now, entropy: &entropy), nil)
                }
                if let due = notifier?.nextDeadline, due <= now, let actions = notifier?.fire(at: now) {
                    perform(actions, nil)
                }
            }
            now = end
        }

        private var nextEvent: Instant? {
            (queue.map(\.at)
                + [
                    stacks[0].nextDeadline, stacks[1].nextDeadline, subscriber.nextDeadline, notifier?.nextDeadline,
                ].compactMap { $0 }).min()
        }

        private mutating func settle(_ index: Int, _ output: [SIPStackOutput]) {
            for item in output {
                switch item {
                case .transmit(let octets, _):
                    wire += octets
                    guard !isCut, loss == 0 || entropy.next32() % loss > 0 else { continue }
                    queue.append((now + .milliseconds(10), 1 - index, octets))
                case .request(let request, let id, _):
                    if index == 0 {
                        perform(subscriber.receive(notify: request, at: now, entropy: &entropy), id)
                    } else {
                        subscribed(request, id)
                    }
                case .response(let response, let id):
                    if index == 0 {
                        perform(subscriber.receive(response, at: now, entropy: &entropy), nil)
                    } else if notifies.remove(id.rawValue) != nil,
                        let actions = notifier?.receive(response: response, at: now)
                    {
                        perform(actions, nil)
                    }
                case .failed:
                    if index == 0 {
                        perform(subscriber.failed(at: now, entropy: &entropy), nil)
                    } else if let actions = notifier?.failed() {
                        perform(actions, nil)
                    }
                case .acknowledgement, .cancelled, .close, .refused: break
                }
            }
        }

        private mutating func subscribed(_ request: SIPMessage, _ id: ServerTransactionID) {
            if request.toTag != nil {
                guard notifier?.dialog.id == DialogID(receiving: request),
                    let actions = notifier?.receive(refresh: request, at: now)
                else { return respond(.response(.callOrTransactionDoesNotExist, to: request, toTag: nil), id, 1) }
                return perform(actions, id)
            }
            if let refusal = Notifier.refusal(of: request, for: .registration, toTag: "n") {
                return respond(refusal, id, 1)
            }
            do throws(DialogError) {
                let (notifier, actions) = try Notifier.accept(
                    request, for: .registration, toTag: "n", contact: "<sip:n@192.0.2.2:5060>", at: now)
                self.notifier = notifier
                perform(actions, id)
            } catch {
                respond(.response(error.status, to: request, toTag: "n"), id, 1)
            }
        }

        private mutating func perform(_ actions: [Subscriber.Action], _ id: ServerTransactionID?) {
            for action in actions {
                switch action {
                case .send(let request): send(request, 0)
                case .respond(let response): if let id { respond(response, id, 0) }
                case .notified(let notify): if !notify.body.isEmpty { told = notify.body.string }
                case .challenged, .fork: log.append("unexpected")
                case .ended(let ending, let retryAt): log.append("\(ending) \(retryAt == nil ? "never" : "again")")
                }
            }
        }

        private mutating func perform(_ actions: [Notifier.Action], _ id: ServerTransactionID?) {
            for action in actions {
                switch action {
                case .respond(let response): if let id { respond(response, id, 1) }
                case .ended: log.append("notifier ends")
                case .compose(let composition):
                    if let notify = notifier?.notify(composition, body: Array("\(truth)".utf8), at: now) {
                        send(notify, 1)
                    }
                }
            }
        }

        private mutating func send(_ request: SIPMessage, _ index: Int) {
            lastID += 1
            if index == 1 { notifies.insert(lastID) }
            var output: [SIPStackOutput] = []
            let hop = Hop(.udp, ListenerID(rawValue: 0), Self.addresses[1 - index])
            stacks[index].send(request, as: ClientTransactionID(rawValue: lastID), to: hop, at: now, into: &output)
            settle(index, output)
        }

        private mutating func respond(_ response: SIPMessage, _ id: ServerTransactionID, _ index: Int) {
            var output: [SIPStackOutput] = []
            stacks[index].respond(response, to: id, at: now, into: &output)
            settle(index, output)
        }
    }

    @Test("RFC 6665 §4.1.2, §4.2.1: state, changes, refreshes for a day, the end")
    func life() {
        var line = Line(seed: 1)
        line.start()
        line.run(.seconds(1))
        #expect(line.told == "0")
        for _ in 0..<24 {
            line.change()
            line.run(.seconds(3600))
            #expect(line.told == "\(line.truth)")
        }
        #expect(line.subscriber.state == .active)
        #expect(line.log.isEmpty)
        line.unsubscribe()
        line.run(.seconds(60))
        #expect(line.log == ["unsubscribed never"])
        #expect(line.notifier?.state == .terminated)
        line.run(.seconds(300))
        #expect(line.stacks.allSatisfy { $0.liveTransactions == 0 })
    }

    @Test("RFC 6665 §4.2.2, §4.1.3: a notifier that gives up and one that comes back: the subscriber finds it again")
    func outage() {
        var line = Line(seed: 2)
        line.start()
        line.run(.seconds(100))
        line.isCut = true
        line.change()
        line.run(.seconds(100))
        #expect(line.log == ["notifier ends"], "timer F of the NOTIFY")
        line.run(.seconds(6000))
        #expect(line.subscriber.state != .active)
        line.isCut = false
        line.run(.seconds(1900))
        #expect(line.subscriber.state == .active)
        #expect(line.told == "1")
    }

    @Test(
        "RFC 6665: over a network that loses up to half of all, the subscriber knows the truth in the end",
        arguments: 1...12 as ClosedRange<UInt64>)
    func lossy(seed: UInt64) {
        func run() -> Line {
            var line = Line(seed: seed, expires: 600)
            line.loss = 2 + UInt32(seed % 4)
            line.start()
            for _ in 0..<10 {
                line.run(.seconds(300))
                line.change()
            }
            line.loss = 0
            line.run(.seconds(4000))
            return line
        }
        let line = run()
        #expect(line.subscriber.state == .active)
        #expect(line.told == "\(line.truth)")
        #expect(line.wire == run().wire)
    }
}
