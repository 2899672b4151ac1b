import CPeers
import Octets
import SDP
import SIP

/// The tasks of `peers.h` by our own libraries.
enum OurWork {
    /// - Returns: the sum that the others come to; 0 when a step failed.
    static func perform(_ task: peer_task, _ text: UnsafeBufferPointer<UInt8>, rounds: Int) -> UInt64 {
        var sum: UInt64 = 0
        do {
            switch task {
            case PEER_PARSE: for _ in 0..<rounds { sum = try parse(text) }
            case PEER_EXTRACT: for _ in 0..<rounds { sum = try extract(text) }
            case PEER_SERIALISE:
                let message = try SIPMessage(parsing: Array(text))
                for _ in 0..<rounds { sum = UInt64(serialise(message)) }
            case PEER_PASS_ON: for _ in 0..<rounds { sum = try passOn(text) }
            case PEER_DESCRIBE: for _ in 0..<rounds { sum = try describe(text) }
            default: return 0
            }
        } catch {
            return 0
        }
        return sum
    }

    /// Parses and then reads every header that has a grammar, as the others do when they parse.
    static func parseEveryHeader(_ text: UnsafeBufferPointer<UInt8>, rounds: Int) -> UInt64 {
        var errors = 0
        do {
            for _ in 0..<rounds {
                let message = try SIPMessage(parsing: Array(text))
                let error =
                    message.isRequest
                    ? message.validateRequest(.everyKnownHeader) : message.validateResponse(.everyKnownHeader)
                if error != nil { errors += 1 }
            }
        } catch {
            return 0
        }
        return errors == 0 ? 1 : 0
    }

    @inline(never)
    private static func parse(_ text: UnsafeBufferPointer<UInt8>) throws -> UInt64 {
        let message = try SIPMessage(parsing: Array(text))
        return message.isRequest || message.status != nil ? 1 : 0
    }

    @inline(never)
    private static func extract(_ text: UnsafeBufferPointer<UInt8>) throws -> UInt64 {
        let message = try SIPMessage(parsing: Array(text))
        guard let branch = try message.first(Via.self)?.branch, let tag = try message.first(From.self)?.tag,
            let to = try message.first(To.self), case .sip(let uri) = try to.address.parsedURI(),
            let callID = message.callID, let cseq = message.cseq
        else { return 0 }
        return fold(fold(fold(fold(0, branch), tag), uri.host), callID) &* 31 &+ UInt64(cseq.number)
    }

    @inline(never)
    private static func serialise(_ message: SIPMessage) -> Int { message.serialized().count }

    @inline(never)
    private static func passOn(_ text: UnsafeBufferPointer<UInt8>) throws -> UInt64 {
        var message = try SIPMessage(parsing: Array(text))
        message.prepend(.via, PEER_VIA)
        return UInt64(message.serialized().count)
    }

    @inline(never)
    private static func describe(_ text: UnsafeBufferPointer<UInt8>) throws -> UInt64 {
        let description = try SessionDescription(parsing: Array(text))
        var sum = fold(0, try description.session.connection?.address ?? OctetSlice())
        for medium in description.media {
            let line = try medium.line
            sum = sum &* 31 &+ UInt64(line.port)
            sum = fold(sum, line.formats.first ?? OctetSlice())
        }
        return sum
    }

    private static func fold(_ sum: UInt64, _ text: OctetSlice) -> UInt64 {
        guard let first = text.first, let last = text.last else { return sum &* 31 }
        return sum &* 31 &+ UInt64(text.count) &+ UInt64(first) &+ 256 &* UInt64(last)
    }
}
