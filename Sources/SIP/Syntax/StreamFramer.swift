import Octets

/// Cuts messages out of a stream by Content-Length, RFC 3261 §18.3, with the keep-alives of RFC 5626 §4.4.1.
///
/// The buffer never holds more than one unfinished message of the size allowed, and no octet is searched twice.
/// After an error the stream cannot be read on: where the next message begins is unknown.
package struct StreamFramer: Sendable {
    package enum Frame: Equatable, Sendable {
        case message([UInt8])
        /// CRLFCRLF between messages: to be answered with CRLF.
        case keepAlive
    }

    private let limits: ParseLimits
    private var buffer: [UInt8] = []
    /// Where the unread part begins.
    private var start = 0
    /// Up to where the end of the headers has been looked for.
    private var searched = 0
    /// Length of the message at `start`, once its headers are complete.
    private var length: Int?
    private var failure: SIPSyntaxError?

    package init(limits: ParseLimits = .standard) { self.limits = limits }

    /// Octets that wait for more.
    package var buffered: Int { buffer.count - start }

    /// Whether a message has begun and is not complete: a peer that leaves it so for long wants to be cut off.
    package var isInsideMessage: Bool { buffered > 0 && buffer[start] != 0x0D }

    /// What stands in the way of reading on, for `SIPMessage.salvage`: the headers of the message that failed.
    package var rejected: [UInt8] { failure == nil ? [] : Array(buffer[start...]) }

    package mutating func append(_ octets: [UInt8]) {
        guard failure == nil else { return }
        if start == buffer.count {
            buffer = octets
            start = 0
            searched = 0
        } else {
            if start > 0 { compact() }
            buffer.append(contentsOf: octets)
        }
    }

    /// The next frame; nil when more octets are needed.
    package mutating func next() throws(SIPSyntaxError) -> Frame? {
        if let failure { throw failure }
        do throws(SIPSyntaxError) {
            if length == nil, try skipLineEnds() { return .keepAlive }
            guard let length = try messageLength(), buffered >= length else { return nil }
            return .message(cut(length))
        } catch {
            failure = error
            throw error
        }
    }

    // MARK: Steps

    /// CRLFs in front of a message. Two in a row are a ping; a single one is the answer to ours, or §7.5.
    private mutating func skipLineEnds() throws(SIPSyntaxError) -> Bool {
        while buffered >= 2, buffer[start] == 0x0D {
            guard buffer[start + 1] == 0x0A else { throw SIPSyntaxError(.startLine, at: 1) }
            if buffered >= 4, buffer[start + 2] == 0x0D, buffer[start + 3] == 0x0A {
                advance(by: 4)
                return true
            }
            // Half of a ping may have arrived: wait for one octet more, but not when it is alone in the buffer for
            // good: a single CRLF asks for nothing and costs two octets.
            guard buffered > 2, buffer[start + 2] != 0x0D else { return false }
            advance(by: 2)
        }
        return false
    }

    private mutating func messageLength() throws(SIPSyntaxError) -> Int? {
        if let length { return length }
        guard let headerEnd = try headerEnd() else { return nil }
        guard let bodyLength = try Self.contentLength(buffer.span, start..<headerEnd) else {
            throw SIPSyntaxError(.missing, .contentLength, at: headerEnd - start)
        }
        let head = headerEnd - start
        guard bodyLength <= UInt64(max(0, limits.messageOctets - head)) else {
            throw SIPSyntaxError(.limit, at: head)
        }
        length = head + Int(bodyLength)
        return length
    }

    /// Behind the empty line.
    private mutating func headerEnd() throws(SIPSyntaxError) -> Int? {
        guard buffered > 0, buffer[start] != 0x0D else { return nil }
        var index = max(start, searched)
        let isFound = Self.findEmptyLine(buffer.span, from: &index)
        searched = index
        guard (isFound ? index : buffer.count) - start <= limits.messageOctets else {
            throw SIPSyntaxError(.limit, at: limits.messageOctets)
        }
        return isFound ? index : nil
    }

    /// Moves `index` behind the next CRLFCRLF, or to where the search goes on when more octets are there.
    private static func findEmptyLine(_ text: Span<UInt8>, from index: inout Int) -> Bool {
        while index + 3 < text.count {
            // The last of four octets tells how far to go on.
            switch text[index + 3] {
            case 0x0A:
                if text[index] == 0x0D, text[index + 1] == 0x0A, text[index + 2] == 0x0D {
                    index += 4
                    return true
                }
                index += 2
            case 0x0D: index += 1
            default: index += 4
            }
        }
        return false
    }

    /// The one Content-Length among the header lines.
    private static func contentLength(_ text: Span<UInt8>, _ head: Range<Int>) throws(SIPSyntaxError) -> UInt64? {
        var found: UInt64?
        var line = head.lowerBound
        while line < head.upperBound {
            var end = line
            while end < head.upperBound, text[end] != 0x0A { end += 1 }
            if let value = contentLengthValue(text, line..<end, head) {
                guard found == nil else { throw SIPSyntaxError(.duplicate, .contentLength, at: line - head.lowerBound) }
                guard let number = ContentLength.parse(text, value) else {
                    throw SIPSyntaxError(.malformed, .contentLength, at: line - head.lowerBound)
                }
                found = number
            }
            line = end + 1
        }
        return found
    }

    /// The value, when the line is a Content-Length, with the lines that continue it.
    private static func contentLengthValue(_ text: Span<UInt8>, _ line: Range<Int>, _ head: Range<Int>) -> Range<Int>? {
        guard line.count > 1,
            text[line.lowerBound] | 0x20 == UInt8(ascii: "c") || text[line.lowerBound] | 0x20 == UInt8(ascii: "l")
        else { return nil }
        let name: StaticString = text[line.lowerBound] | 0x20 == UInt8(ascii: "l") ? "l" : "content-length"
        let length = name.utf8CodeUnitCount
        guard line.count > length else { return nil }
        for offset in 0..<length where text[line.lowerBound + offset] | 0x20 != name.utf8Start[offset] { return nil }
        var index = line.lowerBound + length
        while index < line.upperBound, ASCII.isBlank(text[index]) { index += 1 }
        guard index < line.upperBound, text[index] == UInt8(ascii: ":") else { return nil }
        var low = index + 1
        var high = line.upperBound
        while high + 1 < head.upperBound, ASCII.isBlank(text[high + 1]) {
            high += 1
            while high < head.upperBound, text[high] != 0x0A { high += 1 }
        }
        while low < high, isSpace(text[low]) { low += 1 }
        while high > low, isSpace(text[high - 1]) { high -= 1 }
        return low..<high
    }

    private static func isSpace(_ octet: UInt8) -> Bool { ASCII.isBlank(octet) || octet == 0x0D || octet == 0x0A }

    private mutating func cut(_ length: Int) -> [UInt8] {
        self.length = nil
        guard start > 0 || length < buffer.count else {
            // The usual case: one read, one message. The buffer itself is the message.
            var message: [UInt8] = []
            swap(&message, &buffer)
            searched = 0
            return message
        }
        let message = Array(buffer[start..<start + length])
        advance(by: length)
        return message
    }

    private mutating func advance(by count: Int) {
        start += count
        searched = start
        if start == buffer.count {
            buffer = []
            start = 0
            searched = 0
        }
    }

    /// Drops what has been read before more is taken in: once per read, not per message.
    private mutating func compact() {
        buffer.removeSubrange(0..<start)
        searched -= start
        start = 0
    }
}
