import Octets

extension SessionDescription {
    /// Puts one address in the place of all others: of o=, of every c= and of every a=rtcp that names one. What a
    /// topology-hiding proxy or a media gateway of one address does.
    ///
    /// A c= of 0.0.0.0 or :: stays: it says "hold" (RFC 3264 §8.4). So does one of multicast.
    package mutating func rewriteAddresses(to address: IPAddress) {
        rewriteOrigin(to: address)
        for index in lines.indices where lines[index].type == .connection {
            guard let connection = Connection(value(at: index)), !connection.isUnspecified, !connection.isMulticast
            else { continue }
            replace(index) { $0.write(connection: address) }
        }
        for index in lines.indices where lines[index].isAttribute(RTCPAddress.attributeName, in: octets) {
            guard let rtcp = Attribute(value(at: index))?.value.flatMap(RTCPAddress.init), rtcp.connection != nil
            else { continue }
            replace(index) {
                $0.write("rtcp:")
                $0.write(rtcpPort: rtcp.port, address)
            }
        }
    }

    package mutating func rewriteOrigin(to address: IPAddress) {
        guard let index = firstIndex(.origin, .session), var origin = Origin(value(at: index)) else { return }
        origin.networkType = "IN"
        origin.addressType = address.sdpType
        origin.address = OctetSlice("\(address)")
        replace(index) { origin.write(to: &$0) }
    }

    /// Sends one stream elsewhere: its m= port, its c= (added where only the session had one) and its a=rtcp if it has
    /// one.
    ///
    /// - Parameter rtcpPort: nil for the port after `endpoint`'s, and then no a=rtcp is needed.
    package mutating func redirectMedia(_ index: Int, to endpoint: Endpoint, rtcpPort: UInt16? = nil) {
        guard mediaStarts.indices.contains(index) else { return }
        setPort(endpoint.port, ofMedia: index)
        setConnection(endpoint.address, .media(index))
        removeAttributes(RTCPAddress.attributeName, .media(index))
        guard let rtcpPort else { return }
        var value = OctetWriter(reserving: 48)
        value.write(rtcpPort: rtcpPort, endpoint.address)
        addAttribute(RTCPAddress.attributeName, OctetSlice(value.octets), to: .media(index))
    }
}

extension OctetWriter {
    /// `49171 IN IP4 192.0.2.1`, the value of a=rtcp.
    fileprivate mutating func write(rtcpPort port: UInt16, _ address: IPAddress) {
        write(decimal: UInt64(port))
        write(ASCII.space)
        write(connection: address)
    }
}
