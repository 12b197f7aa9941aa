// CYAML: the header of Debian's libyaml-dev, for Swift to import.
#include <yaml.h>
