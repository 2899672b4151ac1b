/// Server-Capabilities (603): what the S-CSCF to be chosen must and should offer, TS 29.229 §6.3.4.
///
///     Server-Capabilities ::= *[Mandatory-Capability] *[Optional-Capability] *[Server-Name]
package struct ServerCapabilities: Hashable, Sendable {
    package var mandatory: [UInt32]
    package var optional: [UInt32]
    /// S-CSCFs that the HSS steers to.
    package var serverNames: [String]

    package init(mandatory: [UInt32] = [], optional: [UInt32] = [], serverNames: [String] = []) {
        self.mandatory = mandatory
        self.optional = optional
        self.serverNames = serverNames
    }
}
