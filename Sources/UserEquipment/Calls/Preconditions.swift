import Octets
import SDP

/// The precondition of a stream at one end, RFC 3312: quality of service in segments, both ends' resources wanted before
/// anybody rings (TS 24.229 §5.1.3.1, §5.1.4.1).
struct Preconditions: Equatable, Sendable {
    /// This phone knows them; without that nothing is written, and what the peer writes is passed over.
    var isSupported: Bool
    /// The peer uses them too. True until its first description says otherwise.
    private(set) var isInUse: Bool
    /// Our resources are there.
    var isLocalReady = false
    /// The peer has said that its own are.
    private(set) var isRemoteReady = false
    /// §5.1: a strength is never lowered. Of the peer's segment, which a first offer leaves optional.
    private var isRemoteMandatory = false

    init(isSupported: Bool) {
        self.isSupported = isSupported
        isInUse = isSupported
    }

    var areMet: Bool { !isInUse || (isLocalReady && isRemoteReady) }

    /// What the peer's description of the stream says.
    mutating func receive(_ stream: MediaDescription) {
        guard isSupported else { return }
        let desired = stream.section.values(of: DesiredStatus.self).filter { $0.type.equals("qos") }
        guard !desired.isEmpty else {
            isInUse = false
            return
        }
        isInUse = true
        for wish in desired where wish.strength == .mandatory && wish.status == .local { isRemoteMandatory = true }
        for current in stream.section.values(of: CurrentStatus.self)
        where current.status.type.equals("qos") && current.status.status == .local {
            isRemoteReady = current.status.directions == [.send, .receive]
        }
    }

    /// Puts the lines for the stream in the place of those it has.
    ///
    /// - Parameter confirms: ask the peer to tell when its resources are there (§7); in an answer.
    func write(to description: inout SessionDescription, _ level: SessionDescription.Level, confirms: Bool) {
        for name: StaticString in ["curr", "des", "conf"] { description.removeAttributes(name, level) }
        guard isInUse else { return }
        func directions(_ areReady: Bool) -> String { areReady ? "sendrecv" : "none" }
        func add(_ name: StaticString, _ value: String) { description.addAttribute(name, OctetSlice(value), to: level) }
        add("curr", "qos local \(directions(isLocalReady))")
        add("curr", "qos remote \(directions(isRemoteReady))")
        add("des", "qos mandatory local sendrecv")
        add("des", "qos \(isRemoteMandatory || confirms ? "mandatory" : "optional") remote sendrecv")
        if confirms, !isRemoteReady { add("conf", "qos remote sendrecv") }
    }
}
