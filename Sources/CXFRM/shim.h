#include <linux/netlink.h>
#include <sys/syscall.h>

// The C library's headers must not be read here, nor <linux/xfrm.h>, which brings names of theirs: Swift would miss parts of
// them elsewhere. These are its numbers, under its names.
enum {
    XFRM_MSG_NEWSA = 0x10, XFRM_MSG_DELSA, XFRM_MSG_GETSA, XFRM_MSG_NEWPOLICY, XFRM_MSG_DELPOLICY, XFRM_MSG_GETPOLICY,
    XFRM_MSG_EXPIRE = 0x18, XFRM_MSG_UPDPOLICY, XFRM_MSG_UPDSA, XFRM_MSG_MAPPING = 0x26
};
enum { XFRMA_ALG_CRYPT = 2, XFRMA_ENCAP = 4, XFRMA_TMPL = 5, XFRMA_ALG_AEAD = 18, XFRMA_ALG_AUTH_TRUNC = 20 };
enum { XFRM_POLICY_IN = 0, XFRM_POLICY_OUT = 1 };
enum { XFRM_POLICY_ALLOW = 0, XFRM_POLICY_BLOCK = 1 };
enum { XFRM_MODE_TRANSPORT = 0, XFRM_MODE_TUNNEL = 1 };
enum { XFRMNLGRP_EXPIRE = 2, XFRMNLGRP_MAPPING = 8 };
// Of <linux/udp.h>.
enum { UDP_ENCAP = 100, UDP_ENCAP_ESPINUDP = 2 };

// glibc declares setns(2) to GNU sources only, which Swift's are not. 0, or -1 with errno.
extern long syscall(long number, ...);
static inline int enter_network_namespace(int descriptor) {
    return (int)syscall(SYS_setns, descriptor, 0x40000000 /* CLONE_NEWNET */);
}
