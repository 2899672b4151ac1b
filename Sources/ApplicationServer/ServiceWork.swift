import IMS
import Octets
import RTP

/// What the server needs done outside its loop.
package enum ServiceWork: Equatable, Sendable {
    case store(StoreOrder)
    case media(MediaOrder)
}

/// A change of the store. Done when it is safe on the disk.
package enum StoreOrder: Equatable, Sendable {
    /// Keeps a record under its kind and name, in the place of an older one.
    case put(StoredKind, name: String, [UInt8])
    case remove(StoredKind, name: String)
    /// Keeps a file, then the record that speaks of it: where the record is, the file is whole.
    case keep(StoredKind, name: String, [UInt8], file: String, [UInt8])
    /// Removes the record, then the file.
    case drop(StoredKind, name: String, file: String)
    /// Reads a file.
    case load(file: String)
}

/// The audio of one call, named after the work that opened it.
package struct MediaID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// What is wanted of the media.
package enum MediaOrder: Equatable, Sendable {
    /// Binds a port; the result is `.opened`. What happens later comes as further results of the same work.
    case open(MediaID)
    /// Begins to send and to listen, or goes on with another address and other formats.
    case begin(MediaID, VoiceFormats, to: Endpoint)
    case tell(MediaID, VoiceStream.Order)
    /// The result is `.closed`; after it nothing more comes.
    case close(MediaID)
}

package enum MediaReport: Equatable, Sendable {
    /// Where the call's audio comes to.
    case opened(Endpoint)
    case told(VoiceStream.Event)
    /// With what has been recorded, when a recording was under way.
    case closed(Recording?)
}

/// What became of it.
package enum ServiceWorkResult: Equatable, Sendable {
    case done
    /// One sentence.
    case failed(String)
    case file([UInt8])
    case media(MediaReport)
}

/// The kinds of records that are kept.
package enum StoredKind: UInt8, CaseIterable, Sendable {
    /// `ServiceSettings.record` of a public identity.
    case settings = 1
    /// A message that waits for its recipient.
    case message = 2
    /// A message in a mailbox, whose speech is in a file.
    case voiceMessage = 3
    /// Somebody's subscription to what waits in a mailbox.
    case mailboxWatcher = 4
}

/// A record as it is read when the server starts.
package struct StoredRecord: Equatable, Sendable {
    package var kind: StoredKind
    package var name: String
    package var octets: [UInt8]

    package init(_ kind: StoredKind, name: String, _ octets: [UInt8]) {
        self.kind = kind
        self.name = name
        self.octets = octets
    }
}
