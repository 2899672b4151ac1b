import Foundation
import NodeIO
import Operation

/// How far a long import is: a bar on a terminal, a line now and then elsewhere.
struct ProgressBar {
    private let begin = ContinuousClock.now
    private var last: ContinuousClock.Instant
    private var isShown = false

    private static let width = 30

    init() { last = begin }

    mutating func show(_ progress: SubscriberImporter.Progress) {
        let now = ContinuousClock.now
        guard now - last >= (Terminal.isInteractive ? .milliseconds(100) : .seconds(10)) else { return }
        last = now
        let seconds = max(
            0.001, Double((now - begin).components.seconds) + Double((now - begin).components.attoseconds) / 1e18)
        let part = progress.length.map { $0 > 0 ? min(1, Double(progress.octets) / Double($0)) : 1 }
        var line = "\(progress.records) subscribers, \(Int(Double(progress.records) / seconds)) a second"
        if let part {
            let left = part > 0 ? Int(seconds / part * (1 - part)) : 0
            line += String(format: ", %.0f %%, %d:%02d left", part * 100, left / 60, left % 60)
        }
        guard Terminal.isInteractive else { return Console.complain(line) }
        if let part {
            let full = Int(part * Double(Self.width))
            line =
                "[" + String(repeating: "█", count: full) + String(repeating: "·", count: Self.width - full) + "] "
                + line
        }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
        isShown = true
    }

    mutating func end() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
        isShown = false
    }
}
