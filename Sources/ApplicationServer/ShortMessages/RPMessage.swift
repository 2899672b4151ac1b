import Octets

/// A message of the short message relay layer, TS 24.011 §7.3 (not at hand; the layout is that of its public descriptions).
package enum RPMessage: Equatable, Sendable {
    /// From the phone to the network, or the other way.
    package enum Direction: UInt8, Equatable, Sendable { case toNetwork = 0, toPhone = 1 }

    /// RP-DATA: a TPDU. The address is the service centre's: the destination of the phone's, the originator of ours.
    case data(Direction, reference: UInt8, centre: SMSAddress?, tpdu: [UInt8])
    /// RP-ACK.
    case acknowledgement(Direction, reference: UInt8)
    /// RP-ERROR with its cause, 0 to 127.
    case error(Direction, reference: UInt8, cause: UInt8)
    /// RP-SMMA: the phone has memory again.
    case memoryAvailable(reference: UInt8)

    /// The longest TPDU in an RP-DATA, §8.2.5.3.
    package static let longestTPDU = 233

    package init(parsing octets: OctetSlice) throws(SMSFault) {
        var reader = OctetReader(octets)
        guard let type = reader.read8(), let reference = reader.read8() else { throw .truncated }
        guard let direction = Direction(rawValue: type & 1) else { throw .unknownType(type) }
        switch type & 0b111 {
        case 0, 1:
            let originator = try Self.value(&reader)
            let destination = try Self.value(&reader)
            let tpdu = try Self.value(&reader)
            guard tpdu.count <= Self.longestTPDU else { throw .tooLong(tpdu.count) }
            let centre = direction == .toNetwork ? destination : originator
            self = .data(
                direction, reference: reference, centre: centre.isEmpty ? nil : try SMSAddress(centre: centre),
                tpdu: tpdu.array)
        case 2, 3: self = .acknowledgement(direction, reference: reference)
        case 4, 5:
            guard let cause = try Self.value(&reader).first else { throw .truncated }
            self = .error(direction, reference: reference, cause: cause & 0x7F)
        case 6: self = .memoryAvailable(reference: reference)
        default: throw .unknownType(type)
        }
    }

    package var octets: [UInt8] {
        switch self {
        case .data(let direction, let reference, let centre, let tpdu):
            let address = centre?.centreOctets ?? []
            let none: [UInt8] = [0]
            let own = [UInt8(truncatingIfNeeded: address.count)] + address
            return [direction.rawValue, reference] + (direction == .toNetwork ? none + own : own + none) + [
                UInt8(truncatingIfNeeded: tpdu.count)
            ] + tpdu
        case .acknowledgement(let direction, let reference): return [2 | direction.rawValue, reference]
        case .error(let direction, let reference, let cause):
            return [4 | direction.rawValue, reference, 1, cause & 0x7F]
        case .memoryAvailable(let reference): return [6, reference]
        }
    }

    /// A length and so many octets.
    private static func value(_ reader: inout OctetReader) throws(SMSFault) -> OctetSlice {
        guard let count = reader.read8(), let value = reader.read(count: Int(count)) else { throw .truncated }
        return value
    }
}

/// Causes of an RP-ERROR, TS 24.011 §8.2.5.4 (not at hand), those that are used here.
package enum RPCause {
    package static let callBarred: UInt8 = 10
    package static let shortMessageTransferRejected: UInt8 = 21
    package static let memoryExceeded: UInt8 = 22
    package static let temporaryFailure: UInt8 = 41
    package static let congestion: UInt8 = 42
    package static let semanticallyIncorrect: UInt8 = 95
    package static let invalidMandatoryInformation: UInt8 = 96
}

/// Why a short message cannot be read.
package enum SMSFault: Error, Equatable, CustomStringConvertible {
    case truncated
    case unknownType(UInt8)
    case tooLong(Int)
    case address
    /// A TPDU of another kind than SMS-SUBMIT.
    case notSubmit(UInt8)

    package var description: String {
        switch self {
        case .truncated: "the short message ends before it is whole"
        case .unknownType(let type): "there is no relay layer message of type \(type)"
        case .tooLong(let count): "the short message of \(count) octets is too long"
        case .address: "the short message has no number in the place of an address"
        case .notSubmit(let type): "a phone sends an SMS-SUBMIT, not a TPDU of type \(type)"
        }
    }
}
