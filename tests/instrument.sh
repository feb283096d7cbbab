#!/bin/sh
# Stands for clippy's compiler in a build that tests and coverage share: our crates count which lines ran,
# dependencies and the test programs themselves do not. Cargo calls it with the compiler and its arguments.
case ${CARGO_PKG_NAME:-} in
    alveole-tests) exec clippy-driver "$@" ;;
    *) exec clippy-driver "$@" -C instrument-coverage ;;
esac
