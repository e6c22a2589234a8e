/* Owns the reference pages that are made from the program's own tables: print_docs
 * commands|forms|methods|rpc|errors|metrics writes one as Markdown to standard output. Invariant: nothing
 * here is typed twice, so a page and the program agree or the gate `docs` says where not. Must not be linked
 * into a product. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/command.h"
#include "client/rpc/rpc.h"
#include "common/base/i18n.h"
#include "common/base/reason.h"
#include "common/catalog/factors.h"
#include "common/catalog/methodology.h"
#include "common/core/decimal.h"
#include "common/core/embed.h"
#include "common/core/text.h"
#include "common/trap/traps.h"
#include "server/engine/lint.h"
#include "server/methods.h"
#include "server/rpc/metrics.h"
#include "shans/v1/system.pb-c.h"

enum { MEMORY = 64 << 20, TEXT_MAX = 1 << 20 };

/* What a table cell may not hold: a bar, or the end of the line. */
static void put_text(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '|')
            fputs("\\|", stdout);
        else
            putchar(text[i] == '\n' ? ' ' : text[i]);
    }
}

static void put_cell(const char *text)
{
    fputs(" ", stdout);
    put_text(text, strlen(text));
    fputs(" |", stdout);
}

static void put_code(const char *text)
{
    fputs(text[0] == '\0' ? " " : " `", stdout);
    put_text(text, strlen(text));
    fputs(text[0] == '\0' ? "|" : "` |", stdout);
}

static void put_head(const char *page, const char *source)
{
    printf("# %s\n\nСделано программой из %s; руками не правится: `./run check --update-docs`.\n", page,
           source);
}

/* ---- commands ---- */

static void put_help(void)
{
    Buf buf;

    buf_init(&buf, TEXT_MAX);
    help_show_all(&buf);
    printf("\n```\n%s```\n", buf.data);
    buf_done(&buf);
}

static void put_options(const CommandDef *command)
{
    for (size_t i = 0; i < cli_option_count; i++) {
        const OptionDef *option = &cli_options[i];
        if (option->global || !command_takes(command, option))
            continue;
        printf("* `--%s%s%s`: %s", option->name, option->argument == NULL ? "" : " ",
               option->argument == NULL ? "" : option->argument, i18n_text(option->help));
        if (option->values != NULL && strchr(option->help, ',') == NULL)
            printf(" (`%s`)", option->values);
        putchar('\n');
    }
}

static void put_commands(const char *language)
{
    i18n_init(language, NULL);
    printf("\n## %s\n", text_equal(language, "ru") ? "Русский" : "English");
    put_help();
    for (size_t i = 0; i < cli_command_count; i++) {
        const CommandDef *command = &cli_commands[i];
        const char *gap = command->verb[0] == '\0' ? "" : " ";
        printf("\n### shans %s%s%s\n\n%s.\n\n```\nshans %s%s%s%s%s%s\n", command->noun, gap, command->verb,
               i18n_text(command->summary), command->noun, gap, command->verb,
               command->options[0] == '\0' ? "" : " [OPTION]...", command->arguments[0] == '\0' ? "" : " ",
               command->arguments);
        if (command->example[0] != '\0')
            printf("shans %s%s%s %s\n", command->noun, gap, command->verb, command->example);
        puts("```");
        if (command->options[0] != '\0')
            putchar('\n');
        put_options(command);
    }
}

static void print_commands(void)
{
    put_head("Команды клиента", "таблиц команд и ключей клиента");
    puts("\nДокументы `--format json` описаны схемами в [schemas](schemas): файл на каждое имя из поля "
         "`schema`. "
         "Имена\nв них не меняются и не исчезают; схему команды печатает `--format schema`.\n\n"
         "Documents of `--format json` are described in [schemas](schemas), a file for each value of "
         "`schema`. "
         "Keys are\nnever renamed or dropped; `--format schema` prints the schema of a command.");
    put_commands("ru");
    put_commands("en");
}

/* ---- forms ---- */

static const char *field_kind(const FieldDef *field)
{
    static const char *const kinds[] = {"", "целое число", "число", "выбор", "вычисляется"};

    return kinds[field->type];
}

static void put_limits(const FieldDef *field)
{
    char text[DECIMAL_TEXT_SIZE];

    if (field->type == FIELD_DECIMAL)
        printf(", знаков после запятой: %d", field->scale);
    if (field->has_min) {
        decimal_show(field->min, field->scale, true, text);
        printf(", от %s", text);
    }
    if (field->has_max) {
        decimal_show(field->max, field->scale, true, text);
        printf("%s до %s", field->has_min ? "" : ",", text);
    }
    if (field->type == FIELD_SHARE)
        printf(": 100 × `%s` / `%s`", field->numerator, field->denominator);
    for (size_t i = 0; i < field->choice_count; i++)
        printf("%s`%s` %s", i == 0 ? ": " : ", ", field->choices[i].code, field->choices[i].label.ru);
}

static void put_section(const SectionDef *section)
{
    printf("\n### `%s`: %s / %s\n\n", section->code, section->label.ru, section->label.en);
    puts("| поле | название | English | значение | обязательно | н/п | неизв. "
         "|\n|---|---|---|---|---|---|---|");
    for (size_t i = 0; i < section->field_count; i++) {
        const FieldDef *field = &section->fields[i];
        fputs("|", stdout);
        put_code(field->code);
        put_cell(field->label.ru);
        put_cell(field->label.en);
        printf(" %s", field_kind(field));
        put_limits(field);
        printf(" | %s | %s | %s |\n", field->required ? "да" : "", field->allow_na ? "да" : "",
               field->allow_unknown ? "да" : "");
    }
    if (section->row_count == 1 && section->rows[0].code[0] == '\0')
        return;
    printf("\nСтроки%s:\n\n", section->rows_optional ? " (строки без ячеек можно не передавать)" : "");
    for (size_t i = 0; i < section->row_count; i++)
        printf("* `%s`: %s / %s\n", section->rows[i].code, section->rows[i].label.ru,
               section->rows[i].label.en);
}

static void put_rules(const FormDef *form)
{
    static const char *const severities[] = {"", "сведение", "замечание", "ошибка"};

    if (form->rule_count == 0)
        return;
    puts("\n### Увязки\n\nСработала увязка, если условие ложно. С ошибкой форма не отправляется, замечание "
         "не мешает.\n");
    puts("| код | вид | условие | сообщение | English |\n|---|---|---|---|---|");
    for (size_t i = 0; i < form->rule_count; i++) {
        const RuleDef *rule = &form->rules[i];
        fputs("|", stdout);
        put_code(rule->code);
        put_cell(severities[rule->severity]);
        put_code(rule->source);
        put_cell(rule->message.ru);
        put_cell(rule->message.en);
        putchar('\n');
    }
}

static void put_authors(const FormDef *form)
{
    static const char *const names[] = {"школа", "район", "регион"};
    const bool may[] = {form->by_school, form->by_district, form->by_region};
    const char *gap = " Заполняет: ";

    for (size_t i = 0; i < 3; i++) {
        if (!may[i])
            continue;
        printf("%s%s", gap, names[i]);
        gap = ", ";
    }
    puts(".");
}

static void print_forms(const Catalog *catalog)
{
    static const char *const periods[] = {"", "учебный год", "месяц", "календарный год"};

    put_head("Формы и словари факторов", "определений, с которыми собраны клиент и сервер");
    for (size_t i = 0; i < catalog->form_count; i++) {
        const FormDef *form = &catalog->forms[i];
        printf("\n## `%s`: %s\n\n%s. Версия %u. Основание: %s. Период: %s.", form->code, form->title.ru,
               form->title.en, form->version, form->legal_basis.ru, periods[form->period_kind]);
        put_authors(form);
        for (size_t s = 0; s < form->section_count; s++)
            put_section(&form->sections[s]);
        put_rules(form);
    }
    for (size_t i = 0; i < catalog->factor_count; i++) {
        const FactorDict *dict = &catalog->factors[i];
        printf("\n## Словарь факторов `%s`: %s\n\n", dict->code, dict->title.ru);
        puts("| № | код | фактор | English |\n|---|---|---|---|");
        for (size_t f = 0; f < dict->factor_count; f++) {
            printf("| %u |", dict->factors[f].number);
            put_code(dict->factors[f].code);
            put_cell(dict->factors[f].label.ru);
            put_cell(dict->factors[f].label.en);
            putchar('\n');
        }
    }
}

/* ---- methodologies ---- */

/* One parameter of a profile, as a row of the comparison shows it. */
typedef void (*ShowParameter)(const LowRule *rule);

static void show_ratio(Ratio share)
{
    int64_t rounded = 0;
    char text[DECIMAL_TEXT_SIZE];

    if (!ratio_mul(share, ratio_int(100), &share) || !ratio_round(share, 1, &rounded))
        abort(); /* a share of a shipped profile is between 0 and 1 */
    decimal_show(rounded, 1, true, text);
    printf("%s %%", text);
}

static void show_test(const LowRule *rule)
{
    fputs(rule->test == LOW_GE ? "доля не преодолевших порог ≥ " : "худшие по этой доле ", stdout);
    show_ratio(rule->share);
    fputs(rule->test == LOW_GE ? "" : " школ", stdout);
}

static void show_risk(const LowRule *rule)
{
    if (!rule->risk.on) {
        fputs("нет", stdout);
        return;
    }
    show_ratio(rule->risk.floor);
    printf(" %s доля < ", rule->risk.floor_inclusive ? "≤" : "<");
    show_ratio(rule->share);
}

static void show_years(const LowRule *rule)
{
    for (size_t i = 0; i < rule->year_count; i++)
        printf("%s%d", i == 0 ? "" : ", ", rule->years[i]);
}

static void show_branch_a(const LowRule *rule)
{
    if (rule->branch_a_on)
        printf("≥ %d процедур в %s", rule->branch_a_k,
               rule->branch_a_years == BRANCH_A_LATEST ? "последнем году" : "одном году, любом из пары");
    else
        fputs("нет", stdout);
}

static void show_branch_b(const LowRule *rule)
{
    fputs(!rule->branch_b_on                    ? "нет"
          : rule->branch_b_mode == BRANCH_B_ANY ? "в каждом году любая процедура"
                                                : "в каждом году одна и та же процедура",
          stdout);
}

static void show_unit(const LowRule *rule)
{
    static const char *const units[] = {"", "вид, класс и предмет", "вид и предмет", "вид"};

    fputs(units[rule->count_unit], stdout);
}

static void show_least(const LowRule *rule)
{
    if (rule->min_participants == 0)
        fputs("нет", stdout);
    else
        printf("%d", rule->min_participants);
}

static void show_absent(const LowRule *rule)
{
    static const char *const policies[] = {"", "не учитывается", "считается не низким",
                                           "статус не выводится"};

    fputs(policies[rule->absent_policy], stdout);
}

static void show_lineage(const LowRule *rule)
{
    static const char *const policies[] = {"", "складываются", "только преемник",
                                           "показываются, не считаются"};

    fputs(policies[rule->lineage], stdout);
}

static void show_reliable(const LowRule *rule)
{
    printf("n < %d, или n < %d и интервал содержит границу", rule->unreliable_below,
           rule->unreliable_ci_below);
}

static void put_comparison(const Catalog *catalog)
{
    static const struct {
        const char *name;
        ShowParameter show;
    } rows[] = {
        {"низкий результат процедуры", show_test},
        {"зона риска", show_risk},
        {"учебные годы (по году окончания)", show_years},
        {"ветвь А", show_branch_a},
        {"ветвь Б", show_branch_b},
        {"что считается процедурой", show_unit},
        {"наименьшее число участников", show_least},
        {"нет данных по процедуре", show_absent},
        {"данные присоединённых школ", show_lineage},
        {"достоверность низкая", show_reliable},
    };

    fputs("\n| параметр |", stdout);
    for (size_t m = 0; m < catalog->methodology_count; m++)
        put_code(catalog->methodologies[m].code);
    fputs("\n|---|", stdout);
    for (size_t m = 0; m < catalog->methodology_count; m++)
        fputs("---|", stdout);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        printf("\n| %s |", rows[i].name);
        for (size_t m = 0; m < catalog->methodology_count; m++) {
            putchar(' ');
            rows[i].show(&catalog->methodologies[m].low);
            fputs(" |", stdout);
        }
    }
    putchar('\n');
}

static void put_procedures(const LowRule *rule)
{
    char code[PROCEDURE_TEXT_SIZE];

    fputs("\nПроцедуры:", stdout);
    for (size_t i = 0; i < rule->procedure_count; i++) {
        const MethodProcedure *item = &rule->procedures[i];
        procedure_dump(item->procedure, code);
        printf("%s `%s`", i == 0 ? "" : ",", code);
        for (size_t y = 0; y < item->year_count; y++)
            printf("%s%d%s", y == 0 ? " (только " : ", ", item->years[y],
                   y + 1 == item->year_count ? ")" : "");
    }
    puts(".");
}

/* What the linter says of the profile, in the words a methodologist reads. */
static void put_findings(const Methodology *methodology, Arena *arena)
{
    LintFinding *findings = NULL;
    size_t count = 0;
    Err err = {.code = ERR_OK};

    if (engine_lint(methodology, arena, &findings, &count, &err) != ERR_OK)
        abort();
    for (size_t i = 0; i < count; i++) {
        Buf buf;
        Err said = {.code = ERR_OK};
        buf_init(&buf, TEXT_MAX);
        err_set(&said, ERR_INVALID_ARGUMENT, findings[i].code);
        for (size_t a = 0; a < findings[i].arg_count; a++)
            err_arg(&said, findings[i].args[a].key, "%lld", (long long)findings[i].args[a].number);
        reason_show(&said, true, &buf);
        printf("\nПроверка `%s`: %s\n", findings[i].code, buf.data);
        buf_done(&buf);
    }
}

static void put_range(int from, int to)
{
    if (from == to)
        printf(" %d |", from);
    else
        printf(" %d–%d |", from, to);
}

static void put_typology(const TypologyRule *rule)
{
    if (!rule->on)
        return;
    puts("\n| тип | группа по ИСБШ | группа качества |\n|---|---|---|");
    for (size_t i = 0; i < rule->band_count; i++) {
        const TypologyBand *band = &rule->bands[i];
        printf("| %s (`%s`) |", band->label.ru, band->code);
        put_range(band->i_from, band->i_to);
        put_range(band->q_from, band->q_to);
        putchar('\n');
    }
}

static void print_methods(const Catalog *catalog, Arena *arena)
{
    put_comparison(catalog);
    for (size_t i = 0; i < catalog->methodology_count; i++) {
        const Methodology *m = &catalog->methodologies[i];
        printf("\n### `%s`, версия %u: %s\n\nОснование: %s. Действует: %s–%s.\n\n%s\n", m->code, m->version,
               m->title.ru, m->legal_basis.ru, m->valid_from[0] == '\0' ? "…" : m->valid_from,
               m->valid_to[0] == '\0' ? "…" : m->valid_to, m->remark.ru);
        put_procedures(&m->low);
        put_findings(m, arena);
        put_typology(&m->typology);
    }
}

/* ---- the protocol ---- */

static void put_roles(uint32_t roles)
{
    const ProtobufCEnumDescriptor *descriptor = &shans__v1__role__descriptor;
    const char *gap = " ";

    if ((roles & METHOD_OPEN) != 0) {
        fputs(" без ключа |", stdout);
        return;
    }
    if ((roles & METHOD_ANY_ROLE) == METHOD_ANY_ROLE) {
        fputs(" любая |", stdout);
        return;
    }
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        const ProtobufCEnumValue *value = &descriptor->values[i];
        if (value->value == 0 || (roles & METHOD_ROLE(value->value)) == 0)
            continue;
        printf("%s%s", gap, value->name + strlen("ROLE_"));
        gap = ", ";
    }
    fputs(" |", stdout);
}

static const MethodRow *method_row(const ProtobufCServiceDescriptor *service, const char *method)
{
    for (size_t i = 0; i < server_method_count; i++)
        if (server_methods[i].service == service && text_equal(server_methods[i].method, method))
            return &server_methods[i];
    abort(); /* the server itself refuses such a table at its start */
}

static void put_field(const ProtobufCFieldDescriptor *field)
{
    static const char *const types[] = {"int32",  "sint32",  "sfixed32", "int64",   "sint64", "sfixed64",
                                        "uint32", "fixed32", "uint64",   "fixed64", "float",  "double",
                                        "bool",   "enum",    "string",   "bytes",   "message"};
    const char *type = types[field->type];

    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        type = ((const ProtobufCMessageDescriptor *)field->descriptor)->short_name;
    else if (field->type == PROTOBUF_C_TYPE_ENUM)
        type = ((const ProtobufCEnumDescriptor *)field->descriptor)->short_name;
    printf("%s%s %s = %u", field->label == PROTOBUF_C_LABEL_REPEATED ? "repeated " : "", type, field->name,
           field->id);
}

static void put_message(const ProtobufCMessageDescriptor *message)
{
    printf("* `%s`:", message->short_name);
    for (unsigned i = 0; i < message->n_fields; i++) {
        fputs(i == 0 ? " `" : "; `", stdout);
        put_field(&message->fields[i]);
        putchar('`');
    }
    puts(message->n_fields == 0 ? " пусто" : "");
}

static void put_service(const ProtobufCServiceDescriptor *service)
{
    static const char *const lanes[] = {"", "чтение", "запись", "отправка"};

    printf("\n## %s\n\n| метод | роли | полоса | изменяет | запрос, не больше |\n|---|---|---|---|---|\n",
           service->name);
    for (unsigned i = 0; i < service->n_methods; i++) {
        const MethodRow *row = method_row(service, service->methods[i].name);
        fputs("|", stdout);
        put_code(row->method);
        put_roles(row->roles);
        printf(" %s | %s | %u КиБ |\n", lanes[row->lane], row->mutating ? "да" : "", row->request_max / 1024);
    }
    putchar('\n');
    for (unsigned i = 0; i < service->n_methods; i++) {
        put_message(service->methods[i].input);
        put_message(service->methods[i].output);
    }
}

static void print_rpc(void)
{
    static const char *const actions[] = {"",
                                          "готово",
                                          "повторить те же байты позже",
                                          "прочитать заново и собрать",
                                          "отложить и показать человеку",
                                          "ждать нового ключа доступа",
                                          "ждать новой программы"};

    put_head("Удалённые вызовы", "описаний protobuf и таблицы методов сервера");
    puts("\nСообщения и пояснения к полям: `proto/shans/v1`. Меняющий метод требует номера операции "
         "(UUIDv7);\n"
         "повтор с тем же номером возвращает сохранённый ответ и ничего не записывает второй раз.\n");
    put_message(&shans__v1__call_request__descriptor);
    put_message(&shans__v1__call_reply__descriptor);
    for (size_t i = 0; i < server_service_count; i++)
        put_service(server_services[i]);
    puts("\n## Что делает очередь клиента с ответом\n\n| код | действие |\n|---|---|");
    for (int code = 0; code < ERR_CODE_COUNT; code++)
        printf("| %d `%s` | %s |\n", code, err_code_name((ErrCode)code), actions[rpc_policy((ErrCode)code)]);
}

/* ---- reasons ---- */

/* A row of four columns; `{key}` stands for an argument and stays as it is. */
static void put_reason(const char *line, size_t length)
{
    for (int column = 0; column < 4; column++) {
        const char *tab = memchr(line, '\t', length);
        size_t part = tab == NULL ? length : (size_t)(tab - line);
        fputs(column == 0 ? "| `" : " ", stdout);
        put_text(line, part);
        fputs(column == 0 ? "` |" : " |", stdout);
        length -= part + (tab != NULL);
        line += part + (tab != NULL);
    }
    putchar('\n');
}

static void print_errors(void)
{
    put_head("Причины отказов и замечаний", "таблиц `common/base/reasons`");
    for (size_t i = 0; i < reason_files_count; i++) {
        const char *at = (const char *)reason_files[i].data, *end = at + reason_files[i].size;
        printf("\n## %s\n\n| причина | код | English | по-русски |\n|---|---|---|---|\n",
               reason_files[i].name);
        while (at < end) {
            const char *stop = memchr(at, '\n', (size_t)(end - at));
            size_t length = (size_t)((stop == NULL ? end : stop) - at);
            if (length > 0 && *at != '#')
                put_reason(at, length);
            at += length + 1;
        }
    }
}

/* ---- metrics ---- */

/* A block of the administrator's guide. */
static void print_metrics(void)
{
    i18n_init("ru", NULL);
    puts("\n| показатель | вид | метки | что это |\n|---|---|---|---|");
    for (int id = 0; id < METRIC_COUNT; id++) {
        const MetricDef *def = &metric_defs[id];
        putchar('|');
        put_code(def->name);
        put_cell(def->type);
        put_cell(def->labels);
        put_cell(i18n_text(def->help));
        putchar('\n');
    }
}

static void print_traps(void)
{
    static const char *const severities[] = {"", "замечание", "предупреждение", "ошибка"};

    puts("\n| ловушка | важность | в чём она | чем найдётся |\n|---|---|---|---|");
    for (size_t t = 0; t < trap_count; t++) {
        printf("| %s | %s | %s | ", traps[t].id, severities[traps[t].severity], traps[t].what.ru);
        for (size_t r = 0; r < TRAP_RULES_MAX && traps[t].rules[r] != NULL; r++)
            printf("%s`%s`", r == 0 ? "" : ", ", traps[t].rules[r]);
        puts(trap_needs_text(&traps[t]) ? "таблиц мало: нужен текст источника |" : " |");
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    Arena *arena = arena_new(MEMORY, NULL);
    Catalog *catalog = NULL;
    Err err = {.code = ERR_OK};
    const char *page = argc == 2 ? argv[1] : "";

    i18n_init("ru", NULL);
    if (arena == NULL ||
        catalog_load(catalog_files[0].data, catalog_files[0].size, arena, &catalog, &err) != ERR_OK)
        return 1;
    if (text_equal(page, "commands"))
        print_commands();
    else if (text_equal(page, "forms"))
        print_forms(catalog);
    else if (text_equal(page, "methods"))
        print_methods(catalog, arena);
    else if (text_equal(page, "traps"))
        print_traps();
    else if (text_equal(page, "rpc"))
        print_rpc();
    else if (text_equal(page, "errors"))
        print_errors();
    else if (text_equal(page, "metrics"))
        print_metrics();
    else {
        fputs("usage: print_docs commands|forms|methods|traps|rpc|errors|metrics\n", stderr);
        return 2;
    }
    arena_free(arena);
    return fflush(stdout) == 0 ? 0 : 1;
}
