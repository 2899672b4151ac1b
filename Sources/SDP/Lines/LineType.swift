/// The type letter of a line, RFC 8866 §5: exactly one character, in small letters.
package enum LineType: UInt8, CaseIterable, Sendable {
    case version = 0x76  // v
    case origin = 0x6F  // o
    case sessionName = 0x73  // s
    case information = 0x69  // i
    case uri = 0x75  // u
    case email = 0x65  // e
    case phone = 0x70  // p
    case connection = 0x63  // c
    case bandwidth = 0x62  // b
    case timing = 0x74  // t
    case repeatTimes = 0x72  // r
    case zoneAdjustments = 0x7A  // z
    case key = 0x6B  // k
    case attribute = 0x61  // a
    case media = 0x6D  // m

    /// Where a line of this type stands among the session-level lines, §9; t=, r= and z= share a place. The m= lines
    /// follow all of them.
    var sessionRank: Int {
        switch self {
        case .version: 0
        case .origin: 1
        case .sessionName: 2
        case .information: 3
        case .uri: 4
        case .email: 5
        case .phone: 6
        case .connection: 7
        case .bandwidth: 8
        case .timing, .repeatTimes, .zoneAdjustments: 9
        case .key: 10
        case .attribute: 11
        case .media: 12
        }
    }

    /// Where it stands in a media description; nil for one that has no place there.
    var mediaRank: Int? {
        switch self {
        case .media: 0
        case .information: 1
        case .connection: 2
        case .bandwidth: 3
        case .key: 4
        case .attribute: 5
        case .version, .origin, .sessionName, .uri, .email, .phone, .timing, .repeatTimes, .zoneAdjustments: nil
        }
    }

    /// How often the grammar allows it in one section: once, or any number of times.
    func isRepeatable(inMedia: Bool) -> Bool {
        switch self {
        case .email, .phone, .bandwidth, .timing, .repeatTimes, .zoneAdjustments, .attribute: true
        case .connection: inMedia
        case .version, .origin, .sessionName, .information, .uri, .key, .media: false
        }
    }
}

extension LineType: CustomStringConvertible {
    package var description: String { "\(Character(Unicode.Scalar(rawValue)))=" }
}
