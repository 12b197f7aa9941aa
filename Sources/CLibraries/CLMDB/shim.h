// CLMDB: the header of Debian's liblmdb-dev, for Swift to import.
#include <lmdb.h>
