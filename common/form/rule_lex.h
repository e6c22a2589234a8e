/* Words of the rule language with their places. */
#ifndef COMMON_FORM_RULE_LEX_H
#define COMMON_FORM_RULE_LEX_H

#include <stdbool.h>
#include <stddef.h>

typedef enum TokenKind {
    TOKEN_END = 0,
    TOKEN_NUMBER, /* "12", "3.5" */
    TOKEN_NAME,
    TOKEN_STRING, /* text without the quotes */
    TOKEN_SYMBOL, /* one of + - * / ( ) [ ] , . < <= > >= == != */
    TOKEN_BAD,    /* a character, or an unfinished string, that belongs to no word */
} TokenKind;

/* One word. Text between quotes may hold anything but a quote and a line break; there are no escapes, because
 * the codes that stand there have none of these. */
typedef struct Token {
    TokenKind kind;
    const char *start; /* borrowed from the source */
    size_t length;
    int line, column; /* from 1; columns count characters */
} Token;

/* A cursor over the source; copying it looks ahead. */
typedef struct Lexer {
    const char *at;
    int line, column;
} Lexer;

void lexer_init(Lexer *lexer, const char *source);

/* The next word; spaces, tabs and line breaks separate words and mean nothing else. TOKEN_END again and again
 * at the end. */
Token lexer_next(Lexer *lexer);

/* True for a name or symbol spelled so; never for a number or a text in quotes. */
bool token_is(const Token *token, const char *text);

#endif
