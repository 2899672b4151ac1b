/// What the command line asks for.
struct Plan: Sendable {
    enum Side: String { case server, client }
    enum Carrier: String { case tcp, usrsctp, kernel }

    var side: Side
    var carrier: Carrier
    var port: UInt16
    var requests: Int
    /// Requests under way at a time.
    var window: Int

    /// Requests that are not measured: tables grow and connections find their pace.
    var warmUp: Int { requests / 10 }

    init?(_ arguments: [String]) {
        guard arguments.count >= 5, let side = Side(rawValue: arguments[1]),
            let carrier = Carrier(rawValue: arguments[2]), let port = UInt16(arguments[3]),
            let requests = Int(arguments[4]), requests > 9
        else { return nil }
        self.side = side
        self.carrier = carrier
        self.port = port
        self.requests = requests
        guard side == .client else {
            window = 0
            return
        }
        guard arguments.count == 6, let window = Int(arguments[5]), (1...4_000).contains(window) else { return nil }
        self.window = window
    }
}
