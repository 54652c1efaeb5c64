#include <wasmedge/wasmedge.h>
