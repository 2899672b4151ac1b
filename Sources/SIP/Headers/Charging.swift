import Octets

/// P-Charging-Vector, RFC 7315 §4.6 and §5.6: `icid-value` and what goes with it.
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
        parameters = try Parameters(parsingLeading: text)
        guard let icid = parameters["icid-value"], !icid.isEmpty else {
            throw SIPSyntaxError(.malformed, at: text.start)
        }
        guard parameters.count(of: "icid-value") == 1 else { throw SIPSyntaxError(.duplicate, at: text.start) }
    }

    package var icid: OctetSlice { parameters["icid-value"] ?? OctetSlice() }
    package var generatedAt: OctetSlice? { parameters["icid-generated-at"] }
    package var originatingOperator: OctetSlice? { parameters["orig-ioi"] }
    package var terminatingOperator: OctetSlice? { parameters["term-ioi"] }
    /// The `icid-value` of another leg of the same session (§4.6.4).
    package var relatedICID: OctetSlice? { parameters["related-icid"] }
    package var relatedGeneratedAt: OctetSlice? { parameters["related-icid-generated-at"] }

    package func write(to writer: inout OctetWriter) { parameters.writeLeading(to: &writer) }
}

// Transit networks, RFC 7315 §4.6.3.
extension PChargingVector {
    package enum TransitOperator: Equatable, Sendable {
        /// Name and index, `name.index`.
        case network(OctetSlice, index: UInt32)
        /// A network that keeps its name to itself.
        case void
    }

    /// In the order in which they were passed; nil when there are none or they are malformed.
    package var transitOperators: [TransitOperator]? {
        guard let text = parameters["transit-ioi"] else { return nil }
        var operators: [TransitOperator] = []
        var list = ValueList(text)
        while let value = list.next() {
            if value.equalsIgnoringCase("void") {
                operators.append(.void)
                continue
            }
            // A name may have dots itself.
            guard let dot = value.indices.last(where: { value[$0] == UInt8(ascii: ".") }), dot > value.start,
                let index = value[dot + 1..<value.end].decimal.flatMap(UInt32.init(exactly:))
            else { return nil }
            operators.append(.network(value[value.start..<dot], index: index))
        }
        return operators.isEmpty ? nil : operators
    }

    /// Adds the next network; its index counts the void ones since the last that has one, too.
    package mutating func append(transitOperator name: OctetSlice?) {
        var index: UInt32 = 0
        for transit in transitOperators ?? [] {
            switch transit {
            case .network(_, let number): index = number
            case .void: index = index == .max ? index : index + 1
            }
        }
        var writer = OctetWriter(reserving: 64)
        if let old = parameters["transit-ioi"], !old.isEmpty {
            writer.write(old)
            writer.write(UInt8(ascii: ","))
        }
        if let name {
            writer.write(name)
            writer.write(UInt8(ascii: "."))
            writer.write(decimal: UInt64(index) + 1)
        } else {
            writer.write("void")
        }
        parameters.set("transit-ioi", quoted: OctetSlice(writer.octets))
    }
}

/// P-Charging-Function-Addresses, RFC 7315 §4.5 and §5.5: where charging data goes. A message may have two values,
/// the second with the second choices.
package struct PChargingFunctionAddresses: SIPHeader, Equatable {
    package static var name: HeaderName { .pChargingFunctionAddresses }

    /// All of it; written without the first semicolon.
    package var parameters: Parameters

    /// The first and, when there is one, the second choice of each.
    package init(collection: [OctetSlice] = [], event: [OctetSlice] = []) {
        parameters = Parameters()
        if let first = collection.first { parameters.set("ccf", first) }
        if let first = event.first { parameters.set("ecf", first) }
        if let second = collection.dropFirst().first { parameters.set("ccf-2", second) }
        if let second = event.dropFirst().first { parameters.set("ecf-2", second) }
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { parameters = try Parameters(parsingLeading: text) }

    /// Charging collection functions (`ccf`), first choice first.
    package var collection: [OctetSlice] { addresses("ccf", "ccf-2") }
    /// Event charging functions (`ecf`), first choice first.
    package var event: [OctetSlice] { addresses("ecf", "ecf-2") }

    /// The predecessor of the RFC had two parameters of the same name instead.
    private func addresses(_ first: StaticString, _ second: StaticString) -> [OctetSlice] {
        let all = parameters.all
        return all.filter { $0.name.equalsIgnoringCase(first) }.map(\.value)
            + all.filter { $0.name.equalsIgnoringCase(second) }.map(\.value)
    }

    package func write(to writer: inout OctetWriter) { parameters.writeLeading(to: &writer) }
}
