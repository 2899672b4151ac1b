import CXFRM
import Glibc

/// A network namespace by its name, as ip-netns(8) keeps them.
package enum NetworkNamespace {
    /// Moves this thread, and those that it starts from now on, into the namespace: to be called before there are others.
    ///
    /// - Returns: nil when it is done, else why not, in a sentence.
    package static func enter(_ name: String) -> String? {
        let path = "/run/netns/\(name)"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            return "there is no network namespace \(name) (\(path): \(SystemError.sentence(code: errno)))"
        }
        defer { close(descriptor) }
        guard enter_network_namespace(descriptor) == 0 else {
            return "the network namespace \(name) cannot be entered: \(SystemError.sentence(code: errno))"
        }
        return nil
    }
}
