import Cx
import Diameter
import Octets

/// User-Identity (700), TS 29.329 §6.3.1: whose data it is.
///
///     User-Identity ::= [Public-Identity] [MSISDN] [External-Identifier]
package struct UserIdentity: Hashable, Sendable {
    package var publicIdentity: String?
    package var msisdn: SubscriberNumber?
    package var externalIdentifier: String?

    package init(publicIdentity: String? = nil, msisdn: SubscriberNumber? = nil, externalIdentifier: String? = nil) {
        self.publicIdentity = publicIdentity
        self.msisdn = msisdn
        self.externalIdentifier = externalIdentifier
    }
}

extension UserIdentity: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        publicIdentity = try group.optionalText(.publicIdentity)
        msisdn = try group.optional(.msisdn)
        externalIdentifier = try group.optionalText(.externalIdentifier)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.publicIdentity, publicIdentity)
        writer.append(.msisdn, msisdn)
        writer.append(.externalIdentifier, externalIdentifier)
    }
}

/// Repository-Data-ID (715), TS 29.329 §6.3.24: which transparent data, and how often it has been changed.
///
///     Repository-Data-ID ::= {Service-Indication} {Sequence-Number}
package struct RepositoryDataID: Hashable, Sendable {
    package var serviceIndication: OctetSlice
    package var sequenceNumber: UInt32

    package init(serviceIndication: OctetSlice, sequenceNumber: UInt32) {
        self.serviceIndication = serviceIndication
        self.sequenceNumber = sequenceNumber
    }
}

extension RepositoryDataID: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        serviceIndication = try group.required(.serviceIndication)
        sequenceNumber = try group.required(.sequenceNumber)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.serviceIndication, serviceIndication)
        writer.append(.sequenceNumber, sequenceNumber)
    }
}

/// Call-Reference-Info (720), TS 29.329 §6.3.29.
///
///     Call-Reference-Info ::= {Call-Reference-Number} {AS-Number}
package struct CallReference: Hashable, Sendable {
    package var number: OctetSlice
    package var asNumber: OctetSlice

    package init(number: OctetSlice, asNumber: OctetSlice) {
        self.number = number
        self.asNumber = asNumber
    }
}

extension CallReference: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        number = try group.required(.callReferenceNumber)
        asNumber = try group.required(.asNumber)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.callReferenceNumber, number)
        writer.append(.asNumber, asNumber)
    }
}

/// What most commands of Sh say of the user beside User-Identity, TS 29.329 §6.1.
package struct WildcardedIdentities: Hashable, Sendable {
    package var publicIdentity: String?
    package var impu: String?

    package init(publicIdentity: String? = nil, impu: String? = nil) {
        self.publicIdentity = publicIdentity
        self.impu = impu
    }

    init(_ message: DiameterMessage) throws(CxDecodeFailure) {
        publicIdentity = try message.optionalText(.wildcardedPublicIdentity)
        impu = try message.optionalText(.wildcardedIMPU)
    }

    func append(to message: inout DiameterMessage) {
        message.append(.wildcardedPublicIdentity, publicIdentity)
        message.append(.wildcardedIMPU, impu)
    }
}

extension DiameterMessage {
    /// `*{Data-Reference}`: one or more.
    func dataReferences() throws(CxDecodeFailure) -> [DataReference] {
        let references = try list(.dataReference)
        guard !references.isEmpty else { throw .missing(.dataReference) }
        return references
    }
}
