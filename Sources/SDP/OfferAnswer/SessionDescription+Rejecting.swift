import Octets

extension SessionDescription {
    /// Answers a stream of an offer that is not wanted, RFC 3264 §6: its m= line again with port zero. No effect when
    /// that cannot be read.
    package mutating func appendRejection(of stream: MediaDescription) {
        guard let text = stream.section.value(of: .media), let line = MediaLine(text) else { return }
        mediaStarts.append(lines.count)
        append(.media) {
            $0.write(line.type)
            $0.write(" 0 ")
            $0.write(line.transport)
            $0.write(ASCII.space)
            $0.write(line.formatList)
        }
    }
}
