import Foundation
import NodeIO
import SubscriberFormats

/// A file of subscribers, opened and recognised.
package struct ImportFile {
    package let path: String
    package let format: SubscriberFormat
    /// Octets in all; nil for what is no plain file.
    package let length: Int?
    private let handle: FileHandle
    private let start: [UInt8]

    private static let piece = 1 << 20

    /// - Parameters:
    ///   - path: `-` for the standard input.
    ///   - format: nil to look what it is.
    package init(_ path: String, format: SubscriberFormat?) throws(OperationFailure) {
        self.path = path
        if path == "-" {
            handle = FileHandle.standardInput
            length = nil
        } else {
            var status = stat()
            guard let opened = FileHandle(forReadingAtPath: path), fstat(opened.fileDescriptor, &status) == 0 else {
                throw OperationFailure(.configuration, "\(path) cannot be read: \(SystemError.sentence(code: errno))")
            }
            guard status.st_mode & S_IFMT != S_IFDIR else {
                throw OperationFailure(.configuration, "\(path) is a directory, not a file")
            }
            handle = opened
            length = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
        }
        start = try Self.read(handle, SubscriberFormat.detectionLength, path)
        guard !start.isEmpty else { throw OperationFailure(.configuration, "\(path): there is nothing in it") }
        let words = SubscriberFormat.readable.map(\.rawValue).joined(separator: ", ")
        guard let format = format ?? SubscriberFormat.detect(start, fileName: path) else {
            throw OperationFailure(
                .configuration, "\(path): its first lines do not say what it is; say it with --format: \(words)")
        }
        guard format.isRead else {
            throw OperationFailure(
                .configuration,
                "\(path) is a file for SIPp, which is written and not read: its keys are for SIPp's own form of AKA")
        }
        self.format = format
    }

    private static func read(_ handle: FileHandle, _ count: Int, _ path: String) throws(OperationFailure) -> [UInt8] {
        do { return [UInt8](try handle.read(upToCount: count) ?? Data()) } catch {
            throw OperationFailure(.configuration, "\(path) cannot be read: \(error.localizedDescription)")
        }
    }

    /// All of it, piece by piece.
    package func forEachPiece(_ body: ([UInt8]) throws(OperationFailure) -> Void) throws(OperationFailure) {
        try body(start)
        while true {
            let octets = try Self.read(handle, Self.piece, path)
            guard !octets.isEmpty else { return }
            try body(octets)
        }
    }

    func whole() throws(OperationFailure) -> [UInt8] {
        var all: [UInt8] = []
        try forEachPiece { octets throws(OperationFailure) in all += octets }
        return all
    }

    /// Kamailio's table can be a dump or columns.
    var isDump: Bool { String(decoding: start, as: UTF8.self).lowercased().contains("insert into") }
}
