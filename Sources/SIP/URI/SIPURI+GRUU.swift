import Octets

// URIs that reach one device or one number of many: RFC 5627, RFC 6140.
extension SIPURI {
    /// RFC 5627 §3: a GRUU has a `gr` parameter.
    package var isGRUU: Bool { parameters.contains("gr") }

    /// Of a public GRUU, what tells the device from others (RFC 5627 §3.1.1); empty in a temporary one (§3.1.2).
    package var gr: OctetSlice? { parameters["gr"] }

    /// RFC 5627 §3.1.1: a public GRUU without its `gr` is the address of record.
    package var withoutGRUU: SIPURI {
        var uri = self
        uri.parameters.remove("gr")
        return uri
    }

    /// RFC 6140 §5.1: the contact of all numbers that are registered in bulk.
    package var hasBulkNumbers: Bool { parameters.contains("bnc") }

    /// RFC 5626 §5.3.2: the first hop keeps the flow on which the request came.
    package var isOutbound: Bool { parameters.contains("ob") }
}

extension Contact {
    /// RFC 5627 §4.2: the GRUUs that a registrar hands out, in the 200 to a REGISTER.
    package var publicGRUU: OctetSlice? { address.parameters["pub-gruu"] }
    package var temporaryGRUU: OctetSlice? { address.parameters["temp-gruu"] }

    package mutating func set(publicGRUU uri: OctetSlice) { address.parameters.set("pub-gruu", quoted: uri) }
    package mutating func set(temporaryGRUU uri: OctetSlice) { address.parameters.set("temp-gruu", quoted: uri) }
}
