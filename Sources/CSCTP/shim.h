#include <netinet/sctp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// glibc has no wrappers for the kernel's asynchronous I/O; these are the four calls that a one-shot poll needs.

// A context for one request at a time. 0, or -1 with errno.
static inline int aio_poll_create(aio_context_t *context) {
    *context = 0;
    return (int)syscall(SYS_io_setup, 1, context);
}

// Asks the kernel to add 1 to `eventfd` as soon as `fd` is readable; at once when it is already.
static inline int aio_poll_arm(aio_context_t context, int fd, int eventfd) {
    struct iocb request;
    struct iocb *requests[1] = {&request};
    memset(&request, 0, sizeof request);
    request.aio_lio_opcode = IOCB_CMD_POLL;
    request.aio_fildes = (uint32_t)fd;
    request.aio_buf = EPOLLIN;
    request.aio_flags = IOCB_FLAG_RESFD;
    request.aio_resfd = (uint32_t)eventfd;
    return (int)syscall(SYS_io_submit, context, 1, requests);
}

// Takes a completed request off the ring: 1 when there was one, 0 when not.
static inline int aio_poll_collect(aio_context_t context) {
    struct io_event events[1];
    struct timespec now = {0, 0};
    return (int)syscall(SYS_io_getevents, context, 0, 1, events, &now);
}

static inline void aio_poll_destroy(aio_context_t context) {
    syscall(SYS_io_destroy, context);
}
