import Foundation
import IMS
import NodeIO
import NIOPosix
import Octets
import RTP
import UserEquipment

/// The media sockets of two virtual phones, and the tones that they send each other.
struct PairAudio {
    let caller: MediaSocket<ToneStream>
    let callee: MediaSocket<ToneStream>

    private static let low = Tone(frequency: 400)
    private static let high = Tone(frequency: 1_400)
    /// How long they talk, and how many packets of the tone must have been heard of those sent in it.
    private static let span = 0.5
    private static let leastHeard = 15

    init(_ address: IPAddress) throws(OperationFailure) {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        do {
            caller = try MediaSocket.open(address, on: loop)
        } catch {
            throw OperationFailure(.unavailable, "no port is free for the virtual phone's audio: \(error)")
        }
        do {
            callee = try MediaSocket.open(address, on: loop)
        } catch {
            caller.close()
            throw OperationFailure(.unavailable, "no port is free for the virtual phone's audio: \(error)")
        }
    }

    func close() {
        caller.close()
        callee.close()
    }

    /// - Parameters:
    ///   - one, other: what each phone reports of its stream.
    func talk(caller one: Report?, callee other: Report?) throws(OperationFailure) -> [String] {
        var entropy = Entropy.fromSystem()
        guard let mine = Self.leg(one), let theirs = Self.leg(other),
            let low = ToneStream(payloadType: mine.type, sends: Self.low, expects: Self.high, entropy: &entropy),
            let high = ToneStream(payloadType: theirs.type, sends: Self.high, expects: Self.low, entropy: &entropy)
        else { return ["the phones have not agreed on G.711 audio in both directions"] }
        do {
            try caller.start(low, to: mine.remote)
            try callee.start(high, to: theirs.remote)
            Thread.sleep(forTimeInterval: Self.span)
            let heard = (try caller.stop()?.heard, try callee.stop()?.heard)
            return [("caller", heard.0), ("callee", heard.1)].compactMap { who, heard in
                guard let heard, heard.withTone >= Self.leastHeard else {
                    let count = heard.map { "\($0.withTone) packets of it, \($0.packets) in all" } ?? "nothing"
                    return "the \(who) did not hear the other's tone: \(count)"
                }
                return nil
            }
        } catch {
            throw OperationFailure(.failed, "the virtual phones' audio: \(error)")
        }
    }

    private static func leg(_ media: Report?) -> (remote: Endpoint, type: UInt8)? {
        guard media?["direction"]?.text == "sendrecv", let remote = media?["remote"]?.text.flatMap(Endpoint.init),
            let type = media?["payload-type"]?.integer.flatMap({ UInt8(exactly: $0) })
        else { return nil }
        return (remote, type)
    }
}
