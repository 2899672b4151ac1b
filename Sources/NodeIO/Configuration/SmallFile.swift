import Glibc

/// Files that are read whole: configuration, certificates, keys.
enum SmallFile {
    /// What is kept in such files is small; a larger one is something else.
    static let largest = 1 << 20

    /// Why a file cannot be had, as the end of a sentence that begins with its name.
    struct Failure: Error, Equatable {
        var sentence: String
    }

    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(
                sentence: errno == ENOENT
                    ? "the file does not exist" : "the file cannot be read: \(SystemError.sentence(code: errno))")
        }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &room, room.count)
            guard count >= 0 else {
                throw Failure(sentence: "the file cannot be read: \(SystemError.sentence(code: errno))")
            }
            if count == 0 { return octets }
            octets.append(contentsOf: room[..<count])
            guard octets.count <= largest else { throw Failure(sentence: "the file is too large: more than 1 MiB") }
        }
    }
}
