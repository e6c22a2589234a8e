# Strips C comments: prints "file<TAB>line<TAB>code" for every line. With -v strings=blank the contents of
# string and character literals are emptied as well.
FNR == 1 { inside = 0 }
{
    line = $0
    out = ""
    if (!inside && line !~ /["'\/]/) {
        print FILENAME "\t" FNR "\t" line
        next
    }
    while (line != "") {
        if (inside) {
            at = index(line, "*/")
            if (at == 0) { line = ""; break }
            line = substr(line, at + 2)
            inside = 0
            out = out " "
            continue
        }
        at = match(line, /["']|\/\*|\/\//)
        if (at == 0) { out = out line; line = ""; break }
        mark = substr(line, at, RLENGTH)
        out = out substr(line, 1, at - 1)
        line = substr(line, at + RLENGTH)
        if (mark == "//") { line = ""; break }
        if (mark == "/*") { inside = 1; continue }
        body = ""
        while (line != "") { # a literal ends on its line
            c = substr(line, 1, 1)
            if (c == "\\") { body = body substr(line, 1, 2); line = substr(line, 3); continue }
            line = substr(line, 2)
            if (c == mark) break
            body = body c
        }
        out = out mark (strings == "blank" ? "" : body) mark
    }
    print FILENAME "\t" FNR "\t" out
}
