#include <netinet/sctp.h>
