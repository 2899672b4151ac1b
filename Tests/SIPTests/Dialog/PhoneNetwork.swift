import Octets
import SIP

/// Phones joined by a network with a delay of 10 ms that loses what it is told to lose, or by dice; virtual time.
struct PhoneNetwork {
    var phones: [Phone]
    var now = Instant.zero + .seconds(1)
    /// One of so many datagrams is lost; 0 for none.
    var loss: UInt32 = 0
    /// Start of a message and how many of them are lost before they get through, for instance `ACK` once.
    var lost: [(prefix: String, cseq: String, count: Int)] = []
    /// What is sent to this address reaches all phones but the first: a proxy that forks.
    static let forkAddress = Endpoint(.v4(0xC000_02FA), 5060)
    private(set) var wire: [UInt8] = []
    private(set) var count = 0
    private var entropy: Entropy
    private var queue: [(at: Instant, order: Int, to: Int, from: Endpoint, octets: [UInt8])] = []

    init(_ phones: [Phone], seed: UInt64) {
        self.phones = phones
        entropy = Entropy(number: seed)
    }

    mutating func order(_ index: Int, _ body: (inout Phone, Instant, inout [SIPStackOutput]) -> Void) {
        var output: [SIPStackOutput] = []
        body(&phones[index], now, &output)
        settle(index, output)
    }

    /// Lets time pass.
    mutating func run(_ span: Duration) {
        let end = now + span
        while let next = nextEvent, next <= end {
            now = max(now, next)
            if let due = queue.indices.min(by: { (queue[$0].at, queue[$0].order) < (queue[$1].at, queue[$1].order) }),
                queue[due].at <= now
            {
                let message = queue.remove(at: due)
                var output: [SIPStackOutput] = []
                let hop = Hop(.udp, ListenerID(rawValue: 0), message.from)
                phones[message.to].stack.receive(datagram: message.octets, from: hop, at: now, into: &output)
                settle(message.to, output)
                continue
            }
            for index in phones.indices where phones[index].nextDeadline.map({ $0 <= now }) ?? false {
                order(index) { $0.fire(at: $1, into: &$2) }
            }
        }
        now = end
    }

    private var nextEvent: Instant? {
        (queue.map(\.at) + phones.compactMap(\.nextDeadline)).min()
    }

    /// Hands a stack's outputs to the phone and the network until there are none.
    private mutating func settle(_ index: Int, _ output: [SIPStackOutput]) {
        var work = output
        while !work.isEmpty {
            var next: [SIPStackOutput] = []
            for item in work {
                if case .transmit(let octets, let hop) = item {
                    send(octets, from: index, to: hop.remote)
                } else {
                    phones[index].handle(item, at: now, into: &next)
                }
            }
            work = next
        }
    }

    private mutating func send(_ octets: [UInt8], from index: Int, to remote: Endpoint) {
        wire += octets
        if loss > 0, entropy.next32() % loss == 0 { return }
        let text = String(decoding: octets, as: UTF8.self)
        for rule in lost.indices where lost[rule].count > 0 {
            if text.hasPrefix(lost[rule].prefix), text.contains("CSeq: \(lost[rule].cseq)") {
                lost[rule].count -= 1
                return
            }
        }
        for other in phones.indices {
            let isFork = remote == Self.forkAddress && other > 0
            guard phones[other].address == remote || isFork else { continue }
            count += 1
            queue.append((now + .milliseconds(10), count, other, phones[index].address, octets))
        }
    }
}
