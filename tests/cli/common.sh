# What the tests of the program share; read by them in a folder of their own, which is gone in the end.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
fail() { echo "$(basename "$0" .sh): $*"; exit 1; }
has() { grep -qF -- "$2" <<<"$1" || fail "'$2' is not in: $1"; }
refused() { # EXIT-CODE TEXT COMMAND...
  local code=$1 text=$2 said
  shift 2
  said=$("$@" 2>&1)
  local got=$?
  [ $got = "$code" ] || fail "exit code $got instead of $code from: $* ($said)"
  has "$said" "$text"
}
