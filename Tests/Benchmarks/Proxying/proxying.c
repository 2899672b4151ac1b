/* The three parties round a proxy of OPTIONS over UDP on loopback, and a relay that stands in its place without parsing.
 *
 *   proxying client PORT REQUESTS WINDOW          asks sip:echo@127.0.0.1:PORT, WINDOW requests at a time
 *   proxying server PORT [RESPONSE]               answers each request with 200 until SIGTERM
 *   proxying relay PORT SERVER-PORT REQUEST RESPONSE
 *
 * REQUEST and RESPONSE are sizes in octets. The relay passes requests on as datagrams of the one size, to whom they came
 * from as datagrams of the other; the server's responses have the size it is told, if any. With the sizes that client and
 * server print of a run through a proxy, a run through the relay moves the same number of datagrams of the same sizes. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 4096, LARGEST_WINDOW = 4096 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static double processor(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static struct sockaddr_in place(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int open_socket(int port) {
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    struct sockaddr_in address = place(port);
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address)) {
        perror("proxying");
        exit(69);
    }
    return descriptor;
}

static volatile sig_atomic_t is_over;
static void end(int number) {
    (void)number;
    is_over = 1;
}

static void end_on_term(void) {
    struct sigaction action = {.sa_handler = end}; /* without SA_RESTART: recvfrom returns */
    sigaction(SIGTERM, &action, NULL);
}

static int options(char *text, int port, int own, int slot, unsigned number) {
    return snprintf(text, ROOM,
        "OPTIONS sip:echo@127.0.0.1:%d SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bKc%04d.%08x;rport\r\n"
        "Max-Forwards: 70\r\nFrom: \"Benchmark\" <sip:client@127.0.0.1:%d>;tag=%08x\r\nTo: <sip:echo@127.0.0.1:%d>\r\n"
        "Call-ID: %08x-5f2c91d7@127.0.0.1\r\nCSeq: 1 OPTIONS\r\nContact: <sip:client@127.0.0.1:%d>\r\n"
        "Accept: application/sdp\r\nUser-Agent: proxying\r\nContent-Length: 0\r\n\r\n",
        port, own, slot, number, own, number, port, number, own);
}

static int client(int port, unsigned requests, int window) {
    static unsigned numbers[LARGEST_WINDOW];
    static double sent_at[LARGEST_WINDOW];
    int descriptor = open_socket(0), request_size = 0, response_size = 0;
    struct sockaddr_in own, target = place(port);
    socklen_t length = sizeof own;
    getsockname(descriptor, (struct sockaddr *)&own, &length);
    connect(descriptor, (struct sockaddr *)&target, sizeof target);
    char text[ROOM];
    unsigned begun = 0, done = 0, again = 0, strange = 0;
    double start = now();
    for (int slot = 0; slot < window && begun < requests; slot++) {
        numbers[slot] = begun++;
        sent_at[slot] = now();
        request_size = options(text, port, ntohs(own.sin_port), slot, numbers[slot]);
        send(descriptor, text, request_size, 0);
    }
    while (done < requests) {
        struct pollfd wait = {.fd = descriptor, .events = POLLIN};
        if (poll(&wait, 1, 100) <= 0) {
            if (again > requests / 10 + 100) break; /* nobody answers */
            for (int slot = 0; slot < window; slot++) {
                if (numbers[slot] == ~0u || now() - sent_at[slot] < 0.5) continue;
                again++;
                sent_at[slot] = now();
                send(descriptor, text, options(text, port, ntohs(own.sin_port), slot, numbers[slot]), 0);
            }
            continue;
        }
        int count = recv(descriptor, text, ROOM - 1, 0);
        if (count <= 0) continue;
        text[count] = 0;
        int slot;
        unsigned number;
        char *branch = strstr(text, "branch=z9hG4bKc");
        if (strncmp(text, "SIP/2.0 200", 11) || !branch || sscanf(branch + 15, "%4d.%8x", &slot, &number) != 2 ||
            slot < 0 || slot >= window) {
            strange++;
            continue;
        }
        if (numbers[slot] != number) continue; /* answered before: one of them was sent again */
        response_size = count;
        done++;
        numbers[slot] = ~0u;
        if (begun == requests) continue;
        numbers[slot] = begun++;
        sent_at[slot] = now();
        send(descriptor, text, options(text, port, ntohs(own.sin_port), slot, numbers[slot]), 0);
    }
    double took = now() - start;
    printf("client requests %u seconds %.3f cpu %.3f again %u strange %u request %d response %d\n", done, took,
        processor(), again, strange, request_size, response_size);
    return done == requests && strange == 0 ? 0 : 1;
}

/* The lines of a request that its response copies, RFC 3261 §8.2.6.2. */
static int answer(char *request, int count, char *response) {
    char *out = response + sprintf(response, "SIP/2.0 200 OK\r\n");
    request[count] = 0;
    for (char *line = strstr(request, "\r\n"); line && line[2] && line[2] != '\r';) {
        line += 2;
        char *next = strstr(line, "\r\n");
        if (!next) break;
        int copies = !strncmp(line, "Via:", 4) || !strncmp(line, "From:", 5) || !strncmp(line, "To:", 3) ||
            !strncmp(line, "Call-ID:", 8) || !strncmp(line, "CSeq:", 5);
        if (copies && out + (next - line) + 128 < response + ROOM) {
            memcpy(out, line, next - line);
            out += next - line;
            if (line[0] == 'T') out += sprintf(out, ";tag=echo");
            out += sprintf(out, "\r\n");
        }
        line = next;
    }
    out += sprintf(out, "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n");
    return out - response;
}

static int server(int port, int size) {
    int descriptor = open_socket(port), request_size = 0, response_size = 0;
    static char request[ROOM + 1], response[ROOM];
    unsigned long answered = 0;
    end_on_term();
    while (!is_over) {
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        int count = recvfrom(descriptor, request, ROOM, 0, (struct sockaddr *)&from, &length);
        if (count <= 0) continue;
        request_size = count;
        response_size = answer(request, count, response);
        while (response_size < size && response_size < ROOM) response[response_size++] = ' ';
        sendto(descriptor, response, response_size, 0, (struct sockaddr *)&from, length);
        answered++;
    }
    printf("server requests %lu cpu %.3f request %d response %d\n", answered, processor(), request_size, response_size);
    return 0;
}

/* One client; what the server sends goes to whoever asked last. */
static int relay(int port, int server_port, int request_size, int response_size) {
    int descriptor = open_socket(port);
    struct sockaddr_in client = {0}, server = place(server_port);
    static char octets[2 * ROOM];
    static const char via[] = "\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK";
    end_on_term();
    while (!is_over) {
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        int count = recvfrom(descriptor, octets, ROOM, 0, (struct sockaddr *)&from, &length);
        if (count <= 0) continue;
        if (from.sin_port == server.sin_port) {
            while (count < response_size) octets[count++] = ' ';
            sendto(descriptor, octets, response_size, 0, (struct sockaddr *)&client, sizeof client);
            continue;
        }
        client = from;
        /* A Via behind the others' makes up for the size; the response has it too, where the client does not look. */
        int fill = request_size - count, end = count - 4;
        if (fill > (int)sizeof via) {
            memmove(octets + end + fill, octets + end, 4);
            memset(octets + end, 'x', fill);
            memcpy(octets + end, via, sizeof via - 1);
            count += fill;
        }
        sendto(descriptor, octets, count, 0, (struct sockaddr *)&server, sizeof server);
    }
    return 0;
}

int main(int count, char **arguments) {
    int values[4] = {0};
    for (int i = 2; i < count && i < 6; i++) values[i - 2] = atoi(arguments[i]);
    if (count == 5 && !strcmp(arguments[1], "client") && values[2] > 0 && values[2] <= LARGEST_WINDOW)
        return client(values[0], values[1], values[2]);
    if ((count == 3 || count == 4) && !strcmp(arguments[1], "server")) return server(values[0], values[1]);
    if (count == 6 && !strcmp(arguments[1], "relay") && values[2] <= ROOM && values[3] <= ROOM)
        return relay(values[0], values[1], values[2], values[3]);
    fprintf(stderr, "usage: see the head of proxying.c\n");
    return 64;
}
