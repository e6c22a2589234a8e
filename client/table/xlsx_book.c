/* Owns what the sheets of a workbook share: their names and parts, number formats, strings. Invariant:
 * strings and pointers together stay within text_limit. Must not read cells. */
#include "client/table/xlsx_book.h"

#include <string.h>
#include <strings.h>

#include "common/core/text.h"

enum { TEXT_BLOCK = 64 << 10, RELATIONS_MAX = 4096, FORMATS_MAX = 4096 };

static ErrCode book_fault(Err *err, const char *reason, const char *part)
{
    err_set(err, ERR_INVALID_ARGUMENT, reason);
    return err_arg(err, "part", "%s", part);
}

ErrCode xlsx_read_part(Xlsx *book, const char *name, const XmlHandler *handler, Err *err)
{
    PackagePart *part = NULL;
    ErrCode code = package_open_part(book->package, name, &part, err);

    if (code != ERR_OK)
        return code;
    code = book->slowly ? xml_read_slowly(part, handler, err) : xml_read(part, handler, err);
    package_close_part(part);
    return code;
}

bool xlsx_parse_index(const char *text, uint64_t most, uint64_t *ret)
{
    uint64_t value = 0;
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 18 || text[digits] != '\0')
        return false;
    for (; *text != '\0'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    *ret = value;
    return value <= most;
}

/* ---- text ---- */

bool xlsx_text_add(XlsxText *text, const char *piece, size_t size)
{
    if (size > XLSX_TEXT_SIZE - 1 - text->length)
        return false;
    memcpy(text->data + text->length, piece, size);
    text->length += size;
    text->data[text->length] = '\0';
    for (size_t i = 0; i < size; i++)
        text->characters += ((unsigned char)piece[i] & 0xC0) != 0x80;
    return text->characters <= XLSX_CELL_MAX;
}

/* "_x" four hexadecimal digits "_"; -1: none. */
static int escaped_point(const char *at)
{
    int point = 0;

    if (at[0] != '_' || at[1] != 'x')
        return -1;
    for (int i = 2; i < 6; i++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *digit = at[i] == '\0' ? NULL : strchr(digits, at[i]);
        if (digit == NULL)
            return -1;
        int value = (int)(digit - digits);
        point = point * 16 + (value > 15 ? value - 6 : value);
    }
    return at[6] == '_' ? point : -1;
}

void xlsx_text_unescape(XlsxText *text)
{
    char *from = strstr(text->data, "_x"), *to = from;

    if (from == NULL)
        return;
    while (*from != '\0') {
        int point = *from == '_' ? escaped_point(from) : -1;
        if (point <= 0 || point >= 0x80) { /* what is not ASCII needs no escape */
            *to++ = *from++;
            continue;
        }
        *to++ = (char)point;
        from += 7;
    }
    *to = '\0';
    text->length = (size_t)(to - text->data);
}

/* Memory of the strings, which counts; NULL with *err set. */
static void *take(Xlsx *book, size_t size, Err *err)
{
    if (size > book->text_limit - book->text_used) {
        err_set(err, ERR_INVALID_ARGUMENT, "XLSX_TEXT_LIMIT");
        err_arg(err, "limit", "%zu", book->text_limit);
        return NULL;
    }
    void *memory = arena_alloc(book->arena, size);
    if (memory == NULL)
        err_memory(err);
    else
        book->text_used += size;
    return memory;
}

/* A copy that lives with the book, many to a block. */
static const char *keep_text(Xlsx *book, const XlsxText *text, Err *err)
{
    size_t size = text->length + 1;

    if (size > book->left) {
        size_t block = size > TEXT_BLOCK ? size : TEXT_BLOCK;
        book->left = 0;
        book->room = take(book, block, err);
        if (book->room == NULL)
            return NULL;
        book->left = block;
    }
    char *copy = memcpy(book->room, text->data, size);
    book->room += size;
    book->left -= size;
    return copy;
}

/* ---- shared strings ---- */

typedef struct StringsReader {
    Xlsx *book;
    XlsxText text;
    bool in_item, in_text;
    unsigned phonetic; /* depth of what is read aloud, not shown */
} StringsReader;

static ErrCode strings_start(void *context, const char *name, const char *const *attributes, Err *err)
{
    StringsReader *reader = context;

    (void)attributes, (void)err;
    if (reader->phonetic > 0 || text_equal(name, "rPh")) {
        reader->phonetic++;
    } else if (text_equal(name, "si")) {
        reader->in_item = true;
        reader->text.length = reader->text.characters = 0;
        reader->text.data[0] = '\0';
    } else if (text_equal(name, "t")) {
        reader->in_text = reader->in_item;
    }
    return ERR_OK;
}

/* Appends the text; blocks never move, only the list of blocks grows. */
static ErrCode add_string(Xlsx *book, const XlsxText *text, Err *err)
{
    size_t at = book->string_count / XLSX_STRING_BLOCK, within = book->string_count % XLSX_STRING_BLOCK;
    const char *copy = keep_text(book, text, err);

    if (copy == NULL)
        return err->code;
    if (at == book->block_room) {
        size_t room = at == 0 ? 64 : at * 2;
        const char ***grown = take(book, room * sizeof *grown, err);
        if (grown == NULL)
            return err->code;
        if (at > 0)
            memcpy(grown, book->strings, at * sizeof *grown);
        book->strings = grown;
        book->block_room = room;
    }
    if (within == 0) {
        book->strings[at] = take(book, XLSX_STRING_BLOCK * sizeof **book->strings, err);
        if (book->strings[at] == NULL)
            return err->code;
    }
    book->strings[at][within] = copy;
    book->string_count++;
    return ERR_OK;
}

static ErrCode strings_end(void *context, const char *name, Err *err)
{
    StringsReader *reader = context;
    Xlsx *book = reader->book;

    if (reader->phonetic > 0) {
        reader->phonetic--;
    } else if (text_equal(name, "t")) {
        reader->in_text = false;
    } else if (text_equal(name, "si") && reader->in_item) {
        reader->in_item = false;
        xlsx_text_unescape(&reader->text);
        return add_string(book, &reader->text, err);
    }
    return ERR_OK;
}

static ErrCode strings_text(void *context, const char *text, size_t size, Err *err)
{
    StringsReader *reader = context;

    if (!reader->in_text || reader->phonetic > 0 || xlsx_text_add(&reader->text, text, size))
        return ERR_OK;
    err_set(err, ERR_INVALID_ARGUMENT, "XLSX_STRING_TOO_LONG");
    err_arg(err, "string", "%zu", reader->book->string_count + 1);
    return err_arg(err, "limit", "%d", XLSX_CELL_MAX);
}

static ErrCode load_strings(Xlsx *book, const char *part, Err *err)
{
    StringsReader reader = {.book = book, .text.data = arena_alloc(book->arena, XLSX_TEXT_SIZE)};
    XmlHandler handler = {&reader, strings_start, strings_end, strings_text};

    return reader.text.data == NULL ? err_memory(err) : xlsx_read_part(book, part, &handler, err);
}

const char *xlsx_get_string(const Xlsx *book, uint64_t index)
{
    return index >= book->string_count ? NULL
                                       : book->strings[index / XLSX_STRING_BLOCK][index % XLSX_STRING_BLOCK];
}

/* ---- relations ---- */

typedef struct Relation {
    const char *id, *type, *target; /* type: its last word; target: a path from the root */
    struct Relation *next;
} Relation;

typedef struct RelationsReader {
    Xlsx *book;
    const char *folder; /* of the part they belong to, "" or "xl/" */
    Relation *first;
    size_t count;
} RelationsReader;

/* "worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml" and "../xl/x.xml" as paths from the root; false: out
 * of it, or too long. path: XLSX_PATH_SIZE bytes. */
static bool resolve(const char *folder, const char *target, char *path)
{
    path[0] = '\0';
    if (target[0] == '/')
        target++;
    else
        text_copy(path, XLSX_PATH_SIZE, folder);
    while (*target != '\0') {
        size_t length = strcspn(target, "/"), used = strlen(path);
        if (length == 2 && target[0] == '.' && target[1] == '.') {
            if (used == 0)
                return false;
            path[--used] = '\0'; /* the slash */
            char *slash = strrchr(path, '/');
            path[slash == NULL ? 0 : slash - path + 1] = '\0';
        } else if (length > 0 && (length != 1 || target[0] != '.')) {
            if (used + length + 2 > XLSX_PATH_SIZE)
                return false;
            memcpy(path + used, target, length + 1);
            path[used + length + (target[length] == '/')] = '\0';
        }
        target += length + (target[length] == '/');
    }
    return true;
}

static ErrCode relations_start(void *context, const char *name, const char *const *attributes, Err *err)
{
    RelationsReader *reader = context;
    const char *id = xml_get(attributes, "Id"), *type = xml_get(attributes, "Type"),
               *target = xml_get(attributes, "Target"), *mode = xml_get(attributes, "TargetMode");
    char path[XLSX_PATH_SIZE];

    if (!text_equal(name, "Relationship") || id == NULL || type == NULL || target == NULL ||
        (mode != NULL && strcasecmp(mode, "External") == 0) || reader->count == RELATIONS_MAX ||
        !resolve(reader->folder, target, path))
        return ERR_OK;
    Relation *relation = ARENA_NEW(reader->book->arena, Relation, 1);
    if (relation == NULL)
        return err_memory(err);
    const char *word = strrchr(type, '/');
    *relation = (Relation){.id = arena_text(reader->book->arena, id),
                           .type = arena_text(reader->book->arena, word == NULL ? type : word + 1),
                           .target = arena_text(reader->book->arena, path),
                           .next = reader->first};
    if (relation->id == NULL || relation->type == NULL || relation->target == NULL)
        return err_memory(err);
    reader->first = relation;
    reader->count++;
    return ERR_OK;
}

static ErrCode ignore_end(void *context, const char *name, Err *err)
{
    (void)context, (void)name, (void)err;
    return ERR_OK;
}

static ErrCode ignore_text(void *context, const char *text, size_t size, Err *err)
{
    (void)context, (void)text, (void)size, (void)err;
    return ERR_OK;
}

/* What a part refers to; part "" is the package. A part without relations is fine. */
static ErrCode load_relations(Xlsx *book, const char *part, Relation **ret, Err *err)
{
    const char *slash = strrchr(part, '/'), *base = slash == NULL ? part : slash + 1;
    const char *folder = arena_printf(book->arena, "%.*s", (int)(base - part), part);
    const char *name = arena_printf(book->arena, "%s_rels/%s.rels", folder == NULL ? "" : folder, base);
    RelationsReader reader = {.book = book, .folder = folder};
    XmlHandler handler = {&reader, relations_start, ignore_end, ignore_text};

    if (folder == NULL || name == NULL)
        return err_memory(err);
    ErrCode code = package_has(book->package, name) ? xlsx_read_part(book, name, &handler, err) : ERR_OK;
    *ret = reader.first;
    return code;
}

/* The target of the relation of that type, or with that id. */
static const char *find_relation(const Relation *first, const char *type, const char *id)
{
    for (const Relation *at = first; at != NULL; at = at->next)
        if ((type == NULL || text_equal(at->type, type)) && (id == NULL || text_equal(at->id, id)))
            return at->target;
    return NULL;
}

/* ---- workbook ---- */

/* "r:id", whatever the prefix is called. */
static const char *relation_id(const char *const *attributes)
{
    for (; attributes[0] != NULL; attributes += 2) {
        const char *colon = strchr(attributes[0], ':');
        if (colon != NULL && text_equal(colon + 1, "id") && !text_starts(attributes[0], "xmlns:"))
            return attributes[1];
    }
    return NULL;
}

typedef struct BookReader {
    Xlsx *book;
    bool is_workbook;
} BookReader;

static ErrCode book_start(void *context, const char *name, const char *const *attributes, Err *err)
{
    BookReader *reader = context;
    Xlsx *book = reader->book;

    if (text_equal(name, "workbook"))
        reader->is_workbook = true;
    if (text_equal(name, "workbookPr")) {
        const char *value = xml_get(attributes, "date1904");
        book->from_1904 = value != NULL && (text_equal(value, "1") || text_equal(value, "true"));
    }
    if (!text_equal(name, "sheet"))
        return ERR_OK;
    const char *title = xml_get(attributes, "name"), *id = relation_id(attributes),
               *state = xml_get(attributes, "state");
    if (title == NULL || id == NULL || book->sheet_count == XLSX_SHEETS_MAX)
        return ERR_OK;
    XlsxSheet *sheet = &book->sheets[book->sheet_count++];
    text_copy(sheet->name, sizeof sheet->name, title);
    sheet->relation = arena_text(book->arena, id);
    sheet->hidden = state != NULL && !text_equal(state, "visible");
    return sheet->relation == NULL ? err_memory(err) : ERR_OK;
}

/* ---- styles ---- */

typedef struct StylesReader {
    Xlsx *book;
    bool in_cells; /* styles of cells, not those they are derived from */
    struct {
        uint32_t id;
        XlsxFormat format;
    } * own; /* formats of the workbook's own */
    size_t own_count;
} StylesReader;

/* What the format with that id makes of numbers. */
static XlsxFormat format_of(const StylesReader *reader, uint64_t id)
{
    for (size_t i = 0; i < reader->own_count; i++)
        if (reader->own[i].id == id)
            return reader->own[i].format;
    return xlsx_format_builtin((unsigned)id);
}

static ErrCode styles_start(void *context, const char *name, const char *const *attributes, Err *err)
{
    StylesReader *reader = context;
    Xlsx *book = reader->book;
    uint64_t id = 0;

    (void)err;
    if (text_equal(name, "cellXfs"))
        reader->in_cells = true;
    const char *number = xml_get(attributes, "numFmtId"), *code = xml_get(attributes, "formatCode");
    bool known = number != NULL && xlsx_parse_index(number, UINT32_MAX, &id);
    if (text_equal(name, "numFmt") && known && code != NULL && reader->own_count < FORMATS_MAX) {
        reader->own[reader->own_count].id = (uint32_t)id;
        reader->own[reader->own_count++].format = xlsx_format_parse(code);
    } else if (text_equal(name, "xf") && reader->in_cells && book->format_count < XLSX_STYLES_MAX) {
        book->formats[book->format_count++] = (uint8_t)(known ? format_of(reader, id) : XLSX_FORMAT_NUMBER);
    }
    return ERR_OK;
}

static ErrCode styles_end(void *context, const char *name, Err *err)
{
    StylesReader *reader = context;

    (void)err;
    if (text_equal(name, "cellXfs"))
        reader->in_cells = false;
    return ERR_OK;
}

static ErrCode load_styles(Xlsx *book, const char *part, Err *err)
{
    StylesReader reader = {.book = book};
    XmlHandler handler = {&reader, styles_start, styles_end, ignore_text};

    reader.own = arena_array(book->arena, FORMATS_MAX, sizeof *reader.own);
    book->formats = arena_alloc(book->arena, XLSX_STYLES_MAX);
    if (reader.own == NULL || book->formats == NULL)
        return err_memory(err);
    return xlsx_read_part(book, part, &handler, err);
}

ErrCode xlsx_load_book(Xlsx *book, Err *err)
{
    BookReader reader = {.book = book};
    XmlHandler handler = {&reader, book_start, ignore_end, ignore_text};
    Relation *relations = NULL;
    ErrCode code = load_relations(book, "", &relations, err);
    const char *part = find_relation(relations, "officeDocument", NULL);

    if (code != ERR_OK)
        return code;
    if (part == NULL || !package_has(book->package, part))
        return book_fault(err, "XLSX_NOT_WORKBOOK", "workbook");
    book->sheets = ARENA_NEW(book->arena, XlsxSheet, XLSX_SHEETS_MAX);
    if (book->sheets == NULL)
        return err_memory(err);
    code = xlsx_read_part(book, part, &handler, err);
    if (code == ERR_OK)
        code = load_relations(book, part, &relations, err);
    if (code != ERR_OK)
        return code;
    size_t count = 0;
    for (size_t i = 0; i < book->sheet_count; i++) {
        book->sheets[count] = book->sheets[i];
        book->sheets[count].part = find_relation(relations, "worksheet", book->sheets[i].relation);
        count += book->sheets[count].part != NULL;
    }
    book->sheet_count = count;
    if (!reader.is_workbook || count == 0)
        return book_fault(err, "XLSX_NOT_WORKBOOK", part);
    const char *styles = find_relation(relations, "styles", NULL),
               *strings = find_relation(relations, "sharedStrings", NULL);
    if (styles != NULL && package_has(book->package, styles))
        code = load_styles(book, styles, err);
    if (code == ERR_OK && strings != NULL && package_has(book->package, strings))
        code = load_strings(book, strings, err);
    return code;
}
