/// The expressions of all profiles of a node, each compiled once: profiles of one operator share most of theirs.
package struct ExpressionTable: Sendable {
    private struct Key: Hashable {
        var text: String
        var ignoresCase: Bool
    }

    private var known: [Key: Result<Expression, ExpressionError>] = [:]
    private let capacity: Int

    /// - Parameter capacity: how many patterns are remembered; then it begins anew, and what profiles hold lives on.
    package init(capacity: Int = 4_096) { self.capacity = max(capacity, 1) }

    package var count: Int { known.count }

    package mutating func expression(
        _ text: String, ignoresCase: Bool = false
    ) throws(ExpressionError) -> Expression {
        guard text.utf8.count <= Expression.maximumPattern else { throw .tooLong(text.utf8.count) }
        let key = Key(text: text, ignoresCase: ignoresCase)
        if let found = known[key] { return try found.get() }
        if known.count >= capacity { known.removeAll(keepingCapacity: true) }
        let result: Result<Expression, ExpressionError>
        do throws(ExpressionError) {
            result = .success(try Expression(text, ignoresCase: ignoresCase))
        } catch {
            result = .failure(error)
        }
        known[key] = result
        return try result.get()
    }
}
