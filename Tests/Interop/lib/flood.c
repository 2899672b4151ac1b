/* flood: requests of each method at a SIP server over UDP, from many ports, as fast as it goes or at a rate.
 *
 *   flood PORT SECONDS SOCKETS [RATE] [METHOD…]
 *
 * Sends to 127.0.0.1:PORT for SECONDS from SOCKETS sockets bound to addresses 127.0.1.0/24, RATE requests a second (0: as
 * fast as it goes), the METHODs in turn (all by default). Each request is a new one: Call-ID, branch and tags of its own;
 * users exist or not, every eighth message is cut off. Answers are read and thrown away. Prints what it has sent and got. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *all[] = {"REGISTER", "INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO",
                            "UPDATE", "PRACK", "REFER", "BYE", "CANCEL", "ACK", "FLOOD"};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    if (count < 4) {
        fprintf(stderr, "usage: flood PORT SECONDS SOCKETS [RATE] [METHOD...]\n");
        return 64;
    }
    int port = atoi(arguments[1]), sockets = atoi(arguments[3]);
    double seconds = atof(arguments[2]), rate = count > 4 ? atof(arguments[4]) : 0;
    const char **methods = count > 5 ? (const char **)arguments + 5 : all;
    int kinds = count > 5 ? count - 5 : (int)(sizeof all / sizeof *all);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int *descriptors = calloc(sockets, sizeof *descriptors);
    struct sockaddr_in target = {.sin_family = AF_INET, .sin_port = htons(port)};
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < sockets; i++) {
        descriptors[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        struct sockaddr_in source = {.sin_family = AF_INET};
        source.sin_addr.s_addr = htonl(0x7f000100u + i % 250 + 1);
        if (descriptors[i] < 0 || bind(descriptors[i], (struct sockaddr *)&source, sizeof source) ||
            connect(descriptors[i], (struct sockaddr *)&target, sizeof target)) {
            perror("flood");
            return 69;
        }
    }
    double start = now(), end = start + seconds;
    uint64_t sent = 0, lost = 0, answered = 0;
    char text[2048], drain[4096];
    for (uint64_t number = 0;; number++) {
        double at = now();
        if (at >= end) break;
        if (rate > 0 && number > (at - start) * rate) {
            usleep(200);
            number--;
            continue;
        }
        int index = number % sockets, descriptor = descriptors[index];
        const char *method = methods[number / sockets % kinds];
        const char *user = number % 3 ? "nobody" : "flooded";
        int isRegister = !strcmp(method, "REGISTER");
        int length = snprintf(text, sizeof text,
            "%s sip:%s%s127.0.0.1:%d SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.1.%d:%d;branch=z9hG4bK%lx;rport\r\n"
            "Max-Forwards: 70\r\nFrom: <sip:f%lu@127.0.0.1:%d>;tag=%lx\r\nTo: <sip:f%lu@127.0.0.1:%d>\r\n"
            "Call-ID: %lx@flood\r\nCSeq: 1 %s\r\nContact: <sip:f@127.0.1.%d:9>\r\nContent-Length: 0\r\n\r\n",
            method, isRegister ? "" : user, isRegister ? "" : "@", port, index % 250 + 1, 9, number, number % 5000, port,
            number, number % 5000, port, number, method, index % 250 + 1);
        if (number % 8 == 7) length -= 1 + number % (length - 1);
        if (send(descriptor, text, length, 0) < 0) lost++; else sent++;
        while (recv(descriptor, drain, sizeof drain, 0) > 0) answered++;
    }
    double took = now() - start;
    printf("flood: %lu requests in %.0f s (%.0f a second), %lu not sent, %lu answers\n", sent, took, sent / took, lost, answered);
    return 0;
}
