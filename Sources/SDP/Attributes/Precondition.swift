import Octets

/// The status type of a precondition, RFC 3312 §4, as the sender of the description sees it.
package enum PreconditionStatusType: Sendable, Hashable, CaseIterable {
    case endToEnd
    case local
    case remote

    package var token: StaticString {
        switch self {
        case .endToEnd: "e2e"
        case .local: "local"
        case .remote: "remote"
        }
    }

    /// In the answer, RFC 3312 §5.2 table 4.
    package var reversed: PreconditionStatusType {
        switch self {
        case .endToEnd: .endToEnd
        case .local: .remote
        case .remote: .local
        }
    }

    init?(_ text: OctetSlice) {
        guard let found = Self.allCases.first(where: { text.equals($0.token) }) else { return nil }
        self = found
    }
}

/// How much a precondition is wanted, RFC 3312 §4.
package enum PreconditionStrength: Sendable, Hashable, CaseIterable {
    case none
    case optional
    case mandatory
    /// Of a refusal: what could not be met (§8).
    case failure
    /// Of a refusal: a precondition type that is not known (§9).
    case unknown

    package var token: StaticString {
        switch self {
        case .none: "none"
        case .optional: "optional"
        case .mandatory: "mandatory"
        case .failure: "failure"
        case .unknown: "unknown"
        }
    }
}

/// Directions that a precondition speaks of, RFC 3312 §4: `none`, `send`, `recv`, `sendrecv`.
package struct PreconditionDirections: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let send = PreconditionDirections(rawValue: 1)
    package static let receive = PreconditionDirections(rawValue: 2)

    package var token: StaticString {
        switch (contains(.send), contains(.receive)) {
        case (false, false): "none"
        case (true, false): "send"
        case (false, true): "recv"
        case (true, true): "sendrecv"
        }
    }

    /// In the answer, RFC 3312 §5.2 table 4.
    package var reversed: PreconditionDirections {
        var result: PreconditionDirections = []
        if contains(.send) { result.insert(.receive) }
        if contains(.receive) { result.insert(.send) }
        return result
    }

    init?(_ text: OctetSlice) {
        if text.equals("none") {
            self = []
        } else if text.equals("send") {
            self = .send
        } else if text.equals("recv") {
            self = .receive
        } else if text.equals("sendrecv") {
            self = [.send, .receive]
        } else {
            return nil
        }
    }
}

/// What `a=curr` and `a=conf` say: type, status type and directions.
package struct PreconditionStatus: Sendable, Equatable {
    /// `qos`, or a type of an extension.
    package let type: OctetSlice
    package let status: PreconditionStatusType
    package let directions: PreconditionDirections

    init?(_ value: OctetSlice) {
        var fields = FieldScanner(value)
        guard let type = fields.next(), type.isToken, let status = fields.next().flatMap(PreconditionStatusType.init),
            let directions = fields.last().flatMap(PreconditionDirections.init)
        else { return nil }
        self.type = type
        self.status = status
        self.directions = directions
    }
}

/// `a=curr`, RFC 3312 §4: the resources there are.
package struct CurrentStatus: AttributeValue, Equatable {
    package static var attributeName: StaticString { "curr" }
    package let status: PreconditionStatus

    package init?(_ value: OctetSlice) {
        guard let status = PreconditionStatus(value) else { return nil }
        self.status = status
    }
}

/// `a=conf`, RFC 3312 §4, §7: when these are reached, the peer sends an offer that says so.
package struct ConfirmStatus: AttributeValue, Equatable {
    package static var attributeName: StaticString { "conf" }
    package let status: PreconditionStatus

    package init?(_ value: OctetSlice) {
        guard let status = PreconditionStatus(value) else { return nil }
        self.status = status
    }
}

/// `a=des`, RFC 3312 §4: the resources that are wanted.
package struct DesiredStatus: AttributeValue, Equatable {
    package static var attributeName: StaticString { "des" }
    package let type: OctetSlice
    package let strength: PreconditionStrength
    package let status: PreconditionStatusType
    package let directions: PreconditionDirections

    package init?(_ value: OctetSlice) {
        var fields = FieldScanner(value)
        guard let type = fields.next(), type.isToken, let strength = fields.next(),
            let known = PreconditionStrength.allCases.first(where: { strength.equals($0.token) }),
            let status = fields.next().flatMap(PreconditionStatusType.init),
            let directions = fields.last().flatMap(PreconditionDirections.init)
        else { return nil }
        self.type = type
        self.strength = known
        self.status = status
        self.directions = directions
    }
}

extension MediaDescription {
    /// Whether every mandatory precondition of the stream is met by its current status, RFC 3312 §4, §6; of a stream
    /// with port zero none counts (§8.1). A desired status that cannot be read is not met.
    package var arePreconditionsMet: Bool {
        guard !isRejected else { return true }
        let current = section.values(of: CurrentStatus.self)
        for attribute in section.attributes("des") {
            guard let desired = attribute.value.flatMap(DesiredStatus.init) else { return false }
            guard desired.strength == .mandatory else { continue }
            var reached: PreconditionDirections = []
            for status in current where status.status.type == desired.type && status.status.status == desired.status {
                reached.formUnion(status.status.directions)
            }
            guard reached.isSuperset(of: desired.directions) else { return false }
        }
        return true
    }
}
