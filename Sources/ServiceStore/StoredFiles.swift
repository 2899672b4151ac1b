import Foundation

/// Files below one folder, each of which is whole or not there: written beside its place, on the disk, then moved to it.
struct StoredFiles {
    private let folder: String

    /// What a file that is being written ends with.
    private static let unfinished = ".part"
    /// Files of this name are the operator's.
    private static let kept = "greeting."

    init(folder: String) throws(ServiceStoreFailure) {
        self.folder = folder
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ServiceStoreFailure("\(folder) cannot be made: \(error)")
        }
    }

    func write(_ octets: [UInt8], to name: String) throws(ServiceStoreFailure) {
        let path = try path(name)
        let directory = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ServiceStoreFailure("\(directory) cannot be made: \(error)")
        }
        try Self.write(octets, to: path + Self.unfinished)
        guard rename(path + Self.unfinished, path) == 0 else { throw Self.failure("rename", path) }
        try Self.synchronize(directory, O_RDONLY | O_DIRECTORY)
        try Self.synchronize(folder, O_RDONLY | O_DIRECTORY)
    }

    func read(_ name: String) throws(ServiceStoreFailure) -> [UInt8] {
        let path = try path(name)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ServiceStoreFailure("\(path) cannot be read")
        }
        return Array(data)
    }

    func remove(_ name: String) {
        do throws(ServiceStoreFailure) { unlink(try path(name)) } catch {
            // A name that is none of ours has no file.
        }
    }

    func removeAll(except known: Set<String>) {
        for name in FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }) ?? [] {
            let last = (name as NSString).lastPathComponent
            guard name.contains("/"), !last.hasPrefix(Self.kept), !known.contains(name) else { continue }
            unlink("\(folder)/\(name)")
        }
    }

    // MARK: Steps

    /// `FOLDER/FILE`, neither beginning with a dot.
    private func path(_ name: String) throws(ServiceStoreFailure) -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }) else {
            throw ServiceStoreFailure("\(name) is no file of a mailbox")
        }
        return "\(folder)/\(name)"
    }

    private static func write(_ octets: [UInt8], to path: String) throws(ServiceStoreFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        var start = 0
        while start < octets.count {
            let written = octets.withUnsafeBytes {  // write(2) takes a pointer
                Foundation.write(descriptor, $0.baseAddress.map { $0 + start }, octets.count - start)
            }
            if written > 0 { start += written } else if errno != EINTR { throw failure("write", path) }
        }
        guard fsync(descriptor) == 0 else { throw failure("fsync", path) }
    }

    private static func synchronize(_ path: String, _ flags: Int32) throws(ServiceStoreFailure) {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync", path) }
    }

    private static func failure(_ call: String, _ path: String) -> ServiceStoreFailure {
        ServiceStoreFailure("\(path): \(call): \(String(cString: strerror(errno)))")
    }
}
