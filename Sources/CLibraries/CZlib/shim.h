// CZlib: the header of Debian's zlib1g-dev, for Swift to import.
#include <zlib.h>
