import IMS
import NodeIO
import SubscriberStore

/// Why a command could not be carried out: one sentence that says what, where and what to do, and the exit status.
package struct OperationFailure: Error, Equatable, CustomStringConvertible {
    package let status: ExitStatus
    package let sentence: String

    package init(_ status: ExitStatus, _ sentence: String) {
        self.status = status
        self.sentence = sentence
    }

    package var description: String { sentence }
}

extension OperationFailure {
    package init(_ failure: SubscriberStore.Failure) {
        switch failure {
        case .refused(let error): self.init(error.kind == .invalid ? .usage : .failed, "\(error)")
        case .store(let error): self.init(error)
        }
    }

    package init(_ error: StoreError) {
        switch error {
        case .missing, .full, .busy, .readOnly, .failed: self.init(.unavailable, "\(error)")
        case .empty, .notADatabase, .foreign, .newer, .damaged, .keys, .cannotOpen:
            self.init(.configuration, "\(error)")
        }
    }
}
