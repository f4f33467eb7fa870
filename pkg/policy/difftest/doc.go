// Package difftest asks an independent engine the questions that package policy
// answers, and compares. It holds tests only.
//
// The other engine is the npm package @cloud-copilot/iam-simulate. Its license is
// AGPL-3.0-or-later, so it stays a program of its own: a developer or the continuous
// integration installs it elsewhere, and the test talks to it over a pipe. Nothing
// of it is linked, vendored, translated, copied or shipped, its source and its test
// data neither; the questions here are made by the generator in this folder.
//
// To run the comparison:
//
//	mkdir DIR && cd DIR   # anywhere outside of this repository
//	npm init -y && npm install @cloud-copilot/iam-simulate@0.1.173
//	WHY403_IAM_SIMULATE=DIR go test -v ./pkg/policy/difftest
//
// WHY403_IAM_SIMULATE_SEED and WHY403_IAM_SIMULATE_COUNT choose other questions and
// another number of them. Without WHY403_IAM_SIMULATE the test is skipped.
//
// Where the engines differ and AWS's documentation is on our side, or on neither,
// testdata/known-differences.md says so, class by class, with an example. The test
// fails on a difference of no class, and on a class whose example no longer differs.
package difftest
