#!/usr/bin/env Rscript
# Ask one question under a permit, with base R, and the curl and openssl commands.
#   Rscript ask.R key                 makes $KEY when it is not there, and prints its public part for the application form
#   Rscript ask.R ask < query.json    previews, signs and asks; prints the answer
# Environment: HUB (https://hub...), TOKEN (personal access token with scopes read and query), KEY (PEM file), PERMIT, SILO, DATASET.
env <- function(name) { value <- Sys.getenv(name); if (value == "") stop(name, " is not set"); value }

# Runs a command on bytes and takes its bytes.
run <- function(command, input = raw(0)) {
  from <- tempfile(); to <- tempfile(); on.exit(unlink(c(from, to)))
  writeBin(input, from)
  status <- system2(command[1], shQuote(command[-1]), stdin = from, stdout = to, stderr = FALSE)
  if (status != 0) stop(command[1], " ended with ", status, ": ", paste(readLines(to, warn = FALSE), collapse = "\n"))
  readBin(to, "raw", file.size(to))
}

base64url <- function(bytes) {
  text <- rawToChar(run(c("openssl", "base64", "-A"), bytes))
  sub("=+$", "", chartr("+/", "-_", text))
}

jwk <- function(key) {
  point <- tail(run(c("openssl", "ec", "-in", key, "-pubout", "-outform", "DER")), 64)
  sprintf('{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}', base64url(point[1:32]), base64url(point[33:64]))
}

# A number of a DER signature as 64 hexadecimal digits.
digits <- function(bytes) { hex <- toupper(paste(bytes, collapse = "")); substring(paste0(strrep("0", 64), hex), nchar(hex) + 1, nchar(hex) + 64) }

# ECDSA P-256 with SHA-256 as r||s. Half of all signatures have a high s, which is refused: sign again.
sign <- function(key, message) {
  half <- "7FFFFFFF800000007FFFFFFFFFFFFFFFDE737D56D38BCF4279DCE5617E3192A8"
  repeat {
    der <- run(c("openssl", "dgst", "-sha256", "-sign", key), message)
    length_r <- as.integer(der[4]); r <- digits(der[5:(4 + length_r)])
    length_s <- as.integer(der[6 + length_r]); s <- digits(der[(7 + length_r):(6 + length_r + length_s)])
    if (s <= half) break
  }
  hex <- paste0(r, s)
  base64url(as.raw(strtoi(substring(hex, seq(1, 127, 2), seq(2, 128, 2)), 16L)))
}

call <- function(route, body = NULL) {
  command <- c("curl", "--silent", "--show-error", "--fail-with-body", "--max-time", "120", "--header", paste("Authorization: Bearer", env("TOKEN")), "--header", "Content-Type: application/json")
  rawToChar(run(c(command, if (!is.null(body)) c("--data-binary", "@-"), paste0(env("HUB"), route)), charToRaw(if (is.null(body)) "" else body)))
}

# A text member of a JSON answer, with its escapes undone.
member <- function(json, name) {
  found <- regmatches(json, regexec(sprintf('"%s": *"((?:[^"\\\\]|\\\\.)*)"', name), json, perl = TRUE))[[1]]
  eval(parse(text = paste0('"', gsub("\\/", "/", found[2], fixed = TRUE), '"')))
}

ask <- function(query) {
  permit <- call(paste0("/permits/", env("PERMIT")))
  # What is signed is the hash of the query's canonical text, which the preview shows: read it.
  preview <- call("/queries/preview", sprintf('{"silo":"%s","dataset":"%s","query":%s}', env("SILO"), env("DATASET"), query))
  canonical <- member(preview, "canonical")
  message("asking: ", canonical)
  hash <- base64url(run(c("openssl", "dgst", "-sha256", "-binary"), charToRaw(canonical)))
  # RFC 8785: members in the order of their names, no white space.
  body <- sprintf(
    '{"chainId":"%s","contract":"%s","dataset":"%s","fresh":false,"nonce":"%s","output":"statistics","permit":"%s","queryHash":"%s","silo":"%s","type":"query","version":1}',
    member(permit, "chainId"), member(permit, "contract"), env("DATASET"), base64url(run(c("openssl", "rand", "16"))), env("PERMIT"), hash, env("SILO"))
  call("/queries", sprintf('{"signed":{"body":%s,"key":%s,"signature":"%s"},"query":%s}', body, jwk(env("KEY")), sign(env("KEY"), charToRaw(body)), query))
}

what <- commandArgs(trailingOnly = TRUE)
if (identical(what, "key")) {
  if (!file.exists(env("KEY"))) { Sys.umask("077"); invisible(run(c("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", env("KEY")))) }
  cat(jwk(env("KEY")), "\n", sep = "")
} else if (identical(what, "ask")) {
  cat(ask(paste(readLines("stdin", warn = FALSE), collapse = "\n")), "\n", sep = "")
} else {
  stop("usage: ask.R key|ask")
}
