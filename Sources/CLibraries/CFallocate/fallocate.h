/* Linux's fallocate(2), which glibc declares for C programs only that define _GNU_SOURCE. */
#include <linux/falloc.h>
#include <sys/types.h>

int fallocate(int descriptor, int mode, off_t offset, off_t length);
