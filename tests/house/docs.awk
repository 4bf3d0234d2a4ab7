# Every paragraph of declarations in a public header is headed by a /// comment. Not looked at: namespaces named detail,
# private and protected parts, the continuation lines of macros. The first paragraph of a class is headed by the class's comment.
FNR == 1 { depth = 0; detail = -1; hidden = -1; blank = 1; macro = 0; inside = 0 }
{
  line = $0
  code = line
  sub(/\/\/.*/, "", code)
  gsub(/"([^"\\]|\\.)*"/, "", code)
  gsub(/'[^']'/, "", code)
  first = line
  sub(/^ +/, "", first)

  if (blank && depth >= inside && inside > 0 && detail < 0 && hidden < 0 && !macro && first != "" &&
      first !~ /^(\/\/|#|}|namespace|inline namespace|extern|using namespace|public:|private:|protected:|friend|WICK_[A-Z_]+\()/ &&
      first !~ /^(class|struct|enum class) [A-Za-z_:]+;/ && body != 1)
    print FILENAME ":" FNR ": no docstring: " substr(first, 1, 60)

  if (first ~ /^inline namespace v1/ && code !~ /}/) inside = depth + 1
  if (detail < 0 && first ~ /^namespace detail {/ && code !~ /}[ ]*$/) detail = depth
  if (first ~ /^(private|protected):/) { if (hidden < 0) hidden = depth }
  else if (first ~ /^public:/ && hidden == depth) hidden = -1

  opens = gsub(/{/, "{", code)
  closes = gsub(/}/, "}", code)
  # A function body that spans lines may hold blank lines: they start no paragraph.
  if (body == 0 && opens > closes && first !~ /^(class|struct|enum|union|namespace|inline namespace|template.*(class|struct) |extern)/) { body = 1; body_depth = depth }
  depth += opens - closes
  if (body == 1 && depth <= body_depth) body = 2
  if (detail >= 0 && depth <= detail) detail = -1
  if (hidden >= 0 && depth < hidden) hidden = -1
  if (depth < inside) inside = 0
  macro = line ~ /\\$/
  blank = line ~ /^[ ]*$/ || (first ~ /^(inline )?namespace/ && opens > 0)
  if (body == 2) body = 0
}
