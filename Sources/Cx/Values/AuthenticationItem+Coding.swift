import Diameter
import Octets

extension AuthenticationItem: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        itemNumber = try group.optional(.sipItemNumber)
        scheme = try group.optional(.sipAuthenticationScheme)
        authenticate = try group.optional(.sipAuthenticate)
        authorization = try group.optional(.sipAuthorization)
        context = try group.optional(.sipAuthenticationContext)
        confidentialityKey = try group.optional(.confidentialityKey)
        integrityKey = try group.optional(.integrityKey)
        digest = try group.optional(.sipDigestAuthenticate)
        let prefix = try group.optional(.bearerIPv6Prefix).flatMap { BearerAddress(framedIPv6Prefix: $0) }
        bearerAddress = try group.optional(.bearerIPAddress).flatMap { BearerAddress(framedIPAddress: $0) } ?? prefix
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.sipItemNumber, itemNumber)
        writer.append(.sipAuthenticationScheme, scheme)
        writer.append(.sipAuthenticate, authenticate)
        writer.append(.sipAuthorization, authorization)
        writer.append(.sipAuthenticationContext, context)
        writer.append(.confidentialityKey, confidentialityKey)
        writer.append(.integrityKey, integrityKey)
        writer.append(.sipDigestAuthenticate, digest)
        writer.append(.bearerIPAddress, bearerAddress?.framedIPAddress)
        writer.append(.bearerIPv6Prefix, bearerAddress?.framedIPv6Prefix)
    }
}

extension DigestCredential: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        realm = try group.requiredText(.digestRealm)
        algorithm = try group.optionalText(.digestAlgorithm)
        qop = try group.requiredText(.digestQoP)
        ha1 = try group.requiredText(.digestHA1)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.digestRealm, realm)
        writer.append(.digestAlgorithm, algorithm)
        writer.append(.digestQoP, qop)
        writer.append(.digestHA1, ha1)
    }
}
