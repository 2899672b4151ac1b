import Glibc
import IMS
import Octets

/// One line of the log, rendered.
package struct LogLine {
    private let observation: Observation
    private let role: String
    private let time: timespec

    package init(_ observation: Observation, role: String, time: timespec) {
        self.observation = observation
        self.role = role
        self.time = time
    }

    /// One JSON object; control characters are escaped, so nothing from a message can forge a line.
    package var json: String {
        var members: [Report.Member] = []
        func add(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            members.append(Report.Member(name, .text(String(value.prefix(Self.longestField)))))
        }
        add("ts", Self.timestamp(time))
        add("level", "\(observation.level)")
        add("role", role)
        add("message", observation.message)
        let subject = observation.subject
        add("call_id", subject.callID)
        add("impi", subject.privateIdentity)
        add("impu", subject.publicIdentity)
        add("peer", subject.peer)
        add("reason_code", observation.refusal?.code)
        add("answer", observation.refusal?.answer)
        add("hint", observation.refusal?.hint)
        return Report.record(members).json
    }

    /// `12:00:00.123 notice  scscf  RES does not match [RES_MISMATCH → 403] impi=… – hint`
    package var text: String {
        var line = String(Self.timestamp(time).dropFirst(11).prefix(12))
        line += " " + "\(observation.level)".padded(to: 7) + " " + role.padded(to: 6) + " "
        line += Self.harmless(observation.message)
        if let refusal = observation.refusal {
            line += " [\(Self.harmless(refusal.code)) → \(Self.harmless(refusal.answer))]"
        }
        let subject = observation.subject
        for (name, value) in [
            ("impi", subject.privateIdentity), ("impu", subject.publicIdentity), ("peer", subject.peer),
            ("call_id", subject.callID),
        ] {
            guard let value, !value.isEmpty else { continue }
            line += " \(name)=\(Self.harmless(value))"
        }
        if let hint = observation.refusal?.hint, !hint.isEmpty { line += " – " + Self.harmless(hint) }
        return line
    }

    private static let longestField = 2000

    /// For terminals: controls as `\u001b`, so that no message moves the cursor or starts a line.
    package static func harmless(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) || text.count > longestField else { return text }
        var result = ""
        for scalar in text.unicodeScalars.prefix(longestField) {
            if isControl(scalar) {
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// C0, DEL, C1, line and paragraph separators, and marks that turn the direction of writing.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// RFC 3339 in UTC with milliseconds.
    package static func timestamp(_ time: timespec) -> String {
        var seconds = time.tv_sec
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        let date = "\(digits(Int(parts.tm_year) + 1900, 4))-\(digits(Int(parts.tm_mon) + 1, 2))"
        let day = "\(digits(Int(parts.tm_mday), 2))T\(digits(Int(parts.tm_hour), 2))"
        let clock = "\(digits(Int(parts.tm_min), 2)):\(digits(Int(parts.tm_sec), 2))"
        return "\(date)-\(day):\(clock).\(digits(time.tv_nsec / 1_000_000, 3))Z"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - utf8.count))
    }
}
