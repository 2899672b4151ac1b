import Foundation

/// The file before SQLite sees it: there are keys in it, so nobody but its owner may read it.
enum DatabaseFile {
    /// - Parameters:
    ///   - allowingEmpty: whether a file of no octets may become the database.
    ///   - readsHeader: not where this process has the database open already: closing any descriptor of the file takes
    ///     away the locks of all its connections (https://sqlite.org/howtocorrupt.html §2.2), and another program that
    ///     ends would then remove the write-ahead log under them.
    static func prepare(
        _ path: String, creates: Bool, allowingEmpty: Bool = false, readsHeader: Bool = true
    ) throws(StoreError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw .cannotOpen(path: path, detail: String(cString: strerror(errno))) }
            guard creates else { throw .missing(path: path) }
            let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw .cannotOpen(path: path, detail: String(cString: strerror(errno)))
            }
            _ = Foundation.close(descriptor)
            return
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .cannotOpen(path: path, detail: "it is no file") }
        if status.st_size > 0 {
            if readsHeader { try checkHeader(path) }
        } else if !allowingEmpty {
            throw .empty(path: path)
        }
        if status.st_mode & 0o077 != 0, chmod(path, 0o600) != 0 {
            throw .cannotOpen(
                path: path,
                detail: "others may read it and its mode cannot be changed: \(String(cString: strerror(errno)))")
        }
    }

    /// The first sixteen octets of every SQLite database: "SQLite format 3" and a zero.
    private static func checkHeader(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, detail: String(cString: strerror(errno))) }
        defer { _ = Foundation.close(descriptor) }
        var header = [UInt8](repeating: 0, count: 16)
        guard read(descriptor, &header, 16) == 16, header == Array("SQLite format 3\0".utf8) else {
            throw .notADatabase(path: path)
        }
    }
}
