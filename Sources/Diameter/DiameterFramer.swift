import Octets

/// Cuts messages out of a stream by the length in their headers.
package struct DiameterFramer: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0
    private let limits: DiameterLimits

    package init(limits: DiameterLimits = .standard) { self.limits = limits }

    /// What has arrived and not been cut yet.
    package var rest: [UInt8] { Array(buffer[start...]) }

    /// Whether these octets, arriving now, are one message and nothing else.
    func isWhole(_ octets: [UInt8]) -> Bool {
        start == buffer.count && octets.count >= HeaderLayout.length && octets.count <= limits.messageLength
            && octets[0] == 1 && octets.count == Int(octets.bigEndian24(at: HeaderLayout.messageLength))
            && octets.count.isMultiple(of: 4)
    }

    package mutating func append(_ octets: [UInt8]) {
        guard start < buffer.count else {
            buffer = octets
            start = 0
            return
        }
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: octets)
    }

    /// The next whole message. After a failure the connection is of no more use.
    package mutating func next() throws(DiameterDecodeFailure) -> [UInt8]? {
        let available = buffer.count - start
        guard available >= 4 else { return nil }
        let length = Int(buffer.bigEndian24(at: start + 1))
        guard buffer[start] == 1 else {
            // The rest of the header is wanted for the answer.
            guard available >= HeaderLayout.length else { return nil }
            throw DiameterDecodeFailure(
                .version(buffer[start]), offset: 0)
        }
        guard length >= HeaderLayout.length, length.isMultiple(of: 4) else {
            throw DiameterDecodeFailure(.streamLength(said: length), offset: 1)
        }
        guard length <= limits.messageLength else {
            throw DiameterDecodeFailure(.messageTooLong(length), offset: 1)
        }
        guard available >= length else { return nil }
        var message: [UInt8] = []
        if start == 0, length == buffer.count {
            swap(&message, &buffer)
        } else {
            message = Array(buffer[start..<start + length])
            start += length
            if start == buffer.count {
                buffer = []
                start = 0
            }
        }
        return message
    }
}
