#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>
