/* Owns unpacking. Invariant: no byte is unpacked before the whole directory was found sound, and never more
 * than was allowed. Must not know what parts mean. */
#include "client/table/package.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zip.h>

#include "common/core/text.h"

enum { TAIL = 65557, END_SIZE = 22, LOCATOR_SIZE = 20, END64_SIZE = 56, RECORD_SIZE = 46, LOCAL_SIZE = 30 };
enum { MAGIC_END = 0x06054B50, MAGIC_LOCATOR = 0x07064B50, MAGIC_END64 = 0x06064B50 };
enum { MAGIC_RECORD = 0x02014B50, MAGIC_LOCAL = 0x04034B50, FLAG_ENCRYPTED = 1, EXTRA_ZIP64 = 1 };

/* One line of the directory. */
typedef struct Entry {
    const char *name;
    uint64_t offset, packed, unpacked; /* bytes of the file */
    uint64_t end;                      /* of header and data in the file */
} Entry;

struct PackagePart {
    Package *package;
    const Entry *entry;
    zip_file_t *file;
    uint64_t unpacked; /* so far */
};

struct Package {
    zip_t *zip;
    zip_source_t *source;
    Arena *arena;
    Entry *entries; /* as in the directory */
    size_t count;
    uint64_t size;     /* of the file */
    uint64_t limit;    /* bytes that may come out */
    uint64_t unpacked; /* bytes that came out */
    PackagePart part;  /* the one being read */
};

/* part: the entry to blame, or a word for what it is. */
static ErrCode fault(Err *err, const char *reason, const char *part)
{
    err_set(err, ERR_INVALID_ARGUMENT, reason);
    return err_arg(err, "part", "%s", part);
}

static ErrCode limit_fault(Err *err, const char *reason, const char *part, uint64_t limit)
{
    fault(err, reason, part);
    return err_arg(err, "limit", "%llu", (unsigned long long)limit);
}

/* What is wrong with the directory as a whole. */
static ErrCode damaged(Err *err)
{
    return fault(err, "XLSX_DAMAGED", "zip");
}

static uint64_t get(const uint8_t *at, int bytes)
{
    uint64_t value = 0;

    while (bytes-- > 0)
        value = value << 8 | at[bytes];
    return value;
}

/* Exactly size bytes from the source, which is open. */
static bool read_at(Package *package, uint64_t offset, void *to, uint64_t size)
{
    if (offset > package->size || size > package->size - offset)
        return false;
    if (size == 0)
        return true;
    return zip_source_seek(package->source, (zip_int64_t)offset, SEEK_SET) == 0 &&
           zip_source_read(package->source, to, size) == (zip_int64_t)size;
}

typedef struct Directory {
    uint64_t count, size, offset;
    uint64_t end; /* where it must end at the latest */
} Directory;

/* The larger numbers of the ZIP64 form, which stand before the ordinary end. */
static bool find_end64(Package *package, uint64_t end, Directory *directory)
{
    uint8_t locator[LOCATOR_SIZE], record[END64_SIZE];

    if (end < LOCATOR_SIZE || !read_at(package, end - LOCATOR_SIZE, locator, LOCATOR_SIZE) ||
        get(locator, 4) != MAGIC_LOCATOR)
        return true; /* none */
    uint64_t at = get(locator + 8, 8);
    if (!read_at(package, at, record, END64_SIZE) || get(record, 4) != MAGIC_END64)
        return false;
    directory->count = get(record + 32, 8);
    directory->size = get(record + 40, 8);
    directory->offset = get(record + 48, 8);
    directory->end = at;
    return true;
}

/* The end record is the last one whose comment reaches exactly to the end of the file. */
static ErrCode find_directory(Package *package, Directory *directory, Err *err)
{
    uint64_t size = package->size < TAIL ? package->size : TAIL, base = package->size - size;
    uint8_t *tail = arena_alloc(package->arena, size);

    if (tail == NULL)
        return err_memory(err);
    if (!read_at(package, base, tail, size))
        return damaged(err);
    uint64_t at = size < END_SIZE ? 0 : size - END_SIZE + 1;
    while (at > 0 &&
           (get(tail + at - 1, 4) != MAGIC_END || at - 1 + END_SIZE + get(tail + at + 19, 2) != size))
        at--;
    if (at == 0)
        return damaged(err);
    const uint8_t *end = tail + at - 1;
    *directory = (Directory){.count = get(end + 10, 2),
                             .size = get(end + 12, 4),
                             .offset = get(end + 16, 4),
                             .end = base + at - 1};
    if (!find_end64(package, directory->end, directory))
        return damaged(err);
    if (directory->count > PACKAGE_ENTRIES || directory->size > PACKAGE_DIRECTORY)
        return limit_fault(err, "XLSX_ENTRIES", "zip", PACKAGE_ENTRIES);
    if (directory->offset > directory->end || directory->size > directory->end - directory->offset)
        return damaged(err);
    return ERR_OK;
}

/* Numbers that do not fit into 32 bits stand in the extra field, in this order. */
static bool read_zip64(const uint8_t *extra, uint64_t size, Entry *entry)
{
    uint64_t *const numbers[] = {&entry->unpacked, &entry->packed, &entry->offset};
    uint64_t at = 0;

    while (at + 4 <= size && get(extra + at, 2) != EXTRA_ZIP64)
        at += 4 + get(extra + at + 2, 2);
    uint64_t left = at + 4 <= size ? get(extra + at + 2, 2) : 0;
    if (left > 0 && at + 4 + left > size)
        return false;
    at += 4;
    for (size_t i = 0; i < 3; i++) {
        if (*numbers[i] != UINT32_MAX)
            continue;
        if (left < 8)
            return false;
        *numbers[i] = get(extra + at, 8);
        at += 8;
        left -= 8;
    }
    return true;
}

/* Names that would leave the folder they are unpacked into; we unpack nowhere, but nobody honest writes them.
 */
static bool is_hostile_name(const char *name)
{
    if (name[0] == '\0' || name[0] == '/' || name[0] == '\\' || name[1] == ':')
        return true;
    for (const char *at = name; *at != '\0';) {
        size_t length = strcspn(at, "/\\");
        if (length == 2 && at[0] == '.' && at[1] == '.')
            return true;
        at += length + (at[length] != '\0');
    }
    return false;
}

/* One record of the directory; *at moves behind it. */
static ErrCode read_entry(Package *package, const uint8_t **at, const uint8_t *end, Entry *entry, Err *err)
{
    const uint8_t *record = *at;

    if (end - record < RECORD_SIZE || get(record, 4) != MAGIC_RECORD)
        return damaged(err);
    uint64_t name = get(record + 28, 2), extra = get(record + 30, 2), comment = get(record + 32, 2);
    if ((uint64_t)(end - record) < RECORD_SIZE + name + extra + comment)
        return damaged(err);
    const char *text = arena_bytes(package->arena, record + RECORD_SIZE, name);
    if (text == NULL)
        return err_memory(err);
    *entry = (Entry){.name = text,
                     .packed = get(record + 20, 4),
                     .unpacked = get(record + 24, 4),
                     .offset = get(record + 42, 4)};
    *at = record + RECORD_SIZE + name + extra + comment;
    if (strlen(text) != name || is_hostile_name(text))
        return fault(err, "XLSX_ENTRY_NAME", text);
    if (!read_zip64(record + RECORD_SIZE + name, extra, entry))
        return fault(err, "XLSX_DAMAGED", text);
    if ((get(record + 8, 2) & FLAG_ENCRYPTED) != 0)
        return fault(err, "XLSX_ENCRYPTED", text);
    if (entry->unpacked > PACKAGE_SMALL && entry->unpacked / PACKAGE_RATIO > entry->packed)
        return limit_fault(err, "XLSX_RATIO", text, PACKAGE_RATIO);
    if (entry->unpacked > package->limit || package->unpacked + entry->unpacked > package->limit)
        return limit_fault(err, "XLSX_TOO_LARGE", text, package->limit);
    package->unpacked += entry->unpacked;
    return ERR_OK;
}

static int by_offset(const void *a, const void *b)
{
    const Entry *x = *(const Entry *const *)a, *y = *(const Entry *const *)b;

    return (x->offset > y->offset) - (x->offset < y->offset);
}

static int by_name(const void *a, const void *b)
{
    return strcasecmp((*(const Entry *const *)a)->name, (*(const Entry *const *)b)->name);
}

/* Data of an entry follows its local header, whose name and extra field may be longer than the directory's.
 */
static ErrCode check_places(Package *package, const Directory *directory, Err *err)
{
    Entry **sorted = ARENA_NEW(package->arena, Entry *, package->count);

    if (sorted == NULL)
        return err_memory(err);
    for (size_t i = 0; i < package->count; i++) {
        Entry *entry = sorted[i] = &package->entries[i];
        uint8_t local[LOCAL_SIZE];
        if (!read_at(package, entry->offset, local, LOCAL_SIZE) || get(local, 4) != MAGIC_LOCAL)
            return fault(err, "XLSX_DAMAGED", entry->name);
        entry->end = entry->offset + LOCAL_SIZE + get(local + 26, 2) + get(local + 28, 2);
        if (entry->packed > package->size || entry->end + entry->packed > directory->offset)
            return fault(err, "XLSX_DAMAGED", entry->name);
        entry->end += entry->packed;
    }
    qsort(sorted, package->count, sizeof *sorted, by_name);
    for (size_t i = 1; i < package->count; i++)
        if (strcasecmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            return fault(err, "XLSX_ENTRY_TWICE", sorted[i]->name);
    qsort(sorted, package->count, sizeof *sorted, by_offset);
    for (size_t i = 1; i < package->count; i++)
        if (sorted[i]->offset < sorted[i - 1]->end)
            return fault(err, "XLSX_OVERLAP", sorted[i]->name);
    return ERR_OK;
}

/* Read by us, not by the library, which would take memory for a million entries before it says how many. */
static ErrCode read_directory(Package *package, Err *err)
{
    Directory directory = {0};
    ErrCode code = find_directory(package, &directory, err);

    if (code != ERR_OK)
        return code;
    uint8_t *bytes = arena_alloc(package->arena, directory.size);
    package->entries = ARENA_NEW(package->arena, Entry, directory.count);
    if (bytes == NULL || package->entries == NULL)
        return err_memory(err);
    if (!read_at(package, directory.offset, bytes, directory.size))
        return damaged(err);
    const uint8_t *at = bytes;
    while (package->count < directory.count && code == ERR_OK)
        code = read_entry(package, &at, bytes + directory.size, &package->entries[package->count++], err);
    if (code == ERR_OK)
        code = check_places(package, &directory, err);
    package->unpacked = 0; /* from here on what really came out */
    return code;
}

/* The library must see the very directory that was checked. */
static bool is_same_directory(Package *package)
{
    if (zip_get_num_entries(package->zip, 0) != (zip_int64_t)package->count)
        return false;
    for (size_t i = 0; i < package->count; i++) {
        zip_stat_t stat;
        if (zip_stat_index(package->zip, i, ZIP_FL_ENC_RAW, &stat) != 0 ||
            !text_equal(stat.name, package->entries[i].name) || stat.size != package->entries[i].unpacked ||
            stat.comp_size != package->entries[i].packed)
            return false;
    }
    return true;
}

/* The first bytes tell old binary workbooks and encrypted ones, which are no ZIP. */
static ErrCode check_head(Package *package, Err *err)
{
    static const uint8_t ole[] = {0xD0, 0xCF, 0x11, 0xE0};
    uint8_t head[4] = {0};

    if (read_at(package, 0, head, 4) && memcmp(head, ole, 4) == 0)
        return err_set(err, ERR_INVALID_ARGUMENT, "XLSX_OLD_FORMAT");
    if (package->size > package->limit)
        return limit_fault(err, "XLSX_TOO_LARGE", "zip", package->limit);
    return ERR_OK;
}

/* Takes the source, whatever comes of it. */
static ErrCode open_source(Package *package, zip_source_t *source, Err *err)
{
    zip_error_t error;
    zip_stat_t stat;

    package->source = source;
    if (zip_source_stat(source, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0 ||
        zip_source_open(source) != 0)
        return damaged(err);
    package->size = stat.size;
    /* the library cannot read from nothing */
    ErrCode code = package->size < END_SIZE ? damaged(err) : check_head(package, err);
    if (code == ERR_OK)
        code = read_directory(package, err);
    zip_source_close(source);
    if (code != ERR_OK)
        return code;
    zip_error_init(&error);
    package->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    zip_error_fini(&error);
    if (package->zip == NULL)
        return damaged(err);
    package->source = NULL; /* the library's now */
    return is_same_directory(package) ? ERR_OK : damaged(err);
}

/* An empty package with its limit. */
static Package *package_new(size_t unpacked_max, Arena *arena)
{
    Package *package = ARENA_NEW(arena, Package, 1);

    if (package != NULL) {
        package->arena = arena;
        package->limit = unpacked_max == 0 ? PACKAGE_UNPACKED : unpacked_max;
    }
    return package;
}

/* Closes what was opened when it did not end well. */
static ErrCode finish_open(Package *package, zip_source_t *source, Package **ret_package, Err *err)
{
    ErrCode code = source == NULL ? err_memory(err) : open_source(package, source, err);

    if (code != ERR_OK)
        package_close(package);
    else
        *ret_package = package;
    return code;
}

ErrCode package_open(const char *path, size_t unpacked_max, Arena *arena, Package **ret_package, Err *err)
{
    Package *package = package_new(unpacked_max, arena);
    zip_error_t error;

    if (package == NULL)
        return err_memory(err);
    zip_error_init(&error);
    zip_source_t *source = zip_source_file_create(path, 0, -1, &error);
    zip_error_fini(&error);
    return finish_open(package, source, ret_package, err);
}

ErrCode package_open_bytes(const void *bytes, size_t size, size_t unpacked_max, Arena *arena,
                           Package **ret_package, Err *err)
{
    Package *package = package_new(unpacked_max, arena);
    zip_error_t error;

    if (package == NULL)
        return err_memory(err);
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, &error);
    zip_error_fini(&error);
    return finish_open(package, source, ret_package, err);
}

void package_close(Package *package)
{
    if (package == NULL)
        return;
    package_close_part(&package->part);
    if (package->zip != NULL)
        zip_discard(package->zip);
    if (package->source != NULL)
        zip_source_free(package->source);
    package->zip = NULL;
    package->source = NULL;
}

/* By name; SIZE_MAX: none. */
static size_t find(const Package *package, const char *name)
{
    for (size_t i = 0; i < package->count; i++)
        if (strcasecmp(package->entries[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

bool package_has(const Package *package, const char *name)
{
    return find(package, name) != SIZE_MAX;
}

ErrCode package_open_part(Package *package, const char *name, PackagePart **ret_part, Err *err)
{
    size_t at = find(package, name);

    if (at == SIZE_MAX) {
        err_set(err, ERR_NOT_FOUND, "XLSX_PART_MISSING");
        return err_arg(err, "part", "%s", name);
    }
    package_close_part(&package->part);
    zip_file_t *file = zip_fopen_index(package->zip, at, 0);
    if (file == NULL)
        return fault(err, "XLSX_DAMAGED", name);
    package->part = (PackagePart){package, &package->entries[at], file, 0};
    *ret_part = &package->part;
    return ERR_OK;
}

ErrCode package_read(PackagePart *part, void *to, size_t size, size_t *ret, Err *err)
{
    Package *package = part->package;
    const Entry *entry = part->entry;
    zip_int64_t got = zip_fread(part->file, to, size);

    if (got < 0)
        return fault(err, "XLSX_DAMAGED", entry->name);
    part->unpacked += (uint64_t)got;
    package->unpacked += (uint64_t)got;
    if (package->unpacked > package->limit)
        return limit_fault(err, "XLSX_TOO_LARGE", entry->name, package->limit);
    if (part->unpacked > PACKAGE_SMALL && part->unpacked / PACKAGE_RATIO > entry->packed)
        return limit_fault(err, "XLSX_RATIO", entry->name, PACKAGE_RATIO);
    if (part->unpacked > entry->unpacked || (got == 0 && part->unpacked != entry->unpacked))
        return fault(err, "XLSX_SIZE_LIE", entry->name);
    *ret = (size_t)got;
    return ERR_OK;
}

const char *package_part_name(const PackagePart *part)
{
    return part->entry->name;
}

void package_close_part(PackagePart *part)
{
    if (part == NULL || part->file == NULL)
        return;
    zip_fclose(part->file);
    part->file = NULL;
}
