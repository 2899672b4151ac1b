/// Deregistration-Reason (615), TS 29.229 §6.3.16.
///
///     Deregistration-Reason ::= {Reason-Code} [Reason-Info]
package struct DeregistrationReason: Hashable, Sendable {
    package var code: DeregistrationReasonCode
    /// Text to show the user.
    package var info: String?

    package init(_ code: DeregistrationReasonCode, info: String? = nil) {
        self.code = code
        self.info = info
    }
}
