/// Why a subscriber cannot be added or found: the field, its value, and what is wrong, for the operator.
///
/// The value of a key is never repeated; what is said of it is its length or the place of the bad character.
package struct ProvisioningError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable { case invalid, exists, unknown, inUse }

    package var kind: Kind
    /// As on the command line, without dashes: `imsi`.
    package var field: String
    package var value: String
    package var sentence: String

    package var description: String { sentence }

    package static func invalid(_ field: String, _ value: String, _ reason: String) -> ProvisioningError {
        ProvisioningError(kind: .invalid, field: field, value: value, sentence: "\(field) \(value): \(reason)")
    }

    /// For a field that must not be shown.
    package static func invalidSecret(_ field: String, _ reason: String) -> ProvisioningError {
        ProvisioningError(kind: .invalid, field: field, value: "", sentence: "\(field): \(reason)")
    }

    /// What the HSS itself says no to, in its words.
    package static func refused(_ sentence: String) -> ProvisioningError {
        ProvisioningError(kind: .unknown, field: "identity", value: "", sentence: sentence)
    }

    package static func exists(_ field: String, _ value: String) -> ProvisioningError {
        ProvisioningError(
            kind: .exists, field: field, value: value, sentence: "\(field) \(value) is there already")
    }

    /// For what cannot be removed because others name it.
    package static func inUse(_ field: String, _ value: String) -> ProvisioningError {
        ProvisioningError(kind: .inUse, field: field, value: value, sentence: "\(field) \(value): it is in use")
    }

    package static func unknown(_ field: String, _ value: String) -> ProvisioningError {
        ProvisioningError(kind: .unknown, field: field, value: value, sentence: "\(field) \(value) is not known")
    }
}
