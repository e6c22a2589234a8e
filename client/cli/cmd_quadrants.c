/* Owns quadrants: pictures of schools on two axes, and the figures behind the place of one school. Invariant:
 * a quarter is shown with its meaning in words, since its number means something only in its picture. Must
 * not place anything: the server does. */
#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/show.h"
#include "common/core/decimal.h"
#include "common/core/text.h"
#include "shans/v1/method.pb-c.h"

/* TENTH_OF_POINT, THOUSANDTH: in millionths; WHOLE: one, in thousandths. */
enum { TENTH_OF_POINT = 1000, THOUSANDTH = 1000, WHOLE = 1000 };

static const char *in_language(const Cli *cli, const char *ru, const char *en)
{
    return cli->style.russian ? ru : en;
}

/* Which side of an axis a quarter lies on, in the words of the methodology. */
static const char *side(const Cli *cli, const Shans__V1__QuadrantAxis *axis, bool positive)
{
    return positive != axis->turned ? in_language(cli, axis->good_ru, axis->good_en)
                                    : in_language(cli, axis->bad_ru, axis->bad_en);
}

/* "results below / harder contingent". */
static const char *meaning(Cli *cli, const Shans__V1__QuadrantPicture *picture, uint32_t quadrant)
{
    bool right = quadrant == 1 || quadrant == 4, up = quadrant <= 2;
    bool results_first = text_equal(picture->x->parameter, "RESULTS");
    const char *x = side(cli, picture->x, right), *y = side(cli, picture->y, up);

    return quadrant == 0 ? ""
                         : arena_printf(cli->arena, "%s / %s", results_first ? x : y, results_first ? y : x);
}

static void add_optional(RenderTable *table, bool known, int64_t value)
{
    if (known)
        render_add_number(table, value);
    else
        render_add_empty(table);
}

/* One row for each school and picture; only: a picture's code, NULL for all. */
static ErrCode print_places(Cli *cli, const Shans__V1__GetQuadrantsReply *reply, const char *only, Err *err)
{
    const RenderColumn columns[] = {
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"school_name", _("Name"), RENDER_TEXT, 0},
        {"state", NULL, RENDER_CODE, 0},
        {"picture", _("Picture"), RENDER_CODE, 0},
        {"quadrant", _("Cluster"), RENDER_ID, 0},
        {"meaning", _("Meaning"), RENDER_TEXT, 0},
        {"x", "x", RENDER_NUMBER, 3},
        {"y", "y", RENDER_NUMBER, 3},
        {"near", _("Near cluster"), RENDER_ID, 0},
    };
    RenderTable *table = render_table_new(cli->arena, "quadrant", columns, 9, false);

    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < reply->n_schools; i++) {
        const Shans__V1__QuadrantSchool *school = reply->schools[i];
        for (size_t k = 0; k < school->n_places && k < reply->n_pictures; k++) {
            const Shans__V1__QuadrantPlace *place = school->places[k];
            const Shans__V1__QuadrantPicture *picture = reply->pictures[k];
            bool known = place->quadrant != 0;
            if (only != NULL && !text_equal(only, picture->code))
                continue;
            render_add_text(table, school->school_code);
            show_org_name(table, school->school_name, school->training);
            show_number_of(table, &names_quadrant_state, (int)school->state);
            render_add_code(table, picture->code, in_language(cli, picture->label_ru, picture->label_en));
            add_optional(table, known, place->quadrant);
            if (known)
                render_add_text(table, meaning(cli, picture, place->quadrant));
            else
                render_add_text(table, school->state == SHANS__V1__QUADRANT_STATE__QUADRANT_STATE_EXCLUDED
                                           ? _("left out by its kind")
                                           : _("not enough figures"));
            add_optional(table, known, place->x / THOUSANDTH);
            add_optional(table, known, place->y / THOUSANDTH);
            add_optional(table, place->neighbour != 0, place->neighbour);
        }
    }
    render_set_note(table,
                    arena_printf(cli->arena,
                                 _("x, y: standard deviations from the crossing of the "
                                   "axes. %s, version %u, figures %.12s"),
                                 reply->methodology_code, reply->methodology_version, reply->input_hash));
    return cli_print(cli, table, err);
}

/* What the results need to reach the line, or may lose before they do. */
static void note_distance(Cli *cli, const Shans__V1__QuadrantSchool *school, RenderTable *table)
{
    char text[DECIMAL_TEXT_SIZE];
    int64_t distance = school->results_distance;

    if (!school->results_known)
        return;
    decimal_show((distance < 0 ? -distance : distance) / TENTH_OF_POINT, 1, cli->style.russian, text);
    render_set_note(table,
                    arena_printf(cli->arena,
                                 distance > 0 ? _("To reach the line of results, the share below the minimum "
                                                  "must fall by %s points in each procedure.")
                                              : _("Above the line of results: the share below the minimum is "
                                                  "%s points better in each procedure."),
                                 text));
}

/* "4.50" -> "4.5", "74.000" -> "74": the thousandths carry figures of any scale. */
static void show_thousandths(const Cli *cli, int64_t value, char *to)
{
    int scale = 3;

    while (scale > 0 && value % 10 == 0) {
        value /= 10;
        scale--;
    }
    decimal_show(value, scale, cli->style.russian, to);
}

/* "74 of 338"; a bare figure has no "of". */
static const char *figure_text(Cli *cli, const Shans__V1__QuadrantScore *score)
{
    char top[DECIMAL_TEXT_SIZE], base[DECIMAL_TEXT_SIZE];

    show_thousandths(cli, score->numerator, top);
    show_thousandths(cli, score->denominator, base);
    if (score->denominator == WHOLE)
        return arena_text(cli->arena, top);
    return arena_printf(cli->arena, _("%s of %s"), top, base);
}

/* Parameters and indicators of one school with the figures they rest on. */
static ErrCode print_scores(Cli *cli, const Shans__V1__GetQuadrantsReply *reply,
                            const Shans__V1__QuadrantSchool *school, Err *err)
{
    const RenderColumn columns[] = {
        {"parameter", NULL, RENDER_TEXT, 0},       {"indicator", NULL, RENDER_TEXT, 0},
        {"label", _("Measure"), RENDER_TEXT, 0},   {"z", "z", RENDER_NUMBER, 3},
        {"figure", _("Figure"), RENDER_TEXT, 0},   {"numerator", NULL, RENDER_NUMBER, 3},
        {"denominator", NULL, RENDER_NUMBER, 3},   {"submission_id", _("Submission"), RENDER_ID, 0},
        {"revision", _("Revision"), RENDER_ID, 0},
    };
    RenderTable *table = render_table_new(cli->arena, "quadrant_score", columns, 9, false);

    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < school->n_scores; i++) {
        const Shans__V1__QuadrantScore *score = school->scores[i];
        if (score->measure >= reply->n_measures)
            return err_set(err, ERR_INTERNAL, "REPLY_MALFORMED");
        const Shans__V1__QuadrantMeasure *measure = reply->measures[score->measure];
        const char *label = in_language(cli, measure->label_ru, measure->label_en);
        bool figures = score->submission_id != 0;
        render_add_text(table, measure->parameter);
        render_add_text(table, measure->indicator);
        render_add_text(table,
                        measure->indicator[0] == '\0' ? label : arena_printf(cli->arena, "  %s", label));
        add_optional(table, score->known, score->z / THOUSANDTH);
        render_add_text(table, figures ? figure_text(cli, score) : "");
        add_optional(table, figures, score->numerator);
        add_optional(table, figures, score->denominator);
        add_optional(table, figures, (int64_t)score->submission_id);
        add_optional(table, figures, score->revision);
    }
    note_distance(cli, school, table);
    return cli_print(cli, table, err);
}

static ErrCode print_school(Cli *cli, const Shans__V1__GetQuadrantsReply *reply, const char *code, Err *err)
{
    for (size_t i = 0; i < reply->n_schools; i++)
        if (text_equal(reply->schools[i]->school_code, code))
            return print_scores(cli, reply, reply->schools[i], err);
    err_set(err, ERR_NOT_FOUND, "ORG_UNKNOWN");
    return err_arg(err, "code", "%s", code);
}

/* only: a picture's code, NULL for all. */
static ErrCode check_picture(const Shans__V1__GetQuadrantsReply *reply, const char *only, Err *err)
{
    if (only == NULL)
        return ERR_OK;
    for (size_t i = 0; i < reply->n_pictures; i++)
        if (text_equal(only, reply->pictures[i]->code))
            return ERR_OK;
    err_set(err, ERR_NOT_FOUND, "PICTURE_UNKNOWN");
    return err_arg(err, "picture", "%s", only);
}

ErrCode cmd_quadrants(Cli *cli, Err *err)
{
    Shans__V1__GetQuadrantsRequest request = SHANS__V1__GET_QUADRANTS_REQUEST__INIT;
    const char *method = NULL, *year = NULL, *under = cli_option(cli, "under"),
               *only = cli_option(cli, "picture");
    ProtobufCMessage *message = NULL;
    ErrCode code = cli_need(cli, "method", &method, err);

    if (code == ERR_OK)
        code = cli_need(cli, "year", &year, err);
    if (code != ERR_OK)
        return code;
    request.methodology_code = (char *)method;
    request.methodology_version = cli_number(cli, "method-version", 0);
    request.year = cli_number(cli, "year", 0);
    request.under = (char *)(under == NULL ? "" : under);
    code = cli_call(cli, &shans__v1__method_service__descriptor, "GetQuadrants", NULL, &request.base,
                    &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__GetQuadrantsReply *reply = (const void *)message;
    code = check_picture(reply, only, err);
    if (code != ERR_OK)
        return code;
    return cli->arg_count > 0 ? print_school(cli, reply, cli->args[0], err)
                              : print_places(cli, reply, only, err);
}
