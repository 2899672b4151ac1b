/// What is wrong with a configuration: everything at once, each with its place.
package struct ConfigurationFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package struct Problem: Sendable, Equatable, CustomStringConvertible {
        package var file: String
        /// nil when the problem has no line: a missing file, a missing key.
        package var line: Int?
        package var sentence: String

        package init(file: String, line: Int?, _ sentence: String) {
            self.file = file
            self.line = line
            self.sentence = sentence
        }

        /// `FILE:LINE: unknown key "lisen" (did you mean "listen"?)`
        package var description: String { line.map { "\(file):\($0): \(sentence)" } ?? "\(file): \(sentence)" }
    }

    /// Never empty; in the order of the file.
    package var problems: [Problem]

    package init(_ problems: [Problem]) { self.problems = problems }

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// How far apart two words are: insertions, deletions, replacements and swaps of neighbours.
enum Spelling {
    /// The candidate that was meant, if one is near enough.
    static func suggestion(for word: String, among candidates: [String]) -> String? {
        let nearest = candidates.map { (word: $0, distance: distance(word, $0)) }.min { $0.distance < $1.distance }
        guard let nearest, nearest.distance <= max(1, word.count / 3) else { return nil }
        return nearest.word
    }

    static func distance(_ first: String, _ second: String) -> Int {
        let left = Array(first.lowercased().utf8.prefix(64))
        let right = Array(second.lowercased().utf8.prefix(64))
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let cost = left[row] == right[column] ? 0 : 1
                var best = min(last[column + 1] + 1, current[column] + 1, last[column] + cost)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
