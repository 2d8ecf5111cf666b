# The functions, and the pointers to them, of more than six parameters: what takes more is a structure.
function report() { if (commas > 5) print FILENAME ":" line ": " name }
FNR == 1 { braces = parens = comment = 0; before = "" }
{
  text = $0
  gsub(/"([^"\\]|\\.)*"/, "\"\"", text)
  gsub(/'([^'\\]|\\.)*'/, "0", text)
  gsub(/\/\*[^*]*\*\//, "", text)
  if (comment) { if (!sub(/^.*\*\//, "", text)) next; comment = 0 }
  if (sub(/\/\*.*$/, "", text)) comment = 1
  if (text ~ /^#/ || continued) { continued = text ~ /\\$/; next }
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "(") {
      if (++parens == 1) {
        pointer = before ~ /\(\*[a-z_]*\)$/
        counted = braces == 0 || pointer
        commas = 0; line = FNR; name = before
      }
    } else if (c == ")") {
      if (--parens == 0 && counted) report()
    } else if (c == "," && parens == 1) commas++
    else if (c == "{" && !parens) braces++
    else if (c == "}" && !parens) braces--
    before = c ~ /[;{}]/ ? "" : before c
  }
}
