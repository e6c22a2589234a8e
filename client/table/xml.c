/* Owns XML. Invariant: the quick scanner reports only what expat would report; anything out of the ordinary
 * (comments, entities of its own, another encoding, a fault) is left to expat from that byte on. Must not
 * know what elements mean. */
#include "client/table/xml.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/core/text.h"

enum {
    WINDOW = 256 << 10,    /* bytes looked at, and the longest tag */
    CHUNK = 64 << 10,      /* bytes read at once */
    DEPTH_MAX = 64,        /* elements inside one another */
    NAME_MAX_QUICK = 63,   /* bytes of a name the scanner takes */
    ATTRIBUTES_QUICK = 32, /* attributes the scanner takes */
    NAMES_MAX = 4096,      /* different names expat may keep, about */
    NAME_BYTES_MAX = 1 << 20,
    NAME_BITS = 1 << 15,
    SLOW_MAX = 32 << 20, /* bytes of a part that go through expat: it takes half a second for them */
};

typedef struct Xml {
    PackagePart *part;
    const XmlHandler *handler;
    Err *err;
    ErrCode code; /* first failure */
    size_t depth;
    /* quick */
    char *window; /* bytes [at, end) are not scanned yet */
    size_t at, end;
    uint64_t base; /* of window[0] in the part */
    bool whole;    /* the part is read to its end */
    char names[DEPTH_MAX][NAME_MAX_QUICK + 1];
    const char *attributes[2 * ATTRIBUTES_QUICK + 1];
    /* expat */
    XML_Parser expat;
    bool muted; /* elements opened again for expat's sake */
    size_t name_count, name_bytes;
    uint8_t seen[NAME_BITS / 8];
} Xml;

static ErrCode xml_fault(Xml *xml, const char *reason, uint64_t at)
{
    err_set(xml->err, ERR_INVALID_ARGUMENT, reason);
    err_arg(xml->err, "part", "%s", package_part_name(xml->part));
    return err_arg(xml->err, "at", "%llu", (unsigned long long)at);
}

static const char *local_name(const char *name)
{
    const char *colon = strchr(name, ':');

    return colon == NULL ? name : colon + 1;
}

const char *xml_get(const char *const *attributes, const char *name)
{
    for (; attributes[0] != NULL; attributes += 2)
        if (text_equal(attributes[0], name))
            return attributes[1];
    return NULL;
}

/* ---- expat ---- */

static void stop(Xml *xml, ErrCode code)
{
    xml->code = code;
    XML_StopParser(xml->expat, XML_FALSE);
}

/* Expat keeps every name it ever met: their number is estimated by a bitmap of hashes. */
static void count_name(Xml *xml, const char *name)
{
    uint32_t hash = 2166136261u;
    size_t length = 0;

    for (; name[length] != '\0'; length++)
        hash = (hash ^ (uint8_t)name[length]) * 16777619u;
    hash = (hash ^ hash >> 15) % NAME_BITS;
    if ((xml->seen[hash / 8] >> hash % 8 & 1) != 0)
        return;
    xml->seen[hash / 8] |= (uint8_t)(1 << hash % 8);
    xml->name_bytes += length;
    if (++xml->name_count > NAMES_MAX || xml->name_bytes > NAME_BYTES_MAX)
        stop(xml,
             xml_fault(xml, "XLSX_XML_LIMIT", xml->base + (uint64_t)XML_GetCurrentByteIndex(xml->expat)));
}

static void on_start(void *context, const char *name, const char **attributes)
{
    Xml *xml = context;

    if (xml->muted || xml->code != ERR_OK)
        return;
    count_name(xml, name);
    for (size_t i = 0; attributes[i] != NULL; i += 2)
        count_name(xml, attributes[i]);
    if (++xml->depth > DEPTH_MAX)
        stop(xml,
             xml_fault(xml, "XLSX_XML_LIMIT", xml->base + (uint64_t)XML_GetCurrentByteIndex(xml->expat)));
    if (xml->code != ERR_OK)
        return;
    ErrCode code = xml->handler->start(xml->handler->context, local_name(name),
                                       (const char *const *)attributes, xml->err);
    if (code != ERR_OK)
        stop(xml, code);
}

static void on_end(void *context, const char *name)
{
    Xml *xml = context;

    if (xml->muted || xml->code != ERR_OK)
        return;
    xml->depth--;
    ErrCode code = xml->handler->end(xml->handler->context, local_name(name), xml->err);
    if (code != ERR_OK)
        stop(xml, code);
}

static void on_text(void *context, const char *text, int size)
{
    Xml *xml = context;

    if (xml->muted || xml->code != ERR_OK)
        return;
    ErrCode code = xml->handler->text(xml->handler->context, text, (size_t)size, xml->err);
    if (code != ERR_OK)
        stop(xml, code);
}

/* With a document type come entities, which multiply. */
static void on_doctype(void *context, const char *name, const char *system, const char *public, int internal)
{
    Xml *xml = context;

    (void)name, (void)system, (void)public, (void)internal;
    if (xml->code == ERR_OK)
        stop(xml, xml_fault(xml, "XLSX_DTD", xml->base + (uint64_t)XML_GetCurrentByteIndex(xml->expat)));
}

/* A parser that believes the elements of the scanner to be open. */
static bool expat_open(Xml *xml)
{
    xml->expat = XML_ParserCreate(NULL);
    if (xml->expat == NULL)
        return false;
    XML_SetUserData(xml->expat, xml);
    XML_SetElementHandler(xml->expat, on_start, on_end);
    XML_SetCharacterDataHandler(xml->expat, on_text);
    XML_SetStartDoctypeDeclHandler(xml->expat, on_doctype);
    xml->muted = true;
    bool closed = xml->depth == 0 && xml->names[0][0] != '\0'; /* the root came and went */
    for (size_t i = 0; i < (closed ? 1 : xml->depth); i++) {
        char tag[NAME_MAX_QUICK + 4];
        int length = snprintf(tag, sizeof tag, closed ? "<%s/>" : "<%s>", xml->names[i]);
        if (XML_Parse(xml->expat, tag, length, 0) != XML_STATUS_OK)
            return false;
        xml->base -= (uint64_t)length; /* expat counts these bytes too */
    }
    xml->muted = false;
    return true;
}

/* A block of the part; *fed: bytes given to expat so far. A tag expat cannot finish may not grow for ever. */
static ErrCode expat_feed(Xml *xml, const char *bytes, size_t size, bool last, uint64_t *fed)
{
    enum XML_Status status = XML_Parse(xml->expat, bytes, (int)size, last);

    if (xml->code != ERR_OK)
        return xml->code;
    uint64_t index = (uint64_t)XML_GetCurrentByteIndex(xml->expat);
    if (status != XML_STATUS_OK)
        return XML_GetErrorCode(xml->expat) == XML_ERROR_NO_MEMORY
                   ? err_memory(xml->err)
                   : xml_fault(xml, "XLSX_XML", xml->base + index);
    *fed += size;
    if (*fed > SLOW_MAX) {
        xml_fault(xml, "XLSX_XML_UNUSUAL", xml->base + index);
        return err_arg(xml->err, "limit", "%d", SLOW_MAX);
    }
    if (*fed > index && *fed - index > WINDOW)
        return xml_fault(xml, "XLSX_XML_LIMIT", xml->base + index);
    return ERR_OK;
}

/* The rest of the part. */
static ErrCode read_by_expat(Xml *xml)
{
    uint64_t fed = 0, start = xml->base + xml->at;
    ErrCode code = ERR_OK;

    xml->base = start;
    if (!expat_open(xml))
        return err_memory(xml->err);
    fed = start - xml->base; /* of the opened elements */
    while (xml->at < xml->end && code == ERR_OK) {
        size_t size = xml->end - xml->at < CHUNK ? xml->end - xml->at : CHUNK;
        code = expat_feed(xml, xml->window + xml->at, size, false, &fed);
        xml->at += size;
    }
    for (bool more = !xml->whole; more && code == ERR_OK;) {
        size_t got = 0;
        code = package_read(xml->part, xml->window, CHUNK, &got, xml->err);
        more = got > 0;
        if (code == ERR_OK && more)
            code = expat_feed(xml, xml->window, got, false, &fed);
    }
    return code == ERR_OK ? expat_feed(xml, "", 0, true, &fed) : code;
}

/* ---- the quick scanner ---- */

typedef enum Step { STEP_DONE = 1, STEP_MORE, STEP_LEAVE, STEP_FAIL } Step; /* MORE: of the window */

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '_' || c == '-' || c == '.';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Length of a name of plain letters; 0: none, or one for expat. */
static size_t scan_name(const char *at, const char *end)
{
    const char *start = at;

    if (at == end || !is_name_byte(*at) || (*at >= '0' && *at <= '9') || *at == '-' || *at == '.' ||
        *at == ':')
        return 0;
    while (at < end && is_name_byte(*at))
        at++;
    return (size_t)(at - start) > NAME_MAX_QUICK ? 0 : (size_t)(at - start);
}

/* A character as UTF-8; returns its bytes. */
static size_t put_utf8(uint32_t point, char *to)
{
    static const uint8_t heads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

    if (size == 1) {
        to[0] = (char)point;
        return 1;
    }
    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        to[i] = (char)(0x80 | (point & 0x3F));
    to[0] = (char)(heads[size] | point);
    return size;
}

/* "#1064" or "#x428" of a reference as a character XML allows; 0: for expat. */
static uint32_t parse_point(const char *at, size_t size)
{
    bool hex = size > 1 && at[1] == 'x';
    uint32_t point = 0;

    if (size < (hex ? 3 : 2) || size > 8)
        return 0;
    for (size_t i = hex ? 2 : 1; i < size; i++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *digit = memchr(digits, at[i], hex ? 22 : 10);
        if (digit == NULL)
            return 0;
        uint32_t value = (uint32_t)(digit - digits);
        point = point * (hex ? 16 : 10) + (value > 15 ? value - 6 : value);
    }
    bool control = point < 0x20 && point != '\t' && point != '\n' && point != '\r';
    bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return control || surrogate || point == 0xFFFE || point == 0xFFFF || point > 0x10FFFF ? 0 : point;
}

/* Bytes of "&lt;", "&#1064;" and their like at `at`, with the character they mean; 0: expat must look. */
static size_t scan_reference(const char *at, const char *end, uint32_t *point)
{
    static const struct {
        char text[5];
        char means;
    } known[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    size_t size = 1;

    while (at + size < end && size < 12 && at[size] != ';')
        size++;
    if (at + size == end || at[size] != ';')
        return 0;
    *point = at[1] == '#' ? parse_point(at + 1, size - 1) : 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0] && at[1] != '#'; i++)
        if (strlen(known[i].text) == size - 1 && memcmp(at + 1, known[i].text, size - 1) == 0)
            *point = (uint32_t)known[i].means;
    return *point == 0 ? 0 : size + 1;
}

/* Whether the text needs nothing but references replaced; *references: how many there are. XML turns returns
 * into line ends, forbids most control characters, "]]>" and U+FFFE, U+FFFF (EF BF BE, EF BF BF). */
static bool is_plain_text(const char *at, const char *end, size_t *references)
{
    bool high = false;

    *references = 0;
    for (const char *c = at; c < end; c++) {
        uint32_t point;
        if ((unsigned char)*c >= 0x80)
            high = true;
        else if ((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t')
            return false;
        else if (*c == '&' && scan_reference(c, end, &point) == 0)
            return false;
        else if (*c == '>' && c - at >= 2 && c[-1] == ']' && c[-2] == ']')
            return false;
        *references += *c == '&';
    }
    return !high || (text_utf8_check((const uint8_t *)at, (size_t)(end - at)) &&
                     memmem(at, (size_t)(end - at), "\xEF\xBF", 2) == NULL);
}

/* Decodes plain text in place; returns its new end. */
static char *decode(char *at, const char *end)
{
    char *to = at;

    for (const char *from = at; from < end;) {
        uint32_t point;
        if (*from == '&') {
            from += scan_reference(from, end, &point);
            to += put_utf8(point, to);
        } else {
            *to++ = *from++;
        }
    }
    return to;
}

/* Bytes of the last character of the text when it is not whole. */
static size_t cut_character(const char *text, size_t size)
{
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        unsigned char c = (unsigned char)text[size - back];
        if (c >= 0xC0)
            return (c >= 0xF0 && back < 4) || (c >= 0xE0 && back < 3) || back < 2 ? back : 0;
        if (c < 0x80)
            return 0;
    }
    return 0;
}

/* Text up to the next tag, or as much of it as is whole. */
static Step scan_text(Xml *xml)
{
    char *start = xml->window + xml->at, *limit = xml->window + xml->end;
    char *end = memchr(start, '<', (size_t)(limit - start));

    if (xml->depth == 0) { /* between declaration and root, and behind it */
        while (start < limit && is_space(*start))
            start++;
        xml->at = (size_t)(start - xml->window);
        return start < limit && *start == '<' ? STEP_DONE : start == limit ? STEP_MORE : STEP_LEAVE;
    }
    if (end == NULL) {
        size_t held = cut_character(start, (size_t)(limit - start));
        const char *entity = memrchr(start, '&', (size_t)(limit - start));
        end = limit - held;
        if (entity != NULL && memchr(entity, ';', (size_t)(limit - entity)) == NULL)
            end = start + (entity - start);
        if (end == start)
            return STEP_MORE;
    }
    if (end > start) {
        size_t references;
        if (!is_plain_text(start, end, &references))
            return STEP_LEAVE;
        char *text_end = references == 0 ? end : decode(start, end);
        xml->code = xml->handler->text(xml->handler->context, start, (size_t)(text_end - start), xml->err);
        if (xml->code != ERR_OK)
            return STEP_FAIL;
    }
    xml->at = (size_t)(end - xml->window);
    return end < limit && *end == '<' ? STEP_DONE : STEP_MORE;
}

/* </name>, which must be the name that is open. */
static Step scan_end_tag(Xml *xml, char *at, const char *close)
{
    size_t length = scan_name(at, close);

    if (length == 0 || xml->depth == 0 || strncmp(xml->names[xml->depth - 1], at, length) != 0 ||
        xml->names[xml->depth - 1][length] != '\0' || at + length != close)
        return STEP_LEAVE;
    xml->depth--;
    xml->at = (size_t)(close + 1 - xml->window);
    xml->code = xml->handler->end(xml->handler->context, local_name(xml->names[xml->depth]), xml->err);
    return xml->code == ERR_OK ? STEP_DONE : STEP_FAIL;
}

/* Line ends and tabs in a value become spaces: for expat. */
static bool is_plain_value(const char *value, const char *end, size_t *references)
{
    for (const char *c = value; c < end; c++)
        if (*c == '<' || (unsigned char)*c < 0x20)
            return false;
    return is_plain_text(value, end, references);
}

/* name="value" pairs of [at, close); false: for expat. Nothing of the window is changed before all is sound.
 */
static bool scan_attributes(Xml *xml, char *at, char *close)
{
    size_t count = 0, references, decoded = 0;
    char *ends[2 * ATTRIBUTES_QUICK];

    for (;;) {
        char *before = at;
        while (at < close && is_space(*at))
            at++;
        if (at == close)
            break;
        size_t length = scan_name(at, close);
        char *equals = at + length;
        if (length == 0 || before == at || count == ATTRIBUTES_QUICK || close - equals < 3 ||
            *equals != '=' || (equals[1] != '"' && equals[1] != '\''))
            return false;
        char *value = equals + 2, *end = memchr(value, equals[1], (size_t)(close - value));
        if (end == NULL)
            return false;
        for (size_t i = 0; i < count; i++) /* expat says which is double */
            if ((size_t)(ends[2 * i] - xml->attributes[2 * i]) == length &&
                memcmp(xml->attributes[2 * i], at, length) == 0)
                return false;
        if (!is_plain_value(value, end, &references))
            return false;
        decoded += references;
        xml->attributes[2 * count] = at;
        xml->attributes[2 * count + 1] = value;
        ends[2 * count] = equals;
        ends[2 * count + 1] = end;
        count++;
        at = end + 1;
    }
    for (size_t i = 0; i < 2 * count; i++)
        *(decoded > 0 && i % 2 == 1 ? decode((char *)(uintptr_t)xml->attributes[i], ends[i]) : ends[i]) =
            '\0';
    xml->attributes[2 * count] = NULL;
    return true;
}

/* <name ...> or <name .../>. A bracket inside a value makes the tag look shorter, which the quotes tell. */
static Step scan_start_tag(Xml *xml, char *at, char *close)
{
    bool empty = close[-1] == '/';
    size_t length = scan_name(at, close - empty);

    if (length == 0 || xml->depth == DEPTH_MAX || (xml->depth == 0 && xml->names[0][0] != '\0') ||
        !scan_attributes(xml, at + length, close - empty))
        return STEP_LEAVE;
    char *name = xml->names[xml->depth];
    memcpy(name, at, length);
    name[length] = '\0';
    xml->at = (size_t)(close + 1 - xml->window);
    xml->depth++;
    xml->code = xml->handler->start(xml->handler->context, local_name(name), xml->attributes, xml->err);
    if (xml->code == ERR_OK && empty) {
        xml->depth--;
        xml->code = xml->handler->end(xml->handler->context, local_name(name), xml->err);
    }
    return xml->code == ERR_OK ? STEP_DONE : STEP_FAIL;
}

/* A comment of plain text that is whole within the window; whatever else begins so is for expat. */
static Step scan_comment(Xml *xml, const char *at)
{
    size_t left = xml->end - (size_t)(at - xml->window), references;

    if (left < 6 || memcmp(at, "!--", 3) != 0)
        return STEP_LEAVE;
    const char *close = memmem(at + 3, left - 3, "--", 2);
    if (close == NULL || (size_t)(close - at) + 3 > left)
        return STEP_LEAVE;
    if (close[2] != '>' || memchr(at, '&', (size_t)(close - at)) != NULL ||
        !is_plain_text(at, close, &references))
        return STEP_LEAVE;
    xml->at = (size_t)(close + 3 - xml->window);
    return STEP_DONE;
}

/* A tag that is whole within the window. */
static Step scan_tag(Xml *xml)
{
    char *at = xml->window + xml->at + 1;
    char *close = memchr(at, '>', xml->end - xml->at - 1);

    if (close == NULL)
        return STEP_MORE;
    if (*at == '!' || *at == '?')
        return scan_comment(xml, at);
    return *at == '/' ? scan_end_tag(xml, at + 1, close) : scan_start_tag(xml, at, close);
}

/* Moves what is not scanned yet to the front and reads on; false: the window is full, or the part ended. */
static bool refill(Xml *xml)
{
    size_t left = xml->end - xml->at, got = 0;

    if (xml->whole || left == WINDOW)
        return false;
    memmove(xml->window, xml->window + xml->at, left);
    xml->base += xml->at;
    xml->at = 0;
    xml->end = left;
    size_t room = WINDOW - left < CHUNK ? WINDOW - left : CHUNK;
    xml->code = package_read(xml->part, xml->window + left, room, &got, xml->err);
    xml->whole = got == 0;
    xml->end += got;
    return xml->code == ERR_OK && got > 0;
}

/* Whether the text begins as the pattern does, quotes being either kind and letters either case; moves behind
 * it. */
static bool match(const char **at, const char *end, const char *pattern)
{
    const char *text = *at;

    for (; *pattern != '\0'; pattern++, text++)
        if (text == end || (strncasecmp(text, pattern, 1) != 0 && (*pattern != '"' || *text != '\'')))
            return false;
    *at = text;
    return true;
}

/* Byte order mark and declaration; false: another encoding, for expat. */
static bool skip_declaration(Xml *xml)
{
    const char *at = xml->window, *end = at + xml->end;

    match(&at, end, "\xEF\xBB\xBF");
    if (match(&at, end, "<?xml")) {
        if (!match(&at, end, " version=\"1.0\""))
            return false;
        match(&at, end, " encoding=\"UTF-8\"");
        if (!match(&at, end, " standalone=\"yes\""))
            match(&at, end, " standalone=\"no\"");
        if (!match(&at, end, "?>"))
            return false;
    }
    xml->at = (size_t)(at - xml->window);
    return true;
}

/* As far as the part is plain; true: to its end. */
static bool scan(Xml *xml)
{
    if (!refill(xml) || !skip_declaration(xml))
        return false;
    for (;;) {
        Step step = scan_text(xml);
        if (step == STEP_DONE)
            step = scan_tag(xml);
        if (step == STEP_MORE && !refill(xml))
            /* a whole document, or a fault that expat words */
            return xml->code == ERR_OK && xml->at == xml->end && xml->depth == 0 && xml->names[0][0] != '\0';
        if (step == STEP_LEAVE || step == STEP_FAIL)
            return false;
    }
}

static ErrCode read_part(PackagePart *part, const XmlHandler *handler, bool quick, Err *err)
{
    Xml *xml = calloc(1, sizeof *xml);
    char *window = malloc(WINDOW);
    ErrCode code = xml == NULL || window == NULL ? err_memory(err) : ERR_OK;

    if (code == ERR_OK) {
        xml->part = part;
        xml->handler = handler;
        xml->err = err;
        xml->window = window;
        bool done = quick && scan(xml);
        code = done || xml->code != ERR_OK ? xml->code : read_by_expat(xml);
        if (xml->expat != NULL)
            XML_ParserFree(xml->expat);
    }
    free(window);
    free(xml);
    return code;
}

ErrCode xml_read(PackagePart *part, const XmlHandler *handler, Err *err)
{
    return read_part(part, handler, true, err);
}

ErrCode xml_read_slowly(PackagePart *part, const XmlHandler *handler, Err *err)
{
    return read_part(part, handler, false, err);
}
