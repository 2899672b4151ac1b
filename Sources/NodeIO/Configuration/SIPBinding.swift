import Octets
import SIP

/// A SIP socket as the configuration writes it: `tls:127.0.0.1:5061`, or `{at: tls:127.0.0.1:5061, …}` with options.
package struct SIPBinding: Sendable, Hashable, CustomStringConvertible {
    package var transport: Transport
    package var local: Endpoint
    package var options = SIPSocketOptions()
    /// Host that our Via, Route and Path entries name for this socket; nil for `sip.advertise`.
    package var advertise: String?
    /// Octets of a request beyond which it leaves over TCP; 0 for no limit, nil for `sip.datagram-limit`.
    package var datagramLimit: Int?

    package init(_ transport: Transport, _ local: Endpoint) {
        self.transport = transport
        self.local = local
    }

    package init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"),
            let transport = Transport(token: OctetSlice(String(text[..<colon]))),
            let local = Endpoint(String(text[text.index(after: colon)...]))
        else { return nil }
        self.init(transport, local)
    }

    /// An entry with options. They must fit the transport.
    init(_ record: Configuration) throws(Misfit) {
        guard case .sipBinding(let binding)? = record["at"] else { throw Misfit(sentence: "\"at\" is missing") }
        self = binding
        advertise = record.optionalText("advertise")
        datagramLimit = record.optionalInteger("datagram-limit")
        guard datagramLimit == nil || transport == .udp else { throw Misfit("datagram-limit", transport, "udp") }
        if let text = record.optionalText("client-certificates") {
            guard transport.isSecure else { throw Misfit("client-certificates", transport, "tls and wss") }
            options.clientCertificates = ClientCertificates(rawValue: text) ?? .none
        }
        options.webSocket.origins = record.texts("origins")
        options.webSocket.path = record.optionalText("path")
        guard options.webSocket == WebSocketPolicy() || transport.isWebSocket else {
            throw Misfit(options.webSocket.path == nil ? "origins" : "path", transport, "ws and wss")
        }
    }

    /// An option that means nothing for the transport.
    struct Misfit: Error {
        var sentence: String

        init(sentence: String) { self.sentence = sentence }

        init(_ option: String, _ transport: Transport, _ fitting: String) {
            sentence = "\"\(option)\" is an option of \(fitting), not of \(transport)"
        }
    }

    static let optionKeys = [
        ConfigurationKey("at", .sipBinding, required: true, "the socket, as it would stand without options"),
        ConfigurationKey(
            "client-certificates", .choice(ClientCertificates.allCases.map(\.rawValue)),
            "tls, wss: whether those who call must show a certificate; none when absent"),
        ConfigurationKey(
            "origins", .list(of: .text),
            "ws, wss: the web sites (https://phone.example) whose pages may connect; all when absent"),
        ConfigurationKey(
            "path", .checked(expected: "a path that begins with /") { $0.hasPrefix("/") },
            "ws, wss: the path of the WebSocket URL; any when absent"),
        ConfigurationKey(
            "advertise", .checked(expected: "a host name or IP address", SharedKeys.isHostName),
            "as sip.advertise, for this socket alone"),
        ConfigurationKey(
            "datagram-limit", .integer(0...65_507), "udp: as sip.datagram-limit, for this socket alone"),
    ]

    package var description: String { "\(transport):\(local)" }

    /// As it stands in a file.
    var yaml: String {
        let at = ConfigurationValue.quotedIfNeeded(description)
        var members: [String] = []
        if options.clientCertificates != .none {
            members.append("client-certificates: \(options.clientCertificates.rawValue)")
        }
        if !options.webSocket.origins.isEmpty {
            let origins = options.webSocket.origins.map(ConfigurationValue.quotedIfNeeded)
            members.append("origins: [\(origins.joined(separator: ", "))]")
        }
        if let path = options.webSocket.path { members.append("path: \(ConfigurationValue.quotedIfNeeded(path))") }
        if let advertise { members.append("advertise: \(ConfigurationValue.quotedIfNeeded(advertise))") }
        if let datagramLimit { members.append("datagram-limit: \(datagramLimit)") }
        return members.isEmpty ? at : "{at: \(at), \(members.joined(separator: ", "))}"
    }
}
