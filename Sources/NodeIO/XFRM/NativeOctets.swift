import Octets

/// Octets for the kernel of this machine: numbers in its own byte order, unless a field is of the network.
package struct NativeOctets: Sendable, Equatable {
    package private(set) var octets: [UInt8] = []

    package var count: Int { octets.count }

    mutating func write<Number: FixedWidthInteger & Sendable>(_ number: Number) {
        withUnsafeBytes(of: number) { octets.append(contentsOf: $0) }  // the order in memory is what is asked for
    }

    mutating func write<Number: FixedWidthInteger & Sendable>(network number: Number) { write(number.bigEndian) }

    mutating func write(_ run: [UInt8]) { octets.append(contentsOf: run) }

    mutating func zeros(_ count: Int) { octets.append(contentsOf: repeatElement(0, count: max(0, count))) }

    /// `xfrm_address_t`: 16 octets, an IPv4 address in the first four.
    mutating func write(_ address: IPAddress) {
        let run = address.octets
        write(run)
        zeros(16 - run.count)
    }

    /// NLMSG_ALIGN and NLA_ALIGN.
    mutating func align() { zeros((4 - count % 4) % 4) }
}

/// Reads what the kernel wrote, at fixed places. Beyond the end every read returns nil.
package struct NativeReader: Sendable {
    let octets: ArraySlice<UInt8>

    package init(_ octets: ArraySlice<UInt8>) { self.octets = octets }

    package var count: Int { octets.count }

    func number<Number: FixedWidthInteger>(at offset: Int, as: Number.Type = Number.self) -> Number? {
        guard offset >= 0, offset <= count - Number.bitWidth / 8 else { return nil }
        // The bounds have been checked; the place need not be aligned.
        return octets.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
    }

    func address(at offset: Int, isV6: Bool) -> IPAddress? {
        guard isV6 else { return number(at: offset, as: UInt32.self).map { .v4(UInt32(bigEndian: $0)) } }
        guard let high = number(at: offset, as: UInt64.self), let low = number(at: offset + 8, as: UInt64.self) else {
            return nil
        }
        return .v6(UInt64(bigEndian: high), UInt64(bigEndian: low))
    }

    func part(from offset: Int, count: Int) -> NativeReader? {
        guard offset >= 0, count >= 0, offset <= self.count - count else { return nil }
        let start = octets.startIndex + offset
        return NativeReader(octets[start..<start + count])
    }
}
