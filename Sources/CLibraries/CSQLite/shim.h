// CSQLite: the header of Debian's libsqlite3-dev, for Swift to import.
#include <sqlite3.h>
