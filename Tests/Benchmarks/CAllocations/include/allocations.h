#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stdint.h>

/// Calls of malloc, calloc, realloc and aligned allocation that this thread has made.
uint64_t allocations_of_thread(void);

/// Octets that this thread has allocated and not freed, less those of others that it has freed.
int64_t octets_held_by_thread(void);

#endif
