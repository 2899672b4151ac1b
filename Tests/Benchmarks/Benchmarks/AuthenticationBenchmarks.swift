import AKA
import Octets
import SIP

/// A vector at the HSS, its check at the S-CSCF.
func measureAuthentication(_ benchmark: inout Benchmark) throws {
    guard let key = Secret128(hex: "465b5ce8b199b49faa5f0a2ee238a6bc"),
        let opc = Secret128(hex: "cd63cb71954a9f4e48a5994e37a02baf"),
        let sqn = SequenceNumber(rawValue: 0xff9b_b4d0_b607),
        let rand = Hex.decode("23553cbe9637a89d218ae64dae47bf35").flatMap(RandomChallenge.init(octets:))
    else { return }
    benchmark.measure("one Milenage vector", times: 2_000) {
        keep(AuthenticationVector(Milenage(key: key, opc: opc), rand: rand, sqn: sqn))
    }
    let message = try SIPMessage(parsing: SampleMessage.fromPhone)
    let password: [UInt8] = [0xa5, 0x42, 0x11, 0xd5, 0xe3, 0xba, 0x50, 0xbf]
    try benchmark.measure("read an Authorization and check its digest", times: 5_000) {
        guard let authorization = try message.first(Authorization.self) else { return }
        keep(DigestAccess.matches(authorization.credentials, password: password, method: .register))
    }
}
