import Glibc
import Octets

/// A blocking socket, as an outside program would use one; the other side of what is tested.
struct PlainSocket: ~Copyable {
    private let descriptor: Int32

    /// A TCP connection, or a UDP socket with this peer, on loopback.
    init(_ kind: __socket_type, to port: UInt16, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if code != 0 { throw Failure(code: errno) }
    }

    struct Failure: Error { var code: Int32 }

    /// A TCP connection as a bare descriptor, for those who hold many.
    static func connected(to port: UInt16) throws -> Int32 {
        let socket = try PlainSocket(SOCK_STREAM, to: port)
        return dup(socket.descriptor)
    }

    deinit { close(descriptor) }

    func send(_ text: String) { send(octets: Array(text.utf8)) }

    func send(octets: [UInt8]) {
        _ = Glibc.send(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL))
    }

    /// What one `recv` gives; nil when the peer has closed or nothing came in five seconds.
    func receive() -> String? { receiveOctets().map { String(decoding: $0, as: UTF8.self) } }

    func receiveOctets() -> [UInt8]? {
        var room = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &room, room.count, 0)
        return count > 0 ? Array(room[..<count]) : nil
    }
}
