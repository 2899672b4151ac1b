import ApplicationServer
import struct ApplicationServer.StoredRecord
import IMS
import Octets
import RTP
import UserEquipment

/// The store and the audio of an application server in virtual time, and a phone's end of the one call that has audio.
package final class SimulatedServiceStore {
    package private(set) var records: [StoredRecord] = []
    package private(set) var files: [String: [UInt8]] = [:]
    /// nil before the audio begins.
    private var streams: [MediaID: VoiceStream?] = [:]
    /// Calls that have audio now.
    package var openStreams: Int { streams.count }
    private var phone: PhoneStream?
    private var entropy = Entropy(number: 99)
    /// Of 1,000 RTP packets, in either direction.
    package var loss: UInt32 = 0

    /// What dies with the server.
    func forgetStreams() { streams = [:] }

    func perform(_ work: ServiceWork) -> ServiceWorkResult {
        switch work {
        case .store(.put(let kind, let name, let octets)): put(kind, name, octets)
        case .store(.remove(let kind, let name)): records.removeAll { $0.kind == kind && $0.name == name }
        case .store(.keep(let kind, let name, let octets, let file, let content)):
            files[file] = content
            put(kind, name, octets)
        case .store(.drop(let kind, let name, let file)):
            records.removeAll { $0.kind == kind && $0.name == name }
            files[file] = nil
        case .store(.load(let file)): return files[file].map { .file($0) } ?? .failed("there is no \(file)")
        case .media(.open(let id)):
            streams[id] = .some(nil)
            return .media(.opened(Endpoint(.loopback, 30_000)))
        case .media(.begin(let id, let formats, _)): streams[id] = VoiceStream(formats, entropy: &entropy)
        case .media(.tell(let id, let order)): streams[id]??.take(order)
        case .media(.close(let id)):
            var stream = streams.removeValue(forKey: id) ?? nil
            return .media(.closed(stream?.finish()))
        }
        return .done
    }

    private func put(_ kind: StoredKind, _ name: String, _ octets: [UInt8]) {
        records.removeAll { $0.kind == kind && $0.name == name }
        records.append(StoredRecord(kind, name: name, octets))
    }

    // MARK: Audio

    /// The phone's end of the call that goes on, saying this.
    func say(_ sounds: [PhoneStream.Sound], known: [Int]) {
        phone = PhoneStream(payloadType: 8, events: 101, knows: known, entropy: &entropy)
        phone?.take(sounds)
    }

    /// 20 ms: what the phone tells, and what the server is to be told.
    func exchange() -> (phone: [PhoneStream.Event], server: [(MediaID, VoiceStream.Event)]) {
        var told: [(MediaID, VoiceStream.Event)] = []
        for (id, value) in streams {
            guard var stream = value else { continue }
            if let packet = stream.next(), !isLost { phone?.receive(packet) }
            if let packet = phone?.next(), !isLost { stream.receive(packet) }
            told += stream.takeEvents().map { (id, $0) }
            streams[id] = stream
        }
        return (phone?.takeEvents() ?? [], told)
    }

    private var isLost: Bool { entropy.next32() % 1_000 < loss }
}
