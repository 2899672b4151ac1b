import Diameter
import Synchronization

/// SCTP ports, each for one test: usrsctp's are the process's own, the kernel's are the test machine's.
enum SCTPPorts {
    private static let last = Atomic<UInt16>(38_680)

    static func next() -> UInt16 { last.add(2, ordering: .relaxed).newValue }
}

/// Numbers for associations that a test opens.
final class AssociationNumberSource: Sendable {
    private let last = Atomic<UInt64>(0)

    func next() -> AssociationID { AssociationID(rawValue: last.add(1, ordering: .relaxed).newValue) }
}
