/// What the command line asks for.
struct Plan: Sendable {
    enum Side: String { case server, client }
    enum Carrier: String { case tcp, usrsctp, kernel }

    var side: Side
    var carrier: Carrier
    var port: UInt16
    var requests: Int
    /// What is asked; nil asks UAR of one subscriber, which the other side knows.
    var questions: Questions?
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

    /// KIND PORT HSS REQUESTS WINDOW IMSI COUNT
    init?(asking words: [String]) {
        guard words.count == 7, let kind = Questions.Kind(rawValue: words[0]), let port = UInt16(words[1]),
            let requests = Int(words[3]), requests > 9, let window = Int(words[4]), (1...4_000).contains(window),
            words[5].utf8.count == 15, let first = UInt64(words[5]), let count = UInt64(words[6]), count > 0
        else { return nil }
        side = .client
        carrier = .tcp
        self.port = port
        self.requests = requests
        self.window = window
        questions = Questions(kind: kind, server: words[2], first: first, count: count)
    }
}
