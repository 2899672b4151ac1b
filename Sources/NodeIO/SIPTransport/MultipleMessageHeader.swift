import Glibc

/// `struct mmsghdr` of sendmmsg(2) and recvmmsg(2): a header and how many octets were sent or received. Swift lays out
/// structures as C does.
struct MultipleMessageHeader {
    var header = msghdr()
    var count: UInt32 = 0
}
