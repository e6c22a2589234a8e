/* Owns splitting a rule into words. Invariant: words never overlap and the cursor never passes the final NUL.
 * Must not know what a word means. */
#include "common/form/rule_lex.h"

#include <string.h>

void lexer_init(Lexer *lexer, const char *source)
{
    *lexer = (Lexer){.at = source, .line = 1, .column = 1};
}

static void step(Lexer *lexer)
{
    char c = *lexer->at++;

    if (c == '\n') {
        lexer->line++;
        lexer->column = 1;
    } else if (((unsigned char)*lexer->at & 0xC0) != 0x80) {
        lexer->column++;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static TokenKind lex_number(Lexer *lexer)
{
    while (is_digit(*lexer->at))
        step(lexer);
    if (*lexer->at == '.' && is_digit(lexer->at[1])) {
        step(lexer);
        while (is_digit(*lexer->at))
            step(lexer);
    }
    return is_letter(*lexer->at) ? TOKEN_BAD : TOKEN_NUMBER;
}

static TokenKind lex_symbol(Lexer *lexer)
{
    char c = *lexer->at;

    step(lexer);
    while (((unsigned char)*lexer->at & 0xC0) == 0x80) /* the rest of one character that is not ASCII */
        step(lexer);
    if (strchr("<>=!", c) != NULL) {
        bool equal = *lexer->at == '=';
        if (equal)
            step(lexer);
        return equal || c == '<' || c == '>' ? TOKEN_SYMBOL : TOKEN_BAD;
    }
    return strchr("+-*/()[],.", c) != NULL ? TOKEN_SYMBOL : TOKEN_BAD;
}

Token lexer_next(Lexer *lexer)
{
    while (*lexer->at == ' ' || *lexer->at == '\t' || *lexer->at == '\n' || *lexer->at == '\r')
        step(lexer);
    Token token = {TOKEN_END, lexer->at, 0, lexer->line, lexer->column};
    char c = *lexer->at;
    if (c == '\0')
        return token;
    if (c == '"') {
        step(lexer);
        token.start = lexer->at;
        while (*lexer->at != '\0' && *lexer->at != '"' && *lexer->at != '\n')
            step(lexer);
        token.length = (size_t)(lexer->at - token.start);
        token.kind = *lexer->at == '"' ? TOKEN_STRING : TOKEN_BAD;
        if (token.kind == TOKEN_STRING)
            step(lexer);
        return token;
    }
    if (is_digit(c)) {
        token.kind = lex_number(lexer);
    } else if (is_letter(c)) {
        while (is_letter(*lexer->at) || is_digit(*lexer->at))
            step(lexer);
        token.kind = TOKEN_NAME;
    } else {
        token.kind = lex_symbol(lexer);
    }
    token.length = (size_t)(lexer->at - token.start);
    return token;
}

bool token_is(const Token *token, const char *text)
{
    return (token->kind == TOKEN_NAME || token->kind == TOKEN_SYMBOL) && strlen(text) == token->length &&
           memcmp(token->start, text, token->length) == 0;
}
