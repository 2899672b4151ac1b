/// A form in which subscribers are kept here or elsewhere, by the word of `--format`.
package enum SubscriberFormat: String, CaseIterable, Sendable {
    /// A provisioning document of ours.
    case yaml
    /// The entries of a provisioning document, one on a line.
    case jsonLines = "jsonl"
    /// `auc`, `subscriber` and `ims_subscriber` of the PyHSS API; VectorCore has the same names.
    case pyHSS = "pyhss"
    /// What Open5GS keeps in MongoDB, as mongoexport writes it.
    case open5GS = "open5gs"
    /// Commands of open5gs-dbctl.
    case dbctl = "open5gs-dbctl"
    /// A MySQL dump of the Fraunhofer HSS.
    case fhoss
    /// The table `subscriber` of Kamailio, as a MySQL dump or as columns.
    case kamailio
    /// The SQLite database of osmo-hlr.
    case osmoHLR = "osmo-hlr"
    /// Columns under names, or with `--columns`.
    case csv
    /// The same as pySim and sysmocom write it: some columns may be under a transport key.
    case pySim = "pysim"
    /// The answer of a SIM vendor: a header, then `Var_Out:` with the names of what follows.
    case simOutput = "sim-out"
    /// Bulk provisioning of Clearwater: public identity, private identity, realm, password.
    case clearwater
    /// A file of accounts for SIPp.
    case sipp

    package var isRead: Bool { self != .sipp }

    package var isWritten: Bool {
        switch self {
        case .yaml, .jsonLines, .pyHSS, .dbctl, .csv, .sipp: true
        case .open5GS, .fhoss, .kamailio, .osmoHLR, .pySim, .simOutput, .clearwater: false
        }
    }

    package static var readable: [SubscriberFormat] { allCases.filter(\.isRead) }
    package static var writable: [SubscriberFormat] { allCases.filter(\.isWritten) }
}
