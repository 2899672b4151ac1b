import Octets

/// What is kept of a confirmed dialog over a crash of the node, as plain texts and numbers.
package struct StoredDialog: Sendable, Equatable {
    package var id: DialogID
    package var local: OctetSlice
    package var remote: OctetSlice
    /// In the order in which our requests take them.
    package var routes: [OctetSlice]
    package var remoteTarget: OctetSlice
    /// Empty when there is none.
    package var localContact: OctetSlice
    /// 0 before the first request of that side.
    package var localSequence: UInt32
    package var remoteSequence: UInt32

    package init(
        id: DialogID, local: OctetSlice, remote: OctetSlice, routes: [OctetSlice], remoteTarget: OctetSlice,
        localContact: OctetSlice, localSequence: UInt32, remoteSequence: UInt32
    ) {
        self.id = id
        self.local = local
        self.remote = remote
        self.routes = routes
        self.remoteTarget = remoteTarget
        self.localContact = localContact
        self.localSequence = localSequence
        self.remoteSequence = remoteSequence
    }
}

extension Dialog {
    package var stored: StoredDialog {
        StoredDialog(
            id: id, local: local, remote: remote,
            routes: routeSet.map { route in
                var writer = OctetWriter(reserving: 64)
                route.write(to: &writer)
                return OctetSlice(writer.octets)
            }, remoteTarget: remoteTarget, localContact: localContact ?? OctetSlice(),
            localSequence: localSequence ?? 0, remoteSequence: remoteSequence ?? 0)
    }
}
