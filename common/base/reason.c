/* Owns the sentences for reasons. Invariant: after first use the table never changes, so any thread may read
 * it. Must not show control characters or invent text for a reason it does not know. */
#include "common/base/reason.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/embed.h"

/* A stretch of an embedded file. */
typedef struct Span {
    const char *text;
    size_t length;
} Span;

enum { COLUMN_REASON, COLUMN_CODE, COLUMN_ENGLISH, COLUMN_RUSSIAN, COLUMN_COUNT };

/* One line of a table; the texts stay where they are embedded. */
typedef struct Row {
    Span columns[COLUMN_COUNT];
} Row;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static Row *rows;
static size_t row_count;

/* As strcmp, for stretches without a NUL. */
static int compare_spans(Span a, Span b)
{
    size_t least = a.length < b.length ? a.length : b.length;
    int order = memcmp(a.text, b.text, least);

    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_rows(const void *a, const void *b)
{
    return compare_spans(((const Row *)a)->columns[COLUMN_REASON], ((const Row *)b)->columns[COLUMN_REASON]);
}

/* The part of *rest up to `end` or its close; *rest moves behind it. */
static Span cut(Span *rest, char end)
{
    const char *at = memchr(rest->text, end, rest->length);
    Span part = {rest->text, at != NULL ? (size_t)(at - rest->text) : rest->length};
    size_t used = part.length + (at != NULL);

    rest->text += used;
    rest->length -= used;
    return part;
}

/* Comment lines and empty ones are skipped; a short row has empty columns (a gate refuses them). */
static void load_file(const EmbedFile *file)
{
    Span rest = {(const char *)file->data, file->size};

    while (rest.length > 0) {
        Span line = cut(&rest, '\n');
        Row row;
        if (line.length == 0 || line.text[0] == '#')
            continue;
        for (int i = 0; i < COLUMN_COUNT; i++)
            row.columns[i] = cut(&line, '\t');
        rows[row_count++] = row;
    }
}

/* Counts lines first: one allocation for the life of the process. */
static void load(void)
{
    size_t lines = 0;

    for (size_t i = 0; i < reason_files_count; i++) {
        for (size_t at = 0; at < reason_files[i].size; at++)
            lines += reason_files[i].data[at] == '\n';
        lines++; /* a last line without its end */
    }
    rows = calloc(lines, sizeof *rows);
    if (rows == NULL)
        return; /* every reason is then shown as itself */
    for (size_t i = 0; i < reason_files_count; i++)
        load_file(&reason_files[i]);
    qsort(rows, row_count, sizeof *rows, compare_rows);
}

/* NULL for a reason without a row. */
static const Row *find(const char *reason)
{
    Row key = {.columns[COLUMN_REASON] = {reason, strlen(reason)}};

    pthread_once(&once, load);
    return row_count == 0 ? NULL : bsearch(&key, rows, row_count, sizeof *rows, compare_rows);
}

/* C0 controls and DEL become spaces, C1 controls (0xC2 0x80..0x9F) too: a terminal obeys them. */
static void show_value(Buf *buf, const char *value)
{
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value, next = (unsigned char)value[1];
        if (c == 0xC2 && next >= 0x80 && next <= 0x9F) {
            buf_char(buf, ' ');
            value++;
        } else {
            buf_char(buf, c < 0x20 || c == 0x7F ? ' ' : *value);
        }
    }
}

/* The argument whose key is the span; "?" when the error carries none. */
static void show_arg(const Err *err, Span key, Buf *buf)
{
    for (size_t i = 0; i < err->arg_count; i++) {
        Span name = {err->args[i].key, strlen(err->args[i].key)};
        if (compare_spans(name, key) == 0) {
            show_value(buf, err->args[i].value);
            return;
        }
    }
    buf_char(buf, '?');
}

/* The sentence with every {key} replaced; a brace is never part of a sentence's own text. */
static void show_sentence(const Err *err, Span sentence, Buf *buf)
{
    while (sentence.length > 0) {
        Span plain = cut(&sentence, '{');
        buf_add(buf, plain.text, plain.length);
        if (plain.text + plain.length == sentence.text)
            break; /* no brace left */
        show_arg(err, cut(&sentence, '}'), buf);
    }
}

/* "NEW_REASON (code NOT_FOUND, school 26)": all that is known of a reason without a row. */
static void show_unknown(const Err *err, Buf *buf)
{
    show_value(buf, err->reason[0] != '\0' ? err->reason : err_code_name(err->code));
    buf_printf(buf, " (%s", err_code_name(err->code));
    for (size_t i = 0; i < err->arg_count; i++) {
        buf_text(buf, ", ");
        show_value(buf, err->args[i].key);
        buf_text(buf, " = ");
        show_value(buf, err->args[i].value);
    }
    buf_char(buf, ')');
}

void reason_show(const Err *err, bool russian, Buf *buf)
{
    const Row *row = find(err->reason);

    if (row == NULL)
        show_unknown(err, buf);
    else
        show_sentence(err, row->columns[russian ? COLUMN_RUSSIAN : COLUMN_ENGLISH], buf);
}
