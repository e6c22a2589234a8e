/* Owns the check of the metrics page, written from the description of the text format and independent of what
 * writes the page. Must not know any metric by name. */
#include "tests/support/promlint.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 128, SERIES_MAX = 4096, LINE_SIZE = 1024 };

/* What was read so far; one metric is under work at a time. */
typedef struct Lint {
    char fault[LINE_SIZE];
    char metric[NAME_SIZE], type[NAME_SIZE];
    char done[SERIES_MAX][NAME_SIZE]; /* metrics that are over */
    size_t done_count;
    char *series[SERIES_MAX];
    size_t series_count;
    char group[LINE_SIZE]; /* of a histogram: the labels without le */
    double bucket, bound;  /* the last bucket of the group */
    bool infinite, sum;
    int number; /* of the line */
} Lint;

static Lint lint;

static bool fault(const char *what, const char *at)
{
    if (lint.fault[0] == '\0')
        snprintf(lint.fault, sizeof lint.fault, "line %d: %s: %.200s", lint.number, what, at);
    return false;
}

static bool name_is_fine(const char *name)
{
    static const char *const foreign[] = {"_ms", "_millis", "_milliseconds", "_minutes",
                                          "_kb", "_mb",     "_percent"};
    size_t length = strlen(name);

    if (strncmp(name, "shans_", 6) != 0 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != length ||
        strstr(name, "__") != NULL)
        return fault("name", name);
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (strstr(name, foreign[i]) != NULL)
            return fault("unit", name);
    }
    return true;
}

static bool end_metric(void)
{
    if (strcmp(lint.type, "histogram") == 0 && lint.group[0] != '\0' && !lint.sum)
        return fault("histogram without sum", lint.metric);
    return true;
}

static bool read_comment(const char *line)
{
    char kind[8], name[NAME_SIZE], rest[LINE_SIZE];

    if (sscanf(line, "# %7s %127s %1023[^\n]", kind, name, rest) != 3)
        return fault("comment", line);
    if (strcmp(kind, "HELP") == 0) {
        if (!end_metric())
            return false;
        for (size_t i = 0; i < lint.done_count; i++) {
            if (strcmp(lint.done[i], name) == 0)
                return fault("metric twice", name);
        }
        snprintf(lint.done[lint.done_count++], NAME_SIZE, "%s", name);
        snprintf(lint.metric, sizeof lint.metric, "%s", name);
        lint.type[0] = lint.group[0] = '\0';
        return name_is_fine(name);
    }
    if (strcmp(kind, "TYPE") != 0 || strcmp(name, lint.metric) != 0 || lint.type[0] != '\0')
        return fault("TYPE without HELP before it", line);
    snprintf(lint.type, sizeof lint.type, "%.100s", rest);
    if (strcmp(rest, "counter") != 0 && strcmp(rest, "gauge") != 0 && strcmp(rest, "histogram") != 0)
        return fault("type", line);
    bool total = strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0;
    return total == (strcmp(rest, "counter") == 0) || fault("_total belongs to counters", name);
}

/* {a="x",b="y"}: writes all but le into group, le into bound. */
static bool read_labels(const char **cursor, char *group, char *le)
{
    const char *at = *cursor;

    group[0] = le[0] = '\0';
    if (*at != '{')
        return true;
    do {
        char name[NAME_SIZE];
        size_t length = strspn(++at, "abcdefghijklmnopqrstuvwxyz_");

        snprintf(name, sizeof name, "%.*s", (int)length, at);
        at += length;
        if (length == 0 || at[0] != '=' || at[1] != '"')
            return fault("label", at);
        const char *value = at += 2;
        while (*at != '"' && *at != '\0')
            at += *at == '\\' && at[1] != '\0' ? 2 : 1;
        if (*at != '"')
            return fault("label's value", value);
        if (strcmp(name, "le") == 0)
            snprintf(le, NAME_SIZE, "%.*s", (int)(at - value), value);
        else
            snprintf(group + strlen(group), LINE_SIZE - strlen(group), "%s=%.*s;", name, (int)(at - value),
                     value);
        at++;
    } while (*at == ',');
    *cursor = at + 1;
    return *at == '}' || fault("labels do not end", at);
}

static bool read_bucket(const char *group, const char *le, double value)
{
    char *end;
    double bound = strcmp(le, "+Inf") == 0 ? 1e300 : strtod(le, &end);

    if (strcmp(group, lint.group) != 0) {
        if (lint.group[0] != '\0' && !lint.sum)
            return fault("histogram without sum", lint.group);
        snprintf(lint.group, sizeof lint.group, "%s", group);
        lint.bucket = 0;
        lint.bound = -1;
        lint.infinite = lint.sum = false;
    }
    if (bound <= lint.bound || value < lint.bucket || lint.infinite)
        return fault("buckets do not rise", le);
    lint.bound = bound;
    lint.bucket = value;
    lint.infinite = bound > 1e299;
    return true;
}

static bool read_sample(const char *line)
{
    char name[NAME_SIZE], labels[LINE_SIZE], group[LINE_SIZE], le[NAME_SIZE], *end;
    const char *cursor = line + strcspn(line, "{ ");
    size_t stem = strlen(lint.metric);

    snprintf(name, sizeof name, "%.*s", (int)(cursor - line), line);
    if (!read_labels(&cursor, labels, le))
        return false;
    double value = strtod(cursor, &end);
    if (*cursor != ' ' || end == cursor || *end != '\0')
        return fault("value", line);
    if (strncmp(name, lint.metric, stem) != 0 || lint.type[0] == '\0')
        return fault("sample outside its metric", line);
    snprintf(group, sizeof group, "%.1000s;", labels);
    char *series = strndup(line, (size_t)(cursor - line));
    for (size_t i = 0; i < lint.series_count; i++) {
        if (strcmp(lint.series[i], series) == 0)
            fault("series twice", series);
    }
    lint.series[lint.series_count++] = series;
    if (strcmp(lint.type, "counter") == 0 && value < 0)
        return fault("negative counter", line);
    if (strcmp(lint.type, "histogram") != 0)
        return (name[stem] == '\0' && le[0] == '\0') || fault("name of a sample", line);
    if (strcmp(name + stem, "_bucket") == 0)
        return read_bucket(group, le, value);
    if (strcmp(lint.group, group) != 0 || !lint.infinite)
        return fault("histogram without +Inf", line);
    if (strcmp(name + stem, "_sum") == 0) {
        lint.sum = true;
        return true;
    }
    if (strcmp(name + stem, "_count") != 0 || value < lint.bucket || value > lint.bucket)
        return fault("count is not the last bucket", line);
    return true;
}

const char *promlint(const char *text, size_t *ret_series)
{
    char line[LINE_SIZE];
    bool fine = true;

    for (size_t i = 0; i < lint.series_count; i++)
        free(lint.series[i]);
    memset(&lint, 0, sizeof lint);
    while (fine && *text != '\0') {
        size_t length = strcspn(text, "\n");

        lint.number++;
        if (text[length] == '\0' || length >= sizeof line || lint.series_count == SERIES_MAX)
            fine = fault("line without end, or too long", text);
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        text += length + (text[length] != '\0');
        if (fine)
            fine = line[0] == '#' ? read_comment(line) : read_sample(line);
    }
    if (fine)
        end_metric();
    *ret_series = lint.series_count;
    return lint.fault[0] != '\0' ? lint.fault : NULL;
}
