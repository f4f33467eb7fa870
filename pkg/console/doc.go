// Package console writes diagnoses and findings for a terminal, and for whatever
// the output is piped into: the same text without colour.
package console
