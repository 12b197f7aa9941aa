// CZstd: the header of Debian's libzstd-dev, for Swift to import.
#include <zstd.h>
