// CSnappy: the header of Debian's libsnappy-dev, for Swift to import.
#include <snappy-c.h>
