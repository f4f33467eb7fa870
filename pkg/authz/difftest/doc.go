// Package difftest asks an independent engine the questions that package authz
// answers, and compares. It holds tests only; package iamsim says what they need, and
// how to run them.
//
// A question is one action on a bucket, an object or a KMS key, with every policy that
// decides it. Of the world around them everything was read, and it allows: ACLs are
// disabled, the object exists, no account manages an organization.
package difftest
