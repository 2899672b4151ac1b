"""MILENAGE, TS 35.206 §4.1, beside the one of ours: what a SIM would compute."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def xor(first, second):
    return bytes(a ^ b for a, b in zip(first, second))


class SIM:
    def __init__(self, k, opc):
        self.k = bytes.fromhex(k)
        self.opc = bytes.fromhex(opc)

    def _encrypt(self, block):
        return Cipher(algorithms.AES(self.k), modes.ECB()).encryptor().update(block)

    def _output(self, rand, rotation, constant):
        """OUTn for n = 2 to 5."""
        block = xor(self._encrypt(xor(rand, self.opc)), self.opc)
        octets = rotation // 8
        block = bytearray(block[octets:] + block[:octets])
        block[15] ^= constant
        return xor(self._encrypt(bytes(block)), self.opc)

    def f1(self, rand, sqn, amf):
        """MAC-A and MAC-S."""
        block = xor((sqn + amf) * 2, self.opc)
        block = block[8:] + block[:8]
        out = xor(self._encrypt(xor(self._encrypt(xor(rand, self.opc)), block)), self.opc)
        return out[:8], out[8:]

    def res(self, rand):
        return self._output(rand, 0, 1)[8:]

    def ak(self, rand):
        return self._output(rand, 0, 1)[:6]

    def ck(self, rand):
        return self._output(rand, 32, 2)

    def ik(self, rand):
        return self._output(rand, 64, 4)

    def ak_resync(self, rand):
        return self._output(rand, 96, 8)[:6]

    def sqn(self, rand, autn):
        """The SQN of a challenge, or an AssertionError when MAC-A is wrong."""
        sqn = xor(autn[:6], self.ak(rand))
        assert autn[8:] == self.f1(rand, sqn, autn[6:8])[0], "MAC-A is wrong"
        return sqn

    def autn(self, rand, sqn, amf):
        return xor(sqn, self.ak(rand)) + amf + self.f1(rand, sqn, amf)[0]

    def auts(self, rand, sqn):
        """TS 33.102 §6.3.3: AMF is zero."""
        return xor(sqn, self.ak_resync(rand)) + self.f1(rand, sqn, bytes(2))[1]


# TS 35.207/35.208, set 1: whoever breaks this file finds out before blaming the network.
_set1 = SIM("465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf")
_rand = bytes.fromhex("23553cbe9637a89d218ae64dae47bf35")
assert _set1.f1(_rand, bytes.fromhex("ff9bb4d0b607"), bytes.fromhex("b9b9"))[0].hex() == "4a9ffac354dfafb3"
assert _set1.res(_rand).hex() == "a54211d5e3ba50bf"
assert _set1.ck(_rand).hex() == "b40ba9a3c58b2a05bbf0d987b21bf8cb"
assert _set1.ik(_rand).hex() == "f769bcd751044604127672711c6d3441"
assert _set1.ak(_rand).hex() == "aa689c648370"
assert _set1.ak_resync(_rand).hex() == "451e8beca43b"
