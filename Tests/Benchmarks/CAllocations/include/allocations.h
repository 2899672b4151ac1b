#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stdint.h>

/// Calls of malloc, calloc, realloc and aligned allocation that this thread has made.
uint64_t allocations_of_thread(void);

#endif
