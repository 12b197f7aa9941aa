// CLZ4: the header of Debian's liblz4-dev, for Swift to import.
#include <lz4.h>
