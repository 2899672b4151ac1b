import NIOCore
import NIOSSL
import NIOTLS

/// Stands behind the TLS handler and decides, when the handshake is complete, whether the peer is who it should be.
///
/// Nothing that the peer has sent gets past it before. A refusal goes through the pipeline as `TLSRefusal`, then the
/// connection is closed.
package final class TLSPeerCheck: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer

    private let check: (CertificateIdentities?) -> TLSRefusal?

    /// - Parameter check: gets whom the peer's certificate names, nil when it has shown none; returns why it is refused.
    package init(_ check: @escaping (CertificateIdentities?) -> TLSRefusal?) { self.check = check }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        if let refusal = check(Self.peer(context)) {
            context.fireErrorCaught(refusal)
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// nil also when the certificate cannot be taken out of the connection: then nobody has been authenticated.
    private static func peer(_ context: ChannelHandlerContext) -> CertificateIdentities? {
        do {
            let certificate = try context.pipeline.syncOperations.nioSSL_peerCertificate()
            return try certificate.map { CertificateIdentities(der: try $0.toDERBytes()) }
        } catch {
            return nil
        }
    }
}

/// Why a peer whose handshake went well is not taken.
package struct TLSRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String

    package init(_ sentence: String) { description = sentence }

    /// RFC 5922 §7.3: the server is not whom we meant to reach; nil when it is.
    package static func ofServer(_ identities: CertificateIdentities?, expected: TLSPeerName) -> TLSRefusal? {
        guard let identities else { return TLSRefusal("the server has shown no certificate") }
        let isAuthentic =
            switch expected {
            case .domain(let domain): identities.authenticate(domain: domain)
            case .address(let address): identities.authenticate(address: address)
            }
        return isAuthentic ? nil : TLSRefusal("the server's certificate is for \(identities), not for \(expected)")
    }
}
