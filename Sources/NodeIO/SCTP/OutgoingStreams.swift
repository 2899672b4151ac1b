/// Which stream of an association the next message takes.
///
/// RFC 6733 §2.1.1: who was called keeps to stream zero until the caller has sent something after its CER. Until then the
/// caller may still wait for the CEA and would drop the association on seeing anything else first.
struct OutgoingStreams {
    private let mayOvertake: Int
    private var messages = 0
    private var agreed: UInt16?

    init(isOurs: Bool) { mayOvertake = isOurs ? 0 : 2 }

    /// The peer has sent a message.
    mutating func received() { if messages < mayOvertake { messages += 1 } }

    /// - Parameter count: asks the stack how many streams were agreed; called once.
    mutating func stream(of message: [UInt8], _ delivery: SCTPDelivery, count: () -> UInt16) -> UInt16 {
        guard delivery.spreads, messages >= mayOvertake else { return 0 }
        let streams = agreed ?? count()
        agreed = streams
        return delivery.stream(of: message, among: streams)
    }
}
