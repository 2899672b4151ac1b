/// Makes Session-Ids of the form RFC 6733 §8.8 recommends: `<identity>;<high 32 bits>;<low 32 bits>`.
package struct SessionIDGenerator: Sendable {
    private let prefix: String
    private var low: UInt32 = 0
    private var high: UInt32

    /// - Parameter start: the high 32 bits, the time of start in seconds or anything that grows from start to start.
    package init(originHost: DiameterIdentity, start: UInt32) {
        prefix = originHost.name + ";"
        high = start
    }

    package mutating func next() -> String {
        let session = "\(prefix)\(high);\(low)"
        low &+= 1
        if low == 0 { high &+= 1 }
        return session
    }
}
