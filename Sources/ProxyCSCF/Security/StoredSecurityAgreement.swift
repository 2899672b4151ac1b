import IMS
import Octets
import SIP

/// A set of security associations in the form in which it is stored, with its keys: without them the kernel's associations
/// could neither be extended nor handed over. The file is as secret as the kernel's table.
///
///     record ::= version privateIdentity phone proxy algorithms keys isCrossed prefersStreams deadline encapsulation
///     encapsulation ::= (phone proxy)?    behind a NAT; version 1 has none
///     end ::= address clientPort serverPort clientSPI serverSPI
struct StoredSecurityAgreement {
    private static let version: UInt8 = 2
    private static let kind = UInt8(ascii: "a")

    let agreement: SecurityAgreement

    static func key(_ id: SecurityAgreement.ID) -> [UInt8] {
        [kind] + (0..<4).map { UInt8(truncatingIfNeeded: id.rawValue >> (24 - 8 * UInt32($0))) }
    }

    static func isKind(of record: StoredRecord) -> Bool { record.key.first == kind }

    /// Of a set in use; nil of one that is not worth keeping: a challenge is made again.
    static func octets(of set: SecurityAgreement, clock: WallClock) -> [UInt8]? {
        guard set.state == .established else { return nil }
        var writer = RecordWriter(reserving: 256)
        writer.write(version)
        writer.write(OctetSlice(set.privateIdentity))
        write(set.terms.phone, to: &writer)
        write(set.terms.proxy, to: &writer)
        writer.write(OctetSlice(set.terms.algorithms.description))
        writer.write(OctetSlice(set.terms.keys.integrity))
        writer.write(OctetSlice(set.terms.keys.encryption))
        writer.write(set.terms.isCrossed ? 1 : 0 as UInt8)
        writer.write(set.prefersStreams ? 1 : 0 as UInt8)
        writer.write(set.deadline, clock)
        if let ends = set.terms.encapsulation {
            for end in [ends.phone, ends.proxy] { writer.write(OctetSlice("\(end)")) }
        }
        return writer.octets
    }

    private static func write(_ end: SecurityEnd, to writer: inout RecordWriter) {
        writer.write(OctetSlice(end.address.description))
        for number in [
            UInt64(end.clientPort), UInt64(end.serverPort), UInt64(end.clientSPI.rawValue),
            UInt64(end.serverSPI.rawValue),
        ] { writer.write(number: number) }
    }

    /// nil for a record that cannot be read, or whose sockets are no longer ours.
    init?(_ record: StoredRecord, policy: SecurityPolicy, clock: WallClock) {
        guard let value = record.value else { return nil }
        var reader = RecordReader(value)
        guard let version = reader.octet(), (1...Self.version).contains(version), let identity = reader.slice(),
            let phone = Self.end(&reader),
            let proxy = Self.end(&reader), let algorithms = reader.text().flatMap({ SecurityAlgorithms($0) }),
            let integrity = reader.slice(), let encryption = reader.slice(), let isCrossed = reader.octet(),
            let prefersStreams = reader.octet(), case .some(.some(let deadline)) = reader.time(clock),
            let keys = SecurityKeys(algorithms, integrity: integrity.array, encryption: encryption.array),
            let sockets = policy.sockets.first(where: {
                $0.address == proxy.address && $0.serverPort == proxy.serverPort
            }), let client = sockets.clients.first(where: { $0.port == proxy.clientPort }),
            Self.key(proxy.serverSPI) == record.key
        else { return nil }
        let encapsulation = reader.text().flatMap { Endpoint($0) }.flatMap { phone in
            reader.text().flatMap { Endpoint($0) }.map { UDPEncapsulation(phone: phone, proxy: $0) }
        }
        agreement = SecurityAgreement(
            restoring: SecurityTerms(
                phone: phone, proxy: proxy, algorithms, keys, isCrossed: isCrossed == 1, encapsulation: encapsulation),
            of: identity.array, sockets, client, deadline: deadline, prefersStreams: prefersStreams == 1)
    }

    private static func end(_ reader: inout RecordReader) -> SecurityEnd? {
        guard let address = reader.text().flatMap({ IPAddress($0) }),
            let clientPort = reader.number().flatMap(UInt16.init(exactly:)),
            let serverPort = reader.number().flatMap(UInt16.init(exactly:)),
            let clientSPI = reader.number().flatMap(UInt32.init(exactly:)),
            let serverSPI = reader.number().flatMap(UInt32.init(exactly:))
        else { return nil }
        return SecurityEnd(
            address, clientPort: clientPort, serverPort: serverPort,
            clientSPI: SecurityParametersIndex(rawValue: clientSPI),
            serverSPI: SecurityParametersIndex(rawValue: serverSPI))
    }
}
