/// A call of the kernel's or usrsctp's SCTP that failed.
struct SCTPSocketFailure: Error {
    var call: String
    /// errno
    var code: Int32

    var sentence: String { "\(call): \(errorSentence(code))" }
}

/// What one read of an SCTP socket gave.
enum SCTPReception {
    /// A part of a message in the caller's buffer.
    case part(count: Int, isEnd: Bool)
    case notice(SCTPNotice)
    /// The peer has shut down and everything is read.
    case end
    case wouldBlock
    case failed(Int32)
}

/// What became of one message handed to an SCTP socket.
enum SCTPSending {
    case sent, wouldBlock, failed(Int32)
}
