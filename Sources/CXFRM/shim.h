#include <netinet/in.h>
#include <sys/socket.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <sys/syscall.h>

// glibc declares setns(2) to GNU sources only, which Swift's are not. 0, or -1 with errno.
extern long syscall(long number, ...);
static inline int enter_network_namespace(int descriptor) {
    return (int)syscall(SYS_setns, descriptor, 0x40000000 /* CLONE_NEWNET */);
}
