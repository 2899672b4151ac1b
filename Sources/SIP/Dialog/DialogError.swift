/// Why a message makes no dialog, RFC 3261 §12.1.
package enum DialogError: Error, Equatable, Sendable {
    /// A header that the dialog's state is taken from is missing.
    case missing(HeaderName)
    case malformed(SIPSyntaxError)
    /// §12.1.1: the remote target is a SIP or SIPS URI.
    case unusableContact
    /// §12.1: only 101 to 299 to a request that can make a dialog.
    case noDialog

    /// What a request with this fault is answered with.
    package var status: Status { .badRequest }
}

extension DialogError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let header): "no dialog without \(header)"
        case .malformed(let error): "\(error)"
        case .unusableContact: "Contact is no SIP or SIPS URI"
        case .noDialog: "the message makes no dialog"
        }
    }
}
