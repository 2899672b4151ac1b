import CAllocations
import IMS
import Octets
import Simulation

/// Whole registrations in virtual time: phone, P-CSCF, I-CSCF, HSS, S-CSCF; challenge and answer, 12 datagrams and
/// 8 Diameter messages each, and the timers until every transaction is gone.
func measureRegistration(_ benchmark: inout Benchmark) throws {
    try measureRegistration(
        &benchmark, "one registration in the simulated network", watches: false,
        budgets: ["P-CSCF": 136, "I-CSCF": 72, "S-CSCF": 212])
    try measureRegistration(
        &benchmark, "one registration with reg-event at the P-CSCF", watches: true,
        budgets: ["P-CSCF": 250, "I-CSCF": 72, "S-CSCF": 302])
}

private func measureRegistration(_ benchmark: inout Benchmark, _ name: String, watches: Bool, budgets: [String: Double])
    throws
{
    guard benchmark.wants(name) else { return }
    let phones = 500
    let lab = SimulatedLab(seed: 1, watches: watches)
    let names = SimulatedPhones.names(phones)
    for name in names { try lab.subscribe(name) }
    benchmark.record(name, NodeMeters(lab), operations: phones, budgets: budgets) {
        let done = lab.perform("register", names) { $0["outcome"]?.text == "registered" }
        precondition(done == phones, "\(phones - done) phones did not register")
    } afterwards: {
        _ = lab.perform("deregister", names) { _ in true }
    }
}
