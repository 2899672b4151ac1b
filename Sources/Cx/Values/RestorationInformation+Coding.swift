import Diameter
import Octets

extension ServingCSCFRestoration: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        userName = try group.requiredText(.userName)
        registrations = try group.list(.restorationInfo, atLeast: 1)
        authenticationScheme = try group.optional(.sipAuthenticationScheme)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.userName, userName)
        writer.append(.restorationInfo, all: registrations)
        writer.append(.sipAuthenticationScheme, authenticationScheme)
    }
}

extension RestorationInformation: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        path = try group.required(.path)
        contact = try group.required(.contact)
        initialCSeqSequenceNumber = try group.optional(.initialCSeqSequenceNumber)
        callID = try group.optional(.callIDSIPHeader)
        subscription = try group.optional(.subscriptionInfo)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.path, path)
        writer.append(.contact, contact)
        writer.append(.initialCSeqSequenceNumber, initialCSeqSequenceNumber)
        writer.append(.callIDSIPHeader, callID)
        writer.append(.subscriptionInfo, subscription)
    }
}

extension SubscriptionInformation: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        callID = try group.required(.callIDSIPHeader)
        from = try group.required(.fromSIPHeader)
        to = try group.required(.toSIPHeader)
        recordRoute = try group.required(.recordRoute)
        contact = try group.required(.contact)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.callIDSIPHeader, callID)
        writer.append(.fromSIPHeader, from)
        writer.append(.toSIPHeader, to)
        writer.append(.recordRoute, recordRoute)
        writer.append(.contact, contact)
    }
}

extension EmergencyIdentity: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        userName = try group.requiredText(.userName)
        publicIdentity = try group.requiredText(.publicIdentity)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.userName, userName)
        writer.append(.publicIdentity, publicIdentity)
    }
}
