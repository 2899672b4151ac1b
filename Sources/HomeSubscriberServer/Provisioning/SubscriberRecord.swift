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
    package private(set) var key: Secret128
    package private(set) var opc: Secret128
    package private(set) var amf: AuthenticationManagementField
    package private(set) var sqn: SequenceNumber
    package var displayName: String?
    package var serviceProfile: String
    /// What the operator should look at twice; nothing of it stops anything.
    package private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - domain: the home network domain.
    ///   - msisdn: 5 to 15 digits, a plus before them or not.
    ///   - key: K, 32 hexadecimal digits.
    ///   - opc: OPc, 32 hexadecimal digits; one of `opc` and `op` is needed.
    ///   - op: OP, from which OPc is derived; OP itself is not kept.
    ///   - amf: four hexadecimal digits.
    ///   - sqn: the last number used, twelve hexadecimal digits.
    package init(
        imsi: String, domain: String, msisdn: String? = nil, key: String, opc: String? = nil, op: String? = nil,
        amf: String = "8000", sqn: String = "000000000000", displayName: String? = nil,
        serviceProfile: String = ServiceProfileContent.empty.name
    ) throws(ProvisioningError) {
        guard let digits = IMSI(imsi) else {
            throw .invalid("imsi", imsi, "an IMSI has 6 to 15 digits and nothing else (TS 23.003 §2.2)")
        }
        self.imsi = digits
        self.domain = try Self.checkedDomain(domain)
        self.msisdn = try msisdn.map { text throws(ProvisioningError) in try Self.checkedMSISDN(text) }
        let key = try Self.secret("k", key)
        self.key = key
        switch (opc, op) {
        case (let opc?, nil): self.opc = try Self.secret("opc", opc)
        case (nil, let op?):
            let op = try Self.secret("op", op)
            self.opc = Milenage.opc(key: key, op: op)
            warnings.append("OPc is derived from the OP given; OP itself is not kept.")
            if op == key { warnings.append("This OP equals the key K: was one pasted twice?") }
        case (let opc?, let op?):
            self.opc = try Self.secret("opc", opc)
            guard Milenage.opc(key: key, op: try Self.secret("op", op)) == self.opc else {
                throw .invalidSecret("opc", "it is not the OPc that K and this OP give; leave one of the two out")
            }
        case (nil, nil):
            throw .invalidSecret("opc", "neither OPc nor OP is given; give the one that the SIM was made with")
        }
        guard let field = AuthenticationManagementField(hex: amf) else {
            throw .invalid("amf", amf, "an AMF is four hexadecimal digits, 8000 as a rule")
        }
        self.amf = field
        guard let number = SequenceNumber(hex: sqn) else {
            throw .invalid("sqn", sqn, "an SQN is twelve hexadecimal digits (48 bits)")
        }
        self.sqn = number
        if let displayName, displayName.utf8.count > 256 || displayName.unicodeScalars.contains(where: Self.isControl) {
            throw .invalid("display-name", displayName, "at most 256 octets, no control characters")
        }
        self.displayName = displayName
        self.serviceProfile = serviceProfile
        warnings += secretWarnings
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
    private var secretWarnings: [String] {
        var warnings: [String] = []
        if opc == key { warnings.append("This OPc equals the key K: was one pasted twice?") }
        if key.isZero { warnings.append("The key K is all zeros.") }
        if opc.isZero { warnings.append("OPc is all zeros.") }
        if Self.publishedOPs.contains(opc) {
            warnings.append("This OPc is the OP of a published 3GPP test set: should it be given as OP?")
        }
        return warnings
    }

    /// OP of TS 35.208 §4, test sets 1 and 2.
    private static let publishedOPs: [Secret128] = [
        "cdc202d5123e20f62b6d676ac72cb318", "ff53bade17df5d4e793073ce9d7579fa",
    ].compactMap { Secret128(hex: $0) }

    private static func secret(_ field: String, _ text: String) throws(ProvisioningError) -> Secret128 {
        if let secret = Secret128(hex: text) { return secret }
        let characters = Array(text)
        if let place = characters.firstIndex(where: { !$0.isASCII || !$0.isHexDigit }) {
            throw .invalidSecret(field, "character \(place + 1) is no hexadecimal digit; 32 of them are needed")
        }
        throw .invalidSecret(
            field, "\(characters.count) hexadecimal digits, but 32 are needed (16 octets)")
    }

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

extension Subscription {
    /// What a record becomes: one private identity, one implicit set.
    package init(_ record: SubscriberRecord, id: SubscriptionID, serviceProfile: ServiceProfileContent = .empty) {
        var identities = record.publicIdentities
        for index in identities.indices { identities[index].serviceProfile = serviceProfile }
        self.init(
            id: id,
            privateIdentities: [
                PrivateIdentityRecord(
                    identity: record.privateIdentity, key: record.key, opc: record.opc, amf: record.amf,
                    sqn: record.sqn)
            ],
            publicIdentities: identities,
            registrations: [Registration(privateIdentity: 0, implicitSet: 0)])
    }
}
