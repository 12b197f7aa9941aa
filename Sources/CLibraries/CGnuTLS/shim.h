// CGnuTLS: the headers of Debian's libgnutls28-dev, for Swift to import.
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
