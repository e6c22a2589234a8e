/* Owns compiling files and folders. Invariant: what is written loads again (catalog_load) and packs to the
 * same bytes whatever order the file system lists names in. Must not print. */
#include "client/compile/compile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/catalog/catalog_pack.h"
#include "common/core/sort.h"
#include "common/core/text.h"

enum { SOURCE_MAX = 4 << 20, FILES_MAX = 1000, ARENA_CAP = 256 << 20 };

/* Names and texts of the YAML files of one folder, sorted by name. */
typedef struct SourceFile {
    const char *name; /* "forms/social_passport.yaml" */
    const char *text;
    size_t size;
} SourceFile;

typedef struct SourceList {
    SourceFile *files;
    size_t count;
} SourceList;

/* name may be a folder. */
static ErrCode unreadable(const char *name, const char *what, Err *err)
{
    err_set(err, ERR_NOT_FOUND, "DEFINITION_UNREADABLE");
    err_arg(err, "file", "%s", name);
    return err_arg(err, "what", "%s", what);
}

/* The whole file into the arena; name is what messages call it. */
static ErrCode read_file(const char *path, const char *name, Arena *arena, SourceFile *ret, Err *err)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        return unreadable(name, strerror(errno), err);
    long length = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    bool fits = length >= 0 && length < SOURCE_MAX && fseek(file, 0, SEEK_SET) == 0;
    char *text = arena_alloc(arena, fits ? (size_t)length : 0);
    size_t size = text == NULL || !fits ? 0 : fread(text, 1, (size_t)length, file);
    bool whole = fits && size == (size_t)length;
    fclose(file);
    if (text == NULL)
        return err_memory(err);
    if (!whole)
        return unreadable(name, "cannot be read or is larger than 4 MiB", err);
    *ret = (SourceFile){name, text, size};
    return ERR_OK;
}

/* Byte order: it must not depend on the locale of the machine that builds. */
static int by_name(const void *a, const void *b, const void *context)
{
    (void)context;
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Editors leave hidden files beside the ones they edit. */
static bool is_yaml(const char *name)
{
    size_t length = strlen(name);

    return name[0] != '.' && length > 5 && text_equal(name + length - 5, ".yaml");
}

/* Names of the YAML files in a folder; none when it does not exist. */
static ErrCode list_names(const char *path, Arena *arena, const char ***ret_names, size_t *ret_count,
                          Err *err)
{
    const char **names = ARENA_NEW(arena, const char *, FILES_MAX);
    DIR *folder = names == NULL ? NULL : opendir(path);
    ErrCode code = names == NULL ? err_memory(err) : ERR_OK;
    size_t count = 0;

    *ret_names = names;
    *ret_count = 0;
    if (folder == NULL)
        return code != ERR_OK || errno == ENOENT ? code : unreadable(path, strerror(errno), err);
    for (struct dirent *entry; code == ERR_OK && (entry = readdir(folder)) != NULL;) {
        if (!is_yaml(entry->d_name))
            continue;
        if (count == FILES_MAX)
            code = unreadable(path, "more than 1000 files", err);
        else if ((names[count++] = arena_text(arena, entry->d_name)) == NULL)
            code = err_memory(err);
    }
    closedir(folder);
    *ret_count = count;
    return code == ERR_OK ? sort_stable(arena, names, count, sizeof *names, by_name, NULL, err) : code;
}

/* Every YAML file of one folder; messages name it "forms/a.yaml", whatever the path to it. */
static ErrCode load_sources(const char *dir, const char *folder, Arena *arena, SourceList *ret, Err *err)
{
    char *path = arena_printf(arena, "%s/%s", dir, folder);
    const char **names = NULL;
    size_t count = 0;
    ErrCode code = path == NULL ? err_memory(err) : list_names(path, arena, &names, &count, err);

    if (code != ERR_OK)
        return code;
    SourceFile *files = ARENA_NEW(arena, SourceFile, count);
    if (files == NULL)
        return err_memory(err);
    for (size_t i = 0; code == ERR_OK && i < count; i++) {
        char *shown = arena_printf(arena, "%s/%s", folder, names[i]);
        char *full = arena_printf(arena, "%s/%s", path, names[i]);
        code =
            shown == NULL || full == NULL ? err_memory(err) : read_file(full, shown, arena, &files[i], err);
    }
    *ret = (SourceList){files, count};
    return code;
}

/* first and second: the files. */
static ErrCode defined_twice(const char *first, const char *second, const char *code, Err *err)
{
    err_set(err, ERR_INVALID_ARGUMENT, "DEF_TWICE");
    err_arg(err, "first", "%s", first);
    err_arg(err, "file", "%s", second);
    return err_arg(err, "value", "%s", code);
}

/* The three kinds differ in what makes two of them the same: forms and methodologies code and version,
 * dictionaries the code alone. */
static ErrCode compile_forms(const SourceList *list, Arena *arena, Catalog *catalog, Err *err)
{
    FormDef *forms = ARENA_NEW(arena, FormDef, list->count);
    ErrCode code = forms == NULL ? err_memory(err) : ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < list->count; i++) {
        const SourceFile *file = &list->files[i];
        code = compile_form_text(file->name, file->text, file->size, arena, &forms[i], err);
        for (size_t j = 0; code == ERR_OK && j < i; j++) {
            if (text_equal(forms[j].code, forms[i].code) && forms[j].version == forms[i].version)
                code = defined_twice(list->files[j].name, file->name, forms[i].code, err);
        }
    }
    catalog->forms = forms;
    catalog->form_count = list->count;
    return code;
}

static ErrCode compile_methodologies(const SourceList *list, Arena *arena, Catalog *catalog, Err *err)
{
    Methodology *all = ARENA_NEW(arena, Methodology, list->count);
    ErrCode code = all == NULL ? err_memory(err) : ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < list->count; i++) {
        const SourceFile *file = &list->files[i];
        code = compile_methodology_text(file->name, file->text, file->size, arena, &all[i], err);
        for (size_t j = 0; code == ERR_OK && j < i; j++) {
            if (text_equal(all[j].code, all[i].code) && all[j].version == all[i].version)
                code = defined_twice(list->files[j].name, file->name, all[i].code, err);
        }
    }
    catalog->methodologies = all;
    catalog->methodology_count = list->count;
    return code;
}

static ErrCode compile_dicts(const SourceList *list, Arena *arena, Catalog *catalog, Err *err)
{
    FactorDict *dicts = ARENA_NEW(arena, FactorDict, list->count);
    ErrCode code = dicts == NULL ? err_memory(err) : ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < list->count; i++) {
        const SourceFile *file = &list->files[i];
        code = compile_factors_text(file->name, file->text, file->size, arena, &dicts[i], err);
        for (size_t j = 0; code == ERR_OK && j < i; j++) {
            if (text_equal(dicts[j].code, dicts[i].code))
                code = defined_twice(list->files[j].name, file->name, dicts[i].code, err);
        }
    }
    catalog->factors = dicts;
    catalog->factor_count = list->count;
    return code;
}

/* Appends packed bytes after reading them back once: limits of the loader are limits of the compiler. */
static ErrCode finish(const Buf *packed, Arena *arena, Buf *out, Err *err)
{
    Catalog *loaded = NULL;
    ErrCode code =
        packed->failed ? err_memory(err) : catalog_load(packed->data, packed->length, arena, &loaded, err);

    if (code == ERR_OK)
        buf_add(out, packed->data, packed->length);
    return code == ERR_OK && out->failed ? err_memory(err) : code;
}

/* All sources are read before any is compiled, so that a file that cannot be read is told first. */
static ErrCode compile_all(const char *dir, Arena *arena, Buf *out, Err *err)
{
    SourceList forms, methodologies, dicts;
    Catalog catalog = {.form_count = 0};
    Buf packed;
    ErrCode code = load_sources(dir, "forms", arena, &forms, err);

    if (code == ERR_OK)
        code = load_sources(dir, "methodologies", arena, &methodologies, err);
    if (code == ERR_OK)
        code = load_sources(dir, "factors", arena, &dicts, err);
    if (code == ERR_OK && forms.count + methodologies.count + dicts.count == 0)
        code = unreadable(dir, "no definitions (forms, methodologies, factors) in it", err);
    if (code == ERR_OK)
        code = compile_forms(&forms, arena, &catalog, err);
    if (code == ERR_OK)
        code = compile_methodologies(&methodologies, arena, &catalog, err);
    if (code == ERR_OK)
        code = compile_dicts(&dicts, arena, &catalog, err);
    if (code != ERR_OK)
        return code;
    buf_init(&packed, ARENA_CAP);
    catalog_pack(&catalog, &packed);
    code = finish(&packed, arena, out, err);
    buf_done(&packed);
    return code;
}

/* One arena per call: definitions and texts go with it, what is packed stays. */
ErrCode compile_folder(const char *dir, Buf *out, Err *err)
{
    Arena *arena = arena_new(ARENA_CAP, NULL);
    ErrCode code = arena == NULL ? err_memory(err) : compile_all(dir, arena, out, err);

    arena_free(arena);
    return code;
}

ErrCode compile_methodology_file(const char *path, Buf *out, Err *err)
{
    Arena *arena = arena_new(ARENA_CAP, NULL);
    Methodology methodology, *loaded = NULL;
    SourceFile file = {0};
    Buf packed;
    ErrCode code = arena == NULL ? err_memory(err) : read_file(path, path, arena, &file, err);

    if (code == ERR_OK)
        code = compile_methodology_text(path, file.text, file.size, arena, &methodology, err);
    buf_init(&packed, ARENA_CAP);
    if (code == ERR_OK) {
        methodology_pack(&methodology, &packed);
        code = packed.failed ? err_memory(err)
                             : methodology_load(packed.data, packed.length, arena, &loaded, err);
    }
    if (code == ERR_OK) {
        buf_add(out, packed.data, packed.length);
        code = out->failed ? err_memory(err) : ERR_OK;
    }
    buf_done(&packed);
    arena_free(arena);
    return code;
}
