// Package iamsim asks an independent engine what it makes of policies, so that tests
// can compare. Only tests import it.
//
// The other engine is the npm package @cloud-copilot/iam-simulate. Its license is
// AGPL-3.0-or-later, so it stays a program of its own: a developer or the continuous
// integration installs it elsewhere, and the tests talk to it over a pipe. Nothing
// of it is linked, vendored, translated, copied or shipped, its source and its test
// data neither; the questions are made by the generators of the tests.
//
// To run a comparison:
//
//	mkdir DIR && cd DIR   # anywhere outside of this repository
//	npm init -y && npm install @cloud-copilot/iam-simulate@0.1.173
//	WHY403_IAM_SIMULATE=DIR go test -v ./pkg/policy/difftest ./pkg/authz/difftest
//
// WHY403_IAM_SIMULATE_SEED and WHY403_IAM_SIMULATE_COUNT choose other questions and
// another number of them. Without WHY403_IAM_SIMULATE the tests are skipped.
//
// Where the engines differ and AWS's documentation is on our side, or on neither,
// testdata/known-differences.md of the test says so, class by class, with an example.
// The test fails on a difference of no class, and on a class whose example no longer
// differs.
package iamsim
