// The floor under our benchmark: messages of the number and sizes of one IMS registration, passed through four
// processes over plain sockets with no parsing at all. What the three CSCFs and the HSS use beyond this is our own work.
//
//   floor RATE SECONDS            prints CPU microseconds per registration of each process
//
// One registration is twelve datagrams (UE–P–I–S and back, twice) and eight messages over TCP (UAR/UAA, MAR/MAA,
// UAR/UAA, SAR/SAA). Every message starts with the number of its registration and of its round.

import Glibc

/// Octets of each message, as our own core sends them in the lab profile.
enum Size {
    static let register = 1_000
    static let response = 700
    static let cxRequest = 420
    static let cxAnswer = 420
    static let cxProfile = 1_400
}

enum Port: UInt16 {
    case proxy = 35_060
    case interrogating, serving, user, subscriber
}

func address(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
}

func withSockaddr<R>(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    var address = address(port)
    // The socket calls take the generic address type.
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}

func udp(_ port: Port) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    var size: Int32 = 4 << 20
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
    guard withSockaddr(port.rawValue, { bind(descriptor, $0, $1) }) == 0 else {
        print("floor: port \(port.rawValue) is taken")
        exit(69)
    }
    return descriptor
}

func noDelay(_ descriptor: Int32) {
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
}

func connectToSubscriberServer() -> Int32 {
    for _ in 0..<100 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if withSockaddr(Port.subscriber.rawValue, { connect(descriptor, $0, $1) }) == 0 {
            noDelay(descriptor)
            return descriptor
        }
        close(descriptor)
        usleep(20_000)
    }
    print("floor: the subscriber server did not come up")
    exit(69)
}

/// Messages over TCP: four octets of length, eight of number, one of round, filling.
struct Stream {
    let descriptor: Int32
    private var pending: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    func send(_ number: UInt64, round: UInt8, size: Int) {
        var message = [UInt8](repeating: 0x41, count: size)
        message.withUnsafeMutableBytes {
            $0.storeBytes(of: UInt32(size), as: UInt32.self)
            $0.storeBytes(of: number, toByteOffset: 4, as: UInt64.self)
            $0.storeBytes(of: round, toByteOffset: 12, as: UInt8.self)
        }
        _ = write(descriptor, message, size)
    }

    /// nil when the connection has ended.
    mutating func receive(_ body: (UInt64, UInt8) -> Void) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &chunk, chunk.count)
        guard count > 0 else { return false }
        pending.append(contentsOf: chunk[..<count])
        var start = 0
        while pending.count - start >= 13 {
            let (size, number, round) = pending.withUnsafeBytes {
                (
                    $0.loadUnaligned(fromByteOffset: start, as: UInt32.self),
                    $0.loadUnaligned(fromByteOffset: start + 4, as: UInt64.self), $0[start + 12]
                )
            }
            guard pending.count - start >= Int(size) else { break }
            body(number, round)
            start += Int(size)
        }
        pending.removeFirst(start)
        return true
    }
}

func datagram(_ number: UInt64, round: UInt8, response: Bool) -> [UInt8] {
    var message = [UInt8](repeating: 0x41, count: response ? Size.response : Size.register)
    message.withUnsafeMutableBytes {
        $0.storeBytes(of: number, as: UInt64.self)
        $0.storeBytes(of: round, toByteOffset: 8, as: UInt8.self)
        $0.storeBytes(of: response ? 1 : 0, toByteOffset: 9, as: UInt8.self)
    }
    return message
}

func send(_ message: [UInt8], from descriptor: Int32, to port: Port) {
    _ = withSockaddr(port.rawValue) { sendto(descriptor, message, message.count, 0, $0, $1) }
}

func receive(_ descriptor: Int32, _ body: ([UInt8], UInt64, UInt8, Bool) -> Void) {
    var buffer = [UInt8](repeating: 0, count: 2_048)
    while true {
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count > 9 else { return }
        let number = buffer.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        body(Array(buffer[..<count]), number, buffer[8], buffer[9] == 1)
    }
}

func wait(_ descriptors: [Int32], milliseconds: Int32 = -1) -> [Bool] {
    var set = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    _ = poll(&set, nfds_t(set.count), milliseconds)
    return set.map { $0.revents != 0 }
}

func runProxy() -> Never {
    let socket = udp(.proxy)
    while true {
        _ = wait([socket])
        receive(socket) { message, _, _, isResponse in
            send(message, from: socket, to: isResponse ? .user : .interrogating)
        }
    }
}

func runCore(_ own: Port, onRequest next: Port) -> Never {
    let socket = udp(own)
    var stream = Stream(connectToSubscriberServer())
    while true {
        let ready = wait([socket, stream.descriptor])
        if ready[0] {
            receive(socket) { message, number, round, isResponse in
                if isResponse {
                    send(message, from: socket, to: .proxy)
                } else {
                    stream.send(number, round: round, size: Size.cxRequest)
                }
            }
        }
        if ready[1] {
            let open = stream.receive { number, round in
                send(datagram(number, round: round, response: own == .serving), from: socket, to: next)
            }
            if !open { exit(0) }
        }
    }
}

func runSubscriberServer() -> Never {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var on: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, 4)
    guard withSockaddr(Port.subscriber.rawValue, { bind(listener, $0, $1) }) == 0, listen(listener, 8) == 0 else {
        print("floor: port \(Port.subscriber.rawValue) is taken")
        exit(69)
    }
    var streams: [Stream] = []
    for _ in 0..<2 {
        let descriptor = accept(listener, nil, nil)
        noDelay(descriptor)
        streams.append(Stream(descriptor))
    }
    while true {
        let ready = wait(streams.map(\.descriptor))
        for index in streams.indices where ready[index] {
            let stream = streams[index]
            // The S-CSCF's second question is the SAR, whose answer carries the profile.
            let open = streams[index].receive { number, round in
                stream.send(number, round: round, size: round == 1 ? Size.cxProfile : Size.cxAnswer)
            }
            if !open { exit(0) }
        }
    }
}

func spawn(_ role: String) -> pid_t {
    var pid: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(CommandLine.arguments[0]), strdup(role), nil]
    guard posix_spawn(&pid, "/proc/self/exe", nil, nil, &arguments, environ) == 0 else {
        print("floor: cannot start \(role)")
        exit(69)
    }
    return pid
}

/// User and system time of a process, in microseconds.
func processorTime(_ pid: pid_t) -> Double {
    guard let file = fopen("/proc/\(pid)/stat", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 1_024)
    fgets(&line, 1_024, file)
    let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        .split(separator: " ")
    guard fields.count > 15, let user = Double(fields[13]), let system = Double(fields[14]) else { return 0 }
    return (user + system) * 1_000_000 / Double(sysconf(Int32(_SC_CLK_TCK)))
}

func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func measure(rate: Double, seconds: Double) {
    let roles = ["proxy", "interrogating", "serving", "subscriber"]
    let socket = udp(.user)
    let pids = roles.map(spawn)
    defer { for pid in pids { kill(pid, SIGKILL) } }
    usleep(300_000)
    let before = pids.map(processorTime)
    let start = nanoseconds()
    var started: UInt64 = 0
    var ended: UInt64 = 0
    let total = UInt64(rate * seconds)
    var deadline = start + UInt64(seconds * 1e9) + 2_000_000_000
    while ended < total, nanoseconds() < deadline {
        let due = min(total, UInt64(Double(nanoseconds() - start) / 1e9 * rate))
        while started < due {
            started += 1
            send(datagram(started, round: 0, response: false), from: socket, to: .proxy)
        }
        _ = wait([socket], milliseconds: 1)
        receive(socket) { _, number, round, _ in
            if round == 0 {
                send(datagram(number, round: 1, response: false), from: socket, to: .proxy)
            } else {
                ended += 1
            }
        }
        if started == total { deadline = min(deadline, nanoseconds() + 2_000_000_000) }
    }
    let used = zip(pids.map(processorTime), before).map(-)
    let each = used.map { $0 / Double(max(ended, 1)) }
    let names = ["P", "I", "S", "HSS"]
    print("floor: \(ended) of \(total) registrations at \(Int(rate))/s")
    for (name, cost) in zip(names, each) { print("  \(name) \(String(cost.rounded())) us") }
    print("  P+I+S \(String((each[0] + each[1] + each[2]).rounded())) us")
}

switch CommandLine.arguments.dropFirst().first {
case "proxy": runProxy()
case "interrogating": runCore(.interrogating, onRequest: .serving)
case "serving": runCore(.serving, onRequest: .interrogating)
case "subscriber": runSubscriberServer()
default:
    let numbers = CommandLine.arguments.dropFirst().compactMap(Double.init)
    guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else {
        print("usage: floor RATE SECONDS")
        exit(64)
    }
    measure(rate: numbers[0], seconds: numbers[1])
}
