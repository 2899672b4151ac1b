import Octets

/// P-Visited-Network-ID, RFC 7315 §4.3: one network, a token or in quotes.
package struct PVisitedNetworkID: SIPHeader, Equatable {
    package static var name: HeaderName { .pVisitedNetworkID }

    /// Without quotes, escapes as they stand.
    package var network: OctetSlice
    package var parameters: Parameters

    package init(_ network: String) {
        self.network = OctetSlice(network)
        parameters = Parameters()
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        let value = scanner.next == UInt8(ascii: "\"") ? scanner.quotedString() : scanner.token()
        guard let value, !value.isEmpty else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        network = value
        parameters = try Parameters(parsingHeader: scanner.rest)
    }

    package func write(to writer: inout OctetWriter) {
        if network.isToken { writer.write(network) } else { writer.write(quoted: network) }
        parameters.write(to: &writer)
    }
}

/// P-Charging-Vector, RFC 7315 §4.6, TS 24.229 §7.2A.5: `icid-value` and what goes with it.
package struct PChargingVector: SIPHeader, Equatable {
    package static var name: HeaderName { .pChargingVector }

    /// All of it, `icid-value` included; written without the first semicolon.
    package var parameters: Parameters

    package init(icid: String, generatedAt host: String? = nil) {
        parameters = Parameters()
        parameters.set("icid-value", icid)
        if let host { parameters.set("icid-generated-at", host) }
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let text = text.trimmed
        var writer = OctetWriter(reserving: text.count + 1)
        writer.write(UInt8(ascii: ";"))
        writer.write(text)
        do {
            parameters = try Parameters(parsingHeader: OctetSlice(writer.octets))
        } catch {
            throw SIPSyntaxError(error.what, error.header, at: text.start + max(0, error.offset - 1))
        }
        guard let icid = parameters["icid-value"], !icid.isEmpty else {
            throw SIPSyntaxError(.malformed, at: text.start)
        }
    }

    package var icid: OctetSlice { parameters["icid-value"] ?? OctetSlice() }
    package var generatedAt: OctetSlice? { parameters["icid-generated-at"] }
    package var originatingOperator: OctetSlice? { parameters["orig-ioi"] }
    package var terminatingOperator: OctetSlice? { parameters["term-ioi"] }

    package func write(to writer: inout OctetWriter) {
        let text = parameters.text
        writer.write(text[min(text.start + 1, text.end)..<text.end])
    }
}

/// P-Access-Network-Info, RFC 7315 §4.4: the kind of access and what is known of the cell.
package struct PAccessNetworkInfo: SIPHeader, Equatable {
    package static var name: HeaderName { .pAccessNetworkInfo }

    package var access: OctetSlice
    package var parameters: Parameters

    package init(_ access: String) {
        self.access = OctetSlice(access)
        parameters = Parameters()
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let value = try TokenWithParameters(parsing: text)
        access = value.token
        parameters = value.parameters
    }

    /// Said by the network, not by the phone (§5.4).
    package var isNetworkProvided: Bool { parameters.contains("network-provided") }

    package func write(to writer: inout OctetWriter) {
        writer.write(access)
        parameters.write(to: &writer)
    }
}

/// P-Charging-Function-Addresses, RFC 7315 §4.5: where charging data goes.
package struct PChargingFunctionAddresses: SIPHeader, Equatable {
    package static var name: HeaderName { .pChargingFunctionAddresses }

    /// Of the charging collection functions (`ccf`) and event charging functions (`ecf`), first and second choice.
    package var collection: [OctetSlice] = []
    package var event: [OctetSlice] = []

    package init(collection: [OctetSlice] = [], event: [OctetSlice] = []) {
        self.collection = collection
        self.event = event
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        repeat {
            scanner.skipBlanks()
            guard let name = scanner.token() else { throw SIPSyntaxError(.malformed, at: scanner.position) }
            guard scanner.takeSeparator(UInt8(ascii: "=")) else { continue }
            let isQuoted = scanner.next == UInt8(ascii: "\"")
            guard let value = isQuoted ? scanner.quotedString() : scanner.parameterValue() else {
                throw SIPSyntaxError(.malformed, at: scanner.position)
            }
            let address = isQuoted ? value.unescaped : value
            if name.equalsIgnoringCase("ccf") { collection.append(address) }
            if name.equalsIgnoringCase("ecf") { event.append(address) }
        } while scanner.takeSeparator(UInt8(ascii: ";"))
        scanner.skipBlanks()
        guard scanner.isAtEnd else { throw SIPSyntaxError(.malformed, at: scanner.position) }
    }

    package func write(to writer: inout OctetWriter) {
        var isFirst = true
        for (name, addresses) in [("ccf", collection), ("ecf", event)] {
            for address in addresses {
                if !isFirst { writer.write(";") }
                isFirst = false
                writer.write(name)
                writer.write("=")
                if address.isToken { writer.write(address) } else { writer.write(escapingQuoted: address) }
            }
        }
    }
}
