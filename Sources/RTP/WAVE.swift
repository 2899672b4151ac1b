import Octets

/// Sound in a RIFF WAVE file: G.711 as it came, 8,000 samples a second, one channel.
package enum WAVE {
    /// The file's format tags: linear 16 bits, A-law, µ-law.
    private enum Tag: UInt16 { case linear = 1, aLaw = 6, muLaw = 7 }

    /// - Parameter samples: an octet for each.
    package static func file(_ samples: [UInt8], _ law: G711) -> [UInt8] {
        let isOdd = samples.count % 2 == 1
        var writer = OctetWriter(reserving: samples.count + 59)
        writer.write("RIFF")
        writer.writeLittle(UInt32(clamping: 50 + samples.count + (isOdd ? 1 : 0)), octets: 4)
        writer.write("WAVEfmt ")
        writer.writeLittle(18, octets: 4)
        writer.writeLittle(UInt32((law == .aLaw ? Tag.aLaw : Tag.muLaw).rawValue), octets: 2)
        writer.writeLittle(1, octets: 2)
        for rate in [8_000, 8_000] as [UInt32] { writer.writeLittle(rate, octets: 4) }
        writer.writeLittle(1, octets: 2)
        writer.writeLittle(8, octets: 2)
        writer.writeLittle(0, octets: 2)
        // What is not linear has a chunk that counts its samples.
        writer.write("fact")
        writer.writeLittle(4, octets: 4)
        writer.writeLittle(UInt32(clamping: samples.count), octets: 4)
        writer.write("data")
        writer.writeLittle(UInt32(clamping: samples.count), octets: 4)
        writer.write(samples)
        if isOdd { writer.write(UInt8(0)) }
        return writer.octets
    }

    /// The samples of a file as octets of a law, whichever of the three formats it has.
    ///
    /// - Returns: nil for what is no such file: other rates, stereo, other formats. One that ends early gives what it has.
    package static func samples(_ octets: [UInt8], as law: G711) -> [UInt8]? {
        guard octets.count >= 12, octets[0..<4].elementsEqual("RIFF".utf8), octets[8..<12].elementsEqual("WAVE".utf8)
        else { return nil }
        var position = 12
        var tag: Tag?
        while octets.count - position >= 8 {
            let name = octets[position..<position + 4]
            let size = Int(little(octets, position + 4, 4))
            let start = position + 8
            let end = min(start + size, octets.count)
            if name.elementsEqual("fmt ".utf8) {
                guard end - start >= 16, little(octets, start + 2, 2) == 1, little(octets, start + 4, 4) == 8_000 else {
                    return nil
                }
                tag = Tag(rawValue: UInt16(truncatingIfNeeded: little(octets, start, 2)))
                guard let tag, little(octets, start + 14, 2) == (tag == .linear ? 16 : 8) else { return nil }
            } else if name.elementsEqual("data".utf8) {
                guard let tag else { return nil }
                return convert(octets[start..<end], tag, law)
            }
            position = end + size % 2
        }
        return nil
    }

    private static func convert(_ data: ArraySlice<UInt8>, _ tag: Tag, _ law: G711) -> [UInt8] {
        switch tag {
        case .aLaw: G711.aLaw.convert(Array(data), to: law)
        case .muLaw: G711.muLaw.convert(Array(data), to: law)
        case .linear:
            stride(from: data.startIndex, to: data.endIndex - 1, by: 2).map { index in
                law.encode(Int16(bitPattern: UInt16(data[index]) | UInt16(data[index + 1]) << 8))
            }
        }
    }

    /// - Precondition: the octets are there.
    private static func little(_ octets: [UInt8], _ index: Int, _ count: Int) -> UInt32 {
        octets[index..<index + count].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension G711 {
    /// Samples of this law as samples of another one.
    package func convert(_ octets: [UInt8], to other: G711) -> [UInt8] {
        self == other ? octets : octets.map { other.encode(decode($0)) }
    }

    /// The octet of silence.
    package var silence: UInt8 { encode(0) }
}

extension OctetWriter {
    fileprivate mutating func writeLittle(_ value: UInt32, octets: Int) {
        for index in 0..<octets { write(UInt8(truncatingIfNeeded: value >> UInt32(8 * index))) }
    }
}
