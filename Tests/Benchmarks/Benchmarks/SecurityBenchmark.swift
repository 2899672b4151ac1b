import IMS
import Octets
import ProxyCSCF
import Simulation

/// Whole registrations in virtual time, without a security agreement and with one (RFC 3329, TS 33.203): on the same hosts,
/// with the same sockets. What the kernel does is not in it; the simulated one only keeps a table.
func measureSecurity(_ benchmark: inout Benchmark) throws {
    try measureSecurity(&benchmark, "one registration without security agreement", nil)
    try measureSecurity(&benchmark, "one registration with security agreement", "hmac-sha-1-96/aes-cbc")
}

private func measureSecurity(_ benchmark: inout Benchmark, _ name: String, _ algorithms: String?) throws {
    guard benchmark.wants(name) else { return }
    let phones = 50
    var ipsec = SimulatedIPsec()
    ipsec.phones = phones
    ipsec.demand = .optional
    let lab = SimulatedLab(seed: 1, watches: false, ipsec: ipsec)
    let names = SimulatedPhones.names(phones)
    for name in names {
        try lab.subscribe(name)
        var arguments = ["k": SimulatedLab.key, "opc": SimulatedLab.opc, "expires": "3600"]
        arguments["security"] = algorithms
        lab.phone(name, arguments)
    }
    benchmark.record(name, NodeMeters(lab), operations: phones) {
        let done = lab.perform("register", names) { $0["outcome"]?.text == "registered" }
        precondition(done == phones, "\(phones - done) phones did not register: \(lab.proxy.refusals)")
    } afterwards: {
        _ = lab.perform("deregister", names) { _ in true }
    }
}
