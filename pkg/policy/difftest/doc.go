// Package difftest asks an independent engine the questions that package policy
// answers, and compares. It holds tests only; package iamsim says what they need.
package difftest
