import Foundation

/// The file with the master keys, for its owner's eyes alone.
struct MasterKeyFile {
    let path: String

    var exists: Bool { access(path, F_OK) == 0 }

    func read() throws(StoreError) -> MasterKeys {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .keys(path: path, detail: errno == ENOENT ? "it is not there" : String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 == 0 else {
            throw .keys(path: path, detail: "others may read it; it has to be a file of mode 0600 (chmod 600 \(path))")
        }
        guard status.st_size <= 1 << 20, let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw .keys(path: path, detail: "it cannot be read, or is no text")
        }
        guard let keys = MasterKeys(text: text) else {
            throw .keys(path: path, detail: "a line is not a number and 64 hexadecimal digits")
        }
        return keys
    }

    /// Makes the file with a first key, on the disk before it returns; leaves one that is there as it is.
    func create() throws(StoreError) { try write(MasterKeys(), replacing: false) }

    /// Replaces the file in one step, on the disk before it returns.
    func replace(with keys: MasterKeys) throws(StoreError) { try write(keys, replacing: true) }

    private func write(_ keys: MasterKeys, replacing: Bool) throws(StoreError) {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let temporary = "\(target).\(getpid())"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        let octets = Array(keys.revealedText.utf8)
        let isWritten = Foundation.write(descriptor, octets, octets.count) == octets.count && fsync(descriptor) == 0
        _ = Foundation.close(descriptor)
        // link() refuses where a file is: of two programs that start at once the first one's keys stay.
        let isThere =
            replacing ? rename(temporary, target) == 0 : link(temporary, target) == 0 || errno == EEXIST
        guard isWritten, isThere else {
            let failure = failure()
            unlink(temporary)
            throw failure
        }
        if !replacing { unlink(temporary) }
        let folder = open(URL(fileURLWithPath: target).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw failure() }
        _ = fsync(folder)
        _ = Foundation.close(folder)
    }

    private func failure() -> StoreError {
        .keys(path: path, detail: "it cannot be written: \(String(cString: strerror(errno)))")
    }
}
