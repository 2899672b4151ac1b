import Cx
import Octets

/// Sh-Data: what UDA, PUR, SNA and PNR carry, TS 29.328 Annex C and D. A part that is nil or empty is not in it.
package struct ShData: Equatable, Sendable {
    /// IMSUserState, TS 29.328 §7.6.3.
    package enum UserState: Int, Sendable {
        case notRegistered = 0
        case registered = 1
        case registeredForUnregisteredServices = 2
        case authenticationPending = 3
    }

    package var publicIdentities: [String] = []
    /// Digits of international numbers.
    package var msisdns: [String] = []
    package var repositoryData: [RepositoryData] = []
    /// Empty where none is assigned.
    package var servingCSCFName: String?
    package var filterCriteria: [InitialFilterCriteria]?
    package var userState: UserState?
    package var chargingInformation: ChargingInformation?
    /// PSIActivation, TS 29.328 §7.6.10.
    package var isServiceActive: Bool?

    package init() {}
}

/// Data of a service that the HSS keeps without understanding it, TS 29.328 §7.6.1.
package struct RepositoryData: Equatable, Sendable {
    package var serviceIndication: String
    /// 0 to 65535; each change counts one further, and after the highest comes 1.
    package var sequenceNumber: Int
    /// What stands inside ServiceData; nil asks for the removal.
    package var serviceData: OctetSlice?

    package init(serviceIndication: String, sequenceNumber: Int, serviceData: OctetSlice?) {
        self.serviceIndication = serviceIndication
        self.sequenceNumber = sequenceNumber
        self.serviceData = serviceData
    }
}

extension ShData {
    /// The document in UTF-8.
    package var xml: [UInt8] {
        var writer = OctetWriter(reserving: 512)
        writer.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Sh-Data>" as StaticString)
        if !publicIdentities.isEmpty || !msisdns.isEmpty {
            writer.write("<PublicIdentifiers>" as StaticString)
            for identity in publicIdentities { writer.element("IMSPublicIdentity", identity) }
            for number in msisdns { writer.element("MSISDN", number) }
            writer.write("</PublicIdentifiers>" as StaticString)
        }
        for data in repositoryData {
            writer.write("<RepositoryData>" as StaticString)
            writer.element("ServiceIndication", data.serviceIndication)
            writer.element("SequenceNumber", String(data.sequenceNumber))
            if let content = data.serviceData {
                writer.write("<ServiceData>" as StaticString)
                writer.write(content)
                writer.write("</ServiceData>" as StaticString)
            }
            writer.write("</RepositoryData>" as StaticString)
        }
        writeIMSData(to: &writer)
        writer.write("</Sh-Data>" as StaticString)
        return writer.octets
    }

    private func writeIMSData(to writer: inout OctetWriter) {
        guard
            servingCSCFName != nil || filterCriteria != nil || userState != nil || chargingInformation != nil
                || isServiceActive != nil
        else { return }
        writer.write("<Sh-IMS-Data>" as StaticString)
        if let servingCSCFName { writer.element("SCSCFName", servingCSCFName) }
        if let filterCriteria {
            writer.write("<IFCs>" as StaticString)
            for criterion in filterCriteria { writer.write(criterion.xml) }
            writer.write("</IFCs>" as StaticString)
        }
        if let userState { writer.element("IMSUserState", String(userState.rawValue)) }
        if let charging = chargingInformation {
            writer.write("<ChargingInformation>" as StaticString)
            for (name, value) in [
                ("PrimaryEventChargingFunctionName", charging.primaryEventChargingFunctionName),
                ("SecondaryEventChargingFunctionName", charging.secondaryEventChargingFunctionName),
                ("PrimaryChargingCollectionFunctionName", charging.primaryChargingCollectionFunctionName),
                ("SecondaryChargingCollectionFunctionName", charging.secondaryChargingCollectionFunctionName),
            ] {
                if let value { writer.element(name, value) }
            }
            writer.write("</ChargingInformation>" as StaticString)
        }
        if let isServiceActive { writer.element("PSIActivation", isServiceActive ? "1" : "0") }
        writer.write("</Sh-IMS-Data>" as StaticString)
    }
}

extension RepositoryData {
    /// The one RepositoryData element of an Sh-Data document; nil when it has none, or several.
    package static func read(_ text: OctetSlice) throws(UserProfileError) -> RepositoryData? {
        let found = try ProfileDocument.read(text) { (root) throws(UserProfileError) -> RepositoryData? in
            guard root.isNamed("Sh-Data") else { return nil }
            let elements = root.children("RepositoryData")
            guard elements.count == 1 else { return nil }
            let element = elements[0]
            return RepositoryData(
                serviceIndication: try element.required("ServiceIndication").requiredText(),
                sequenceNumber: try element.required("SequenceNumber").number(),
                serviceData: try element.optional("ServiceData").map { _ in OctetSlice() })
        }
        guard var found, found.serviceData != nil else { return found }
        let content = try content(of: text)
        // What was cut out has to be whole by itself: it goes into other documents.
        let check = Array("<ServiceData>".utf8) + content.array + Array("</ServiceData>".utf8)
        _ = try ProfileDocument.read(OctetSlice(check)) { (root) throws(UserProfileError) in root.line }
        found.serviceData = content
        return found
    }

    /// What stands between the tags of ServiceData, octet for octet.
    private static func content(of text: OctetSlice) throws(UserProfileError) -> OctetSlice {
        let octets = text.array
        let opening = Array("<ServiceData".utf8)
        let closing = Array("</ServiceData".utf8)
        guard let start = octets.firstRange(of: opening),
            let end = octets[start.upperBound...].firstIndex(of: UInt8(ascii: ">"))
        else { throw UserProfileError(.malformed) }
        if octets[end - 1] == UInt8(ascii: "/") { return OctetSlice() }
        guard let close = octets.ranges(of: closing).last, close.lowerBound > end else {
            throw UserProfileError(.malformed)
        }
        return OctetSlice(Array(octets[(end + 1)..<close.lowerBound]))
    }
}

extension OctetWriter {
    fileprivate mutating func element(_ name: String, _ text: String) {
        write("<\(name)>")
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "&"): write("&amp;" as StaticString)
            case UInt8(ascii: "<"): write("&lt;" as StaticString)
            case UInt8(ascii: ">"): write("&gt;" as StaticString)
            default: write(octet)
            }
        }
        write("</\(name)>")
    }
}
