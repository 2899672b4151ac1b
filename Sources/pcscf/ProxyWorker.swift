import IMS
import ProxyCSCF

/// Does what the P-CSCF has done outside its loop, on the worker's thread.
struct ProxyWorker: Sendable {
    /// The kernel's security associations; nil where the configuration wants none.
    var security: SecurityExecutor?

    func perform(_ batch: [ProxyWork]) -> [ProxyWorkResult] {
        batch.map { work in
            switch work {
            case .security(let order):
                .security(security?(order) ?? .failed("there is nobody to install security associations"))
            }
        }
    }
}
