# check.sh - for tests that are shell scripts and speak TAP: . tests/check.sh

# check NAME COMMANDS: a test that passes if the commands do; else it shows what they said.
check() {
  if output=$(eval "$2" 2>&1); then
    echo "ok - $1"
  else
    printf 'not ok - %s\n%s\n' "$1" "$output"
  fi
}
