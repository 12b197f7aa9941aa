// The one instruction that C has and Swift has not: bring a line of memory near, without waiting for it. Any address will
// do, mapped or not.
#ifndef FSTORE_PREFETCH_H
#define FSTORE_PREFETCH_H

static inline void prefetch_line(const void *address) { __builtin_prefetch(address); }

#endif
