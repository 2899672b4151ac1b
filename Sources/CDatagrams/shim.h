#include <sys/syscall.h>

// glibc declares sendmmsg(2) and recvmmsg(2) to GNU sources only, which Swift's are not, and its headers must not be read here: Swift
// would miss parts of them elsewhere. These are the calls; the caller lays out `struct mmsghdr`.
extern long syscall(long number, ...);

// socket(2): SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, in Linux's numbers.
static inline int open_datagram_socket(int family) { return (int)syscall(SYS_socket, family, 2 | 04000 | 02000000, 0); }

// How many datagrams have come, or -1 with errno.
static inline int receive_datagrams(int socket, void *datagrams, unsigned int count, int flags) {
    return (int)syscall(SYS_recvmmsg, socket, datagrams, count, flags, 0);
}

// How many datagrams have left, or -1 with errno for the first.
static inline int send_datagrams(int socket, void *datagrams, unsigned int count, int flags) {
    return (int)syscall(SYS_sendmmsg, socket, datagrams, count, flags);
}
