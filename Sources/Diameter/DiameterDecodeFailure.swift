import Octets

/// Why a message or an AVP cannot be used: what and where, and what RFC 6733 §7 has us do about it.
public struct DiameterDecodeFailure: Error, Equatable, Sendable {
    package enum What: Equatable, Sendable {
        case messageTooShort(Int)
        case messageLength(said: Int, received: Int)
        /// The same in a stream, where it leaves unknown where the next message begins.
        case streamLength(said: Int)
        case messageTooLong(Int)
        case version(UInt8)
        case headerBits(UInt8)
        case avpBits
        case avpLength
        case avpValue
        case nestingTooDeep
        case missingAVP
        case repeatedAVP
        case unsupportedAVP
        case avpNotAllowed
        case contradictingAVPs
    }

    package enum Remedy: Equatable, Sendable {
        /// Answer and go on.
        case answer(ResultCode)
        /// Answer, then close: what follows on the connection cannot be trusted.
        case answerAndClose(ResultCode)
        /// No answer is possible: where the next message begins is unknown.
        case close
    }

    package var what: What
    /// Octet in the message.
    package var offset: Int
    /// The AVP at fault.
    package var avp: AVPName?
    /// The AVP for Failed-AVP with header and padding; empty when there is none.
    package var failedAVP: [UInt8]

    package init(_ what: What, offset: Int, avp: AVPName? = nil, failedAVP: [UInt8] = []) {
        self.what = what
        self.offset = offset
        self.avp = avp
        self.failedAVP = failedAVP
    }

    package var remedy: Remedy { what.remedy }

    /// What to answer; nil when the connection is closed without one.
    package var resultCode: ResultCode? {
        switch remedy {
        case .answer(let code), .answerAndClose(let code): code
        case .close: nil
        }
    }
}

extension DiameterDecodeFailure {
    /// What a failure of an AVP's data means for the message.
    @inline(never)
    @usableFromInline
    init(_ failure: AVPValueFailure, of avp: AVP) {
        switch failure {
        case .length: self.init(.avpLength, of: avp)
        case .value: self.init(.avpValue, of: avp)
        case .nesting: self.init(.nestingTooDeep, of: avp)
        case .inside(let inner): self = inner
        }
    }

    init(_ what: What, of avp: AVP) {
        self.init(what, offset: avp.offset, avp: avp.name, failedAVP: avp.padded)
    }

    /// 5005: an example of what is missing, its value zeroes of the least length.
    @inline(never)
    @usableFromInline
    package static func missing<Value>(_ key: AVPKey<Value>) -> DiameterDecodeFailure {
        var writer = AVPWriter()
        let mark = writer.begin(key)
        for _ in 0..<Value.minimumLength { writer.write(0) }
        writer.end(mark)
        return DiameterDecodeFailure(.missingAVP, offset: 0, avp: key.name, failedAVP: writer.octets)
    }

    /// 5009, with the first one too many.
    @inline(never)
    @usableFromInline
    package static func repeated(_ avp: AVP) -> DiameterDecodeFailure {
        DiameterDecodeFailure(.repeatedAVP, of: avp)
    }

    /// 5001: not understood and marked mandatory.
    @inline(never)
    @usableFromInline
    package static func unsupported(_ avp: AVP) -> DiameterDecodeFailure {
        DiameterDecodeFailure(.unsupportedAVP, of: avp)
    }

    /// 5004.
    @inline(never)
    package static func invalidValue(_ avp: AVP) -> DiameterDecodeFailure {
        DiameterDecodeFailure(.avpValue, of: avp)
    }

    /// 5008: must not be present.
    @inline(never)
    package static func notAllowed(_ avp: AVP) -> DiameterDecodeFailure {
        DiameterDecodeFailure(.avpNotAllowed, of: avp)
    }

    /// 5007.
    @inline(never)
    package static func contradicting(_ avp: AVP) -> DiameterDecodeFailure {
        DiameterDecodeFailure(.contradictingAVPs, of: avp)
    }

    /// 5014 for an AVP whose length cannot be right. RFC 6733 §7.1.5 and §7.5: its header, filled up with zeroes where it
    /// is cut off, and zeroes for the shortest value. The length in our copy is that of the copy, otherwise the answer
    /// would be malformed itself.
    @inline(never)
    static func avpLength(_ octets: [UInt8], at start: Int, before end: Int) -> DiameterDecodeFailure {
        failedFraming(.avpLength, octets, at: start, before: end)
    }

    /// 3009: the V bit with a Vendor-ID of 0, which §4.1.1 forbids.
    @inline(never)
    static func avpBits(_ octets: [UInt8], at start: Int, before end: Int) -> DiameterDecodeFailure {
        failedFraming(.avpBits, octets, at: start, before: end)
    }

    private static func failedFraming(
        _ what: What, _ octets: [UInt8], at start: Int, before end: Int
    ) -> DiameterDecodeFailure {
        var copy = Array(octets[start..<Swift.min(start + 12, end)])
        while copy.count < 12 { copy.append(0) }
        let isVendor = copy[4] & 0x80 != 0
        if !isVendor { copy.removeLast(4) }
        let name = AVPName(code: copy.bigEndian32(at: 0), vendor: isVendor ? copy.bigEndian32(at: 8) : 0)
        let least = BaseDictionary.minimumLength(of: name) ?? 0
        copy.put24(UInt32(copy.count + least), at: 5)
        copy.append(contentsOf: repeatElement(0, count: (least + 3) & ~3))
        return DiameterDecodeFailure(what, offset: start, avp: name, failedAVP: copy)
    }
}

extension AVP {
    /// A copy with header and padding.
    fileprivate var padded: [UInt8] {
        var writer = AVPWriter(reserving: octets.count + 3)
        writer.append(self)
        return writer.octets
    }
}

extension DiameterDecodeFailure: CustomStringConvertible {
    public var description: String {
        let subject = avp.map { "\($0) at octet \(offset)" } ?? "octet \(offset)"
        let text =
            switch what {
            case .messageTooShort(let count): "message of \(count) octets is shorter than its header"
            case .messageLength(let said, let received): "message says \(said) octets, \(received) came"
            case .streamLength(let said): "a message of \(said) octets cannot be"
            case .messageTooLong(let count): "message of \(count) octets is over the limit"
            case .version(let version): "version \(version) is not 1"
            case .headerBits(let bits): "command flags 0x\(String(bits, radix: 16)) do not go together"
            case .avpBits: "\(subject) has a V bit and no vendor"
            case .avpLength: "length of \(subject) is wrong"
            case .avpValue: "value of \(subject) is not allowed"
            case .nestingTooDeep: "\(subject) is nested too deeply"
            case .missingAVP: "\(avp.map(\.description) ?? "an AVP") is missing"
            case .repeatedAVP: "\(subject) occurs too often"
            case .unsupportedAVP: "\(subject) is mandatory and not understood"
            case .avpNotAllowed: "\(subject) must not be here"
            case .contradictingAVPs: "\(subject) contradicts another"
            }
        return resultCode.map { "\(text) (\($0))" } ?? text
    }
}
