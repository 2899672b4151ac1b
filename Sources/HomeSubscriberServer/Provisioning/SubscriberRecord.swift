import AKA
import IMS
import Octets

/// What an operator gives to add one subscriber with a SIM; the identities follow from it (TS 23.003 §13).
///
///     IMPI              IMSI@domain
///     IMPUs with MSISDN sip:+MSISDN@domain (default), tel:+MSISDN, sip:IMSI@domain (barred)
///     IMPU without      sip:IMSI@domain
package struct SubscriberRecord: Equatable, Sendable {
    package private(set) var imsi: IMSI
    package private(set) var domain: String
    /// Digits of an E.164 number without the plus.
    package private(set) var msisdn: String?
    package private(set) var secrets: SubscriberSecrets
    package private(set) var amf: AuthenticationManagementField
    package private(set) var sqn: SequenceNumber
    package var displayName: String?
    package var serviceProfile: String
    package var lists = SharedLists()
    /// What the operator should look at twice; nothing of it stops anything.
    package private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - domain: the home network domain.
    ///   - msisdn: 5 to 15 digits, a plus before them or not.
    ///   - algorithm: the functions of the SIM: `milenage` or `tuak`.
    ///   - key: K, 32 hexadecimal digits; with TUAK 32 or 64.
    ///   - opc: OPc, 32 hexadecimal digits, or TOPc, 64; one of `opc` and `op` is needed.
    ///   - op: OP or TOP, from which OPc or TOPc is derived; it is not kept itself.
    ///   - amf: four hexadecimal digits.
    ///   - sqn: the last number used, twelve hexadecimal digits.
    package init(
        imsi: String, domain: String, msisdn: String? = nil, algorithm: String = AKAAlgorithm.milenage.word,
        key: String, opc: String? = nil, op: String? = nil, amf: String = "8000",
        sqn: String = "000000000000", displayName: String? = nil,
        serviceProfile: String = ServiceProfileContent.empty.name
    ) throws(ProvisioningError) {
        guard let digits = IMSI(imsi) else {
            throw .invalid("imsi", imsi, "an IMSI has 6 to 15 digits and nothing else (TS 23.003 §2.2)")
        }
        self.imsi = digits
        self.domain = try Self.checkedDomain(domain)
        self.msisdn = try msisdn.map { text throws(ProvisioningError) in try Self.checkedMSISDN(text) }
        let given = try GivenSecrets(algorithm: algorithm, key: key, opc: opc, op: op)
        secrets = given.secrets
        warnings = given.warnings
        guard let field = AuthenticationManagementField(hex: amf) else {
            throw .invalid("amf", amf, "an AMF is four hexadecimal digits, 8000 as a rule")
        }
        self.amf = field
        guard let number = SequenceNumber(hex: sqn) else {
            throw .invalid("sqn", sqn, "an SQN is twelve hexadecimal digits (48 bits)")
        }
        self.sqn = number
        if let displayName, let objection = Self.objection(toDisplayName: displayName) {
            throw .invalid("display-name", displayName, objection)
        }
        self.displayName = displayName
        self.serviceProfile = serviceProfile
    }

    package var privateIdentity: PrivateIdentity { imsi.privateIdentity(domain: domain) }

    /// In the order of the profile; the first is the default.
    package var publicIdentities: [PublicIdentityRecord] {
        let temporary = imsi.temporaryPublicIdentity(domain: domain)
        guard let msisdn else {
            return [PublicIdentityRecord(identity: temporary, displayName: displayName)]
        }
        return [
            PublicIdentityRecord(
                identity: PublicIdentity(canonical: "sip:+\(msisdn)@\(domain)"), displayName: displayName),
            PublicIdentityRecord(identity: PublicIdentity(canonical: "tel:+\(msisdn)"), displayName: displayName),
            PublicIdentityRecord(identity: temporary, isBarred: true),
        ]
    }

    /// The subscriber `steps` further: IMSI and MSISDN counted up within their lengths, all else the same.
    package func advanced(by steps: Int) throws(ProvisioningError) -> SubscriberRecord {
        var next = self
        guard let digits = Self.add(steps, to: imsi.digits), digits.prefix(5) == imsi.digits.prefix(5),
            let imsi = IMSI(digits)
        else { throw .invalid("imsi", imsi.digits, "\(steps) further IMSIs leave the numbers of its network") }
        next.imsi = imsi
        if let msisdn {
            guard let digits = Self.add(steps, to: msisdn) else {
                throw .invalid("msisdn", msisdn, "\(steps) further numbers need one more digit")
            }
            next.msisdn = digits
        }
        next.warnings = []
        return next
    }
}

extension SubscriberRecord: CustomStringConvertible {
    package var description: String { "subscriber \(imsi)" }
}

// The rules for single fields.
extension SubscriberRecord {
    private static func checkedMSISDN(_ text: String) throws(ProvisioningError) -> String {
        let digits = text.hasPrefix("+") ? String(text.dropFirst()) : text
        guard (5...15).contains(digits.utf8.count), digits.utf8.allSatisfy(ASCII.isDigit) else {
            throw .invalid(
                "msisdn", text, "an MSISDN has 5 to 15 digits with the country code, a plus before them or not")
        }
        return digits
    }

    private static func checkedDomain(_ text: String) throws(ProvisioningError) -> String {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy { ASCII.isAlpha($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: "-") }
        }
        guard isName, text.utf8.count <= 253 else {
            throw .invalid("domain", text, "a domain is labels of letters, digits and hyphens with dots between")
        }
        return text.lowercased()
    }

    /// Why a display name is not taken.
    static func objection(toDisplayName text: String) -> String? {
        text.utf8.count > 256 || text.unicodeScalars.contains(where: isControl)
            ? "at most 256 octets, no control characters" : nil
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    /// Decimal addition that keeps the number of digits; nil when it does not fit. At most 15 digits.
    private static func add(_ steps: Int, to digits: String) -> String? {
        guard steps >= 0, let value = UInt64(digits) else { return nil }
        let (sum, overflow) = value.addingReportingOverflow(UInt64(steps))
        let text = String(sum)
        guard !overflow, text.utf8.count <= digits.utf8.count else { return nil }
        return String(repeating: "0", count: digits.utf8.count - text.utf8.count) + text
    }
}
