/* Parts of a workbook as a stream of elements. Document types and entities are refused; nesting, names and
 * single tags are bounded, so that memory is constant whatever the part holds. */
#ifndef CLIENT_TABLE_XML_H
#define CLIENT_TABLE_XML_H

#include "client/table/package.h"

/* Called in the order of the part. Names of elements come without their prefix: the transitional and the
 * strict form of workbooks differ in namespaces alone. A code other than ERR_OK, with *err set, ends the
 * reading. */
typedef struct XmlHandler {
    void *context;
    /* attributes: name, value, ... NULL; names as written; both gone after the call. */
    ErrCode (*start)(void *context, const char *name, const char *const *attributes, Err *err);
    ErrCode (*end)(void *context, const char *name, Err *err);
    /* Text inside an element, in pieces, well-formed UTF-8. */
    ErrCode (*text)(void *context, const char *text, size_t size, Err *err);
} XmlHandler;

/* Reads the part to its end. INVALID_ARGUMENT with "part": XLSX_DTD, XLSX_XML ("at": the byte),
 * XLSX_XML_LIMIT (nesting, names or one tag too large); what package_read and the handler give. */
ErrCode xml_read(PackagePart *part, const XmlHandler *handler, Err *err) MUST_CHECK;

/* The same without the quick scanner: what it must agree with. */
ErrCode xml_read_slowly(PackagePart *part, const XmlHandler *handler, Err *err) MUST_CHECK;

/* Value of the attribute, NULL when absent. */
const char *xml_get(const char *const *attributes, const char *name);

#endif
