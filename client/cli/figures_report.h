/* Figures between files, server and screen: shared by the form, results and review commands. */
#ifndef CLIENT_CLI_FIGURES_REPORT_H
#define CLIENT_CLI_FIGURES_REPORT_H

#include "client/cli/command.h"
#include "client/cli/figures.h"
#include "client/outbox/outbox.h"
#include "shans/v1/collection.pb-c.h"

/* --section of the form, the first when not given; NOT_FOUND / SECTION_UNKNOWN. */
ErrCode figures_get_section(Cli *cli, const FormDef *form, const SectionDef **ret_section,
                            Err *err) MUST_CHECK;

/* Reads a CSV file by --form, --section and --period. */
ErrCode figures_load(Cli *cli, const char *path, Figures **ret_figures, Err *err) MUST_CHECK;

/* Prints the issues by row, column and school: as the command's result, or on err. INVALID_ARGUMENT /
 * FIGURES_INVALID ("errors") when any is an error. */
ErrCode figures_report(Cli *cli, const Figures *figures, bool as_result, Err *err) MUST_CHECK;

/* Writes the text to out and frees the buffer. */
ErrCode figures_put(Cli *cli, Buf *buf, Err *err) MUST_CHECK;

/* The submission of the form with its cells. source 0: the one that counts most (region, district, school).
 * NOT_FOUND / SUBMISSION_MISSING. */
ErrCode figures_fetch(Cli *cli, const FormDef *form, const DraftKey *key, int source,
                      const Shans__V1__GetSubmissionReply **ret_reply, Err *err) MUST_CHECK;
ErrCode figures_get_submission(Cli *cli, uint64_t id, const Shans__V1__GetSubmissionReply **ret_reply,
                               Err *err) MUST_CHECK;

/* Cells with labels and remarks, shares computed. */
ErrCode figures_print_submission(Cli *cli, const FormDef *form, const Shans__V1__GetSubmissionReply *reply,
                                 Err *err) MUST_CHECK;

#endif
