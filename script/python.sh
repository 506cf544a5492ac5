# Sets PYTHON to a Python 3.11 or newer, or stops with one sentence.
PYTHON=""
for name in python3 python3.11 python3.12 python3.13 python3.14 python; do
  if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    PYTHON=$(command -v "$name")
    break
  fi
done
if [ -z "$PYTHON" ]; then
  echo "This needs Python 3.11 or newer, and none was found: install it (Debian 12: apt-get install python3 python3-venv) and run this again." >&2
  exit 1
fi
