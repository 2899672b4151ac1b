import Octets

/// How many branches of a request may live at once, RFC 5393 §5.3.
struct BranchBreadth: Sendable {
    let incoming: Int

    /// What a request brings, at most `maximum`; that much when it brings nothing (§5.3.3), or no number.
    init(_ request: SIPMessage, maximum: Int) {
        let maximum = max(maximum, 1)
        guard let value = request.firstValue(.maxBreadth)?.decimal else {
            incoming = maximum
            return
        }
        incoming = Int(min(value, UInt64(maximum)))
    }

    /// Divides what is left as evenly as it goes, the first get the rest.
    static func shares(of available: Int, among branches: Int) -> [Int] {
        guard branches > 0 else { return [] }
        let (share, rest) = available.quotientAndRemainder(dividingBy: branches)
        return (0..<branches).map { $0 < rest ? share + 1 : share }
    }
}
