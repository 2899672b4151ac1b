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
    let names = (0..<phones).map { "0010100000\(10_000 + $0)" }
    for name in names {
        try lab.subscribe(name)
        var arguments = ["k": SimulatedLab.key, "opc": SimulatedLab.opc, "expires": "3600"]
        arguments["security"] = algorithms
        lab.phone(name, arguments)
    }
    let nodes = [("P-CSCF", NodeMeter(lab.proxy)), ("phone", NodeMeter(lab.phones))]
    var parts: [[Meter]] = nodes.map { _ in [] }
    var whole: [Meter] = []
    for run in 0..<6 {
        for (_, node) in nodes { node.reset() }
        var meter = Meter()
        let done = meter.count(phones) { perform("register", names, lab, expecting: "registered") }
        precondition(done == phones, "\(phones - done) phones did not register: \(lab.proxy.refusals)")
        if run > 0 {  // The first fills the tables.
            whole.append(meter)
            for (index, node) in nodes.enumerated() { parts[index].append(node.1.meter(operations: phones)) }
        }
        perform("deregister", names, lab, expecting: "deregistered")
    }
    benchmark.record(name, whole)
    for (node, meters) in zip(nodes, parts) { benchmark.record("  of it \(node.0)", meters) }
}
