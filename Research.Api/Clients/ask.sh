#!/usr/bin/env bash
# Ask one question under a permit, with curl and openssl alone.
#   ask.sh key                 makes $KEY when it is not there, and prints its public part for the application form
#   ask.sh ask < query.json    previews, signs and asks; prints the answer
# Environment: HUB (https://hub…), TOKEN (personal access token with scopes read and query), KEY (PEM file), PERMIT, SILO, DATASET.
set -euo pipefail
export LC_ALL=C.UTF-8

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
from_hex() { printf "$(sed 's/../\\x&/g')"; }

# The public key as a JWK: the last 64 bytes of its DER are x and y.
jwk() {
  local x y
  x=$(openssl ec -in "$KEY" -pubout -outform DER 2>/dev/null | tail -c 64 | head -c 32 | base64url)
  y=$(openssl ec -in "$KEY" -pubout -outform DER 2>/dev/null | tail -c 32 | base64url)
  printf '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}' "$x" "$y"
}

# ECDSA P-256 with SHA-256 over standard input, as r‖s in base64url. Half of all signatures have a high s, which is refused: sign again.
sign() {
  local half=7FFFFFFF800000007FFFFFFFFFFFFFFFDE737D56D38BCF4279DCE5617E3192A8 message r s
  message=$(mktemp)
  cat > "$message"
  while :; do
    read -r r s < <(openssl dgst -sha256 -sign "$KEY" "$message" | openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' | tr '\n' ' '; echo)
    r=$(printf '%64s' "$r" | tr ' ' 0) s=$(printf '%64s' "$s" | tr ' ' 0)
    [[ ! "$s" > "$half" ]] && break
  done
  rm "$message"
  printf '%s%s' "$r" "$s" | from_hex | base64url
}

# A text member of a JSON answer, with its escapes undone.
member() { printf '%b' "$(sed -n 's/.*"'"$1"'": *"\(\([^"\\]\|\\.\)*\)".*/\1/p' | head -n 1 | sed 's/\\\\/\\u005c/g; s/\\"/\\u0022/g; s#\\/#/#g')"; }

call() { curl --silent --show-error --fail-with-body --max-time 120 --header "Authorization: Bearer $TOKEN" --header "Content-Type: application/json" "$@"; }

ask() {
  local query permit canonical hash body
  query=$(cat)
  permit=$(call "$HUB/permits/$PERMIT")
  # What is signed is the hash of the query's canonical text, which the preview shows: read it.
  canonical=$(call --data "{\"silo\":\"$SILO\",\"dataset\":\"$DATASET\",\"query\":$query}" "$HUB/queries/preview" | member canonical)
  echo "asking: $canonical" >&2
  hash=$(printf '%s' "$canonical" | openssl dgst -sha256 -binary | base64url)
  # RFC 8785: members in the order of their names, no white space.
  body=$(printf '{"chainId":"%s","contract":"%s","dataset":"%s","fresh":false,"nonce":"%s","output":"statistics","permit":"%s","queryHash":"%s","silo":"%s","type":"query","version":1}' \
    "$(member chainId <<< "$permit")" "$(member contract <<< "$permit")" "$DATASET" "$(openssl rand 16 | base64url)" "$PERMIT" "$hash" "$SILO")
  call --data "{\"signed\":{\"body\":$body,\"key\":$(jwk),\"signature\":\"$(printf '%s' "$body" | sign)\"},\"query\":$query}" "$HUB/queries"
}

case ${1:-} in
  key) [ -e "$KEY" ] || (umask 077; openssl ecparam -name prime256v1 -genkey -noout -out "$KEY"); jwk; echo ;;
  ask) ask ;;
  *) echo "usage: ask.sh key|ask" >&2; exit 2 ;;
esac
