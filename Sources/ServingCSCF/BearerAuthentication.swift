import Cx
import IMS
import Octets
import SIP

/// GPRS-IMS-bundled authentication (GIBA, early IMS security), TS 33.203 Annex T: a REGISTER without Authorization, by a
/// user of whom the HSS knows the address that the access network has given to the phone. It is asked for by the scheme
/// `Unknown`, so that only the HSS decides who is let in like that. The clauses could not be looked up.
extension ServingCSCF {
    mutating func judge(
        _ request: RegisterRequest, by bearer: BearerAddress?, at now: Instant, into actions: inout [Order]
    ) {
        guard let bearer else {
            return refuse(request, .unreadable("MAA", "it holds no address of a bearer"), into: &actions)
        }
        guard request.credentials == nil else {
            return refuse(
                request,
                .refused(
                    .experimental(.authSchemeNotSupported), "MAR", by: request.privateIdentity,
                    as: request.publicIdentity), into: &actions)
        }
        guard let address = phoneAddress(in: request.message), bearer.contains(address) else {
            return authenticationFailed(
                request, .bearerAddressWrong(phoneAddress(in: request.message)), into: &actions)
        }
        var request = request
        request.proof = .keys
        accept(request, isChallenged: true, at: now, into: &actions)
    }

    /// Where the first proxy has the REGISTER from: the topmost Via that is none of our proxies'. What stands below it the
    /// phone may have made up. In a laboratory where all are on loopback, the lowest.
    private func phoneAddress(in message: SIPMessage) -> IPAddress? {
        do throws(SIPSyntaxError) {
            let all = try message.all(Via.self)
            let via = all.first { via in
                !isTrusted(via.host) || via.received.flatMap { IPAddress($0) }.map { !trusts($0) } == true
            }
            guard let via = via ?? all.last else { return nil }
            return IPAddress(via.received ?? via.host)
        } catch {
            return nil
        }
    }
}

extension RegistrarFault {
    static func bearerAddressWrong(_ address: IPAddress?) -> RegistrarFault {
        RegistrarFault(
            .forbidden, "BEARER_ADDRESS_WRONG",
            "The REGISTER comes from \(address.map { "\($0)" } ?? "an unknown address"), which is not that of the user's bearer.",
            hint: "See imsctl identity show: the address is told to the HSS when the bearer is set up (GIBA).")
    }
}
