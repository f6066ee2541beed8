# Checks that #include lines point down only:
#   awk -f tools/check-layers.awk src/*/*.[ch] cli/*.[ch] examples/*.c bench/*.[ch]
# A layer of src/ may include its own folder and those below it; everything outside src/ sees the public header only.

BEGIN {
    below["base"] = " "
    below["local"] = " base "
    below["statement"] = " base "
    below["connection"] = below["statement"] "statement "
    below["engine"] = below["connection"] "connection "
    below["domain"] = below["engine"] "engine "
    below["face"] = below["domain"] "domain local "
    below["adopt"] = below["face"] "face "
    libpq = " statement connection engine domain face adopt "
    generated = " statement domain adopt "
}

function complain(what) { print FILENAME ":" FNR ": " what; bad = 1 }

FNR == 1 {
    n = split(FILENAME, path, "/")
    layer = path[1] == "src" ? path[2] : ""
    if (path[1] == "src" && !(layer in below)) complain("no layer is called " layer)
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, part, "\""); target = part[2]
    if (layer == "") {
        if (target ~ /\//) complain("\"" target "\" is not seen outside src/")
        next
    }
    if (target ~ /^pgconvo(_[a-z]+)?\.h$/) next
    if (target == "sql.h") { if (!index(generated, " " layer " ")) complain("sql.h is not for " layer); next }
    if (split(target, part, "/") != 2) complain("write \"" target "\" with its layer")
    else if (part[1] != layer && !index(below[layer], " " part[1] " ")) complain(layer " may not include " target)
}

/^[ \t]*#[ \t]*include[ \t]*</ {
    split($0, part, /[<>]/); target = part[2]
    if (target == "libpq-fe.h" && layer != "" && !index(libpq, " " layer " ")) complain("libpq is not for " layer)
    else if (target ~ /^(libpq|postgres|server\/|internal\/|pg_)/ && target != "libpq-fe.h") complain("<" target "> of PostgreSQL is not used")
}

END { exit bad }
