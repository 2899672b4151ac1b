import IMS
import NIOCore
import SIP

extension Node {
    /// What the core wants to know of the domain name system. Without a resolver every query fails, and the log says why.
    func resolve(_ query: DNSQuery) {
        do throws(DNSResolverFailure) {
            if resolver == nil { resolver = try makeResolver() }
            resolver?.ask(query)
        } catch {
            log.write(Observation(.error, "no names can be looked up: \(error)"))
            handle(.resolved(query, .failed(.server)))  // waits its turn, see `handle`
        }
    }

    private func makeResolver() throws(DNSResolverFailure) -> DNSResolver {
        try DNSResolver(on: loop, settings: settings.dns) { [unowned self] query, answer in
            self.handle(.resolved(query, answer))
            self.flush()
        }
    }
}
