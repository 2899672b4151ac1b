#include <libxml/xmlversion.h>
/* Its converters by ICU are not used here; their headers declare what Foundation's own ICU declares otherwise, and one
   program cannot import both. */
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlschemas.h>
