import Diameter
import NIOCore
import NIOTLS
import Octets

/// Diameter over TLS, RFC 6733 §13.1: the peer is whom its certificate names.
///
/// Stands behind `TLSPeerCheck`. Nothing of the association is heard of before the handshake is complete. Of what arrives
/// then, the first message (CER or CEA) is held until its Origin-Host is found among the certificate's names; after that
/// everything passes. That the Origin-Host is a peer of ours is the Diameter stack's business.
final class CertifiedOrigin: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum State {
        case handshaking, waiting(DiameterFramer), passed, refused
    }

    private var state = State.handshaking
    private var identities: CertificateIdentities?

    /// For `TLSPeerCheck`: both sides must show a certificate.
    func take(_ identities: CertificateIdentities?) -> TLSRefusal? {
        self.identities = identities
        return identities == nil ? TLSRefusal("the peer has shown no certificate") : nil
    }

    /// Passed on when the handshake is complete: until then nobody is connected.
    func channelActive(context: ChannelHandlerContext) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent, case .handshaking = state {
            var limits = DiameterLimits.standard
            limits.messageLength = 65_536
            state = .waiting(DiameterFramer(limits: limits))
            context.fireChannelActive()
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .waiting(var framer) = state else {
            if case .passed = state { context.fireChannelRead(data) }
            return
        }
        framer.append(Array(unwrapInboundIn(data).readableBytesView))
        do throws(DiameterDecodeFailure) {
            guard let first = try framer.next() else {
                state = .waiting(framer)
                return
            }
            let origin = try DiameterMessage(decoding: first)[.originHost]
            guard let origin, let identities, identities.name(origin) else {
                return refuse(
                    context,
                    "the certificate is for \(identities?.hosts.joined(separator: ", ") ?? "nobody"), "
                        + "the peer says it is \(origin?.name ?? "nobody")")
            }
            state = .passed
            context.fireChannelRead(wrapInboundOut(context.channel.allocator.buffer(bytes: first + framer.rest)))
        } catch {
            refuse(context, "the first message cannot be read: \(error)")
        }
    }

    private func refuse(_ context: ChannelHandlerContext, _ sentence: String) {
        state = .refused
        context.fireErrorCaught(TLSRefusal(sentence))
        context.close(promise: nil)
    }
}

extension CertificateIdentities {
    /// The hosts that the certificate is for: dNSNames, or the CN of a certificate without a subjectAltName.
    var hosts: [String] { hasAlternativeName ? dnsNames : domains }

    /// Whole names only, no wildcards: a Diameter identity is one host (RFC 6733 §4.3.1).
    func name(_ identity: DiameterIdentity) -> Bool { hosts.contains(identity.name) }
}
