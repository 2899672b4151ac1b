import Cx
import Octets
import Rx
import SDP

/// What two session descriptions say of the flows between a phone and its network: the Media-Component-Descriptions of
/// TS 29.213 §6.2, whose tables could not be checked against their text. The numbers of the flows are those of the examples
/// in TS 29.214 annex B.
struct ServiceInformation: Sendable {
    /// As it goes over the access: the phone's own, or the one that the phone gets.
    struct Side: Sendable {
        let description: SessionDescription
        /// Of Codec-Data, TS 29.214 §5.3.7.
        let role: StaticString

        /// nil for what cannot be read.
        init?(_ content: OctetSlice?, isOffer: Bool) {
            guard let content else { return nil }
            do throws(SDPError) { description = try SessionDescription(parsing: content) } catch { return nil }
            role = isOffer ? "offer" : "answer"
        }
    }

    let components: [MediaComponent]

    /// - Parameters:
    ///   - phone: the phone's description, when it is known; `network` the other one.
    ///   - address: the phone's, as far as its description does not say.
    ///   - last: whether the later one of the two is the phone's: it says which streams there are, and their directions.
    /// - Returns: nil when neither can be read.
    init?(phone: Side?, network: Side?, isPhoneLast: Bool, address: IPAddress, application: OctetSlice?) {
        guard phone != nil || network != nil else { return nil }
        let count = max(phone?.description.mediaCount ?? 0, network?.description.mediaCount ?? 0)
        components = (0..<count).compactMap { index in
            ServiceStream(
                index: index, phone: phone.flatMap { side in side.description.media(at: index).map { (side, $0) } },
                network: network.flatMap { side in side.description.media(at: index).map { (side, $0) } },
                isPhoneLast: isPhoneLast, address: address)?.component(application)
        }
    }
}

/// One `m=` line of both descriptions.
private struct ServiceStream {
    typealias Half = (side: ServiceInformation.Side, media: MediaDescription)

    let number: UInt32
    let line: MediaLine
    let phone: Half?
    let network: Half?
    let last: MediaDescription
    let isPhoneLast: Bool
    let address: IPAddress

    init?(index: Int, phone: Half?, network: Half?, isPhoneLast: Bool, address: IPAddress) {
        guard let last = (isPhoneLast ? phone ?? network : network ?? phone)?.media else { return nil }
        do throws(SDPError) { line = try last.line } catch { return nil }
        number = UInt32(clamping: index + 1)
        self.phone = phone
        self.network = network
        self.last = last
        self.isPhoneLast = phone == nil ? false : network == nil ? true : isPhoneLast
        self.address = address
    }

    func component(_ application: OctetSlice?) -> MediaComponent {
        var component = MediaComponent(number: number, mediaType: Self.type(line), flowStatus: status)
        guard component.flowStatus != .removed else { return component }
        component.afApplicationIdentifier = application
        component.subComponents = flows(component.flowStatus ?? .enabled)
        // RFC 3264 §5.1 and §6.1: who writes b= says what it wants to receive; where only one says it, it stands for both
        // ways.
        let down = phone.flatMap { Self.bandwidth($0.media) }
        let up = network.flatMap { Self.bandwidth($0.media) }
        component.maxBandwidthDL = down ?? up
        component.maxBandwidthUL = up ?? down
        component.rsBandwidth = Self.bandwidth(last, [.rtcpSenders])
        component.rrBandwidth = Self.bandwidth(last, [.rtcpReceivers])
        component.codecData = [phone.map { codecData("uplink", $0) }, network.map { codecData("downlink", $0) }]
            .compactMap { $0 }
        return component
    }

    // MARK: Of the stream

    private static func type(_ line: MediaLine) -> MediaType {
        switch line.type.string.lowercased() {
        case "audio": .audio
        case "video": .video
        case "data": .data
        case "application": .application
        case "control": .control
        case "text": .text
        case "message": .message
        default: .other
        }
    }

    /// Uplink is what the phone sends.
    private var status: FlowStatus {
        guard ![phone, network].contains(where: { $0?.media.isRejected == true }) else { return .removed }
        guard !isOverStream else { return .enabled }
        return switch last.direction {
        case .sendAndReceive: .enabled
        case .inactive: .disabled
        case .sendOnly: isPhoneLast ? .enabledUplink : .enabledDownlink
        case .receiveOnly: isPhoneLast ? .enabledDownlink : .enabledUplink
        }
    }

    /// Over TCP, as MSRP is, where the direction says nothing of the packets.
    private var isOverStream: Bool {
        line.transport.count >= 3
            && line.transport[line.transport.start..<line.transport.start + 3].equalsIgnoringCase("TCP")
    }

    private static func bandwidth(
        _ media: MediaDescription, _ types: [BandwidthType] = [.applicationSpecific, .transportIndependent]
    ) -> UInt32? {
        for type in types {
            if let found = media.section.bandwidth(type)?.bitsPerSecond { return UInt32(clamping: found) }
        }
        return nil
    }

    // MARK: Flows

    /// Where packets of one kind go, each way.
    private struct Flow {
        let usage: FlowUsage?
        /// To the phone, and to the network.
        let down: Endpoint?
        let up: Endpoint?
        var hasDownlink = true
        var hasUplink = true
    }

    /// TS 29.214 annex B: numbered by the ports at the phone, where these are known.
    private func flows(_ status: FlowStatus) -> [MediaSubComponent] {
        var flows: [Flow] = []
        var media = Flow(
            usage: nil, down: phone.flatMap { Self.endpoint($0.media) }, up: network.flatMap { Self.endpoint($0.media) }
        )
        media.hasDownlink = status != .enabledUplink
        media.hasUplink = status != .enabledDownlink
        flows.append(media)
        // RFC 5761 §5.1.1 (not at hand): one port only when both sides say so.
        let isMultiplexed =
            phone != nil && network != nil
            && [phone, network].allSatisfy { $0?.media.section.hasAttribute("rtcp-mux") == true }
        if line.isRTP, !isMultiplexed {
            flows.append(
                Flow(
                    usage: .rtcp, down: phone.flatMap { Self.reports($0.media) },
                    up: network.flatMap { Self.reports($0.media) }))
        }
        flows.sort { ($0.down ?? $0.up)?.port ?? 0 < ($1.down ?? $1.up)?.port ?? 0 }
        return flows.enumerated().map { index, flow in
            MediaSubComponent(
                flowNumber: UInt32(index + 1), flowDescriptions: rules(flow), flowUsage: flow.usage)
        }
    }

    /// IPFilterRules: `in` is from the phone. Where a side sends from is not said by RFC 3264, so that only the ports that
    /// it receives at are in them.
    private func rules(_ flow: Flow) -> [String] {
        let kind = isOverStream ? 6 : 17
        var rules: [String] = []
        if flow.hasUplink, let up = flow.up {
            rules.append("permit in \(kind) from \(flow.down?.address ?? address) to \(up.address) \(up.port)")
        }
        if flow.hasDownlink, let down = flow.down {
            let source = flow.up.map { "\($0.address)" } ?? "any"
            rules.append("permit out \(kind) from \(source) to \(down.address) \(down.port)")
        }
        return rules
    }

    /// nil for a name, and for an address that stands for none (RFC 3264 §8.4).
    private static func address(_ media: MediaDescription) -> IPAddress? {
        do throws(SDPError) {
            guard let connection = try media.connection, !connection.isUnspecified else { return nil }
            return connection.ipAddress
        } catch {
            return nil
        }
    }

    private static func endpoint(_ media: MediaDescription) -> Endpoint? {
        do throws(SDPError) {
            let port = try media.line.port
            return address(media).map { Endpoint($0, port) }
        } catch {
            return nil
        }
    }

    /// RFC 3550 §11: the next port, unless RFC 3605 names another.
    private static func reports(_ media: MediaDescription) -> Endpoint? {
        if let told = media.section.value(of: RTCPAddress.self) {
            return (told.connection?.ipAddress ?? address(media)).map { Endpoint($0, told.port) }
        }
        guard let endpoint = endpoint(media), endpoint.port < .max else { return nil }
        return Endpoint(endpoint.address, endpoint.port + 1)
    }

    // MARK: Codecs

    /// What is said elsewhere in the component, is nobody's business, or may be long.
    private static let unsaid: [StaticString] = [
        "sendrecv", "sendonly", "recvonly", "inactive", "crypto", "key-mgmt", "fingerprint", "candidate", "ice-ufrag",
        "ice-pwd", "setup", "msid", "ssrc",
    ]

    private func codecData(_ direction: StaticString, _ half: Half) -> OctetSlice {
        var writer = OctetWriter(reserving: 256)
        writer.write(direction)
        writer.write(ASCII.lineFeed)
        writer.write(half.side.role)
        writer.write("\nm=")
        writer.write(half.media.section.value(of: .media) ?? OctetSlice())
        for attribute in half.media.section.attributes where !Self.unsaid.contains(where: { attribute.name.equals($0) })
        {
            writer.write("\na=")
            writer.write(attribute.name)
            guard let value = attribute.value else { continue }
            writer.write(UInt8(ascii: ":"))
            writer.write(value)
        }
        writer.write(ASCII.lineFeed)
        return OctetSlice(writer.octets)
    }
}
