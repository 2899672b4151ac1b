#include <sofia-sip/sip.h>
