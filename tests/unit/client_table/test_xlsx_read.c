/* Sheets as they come from many programs: cells, strings, dates, merged areas, odd XML, faults with their
 * place. Every part is read both by the quick scanner and by expat alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "tests/unit/client_table/book.h"

#define DATA(rows) "<sheetData>" rows "</sheetData>"
#define ROW(cells) DATA("<row r=\"1\">" cells "</row>")

typedef struct SheetCase {
    const char *sheet, *want;
} SheetCase;

/* Each sheet gives these lines. */
static void check(const SheetCase *rows, size_t count, BookParts parts)
{
    for (size_t i = 0; i < count; i++) {
        parts.sheet = rows[i].sheet;
        const char *got = book_show(&parts);
        if (!text_equal(got, rows[i].want))
            fail_msg("%s\ngave\n%s\ninstead of\n%s", rows[i].sheet, got, rows[i].want);
    }
}
#define CHECK(rows, ...) check(rows, sizeof rows / sizeof rows[0], (BookParts){__VA_ARGS__})

static void test_kinds(void **state)
{
    static const SheetCase rows[] = {
        {"<sheetData/>", ""},
        {ROW("<c r=\"A1\"><v>5</v></c>"), "A1 number 5\n"},
        {ROW("<c r=\"A1\" t=\"n\"><v>12345.1</v></c>"), "A1 number 12345.1\n"},
        {ROW("<c r=\"A1\"><v>0.30000000000000004</v></c>"), "A1 number 0.3\n"},
        {ROW("<c r=\"A1\"><v>1E-3</v></c>"), "A1 number 0.001\n"},
        {ROW("<c r=\"A1\"><v>abc</v></c>"), "A1 text abc\n"},
        {ROW("<c r=\"A1\" t=\"str\"><f>A2&amp;A3</f><v>итог</v></c>"), "A1 text formula итог\n"},
        {ROW("<c r=\"A1\"><f>SUM(B1:B9)</f><v>7</v></c>"), "A1 number formula 7\n"},
        {ROW("<c r=\"A1\"><f>SUM(B1:B9)</f></c>"), "A1 error formula =?\n"},
        {ROW("<c r=\"A1\" t=\"str\"><f>B1</f><v></v></c>"), ""},
        {ROW("<c r=\"A1\" t=\"inlineStr\"><is><t>Школа № 1</t></is></c>"), "A1 text Школа № 1\n"},
        {ROW("<c r=\"A1\" t=\"inlineStr\"><is><r><rPr><b/></rPr><t>два </t></r><r><t>слова</t></r></is></c>"),
         "A1 text два слова\n"},
        {ROW("<c r=\"A1\" t=\"inlineStr\"><is><t>東京</t><rPh sb=\"0\" "
             "eb=\"2\"><t>とうきょう</t></rPh></is></c>"),
         "A1 text 東京\n"},
        {ROW("<c r=\"A1\" t=\"b\"><v>1</v></c><c r=\"B1\" t=\"b\"><v>0</v></c>"),
         "A1 bool true\nB1 bool false\n"},
        {ROW("<c r=\"A1\" t=\"e\"><v>#DIV/0!</v></c>"), "A1 error #DIV/0!\n"},
        {ROW("<c r=\"A1\" t=\"d\"><v>2021-09-01</v></c>"), "A1 date 2021-09-01\n"},
        {ROW("<c r=\"A1\" t=\"d\"><v>2021-09-01T00:00:00.000Z</v></c>"), "A1 date 2021-09-01\n"},
        {ROW("<c r=\"A1\" t=\"d\"><v>2021-09-01T10:30:00</v></c>"), "A1 date 2021-09-01T10:30:00\n"},
        {ROW("<c r=\"A1\" s=\"3\"/>"), ""},
        {ROW("<c r=\"A1\"/><c r=\"B1\"><v/></c><c r=\"C1\"><v>1</v></c>"), "C1 number 1\n"},
        {ROW("<c r=\"A1\" t=\"inlineStr\"><is><t>=1+1</t></is></c>"), "A1 text =1+1\n"},
        {ROW("<c r=\"A1\" t=\"inlineStr\"><is><t xml:space=\"preserve\"> пробелы </t></is></c>"),
         "A1 text  пробелы \n"},
    };

    (void)state;
    CHECK(rows, .sheet = NULL);
}

static void test_places(void **state)
{
    static const SheetCase rows[] = {
        {DATA("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"),
         "A1 number 1\nB1 number 2\nA2 number 3\n"},
        {DATA("<row r=\"7\"><c><v>1</v></c><c "
              "r=\"D7\"><v>2</v></c><c><v>3</v></c></row><row><c><v>4</v></c></row>"),
         "A7 number 1\nD7 number 2\nE7 number 3\nA8 number 4\n"},
        {DATA("<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>"), "XFD1048576 number 1\n"},
        {DATA("<row r=\"2\"><c r=\"aa2\"><v>1</v></c></row>"), "AA2 number 1\n"},
        {DATA("<row r=\"1\" spans=\"1:3\" ht=\"15\" x14ac:dyDescent=\"0.25\"><c r=\"B1\" "
              "s=\"1\"><v>1</v></c></row>"),
         "B1 number 1\n"},
        {DATA("<row r=\"1048577\"><c><v>1</v></c></row>"), "XLSX_PLACE place=Лист1!A1 value=1048577"},
        {DATA("<row r=\"0\"><c><v>1</v></c></row>"), "XLSX_PLACE place=Лист1!1 value=0"},
        {DATA("<row r=\"2\"/><row r=\"2\"/>"), "XLSX_PLACE place=Лист1!3 value=2"},
        {DATA("<row r=\"x\"/>"), "XLSX_PLACE place=Лист1!1 value=x"},
        {ROW("<c r=\"XFE1\"><v>1</v></c>"), "XLSX_PLACE place=Лист1!A1 value=XFE1"},
        {ROW("<c r=\"B2\"><v>1</v></c>"), "XLSX_PLACE place=Лист1!A1 value=B2"},
        {ROW("<c r=\"B1\"><v>1</v></c><c r=\"A1\"><v>1</v></c>"), "XLSX_PLACE place=Лист1!C1 value=A1"},
        {ROW("<c r=\"B1\"><v>1</v></c><c r=\"B1\"><v>1</v></c>"), "XLSX_PLACE place=Лист1!C1 value=B1"},
        {ROW("<c r=\"1A\"><v>1</v></c>"), "XLSX_PLACE place=Лист1!A1 value=1A"},
        {ROW("<c r=\"AAAAAAAAAAAAA1\"><v>1</v></c>"), "XLSX_PLACE place=Лист1!A1 value=AAAAAAAAAAAAA1"},
        {DATA("<c r=\"A1\"><v>1</v></c>"), "XLSX_PLACE place=Лист1!A value=A1"},
    };

    (void)state;
    static const SheetCase first = {DATA("<row r=\"1048577\"/>"), "XLSX_PLACE place=Лист1!1 value=1048577"};
    check(&first, 1, (BookParts){.sheet = NULL});
    check(rows, 5, (BookParts){.sheet = NULL});
    check(rows + 7, 1, (BookParts){.sheet = NULL});
    check(rows + 8, sizeof rows / sizeof rows[0] - 8, (BookParts){.sheet = NULL});
}

static void test_shared_strings(void **state)
{
    static const char strings[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><sst count=\"9\" uniqueCount=\"9\"><si><t>нуль</t></si>"
        "<si><r><t>о</t></r><r><rPr><i/></rPr><t>дин</t></r></si><si/><si><t>a &lt; b &amp; &#1078; "
        "&#x416;</t></si>"
        "<si><t>東京</t><rPh sb=\"0\" eb=\"2\"><t>とう</t></rPh><phoneticPr fontId=\"1\"/></si>"
        "<si><t>строка_x000D_\nдва_x005F_x0041_</t></si><si><t>_x_ _x00 _xZZZZ_ _x0416_</t></si>"
        "<si><t xml:space=\"preserve\">  </t></si><si><t><![CDATA[<c>]]>d</t></si></sst>";
    static const SheetCase rows[] = {
        {ROW("<c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c>"),
         "A1 text нуль\nB1 text один\n"},
        {ROW("<c r=\"A1\" t=\"s\"><v>2</v></c>"), ""},
        {ROW("<c r=\"A1\" t=\"s\"><v>3</v></c>"), "A1 text a < b & ж Ж\n"},
        {ROW("<c r=\"A1\" t=\"s\"><v>4</v></c>"), "A1 text 東京\n"},
        {ROW("<c r=\"A1\" t=\"s\"><v>5</v></c>"), "A1 text строка\r\nдва_x0041_\n"},
        {ROW("<c r=\"A1\" t=\"s\"><v>6</v></c>"), "A1 text _x_ _x00 _xZZZZ_ _x0416_\n"},
        {ROW("<c r=\"A1\" t=\"s\"><v>7</v></c>"), "A1 text   \n"},
        {ROW("<c r=\"A1\" t=\"s\"><v>8</v></c>"), "A1 text <c>d\n"},
        {ROW("<c r=\"A1\" t=\"s\"><v>9</v></c>"), "XLSX_STRING_INDEX place=Лист1!A1 value=9"},
        {ROW("<c r=\"C1\" t=\"s\"><v>-1</v></c>"), "XLSX_STRING_INDEX place=Лист1!C1 value=-1"},
        {ROW("<c r=\"A1\" t=\"s\"><v>99999999999999999999</v></c>"),
         "XLSX_STRING_INDEX place=Лист1!A1 value=99999999999999999999"},
    };
    static const SheetCase none = {ROW("<c r=\"A1\" t=\"s\"><v>0</v></c>"),
                                   "XLSX_STRING_INDEX place=Лист1!A1 value=0"};

    (void)state;
    CHECK(rows, .strings = strings);
    check(&none, 1, (BookParts){.strings = NULL});
}

static void test_dates(void **state)
{
    static const char styles[] =
        "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd\\.mm\\.yyyy\"/>"
        "<numFmt numFmtId=\"165\" formatCode=\"#,##0.0\"/><numFmt numFmtId=\"166\" "
        "formatCode=\"[h]:mm\"/></numFmts>"
        "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
        "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/>"
        "<xf numFmtId=\"166\"/><xf numFmtId=\"20\"/><xf numFmtId=\"22\"/><xf/></cellXfs></styleSheet>";
    static const SheetCase rows[] = {
        {ROW("<c r=\"A1\" s=\"0\"><v>44440</v></c>"), "A1 number 44440\n"},
        {ROW("<c r=\"A1\" s=\"1\"><v>44440</v></c>"), "A1 date 2021-09-01\n"},
        {ROW("<c r=\"A1\" s=\"2\"><v>44440</v></c>"), "A1 date 2021-09-01\n"},
        {ROW("<c r=\"A1\" s=\"3\"><v>44440.5</v></c>"), "A1 number 44440.5\n"},
        {ROW("<c r=\"A1\" s=\"4\"><v>1.5</v></c>"), "A1 number 1.5\n"},
        {ROW("<c r=\"A1\" s=\"5\"><v>0.4375</v></c>"), "A1 date 10:30:00\n"},
        {ROW("<c r=\"A1\" s=\"6\"><v>44440.4375</v></c>"), "A1 date 2021-09-01T10:30:00\n"},
        {ROW("<c r=\"A1\" s=\"7\"><v>44440</v></c>"), "A1 number 44440\n"},
        {ROW("<c r=\"A1\" s=\"99\"><v>44440</v></c>"), "A1 number 44440\n"},
        {ROW("<c r=\"A1\" s=\"-1\"><v>44440</v></c>"), "A1 number 44440\n"},
        {ROW("<c r=\"A1\" s=\"1\"><v>60</v></c>"), "A1 date 1900-02-29\n"},
        {ROW("<c r=\"A1\" s=\"1\"><v>-5</v></c>"), "A1 number -5\n"},
        {ROW("<c r=\"A1\" s=\"1\" t=\"str\"><v>44440</v></c>"), "A1 text 44440\n"},
        {ROW("<c r=\"A1\" s=\"1\"><f>TODAY()</f><v>44440</v></c>"), "A1 date formula 2021-09-01\n"},
    };
    static const char workbook_1904[] = "<workbook xmlns:r=\"r\"><workbookPr date1904=\"1\"/><sheets><sheet "
                                        "name=\"S\" r:id=\"rId1\"/></sheets></workbook>";
    static const SheetCase rows_1904[] = {
        {ROW("<c r=\"A1\" s=\"1\"><v>42978</v></c>"), "A1 date 2021-09-01\n"},
        {ROW("<c r=\"A1\" s=\"1\"><v>0</v></c>"), "A1 date 1904-01-01\n"},
    };

    (void)state;
    CHECK(rows, .styles = styles);
    CHECK(rows_1904, .styles = styles, .workbook = workbook_1904);
}

static void test_merged(void **state)
{
    static const SheetCase rows[] = {
        {ROW("<c r=\"A1\"><v>1</v></c>") "<mergeCells count=\"2\"><mergeCell ref=\"A1:B3\"/><mergeCell "
                                         "ref=\"D1:D9\"/></mergeCells>",
         "A1 number 1\nmerge A1:B3\nmerge D1:D9\n"},
        {ROW("") "<mergeCells><mergeCell/><mergeCell ref=\"A1\"/><mergeCell ref=\"B2:A1\"/><mergeCell "
                 "ref=\"A1:XFE1\"/>"
                 "<mergeCell ref=\"A1:\"/><mergeCell ref=\":\"/></mergeCells>",
         ""},
    };

    (void)state;
    CHECK(rows, .sheet = NULL);
}

/* The same table in the ways XML can be written. */
static void test_ways_of_xml(void **state)
{
    static const char *const sheets[] = {
        "<worksheet><sheetData><row><c><v>1</v></c><c "
        "t=\"inlineStr\"><is><t>Ж&amp;</t></is></c></row></sheetData></worksheet>",
        "<?xml version='1.0' encoding='utf-8'?>\n<worksheet><sheetData><row><c><v>1</v></c><c "
        "t='inlineStr'><is>"
        "<t>Ж&amp;</t></is></c></row></sheetData></worksheet>\n",
        "\xEF\xBB\xBF<?xml version=\"1.0\" standalone=\"yes\"?><x:worksheet "
        "xmlns:x=\"s\"><x:sheetData><x:row><x:c>"
        "<x:v>1</x:v></x:c><x:c "
        "t=\"inlineStr\"><x:is><x:t>&#x416;&#38;</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>",
        "<!-- made by hand --><worksheet><sheetData><row><c><v>1</v></c><!-- here --><c "
        "t=\"inlineStr\"><is><t>Ж<!-- and "
        "here -->&amp;</t></is></c></row></sheetData><?target data?></worksheet><!-- end -->",
        "<worksheet>\r\n <sheetData>\r\n  <row >\r\n   <c\r\n><v>1</v></c>\n\t<c t = "
        "\"inlineStr\"><is><t><![CDATA[Ж&]]></t></is>"
        "</c></row></sheetData></worksheet>",
        "<worksheet xmlns=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"><sheetData><row r=\"1\" "
        "a=\"&gt;\"><c r=\"A1\">"
        "<v>1</v></c><c r=\"B1\" b='\"' c=\">\" "
        "t=\"inlineStr\"><is><t>Ж&amp;</t></is></c></row></sheetData></worksheet>",
        "<?xml version=\"1.0\" encoding=\"windows-9999\" ?><worksheet/>",
    };

    (void)state;
    for (size_t i = 0; i + 1 < sizeof sheets / sizeof sheets[0]; i++) {
        BookParts parts = {.whole_sheet = sheets[i]};
        const char *got = book_show(&parts);
        if (!text_equal(got, "A1 number 1\nB1 text Ж&\n"))
            fail_msg("%s\ngave\n%s", sheets[i], got);
    }
    BookParts parts = {.whole_sheet = sheets[sizeof sheets / sizeof sheets[0] - 1]};
    assert_true(text_starts(book_show(&parts), "XLSX_XML part=xl/worksheets/sheet1.xml at="));
}

/* UTF-16 with its mark, in both orders. */
static void test_utf16(void **state)
{
    static const char text[] =
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?><worksheet><sheetData><row><c><v>12</v></c>"
        "<c t=\"inlineStr\"><is><t>\x16</t></is></c></row></sheetData></worksheet>";

    (void)state;
    for (int big = 0; big < 2; big++) {
        char bytes[2 * sizeof text + 2];
        size_t size = 0;
        bytes[size++] = big ? '\xFE' : '\xFF';
        bytes[size++] = big ? '\xFF' : '\xFE';
        for (size_t i = 0; i + 1 < sizeof text; i++) {
            char high = text[i] == '\x16' ? '\x04' : '\0'; /* U+0416 is Ж */
            bytes[size++] = big ? high : text[i];
            bytes[size++] = big ? text[i] : high;
        }
        BookParts parts = {.whole_sheet = bytes, .whole_size = size};
        assert_string_equal(book_show(&parts), "A1 number 12\nB1 text Ж\n");
    }
}

static void test_bad_xml(void **state)
{
    static const struct {
        const char *sheet, *want;
    } rows[] = {
        {"<worksheet><sheetData></worksheet>", "XLSX_XML part=xl/worksheets/sheet1.xml at="},
        {"<worksheet>", "XLSX_XML"},
        {"<worksheet></worksheet><worksheet/>", "XLSX_XML"},
        {"<worksheet/>text", "XLSX_XML"},
        {"text<worksheet/>", "XLSX_XML"},
        {"<worksheet a=\"1\" a=\"2\"/>", "XLSX_XML"},
        {"<worksheet a=1/>", "XLSX_XML"},
        {"<worksheet a=\"<\"/>", "XLSX_XML"},
        {"<worksheet a=\"1\"b=\"2\"/>", "XLSX_XML"},
        {"<worksheet>&unknown;</worksheet>", "XLSX_XML"},
        {"<worksheet>&#0;</worksheet>", "XLSX_XML"},
        {"<worksheet>&#xD800;</worksheet>", "XLSX_XML"},
        {"<worksheet>&#x110000;</worksheet>", "XLSX_XML"},
        {"<worksheet>& </worksheet>", "XLSX_XML"},
        {"<worksheet>]]></worksheet>", "XLSX_XML"},
        {"<worksheet>\x01</worksheet>", "XLSX_XML"},
        {"<worksheet>\xFF</worksheet>", "XLSX_XML"},
        {"<worksheet>\xD0</worksheet>", "XLSX_XML"},
        {"<worksheet>\xEF\xBF\xBF</worksheet>", "XLSX_XML"},
        {"<worksheet>\xED\xA0\x80</worksheet>", "XLSX_XML"},
        {"<1/>", "XLSX_XML"},
        {"<>", "XLSX_XML"},
        {"<", "XLSX_XML"},
        {"", "XLSX_XML"},
        {" ", "XLSX_XML"},
        {"<!DOCTYPE worksheet><worksheet/>", "XLSX_DTD part=xl/worksheets/sheet1.xml"},
        {"<!DOCTYPE worksheet [<!ENTITY a \"b\">]><worksheet>&a;</worksheet>", "XLSX_DTD"},
        {"<!DOCTYPE worksheet SYSTEM \"file:///etc/passwd\"><worksheet/>", "XLSX_DTD"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        BookParts parts = {.whole_sheet = rows[i].sheet};
        const char *got = book_show(&parts);
        if (!text_starts(got, rows[i].want))
            fail_msg("%s\ngave\n%s", rows[i].sheet, got);
    }
}

static void test_nesting(void **state)
{
    Buf sheet;

    (void)state;
    for (int depth = 60; depth < 70; depth += 9) {
        buf_init(&sheet, 1 << 20);
        for (int i = 0; i < depth; i++)
            buf_text(&sheet, "<a>");
        for (int i = 0; i < depth; i++)
            buf_text(&sheet, "</a>");
        BookParts parts = {.whole_sheet = sheet.data};
        assert_true(text_starts(book_show(&parts), depth < 64 ? "" : "XLSX_XML_LIMIT"));
        assert_int_equal(book_show(&parts)[0] != '\0', depth > 64);
        buf_done(&sheet);
    }
}

/* As many characters as a cell takes, and one more: in the sheet, in the strings, as bytes of two. */
static void test_longest_cell(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        size_t characters = XLSX_CELL_MAX + extra;
        Buf text, sheet, strings;
        buf_init(&text, 1 << 20);
        buf_init(&sheet, 1 << 20);
        buf_init(&strings, 1 << 20);
        for (size_t i = 0; i < characters; i++)
            buf_text(&text, "Ж");
        buf_printf(&sheet, ROW("<c r=\"C1\" t=\"inlineStr\"><is><t>%s</t></is></c>"), text.data);
        buf_printf(&strings, "<sst><si><t>a</t></si><si><t>%s</t></si></sst>", text.data);
        BookParts inside = {.sheet = sheet.data},
                  shared = {.sheet = ROW("<c r=\"C1\" t=\"s\"><v>1</v></c>"), .strings = strings.data};
        const char *got = book_show(&inside);
        if (extra == 0)
            assert_int_equal(strlen(got), strlen("C1 text ") + 2 * characters + 1);
        else
            assert_string_equal(got, "XLSX_CELL_TOO_LONG place=Лист1!C1 limit=32767");
        got = book_show(&shared);
        if (extra == 0)
            assert_int_equal(strlen(got), strlen("C1 text ") + 2 * characters + 1);
        else
            assert_string_equal(got, "XLSX_STRING_TOO_LONG string=2 limit=32767");
        buf_done(&text);
        buf_done(&sheet);
        buf_done(&strings);
    }
}

/* Sheets are found by name wherever their part lies; charts are no sheets; hidden ones are not the first. */
static void test_sheets(void **state)
{
    static const char workbook[] =
        "<workbook xmlns:q=\"r\"><sheets><sheet name=\"Скрытый\" state=\"veryHidden\" q:id=\"h\"/>"
        "<sheet name=\"График\" q:id=\"c\"/><sheet name=\"A &amp; B\" q:id=\"a\"/><sheet name=\"Прямой\" "
        "q:id=\"b\"/>"
        "<sheet name=\"Вне\" q:id=\"o\"/><sheet name=\"Сеть\" q:id=\"e\"/></sheets></workbook>";
    static const char relations[] =
        "<Relationships><Relationship Id=\"h\" Type=\"http://x/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
        "<Relationship Id=\"c\" Type=\"http://x/chartsheet\" Target=\"chartsheets/sheet1.xml\"/>"
        "<Relationship Id=\"a\" Type=\"http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet\" "
        "Target=\"./worksheets/../worksheets/sheet2.xml\"/>"
        "<Relationship Id=\"b\" Type=\"http://x/worksheet\" Target=\"/other/Place.XML\"/>"
        "<Relationship Id=\"o\" Type=\"http://x/worksheet\" Target=\"../../out.xml\"/>"
        "<Relationship Id=\"e\" Type=\"http://x/worksheet\" Target=\"http://example.org/\" "
        "TargetMode=\"External\"/>"
        "</Relationships>";
    static const struct {
        const char *name, *want;
    } rows[] = {
        {NULL, "A1 number 2\n"},
        {"A & B", "A1 number 2\n"},
        {"Скрытый", "A1 number 1\n"},
        {"Прямой", "A1 number 3\n"},
        {"прямой", "XLSX_SHEET_UNKNOWN sheet=прямой sheets=Скрытый, A & B, Прямой"},
        {"График", "XLSX_SHEET_UNKNOWN sheet=График sheets=Скрытый, A & B, Прямой"},
        {"Вне", "XLSX_SHEET_UNKNOWN sheet=Вне sheets=Скрытый, A & B, Прямой"},
    };
    Book book;

    (void)state;
    book_init(&book);
    book_add_parts(
        &book, &(BookParts){.workbook = workbook, .relations = relations, .sheet = ROW("<c><v>1</v></c>")});
    book_add_text(&book, "xl/worksheets/sheet2.xml", "<worksheet>" ROW("<c><v>2</v></c>") "</worksheet>");
    book_add_text(&book, "other/place.xml", "<worksheet>" ROW("<c><v>3</v></c>") "</worksheet>");
    book_finish(&book);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *got = book_dump(&book, rows[i].name, false);
        assert_string_equal(got, rows[i].want);
        free(got);
    }
    book_done(&book);
}

static void test_no_workbook(void **state)
{
    static const BookParts rows[] = {
        {.workbook = "<document/>"},
        {.workbook = "<workbook><sheets/></workbook>"},
        {.relations = "<Relationships/>"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(text_starts(book_show(&rows[i]), "XLSX_NOT_WORKBOOK part=xl/workbook.xml"));
    Book book;
    book_init(&book);
    book_add_text(&book, "mimetype", "application/vnd.oasis.opendocument.spreadsheet");
    book_finish(&book);
    char *got = book_dump(&book, NULL, false);
    assert_string_equal(got, "XLSX_NOT_WORKBOOK part=workbook");
    free(got);
    book_done(&book);
    got = book_dump_bytes("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 an old binary workbook", 33, NULL, false);
    assert_string_equal(got, "XLSX_OLD_FORMAT");
    free(got);
}

/* Rows with values are counted; a million are fine, one more is not. Empty styled rows do not count. */
static void test_row_limit(void **state)
{
    Buf sheet;

    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        buf_init(&sheet, (size_t)60 << 20);
        buf_text(&sheet, "<worksheet><sheetData>");
        for (int i = 0; i < XLSX_ROWS_MAX + extra; i++)
            buf_printf(&sheet, "<row><c><v>%d</v></c></row>", (int)((uint32_t)i * 2654435761u >> 8));
        buf_text(&sheet, "<row r=\"1048576\"><c s=\"1\"/></row></sheetData></worksheet>");
        assert_false(sheet.failed);
        Book book;
        book_init(&book);
        book_add_parts(&book, &(BookParts){.whole_sheet = sheet.data, .whole_size = sheet.length});
        book_finish(&book);
        char *got = book_dump(&book, NULL, false);
        if (extra == 0)
            assert_string_equal("", text_starts(got, "A1 number 0\nA2 number 10368889\n") ? "" : got);
        else
            assert_string_equal(got, "XLSX_TOO_MANY_ROWS place=Лист1!A1000001 limit=1000000");
        free(got);
        book_done(&book);
        buf_done(&sheet);
    }
}

static ErrCode refuse(void *context, const XlsxCell *cell, Err *err)
{
    int *left = context;

    (void)cell;
    return (*left)-- > 0 ? ERR_OK : err_set(err, ERR_CANCELLED, "ENOUGH");
}

/* A caller that has seen enough ends the reading with its own error. */
static void test_caller_stops(void **state)
{
    Arena *arena = arena_new(1 << 24, NULL);
    Book book;

    (void)state;
    book_init(&book);
    book_add_parts(&book, &(BookParts){.sheet = ROW("<c><v>1</v></c><c><v>2</v></c><c><v>3</v></c>")});
    book_finish(&book);
    for (int slowly = 0; slowly < 2; slowly++)
        for (int left = 0; left < 3; left++) {
            Xlsx *workbook = NULL;
            Err err = {.code = ERR_OK};
            XlsxOptions options = {.slowly = slowly != 0};
            int still = left;
            XlsxHandler handler = {&still, refuse, NULL};
            assert_int_equal(
                xlsx_open_bytes(book.out.data, book.out.length, &options, arena, &workbook, &err), ERR_OK);
            assert_int_equal(xlsx_sheet_count(workbook), 1);
            assert_string_equal(xlsx_sheet_name(workbook, 0), "Лист1");
            assert_int_equal(xlsx_read_sheet(workbook, 0, &handler, &err), ERR_CANCELLED);
            assert_string_equal(err.reason, "ENOUGH");
            assert_int_equal(still, -1);
            xlsx_close(workbook);
        }
    xlsx_close(NULL);
    book_done(&book);
    arena_free(arena);
}

static ErrCode count_cell(void *context, const XlsxCell *cell, Err *err)
{
    (void)err;
    *(size_t *)context += strlen(cell->text);
    return ERR_OK;
}

/* Whichever allocation fails, the workbook is refused for want of memory and nothing leaks. */
static void test_no_memory(void **state)
{
    Book book;
    bool done = false;

    (void)state;
    book_init(&book);
    book_add_parts(&book, &(BookParts){.sheet = ROW("<c t=\"s\"><v>0</v></c><c><v>2</v></c>"),
                                       .strings = "<sst><si><t>text</t></si></sst>",
                                       .styles = "<styleSheet><cellXfs><xf/></cellXfs></styleSheet>"});
    book_finish(&book);
    for (size_t nth = 1; !done; nth++) {
        Arena *arena = arena_new(1 << 24, NULL);
        Xlsx *workbook = NULL;
        Err err = {.code = ERR_OK};
        size_t length = 0;
        XlsxHandler handler = {&length, count_cell, NULL};
        arena_fail_nth(arena, nth);
        ErrCode code = xlsx_open_bytes(book.out.data, book.out.length, NULL, arena, &workbook, &err);
        if (code == ERR_OK)
            code = xlsx_read_sheet(workbook, 0, &handler, &err);
        if (code == ERR_OK) {
            assert_int_equal(length, 5);
            done = true;
            assert_true(nth > 10);
        } else {
            assert_string_equal(err.reason, "MEMORY_LIMIT");
        }
        xlsx_close(code == ERR_OK ? workbook : NULL);
        arena_free(arena);
    }
    book_done(&book);
}

static void test_dump_place(void **state)
{
    static const struct {
        uint32_t row, column;
        const char *want;
    } rows[] = {
        {1, 1, "S!A1"},
        {7, 3, "S!C7"},
        {2, 26, "S!Z2"},
        {3, 27, "S!AA3"},
        {3, 52, "S!AZ3"},
        {3, 53, "S!BA3"},
        {1, 702, "S!ZZ1"},
        {1, 703, "S!AAA1"},
        {1048576, 16384, "S!XFD1048576"},
        {UINT32_MAX, 1, "S!A4294967295"},
    };
    char place[XLSX_PLACE_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        xlsx_dump_place("S", rows[i].row, rows[i].column, place);
        assert_string_equal(place, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),          cmocka_unit_test(test_places),
        cmocka_unit_test(test_shared_strings), cmocka_unit_test(test_dates),
        cmocka_unit_test(test_merged),         cmocka_unit_test(test_ways_of_xml),
        cmocka_unit_test(test_utf16),          cmocka_unit_test(test_bad_xml),
        cmocka_unit_test(test_nesting),        cmocka_unit_test(test_longest_cell),
        cmocka_unit_test(test_sheets),         cmocka_unit_test(test_no_workbook),
        cmocka_unit_test(test_row_limit),      cmocka_unit_test(test_caller_stops),
        cmocka_unit_test(test_no_memory),      cmocka_unit_test(test_dump_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
