# Reads the simple subset of proto3 the project allows and prints one line per thing on the wire:
#   Message.field number label type | Enum.VALUE number | Service.Method request response
# With -v lint=1 prints faults instead.
function flaw(text) { if (lint) print FILENAME ":" FNR ": " text }
function fact(text) { if (!lint) print text }
BEGIN {
    n = split("auto break case char const continue default do double else enum extern float for goto if inline int " \
              "long register restrict return short signed sizeof static struct switch typedef union unsigned void " \
              "volatile while", list, " ")
    for (i = 1; i <= n; i++) keyword[list[i]] = 1
}
{
    sub(/\/\/.*/, "")
    while (match($0, /\/\*.*\*\//)) $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
    gsub(/[{};=()]/, " & ")
    for (i = 1; i <= NF; i++) take($i)
}
# Collects words up to ; { or }, then looks at the sentence.
function take(word) {
    if (word == "{") { open_block(); count = 0 }
    else if (word == "}") { if (depth > 0) depth--; count = 0 }
    else if (word == ";") { sentence(); count = 0 }
    else words[++count] = word
}
function scope(   i, text) {
    text = ""
    for (i = 1; i <= depth; i++) if (kind[i] == "message") text = text (text == "" ? "" : ".") name[i]
    return text
}
function open_block(   first) {
    first = words[1]
    depth++
    kind[depth] = first
    name[depth] = words[2]
    values = 0
    if (first == "rpc") { depth--; rpc(); depth++ }
}
function rpc(   i, n, types, parts) {
    n = 0
    for (i = 3; i <= count; i++) {
        if (words[i] == "stream") flaw("stream is not supported over this transport")
        else if (words[i] != "(" && words[i] != ")" && words[i] != "returns") parts[++n] = words[i]
    }
    fact(name[depth] "." words[2] " " parts[1] " " parts[2])
    if (tolower(words[2]) in keyword) flaw("method " words[2] " is a C keyword once generated")
}
function sentence(   at, label, type, field) {
    if (depth == 0 || words[1] == "option" || words[1] == "reserved") return
    if (words[1] == "rpc") { rpc(); return }
    if (kind[depth] == "enum") {
        fact((scope() == "" ? "" : scope() ".") name[depth] "." words[1] " " words[3])
        if (values++ == 0 && (words[3] != "0" || words[1] !~ /_UNSPECIFIED$/))
            flaw("the first value of enum " name[depth] " must be …_UNSPECIFIED = 0")
        return
    }
    if (kind[depth] != "message" && kind[depth] != "oneof") return
    at = 1
    label = "single"
    if (words[1] == "optional") flaw("optional is not supported: use a oneof of one field")
    if (words[1] == "optional" || words[1] == "repeated") { label = words[1]; at = 2 }
    if (words[at] ~ /^map *</) flaw("maps are not allowed on the wire")
    type = words[at]
    field = words[at + 1]
    if (words[at + 2] != "=") { flaw("not understood: " words[1] " " words[2]); return }
    fact(scope() "." field " " words[at + 3] " " label " " type)
    if (lint && label type != "") uses[scope()] = uses[scope()] " " type
}
# A message that contains itself, directly or through others, could be nested without end.
function reaches(from, to,   n, list, i) {
    if (seen[from]++) return 0
    n = split(uses[from], list, " ")
    for (i = 1; i <= n; i++) if (list[i] == to || reaches(list[i], to)) return 1
    return 0
}
END {
    if (lint) for (message in uses) {
        split("", seen)
        if (reaches(message, message)) print FILENAME ": message " message " contains itself"
    }
}
