import Octets

/// One end of a security agreement: its address, and the port and SPI of its client and of its server side. Each end
/// chooses its own SPIs, for what it receives.
package struct SecurityEnd: Sendable, Hashable {
    package var address: IPAddress
    package var clientPort: UInt16
    package var serverPort: UInt16
    package var clientSPI: SecurityParametersIndex
    package var serverSPI: SecurityParametersIndex

    package init(
        _ address: IPAddress, clientPort: UInt16, serverPort: UInt16, clientSPI: SecurityParametersIndex,
        serverSPI: SecurityParametersIndex
    ) {
        self.address = address
        self.clientPort = clientPort
        self.serverPort = serverPort
        self.clientSPI = clientSPI
        self.serverSPI = serverSPI
    }

    package var client: Endpoint { Endpoint(address, clientPort) }
    package var server: Endpoint { Endpoint(address, serverPort) }
}

/// What a phone and its P-CSCF have agreed on, TS 33.203 §7.1 and §7.2: from it both make the same four associations,
/// shared by UDP and TCP.
package struct SecurityTerms: Sendable, Equatable {
    package enum Side: Sendable, Hashable { case phone, proxy }

    package let phone: SecurityEnd
    package let proxy: SecurityEnd
    package let algorithms: SecurityAlgorithms
    package let keys: SecurityKeys
    /// Whether each association carries what comes from the other port of its sender too; some phones want that.
    package let isCrossed: Bool
    /// Behind a NAT; nil in transport mode. The NAT may give the phone another port as time goes by.
    package var encapsulation: UDPEncapsulation?

    package init(
        phone: SecurityEnd, proxy: SecurityEnd, _ algorithms: SecurityAlgorithms, _ keys: SecurityKeys,
        isCrossed: Bool = false, encapsulation: UDPEncapsulation? = nil
    ) {
        self.encapsulation = encapsulation
        self.phone = phone
        self.proxy = proxy
        self.algorithms = algorithms
        self.keys = keys
        self.isCrossed = isCrossed
    }

    /// Where ESP for the phone is sent.
    package var phoneHost: IPAddress { encapsulation?.phone.address ?? phone.address }

    package var mode: SecurityMode { encapsulation == nil ? .transport : .udpEncapsulatedTunnel }

    /// As one side has them: the phone's requests, TCP replies to them, requests to the phone, TCP replies to those.
    package func associations(at side: Side, lifetime: Duration) -> [SecurityAssociation] {
        [
            association(.proxy, phone.client, orPort: phone.serverPort, proxy.server, proxy.serverSPI, side, lifetime),
            association(.phone, proxy.server, orPort: proxy.clientPort, phone.client, phone.clientSPI, side, lifetime),
            association(.phone, proxy.client, orPort: proxy.serverPort, phone.server, phone.serverSPI, side, lifetime),
            association(.proxy, phone.server, orPort: phone.clientPort, proxy.client, proxy.clientSPI, side, lifetime),
        ]
    }

    private func association(
        _ receiver: Side, _ source: Endpoint, orPort other: UInt16, _ destination: Endpoint,
        _ spi: SecurityParametersIndex, _ side: Side, _ lifetime: Duration
    ) -> SecurityAssociation {
        // The pair of the proxy's server port goes by one number, that of its client port by another, each an SPI that
        // this side has chosen itself.
        let isOfProxyServer = source == proxy.server || destination == proxy.server
        let request =
            switch side {
            case .proxy: isOfProxyServer ? proxy.serverSPI : proxy.clientSPI
            case .phone: isOfProxyServer ? phone.clientSPI : phone.serverSPI
            }
        return SecurityAssociation(
            receiver == side ? .inbound : .outbound, from: source, orPort: isCrossed ? other : nil, to: destination,
            spi: spi, algorithms, keys, requestID: request.rawValue, lifetime: lifetime,
            tunnel: encapsulation.map { ends in
                receiver == .proxy ? .init(from: ends.phone, to: ends.proxy) : .init(from: ends.proxy, to: ends.phone)
            })
    }
}
