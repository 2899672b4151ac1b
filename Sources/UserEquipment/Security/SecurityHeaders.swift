import IMS
import Octets
import SIP

/// What the REGISTERs of a phone with a security agreement carry, RFC 3329 §2.3.1.
package struct SecurityHeaders: Equatable, Sendable {
    /// Security-Client: one mechanism for each mode and pair of algorithms, with the same SPIs and ports.
    package var client: [SecurityMechanism]
    /// Security-Verify: the list of Security-Server; empty outside every set.
    package var verify: [SecurityMechanism]

    package init(client: [SecurityMechanism], verify: [SecurityMechanism]) {
        self.client = client
        self.verify = verify
    }

    func write(to request: inout SIPMessage) {
        for mechanism in client { request.append(SecurityClient(mechanism)) }
        Self.write(verify, to: &request)
        // RFC 3329 §2.3.1: both, in the first request and in all that are protected.
        if verify.isEmpty { Self.require(of: &request) }
    }

    /// In a request inside a set.
    static func write(_ verify: [SecurityMechanism], to request: inout SIPMessage) {
        guard !verify.isEmpty else { return }
        for mechanism in verify { request.append(SecurityVerify(mechanism)) }
        require(of: &request)
    }

    private static func require(of request: inout SIPMessage) {
        request.append(.require, "sec-agree")
        request.append(.proxyRequire, "sec-agree")
    }
}

extension PhoneSecurity {
    /// - Parameter isAltered: Security-Verify is another than Security-Server was: somebody has been at it.
    func headers(isAltered: Bool = false) -> SecurityHeaders {
        var verify = (pending ?? current)?.list ?? []
        if isAltered, !verify.isEmpty { verify[0].parameters.set("q", "0.999") }
        return SecurityHeaders(
            client: offer.map { offer in
                modes.flatMap { mode in algorithms.map { SecurityMechanism($0, mode, offer.end) } }
            } ?? [], verify: verify)
    }
}

extension SecurityMechanism {
    /// As a phone offers it, TS 33.203 Annex H.
    init(_ algorithms: SecurityAlgorithms, _ mode: SecurityMode, _ end: SecurityEnd) {
        self.init("ipsec-3gpp")
        parameters.set("alg", algorithms.integrity.rawValue)
        parameters.set("ealg", algorithms.encryption.rawValue)
        parameters.set("prot", "esp")
        parameters.set("mod", mode.rawValue)
        parameters.set("spi-c", "\(end.clientSPI.rawValue)")
        parameters.set("spi-s", "\(end.serverSPI.rawValue)")
        parameters.set("port-c", "\(end.clientPort)")
        parameters.set("port-s", "\(end.serverPort)")
    }

    /// nil without whole SPIs from 256 (RFC 4303 §2.1) and ports.
    func end(at address: IPAddress) -> SecurityEnd? {
        guard let clientSPI, let serverSPI, min(clientSPI, serverSPI) >= SecurityParametersIndex.first,
            clientSPI != serverSPI, let clientPort, let serverPort, clientPort != 0, serverPort != 0
        else { return nil }
        return SecurityEnd(
            address, clientPort: clientPort, serverPort: serverPort,
            clientSPI: SecurityParametersIndex(rawValue: clientSPI),
            serverSPI: SecurityParametersIndex(rawValue: serverSPI))
    }

    var text: String {
        var writer = OctetWriter()
        write(to: &writer)
        return String(decoding: writer.octets, as: UTF8.self)
    }
}
